"""`/api/v1/boards/` and `/api/v1/cases/`: which boards there are, their cards, and what people do with them."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import Http404
from msgspec import UNSET, Struct, UnsetType
from rest_framework.request import Request
from rest_framework.response import Response

from dashboards.boards import cases, queries
from dashboards.boards.models import Board
from postsale.web.asking import Moment, Page, Paging, Word
from postsale.web.paging import BadCursorError, write_cursor
from postsale.web.problems import Flaw, refuse
from workflows.api.endpoint import CARDS, READ, Endpoint, Operation

type State = Literal["open", "snoozed", "resolved"]


class BoardShape(Struct, kw_only=True):
    """A board with the number of its open cards."""

    id: UUID
    slug: str
    name: str
    rule: dict[str, Any] | None
    open: int


class Resolver(Struct, kw_only=True):
    """Who resolved a card."""

    kind: Literal["person", "workflow", "cleared"]
    name: str


class CaseShape(Struct, kw_only=True):
    """A card."""

    id: UUID
    board: str
    order: UUID | None
    parcel: UUID | None
    order_number: str
    sales_channel: str
    carrier: str
    tracking_number: str
    tracking_status: str
    state: State
    severity: Literal["info", "warning", "critical"]
    reason: str
    opened_at: datetime
    last_seen_at: datetime
    count: int
    assignee: str | None
    snoozed_until: datetime | None
    resolved_at: datetime | None
    resolved_by: Resolver | None
    run: UUID | None
    workflow: UUID | None


class CaseFilters(Paging, forbid_unknown_fields=True, kw_only=True):
    """What cards can be looked for by."""

    state: State | None = None
    assignee: Word | None = None


class CaseEdit(Struct, forbid_unknown_fields=True, kw_only=True):
    """What people do with a card; what isn't sent stays. `open` reopens it, `snoozed_until` puts it to sleep."""

    state: State | UnsetType = UNSET
    reason: str = ""
    assignee: str | UnsetType | None = UNSET
    snoozed_until: Moment | UnsetType | None = UNSET


class Boards(Endpoint):
    """All boards."""

    operations = {
        "GET": Operation(words="Boards, in their order", right=READ, query=Paging, answers={200: Page[BoardShape]})
    }

    def get(self, request: Request) -> Response:
        """A page of the boards; the cursor is the board that the page before ended with."""
        asked = self.query(Paging)
        last = self.place(asked)[1] if asked.cursor else None
        found = queries.boards(self.tenant_id)
        start = next((index + 1 for index, line in enumerate(found) if line.id == last), 0)
        shown = found[start : start + asked.limit]
        more = self.address_of(write_cursor(self.now, shown[-1].id)) if len(found) > start + asked.limit else None
        return self.page(shown, more, _board)


class Cases(Endpoint):
    """The cards of a board."""

    operations = {
        "GET": Operation(
            words="Cards, the last seen first", right=READ, query=CaseFilters, answers={200: Page[CaseShape]}
        )
    }

    def get(self, request: Request, slug: str) -> Response:
        """A page of the cards that fit every filter. Raises 404."""
        asked = self.query(CaseFilters)
        board = Board.objects.filter(tenant_id=self.tenant_id, slug=slug).first()
        if board is None:
            raise Http404
        try:
            found, cursor = queries.page(
                board, state=asked.state, assignee=asked.assignee, cursor=asked.cursor, limit=asked.limit
            )
        except BadCursorError as error:
            raise refuse(400, f"The cursor can't be read: {error}.") from error
        return self.page(found, self.address_of(cursor) if cursor else None, _case)


class OneCase(Endpoint):
    """One card."""

    operations = {
        "GET": Operation(words="One card", right=READ, answers={200: CaseShape}),
        "PATCH": Operation(
            words="Resolve, assign, snooze or reopen", right=CARDS, body=CaseEdit, answers={200: CaseShape}
        ),
    }

    def get(self, request: Request, pk: UUID) -> Response:
        """The card."""
        return Response(self._shape(pk))

    def patch(self, request: Request, pk: UUID) -> Response:
        """The card, changed. Raises 404, 422."""
        self._shape(pk)
        said = self.body(CaseEdit)
        if said.state == "snoozed" and not isinstance(said.snoozed_until, datetime):
            flaw = Flaw(path="snoozed_until", problem="is missing", expected="when the card wakes again")
            raise refuse(422, "The body has problems.", errors=[flaw])
        try:
            self._change(pk, said)
        except cases.CaseEditError as error:
            flaw = Flaw(path=error.path, problem=error.problem, expected=error.expected)
            raise refuse(422, "The body has problems.", errors=[flaw]) from error
        return Response(self._shape(pk))

    def _change(self, pk: UUID, said: CaseEdit) -> None:
        member = self.member
        if said.assignee is not UNSET:
            cases.assign([pk], member=member, assignee=said.assignee or None, now=self.now)
        if said.state == "resolved":
            cases.resolve([pk], member=member, reason=said.reason, now=self.now)
        elif isinstance(said.snoozed_until, datetime):
            cases.snooze([pk], member=member, until=said.snoozed_until, now=self.now)
        elif said.state == "open" or (said.snoozed_until is None and self._shape(pk).state == "snoozed"):
            cases.reopen([pk], member=member, now=self.now)

    def _shape(self, pk: UUID) -> CaseShape:
        found = queries.by_ids(self.tenant_id, [pk])
        if not found:
            raise Http404
        return _case(found[0])


def _board(line: queries.BoardLine) -> BoardShape:
    return BoardShape(id=line.id, slug=line.slug, name=line.name, rule=line.rule, open=line.open)


def _case(line: queries.CaseLine) -> CaseShape:
    by = line.resolved_by
    return CaseShape(
        id=line.id, board=line.board, order=line.order, parcel=line.parcel, order_number=line.order_number,
        sales_channel=line.sales_channel, carrier=line.carrier, tracking_number=line.tracking_number,
        tracking_status=line.tracking_status, state=line.state, severity=line.severity,  # type: ignore[arg-type]
        reason=line.reason, opened_at=line.opened_at, last_seen_at=line.last_seen_at, count=line.count,
        assignee=line.assignee, snoozed_until=line.snoozed_until, resolved_at=line.resolved_at,
        resolved_by=Resolver(kind=by["kind"], name=by["name"]) if by else None, run=line.run, workflow=line.workflow,
    )  # fmt: skip
