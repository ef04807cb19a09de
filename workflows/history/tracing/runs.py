"""Runs as lists show them: filtered, newest first (waiting ones: the next first), a page at a time.

Every list walks one of the run table's indexes from the place where the page before ended; nothing is counted beyond
MOST_COUNTED.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from postsale.orders.identity import order_key
from postsale.orders.models import Order, Shipment
from postsale.tenants.ids import first_id_of
from postsale.tenants.shop import Shop
from postsale.web.paging import read_cursor, write_cursor
from workflows.catalog.shelf import ACTIONS
from workflows.definitions.models import Workflow
from workflows.history.words import event_words, humane, sentence_case
from workflows.runs.models import Run, StepRun

PAGE = 50
MOST_COUNTED = 1_000
#: The tabs: key → (label, states).
TABS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "all": ("All", ()),
    "waiting": ("Waiting", ("waiting",)),
    "acted": ("Acted", ("done",)),
    "stopped": ("Did not act", ("stopped",)),
    "failed": ("Failed", ("failed",)),
    "watched": ("Would have acted", ("watched",)),
    "cancelled": ("Cancelled", ("cancelled",)),
}
COUNTED = ("waiting", "failed")
#: state → (label, tone, icon).
STATES: Mapping[str, tuple[str, str, str]] = {
    "running": ("Running", "info", "play"),
    "waiting": ("Waiting", "info", "hourglass"),
    "done": ("Acted", "ok", "circle-check"),
    "stopped": ("Did not act", "mute", "circle-minus"),
    "failed": ("Failed", "crit", "circle-alert"),
    "cancelled": ("Cancelled", "mute", "ban"),
    "watched": ("Would have acted", "info", "eye"),
}
LAST = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilters:
    """What is looked for. `number` is an order's number, `since` and `until` bound the start (until: excluded)."""

    tab: str = "all"
    workflow: UUID | None = None
    number: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the tab is asked."""
        return bool(self.number or self.since or self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """A run as lists show it. `did` names its actions, `why` what stopped it or what it waits for."""

    id: UUID
    workflow_id: UUID
    workflow: str
    version: int
    state: str
    label: str
    tone: str
    icon: str
    order_id: UUID | None
    order: str
    parcel: str
    trigger: str
    did: Sequence[str]
    why: str
    started_at: datetime
    finished_at: datetime | None
    wake_at: datetime | None
    can_resume: bool
    is_watch: bool


def page(
    tenant_id: int, filters: RunFilters, shop: Shop, *, names: Mapping[UUID, str], cursor: str = ""
) -> tuple[list[RunLine], str]:
    """A page of runs and the cursor of the next one ("" after the last); `names` of workflows are known already.

    Raises BadCursorError.
    """
    rows = Run.objects.filter(_wanted(tenant_id, filters), tenant_id=tenant_id)
    if filters.tab == "waiting":
        rows = _after(rows, cursor).order_by("wake_at", "id")
    else:
        rows = (rows.filter(id__lt=read_cursor(cursor)[1]) if cursor else rows).order_by("-id")
    found = list(rows[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    more = write_cursor(last.wake_at or LAST, last.id) if last is not None else ""
    return lines(tenant_id, found[:PAGE], shop, names=names), more


def counts(tenant_id: int, workflow: UUID | None) -> dict[str, int]:
    """How many wait and how many failed, up to MOST_COUNTED; one query."""
    runs = Run.objects.filter(tenant_id=tenant_id).order_by()
    runs = runs.filter(workflow_id=workflow) if workflow is not None else runs
    first, second = (runs.filter(state__in=TABS[tab][1])[:MOST_COUNTED] for tab in COUNTED)
    states = first.values("state").union(second.values("state"), all=True)
    found = Counter(state for (state,) in states.values_list("state"))
    return {tab: sum(found[state] for state in TABS[tab][1]) for tab in COUNTED}


def lines(tenant_id: int, found: Sequence[Run], shop: Shop, *, names: Mapping[UUID, str]) -> list[RunLine]:
    """The runs with what they are about and what they did: three queries, however many; one more for workflows that
    `names` lacks."""
    unnamed = {run.workflow_id for run in found} - names.keys()
    names = {**names, **_named(Workflow, tenant_id, unnamed, "name")} if unnamed else names
    orders = _named(Order, tenant_id, {run.order_id for run in found}, "number")
    parcels = _named(Shipment, tenant_id, {run.shipment_id for run in found}, "tracking_number")
    steps = _actions(tenant_id, [run.id for run in found])
    return [_line(run, names, orders, parcels, steps.get(run.id, []), shop) for run in found]


def run_label(run: Run, *, acted: bool) -> tuple[str, str, str]:
    """What became of the run: label, tone, icon."""
    if run.state == "done" and not acted:
        return "Did not act", "mute", "circle-minus"
    if run.state == "watched" and not acted:
        return "Would not have acted", "mute", "eye"
    if run.state == "stopped" and acted:
        return "Stopped", "warn", "circle-minus"
    if run.state == "waiting" and run.machine.get("phase") == "retry":
        return "Trying again", "warn", "refresh-cw"
    return STATES.get(run.state, (run.state, "mute", "circle-minus"))


def _line(
    run: Run,
    names: Mapping[UUID, str],
    orders: Mapping[UUID, str],
    parcels: Mapping[UUID, str],
    steps: Sequence[StepRun],
    shop: Shop,
) -> RunLine:
    acted = any(step.state in ("done", "suppressed") or (run.is_watch and step.state == "skipped") for step in steps)
    label, tone, icon = run_label(run, acted=acted)
    failed = next((step for step in steps if step.state == "failed"), None)
    why = failed.error if failed is not None and run.state != "done" else _why(run)
    return RunLine(
        id=run.id, workflow_id=run.workflow_id, workflow=names.get(run.workflow_id, "A workflow"), version=run.version,
        state=run.state, label=label, tone=tone, icon=icon, order_id=run.order_id,
        order=orders.get(run.order_id, "") if run.order_id else "",
        parcel=parcels.get(run.shipment_id, "") if run.shipment_id else "",
        trigger=event_words(run.event, shop), did=list(dict.fromkeys(_label(step) for step in steps if _did(run, step))),
        why=sentence_case(humane(why, shop)) if run.state != "done" else "", started_at=run.started_at,
        finished_at=run.finished_at, wake_at=run.wake_at, can_resume=can_resume(run), is_watch=run.is_watch,
    )  # fmt: skip


def _why(run: Run) -> str:
    """Why it stands where it stands; of those that wait for time alone, when they wake says enough."""
    if run.state != "waiting":
        return run.reason
    phases = {"link": "Waits for the parcel's order", "patient": "Decides when its time has come", "retry": run.reason}
    return phases.get(str(run.machine.get("phase")), "")


def can_resume(run: Run) -> bool:
    """Whether it waits in its steps, so that a person may let it go on."""
    return run.state == "waiting" and run.machine.get("phase") in ("steps", "retry")


def _did(run: Run, step: StepRun) -> bool:
    return step.state in ("done", "suppressed") or (run.is_watch and step.state == "skipped")


def _label(step: StepRun) -> str:
    key = str((step.result or {}).get("action", ""))
    return ACTIONS[key].label if key in ACTIONS else key


def _actions(tenant_id: int, run_ids: Sequence[UUID]) -> dict[UUID, list[StepRun]]:
    found: dict[UUID, list[StepRun]] = {}
    asked = StepRun.objects.filter(tenant_id=tenant_id, run_id__in=run_ids, kind="action")
    for step in asked.order_by("run_id", "position"):
        found.setdefault(step.run_id, []).append(step)
    return found


def _named(model: Any, tenant_id: int, ids: Iterable[UUID | None], column: str) -> dict[UUID, str]:
    wanted = [each for each in ids if each is not None]
    return dict(model.objects.filter(tenant_id=tenant_id, id__in=wanted).values_list("id", column))


def _wanted(tenant_id: int, filters: RunFilters) -> Q:
    wanted = Q()
    if states := TABS[filters.tab][1]:
        wanted &= Q(state__in=states)
    if filters.workflow is not None:
        wanted &= Q(workflow_id=filters.workflow)
    if filters.number:
        numbers = Order.objects.filter(tenant_id=tenant_id, number_key=order_key(filters.number))
        wanted &= Q(order_id__in=list(numbers.values_list("id", flat=True)[:100]))
    if filters.since is not None:  # a run's id is never older than its start
        wanted &= Q(started_at__gte=filters.since, id__gte=first_id_of(filters.since))
    if filters.until is not None:
        wanted &= Q(started_at__lt=filters.until)
    return wanted


def _after(rows: QuerySet[Run], cursor: str) -> QuerySet[Run]:
    if not cursor:
        return rows
    at, last = read_cursor(cursor)
    if at == LAST:
        return rows.filter(wake_at=None, id__gt=last)
    return rows.filter(Q(wake_at__gt=at) | Q(wake_at=at, id__gt=last) | Q(wake_at=None))
