"""Asking the boards: which there are, how many cards are open, and pages of cards with what they are about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.fields.json import KT

from dashboards.boards.models import Board, Case
from postsale.orders.models import Order, Shipment
from postsale.web.paging import read_cursor, write_cursor
from workflows.definitions.models import Workflow

PAGE = 100
STATES = ("open", "snoozed", "resolved")
_NOTHING = (None,) * 7
#: Statuses that have a reason; a parcel that goes on keeps the one it had.
_WITH_REASON = ("exception", "delayed", "failed_attempt", "return_to_sender")


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardLine:
    """A board with the number of its open cards."""

    id: UUID
    slug: str
    name: str
    rule: Any
    open: int
    sla_hours: float | None = None


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
    board_name: str = ""
    workflow_name: str = ""
    due_at: datetime | None = None
    exception_reason: str = ""

    @property
    def sort_key(self) -> str:
        """Sorts as the page does, greatest first: the last seen (of what is resolved: the last ended), then the id."""
        return f"{(self.resolved_at or self.last_seen_at).timestamp():017.6f}-{self.id.hex}"


def boards(tenant_id: int) -> list[BoardLine]:
    """The tenant's boards in their order, with counts; archived ones are left out. One query."""
    on_it = Case.objects.filter(tenant_id=tenant_id, board_id=OuterRef("id"), state="open").order_by()
    counted = Subquery(on_it.values("state").annotate(n=Count("id")).values("n"), output_field=IntegerField())
    rows = Board.objects.filter(tenant_id=tenant_id, archived_at__isnull=True).annotate(open=counted)
    return [
        BoardLine(id=row.id, slug=row.slug, name=row.name, rule=row.rule, open=row.open or 0, sla_hours=sla_of(row))
        for row in rows.order_by("position", "created_at", "id")
    ]


def board(tenant_id: int, slug: str) -> Board | None:
    """The board, or None."""
    return Board.objects.filter(tenant_id=tenant_id, slug=slug).first()


def sla_of(board_: Board) -> float | None:
    """Within how many hours of opening a card of the board should be resolved; None: nobody said."""
    hours = board_.settings.get("sla_hours")
    return float(hours) if isinstance(hours, int | float) and hours > 0 else None


def counts(board_: Board) -> dict[str, int]:
    """How many cards of a board are open and how many sleep. One query."""
    rows = Case.objects.filter(tenant_id=board_.tenant_id, board=board_, state__in=("open", "snoozed"))
    found = dict(rows.values_list("state").annotate(n=Count("id")).order_by())
    return {"open": found.get("open", 0), "snoozed": found.get("snoozed", 0)}


def page(
    board_: Board, *, state: str | None = "open", assignee: str | None = None, cursor: str = "", limit: int = PAGE
) -> tuple[list[CaseLine], str]:
    """Cards, the last seen first, and the next page's cursor ("" at the end). Two queries. Raises BadCursorError.

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
    return lines(found[:limit], {board_.id: board_}), more


def by_ids(tenant_id: int, ids: Sequence[UUID], *, board_: Board | None = None) -> list[CaseLine]:
    """The cards of `ids` that exist (on `board_`), in no order. Two queries."""
    rows = Case.objects.filter(tenant_id=tenant_id, id__in=ids).select_related("board")
    if board_ is not None:
        rows = rows.filter(board=board_)
    found = list(rows)
    return lines(found, {case.board_id: case.board for case in found})


def lines(cases: Iterable[Case], boards_: dict[UUID, Board]) -> list[CaseLine]:
    """Cards with their orders, parcels and workflows' names. One query, however many."""
    found = list(cases)
    about = _about(found) if found else {}
    return [_line(case, boards_[case.board_id], about.get(case.id, _NOTHING)) for case in found]


def _about(cases: Sequence[Case]) -> dict[UUID, tuple[str | None, ...]]:
    """Card → what it is about. Looked up by key for each card: joined, a large shop's orders would all be read."""
    tenant_id = cases[0].tenant_id
    order = Order.objects.filter(tenant_id=tenant_id, id=OuterRef("order_id"))
    parcel = Shipment.objects.filter(tenant_id=tenant_id, id=OuterRef("shipment_id"))
    workflow = Workflow.objects.filter(tenant_id=tenant_id, id=OuterRef("workflow_id"))
    rows = Case.objects.filter(tenant_id=tenant_id, id__in=[case.id for case in cases]).values_list(
        "id", Subquery(order.values("number")), Subquery(order.values("sales_channel")),
        Subquery(parcel.values("carrier")), Subquery(parcel.values("tracking_number")),
        Subquery(parcel.values("tracking_status")), Subquery(workflow.values("name")),
        Subquery(parcel.values(said=KT("body__exception_reason"))),
    )  # fmt: skip
    return {row[0]: row[1:] for row in rows}


def _line(case: Case, board_: Board, about: Sequence[str | None]) -> CaseLine:
    sla = sla_of(board_)
    number, channel, carrier, tracking_number, tracking_status, workflow, trouble = (said or "" for said in about)
    return CaseLine(
        id=case.id, board=board_.slug, order=case.order_id, parcel=case.shipment_id, state=case.state,
        severity=case.severity, reason=case.reason, opened_at=case.opened_at, last_seen_at=case.last_seen_at,
        count=case.count, assignee=case.assignee, snoozed_until=case.snoozed_until, resolved_at=case.resolved_at,
        resolved_by=case.resolved_by, run=case.run_id, workflow=case.workflow_id, order_number=number,
        sales_channel=channel, carrier=carrier, tracking_number=tracking_number, tracking_status=tracking_status,
        board_name=board_.name, workflow_name=workflow, due_at=case.opened_at + timedelta(hours=sla) if sla else None,
        exception_reason=trouble if tracking_status in _WITH_REASON and trouble != "unspecified" else "",
    )  # fmt: skip
