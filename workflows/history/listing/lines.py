"""Workflows as their list shows them: what they say, how they stand, and how they fared in seven days.

Checked, acted and failed come from the figures that deciding keeps up (`workflows.runs.figures`); runs are only asked by
index: the newest of each workflow, those that wait and those that stand failed. The event log is never read.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from postsale.tenants.ids import first_id_of
from postsale.tenants.shop import Shop
from workflows.definitions.models import Step, Version, Workflow
from workflows.engine.grammar import Trigger
from workflows.engine.index import takes
from workflows.history.addresses import address
from workflows.runs.models import Figure, Occasion, Run

PAGE = 50
DAYS = 7
#: The tabs: key → (label, states).
TABS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "all": ("All", ("live", "watching", "paused", "draft")),
    "on": ("On", ("live",)),
    "watching": ("Watching", ("watching",)),
    "off": ("Off", ("paused",)),
    "drafts": ("Drafts", ("draft",)),
    "archived": ("Archived", ("archived",)),
}
#: state → (label, tone, icon).
STATES: Mapping[str, tuple[str, str, str]] = {
    "live": ("On", "ok", "circle-play"),
    "watching": ("Watching", "info", "eye"),
    "paused": ("Off", "mute", "circle-pause"),
    "draft": ("Draft", "mute", "pencil"),
    "archived": ("Archived", "mute", "archive"),
}

type Noise = Callable[[int, Collection[UUID], datetime], Mapping[UUID, tuple[int, int]]]
#: `noise(tenant_id, workflow_ids, since)` → (cards made, cards that people worked on); floors above put theirs here.
NOISES: list[Noise] = []
#: So many cards, of which people worked on at most this share, are noise.
NOISY_FROM, NOISY_SHARE, NOISY_DAYS = 20, 0.1, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowLine:
    """A workflow as the list shows it. `days` are the runs that acted (would have) on each of the last seven days."""

    id: UUID
    name: str
    sentence: str
    state: str
    has_draft: bool
    checked: int
    acted: int
    days: Sequence[int]
    waiting: int
    failed: int
    failing_since: datetime | None
    last_run: datetime | None
    noise: tuple[int, int] | None = None
    url: str = ""

    @property
    def label(self) -> str:
        """Its standing in a word."""
        return STATES[self.state][0]

    @property
    def tone(self) -> str:
        """The badge's colour."""
        return STATES[self.state][1]

    @property
    def icon(self) -> str:
        """The badge's icon."""
        return STATES[self.state][2]

    @property
    def is_published(self) -> bool:
        """Whether its figures mean anything."""
        return self.state != "draft"


@dataclass(slots=True, kw_only=True)
class _Fares:
    """How the workflows of a page fared."""

    acted: dict[UUID, dict[date, int]] = field(default_factory=dict)
    checked: dict[UUID, int] = field(default_factory=dict)
    waiting: dict[UUID, int] = field(default_factory=dict)
    failing: dict[UUID, tuple[int, datetime | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """A page of the list, whether there is one after it, and how many workflows each tab has."""

    lines: list[WorkflowLine]
    has_more: bool
    counts: Mapping[str, int]


def page(tenant_id: int, shop: Shop, *, tab: str, text: str, number: int, now: datetime) -> ListPage:
    """The `number`th page (from 1) of a tab, by name. Six queries, however many workflows."""
    start = (number - 1) * PAGE
    newest = Run.objects.filter(tenant_id=tenant_id, workflow_id=OuterRef("id")).order_by("-id")
    everything = _by_state(tenant_id)
    rows = found(tenant_id, text).filter(state__in=TABS[tab][1]).annotate(
        last_run=Subquery(newest.values("started_at")[:1]),
        # Counted once, for it does not depend on the row.
        by_state=ArraySubquery(everything.values(said=JSONObject(state="state", n="n"))),
    )  # fmt: skip
    workflows: list[Any] = list(rows.order_by("name", "id")[start : start + PAGE + 1])
    said = workflows[0].by_state if workflows else everything.values("state", "n")
    by_state = {each["state"]: each["n"] for each in said}
    return ListPage(
        lines=_lines(tenant_id, shop, workflows[:PAGE], now), has_more=len(workflows) > PAGE,
        counts={key: sum(by_state.get(state, 0) for state in states) for key, (_, states) in TABS.items()},
    )  # fmt: skip


def _by_state(tenant_id: int) -> QuerySet[Any]:
    """How many workflows are in each state."""
    rows = Workflow.objects.filter(tenant_id=tenant_id).order_by()
    return rows.values("state").annotate(n=Count("id"))


def found(tenant_id: int, text: str) -> QuerySet[Workflow]:
    """The workflows whose name has `text` in it."""
    rows = Workflow.objects.filter(tenant_id=tenant_id)
    return rows.filter(name__icontains=text) if text else rows


def _lines(tenant_id: int, shop: Shop, workflows: Sequence[Workflow], now: datetime) -> list[WorkflowLine]:
    today = now.astimezone(shop.zone).date()
    days = [today - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1)]
    versions = _versions(tenant_id, workflows)
    fares = _fares(tenant_id, workflows, versions, days, now)
    noise = _noise(tenant_id, [each.id for each in workflows if each.state == "live"], now)
    return [
        WorkflowLine(
            id=each.id, name=each.name, sentence=versions[each.id].sentence if each.id in versions else "",
            state=each.state, has_draft=each.draft is not None and each.published is not None,
            checked=fares.checked.get(each.id, 0), acted=sum(fares.acted.get(each.id, {}).values()),
            days=[fares.acted.get(each.id, {}).get(day, 0) for day in days], waiting=fares.waiting.get(each.id, 0),
            failed=fares.failing.get(each.id, (0, None))[0], failing_since=fares.failing.get(each.id, (0, None))[1],
            last_run=each.last_run, noise=noise.get(each.id), url=address("workflow", each.id),  # type: ignore[attr-defined]  # annotated above
        )
        for each in workflows
    ]  # fmt: skip


def _versions(tenant_id: int, workflows: Iterable[Workflow]) -> dict[UUID, Version]:
    """What decides of each workflow, or else its draft; `trigger` is what its trigger says."""
    asked = {each.id: each.published or each.draft for each in workflows}
    triggers = Step.objects.filter(tenant_id=tenant_id, version_id=OuterRef("id"), kind="trigger")
    rows = Version.objects.filter(
        tenant_id=tenant_id, workflow_id__in=asked, state__in=("draft", "published")
    ).annotate(trigger=Subquery(triggers.values("config")[:1]))
    return {row.workflow_id: row for row in rows if row.number == asked[row.workflow_id]}


def _fares(
    tenant_id: int,
    workflows: Sequence[Workflow],
    versions: Mapping[UUID, Version],
    days: Sequence[date],
    now: datetime,
) -> _Fares:
    ids = [workflow.id for workflow in workflows]
    fares = _Fares()
    figures = Figure.objects.filter(tenant_id=tenant_id, workflow_id__in=ids, day__gte=days[0])
    for workflow_id, day, acted, watched in figures.values_list("workflow_id", "day", "acted", "watched"):
        fares.acted.setdefault(workflow_id, {})[day] = acted + watched
    is_failing = Q(state="failed", id__gte=first_id_of(now - timedelta(days=DAYS)))
    runs = Run.objects.filter(Q(state="waiting") | is_failing, tenant_id=tenant_id, workflow_id__in=ids).order_by()
    for workflow_id, state, n, since in runs.values_list("workflow_id", "state").annotate(
        n=Count("id"), since=Min("finished_at")
    ):
        if state == "waiting":
            fares.waiting[workflow_id] = n
        else:
            fares.failing[workflow_id] = (n, since)
    fares.checked = _checked(tenant_id, workflows, versions, days)
    return fares


def _checked(
    tenant_id: int, workflows: Sequence[Workflow], versions: Mapping[UUID, Any], days: Sequence[date]
) -> dict[UUID, int]:
    """How often what the workflow's trigger asks for happened; only on days on which it decided."""
    triggers = {key: _trigger(version.trigger) for key, version in versions.items() if version.trigger is not None}
    types = {trigger.type for trigger in triggers.values()}
    seen = list(
        Occasion.objects.filter(tenant_id=tenant_id, day__gte=days[0], type__in=types)
        .values_list("day", "type", "came_from", "came_to", "count")
    )  # fmt: skip
    checked = {}
    for workflow in workflows:
        trigger = triggers.get(workflow.id)
        version = versions.get(workflow.id)
        if trigger is None or version is None or version.published_at is None:
            continue
        began = workflow.created_at.date() - timedelta(days=1)
        checked[workflow.id] = sum(
            count for day, type_, from_, to, count in seen
            if day >= began and takes(trigger, event_type=type_, from_=from_, to=to)
        )  # fmt: skip
    return checked


def _trigger(config: Mapping[str, object]) -> Trigger:
    return Trigger(type=str(config.get("type")), to=_texts(config.get("to")), from_=_texts(config.get("from")))


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),) if isinstance(value, str) else ()


def _noise(tenant_id: int, ids: Collection[UUID], now: datetime) -> dict[UUID, tuple[int, int]]:
    """The workflows whose cards hardly anybody works on: (cards made, worked)."""
    since = now - timedelta(days=NOISY_DAYS)
    said = {key: both for source in NOISES for key, both in source(tenant_id, ids, since).items()} if ids else {}
    return {
        key: (made, worked)
        for key, (made, worked) in said.items()
        if made >= NOISY_FROM and worked <= made * NOISY_SHARE
    }


def of_states(tenant_id: int, ids: Collection[UUID], *states: str) -> list[Workflow]:
    """Those of the workflows `ids` that stand in one of `states`."""
    return list(Workflow.objects.filter(Q(state__in=states), tenant_id=tenant_id, id__in=ids).order_by("name"))
