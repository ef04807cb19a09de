"""How the engine reads a subject."""

from datetime import UTC, datetime, timedelta

import pytest

from postsale.orders.facts import OrderFacts, ParcelFacts, Scan
from workflows.catalog.reading import READERS, FactView, moment_text

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
ORDER = OrderFacts(
    sales_channel="shopify-us",
    number="1001",
    tags=("vip",),
    customer={"email": "ann@example.com", "consent": {"email": True}},
    address={"country": "US"},
    items=({"sku": "A", "quantity": 2}, {"sku": "B", "name": "Bee"}),
    custom={"gift": ["x", "y"]},
)
PARCEL = ParcelFacts(
    carrier="ups",
    tracking_number="1Z1",
    tracking_status="in_transit",
    exception_reason="lost",
    label_created_at=AT,
    location={"city": "Houston"},
    scans=tuple(
        Scan(at=AT + timedelta(hours=n), status=status)
        for n, status in enumerate(["exception", "exception", "in_transit", "exception", "in_transit"])
    ),
)
EVENT = {"type": "tracking.status_changed", "to": "in_transit", "changes": {"parcel.eta": (None, 1)}, "tags": ["a"]}


def view(*, order: OrderFacts | None = ORDER, parcel: ParcelFacts | None = PARCEL) -> FactView:
    return FactView(order=order, parcel=parcel, event=EVENT, parcels_in_order=1, extra={"shop.name": "Acme"})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("order.number", "1001"),
        ("order.tags", ("vip",)),
        ("order.item_count", 3),
        ("order.line_count", 2),
        ("order.custom.gift", ("x", "y")),
        ("order.placed_at", None),
        ("customer.email", "ann@example.com"),
        ("customer.consent.email", True),
        ("address.country", "US"),
        ("items.sku", ("A", "B")),
        ("items.none.name", (None, "Bee")),
        ("parcel.carrier", "ups"),
        ("parcel.label_age", AT),
        ("parcel.location.city", "Houston"),
        ("parcel.fault_party", "carrier"),
        ("parcel.parcels_in_order", 1),
        ("parcel.tracking_status@since", None),
        ("history.exceptions", 2),
        ("history.failed_attempts", 0),
        ("history.status_changes", 3),
        ("history.was_exception", True),
        ("history.was_delayed", False),
        ("event.type", "tracking.status_changed"),
        ("event.to", "in_transit"),
        ("event.tags", ("a",)),
        ("event.changes", {"parcel.eta": (None, 1)}),
        ("shop.name", "Acme"),
        ("nothing.known", None),
    ],
)
def test_a_path_gives_its_value_or_nothing(path: str, value: object) -> None:
    facts = view()

    assert facts.get(path) == value
    assert facts.get(path, "absent") == ("absent" if value is None else value)


def test_the_history_of_a_status_falls_back_to_the_carriers_words() -> None:
    told = ParcelFacts(carrier="ups", tracking_number="1", history=((AT, "accepted"),))

    assert view(parcel=told).get("parcel.tracking_status@history") == ((AT, "accepted"),)
    assert view().get("parcel.tracking_status@history") == tuple((scan.at, scan.status) for scan in PARCEL.scans)


def test_without_an_order_and_a_parcel_all_their_fields_are_missing() -> None:
    empty = view(order=None, parcel=None)

    known = {path for path in READERS if empty.get(path) is not None}

    assert known == {"event.type", "event.changes", "parcel.parcels_in_order"}
    assert empty.get("items.sku") is None
    assert empty.get("order.custom.gift") is None


def test_an_order_without_items_has_no_counts() -> None:
    bare = view(order=OrderFacts(sales_channel="a", number="1"))

    assert [bare.get(path) for path in ("order.item_count", "order.line_count", "customer.consent.email")] == [None] * 3


def test_it_is_a_mapping_of_what_is_known() -> None:
    facts = view()

    assert facts["order.number"] == facts["order.number"] == "1001"
    with pytest.raises(KeyError):
        facts["order.placed_at"]
    assert "order.number" in facts
    assert "order.placed_at" not in facts
    assert 7 not in facts  # type: ignore[comparison-overlap]
    assert len(facts) == len(set(facts))
    assert "shop.name" in set(facts)


def test_values_become_what_json_can_carry() -> None:
    assert moment_text({"at": AT, "all": (AT, 1), 2: "x"}) == {
        "at": "2026-11-20T10:00:00+00:00",
        "all": ["2026-11-20T10:00:00+00:00", 1],
        "2": "x",
    }


def test_what_json_has_no_word_for_stays_as_it_is() -> None:
    nothing = object()

    assert moment_text(nothing) is nothing
