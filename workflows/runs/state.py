"""What one batch carries while it decides: events as they came, runs as they stand, keys as they are held.

What is made at every event is a msgspec struct, as facts are: that costs a quarter of a frozen dataclass.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from postsale.orders.book import OrderState, ParcelState
from workflows.definitions.compile import CompiledWorkflow
from workflows.engine.calendar import Calendar, add

type Phase = Literal["start", "link", "patient", "again", "steps", "retry"]
"""A waiting run waits for a worker (somebody started it by hand), for its order, for its leading gates, for a step of its
own, or to try an action again."""

NO_LINEAGE: Mapping[str, Any] = {"root": None, "depth": 0, "chain": []}


class Arrival(Struct, frozen=True, kw_only=True):
    """One row of the event log as the decision reads it."""

    id: UUID
    type: str
    source: str
    external_id: str
    occurred_at: datetime
    received_at: datetime
    data: Mapping[str, Any]
    is_backfill: bool = False
    lineage: Mapping[str, Any] | None = None
    actor: Mapping[str, Any] | None = None
    seq: int = 0


class Spark(Struct, frozen=True, kw_only=True):
    """One thing a workflow may be triggered by: a reported event, a derived transition, or a change by person or
    workflow."""

    type: str
    from_: object
    to: object
    order: OrderState | None
    parcel: ParcelState | None
    arrival: Arrival
    changes: Mapping[str, tuple[object, object]]
    lineage: Mapping[str, Any]

    def facts(self) -> dict[str, object]:
        """What conditions read under `event.`"""
        return {
            "type": self.type, "from": self.from_, "to": self.to, "source": self.arrival.source, "changes": self.changes,
        }  # fmt: skip


@dataclass(slots=True, eq=False, kw_only=True)
class StepRow:
    """What one step of a run did."""

    step: str
    position: int
    kind: str
    state: str
    at: datetime
    attempts: int = 1
    verdict: Mapping[str, Any] | None = None
    result: Mapping[str, Any] | None = None
    error: str = ""


@dataclass(slots=True, eq=False, kw_only=True)
class RunState:
    """A run while its batch lasts. `machine` is the engine's state; the rest of what must survive goes to the row's
    JSON."""

    id: UUID
    workflow: CompiledWorkflow
    order: OrderState | None
    parcel: ParcelState | None
    event_id: UUID | None
    event: dict[str, Any]
    lineage: Mapping[str, Any]
    is_watch: bool
    subject: str
    started_at: datetime
    nth: int = 0
    state: str = "running"
    phase: Phase = "steps"
    machine: dict[str, Any] = field(default_factory=dict)
    passed: list[str] = field(default_factory=list)
    reason: str = ""
    retries: int = 0
    wake_at: datetime | None = None
    waits_for: str | None = None
    finished_at: datetime | None = None
    steps: dict[str, StepRow] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    is_new: bool = True
    is_gone: bool = False
    is_dirty: bool = True
    has_acted: bool = False

    @property
    def seat(self) -> str:
        """What it is called before it has a row: the same, however often its batch is begun anew."""
        number = self.order.facts.number if self.order is not None else ""
        tracking = self.parcel.facts.tracking_number if self.parcel is not None else ""
        return f"{self.workflow.id} {self.lineage['root']} {self.lineage['depth']} {number} {tracking}"

    def remember(self) -> dict[str, Any]:
        """What the row's `machine` column keeps."""
        return {
            "phase": self.phase, "state": self.machine, "passed": self.passed,
            "retries": self.retries, "waits_for": self.waits_for, "lineage": dict(self.lineage),
            "places": self.places, "has_acted": self.has_acted,
        }  # fmt: skip

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Take back what `remember` gave."""
        self.phase = kept["phase"]
        self.machine = dict(kept["state"])
        self.passed = list(kept["passed"])
        self.retries = kept["retries"]
        self.waits_for = kept["waits_for"]
        self.places = dict(kept["places"])
        self.has_acted = bool(kept.get("has_acted"))


@dataclass(slots=True, eq=False, kw_only=True)
class Key:
    """One place of once_per: held by a waiting run (`fired_at` None) or used up."""

    workflow_id: UUID
    is_watch: bool
    subject: str
    nth: int
    run_id: UUID
    fired_at: datetime | None
    is_new: bool = False
    is_dirty: bool = False
    is_gone: bool = False


class Keys:
    """The places of once_per and cooldown that this batch may touch."""

    def __init__(self) -> None:
        self._held: dict[tuple[UUID, bool, str], list[Key]] = {}

    def __iter__(self) -> Any:
        return (key for keys in self._held.values() for key in keys)

    def add(self, key: Key) -> Key:
        """Put a place there, known from a row or new."""
        self._held.setdefault((key.workflow_id, key.is_watch, key.subject), []).append(key)
        return key

    def of(self, workflow_id: UUID, *, is_watch: bool, subject: str) -> list[Key]:
        """The places in use, oldest first."""
        return [key for key in self._held.get((workflow_id, is_watch, subject), ()) if not key.is_gone]

    def place(
        self, workflow: CompiledWorkflow, *, is_watch: bool, subject: str, now: datetime, calendar: Calendar
    ) -> int | None:
        """The place that a new run would take at `now`; None: once_per or the cooldown leaves none."""
        held = self.of(workflow.id, is_watch=is_watch, subject=subject)
        if not held:
            return 0
        last, cooldown = held[-1], workflow.plan.cooldown
        if cooldown is None or last.fired_at is None or any(key.fired_at is None for key in held):
            return None
        return None if now < add(last.fired_at, cooldown, calendar) else last.nth + 1

    def of_run(self, run: RunState) -> Key | None:
        """The place a run holds."""
        return next(
            (k for k in self.of(run.workflow.id, is_watch=run.is_watch, subject=run.subject) if k.run_id == run.id),
            None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitted:
    """A change that a workflow made, to be recorded as an event."""

    id: UUID
    type: str
    external_id: str
    at: datetime
    data: Mapping[str, Any]
    actor: Mapping[str, str]
    lineage: Mapping[str, Any]
    subjects: tuple[UUID, ...]
