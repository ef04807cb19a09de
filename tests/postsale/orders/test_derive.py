"""What an order's parcels make of it."""

from itertools import permutations

import pytest
from msgspec.structs import replace

from postsale.orders.derive import derive_order
from postsale.orders.facts import Change, OrderFacts, ParcelFacts
from tests.postsale.orders.feeds import hour, parcel_after, scan

ORDER = OrderFacts(sales_channel="us", number="1")


def parcel(status: str, **more: object) -> ParcelFacts:
    return replace(ParcelFacts(carrier="ups", tracking_number="1Z", tracking_status=status), **more)


SENT_BACK = parcel_after(scan(1, "return_to_sender"), scan(2, "delivered"))[0]


@pytest.mark.parametrize(
    ("parcels", "status"),
    [
        ([], "not_shipped"),
        ([parcel("cancelled")], "not_shipped"),
        ([parcel("delivered", is_return=True)], "not_shipped"),
        ([parcel("unknown")], "awaiting_carrier"),
        ([parcel("unknown", handed_over_at=hour(0))], "in_progress"),
        ([parcel("awaiting_carrier")], "awaiting_carrier"),
        ([parcel("awaiting_carrier"), parcel("in_transit")], "in_progress"),
        ([parcel("delayed")], "in_progress"),
        ([parcel("delivered"), parcel("cancelled")], "delivered"),
        ([parcel("delivered"), parcel("awaiting_carrier")], "partially_delivered"),
        ([parcel("delivered"), parcel("exception")], "exception"),
        ([parcel("expired")], "exception"),
        ([parcel("return_to_sender")], "returning"),
        ([SENT_BACK], "returned"),
        ([SENT_BACK, parcel("return_to_sender")], "returning"),
        ([SENT_BACK, parcel("delivered")], "mixed"),
    ],
)
def test_delivery_is_one_word_for_all_parcels_in_any_sequence(parcels: list[ParcelFacts], status: str) -> None:
    assert {derive_order(ORDER, list(some))[0].delivery_status for some in permutations(parcels)} == {status}


TWO = ({"sku": "a", "quantity": 2}, {"sku": "b"})


@pytest.mark.parametrize(
    ("order", "parcels", "status"),
    [
        (ORDER, [], "unfulfilled"),
        (ORDER, [parcel("awaiting_carrier")], "fulfilled"),
        (ORDER, [parcel("cancelled")], "unfulfilled"),
        (replace(ORDER, items=TWO), [parcel("in_transit")], "fulfilled"),
        (
            replace(ORDER, items=TWO),
            [parcel("in_transit", items=({"sku": "a", "quantity": 2},))],
            "partially_fulfilled",
        ),
        (replace(ORDER, items=TWO), [parcel("in_transit", items=TWO), parcel("delivered", items=())], "fulfilled"),
        (replace(ORDER, shop_fulfillment="fulfilled"), [], "fulfilled"),
        (replace(ORDER, held=True), [parcel("in_transit")], "on_hold"),
        (replace(ORDER, held=True, cancelled_at=hour(0)), [], "cancelled"),
    ],
)
def test_fulfilment_follows_labels_items_holds_and_the_shop(
    order: OrderFacts, parcels: list[ParcelFacts], status: str
) -> None:
    assert derive_order(order, parcels)[0].fulfillment_status == status


def test_derived_changes_are_told_once() -> None:
    order, changes = derive_order(ORDER, [parcel("delivered")])

    assert changes == (
        Change(type="order.fulfillment_changed", field="order.fulfillment_status", from_="unfulfilled", to="fulfilled"),
        Change(
            type="order.delivery_status_changed", field="order.delivery_status", from_="not_shipped", to="delivered"
        ),
    )
    assert derive_order(order, [parcel("delivered")]) == (order, ())
