"""One order as its page shows it: facts with who set them, parcels, open cards."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Q

from dashboards.boards.models import Case
from dashboards.orders.labels import (
    Badge,
    delivery_badge,
    fulfillment_label,
    ops_badge,
    payment_label,
    tracking_badge,
)
from dashboards.orders.wording import setter
from postsale.orders.facts import OrderFacts, ParcelFacts
from postsale.orders.models import Order, OrderShipment, Shipment
from postsale.tenants.shop import Shop
from workflows.catalog.fields import EXCEPTION_REASONS
from workflows.catalog.names import carrier_name, channel_name, key_words

_SEVERITIES: Mapping[str, tuple[str, str, str]] = {
    "info": ("Info", "info", "info"), "warning": ("Warning", "warn", "triangle-alert"),
    "critical": ("Critical", "crit", "circle-alert"),
}  # fmt: skip
#: "Unspecified" is no reason to show.
_REASONS = {key: label for key, label in EXCEPTION_REASONS if key != "unspecified"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A parcel; moments are None where nobody said."""

    id: UUID
    carrier: str
    tracking_number: str
    badge: Badge
    since: datetime | None
    text: str
    reason: str
    is_return: bool
    is_test: bool
    action_required: bool
    service: str
    place: str
    label_created_at: datetime | None
    handed_over_at: datetime | None
    last_scan_at: datetime | None
    eta: datetime | None
    eta_original: datetime | None
    delivered_at: datetime | None
    signed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A line of what was ordered."""

    name: str
    sku: str
    quantity: int
    price: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card of the order that is open or asleep."""

    id: UUID
    board: str
    slug: str
    state: str
    severity: Badge
    reason: str
    opened_at: datetime
    count: int
    assignee: str
    snoozed_until: datetime | None
    waits_for_scan: bool
    parcel: str
    run: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """An order. `set_by`: field → who set it last, in words."""

    id: UUID
    number: str
    channel: str
    placed_at: datetime | None
    promised_by: datetime | None
    ship_by: datetime | None
    ops_status: str
    ops: Badge
    delivery: Badge
    payment: str
    fulfillment: str
    held: bool
    cancelled_at: datetime | None
    tags: Sequence[str]
    notes: str
    assignee: str
    customer: Mapping[str, str]
    email: str
    address: Sequence[str]
    items: Sequence[Item]
    total: str
    custom: Sequence[tuple[str, str]]
    set_by: Mapping[str, str]
    parcels: Sequence[Parcel]


def order_row(tenant_id: int, pk: UUID) -> Order | None:
    """The order's row, or None. One query."""
    return Order.objects.filter(tenant_id=tenant_id, id=pk).first()


def order_with_parcels(tenant_id: int, pk: UUID) -> tuple[Order, list[Shipment]] | None:
    """The order's row and those of its parcels, or None. One query for an order that has any, else two."""
    links = OrderShipment.objects.filter(
        tenant_id=tenant_id, order_id=pk, order__tenant_id=tenant_id, shipment__tenant_id=tenant_id
    )
    found = list(links.select_related("order", "shipment").order_by("linked_at", "shipment_id"))
    row = found[0].order if found else order_row(tenant_id, pk)
    return (row, [link.shipment for link in found]) if row else None


def view_of(row: Order, parcels: Sequence[Shipment], *, shop: Shop, me: str) -> OrderView:
    """The order and its parcels."""
    facts = msgspec.convert(row.body, OrderFacts)
    currency = facts.currency or ""
    return OrderView(
        id=row.id, number=facts.number, channel=channel_name(facts.sales_channel), placed_at=facts.placed_at,
        promised_by=facts.promised_by, ship_by=facts.ship_by, ops_status=facts.ops_status,
        ops=ops_badge(facts.ops_status, shop), delivery=delivery_badge(facts.delivery_status),
        payment=payment_label(facts.payment_status), fulfillment=fulfillment_label(facts.fulfillment_status),
        held=facts.held, cancelled_at=facts.cancelled_at, tags=facts.tags, notes=facts.notes or "",
        assignee=facts.assignee or "", customer=_customer(facts.customer), email=str(facts.customer.get("email") or ""),
        address=_address(facts.address), items=[_item(item, currency) for item in facts.items],
        total=amount(facts.total, currency), custom=[(key_words(name), str(said)) for name, said in facts.custom.items()],
        set_by={name: setter(said, me) for name, said in facts.setters.items()},
        parcels=[_parcel(parcel) for parcel in parcels],
    )  # fmt: skip


def cards_of(row: Order, parcels: Sequence[Parcel]) -> list[Card]:
    """The order's open and sleeping cards, the most urgent first. One query."""
    numbers = {parcel.id: parcel.tracking_number for parcel in parcels}
    on_it = Q(order_id=row.id) | Q(order_id__isnull=True, shipment_id__in=numbers)
    found = Case.objects.filter(on_it, tenant_id=row.tenant_id, state__in=("open", "snoozed")).select_related("board")
    urgency = {"critical": 0, "warning": 1, "info": 2}
    cases = sorted(found, key=lambda case: (case.state != "open", urgency.get(case.severity, 3), case.opened_at))
    return [_card(case, numbers) for case in cases]


def amount(minor: object, currency: str) -> str:
    """Money in its main unit: "1,204.50 EUR"; "" where nobody said."""
    if not isinstance(minor, int):
        return ""
    return f"{Decimal(minor).scaleb(-2):,.2f} {currency}".strip()


def _card(case: Case, numbers: Mapping[UUID, str]) -> Card:
    label, tone, icon = _SEVERITIES.get(case.severity, (key_words(case.severity), "", "info"))
    return Card(
        id=case.id, board=case.board.name, slug=case.board.slug, state=case.state,
        severity=Badge(label=label, tone=tone, icon=icon), reason=case.reason, opened_at=case.opened_at,
        count=case.count, assignee=case.assignee or "", snoozed_until=case.snoozed_until,
        waits_for_scan=case.scan_after is not None,
        parcel=numbers.get(case.shipment_id, "") if case.shipment_id and len(numbers) > 1 else "", run=case.run_id,
    )  # fmt: skip


def _parcel(row: Shipment) -> Parcel:
    facts = msgspec.convert(row.body, ParcelFacts)
    return Parcel(
        id=row.id, carrier=carrier_name(facts.carrier), tracking_number=facts.tracking_number,
        badge=tracking_badge(facts.tracking_status), since=facts.status_since,
        text=facts.raw_text or facts.raw_detail or "", is_return=bool(facts.is_return),
        is_test=bool(facts.is_test),
        reason=_REASONS.get(facts.exception_reason or "", ""),
        action_required=bool(facts.action_required), service=facts.service or "", place=_joined(facts.location.values()),
        label_created_at=facts.label_created_at, handed_over_at=facts.handed_over_at, last_scan_at=facts.last_scan_at,
        eta=facts.eta, eta_original=facts.eta_original if facts.eta_original != facts.eta else None,
        delivered_at=facts.delivered_at, signed_by=facts.signed_by or "",
    )  # fmt: skip


def _customer(said: Mapping[str, object]) -> dict[str, str]:
    name = " ".join(str(said[part]) for part in ("first_name", "last_name") if said.get(part))
    consent = said.get("consent")
    agreed = consent.get("email") if isinstance(consent, Mapping) else None
    return {
        "name": name, "email": str(said.get("email") or ""), "phone": str(said.get("phone") or ""),
        "locale": str(said.get("locale") or ""),
        "consent": {True: "Agreed to e-mails", False: "Wants no e-mails"}.get(agreed, "") if agreed is not None else "",
    }  # fmt: skip


def _address(said: Mapping[str, object]) -> list[str]:
    city = _joined((said.get("postal_code"), said.get("city")), by=" ")
    return [line for line in (city, _joined((said.get("region"), said.get("country")))) if line]


def _item(said: Mapping[str, Any], currency: str) -> Item:
    quantity = said.get("quantity")
    return Item(
        name=str(said.get("name") or said.get("sku") or "Item"), sku=str(said.get("sku") or ""),
        quantity=quantity if isinstance(quantity, int) else 1, price=amount(said.get("price"), currency),
    )  # fmt: skip


def _joined(parts: Iterable[object], *, by: str = ", ") -> str:
    return by.join(str(part) for part in parts if part)
