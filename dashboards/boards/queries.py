"""Asking the boards: which there are, how many cards are open, and pages of cards with what they are about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from dashboards.boards.models import Board, Case
from postsale.orders.models import Order, Shipment
from postsale.web.paging import read_cursor, write_cursor

PAGE = 100
STATES = ("open", "snoozed", "resolved")


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardLine:
    """A board with the number of its open cards."""

    id: UUID
    slug: str
    name: str
    rule: Any
    open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """A card with what it is about, as pages and the API show it."""

    id: UUID
    board: str
    order: UUID | None
    parcel: UUID | None
    state: str
    severity: str
    reason: str
    opened_at: datetime
    last_seen_at: datetime
    count: int
    assignee: str | None
    snoozed_until: datetime | None
    resolved_at: datetime | None
    resolved_by: dict[str, Any] | None
    run: UUID | None
    workflow: UUID | None
    order_number: str
    sales_channel: str
    carrier: str
    tracking_number: str
    tracking_status: str

    @property
    def sort_key(self) -> str:
        """Sorts as the page does, greatest first: the last seen, then the id."""
        return f"{self.last_seen_at.timestamp():017.6f}-{self.id.hex}"


def boards(tenant_id: int) -> list[BoardLine]:
    """The tenant's boards in their order, with counts. Two queries."""
    opened = dict(
        Case.objects.filter(tenant_id=tenant_id, state="open")
        .values_list("board_id")
        .annotate(n=Count("id"))
        .order_by()
    )
    rows = Board.objects.filter(tenant_id=tenant_id).order_by("position", "created_at", "id")
    return [
        BoardLine(id=row.id, slug=row.slug, name=row.name, rule=row.rule, open=opened.get(row.id, 0)) for row in rows
    ]


def board(tenant_id: int, slug: str) -> Board | None:
    """The board, or None."""
    return Board.objects.filter(tenant_id=tenant_id, slug=slug).first()


def counts(board_: Board) -> dict[str, int]:
    """How many cards of a board are open and how many sleep. One query."""
    rows = Case.objects.filter(tenant_id=board_.tenant_id, board=board_, state__in=("open", "snoozed"))
    found = dict(rows.values_list("state").annotate(n=Count("id")).order_by())
    return {"open": found.get("open", 0), "snoozed": found.get("snoozed", 0)}


def page(
    board_: Board, *, state: str | None = "open", assignee: str | None = None, cursor: str = "", limit: int = PAGE
) -> tuple[list[CaseLine], str]:
    """Cards, the last seen first, and the next page's cursor ("" at the end). Three queries. Raises BadCursorError.

    `state` None: any. `assignee`: an e-mail address, or "" for nobody's.
    """
    rows = Case.objects.filter(tenant_id=board_.tenant_id, board=board_)
    if state is not None:
        rows = rows.filter(state=state)
    if assignee is not None:
        rows = rows.filter(assignee=assignee) if assignee else rows.filter(assignee__isnull=True)
    if cursor:
        at, last = read_cursor(cursor)
        rows = rows.filter(Q(last_seen_at__lt=at) | Q(last_seen_at=at, id__lt=last))
    found = list(rows.order_by("-last_seen_at", "-id")[: limit + 1])
    more = write_cursor(found[limit - 1].last_seen_at, found[limit - 1].id) if len(found) > limit else ""
    return lines(found[:limit], {board_.id: board_.slug}), more


def by_ids(tenant_id: int, ids: Sequence[UUID], *, board_: Board | None = None) -> list[CaseLine]:
    """The cards of `ids` that exist (on `board_`), in no order. Three queries."""
    rows = Case.objects.filter(tenant_id=tenant_id, id__in=ids).select_related("board")
    if board_ is not None:
        rows = rows.filter(board=board_)
    found = list(rows)
    return lines(found, {case.board_id: case.board.slug for case in found})


def lines(cases: Iterable[Case], slugs: dict[UUID, str]) -> list[CaseLine]:
    """Cards with their orders and parcels. Two queries, however many."""
    found = list(cases)
    tenants = {case.tenant_id for case in found}
    order_rows = Order.objects.filter(tenant_id__in=tenants, id__in={case.order_id for case in found if case.order_id})
    parcel_rows = Shipment.objects.filter(
        tenant_id__in=tenants, id__in={case.shipment_id for case in found if case.shipment_id}
    )
    orders = {row.id: row for row in order_rows.only("id", "number", "sales_channel")}
    parcels = {row.id: row for row in parcel_rows.only("id", "carrier", "tracking_number", "tracking_status")}
    return [
        _line(
            case,
            slugs[case.board_id],
            orders.get(case.order_id) if case.order_id else None,
            parcels.get(case.shipment_id) if case.shipment_id else None,
        )
        for case in found
    ]


def _line(case: Case, slug: str, order: Order | None, parcel: Shipment | None) -> CaseLine:
    return CaseLine(
        id=case.id, board=slug, order=case.order_id, parcel=case.shipment_id, state=case.state, severity=case.severity,
        reason=case.reason, opened_at=case.opened_at, last_seen_at=case.last_seen_at, count=case.count,
        assignee=case.assignee, snoozed_until=case.snoozed_until, resolved_at=case.resolved_at,
        resolved_by=case.resolved_by, run=case.run_id, workflow=case.workflow_id,
        order_number=order.number if order else "", sales_channel=order.sales_channel if order else "",
        carrier=parcel.carrier if parcel else "", tracking_number=parcel.tracking_number if parcel else "",
        tracking_status=parcel.tracking_status if parcel else "",
    )  # fmt: skip
