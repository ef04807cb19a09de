"""A recorded verdict is read back in the merchant's words, wherever it is shown."""

from typing import Any

import pytest

from postsale.tenants.scope import tenant
from postsale.tenants.shop import Shop, load_shop
from tests.factories import make_tenant
from workflows.history.tracing.recorded import asked

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Shop:
    """A shop in Berlin."""
    made = make_tenant(timezone="Europe/Berlin")
    with tenant(made.id):
        return load_shop(made.id)


def leaf(field: str, op: str, expected: Any, found: Any, *, holds: bool | None = True) -> dict[str, Any]:
    """A recorded question."""
    return {
        "holds": holds,
        "field": field,
        "op": op,
        "expected": expected,
        "found": found,
        "at": "2026-11-20T10:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("verdict", "row"),
    [
        (leaf("order.total", "gte", 50, 12345), ("Order total", "at least 50.00", "123.45", "met")),
        (leaf("parcel.tracking_status", "is", "exception", None, holds=None), ("Tracking status", "is Exception", "missing", "missing")),
        (leaf("order.ops_status", "is", "new", "exception", holds=False), ("Order status", "is New", "Exception", "not_met")),
    ],
)  # fmt: skip
def test_a_question_is_a_row_in_words(shop: Shop, verdict: dict[str, Any], row: tuple[str, ...]) -> None:
    (found,) = asked(verdict, shop)

    assert (found.field, found.needed, found.found, found.result) == row


def test_groups_stand_before_what_is_in_them_but_all_of_these_goes_without_saying(shop: Shop) -> None:
    one, other = leaf("order.total", "gte", 1, 2), leaf("order.total", "lt", 1, 2, holds=False)
    any_ = {"holds": True, "words": "1 of 2 hold, one must: …", "children": [one, other]}
    verdict = {"holds": True, "words": "2 of 2 hold, all must: …", "children": [one, any_]}

    assert [(row.depth, row.field or row.needed) for row in asked(verdict, shop)] == [
        (0, "Order total"),
        (0, "One of these"),
        (1, "Order total"),
        (1, "Order total"),
    ]


def test_nothing_was_asked_where_nothing_is_recorded(shop: Shop) -> None:
    assert asked(None, shop) == []
