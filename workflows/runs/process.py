"""Processing: one lane's batch from claim to commit. claim → load → fold, match, decide → persist, one transaction a
batch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

import msgspec
import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from postsale.orders.book import identities
from postsale.orders.change import open_book
from postsale.tenants.ids import new_id
from postsale.tenants.scope import tenant
from postsale.tenants.shop import Shop, load_shop
from workflows.catalog.calendars import calendar_of
from workflows.catalog.shelf import Due
from workflows.definitions import clocks
from workflows.definitions.compile import CompiledRules, load_rules
from workflows.definitions.publish import revision_of
from workflows.runs import claim, load, store, walk
from workflows.runs.claim import Turn
from workflows.runs.decide import Decider
from workflows.runs.state import Arrival, RunState

log = structlog.get_logger(__name__)
_decode = msgspec.json.Decoder().decode

DEADLINES = 200
#: Orders that a page of a walk through all orders has, for each item that a batch may have.
PAGE = 5
#: After so long a run is looked at again that this code can't read, for another may.
LATER = timedelta(minutes=5)
#: Runs that may fail so in one turn; a lane with more gets smaller batches.
MOST_BROKEN = 20
#: A page of a sweep joins a batch that has fewer items than this.
FEW = 50


class PoisonError(Exception):
    """An event that can't be decided; `event_id` says which."""

    def __init__(self, event_id: UUID, cause: Exception) -> None:
        super().__init__(f"{type(cause).__name__}: {cause}")
        self.event_id = event_id


class StuckError(Exception):
    """A waiting run whose deadline can't be decided; `run` is its seat."""

    def __init__(self, run: str, cause: Exception) -> None:
        super().__init__(f"{type(cause).__name__}: {cause}")
        self.run = run


class WatcherError(Exception):
    """Something that looks at deadlines of its own (a board at its cards) failed; `targets` are those that were due."""

    def __init__(self, targets: Sequence[UUID], cause: Exception) -> None:
        super().__init__(f"{type(cause).__name__}: {cause}")
        self.targets = targets


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """The runs that fail when they are woken, with the reason: those of `broken`, and all of a batch without events that
    its workers died of (`words`)."""

    broken: Mapping[UUID | str, str]
    words: str

    def of(self, waiting: Sequence[RunState], *, upto: datetime) -> Mapping[UUID | str, str]:
        """By id or seat: among these waiting runs and those that the batch begins."""
        due = [run.id for run in waiting if self.words and run.wake_at is not None and run.wake_at <= upto]
        return {**self.broken, **dict.fromkeys(due, f"could not be decided: {self.words}")}


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchUnit:
    """The transaction as writers and watchers see it."""

    tenant_id: int
    now: datetime
    upto: datetime
    shop: Shop
    is_backfill: bool = False


def process_some(*, lanes: int = claim.LANES) -> int:
    """Claim some lanes and decide a batch of each; returns how many items were decided. Raises when the database is
    away.

    A lane whose last worker died is taken up alone, and the others are given back: none pays for its neighbour.
    """
    turns = claim.claim(lanes=lanes)
    suspect = next((turn for turn in turns if turn.attempts > 1), None)
    if suspect is not None:
        for turn in turns:
            if turn is not suspect:
                claim.end_badly(turn, counts=False)
        turns = [suspect]
    return sum(process_turn(turn) for turn in turns)


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
    """Decide one lane's batch. An event that can't be decided is set aside, a run that can't be woken fails, the others
    go on."""
    limit = turn.limit
    broken: dict[UUID | str, str] = {}
    while True:
        until = claim.settled_until(turn.tenant_id)
        try:
            return process_lane(turn, until=until, limit=limit, broken=broken)
        except PoisonError as poison:
            log.exception("event_set_aside", tenant=turn.tenant_id, event_id=str(poison.event_id))
            _set_aside(turn.tenant_id, poison.event_id, str(poison), now=until)
            turn = replace(turn, is_last_try=False)
        except StuckError as stuck:
            log.exception("run_given_up", tenant=turn.tenant_id, run=str(stuck.run))
            if stuck.run in broken or len(broken) == MOST_BROKEN:
                claim.end_badly(turn, counts=True)
                raise
            broken[stuck.run] = f"could not be decided: {stuck}"[:2000]
            turn = replace(turn, is_last_try=False)
        except WatcherError as failed:
            log.exception("deadlines_put_off", tenant=turn.tenant_id, deadlines=len(failed.targets))
            load.put_off(turn.tenant_id, failed.targets, later=until + LATER)
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


def process_lane(
    turn: Turn, *, until: datetime, limit: int, broken: Mapping[UUID | str, str] = MappingProxyType({})
) -> int:
    """One transaction: everything the lane has up to `until`, at most `limit` events and as many deadlines; a tick of a
    clock when it is all that is left up to its moment; a page of a sweep when there is little else. Runs in `broken` fail
    with what is said there. Raises PoisonError, StuckError, WatcherError."""
    tenant_id = turn.tenant_id
    with tenant(tenant_id):
        if not claim.holds(turn):
            return 0
        shop = load_shop(tenant_id)
        rules = load_rules(tenant_id, revision_of(tenant_id))
        clock = clocks.first_due(tenant_id, until=until)
        events = load.arrivals(tenant_id, limit=limit, decode=_decode)
        settled, until = until, until if clock is None else clock.at
        if clock is not None:  # nothing later is decided before the tick is through
            events = [event for event in events if event.received_at <= until]
        horizon = until if len(events) < limit else events[-1].received_at
        most = min(limit, DEADLINES)
        waiting = load.due(tenant_id, until=horizon, limit=most)
        if len(waiting) == most:
            horizon = waiting[-1][2]
            events = [event for event in events if event.received_at <= horizon]
        words = f"its worker died {turn.attempts - 1} times" if turn.is_last_try else ""
        if words and events:
            raise PoisonError(events[0].id, RuntimeError(words))
        unit = BatchUnit(tenant_id=tenant_id, now=max(settled, horizon), upto=horizon, shop=shop)
        if clock is not None and not events and not waiting:
            done = walk.tick(unit, rules, clock, until=settled, size=_page(turn, limit), decode=_decode)
        else:
            _decide(unit, rules, events, waiting, Blame(broken=broken, words=words))
            done = len(events) + len(waiting)
            if clock is None and done < FEW:
                done += walk.sweep(unit, size=_page(turn, limit))
        claim.end_well(turn, clock=horizon)
    return done


def _page(turn: Turn, limit: int) -> walk.Size:
    """How many orders a page has: fewer after a claim that ended badly; the one that kills its worker is passed over."""
    return walk.Size(orders=PAGE * limit, skips=turn.is_last_try)


def _decide(
    unit: BatchUnit,
    rules: CompiledRules,
    events: list[Arrival],
    waiting: Sequence[load.DeadlineRow],
    blame: Blame,
) -> None:
    tenant_id = unit.tenant_id
    numbers, tracking, refs = identities((event.data, event.source) for event in events)
    ours = [event.data for event in events if event.source == "postsale"]
    book = open_book(
        tenant_id, numbers=numbers, tracking=tracking, refs=refs,
        order_ids=[*_ids(ours, "order_id"), *(row[3] for row in waiting if row[3])],
        parcel_ids=[*_ids(ours, "parcel_id"), *(row[4] for row in waiting if row[4])],
    )  # fmt: skip
    run_ids = load.waiting_ids(tenant_id, book) | {row[1] for row in waiting if row[0] == "run"}
    waiting_runs = load.runs(run_ids, book, decode=_decode)
    decider = Decider(
        book=book, rules=rules, shop=unit.shop, calendar=calendar_of(unit.shop), new_id=new_id,
        keys=load.keys(tenant_id, book, more=_more_subjects(events, waiting_runs)),
        broken=blame.of(waiting_runs, upto=unit.upto),
    )  # fmt: skip
    for run in waiting_runs:
        decider.wait(run)
        run.is_dirty = False
    due = [
        Due(kind=kind, target=target, at=at, order_id=order_id, shipment_id=parcel_id,
            facts=decider.facts_of(order_id, parcel_id))
        for kind, target, at, order_id, parcel_id in waiting if kind != "run"
    ]  # fmt: skip
    for event in events:
        _take(decider, event)
    _advance(decider, unit.upto)
    _store(unit, decider, [event.seq for event in events], due)
    unheard = [row[1] for row in waiting if row[0] == "run" and row[1] not in decider.runs]
    load.let_go(tenant_id, unheard, later=unit.now + LATER)


def _store(unit: BatchUnit, decider: Decider, done: Sequence[int], due: Sequence[Due]) -> None:
    try:
        store.batch(unit, decider, done=done, due=due)
    except (DatabaseError, InterfaceError):
        raise
    except Exception as error:  # a worker must go on: what is due besides runs comes again later
        if not due:
            raise
        raise WatcherError([each.target for each in due], error) from error


def _ids(bodies: Iterable[Mapping[str, Any]], name: str) -> list[UUID]:
    return [UUID(body[name]) for body in bodies if body.get(name)]


def _more_subjects(events: list[Arrival], runs: list[RunState]) -> list[str]:
    """Places beside those of the book: what waiting runs hold (an event's, a former customer's), and new customers'."""
    emails = [
        (each or {}).get("email")
        for event in events
        for each in ((event.data.get("order") or {}).get("customer"), event.data.get("customer"))
        if each is None or isinstance(each, Mapping)
    ]
    customers = [f"customer:{str(email).strip().lower()}"[:120] for email in emails if email]
    return [*customers, *(run.subject for run in runs)]


def _take(decider: Decider, event: Arrival) -> None:
    try:
        decider.take(event)
    except (DatabaseError, InterfaceError):
        raise
    except Exception as error:  # a worker must go on: the event is set aside with its reason
        raise (
            PoisonError(event.id, error) if decider.woken is None else StuckError(decider.woken.seat, error)
        ) from error


def _advance(decider: Decider, until: datetime) -> None:
    try:
        decider.advance_to(until, inclusive=True)
    except (DatabaseError, InterfaceError):
        raise
    except Exception as error:  # a worker must go on: the run fails with its reason
        if decider.woken is None:
            raise
        raise StuckError(decider.woken.seat, error) from error


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
