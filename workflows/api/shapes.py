"""The shapes of orders and parcels (contract/http.md, "Shapes"), and how rows become them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from postsale.orders.facts import OrderFacts, ParcelFacts
from postsale.orders.models import Order, OrderShipment, Shipment


class Setter(Struct, kw_only=True):
    """Who set a field last: `kind` person, workflow or sync."""

    kind: str
    name: str
    at: str | None = None


class ParcelShape(Struct, kw_only=True):
    """A parcel."""

    id: UUID
    carrier: str
    tracking_number: str
    tracking_status: str
    status_since: datetime | None
    substatus: str | None
    raw_status: str | None
    raw_detail: str | None
    raw_text: str | None
    exception_reason: str | None
    action_required: bool | None
    label_created_at: datetime | None
    label_voided_at: datetime | None
    handed_off_at: datetime | None
    handed_over_at: datetime | None
    last_scan_at: datetime | None
    eta: datetime | None
    eta_original: datetime | None
    delivered_at: datetime | None
    signed_by: str | None
    service: str | None
    warehouse: str | None
    location: Mapping[str, Any]
    is_return: bool | None
    last_set_by: Mapping[str, Setter]
    orders: list[UUID]
    version: int


class OrderShape(Struct, kw_only=True):
    """An order with its parcels. Amounts are decimal texts of the main unit."""

    id: UUID
    number: str
    sales_channel: str
    placed_at: datetime | None
    promised_by: datetime | None
    ship_by: datetime | None
    payment_status: str | None
    fulfillment_status: str
    delivery_status: str
    ops_status: str
    tags: list[str]
    notes: str | None
    assignee: str | None
    total: str | None
    currency: str | None
    customer: Mapping[str, Any]
    address: Mapping[str, Any]
    items: list[Mapping[str, Any]]
    custom: Mapping[str, Any]
    parcels: list[ParcelShape]
    last_set_by: Mapping[str, Setter]
    created_at: datetime
    updated_at: datetime
    version: int


def order_shapes(tenant_id: int, rows: Collection[Order]) -> list[OrderShape]:
    """The orders as the API shows them, in their order. Three queries, however many."""
    ids = [row.id for row in rows]
    links = OrderShipment.objects.filter(tenant_id=tenant_id, order_id__in=ids).order_by("linked_at", "shipment_id")
    of_order: dict[UUID, list[UUID]] = {}
    for order_id, shipment_id in links.values_list("order_id", "shipment_id"):
        of_order.setdefault(order_id, []).append(shipment_id)
    wanted = {shipment_id for found in of_order.values() for shipment_id in found}
    found = parcel_shapes(tenant_id, Shipment.objects.filter(tenant_id=tenant_id, id__in=wanted))
    parcels = {parcel.id: parcel for parcel in found}
    return [_order(row, [parcels[each] for each in of_order.get(row.id, ()) if each in parcels]) for row in rows]


def parcel_shapes(tenant_id: int, rows: Iterable[Shipment]) -> list[ParcelShape]:
    """The parcels as the API shows them, in their order. One query beside the rows' own."""
    shipments = list(rows)
    of_parcel: dict[UUID, list[UUID]] = {}
    links = OrderShipment.objects.filter(tenant_id=tenant_id, shipment_id__in=[row.id for row in shipments])
    for shipment_id, order_id in links.order_by("linked_at", "order_id").values_list("shipment_id", "order_id"):
        of_parcel.setdefault(shipment_id, []).append(order_id)
    return [_parcel(row, of_parcel.get(row.id, [])) for row in shipments]


def _order(row: Order, parcels: list[ParcelShape]) -> OrderShape:
    facts = msgspec.convert(row.body, OrderFacts)
    return OrderShape(
        id=row.id, number=facts.number, sales_channel=facts.sales_channel, placed_at=facts.placed_at,
        promised_by=facts.promised_by, ship_by=facts.ship_by, payment_status=facts.payment_status,
        fulfillment_status=facts.fulfillment_status, delivery_status=facts.delivery_status, ops_status=facts.ops_status,
        tags=list(facts.tags), notes=facts.notes, assignee=facts.assignee, total=_amount(facts.total),
        currency=facts.currency, customer=facts.customer, address=facts.address,
        items=[{**item, "price": _amount(item["price"])} if "price" in item else item for item in facts.items],
        custom=facts.custom, parcels=parcels,
        last_set_by=_setters(facts.setters),
        created_at=row.created_at, updated_at=row.updated_at, version=row.version,
    )  # fmt: skip


def _parcel(row: Shipment, orders: list[UUID]) -> ParcelShape:
    facts = msgspec.convert(row.body, ParcelFacts)
    return ParcelShape(
        id=row.id, carrier=facts.carrier, tracking_number=facts.tracking_number, tracking_status=facts.tracking_status,
        status_since=facts.status_since, substatus=facts.substatus, raw_status=facts.raw_status,
        raw_detail=facts.raw_detail, raw_text=facts.raw_text, exception_reason=facts.exception_reason,
        action_required=facts.action_required, label_created_at=facts.label_created_at,
        label_voided_at=facts.label_voided_at, handed_off_at=facts.handed_off_at, handed_over_at=facts.handed_over_at,
        last_scan_at=facts.last_scan_at, eta=facts.eta, eta_original=facts.eta_original,
        delivered_at=facts.delivered_at, signed_by=facts.signed_by, service=facts.service, warehouse=facts.warehouse,
        location=facts.location, is_return=facts.is_return,
        last_set_by=_setters(facts.setters), orders=orders, version=row.version,
    )  # fmt: skip


def _setters(said: Mapping[str, Mapping[str, str]]) -> dict[str, Setter]:
    return {name: Setter(kind=each["kind"], name=each["name"], at=each.get("at")) for name, each in said.items()}


def _amount(minor: object) -> str | None:
    return f"{Decimal(minor).scaleb(-2):.2f}" if isinstance(minor, int) else None
