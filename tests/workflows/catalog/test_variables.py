"""Texts see every field, with ages as spans and money in the main unit, and a few things more."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from workflows.catalog.variables import is_variable, values_for_text

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
ORDER = UUID(int=7)
FACTS: dict[str, object] = {
    "order.number": "1001",
    "order.total": 1250,
    "items.price": (100, None, 250),
    "parcel.label_age": NOW - timedelta(days=2),
    "parcel.status_age": None,
    "parcel.eta": NOW,
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("order.number", True),
        ("items.any.sku", True),
        ("order.custom.gift_note", True),
        ("shop.name", True),
        ("order.url", True),
        ("event.text", True),
        ("event.", False),
        ("order.password", False),
        ("shop.secret", False),
    ],
)
def test_variables_are_the_fields_and_a_few_more(path: str, expected: bool) -> None:
    assert is_variable(path) is expected


def test_values_are_what_people_want_to_read() -> None:
    values = values_for_text(FACTS, shop_name="Shop", now=NOW, order_id=ORDER, base_url="https://x.example")

    assert {path: values.get(path) for path in (*FACTS, "shop.name", "order.url", "order.nonsense")} == {
        "order.number": "1001",
        "order.total": Decimal("12.50"),
        "items.price": (Decimal("1.00"), None, Decimal("2.50")),
        "parcel.label_age": timedelta(days=2),
        "parcel.status_age": None,
        "parcel.eta": NOW,
        "shop.name": "Shop",
        "order.url": f"https://x.example/orders/{ORDER}/",
        "order.nonsense": None,
    }


def test_a_run_without_an_order_has_no_address_of_one() -> None:
    values = values_for_text({}, shop_name="Shop", now=NOW, order_id=None)

    assert dict(values) == {"shop.name": "Shop"}
    assert len(values) == 1


def test_the_address_of_an_order_is_that_of_the_installation() -> None:
    values = values_for_text(FACTS, shop_name="Shop", now=NOW, order_id=ORDER)

    assert values["order.url"] == f"http://testserver/orders/{ORDER}/"
    assert "order.number" in values
