"""Processing: one lane's batch from claim to commit. claim → load → fold, match, decide → persist, one transaction a
batch."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import msgspec
import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from postsale.orders.book import Book, identities
from postsale.orders.change import close_book, open_book
from postsale.tenants.ids import new_id
from postsale.tenants.scope import tenant
from postsale.tenants.shop import Shop, load_shop
from workflows.catalog.calendars import calendar_of
from workflows.catalog.shelf import WATCHERS, WRITERS, SubjectChange
from workflows.definitions.compile import load_rules
from workflows.definitions.publish import revision_of
from workflows.runs import claim, load, persist
from workflows.runs.claim import Turn
from workflows.runs.decide import Decider
from workflows.runs.state import Arrival, RunState

log = structlog.get_logger(__name__)
_decode = msgspec.json.Decoder().decode

DEADLINES = 200


class PoisonError(Exception):
    """An event that can't be decided; `event_id` says which."""

    def __init__(self, event_id: UUID, cause: Exception) -> None:
        super().__init__(f"{type(cause).__name__}: {cause}")
        self.event_id = event_id


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchUnit:
    """The transaction as writers and watchers see it."""

    tenant_id: int
    now: datetime
    shop: Shop
    is_backfill: bool = False


def process_some(*, lanes: int = claim.LANES) -> int:
    """Claim some lanes and decide a batch of each; returns how many items were decided. Raises when the database is
    away."""
    decided = 0
    for turn in claim.claim(lanes=lanes):
        decided += process_turn(turn)
    return decided


def take_lane(tenant_id: int) -> Turn:
    """Take one tenant's lane at once: for those who drive a virtual clock over a tenant that no worker serves."""
    token = uuid4()
    with connection.cursor() as cursor:
        cursor.execute(
            "update postsale_lane set token = %s, lease_until = clock_timestamp() + interval '10 minutes' where tenant = %s",
            [token, tenant_id],
        )
    return Turn(tenant_id=tenant_id, token=token, attempts=1, limit=claim.BATCH, is_last_try=False)


def process_turn(turn: Turn) -> int:
    """Decide one lane's batch. What can't be decided is set aside, the others go on."""
    limit = turn.limit
    while True:
        until = claim.settled_until(turn.tenant_id)
        try:
            return process_lane(turn, until=until, limit=limit)
        except PoisonError as poison:
            log.exception("event_set_aside", tenant=turn.tenant_id, event_id=str(poison.event_id))
            _set_aside(turn.tenant_id, poison.event_id, str(poison), now=until)
        except (OperationalError, InterfaceError):
            claim.end_badly(turn, counts=False)
            raise
        except DatabaseError as error:
            log.exception("batch_failed", tenant=turn.tenant_id, limit=limit)
            if limit > 1:
                limit = max(1, limit // 8)
                continue
            if (head := _head(turn.tenant_id)) is None:
                claim.end_badly(turn, counts=True)
                return 0
            _set_aside(turn.tenant_id, head, str(error).splitlines()[0], now=until)


def process_lane(turn: Turn, *, until: datetime, limit: int) -> int:
    """One transaction: everything the lane has up to `until`, at most `limit` events and as many deadlines."""
    tenant_id = turn.tenant_id
    with tenant(tenant_id):
        if not claim.holds(turn):
            return 0
        shop = load_shop(tenant_id)
        rules = load_rules(tenant_id, revision_of(tenant_id))
        events = load.arrivals(tenant_id, limit=limit, decode=_decode)
        if turn.is_last_try and events:
            raise PoisonError(events[0].id, RuntimeError(f"its worker died {turn.attempts - 1} times"))
        horizon = until if len(events) < limit else events[-1].received_at
        waiting = load.due(tenant_id, until=horizon, limit=DEADLINES)
        if len(waiting) == DEADLINES:
            horizon = waiting[-1][2]
            events = [event for event in events if event.received_at <= horizon]
        numbers, tracking, refs = identities((event.data, event.source) for event in events)
        edited = [
            UUID(event.data["order_id"])
            for event in events
            if event.source == "postsale" and event.data.get("order_id")
        ]
        book = open_book(
            tenant_id, numbers=numbers, tracking=tracking, refs=refs,
            order_ids=[*edited, *(row[3] for row in waiting if row[3])], parcel_ids=[row[4] for row in waiting if row[4]],
        )  # fmt: skip
        run_ids = load.waiting_ids(tenant_id, book) | {row[1] for row in waiting if row[0] == "run"}
        waiting_runs = load.runs(run_ids, book, decode=_decode)
        decider = Decider(
            book=book,
            rules=rules,
            shop=shop,
            calendar=calendar_of(shop),
            keys=load.keys(tenant_id, book, more=_more_subjects(events, waiting_runs)),
            new_id=new_id,
        )
        for run in waiting_runs:
            decider.wait(run)
            run.is_dirty = False
        for event in events:
            _take(decider, event)
        decider.advance_to(horizon, inclusive=True)
        unit = BatchUnit(tenant_id=tenant_id, now=max(until, horizon), shop=shop)
        _store(unit, book, decider, [event.seq for event in events])
        _watch(unit, book, decider, [row for row in waiting if row[0] != "run"])
        _drop_orphans(tenant_id, [row for row in waiting if row[0] == "run" and row[1] not in decider.runs])
        claim.end_well(turn, clock=horizon)
    return len(events) + len(waiting)


def _more_subjects(events: list[Arrival], runs: list[RunState]) -> list[str]:
    """Places beside those of the book: what waiting runs hold (an event's, a former customer's), and new customers'."""
    emails = [((event.data.get("order") or {}).get("customer") or {}).get("email") for event in events]
    customers = [f"customer:{str(email).strip().lower()}"[:120] for email in emails if email]
    return [*customers, *(run.subject for run in runs)]


def _take(decider: Decider, event: Arrival) -> None:
    try:
        decider.take(event)
    except (DatabaseError, InterfaceError):
        raise
    except Exception as error:  # a worker must go on: the event is set aside with its reason
        raise PoisonError(event.id, error) from error


def _store(unit: BatchUnit, book: Book, decider: Decider, done: list[int]) -> None:
    tenant_id = unit.tenant_id
    met = list(book.new_refs)
    close_book(tenant_id, book, now=unit.now)
    persist.runs(tenant_id, list(decider.runs.values()))
    persist.keys(tenant_id, decider.keys)
    persist.events(tenant_id, decider.emitted, decider.subjects)
    persist.opt_outs(tenant_id, decider.opt_outs)
    persist.parked(tenant_id, [(arrival.id, ref) for arrival, ref in decider.parked], met)
    persist.inbox(tenant_id, done)
    for key, rows in decider.performer.rows.items():
        WRITERS[key].store(unit, rows)


def _watch(
    unit: BatchUnit, book: Book, decider: Decider, due: list[tuple[str, UUID, datetime, UUID | None, UUID | None]]
) -> None:
    def facts_of(order_id: UUID | None, shipment_id: UUID | None) -> Mapping[str, object]:
        order = book.orders.get(order_id) if order_id else None
        parcel = book.parcels.get(shipment_id) if shipment_id else None
        return decider.view(order, parcel, {})

    changes = [
        SubjectChange(order_id=order_id, shipment_id=parcel_id, facts=facts_of(order_id, parcel_id))
        for order_id, parcel_id in sorted(decider.touched, key=str)
    ]
    for watcher in WATCHERS:
        watcher.changed(unit, changes)
        targets = [row[1] for row in due if row[0] == watcher.key]
        if targets:
            watcher.due(unit, targets, facts_of)


def _drop_orphans(tenant_id: int, rows: list[tuple[str, UUID, datetime, UUID | None, UUID | None]]) -> None:
    """A deadline whose run doesn't wait any more wakes nobody."""
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(
                "delete from postsale_deadline where tenant = %s and kind = 'run' and target = any(%s)",
                [tenant_id, [row[1] for row in rows]],
            )


def _head(tenant_id: int) -> UUID | None:
    with connection.cursor() as cursor:
        cursor.execute("select event_id from postsale_inbox where tenant = %s order by seq limit 1", [tenant_id])
        row = cursor.fetchone()
    return row[0] if row else None


def _set_aside(tenant_id: int, event_id: UUID, reason: str, *, now: datetime) -> None:
    """Quarantine an event that can't be decided, with its reason; the lane goes on without it."""
    with tenant(tenant_id), connection.cursor() as cursor:
        cursor.execute(
            "insert into postsale_quarantine (tenant_id, id, received_at, event_id, reason, headers, state) "
            "values (%s, %s, %s, %s, %s, '{}'::jsonb, 'open')",
            [tenant_id, new_id(), now, event_id, f"could not be decided: {reason}"[:2000]],
        )
        cursor.execute("delete from postsale_inbox where tenant = %s and event_id = %s", [tenant_id, event_id])
