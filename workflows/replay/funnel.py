"""A rehearsal of one workflow that also counts: what came to its door, at which gate it stopped, what went through."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from postsale.orders.book import OrderState, ParcelState, Turn
from postsale.tenants.shop import Shop
from workflows.catalog.fields import kind_of
from workflows.catalog.reading import FactView
from workflows.definitions.compile import CompiledRules, CompiledWorkflow
from workflows.engine.conditions import leading_gates
from workflows.engine.evaluate import Check, compile_condition
from workflows.replay.simulate import Rehearsal
from workflows.runs.decide import TICK
from workflows.runs.state import Arrival, RunState, Spark
from workflows.runs.subjects import Pair, pairs_of, text_of

#: So many orders are kept of each stage, to be looked at.
SHOWN = 100

type Stopped = tuple[UUID | None, UUID | None, datetime]


@dataclass(slots=True)
class Stops:
    """How many stopped at one place, and the first of them."""

    count: int = 0
    first: list[Stopped] = field(default_factory=list)

    def add(self, order: OrderState | None, parcel: ParcelState | None, at: datetime) -> None:
        """One more."""
        self.count += 1
        if len(self.first) < SHOWN:
            self.first.append((order.id if order else None, parcel.id if parcel else None, at))

    def json(self) -> list[dict[str, str | None]]:
        """The first of them, as JSON can carry them."""
        return [
            {"order": str(order) if order else None, "parcel": str(parcel) if parcel else None, "at": at.isoformat()}
            for order, parcel, at in self.first
        ]


class Funnel(Rehearsal):
    """A rehearsal of `workflow`; `channels` leaves the orders of other sales channels aside (none named: takes all)."""

    def __init__(
        self,
        *,
        workflow: CompiledWorkflow,
        shop: Shop,
        channels: Collection[str] = (),
        rules: CompiledRules,
        ticks_after: datetime | None = None,
    ) -> None:
        super().__init__(rules=rules, shop=shop, rehearsed=[workflow.id], ticks_after=ticks_after)
        self.workflow = workflow
        self.channels = frozenset(channels)
        self.triggered = 0
        self.repeated = Stops()
        self.orders_seen: set[UUID] = set()
        self.stopped: dict[int, Stops] = defaultdict(Stops)
        self._gates: Sequence[Check] = [compile_condition(g.if_, kind_of) for g in leading_gates(workflow.plan)]
        self._asked: set[tuple[UUID | None, UUID | None]] = set()

    def stages(self) -> list[dict[str, Any]]:
        """The funnel: the trigger, each leading gate, what acted; `count` went on from there, `first` stopped there."""
        gates = leading_gates(self.workflow.plan)
        waiting = sum(run.phase in ("patient", "link") and not run.is_gone for run in self.runs.values())
        left = self.triggered - self.repeated.count - waiting
        stages: list[dict[str, Any]] = [{"id": "trigger", "count": self.triggered, "stopped": 0, "first": []}]
        if self.repeated.count:
            stages.append(
                {"id": "once", "count": self.triggered - self.repeated.count, "stopped": self.repeated.count,
                 "first": self.repeated.json()}
            )  # fmt: skip
        for at, gate in enumerate(gates):
            stops = self.stopped[at]
            left -= stops.count
            stages.append({"id": gate.id, "count": left, "stopped": stops.count, "first": stops.json()})
        return [*stages, {"id": "waiting", "count": waiting, "stopped": 0, "first": []}] if waiting else stages

    def reached(self) -> dict[str, dict[str, int]]:
        """How often each step came to which end: step id → state → times."""
        ends: dict[str, Counter[str]] = defaultdict(Counter)
        for run in self.enacted:
            for step in run.steps.values():
                ends[step.step][step.state] += 1
        return {step: dict(counts) for step, counts in sorted(ends.items())}

    def tick(self, workflow: CompiledWorkflow, at: datetime, subjects: Iterable[Pair]) -> None:
        """The clock shows `at`: each subject it asks about came to the door."""
        pairs = [pair for pair in subjects if self._is_wanted(pair[0])]
        self.triggered += len(pairs)
        super().tick(workflow, at, self._let_in(pairs, at))

    def _let_in(self, pairs: Iterable[Pair], at: datetime) -> Iterator[Pair]:
        for order, parcel in pairs:
            view = self.view(order, parcel, TICK)
            if self._gates and self._gates[0].holds(view, at, self.calendar) is not True:
                self.stopped[0].add(order, parcel, at)
            else:
                yield order, parcel

    def _note(self, turn: Turn, arrival: Arrival) -> None:
        """Which orders something happened to in the days that are tried."""
        if arrival.is_backfill:
            return
        if turn.order is not None:
            self.orders_seen.add(turn.order.id)
        if turn.parcel is not None:
            self.orders_seen.update(turn.parcel.orders)

    def _strike(self, spark: Spark, now: datetime) -> None:
        mine = self._is_mine(spark) and not spark.arrival.is_backfill
        self._asked.clear()
        super()._strike(spark, now)
        if not mine:
            return
        for order, parcel in pairs_of(spark):
            if not self._is_wanted(order):
                continue
            self.triggered += 1
            if (order.id if order else None, parcel.id if parcel else None) not in self._asked:
                self._stop(self.view(order, parcel, spark.facts()), order, parcel, now)

    def _is_mine(self, spark: Spark) -> bool:
        trigger = self.workflow.plan.trigger
        return (
            spark.type == trigger.type
            and (not trigger.to or text_of(spark.to) in trigger.to)
            and (not trigger.from_ or text_of(spark.from_) in trigger.from_)
        )

    def _is_wanted(self, order: OrderState | None) -> bool:
        return not self.channels or (order is not None and order.facts.sales_channel in self.channels)

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
        self._asked.add((order.id if order else None, parcel.id if parcel else None))
        if self._is_wanted(order):
            super()._consider(workflow, spark, order, parcel, view, now, holds=holds)

    def _may_start(self, run: RunState, now: datetime) -> bool:
        may = super()._may_start(run, now)
        if not may:
            self.repeated.add(run.order, run.parcel, now)
        return may

    def _decide(self, run: RunState, view: FactView, now: datetime, *, may_wait: bool, holds: bool = False) -> None:
        super()._decide(run, view, now, may_wait=may_wait, holds=holds)
        if run.is_gone:
            self._stop(view, run.order, run.parcel, now)

    def _stop(self, view: FactView, order: OrderState | None, parcel: ParcelState | None, now: datetime) -> None:
        """Find the first gate that did not hold."""
        for at, gate in enumerate(self._gates):
            if gate.holds(view, now, self.calendar) is not True:
                self.stopped[at].add(order, parcel, now)
                return
