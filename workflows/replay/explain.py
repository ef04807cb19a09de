"""Why, why not, what next: what each workflow makes of one order, told from its runs, its facts and its own past.

Everything here only reads, in the tenant's transaction. Whatever an order shows is a row of contract/semantics.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from postsale.orders.book import OrderState, ParcelState
from postsale.orders.change import open_book
from postsale.orders.models import Order
from postsale.tenants.shop import load_shop
from workflows.catalog.calendars import calendar_of
from workflows.catalog.fields import kind_of
from workflows.catalog.reading import FactView
from workflows.catalog.vocabulary import VOCABULARY
from workflows.definitions.compile import BrokenVersionError, CompiledWorkflow, compile_version, load_rules
from workflows.definitions.models import Version, Workflow
from workflows.definitions.publish import revision_of
from workflows.definitions.reads import all_of
from workflows.definitions.store import tenant_at_work
from workflows.engine.calendar import Calendar
from workflows.engine.conditions import leading_gates
from workflows.engine.evaluate import compile_condition
from workflows.engine.flip import smallest_flip
from workflows.engine.verdict import Verdict
from workflows.engine.words import moment_words
from workflows.replay.witness import Sighting, witness
from workflows.runs.models import Run, StepRun
from workflows.runs.perform import verdict_json

type Json = dict[str, Any]

#: Runs of one order that are looked at, newest first.
MOST_RUNS = 1_000


def verdicts(
    order_id: UUID, *, now: datetime, after: UUID | None = None, limit: int | None = None, only: UUID | None = None
) -> list[Json]:
    """One row for each workflow (the next `limit` beyond `after`, or `only` this one): fired, waiting, not_fired or
    never_triggered.

    Raises Order.DoesNotExist.
    """
    tenant_id = tenant_at_work()
    subject = subject_of(tenant_id, order_id)
    asked = Workflow.objects.filter(tenant_id=tenant_id).exclude(state="archived").order_by("id")
    asked = asked.filter(id__gt=after) if after is not None else asked
    workflows = list((asked.filter(id=only) if only is not None else asked)[:limit])
    told = _told(tenant_id, _newest_runs(tenant_id, subject, [each.id for each in workflows]))
    compiled = _compiled(tenant_id, [each for each in workflows if each.id not in told])
    testimony = witness(
        load_shop(tenant_id), compiled.values(), order_id=order_id, parcel_ids=[parcel.id for parcel in subject.parcels]
    )
    rows = []
    for workflow in workflows:
        ready = compiled.get(workflow.id)
        if workflow.id in told:
            row = told[workflow.id]
        elif ready is None:
            words = "it was never published" if workflow.published is None else "its version can't be read"
            row = _row("never_triggered", words)
        else:
            seen = testimony.seen.get(workflow.id)
            early = testimony.early.get(workflow.id)
            row = _not_fired(ready, workflow, subject, seen, now) if seen else _never_woken(ready, early)
        number = workflow.published or workflow.draft
        rows.append({"workflow": str(workflow.id), "name": workflow.name, "version": number} | row)
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An order as it stands, its parcels, and the calendar in force."""

    order: OrderState
    parcels: tuple[ParcelState, ...]
    calendar: Calendar

    def view(self, parcel: ParcelState | None, event: Mapping[str, object]) -> FactView:
        """The facts of today, beside those of an event."""
        return FactView(
            order=self.order.facts, parcel=parcel.facts if parcel is not None else None, event=event,
            order_id=self.order.id, parcels_in_order=len(self.parcels),
        )  # fmt: skip

    def parcel(self, parcel_id: UUID | None) -> ParcelState | None:
        """The parcel with that id."""
        return next((parcel for parcel in self.parcels if parcel.id == parcel_id), None)


def subject_of(tenant_id: int, order_id: UUID) -> Subject:
    """The order and its parcels, read without a lock. Raises Order.DoesNotExist."""
    order = open_book(tenant_id, order_ids=[order_id], lock=False).orders.get(order_id)
    if order is None:
        raise Order.DoesNotExist(str(order_id))
    return Subject(order=order, parcels=tuple(order.parcels.values()), calendar=calendar_of(load_shop(tenant_id)))


def runs_of(tenant_id: int, order_id: UUID, parcel_ids: Iterable[UUID]) -> Q:
    """The runs about an order, or about its parcels before they were known to be its."""
    mine = Q(order_id=order_id) | Q(order_id=None, shipment_id__in=list(parcel_ids))
    return Q(tenant_id=tenant_id) & mine


def _newest_runs(tenant_id: int, subject: Subject, workflow_ids: list[UUID]) -> dict[UUID, Run]:
    """The newest run of each workflow that did anything, or waits."""
    wanted = runs_of(tenant_id, subject.order.id, [parcel.id for parcel in subject.parcels])
    found: dict[UUID, Run] = {}
    for run in Run.objects.filter(wanted, workflow_id__in=workflow_ids).order_by("-id")[:MOST_RUNS]:
        found.setdefault(run.workflow_id, run)
    return found


def _compiled(tenant_id: int, workflows: list[Workflow]) -> dict[UUID, CompiledWorkflow]:
    """What has been published, ready to be asked: what decides now, and what is paused."""
    rules = load_rules(tenant_id, revision_of(tenant_id))
    ready = {each.id: rules.by_id[each.id] for each in workflows if each.id in rules.by_id}
    paused = {each.id: each.published for each in workflows if each.published is not None and each.id not in ready}
    for version in Version.objects.filter(tenant_id=tenant_id, workflow_id__in=paused, state="published"):
        try:
            ready[version.workflow_id] = compile_version(version.id)
        except BrokenVersionError:
            continue
    return ready


# What its runs tell


def _told(tenant_id: int, runs: Mapping[UUID, Run]) -> dict[UUID, Json]:
    steps: dict[UUID, list[StepRun]] = {}
    asked = StepRun.objects.filter(tenant_id=tenant_id, run_id__in=[run.id for run in runs.values()])
    for step in asked.order_by("position"):
        steps.setdefault(step.run_id, []).append(step)
    return {workflow_id: _row_of_run(run, steps.get(run.id, [])) for workflow_id, run in runs.items()}


def _row_of_run(run: Run, steps: list[StepRun]) -> Json:
    verdict = _leading_verdict(steps)
    if not steps:
        if run.state == "waiting":
            until = f" until {moment_words(run.wake_at)}" if run.wake_at is not None else ""
            return _row("waiting", f"waiting{until}: {run.reason}", verdict=verdict, run=run)
        return _row("not_fired", run.reason or run.state, verdict=verdict, run=run)
    words = f"fired at {moment_words(min(step.at for step in steps))}"
    if run.is_watch:
        words = f"watch mode: would have {words}"
    if run.state == "waiting" and run.wake_at is not None:
        words += f", now waiting until {moment_words(run.wake_at)}"
    elif run.state in ("failed", "stopped", "cancelled"):
        words += f", then {run.state}" + (f": {run.reason}" if run.reason else "")
    return _row("fired", words, verdict=verdict, run=run)


def _leading_verdict(steps: list[StepRun]) -> Json | None:
    """What the gates at the head said, as one tree."""
    said: list[Json] = []
    for step in steps:
        if step.kind != "condition" or step.verdict is None:
            break
        said.append(step.verdict)
    if len(said) < 2:
        return said[0] if said else None
    words = "; ".join(str(each["words"]) for each in said)
    return {"holds": all(each["holds"] for each in said), "words": words, "at": said[-1]["at"], "children": said}


# What its facts tell


def _never_woken(ready: CompiledWorkflow, early: datetime | None) -> Json:
    """Nothing has woken it; `early`: its trigger came then, before it was switched on."""
    aim = f"{VOCABULARY.trigger(ready.plan.trigger.type)}{_aim(ready)}"
    since = f" since it was published at {moment_words(ready.live_since)}" if ready.live_since is not None else ""
    if early is None:
        return _row("never_triggered", f"it never happened{since} that {aim}", flip=f"when {aim}")
    words = f"it was not listening yet: it never happened{since} that {aim}, only before, at {moment_words(early)}"
    return _row("never_triggered", words)


def _not_fired(
    ready: CompiledWorkflow, workflow: Workflow, subject: Subject, seen: Mapping[UUID | None, Sighting], now: datetime
) -> Json:
    closest = min((_looked_at(ready, subject, sighting, now) for sighting in seen.values()), key=_distance)
    sighting, verdict = closest
    at = moment_words(sighting.at)
    if workflow.state == "paused":
        return _row("not_fired", "it is paused", verdict=shown(verdict))
    if verdict is None or verdict.holds is True:
        then = sighting.verdict
        words = (
            f"its conditions hold now, but did not when it was woken at {at}"
            if verdict is not None
            else f"woken at {at}"
        )
        return _row("not_fired", words, verdict=shown(then))
    return _row(
        "not_fired",
        f"woken at {at}, but as things stand: {verdict.words}",
        verdict=shown(verdict),
        flip=smallest_flip(verdict, VOCABULARY.field),
    )


def _looked_at(
    ready: CompiledWorkflow, subject: Subject, sighting: Sighting, now: datetime
) -> tuple[Sighting, Verdict | None]:
    view = subject.view(subject.parcel(sighting.parcel_id), sighting.event)
    return sighting, leading_verdict(ready, view, now, subject.calendar)


def leading_verdict(ready: CompiledWorkflow, view: FactView, now: datetime, calendar: Calendar) -> Verdict | None:
    """What the gates at the head say, in the words of people; None when there is none."""
    condition = all_of(gate.if_ for gate in leading_gates(ready.plan))
    return (
        compile_condition(condition, kind_of, VOCABULARY.field).verdict(view, now, calendar)
        if condition is not None
        else None
    )


def _distance(looked: tuple[Sighting, Verdict | None]) -> tuple[int, float]:
    """How far from firing; of equal ones the newest sighting goes first."""
    sighting, verdict = looked
    flip = smallest_flip(verdict) if verdict is not None else None
    far = 0 if verdict is None or verdict.holds is True else 1 + flip.count(" and ") if flip is not None else 1_000
    return far, -sighting.at.timestamp()


def _aim(ready: CompiledWorkflow) -> str:
    trigger = ready.plan.trigger
    path = {"tracking.status_changed": "parcel.tracking_status", "order.ops_status_changed": "order.ops_status"}.get(
        trigger.type, ""
    )
    return f" to {' or '.join(VOCABULARY.value(path, each) for each in trigger.to)}" if trigger.to else ""


def shown(verdict: Verdict | None) -> Json | None:
    """A verdict as JSON, if there is one."""
    return verdict_json(verdict) if verdict is not None else None


def _row(
    outcome: str, words: str, *, verdict: Json | None = None, flip: str | None = None, run: Run | None = None
) -> Json:
    return {
        "outcome": outcome, "words": words, "verdict": verdict, "flip": flip,
        "run": str(run.id) if run is not None else None,
    }  # fmt: skip
