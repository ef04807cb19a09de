"""What happens next: what waits about an order, when it goes on, and what would stop it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from workflows.catalog.shelf import ACTIONS
from workflows.catalog.vocabulary import VOCABULARY
from workflows.definitions.compile import BrokenVersionError, CompiledWorkflow, compile_version
from workflows.definitions.models import Version
from workflows.definitions.store import tenant_at_work
from workflows.engine.grammar import Branch, Do, Step
from workflows.engine.verdict import Verdict
from workflows.replay.explain import Subject, leading_verdict, runs_of, subject_of
from workflows.runs.models import Run

type Json = dict[str, Any]


def upcoming(order_id: UUID, *, now: datetime) -> list[Json]:
    """One row for each run that waits about the order, the next first; those without a moment last.

    Raises Order.DoesNotExist.
    """
    tenant_id = tenant_at_work()
    subject = subject_of(tenant_id, order_id)
    wanted = runs_of(tenant_id, order_id, [parcel.id for parcel in subject.parcels])
    waiting = Run.objects.filter(wanted, state="waiting").order_by("wake_at", "id")
    return [_row(run, subject, now) for run in waiting]


def _row(run: Run, subject: Subject, now: datetime) -> Json:
    ready = _pinned(run.version_id)
    words, unless = _foretold(run, ready, subject, now) if ready is not None else (run.reason, "")
    return {
        "at": run.wake_at.isoformat() if run.wake_at is not None else None, "workflow": str(run.workflow_id),
        "name": ready.name if ready is not None else "", "run": str(run.id), "words": words, "unless": unless,
    }  # fmt: skip


def _foretold(run: Run, ready: CompiledWorkflow, subject: Subject, now: datetime) -> tuple[str, str]:
    """What it will do then, unless what."""
    phase = run.machine.get("phase")
    doings = ", ".join(dict.fromkeys(labels(ready.plan.steps))) or "nothing"
    if phase == "link":
        return f"decides when the parcel's order is known, then: {doings}", "the order doesn't come"
    if phase == "patient":
        view = subject.view(subject.parcel(run.shipment_id), run.event)
        verdict = leading_verdict(ready, view, now, subject.calendar)
        then = leading_verdict(ready, view, run.wake_at, subject.calendar) if run.wake_at is not None else None
        if then is not None and then.holds is False:
            return f"looks again, and does nothing as things stand: {_because(then)}", ""
        return f"decides, and if all holds: {doings}", _unless(verdict)
    if phase == "retry":
        return f"tries again: {run.reason}", ""
    waits_for = run.machine.get("waits_for")
    return "its wait is over and it goes on", f"{VOCABULARY.trigger(waits_for)} before" if waits_for else ""


def _because(verdict: Verdict) -> str:
    """What stands in the way."""
    return "; ".join(dict.fromkeys(leaf.words for leaf in _leaves(verdict) if leaf.holds is False))


def _unless(verdict: Verdict | None) -> str:
    """What holds now and time alone will not change, as its opposite."""
    lasting = dict.fromkeys(leaf.words for leaf in _leaves(verdict) if leaf.holds is True and leaf.horizon is None)
    return f"by then it is no longer so that {' or that '.join(lasting)}" if lasting else ""


def _leaves(verdict: Verdict | None) -> Iterator[Verdict]:
    if verdict is None:
        return
    if not verdict.children:
        yield verdict
    for child in verdict.children:
        yield from _leaves(child)


def labels(steps: Iterable[Step]) -> Iterator[str]:
    """The labels of the actions, in the order of the document; not of those that a gate does when it doesn't hold."""
    for step in steps:
        match step:
            case Do():
                yield ACTIONS[step.action].label.lower() if step.action in ACTIONS else step.action
            case Branch():
                for path in step.paths:
                    yield from labels(path.steps)
                yield from labels(step.otherwise)
            case _:
                continue


def _pinned(version_id: UUID) -> CompiledWorkflow | None:
    try:
        return compile_version(version_id)
    except (Version.DoesNotExist, BrokenVersionError):
        return None
