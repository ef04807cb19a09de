"""Simulating: the same decider as live, over a book that only the log fills. Nothing is written, nothing leaves.
Clocks tick as they would have live: at each tick every order that was known by then is asked.

The book's orders and parcels have the ids of their rows, so that what a simulation says can be looked up.
"""

import heapq
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

import structlog
from django.db import DatabaseError, connection

from postsale.orders.book import Book, OrderState, ParcelState, RefKey, Turn, identities
from postsale.orders.facts import Change
from postsale.orders.identity import order_key
from postsale.tenants.ids import new_id
from postsale.tenants.shop import Shop
from workflows.catalog.calendars import calendar_of
from workflows.catalog.cron import next_tick
from workflows.definitions.compile import CompiledRules, CompiledWorkflow
from workflows.runs.decide import Decider
from workflows.runs.state import Arrival, Keys, RunState, Spark
from workflows.runs.subjects import ticked

log = structlog.get_logger(__name__)

#: What a recorded change was made by: derived type → field of `Book.edit`. `order.tag_removed` says it in `from`.
EDITS: Mapping[str, str] = {
    "order.ops_status_changed": "ops_status",
    "order.assigned": "assignee",
    "order.tag_added": "add_tag",
    "order.tag_removed": "remove_tag",
    "order.note_added": "add_note",
}


class KnownBook(Book):
    """A book that starts empty; what it meets gets the id of its row, as far as there is one."""

    def __init__(self) -> None:
        super().__init__(new_id)
        self.order_ids: dict[tuple[str, str], UUID] = {}
        self.parcel_ids: dict[str, dict[str, UUID]] = {}

    def look_up(self, tenant_id: int, arrivals: Iterable[Arrival]) -> None:
        """Ask for the ids of all that `arrivals` name, in two statements."""
        numbers, tracking, _ = identities((arrival.data, arrival.source) for arrival in arrivals)
        with connection.cursor() as cursor:
            cursor.execute(
                "select sales_channel, number_key, id from postsale_order "
                "where tenant_id = %s and number_key = any(%s)",
                [tenant_id, list(numbers)],
            )
            self.order_ids |= {(channel, key): row_id for channel, key, row_id in cursor.fetchall()}
            cursor.execute(
                "select tracking_number, carrier, id from postsale_shipment "
                "where tenant_id = %s and tracking_number = any(%s)",
                [tenant_id, list(tracking)],
            )
            for number, carrier, row_id in cursor.fetchall():
                self.parcel_ids.setdefault(number, {})[carrier] = row_id

    def add_order(self, state: OrderState) -> OrderState:
        """Put an order into the book, under its row's id."""
        known = self.order_ids.get((state.facts.sales_channel, order_key(state.facts.number)))
        if known is not None and known not in self.orders:
            state.id = known
        return super().add_order(state)

    def add_parcel(self, state: ParcelState) -> ParcelState:
        """Put a parcel into the book, under its row's id; the row's carrier may have become known only later."""
        rows = self.parcel_ids.get(state.facts.tracking_number, {})
        known = rows.get(state.facts.carrier) or (next(iter(rows.values())) if len(rows) == 1 else None)
        if known is not None and known not in self.parcels:
            state.id = known
        return super().add_parcel(state)


class Rehearsal(Decider):
    """A decider that also applies recorded changes, and keeps what would have happened in `enacted`.

    Changes that one of the `rehearsed` workflows led to are not taken from the log, for they are made anew; None: those
    of every workflow. Must run in the tenant's transaction, for actions may ask what exists.

    `ticks_after`: from when on clocks tick for workflows that were never live; None: never.
    """

    def __init__(
        self,
        *,
        rules: CompiledRules,
        shop: Shop,
        rehearsed: Collection[UUID] | None,
        book: Book | None = None,
        ticks_after: datetime | None = None,
    ) -> None:
        super().__init__(
            book=book or KnownBook(), rules=rules, shop=shop, calendar=calendar_of(shop), keys=Keys(), new_id=new_id
        )
        self.rehearsed = None if rehearsed is None else frozenset(map(str, rehearsed))
        self.enacted: list[RunState] = []
        self.events = 0
        self.set_aside = 0
        self._unmet: dict[RefKey, list[Arrival]] = {}
        self._clocks: list[tuple[datetime, UUID]] = []
        for workflow in rules.scheduled:
            since = workflow.live_since or ticks_after
            if since is not None:
                self._wind(workflow, since)

    def advance_to(self, until: datetime, *, inclusive: bool) -> None:
        """Decide every deadline and every tick before `until` (or at it): at one moment, deadlines come first."""
        while self._clocks and (self._clocks[0][0] < until or (inclusive and self._clocks[0][0] == until)):
            at, workflow_id = heapq.heappop(self._clocks)
            super().advance_to(at, inclusive=True)
            workflow = self.rules.by_id[workflow_id]
            orders = [self.book.orders[key] for key in sorted(self.book.orders)]
            parcels = [self.book.parcels[key] for key in sorted(self.book.parcels)]
            self.tick(workflow, at, ticked(workflow, orders, parcels))
            self._wind(workflow, at)
        super().advance_to(until, inclusive=inclusive)

    def _wind(self, workflow: CompiledWorkflow, after: datetime) -> None:
        at = next_tick(workflow.plan.trigger.at, after, self.shop.zone)
        if at is not None:
            heapq.heappush(self._clocks, (at, workflow.id))

    def play(self, arrivals: Iterable[Arrival]) -> None:
        """Decide `arrivals` (in the log's order) and every deadline on the way."""
        batch = list(arrivals)
        if isinstance(self.book, KnownBook):
            self.book.look_up(self.shop.id, batch)
        for arrival in batch:
            if not self._is_made_anew(arrival):
                self.events += not arrival.is_backfill
                self._play(arrival)
        self._tidy()

    def play_out(self, until: datetime) -> None:
        """Decide every deadline before `until`, and see the end: what still waits in its steps has happened so far."""
        self.advance_to(until, inclusive=False)
        self._tidy()
        self.enacted += [run for run in self.runs.values() if run.phase in ("steps", "retry") and run.steps]

    def fired_at(self, run: RunState) -> datetime:
        """When the run passed its leading gates."""
        key = self.keys.of_run(run)
        return key.fired_at if key is not None and key.fired_at is not None else run.started_at

    def _note(self, turn: Turn, arrival: Arrival) -> None:
        """Nobody writes who was touched."""

    def touch(self, order: OrderState | None, parcel: ParcelState | None) -> None:
        """As above."""

    def _tell(self, at: datetime) -> None:
        """Nobody watches."""

    def _see(self, spark: Spark) -> None:
        """Nobody counts."""

    def _is_made_anew(self, arrival: Arrival) -> bool:
        if arrival.source != "postsale" or (arrival.actor or {}).get("kind") != "workflow":
            return False
        chain = (arrival.lineage or {}).get("chain", ())
        return self.rehearsed is None or not self.rehearsed.isdisjoint(chain)

    def _play(self, arrival: Arrival) -> None:
        try:
            self.take(arrival)
        except DatabaseError:
            raise
        except Exception:  # live, the event is set aside and the others go on
            self.set_aside += 1
            log.warning("event_set_aside_in_replay", tenant=self.shop.id, arrival=str(arrival.id), exc_info=True)
        for parked, ref in self.parked:
            self._unmet.setdefault(ref, []).append(parked)
        self.parked.clear()
        met = [ref for ref in self.book.new_refs if ref in self._unmet]
        self.book.new_refs.clear()
        for again in [again for ref in met for again in self._unmet.pop(ref)]:
            self._play(again)

    def _edited(self, arrival: Arrival) -> Turn | None:
        """A recorded change: here nobody has made it yet."""
        order, parcel = self._order_of(arrival), self._named(arrival)[1]
        if order is None and parcel is None and ("order_id" in arrival.data or "parcel_id" in arrival.data):
            return None
        said = arrival.data.get("changed") or {}
        from_, to = said.get("from"), said.get("to")
        field = EDITS.get(arrival.type)
        if arrival.type == "tracking.status_changed" and parcel is not None:
            self.book.correct(parcel, status=str(to), by=_who(arrival)["name"], at=arrival.received_at)
        if field is not None and order is not None:
            if field == "add_note" and from_ is not None:
                field = "notes"
            value = from_ if field == "remove_tag" else to
            self.book.edit(order, field=field, value=value, by=_who(arrival), at=arrival.received_at)
        change = Change(type=arrival.type, field=said.get("field", ""), from_=from_, to=to)
        return Turn(order=order, parcel=parcel, changes=((change, order, parcel),))

    def _order_of(self, arrival: Arrival) -> OrderState | None:
        row_id = arrival.data.get("order_id")
        known = self.book.orders.get(UUID(row_id)) if row_id else None
        if known is not None:
            return known
        said = arrival.data.get("order") or {}
        channels = self.book.by_number.get(order_key(said.get("number", "")), {})
        return channels.get(said.get("sales_channel", ""))

    def _tidy(self) -> None:
        """Let go of what a replay never writes, and of runs that are over."""
        for run in [run for run in self.runs.values() if run.is_gone or run.state != "waiting"]:
            del self.runs[run.id]
            for state in (run.order, run.parcel):
                if state is not None:
                    self.waiting.get(state.id, {}).pop(run.id, None)
            if not run.is_gone and run.steps:
                self.enacted.append(run)
        self.emitted.clear()
        self.opt_outs.clear()
        self.book.new_links.clear()
        self.performer.rows.clear()


def _who(arrival: Arrival) -> dict[str, str]:
    actor = arrival.actor or {}
    return {"kind": str(actor.get("kind", "person")), "name": str(actor.get("name", ""))}
