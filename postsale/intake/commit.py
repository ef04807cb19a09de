"""Group commit: requests for one tenant that come in while a commit is under way share the next one.

An idle tenant's request is written at once. A request is stored whole or not at all, its sender hears of it only after
the commit, and one that the database refuses does not spoil its neighbours'. Tenants commit beside each other.
"""

import asyncio
from asyncio import Future
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb
from psycopg_pool import PoolTimeout

from postsale.events import record
from postsale.events.record import Arrival, Recorded
from postsale.intake.pool import Pool
from postsale.tenants.ids import new_id

#: Events that share a commit, and events that may wait in this process before new ones are sent away.
BATCH = 1_000
WAITING = 20_000
#: Seconds after which a sender is told that the database is away.
PATIENCE = 1.7
PAUSE = 0.05
#: `on conflict` by the key of the body: a partner who repeats what we can't read is kept once.
QUARANTINE = """with fresh as (
  insert into postsale_eventkey (tenant_id, digest, event_id, body) values (%s, %s, %s, %s)
  on conflict do nothing returning event_id)
insert into postsale_quarantine (id, tenant_id, received_at, connection_id, reason, headers, raw, state)
select event_id, %s, %s, %s, %s, %s, %s, 'open' from fresh"""

log = structlog.get_logger(__name__)


class UnavailableError(Exception):
    """The database is away or too busy; nothing was answered for, the sender should come again."""


class UnstorableError(Exception):
    """The database refuses this content itself; `reason` is for the sender."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A rightly signed body that can't be read, kept for a replay."""

    connection_id: UUID
    reason: str
    headers: dict[str, str]
    raw: bytes


@dataclass(slots=True, kw_only=True, eq=False)
class Delivery:
    """One request: its events, or the body that could not be read, and whoever waits for it."""

    arrivals: Sequence[Arrival] = ()
    unread: Unread | None = None
    done: Future[list[Recorded]]
    until: float


@dataclass(slots=True, eq=False)
class _Line:
    """The deliveries of one tenant that wait for its next commit."""

    waiting: deque[Delivery] = field(default_factory=deque)
    flusher: asyncio.Task[None] | None = None


class Committer:
    """Belongs to one event loop and one pool. `committed` is called after each commit that stored something new."""

    def __init__(self, pool: Pool, *, committed: Callable[[], None]) -> None:
        self._pool = pool
        self._committed = committed
        self._lines: dict[int, _Line] = {}
        self._months: set[tuple[int, int]] = set()
        self._waiting = 0

    async def store(
        self, tenant_id: int, arrivals: Sequence[Arrival] = (), *, unread: Unread | None = None
    ) -> list[Recorded]:
        """Store one request's events and say what became of each, once it is committed.

        Raises UnavailableError when the database is away (within two seconds), UnstorableError when it refuses it.
        """
        if self._waiting > WAITING:
            raise UnavailableError
        count = max(1, len(arrivals))
        delivery = Delivery(
            arrivals=arrivals,
            unread=unread,
            done=asyncio.get_running_loop().create_future(),
            until=monotonic() + PATIENCE,
        )
        line = self._lines.get(tenant_id)
        if line is None:
            line = self._lines[tenant_id] = _Line()
        line.waiting.append(delivery)
        if line.flusher is None:
            line.flusher = asyncio.create_task(self._flush(tenant_id, line))
        self._waiting += count
        try:
            return await delivery.done
        finally:
            self._waiting -= count

    async def close(self) -> None:
        """Wait for what is on its way."""
        await asyncio.gather(*(line.flusher for line in self._lines.values() if line.flusher), return_exceptions=True)

    async def _flush(self, tenant_id: int, line: _Line) -> None:
        try:
            await asyncio.sleep(0)  # whoever is read in the same turn of the loop comes along
            while line.waiting:
                await self._write_or_split(tenant_id, _batch_of(line.waiting))
        finally:
            line.flusher = None
            if not line.waiting:
                self._lines.pop(tenant_id, None)

    async def _write_or_split(self, tenant_id: int, batch: Sequence[Delivery]) -> None:
        try:
            outcomes = await self._write(tenant_id, batch)
        except UnavailableError as error:
            _fail(batch, error)
        except Exception as error:  # noqa: BLE001 -- one delivery's failure must reach its own sender only
            if len(batch) > 1:
                for delivery in batch:
                    await self._write_or_split(tenant_id, [delivery])
                return
            log.warning("intake_refused_by_database", tenant=tenant_id, error=type(error).__name__)
            _fail(batch, UnstorableError(_reason(error)))
        else:
            for delivery, found in zip(batch, outcomes, strict=True):
                if not delivery.done.done():
                    delivery.done.set_result(found)

    async def _write(self, tenant_id: int, batch: Sequence[Delivery]) -> list[list[Recorded]]:
        """One transaction for the batch, tried again while the database comes back and the senders' patience lasts."""
        until = min(delivery.until for delivery in batch)
        while True:
            try:
                async with self._pool.connection(timeout=max(0.1, until - monotonic())) as connection:
                    return await self._transact(connection, tenant_id, batch)
            except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, OSError) as error:
                if monotonic() + PAUSE >= until:
                    raise UnavailableError from error
                await asyncio.sleep(PAUSE)
            except psycopg.errors.CheckViolation as error:
                if "partition" not in str(error) or not self._months:
                    raise
                self._months.clear()  # a month was retired since we made sure of it

    async def _transact(
        self, connection: AsyncConnection[TupleRow], tenant_id: int, batch: Sequence[Delivery]
    ) -> list[list[Recorded]]:
        try:
            cursor = await self._enter(connection, tenant_id)
            found = await cursor.fetchone()
            now: datetime = found[2].astimezone(UTC) if found else datetime.now(tz=UTC)
            rows = record.rows_of([each for delivery in batch for each in delivery.arrivals], now)
            missing = record.months_of(rows) - self._months
            if missing:
                await connection.execute(b"rollback")
                await self._make(connection, missing)
                return await self._transact(connection, tenant_id, batch)
            outcomes = await _insert(connection, tenant_id, rows) if rows else []
            for delivery in batch:
                if delivery.unread is not None:
                    await _set_aside(connection, tenant_id, delivery.unread, now)
            await connection.execute(b"commit")
        except BaseException:
            with suppress(psycopg.Error):
                await connection.execute(b"rollback")
            raise
        if any(outcome.is_new for outcome in outcomes):
            self._committed()
        return _shares(batch, outcomes)

    async def _enter(self, connection: AsyncConnection[TupleRow], tenant_id: int) -> Any:
        # Begin and enter are one round trip: without parameters, psycopg may send two statements at once.
        entering = record.ENTER.format(lock=record.lock_of(tenant_id), tenant=tenant_id)
        cursor = await connection.execute(f"begin; {entering}".encode())
        cursor.nextset()
        return cursor

    async def _make(self, connection: AsyncConnection[TupleRow], months: set[tuple[int, int]]) -> None:
        for year, month in sorted(months):
            await connection.execute(record.MONTH, [datetime(year, month, 2, tzinfo=UTC)])
        self._months |= months


async def _insert(connection: AsyncConnection[TupleRow], tenant_id: int, rows: Sequence[record.Row]) -> list[Recorded]:
    sent = [msgspec.json.encode(rows).decode(), tenant_id, tenant_id, tenant_id]
    cursor = await connection.execute(record.WRITE, sent, prepare=True)
    new = {event_id for event_id, _ in await cursor.fetchall()}
    if len(new) < len(rows):
        seen = await connection.execute(record.SEEN, [tenant_id, [row.key for row in rows if row.id not in new]])
        conflicts = record.conflicts_of(rows, new, await seen.fetchall())
        if conflicts:
            await connection.execute(record.FLAG, [tenant_id, conflicts])
    return record.outcomes(rows, new)


async def _set_aside(connection: AsyncConnection[TupleRow], tenant_id: int, unread: Unread, now: datetime) -> None:
    key = record.digest(b"quarantine", str(unread.connection_id).encode(), unread.raw)
    row_id = new_id()
    kept = [tenant_id, now, unread.connection_id, unread.reason, Jsonb(unread.headers), unread.raw]
    await connection.execute(QUARANTINE, [tenant_id, key, row_id, key, *kept])


def _batch_of(waiting: deque[Delivery]) -> list[Delivery]:
    """The next deliveries that fit into one commit; at least one."""
    batch: list[Delivery] = []
    events = 0
    while waiting and (not batch or events + len(waiting[0].arrivals) <= BATCH):
        batch.append(waiting.popleft())
        events += len(batch[-1].arrivals)
    return batch


def _shares(batch: Sequence[Delivery], outcomes: list[Recorded]) -> list[list[Recorded]]:
    shares, start = [], 0
    for delivery in batch:
        shares.append(outcomes[start : start + len(delivery.arrivals)])
        start += len(delivery.arrivals)
    return shares


def _fail(batch: Sequence[Delivery], error: Exception) -> None:
    for delivery in batch:
        if not delivery.done.done():
            delivery.done.set_exception(error)


def _reason(error: Exception) -> str:
    if isinstance(error, psycopg.Error):
        return (error.diag.message_primary or "the database refuses this content").splitlines()[0]
    if isinstance(error, UnicodeError):
        return "a text contains characters that are no text (half a surrogate pair)"
    return "it can't be stored"
