"""An order's story: everything that happened to it and its parcels, newest first, in pages that never shift.

Read by the order's page and by `/api/v1/orders/{id}/timeline/`; each puts it in words of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import JSONObject

from dashboards.boards.models import Board, Case, CaseEntry
from postsale.events.models import Event, EventSubject
from postsale.orders.edit_by_person import SOURCE
from postsale.orders.models import OrderShipment
from postsale.web.paging import write_cursor
from workflows.definitions.models import Workflow
from workflows.runs.models import Outbox, Run, StepRun

type Kind = Literal["event", "decision", "message", "edit", "case"]
type Tab = Literal["all", "carrier", "workflows", "messages", "people"]
type Row = Event | Run | Outbox | CaseEntry

#: The page's ways to look at the story; "everything" is the API's: as "all", with each decision in a place of its own.
TABS: tuple[Tab, ...] = get_args(Tab.__value__)
NEVER = datetime.max.replace(tzinfo=UTC)
#: Runs that wait about one order; who has more has a workflow to look at.
MOST_WAITING = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened `at` its own time; `received_at` is when we heard of it."""

    at: datetime
    received_at: datetime
    kind: Kind
    row: Row

    @property
    def id(self) -> UUID:
        """Decides between things of one moment."""
        return self.row.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What is asked for: about whom, how many rows, and before which one; `with_waiting`: and which runs wait."""

    tenant_id: int
    order_id: UUID
    parcels: frozenset[UUID]
    limit: int
    before: tuple[datetime, UUID] | None = None
    tab: Tab | Literal["everything"] = "everything"
    with_waiting: bool = False

    @property
    def about(self) -> Q:
        """Rows of the order, or of its parcels before they had one."""
        its_parcels = Q(shipment_id__in=self.parcels, order_id__isnull=True)
        return Q(tenant_id=self.tenant_id) & (Q(order_id=self.order_id) | its_parcels)

    def earlier(self, moment: str) -> Q:
        """Rows before the place where the page before ended, by their column `moment` and their id."""
        if self.before is None:
            return Q()
        at, last = self.before
        return Q(**{f"{moment}__lt": at}) | Q(**{moment: at, "id__lt": last})


def parcels_of(tenant_id: int, order_id: UUID) -> frozenset[UUID]:
    """The ids of an order's parcels. One query."""
    links = OrderShipment.objects.filter(tenant_id=tenant_id, order_id=order_id)
    return frozenset(links.values_list("shipment_id", flat=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A page of an order's story, newest first, and the cursor of the next ("" at the end).

    `below` holds what workflows made of each event (of the page's tab), `waiting` the runs that wait, the next first. Runs
    know their `workflow_name` and their `steps` (dicts of step, kind, state, result, error), cards' entries their
    `board_name`.
    """

    entries: Sequence[Entry]
    more: str
    below: Mapping[UUID, Sequence[Run]]
    waiting: Sequence[Run]


def story(span: Span) -> Story:
    """A page of the story. At most four queries."""
    events = list(_events(span)) if span.tab != "messages" else []
    legs = _legs(span, [entry.id for entry in events])
    decisions = [
        Entry(at=run.started_at, received_at=run.started_at, kind="decision", row=run) for run in legs.get("alone", ())
    ]
    below: dict[UUID, list[Run]] = {}
    for run in sorted(legs.get("below", ()), key=lambda run: (run.started_at, run.id)):
        if run.event_id is not None:
            below.setdefault(run.event_id, []).append(run)
    found = sorted([*events, *decisions, *_rest(span)], key=lambda entry: (entry.at, entry.id), reverse=True)
    more = ""
    if len(found) > span.limit:
        last = found[span.limit - 1]
        more = write_cursor(last.at, last.id)
    waiting = sorted(legs.get("waiting", ()), key=lambda run: (run.wake_at or NEVER, run.id))
    return Story(entries=found[: span.limit], more=more, below=below, waiting=waiting)


def _rest(span: Span) -> Iterator[Entry]:
    if span.tab in ("everything", "all", "messages"):
        yield from _messages(span)
    if span.tab in ("everything", "all", "workflows", "people"):
        yield from _cases(span)


def _legs(span: Span, events: Sequence[UUID]) -> dict[str, list[Run]]:
    """Runs that stand alone in the story, those below its events, and those that wait. At most one query."""
    legs: list[QuerySet[Run]] = []
    if span.tab in ("everything", "all", "workflows"):
        alone = _runs(span, "alone").filter(span.earlier("started_at"))
        if span.tab == "all":  # the others stand below the event that set them off
            alone = alone.filter(event_id__isnull=True)
        legs.append(alone.order_by("-started_at", "-id")[: span.limit + 1])
    if span.tab == "all" and events:
        legs.append(_runs(span, "below").filter(event_id__in=events))
    if span.with_waiting:
        legs.append(_runs(span, "waiting").filter(state="waiting").order_by("wake_at", "id")[:MOST_WAITING])
    found: dict[str, list[Run]] = {}
    for run in legs[0].union(*legs[1:], all=True) if legs else ():
        found.setdefault(run.leg, []).append(run)  # type: ignore[attr-defined]  # annotated by `_runs`
    return found


def _runs(span: Span, leg: str) -> QuerySet[Run]:
    named = Workflow.objects.filter(tenant_id=span.tenant_id, id=OuterRef("workflow_id")).values("name")
    steps = StepRun.objects.filter(tenant_id=span.tenant_id, run_id=OuterRef("id")).order_by("position")
    shown = {name: name for name in ("step", "kind", "state", "result", "error")}
    rows: QuerySet[Run] = (
        Run.objects.filter(span.about)
        .defer("machine")
        .annotate(
            leg=Value(leg, output_field=CharField()),
            workflow_name=Subquery(named),
            steps=ArraySubquery(steps.values(said=JSONObject(**shown))),
        )
    )
    return rows


def _events(span: Span) -> Iterator[Entry]:
    subjects = EventSubject.objects.filter(tenant_id=span.tenant_id, subject_id__in=[span.order_id, *span.parcels])
    rows = Event.objects.filter(span.earlier("occurred_at"), tenant_id=span.tenant_id)
    rows = _of_tab(rows.filter(id__in=subjects.values("event_id")).defer("raw"), span)
    for row in rows.order_by("-occurred_at", "-id")[: span.limit + 1]:
        kind: Kind = "edit" if row.source == SOURCE else "event"
        yield Entry(at=row.occurred_at, received_at=row.received_at, kind=kind, row=row)


def _of_tab(rows: QuerySet[Event], span: Span) -> QuerySet[Event]:
    if span.tab == "carrier":
        return rows.exclude(source=SOURCE)
    if span.tab in ("people", "workflows"):
        return rows.filter(source=SOURCE, actor__kind="person" if span.tab == "people" else "workflow")
    return rows


def _messages(span: Span) -> Iterator[Entry]:
    rows = Outbox.objects.filter(span.about, span.earlier("created_at"))
    for row in rows.order_by("-created_at", "-id")[: span.limit + 1]:
        yield Entry(at=row.created_at, received_at=row.created_at, kind="message", row=row)


def _cases(span: Span) -> Iterator[Entry]:
    board = Board.objects.filter(tenant_id=span.tenant_id, id=OuterRef("board_id")).values("name")
    card = Case.objects.filter(tenant_id=span.tenant_id, id=OuterRef("case_id")).values(name=Subquery(board))
    rows = CaseEntry.objects.filter(span.about, span.earlier("at")).annotate(board_name=Subquery(card))
    if span.tab == "people":
        rows = rows.filter(by__kind="person")
    elif span.tab == "workflows":
        rows = rows.exclude(by__kind="person")
    for row in rows.order_by("-at", "-id")[: span.limit + 1]:
        yield Entry(at=row.at, received_at=row.at, kind="case", row=row)
