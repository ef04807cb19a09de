"""Deciding: arrivals and deadlines in logical time order → runs, effects and what waits. In memory, the same live and
in replay.

`now` is always the item's own time (an event's `received_at`, a deadline's `due_at`), so that a late worker decides what a
punctual one would have decided. The database is touched before and after, never in here.
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID, uuid5

from postsale.events.kinds import Reported
from postsale.orders.book import Book, OrderState, ParcelState, Turn
from postsale.orders.facts import Change
from postsale.tenants.shop import Shop
from workflows.catalog.failures import FAILURES, RunFailed
from workflows.catalog.fields import is_settled
from workflows.catalog.reading import FactView
from workflows.catalog.shelf import WATCHERS, Happening, SubjectChange
from workflows.definitions.compile import CompiledRules, CompiledWorkflow
from workflows.engine.calendar import Calendar
from workflows.engine.patience import appointment
from workflows.runs.figures import Tally
from workflows.runs.perform import Performer
from workflows.runs.state import Arrival, Emitted, Key, Keys, RunState, Spark
from workflows.runs.subjects import OF_THE_ORDER, Pair, pairs_of, sparks_of, subject_by, subject_of, text_of

UNLINKED_PATIENCE = timedelta(hours=24)
DEPTH_LIMIT = 5
#: What conditions read under `event.` when the clock triggers.
TICK: Mapping[str, object] = {"type": "schedule", "from": None, "to": None, "source": "postsale", "changes": {}}

type Subject = tuple[UUID | None, UUID | None]


class Decider:
    """Decides one tenant's items over one book. Read `runs`, `emitted`, `story` and `parked` afterwards."""

    def __init__(
        self,
        *,
        book: Book,
        rules: CompiledRules,
        shop: Shop,
        calendar: Calendar,
        keys: Keys,
        new_id: Callable[[], UUID],
        broken: Mapping[UUID | str, str] = MappingProxyType({}),
    ) -> None:
        """`broken`: waiting runs, by id or seat, that raise when they are woken, and what; they fail with it."""
        self.book = book
        self.rules = rules
        self.shop = shop
        self.calendar = calendar
        self.keys = keys
        self.new_id = new_id
        self.runs: dict[UUID, RunState] = {}
        self.waiting: dict[UUID, dict[UUID, RunState]] = {}
        self.emitted: list[Emitted] = []
        self.story: list[Happening] = []
        self.subjects: list[tuple[UUID, UUID]] = []
        self.parked: list[tuple[Arrival, tuple[str, str]]] = []
        self.opt_outs: list[tuple[str, str, datetime]] = []
        self.tally = Tally(zone=shop.zone)
        self.performer = Performer(self)
        self.broken = broken
        #: The run whose deadline is being decided: it is to blame for what is raised meanwhile.
        self.woken: RunState | None = None
        self._due: list[tuple[datetime, UUID]] = []
        self._cascade: deque[Spark] = deque()
        self._touched: set[Subject] = set()

    # What waits

    def wait(self, run: RunState) -> None:
        """Keep a waiting run at hand: by its subjects, and on the clock when it has a moment."""
        run.state = "waiting"
        run.is_dirty = True
        self.runs[run.id] = run
        for state in (run.order, run.parcel):
            if state is not None:
                self.waiting.setdefault(state.id, {})[run.id] = run
        if run.wake_at is not None:
            heapq.heappush(self._due, (run.wake_at, run.id))

    def advance_to(self, until: datetime, *, inclusive: bool) -> None:
        """Decide every deadline before `until` (or at it)."""
        while self._due and (self._due[0][0] < until or (inclusive and self._due[0][0] == until)):
            due_at, run_id = heapq.heappop(self._due)
            run = self.runs.get(run_id)
            if run is not None and run.state == "waiting" and run.wake_at == due_at and not run.is_gone:
                self.woken = run
                if words := self.broken.get(run_id) or self.broken.get(run.seat):
                    run.reason = words
                    self.finish(run, "failed", due_at)
                else:
                    self._wake(run, None, due_at)
                self._drain_cascade(due_at)
                self._tell(due_at)
                self.woken = None

    # Events

    def take(self, arrival: Arrival) -> None:
        """Decide one event at its `received_at`, after every earlier deadline."""
        now = arrival.received_at
        self.advance_to(now, inclusive=False)
        turn = self._edited(arrival) if arrival.source == "postsale" else self._folded(arrival)
        if turn is None:
            return
        self._note(turn, arrival)
        if arrival.is_backfill:
            return
        for parcel in (turn.parcel, *turn.more):
            self.touch(turn.order, parcel)
        changes = {change.field: (change.from_, change.to) for change, _, _ in turn.changes}
        if turn.linked is not None:
            self._linked(turn.linked[1], now)
        sparks = list(sparks_of(turn, arrival, changes))
        for spark in sparks:
            self._wake_waiting_for(spark, now)
        for spark in sparks:
            self._strike(spark, now)
        self._drain_cascade(now)
        self._revisit(turn, now)
        self._drain_cascade(now)
        self._tell(now)

    def _folded(self, arrival: Arrival) -> Turn | None:
        event = Reported(
            type=arrival.type, external_id=arrival.external_id, occurred_at=arrival.occurred_at, data=arrival.data
        )
        turn = self.book.apply(event, source=arrival.source, received_at=arrival.received_at)
        if arrival.type == "customer.opted_out":
            email = (arrival.data.get("customer") or {}).get("email")
            if email:
                self.opt_outs.append((email.strip().lower(), "opted_out", arrival.received_at))
        if turn.waits_for is not None:
            self.parked.append((arrival, turn.waits_for))
        return turn

    def _edited(self, arrival: Arrival) -> Turn | None:
        """A change that was made when it was recorded; here it only triggers."""
        order, parcel = self._named(arrival)
        if order is None and parcel is None and ("order_id" in arrival.data or "parcel_id" in arrival.data):
            return None
        said = arrival.data.get("changed") or {}
        change = Change(type=arrival.type, field=said.get("field", ""), from_=said.get("from"), to=said.get("to"))
        return Turn(order=order, parcel=parcel, changes=((change, order, parcel),))

    def _named(self, arrival: Arrival) -> tuple[OrderState | None, ParcelState | None]:
        """The order and the parcel that an event of ours names by their ids; some are about the shop itself."""
        order_id, parcel_id = arrival.data.get("order_id"), arrival.data.get("parcel_id")
        return (
            self.book.orders.get(UUID(order_id)) if order_id else None,
            self.book.parcels.get(UUID(parcel_id)) if parcel_id else None,
        )

    def _note(self, turn: Turn, arrival: Arrival) -> None:
        for state in (turn.order, turn.parcel, *turn.more):
            if state is not None:
                self.subjects.append((state.id, arrival.id))

    def touch(self, order: OrderState | None, parcel: ParcelState | None) -> None:
        """Watchers must look at these again, once the present event or deadline is through."""
        if parcel is not None:
            self._touched.update((owner.id, parcel.id) for owner in parcel.orders.values())
            if not parcel.orders:
                self._touched.add((None, parcel.id))
        for owner in (*(parcel.orders.values() if parcel is not None else ()), *([order] if order is not None else [])):
            self._touched.add((owner.id, None))
            self._touched.update((owner.id, parcel_id) for parcel_id in owner.parcels)

    def _tell(self, at: datetime) -> None:
        """One event or deadline is through: keep what watchers must see of it, as it was then."""
        rows = {each.key: kept for each in WATCHERS if (kept := self.performer.rows.pop(each.key, None))}
        changes = [
            SubjectChange(order_id=order_id, shipment_id=parcel_id, facts=self.facts_of(order_id, parcel_id))
            for order_id, parcel_id in sorted(self._touched, key=_place)
        ]
        self._touched.clear()
        if rows or changes:
            self.story.append(Happening(at=at, rows=rows, changes=changes))

    def facts_of(self, order_id: UUID | None, parcel_id: UUID | None) -> FactView:
        """The facts of a subject of the book as they are now, by its ids."""
        order = self.book.orders.get(order_id) if order_id is not None else None
        return self.view(order, self.book.parcels.get(parcel_id) if parcel_id is not None else None, {})

    # Triggers

    def cascade(
        self, emitted: Emitted, changes: tuple[Change, ...], order: OrderState | None, parcel: ParcelState | None
    ) -> None:
        """A workflow changed an order, or failed: record it as an event and let it trigger, once the present event is
        through."""
        self.emitted.append(emitted)
        self.touch(order, parcel)
        arrival = Arrival(
            id=emitted.id, type=emitted.type, source="postsale", external_id=emitted.external_id, occurred_at=emitted.at,
            received_at=emitted.at, data=emitted.data, lineage=emitted.lineage, actor=emitted.actor,
        )  # fmt: skip
        for change in changes:
            self._cascade.append(
                Spark(
                    type=change.type, from_=change.from_, to=change.to, order=order, arrival=arrival,
                    parcel=parcel if emitted.type == "workflow.failed" else None,
                    changes={change.field: (change.from_, change.to)}, lineage=emitted.lineage,
                )
            )  # fmt: skip

    def _drain_cascade(self, now: datetime) -> None:
        while self._cascade:
            spark = self._cascade.popleft()
            self._wake_waiting_for(spark, now)
            self._strike(spark, now)

    def _strike(self, spark: Spark, now: datetime) -> None:
        self._see(spark)
        if spark.type not in self.rules.triggers:
            return
        event = spark.facts()
        for order, parcel in pairs_of(spark):
            view = self.view(order, parcel, event)
            found, doubtful = self.rules.index.sift(spark.type, text_of(spark.from_), text_of(spark.to), view)
            for workflow_id in found:
                workflow = self.rules.by_id[workflow_id]
                if workflow.live_since is None or spark.arrival.received_at > workflow.live_since:
                    self._consider(workflow, spark, order, parcel, view, now, holds=workflow_id not in doubtful)

    def _see(self, spark: Spark) -> None:
        self.tally.see(spark.type, text_of(spark.from_), text_of(spark.to), at=spark.arrival.received_at)

    def tick(self, workflow: CompiledWorkflow, at: datetime, subjects: Iterable[Pair]) -> None:
        """The workflow's clock shows `at`: decide it for each of `subjects`, in their order (definitions/clocks.py)."""
        for order, parcel in subjects:
            view = self.view(order, parcel, TICK)
            if workflow.first is None or workflow.first.holds(view, at, self.calendar) is True:
                self._tick_for(workflow, order, parcel if "parcel" in workflow.reads else None, at)
            self._drain_cascade(at)
            self._tell(at)

    def _tick_for(
        self, workflow: CompiledWorkflow, order: OrderState | None, parcel: ParcelState | None, at: datetime
    ) -> None:
        ids = [str(state.id) for state in (order, parcel) if state is not None]
        tick = str(uuid5(workflow.id, " ".join([at.isoformat(), *ids])))
        run = RunState(
            id=self.new_id(), workflow=workflow, order=order, parcel=parcel, event_id=None, event=dict(TICK),
            lineage={"root": tick, "depth": 0, "chain": []}, is_watch=workflow.is_watch,
            subject=subject_of(workflow.plan.once_per, tick, order, parcel), started_at=at,
        )  # fmt: skip
        if self._may_start(run, at):
            self._decide(run, self.view(order, parcel, run.event), at, may_wait=False)

    def view(self, order: OrderState | None, parcel: ParcelState | None, event: Mapping[str, object]) -> FactView:
        """The subject's facts as they are now."""
        return FactView(
            order=order.facts if order is not None else None,
            parcel=parcel.facts if parcel is not None else None,
            event=event,
            order_id=order.id if order is not None else None,
            parcels_in_order=len(order.parcels) if order is not None else None,
        )

    def _consider(
        self,
        workflow: CompiledWorkflow,
        spark: Spark,
        order: OrderState | None,
        parcel: ParcelState | None,
        view: FactView,
        now: datetime,
        *,
        holds: bool,
    ) -> None:
        """Start a run, if it may start. `holds`: the index has seen already that the leading gates hold."""
        if "parcel" not in workflow.reads and spark.parcel is None:
            parcel = None
        if order is None and parcel is None and workflow.needs:
            return  # nothing will ever link an order to an event without a parcel
        run = RunState(
            id=self.new_id(), workflow=workflow, order=order, parcel=parcel, event_id=spark.arrival.id,
            event=spark.facts(), lineage=spark.lineage, is_watch=workflow.is_watch,
            subject=subject_by(workflow, spark, order, parcel), started_at=now,
        )  # fmt: skip
        if not self._may_start(run, now):
            return
        if order is None and parcel is not None and workflow.reads & OF_THE_ORDER:
            run.phase = "link"
            run.wake_at = now + UNLINKED_PATIENCE
            run.reason = "waits for the parcel's order"
            self._hold(run)
            self.wait(run)
            return
        self._decide(run, view, now, may_wait=True, holds=holds)

    def _may_start(self, run: RunState, now: datetime) -> bool:
        nth = self.keys.place(
            run.workflow, is_watch=run.is_watch, subject=run.subject, now=now, calendar=self.calendar
        )  # fmt: skip
        run.nth = nth or 0
        return nth is not None

    def _hold(self, run: RunState) -> None:
        self.keys.add(
            Key(workflow_id=run.workflow.id, is_watch=run.is_watch, subject=run.subject, nth=run.nth, run_id=run.id,
                fired_at=None, is_new=True)
        )  # fmt: skip

    def _decide(self, run: RunState, view: FactView, now: datetime, *, may_wait: bool, holds: bool = False) -> None:
        """The leading gates, now: they hold → fire; only time stands in the way → wait; else the run ends unseen."""
        workflow = run.workflow
        held = self.keys.of_run(run)
        gates = workflow.leading
        if not holds and gates is not None and gates.holds(view, now, self.calendar) is not True:
            until = appointment(gates, view, now, self.calendar, is_settled) if may_wait else None
            if until is not None:
                self._wait_patiently(run, until, held)
                return
            opens = workflow.opening is None or workflow.opening.holds(view, now, self.calendar) is True
            if not (workflow.leading_has_else and opens):
                self._forget(run, held)
                return
        looped = str(workflow.id) in run.lineage["chain"]
        if looped or run.lineage["depth"] >= DEPTH_LIMIT:
            if held is not None:
                held.is_gone = True
            run.reason = (
                "stopped: it would trigger itself" if looped else "stopped: workflows triggered each other too deep"
            )
            self.finish(run, "stopped", now)
            return
        if held is None:
            self._hold(run)
            held = self.keys.of_run(run)
        if held is not None:
            held.fired_at = now
            held.is_dirty = True
        run.phase = "steps"
        run.state = "running"
        run.wake_at = None
        run.reason = ""
        self.runs[run.id] = run
        run.machine = workflow.begin()
        self.performer.drive(run, now)

    def _wait_patiently(self, run: RunState, until: datetime, held: Key | None) -> None:
        if held is None:
            self._hold(run)
        if run.phase == "patient" and run.wake_at == until and run.state == "waiting":
            return
        run.phase = "patient"
        run.wake_at = until
        run.reason = "waits until time alone can decide"
        self.wait(run)

    def _forget(self, run: RunState, held: Key | None) -> None:
        """A run that never fired leaves nothing behind; why it did not is computed again when somebody asks."""
        if held is not None:
            held.is_gone = True
        run.is_gone = True
        run.is_dirty = True

    def finish(self, run: RunState, state: str, now: datetime) -> None:
        """The run has come to its end."""
        run.state = "watched" if run.is_watch and state == "done" else state
        if state == "failed":
            self.tally.note(run.workflow.id, "failed", at=now)
            self._announce_failure(run, now)
        run.finished_at = now
        run.wake_at = None
        run.waits_for = None
        run.is_dirty = True
        self.runs[run.id] = run

    def _announce_failure(self, run: RunState, now: datetime) -> None:
        """`workflow.failed` goes into the log and may trigger, about the same subject; and people are told."""
        name, subjects = run.workflow.name, [state.id for state in (run.order, run.parcel) if state is not None]
        emitted = Emitted(
            id=self.new_id(), type="workflow.failed", external_id=f"{run.id}:failed:{now.isoformat()}", at=now,
            actor={"kind": "workflow", "name": name}, subjects=tuple(subjects),
            lineage={
                "root": run.lineage.get("root") or str(run.event_id), "depth": int(run.lineage["depth"]) + 1,
                "chain": [*run.lineage["chain"], str(run.workflow.id)],
            },
            data={
                "workflow": str(run.workflow.id), "run": str(run.id), "reason": run.reason,
                "changed": {"field": "", "from": None, "to": name},
            } | ({"order_id": str(run.order.id)} if run.order is not None else {})
              | ({"parcel_id": str(run.parcel.id)} if run.parcel is not None else {}),
        )  # fmt: skip
        failed = RunFailed(
            run_id=run.id, workflow_id=run.workflow.id, workflow=name, reason=run.reason, at=now,
            order_id=run.order.id if run.order is not None else None,
            shipment_id=run.parcel.id if run.parcel is not None else None,
            number=run.order.facts.number if run.order is not None else "",
        )  # fmt: skip
        self.performer.rows.setdefault(FAILURES, []).append(failed)
        change = Change(type="workflow.failed", field="", from_=None, to=name)
        self.cascade(emitted, (change,), run.order, run.parcel)

    # Waking

    def _wake(self, run: RunState, event_type: str | None, now: datetime) -> None:
        run.is_dirty = True
        view = self.view(run.order, run.parcel, run.event)
        if run.phase in ("link", "again"):
            self._decide(run, view, now, may_wait=True)
        elif run.phase == "patient":
            self._decide(run, view, now, may_wait=False)
        elif run.phase == "start":
            self._start_by_hand(run, view, now)
        else:
            if run.phase == "steps":
                run.machine = run.workflow.wake(run.machine, event_type, now)
            run.phase = "steps"
            run.state = "running"
            run.wake_at = None
            run.waits_for = None
            self.performer.drive(run, now)

    def _start_by_hand(self, run: RunState, view: FactView, now: datetime) -> None:
        """Somebody wants it to run: where its gates don't hold it stops, and its trace says why."""
        gates, held = run.workflow.leading, self.keys.of_run(run)
        if gates is None or gates.holds(view, now, self.calendar) is True:
            self._decide(run, view, now, may_wait=False)
            return
        if held is not None:
            held.is_gone = True
        run.phase, run.state, run.wake_at, run.reason = "steps", "running", None, ""
        run.machine = run.workflow.begin()
        self.performer.drive(run, now)

    def _wake_waiting_for(self, spark: Spark, now: datetime) -> None:
        for run in self._waiting_on(spark.order, spark.parcel):
            if run.waits_for == spark.type and run.event_id != spark.arrival.id:
                view = self.view(run.order, run.parcel, spark.facts())
                if run.workflow.hears(run.machine, spark.type, view, now, self.calendar):
                    self._wake(run, spark.type, now)

    def _linked(self, parcel: ParcelState, now: datetime) -> None:
        """The parcel has its order at last: decide what waited for it, if its transition is still current."""
        for run in self._waiting_on(None, parcel):
            if run.phase != "link":
                continue
            run.order = next(iter(parcel.orders.values()))
            held = self.keys.of_run(run)
            trigger = run.workflow.plan.trigger
            current = self.view(run.order, parcel, run.event).get("parcel.tracking_status")
            stale = trigger.type == "tracking.status_changed" and trigger.to and current not in trigger.to
            subject = subject_of(run.workflow.plan.once_per, str(run.event_id), run.order, parcel)
            if held is not None and subject != run.subject:
                held.is_gone = True
                run.subject = subject
                if not self._may_start(run, now):
                    stale = True
            if stale:
                self._forget(run, self.keys.of_run(run))
            else:
                self._wake(run, None, now)

    def _revisit(self, turn: Turn, now: datetime) -> None:
        """Facts changed: patient runs look again at what they wait for, waits until a field follow the field."""
        for run in self._waiting_on(turn.order, turn.parcel, *turn.more):
            if run.phase == "patient":
                self._decide_again(run, now)
            elif run.phase == "steps" and run.workflow.follows(run.machine):
                self._follow(run, now)

    def _follow(self, run: RunState, now: datetime) -> None:
        view = self.view(run.order, run.parcel, run.event)
        if run.workflow.advance(run.machine, view, now, self.calendar).wake_at != run.wake_at:
            run.state = "running"
            run.is_dirty = True
            self.performer.drive(run, now)

    def _decide_again(self, run: RunState, now: datetime) -> None:
        gates = run.workflow.leading
        if gates is None:
            return
        view = self.view(run.order, run.parcel, run.event)
        until = appointment(gates, view, now, self.calendar, is_settled)
        if until is not None:
            if until != run.wake_at:
                run.wake_at = until
                self.wait(run)
        elif run.wake_at is not None and run.wake_at > now:
            self._decide(run, view, now, may_wait=False)

    def _waiting_on(self, order: OrderState | None, *parcels: ParcelState | None) -> list[RunState]:
        if not self.waiting:
            return []
        found: dict[UUID, RunState] = {}
        owners = (owner for parcel in parcels if parcel is not None for owner in parcel.orders.values())
        for state in (order, *parcels, *owners):
            if state is not None and (runs := self.waiting.get(state.id)):
                found.update(runs)
        # By id, that is by age: rows come back in any order, and what one run changes the next one sees.
        return [found[key] for key in sorted(found) if found[key].state == "waiting" and not found[key].is_gone]


def _place(subject: Subject) -> tuple[int, int]:
    order_id, parcel_id = subject
    return order_id.int if order_id is not None else 0, parcel_id.int if parcel_id is not None else 0
