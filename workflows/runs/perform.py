"""Performing: drives a run through its steps; an action meets the world through its Moment."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol
from uuid import UUID

from postsale.orders.book import Book, OrderState, ParcelState
from postsale.orders.facts import Change
from postsale.tenants.shop import Shop
from workflows.catalog.reading import FactView, moment_text
from workflows.catalog.shelf import ACTIONS, WATCHERS, ActionFailedError, Outcome
from workflows.catalog.texts import TextError, render
from workflows.catalog.variables import values_for_text
from workflows.engine.calendar import Calendar
from workflows.engine.grammar import Condition, Do
from workflows.engine.verdict import Verdict
from workflows.runs.figures import Tally
from workflows.runs.reasons import reason
from workflows.runs.state import Emitted, RunState, StepRow

RETRIES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6))


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """A verdict as contract/http.md shows it."""
    shown: dict[str, Any] = {"holds": verdict.holds, "words": verdict.words, "at": verdict.at.isoformat()}
    if verdict.field:
        shown |= {
            "field": verdict.field, "op": verdict.op, "expected": moment_text(verdict.expected), "found": moment_text(verdict.found),
        }  # fmt: skip
        if verdict.problem:
            shown["problem"] = verdict.problem
    shown["children"] = [verdict_json(child) for child in verdict.children]
    return shown


class Floor(Protocol):
    """What performing needs of the one who decides."""

    book: Book
    shop: Shop
    calendar: Calendar
    tally: Tally
    new_id: Callable[[], UUID]

    def view(self, order: OrderState | None, parcel: ParcelState | None, event: Mapping[str, object]) -> FactView: ...
    def wait(self, run: RunState) -> None: ...
    def touch(self, order: OrderState | None, parcel: ParcelState | None) -> None: ...
    def finish(self, run: RunState, state: str, now: datetime) -> None: ...
    def cascade(
        self, emitted: Emitted, changes: tuple[Change, ...], order: OrderState | None, parcel: ParcelState | None
    ) -> None: ...


class Performer:
    """Runs steps for one floor; collects what the actions hand to the writers."""

    def __init__(self, decider: Floor) -> None:
        self.decider = decider
        self.rows: dict[str, list[object]] = {}
        self.looked_up: dict[Callable[[int], object], object] = {}

    def drive(self, run: RunState, now: datetime) -> None:
        """Advance the run until it waits or ends, doing its actions on the way."""
        decider = self.decider
        while True:
            view = decider.view(run.order, run.parcel, run.event)
            move = run.workflow.advance(run.machine, view, now, decider.calendar)
            run.machine = move.state
            for trail in move.trail:
                if trail.kind == "condition" and trail.verdict is not None and trail.verdict.holds is True:
                    run.passed.append(trail.step)
                self._note(run, trail.step, trail.kind, _step_state(trail.state), now,
                           verdict=verdict_json(trail.verdict) if trail.verdict is not None else None,
                           result={"words": trail.words, **trail.result} if trail.words or trail.result else None)  # fmt: skip
            if move.effect is not None:
                if not self._do(run, move.effect, now):
                    return
            elif move.finished is not None:
                run.reason = run.reason or move.reason
                decider.finish(run, move.finished, now)
                return
            else:
                run.phase = "steps"
                run.wake_at = move.wake_at
                run.waits_for = move.waits_for
                decider.wait(run)
                return

    def _do(self, run: RunState, effect: Do, now: datetime) -> bool:
        """One action; False when the run stands still or has ended because of it."""
        moment = MomentNow(self, run, effect, now)
        if run.is_watch:
            words = f"watch mode: would do {effect.action}"
            self._note(run, effect.id, "action", "skipped", now, result={"action": effect.action, "words": words})
            self._count(run, now)
            return True
        try:
            outcome = ACTIONS[effect.action].do(moment)
        except ActionFailedError as failure:
            return self._failed(run, effect, str(failure), now)
        self._note(run, effect.id, "action", outcome.state, now, attempts=run.retries + 1,
                   result={"action": effect.action, "words": outcome.words, **outcome.result})  # fmt: skip
        run.retries = 0
        self._count(run, now)
        return True

    def _count(self, run: RunState, now: datetime) -> None:
        """A run acts once, however many actions it has."""
        if not run.has_acted:
            run.has_acted = True
            self.decider.tally.note(run.workflow.id, "watched" if run.is_watch else "acted", at=now)

    def _failed(self, run: RunState, effect: Do, words: str, now: datetime) -> bool:
        result = {"action": effect.action, "words": words}
        self._note(run, effect.id, "action", "failed", now, attempts=run.retries + 1, result=result, error=words)
        if effect.on_error == "retry" and run.retries < len(RETRIES):
            run.machine = run.workflow.again(run.machine)
            run.phase = "retry"
            run.wake_at = now + RETRIES[run.retries]
            run.retries += 1
            run.reason = words
            self.decider.wait(run)
            return False
        run.retries = 0
        if effect.on_error == "continue":
            return True
        run.reason = words
        self.decider.finish(run, "failed", now)
        return False

    def _note(
        self,
        run: RunState,
        step: str,
        kind: str,
        state: str,
        now: datetime,
        *,
        verdict: Mapping[str, Any] | None = None,
        result: Mapping[str, Any] | None = None,
        error: str = "",
        attempts: int = 1,
    ) -> None:
        position = run.places.setdefault(step, len(run.places))
        run.steps[step] = StepRow(
            step=step, position=position, kind=kind, state=state, at=now, attempts=attempts, verdict=verdict,
            result=result, error=error,
        )  # fmt: skip


def _step_state(state: str) -> str:
    return "skipped" if state == "stopped" else state


class MomentNow:
    """The moment an action sees (workflows.catalog.shelf.Moment)."""

    def __init__(self, performer: Performer, run: RunState, effect: Do, now: datetime) -> None:
        self.performer = performer
        self.run = run
        self.effect = effect
        self.now = now
        self.with_: Mapping[str, object] = effect.with_
        self.shop: Shop = performer.decider.shop
        self.run_id: UUID = run.id
        self.step = effect.id
        self.workflow_id: UUID = run.workflow.id
        self.workflow_name = run.workflow.name
        self.order_id = run.order.id if run.order is not None else None
        self.shipment_id = run.parcel.id if run.parcel is not None else None
        self.event: Mapping[str, object] = run.event
        self.guard: Condition | None = effect.guard
        self.facts: FactView = performer.decider.view(run.order, run.parcel, run.event)

    @property
    def keep(self) -> Condition | None:
        """The trigger's `to` and the gates passed on the way."""
        return self.run.workflow.keep(self.run.passed)

    @property
    def reason(self) -> str:
        """Why the run came here."""
        return reason(self.run.workflow.plan, self.run.passed, self.run.event, self.shop)

    def text(self, source: str, *, escape: Literal["text", "html", "header"] = "text") -> str:
        """`source`, rendered in the sandbox."""
        values = values_for_text(self.facts, shop_name=self.shop.name, now=self.now, order_id=self.order_id)
        try:
            return render(source, values, escape=escape, zone=self.shop.zone)
        except TextError as problem:
            raise ActionFailedError(str(problem)) from problem

    def edit(self, field: str, value: object, *, overwrite: bool = False) -> bool:
        """Change the order, unless a person set the field last."""
        order = self._order()
        setter = order.facts.setters.get(field)
        if setter is not None and setter.get("kind") == "person" and not overwrite:
            return False
        by = {"kind": "workflow", "name": self.workflow_name}
        changes = self.performer.decider.book.edit(order, field=field, value=value, by=by, at=self.now)
        if changes:
            lineage = {
                "root": self.run.lineage.get("root") or str(self.run.event_id),
                "depth": int(self.run.lineage["depth"]) + 1,
                "chain": [*self.run.lineage["chain"], str(self.workflow_id)],
            }
            for change in changes:
                emitted = Emitted(
                    id=self.performer.decider.new_id(), type=change.type, at=self.now, actor=by, lineage=lineage,
                    external_id=f"{self.run_id}:{self.step}:{change.field}", subjects=(order.id,),
                    data={"order_id": str(order.id), "order": {"number": order.facts.number, "sales_channel": order.facts.sales_channel},
                          "changed": {"field": change.field, "from": moment_text(change.from_), "to": moment_text(change.to)},
                          "run": str(self.run_id)},
                )  # fmt: skip
                self.performer.decider.cascade(emitted, (change,), order, self.run.parcel)
            self.facts = self.performer.decider.view(self.run.order, self.run.parcel, self.run.event)
        return True

    def _order(self) -> OrderState:
        if self.run.order is None:
            raise ActionFailedError("the parcel has no order yet")
        return self.run.order

    def look_up[T](self, load: Callable[[int], T]) -> T:
        """`load(tenant_id)`, asked once a batch."""
        known = self.performer.looked_up
        if load not in known:
            known[load] = load(self.shop.id)
        return known[load]  # type: ignore[return-value]

    def write(self, writer: str, row: object) -> None:
        """Hand a row to a writer; a watcher's comes with its subject as it stands."""
        if writer in WATCHERS:
            self.performer.decider.touch(self.run.order, self.run.parcel)
        self.performer.rows.setdefault(writer, []).append(row)


__all__ = ["MomentNow", "Outcome", "Performer", "verdict_json"]
