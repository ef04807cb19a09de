"""Trying: what a document would do about one order right now. Nothing is written, nothing leaves."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from postsale.orders.change import open_book
from postsale.orders.models import Order
from postsale.tenants.ids import new_id
from postsale.tenants.shop import load_shop
from workflows.catalog.fields import is_settled
from workflows.catalog.triggers import trigger_of
from workflows.catalog.vocabulary import VOCABULARY
from workflows.definitions.compile import CompiledWorkflow, compile_document, rules_from
from workflows.definitions.store import tenant_at_work
from workflows.engine.flip import smallest_flip
from workflows.engine.grammar import Do
from workflows.engine.patience import patience
from workflows.replay.explain import leading_verdict, shown, subject_of
from workflows.replay.show import step_json, written_json
from workflows.replay.simulate import Rehearsal
from workflows.replay.witness import witness
from workflows.runs.perform import Performer
from workflows.runs.state import NO_LINEAGE, RunState

type Json = dict[str, Any]

#: Waits that a try passes before it stops looking.
MOST_WAITS = 100


def try_document(document: object, order_id: UUID, *, now: datetime) -> Json:
    """What `document` would make of the order (of the parcel closest to firing), as {"order", "parcel", "verdict",
    "words", "flip", "waits_until", "actions", "steps"}; waits are passed as if nothing else happened meanwhile.

    Runs in the tenant's transaction. Raises BrokenVersionError, Order.DoesNotExist.
    """
    tenant_id = tenant_at_work()
    workflow = compile_document(document, workflow_id=new_id(), version_id=new_id(), number=0)
    subject = subject_of(tenant_id, order_id)
    parcel_ids = [parcel.id for parcel in subject.parcels]
    told = witness(load_shop(tenant_id), [workflow], order_id=order_id, parcel_ids=parcel_ids)
    seen = told.seen.get(workflow.id, {})
    answers = []
    for parcel_id in _parcels(workflow, parcel_ids):
        sighting = seen.get(parcel_id)
        event = sighting.event if sighting is not None else _imagined(workflow)
        answers.append(_attempt(workflow, order_id, parcel_id, event, now))
    return min(answers, key=_rank)


class Noting(Performer):
    """A performer that remembers which step handed over what."""

    def __init__(self, decider: Rehearsal) -> None:
        super().__init__(decider)
        self.by_step: dict[str, list[Json]] = {}

    def _do(self, run: RunState, effect: Do, now: datetime) -> bool:
        before = {writer: len(rows) for writer, rows in self.rows.items()}
        goes_on = super()._do(run, effect, now)
        for writer, rows in self.rows.items():
            self.by_step.setdefault(effect.id, []).extend(map(written_json, rows[before.get(writer, 0) :]))
        return goes_on


def _attempt(
    workflow: CompiledWorkflow, order_id: UUID, parcel_id: UUID | None, event: Mapping[str, object], now: datetime
) -> Json:
    tenant_id = tenant_at_work()
    book = open_book(tenant_id, order_ids=[order_id], lock=False)
    order, parcel = book.orders.get(order_id), book.parcels.get(parcel_id) if parcel_id is not None else None
    if order is None:
        raise Order.DoesNotExist(str(order_id))
    rehearsal = Rehearsal(rules=rules_from([], tenant_id=tenant_id), shop=load_shop(tenant_id), rehearsed=[], book=book)
    rehearsal.performer = performer = Noting(rehearsal)
    view = rehearsal.view(order, parcel, event)
    verdict = leading_verdict(workflow, view, now, rehearsal.calendar)
    run = RunState(
        id=new_id(), workflow=workflow, order=order, parcel=parcel, event_id=None, event=dict(event),
        lineage=NO_LINEAGE, is_watch=False, subject="", started_at=now, machine=workflow.begin(),
    )  # fmt: skip
    opens = workflow.opening is None or workflow.opening.holds(view, now, rehearsal.calendar) is True
    passes = verdict is None or verdict.holds is True
    if passes or (workflow.leading_has_else and opens):
        _walk(rehearsal, run, now)
    until = None
    if not passes and workflow.leading is not None:
        until = patience(workflow.leading, view, now, rehearsal.calendar, is_settled)
    steps = [step_json(step) for step in sorted(run.steps.values(), key=lambda step: step.position)]
    return {
        "order": str(order_id),
        "parcel": str(parcel_id) if parcel_id is not None else None,
        "verdict": shown(verdict),
        "words": verdict.words if verdict is not None else "nothing is asked before it begins",
        "flip": smallest_flip(verdict, VOCABULARY.field) if verdict is not None else None,
        "waits_until": until.isoformat() if until is not None else None,
        "actions": [_action(step, performer.by_step) for step in steps if step["kind"] == "action"],
        "steps": steps,
    }


def _walk(rehearsal: Rehearsal, run: RunState, now: datetime) -> None:
    rehearsal.performer.drive(run, now)
    for _ in range(MOST_WAITS):
        if run.state != "waiting" or run.phase != "steps" or run.wake_at is None:
            return
        rehearsal.advance_to(run.wake_at, inclusive=True)


def _action(step: Json, by_step: Mapping[str, list[Json]]) -> Json:
    result = step.get("result") or {}
    return {
        "step": step["id"], "action": result.get("action"), "state": step["state"], "at": step["at"],
        "words": result.get("words", ""), "would_write": by_step.get(step["id"], []),
    }  # fmt: skip


def _parcels(workflow: CompiledWorkflow, parcel_ids: list[UUID]) -> list[UUID | None]:
    """The parcels it would be asked about, one after the other; None: the order alone."""
    trigger = trigger_of(workflow.plan.trigger.type)
    is_about_parcels = "parcel" in workflow.reads or (trigger is not None and trigger.subject == "parcel")
    return [*parcel_ids] if is_about_parcels and parcel_ids else [None]


def _imagined(workflow: CompiledWorkflow) -> dict[str, object]:
    """The event that the trigger asks for, as if it had come."""
    trigger = workflow.plan.trigger
    return {
        "type": trigger.type, "from": next(iter(trigger.from_), None), "to": next(iter(trigger.to), None), "source": "",
        "changes": {},
    }  # fmt: skip


def _rank(answer: Json) -> tuple[bool, bool, int]:
    holds = answer["verdict"] is None or answer["verdict"]["holds"] is True
    flip = answer["flip"]
    return not holds, answer["waits_until"] is None, flip.count(" and ") if flip else 0
