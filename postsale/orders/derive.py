"""What an order's parcels make of it: its delivery and its fulfilment."""

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from postsale.orders.facts import Change, OrderFacts, ParcelFacts

_IN_HAND = frozenset(
    {"accepted", "in_transit", "out_for_delivery", "available_for_pickup", "failed_attempt", "delayed"}
)
_NEVER = datetime.max.replace(tzinfo=UTC)


def derive_order(order: OrderFacts, parcels: Sequence[ParcelFacts]) -> tuple[OrderFacts, tuple[Change, ...]]:
    """The order with `delivery_status` and `fulfillment_status` as its parcels say, and the changes."""
    delivery = _delivery(parcels)
    fulfillment = _fulfillment(order, parcels)
    changes: list[Change] = []
    for type_, name, value in (
        ("order.fulfillment_changed", "fulfillment_status", fulfillment),
        ("order.delivery_status_changed", "delivery_status", delivery),
    ):
        before = getattr(order, name)
        if before != value:
            changes.append(Change(type=type_, field=f"order.{name}", from_=before, to=value))
    if not changes:
        return order, ()
    return replace(order, delivery_status=delivery, fulfillment_status=fulfillment), tuple(changes)


def _delivery(parcels: Sequence[ParcelFacts]) -> str:
    """One word for all parcels on their way to the customer: trouble first, mixed only when no other word is true."""
    phases = {_phase(parcel) for parcel in _outbound(parcels)}
    if not phases:
        return "not_shipped"
    if len(phases) == 1:
        return phases.pop()
    if "exception" in phases:
        return "exception"
    if phases <= {"awaiting_carrier", "in_progress"}:
        return "in_progress"
    if phases <= {"awaiting_carrier", "in_progress", "delivered"}:
        return "partially_delivered"
    if phases <= {"returning", "returned"}:
        return "returning"
    return "mixed"


def _phase(parcel: ParcelFacts) -> str:
    status = parcel.tracking_status
    if status in _IN_HAND:
        return "in_progress"
    if status in {"exception", "expired"}:
        return "exception"
    if status == "return_to_sender":
        return "returning"
    if status == "delivered":
        return "returned" if _came_back(parcel) else "delivered"
    return "in_progress" if parcel.handed_over_at is not None else "awaiting_carrier"


def _came_back(parcel: ParcelFacts) -> bool:
    """Whether the delivery was the one to the sender: the carrier said before that it returns the parcel."""
    until = parcel.status_since or _NEVER
    return any(scan.status == "return_to_sender" and scan.at <= until for scan in parcel.scans)


def _fulfillment(order: OrderFacts, parcels: Sequence[ParcelFacts]) -> str:
    if order.cancelled_at is not None:
        return "cancelled"
    if order.held:
        return "on_hold"
    if order.shop_fulfillment in {"fulfilled", "partially_fulfilled"}:
        return order.shop_fulfillment
    outbound = _outbound(parcels)
    if not outbound:
        return "unfulfilled"
    ordered = sum(_quantity(item.get("quantity")) for item in order.items)
    if not ordered or any(parcel.items is None for parcel in outbound):
        return "fulfilled"
    shipped = sum(_quantity(item.get("quantity")) for parcel in outbound for item in parcel.items or ())
    return "fulfilled" if shipped >= ordered else "partially_fulfilled"


def _outbound(parcels: Sequence[ParcelFacts]) -> list[ParcelFacts]:
    return [parcel for parcel in parcels if not parcel.is_return and parcel.tracking_status != "cancelled"]


def _quantity(value: object) -> int:
    return value if isinstance(value, int) else 1
