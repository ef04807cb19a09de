"""One card in full: its reason, what the run that placed it found, the parcel and order, what happened to it, notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dashboards.boards.models import Board, Case, CaseEntry
from dashboards.boards.queries import CaseLine, lines
from dashboards.boards.saving import entry
from postsale.orders.models import Order, Shipment
from postsale.tenants.models import Member
from postsale.tenants.shop import Shop
from workflows.history.tracing.recorded import of_run
from workflows.history.tracing.tables import Asked

#: How much of a card's history the drawer shows.
LATEST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """All that the drawer shows of a card."""

    line: CaseLine
    findings: Sequence[Sequence[Asked]]
    history: Sequence[CaseEntry]
    notes: Sequence[CaseEntry]
    order: Order | None
    parcel: Shipment | None
    ops_status: str
    waits_for_scan: bool = False


def card_of(boards: Sequence[Board], pk: UUID, *, shop: Shop) -> Card | None:
    """The card with this id on one of `boards`, or None. Eight queries."""
    tenant_id = shop.id
    case = Case.objects.filter(tenant_id=tenant_id, id=pk, board__in=[board.id for board in boards]).first()
    if case is None:
        return None
    entries = CaseEntry.objects.filter(tenant_id=tenant_id, case_id=case.id).order_by("-at", "-id")
    order = Order.objects.filter(tenant_id=tenant_id, id=case.order_id).first() if case.order_id else None
    parcel = Shipment.objects.filter(tenant_id=tenant_id, id=case.shipment_id).first() if case.shipment_id else None
    return Card(
        line=lines([case], {board.id: board for board in boards})[0],
        findings=of_run(tenant_id, case.run_id, shop=shop) if case.run_id else (),
        history=list(entries.exclude(what="noted")[:LATEST]),
        notes=list(entries.filter(what="noted")[:LATEST]),
        order=order,
        parcel=parcel,
        waits_for_scan=case.scan_after is not None,
        ops_status=shop.ops_statuses.get(order.ops_status, order.ops_status) if order else "",
    )


def write_note(member: Member, pk: UUID, text: str, *, now: datetime) -> bool:
    """Add a person's note to the card's history, where its order's timeline shows it; False: there is no such card."""
    case = Case.objects.filter(tenant_id=member.tenant_id, id=pk).first()
    if case is None:
        return False
    entry(case, "noted", words=text, by={"kind": "person", "name": member.email}, now=now).save()
    return True
