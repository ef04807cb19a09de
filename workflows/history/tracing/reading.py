"""Reading a run whole: its steps, messages and facts, what caused it and what it caused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from postsale.events.models import Event, EventSubject
from postsale.orders.models import Order, Shipment
from postsale.tenants.ids import first_id_of
from postsale.tenants.shop import Shop
from workflows.catalog.fields import kind_of
from workflows.catalog.vocabulary import VOCABULARY
from workflows.definitions.compile import BrokenVersionError, CompiledWorkflow, compile_version
from workflows.definitions.models import Version, Workflow
from workflows.definitions.names import names_of
from workflows.engine.conditions import leading_gates
from workflows.engine.evaluate import compile_condition
from workflows.engine.verdict import Verdict
from workflows.history.messages import fates
from workflows.history.tracing.runs import RunLine
from workflows.history.tracing.runs import lines as run_lines
from workflows.history.tracing.trace import Line, Told, lines
from workflows.replay.explain import subject_of
from workflows.runs.models import Outbox, Run, StepRun
from workflows.runs.perform import verdict_json

#: What a run led to is looked for among this many of its order's newest events.
MOST_EFFECTS = 50
PAUSE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A run with all that its page shows. `told` is None when its version can't be read any more."""

    run: Run
    shop: Shop
    workflow: Workflow
    lines: Sequence[Line]
    told: Told | None
    order: Order | None
    parcel: Shipment | None
    event: Event | None
    caused_by: UUID | None
    caused: Sequence[RunLine]
    patient_since: datetime | None
    patient_until: datetime | None


def read(tenant_id: int, run_id: UUID, shop: Shop, *, now: datetime) -> Trace | None:
    """The tenant's run, or None."""
    run = Run.objects.filter(tenant_id=tenant_id, id=run_id).first()
    workflow = Workflow.objects.filter(tenant_id=tenant_id, id=run.workflow_id).first() if run is not None else None
    if run is None or workflow is None:
        return None
    steps = list(StepRun.objects.filter(tenant_id=tenant_id, run_id=run_id).order_by("position"))
    told = _told(tenant_id, run, steps, shop, now)
    event = Event.objects.filter(tenant_id=tenant_id, id=run.event_id).defer("raw").first() if run.event_id else None
    since, until = _patience(run, steps)
    return Trace(
        run=run, shop=shop, workflow=workflow, lines=lines(told) if told is not None else (), told=told,
        order=Order.objects.filter(tenant_id=tenant_id, id=run.order_id).first() if run.order_id else None,
        parcel=Shipment.objects.filter(tenant_id=tenant_id, id=run.shipment_id).first() if run.shipment_id else None,
        event=event, caused_by=_cause(tenant_id, event), caused=run_lines(tenant_id, _effects(tenant_id, run), shop, names={}),
        patient_since=since, patient_until=until,
    )  # fmt: skip


def _told(tenant_id: int, run: Run, steps: Sequence[StepRun], shop: Shop, now: datetime) -> Told | None:
    try:
        ready = compile_version(run.version_id)
    except (BrokenVersionError, Version.DoesNotExist):
        return None
    written = Outbox.objects.filter(tenant_id=tenant_id, run_id=run.id).order_by("id")
    messages: dict[str, list[fates.MessageLine]] = {}
    by_id = {message.id: message.step for message in written}
    for line in fates.message_lines(tenant_id, written, shop):
        messages.setdefault(by_id[line.id], []).append(line)
    return Told(
        run=run, plan=ready.plan, shop=shop, names=names_of(tenant_id), steps={step.step: step for step in steps},
        messages=messages, now_verdicts=_now(tenant_id, run, ready, now) if not steps else {},
        waits_since=_waits_since(run, steps),
    )  # fmt: skip


def _now(tenant_id: int, run: Run, ready: CompiledWorkflow, now: datetime) -> dict[str, Mapping[str, Any]]:
    """What the gates at the head say today, while the run waits for them."""
    if run.state != "waiting" or run.order_id is None:
        return {}
    try:
        subject = subject_of(tenant_id, run.order_id)
    except Order.DoesNotExist:
        return {}
    view = subject.view(subject.parcel(run.shipment_id), run.event)
    checks = {gate.id: compile_condition(gate.if_, kind_of, VOCABULARY.field) for gate in leading_gates(ready.plan)}
    return {key: _as_of_now(check.verdict(view, now, subject.calendar)) for key, check in checks.items()}


def _as_of_now(verdict: Verdict) -> dict[str, Any]:
    """A verdict that may still change: beside what it says, whether time alone may make it hold."""
    children = [_as_of_now(child) for child in verdict.children]
    return {**verdict_json(verdict), "may_come": verdict.horizon is not None, "children": children}


def _waits_since(run: Run, steps: Sequence[StepRun]) -> dict[str, datetime]:
    """When each wait began: where the step before it ended; what still waits says so itself."""
    since, found = run.started_at, {}
    for step in steps:
        if step.kind == "wait":
            found[step.step] = step.at if step.state == "waiting" else since
        since = step.at
    return found


def _patience(run: Run, steps: Sequence[StepRun]) -> tuple[datetime | None, datetime | None]:
    """From when to when the run waited for its leading gates or its order; (None, None): it didn't."""
    if not steps:
        return (run.started_at, run.wake_at) if run.state == "waiting" else (None, None)
    first = steps[0]
    if first.kind == "wait" or first.at - run.started_at < PAUSE:
        return None, None
    return run.started_at, first.at


def _cause(tenant_id: int, event: Event | None) -> UUID | None:
    """The run whose change was the event that set this one off."""
    said = event.data.get("run") if event is not None and event.source == "postsale" else None
    try:
        cause = UUID(str(said)) if said else None
    except ValueError:
        return None
    is_there = cause is not None and Run.objects.filter(tenant_id=tenant_id, id=cause).exists()
    return cause if is_there else None


def _effects(tenant_id: int, run: Run) -> list[Run]:
    """The runs that were set off by what this one changed on its order."""
    if run.order_id is None:
        return []
    about = EventSubject.objects.filter(
        tenant_id=tenant_id, subject_id=run.order_id, event_id__gte=first_id_of(run.started_at)
    )
    ids = list(about.order_by("event_id").values_list("event_id", flat=True)[:MOST_EFFECTS])
    made = Event.objects.filter(tenant_id=tenant_id, id__in=ids, source="postsale", data__run=str(run.id))
    events = list(made.values_list("id", flat=True))
    if not events:
        return []
    return list(Run.objects.filter(tenant_id=tenant_id, order_id=run.order_id, event_id__in=events).order_by("id")[:20])
