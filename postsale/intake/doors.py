"""Which tenant a token leads to, asked of the database at most about once a second a token and process."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import PoolTimeout

from postsale.intake.commit import UnavailableError
from postsale.intake.pool import Pool
from postsale.integrations import connections
from postsale.integrations.connections import Line
from postsale.tenants import keys
from postsale.tenants.keys import FRESH, Holder, digest_of
from postsale.tenants.sealed import UnsealError

MOST = 20_000
log = structlog.get_logger(__name__)

type Found = Holder | Line | None


class Doors:
    """Remembers what tokens lead to, also that they lead nowhere. Nothing remembered is older than a second."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: OrderedDict[bytes, tuple[float, Found]] = OrderedDict()
        self._asking: dict[bytes, asyncio.Task[Found]] = {}

    async def holder(self, secret: str) -> Holder | None:
        """Who holds this API key. Raises UnavailableError."""
        found = await self._find(secret, None)
        return found if isinstance(found, Holder) else None

    async def line(self, token: str, *, may_ask: Callable[[], bool], missed: Callable[[], None]) -> Line | None:
        """The connection whose hook this is. `may_ask` is asked before the database is, unless the token led to one before:
        whoever else guesses from the same address keeps nobody out. `missed` hears of a miss.

        Raises UnavailableError, and BlockingIOError when `may_ask` says no.
        """
        digest = digest_of(token)
        known = self._known.get(digest)
        is_guess = known is None or (known[0] <= monotonic() and not isinstance(known[1], Line))
        if is_guess and not may_ask():
            raise BlockingIOError
        found = await self._find(token, digest)
        if is_guess and not isinstance(found, Line):
            missed()
        return found if isinstance(found, Line) else None

    async def _find(self, secret: str, digest: bytes | None) -> Found:
        digest = digest or digest_of(secret)
        known = self._known.get(digest)
        if known is not None and known[0] > monotonic():
            return known[1]
        asking = self._asking.get(digest)
        if asking is None:
            asking = self._asking[digest] = asyncio.create_task(self._ask(digest))
        try:
            return await asyncio.shield(asking)
        except (psycopg.Error, PoolTimeout, OSError) as error:
            raise UnavailableError from error

    async def _ask(self, digest: bytes) -> Found:
        try:
            asked_at = monotonic()
            found = await self._twice(lambda connection: _look(connection, digest))
            self._known[digest] = (asked_at + FRESH, found)
            self._known.move_to_end(digest)
            if len(self._known) > MOST:
                self._known.popitem(last=False)
            return found
        finally:
            del self._asking[digest]

    async def _twice(self, work: Callable[[AsyncConnection[TupleRow]], Awaitable[Found]]) -> Found:
        # After a restart of the database the pool's connections are dead, and each says so only once it is used.
        until = monotonic() + 1.5
        while True:
            try:
                async with self._pool.connection(timeout=max(0.1, until - monotonic())) as connection:
                    return await work(connection)
            except (psycopg.OperationalError, psycopg.InterfaceError):
                if monotonic() + 0.05 > until:
                    raise
                await asyncio.sleep(0.05)


async def _look(connection: AsyncConnection[TupleRow], digest: bytes) -> Found:
    door = await (await connection.execute(keys.DOOR, [digest])).fetchone()
    if door is None or door[0] not in (keys.KIND, connections.KIND):
        return None
    kind, tenant_id, target = door
    load = keys.LOAD if kind == keys.KIND else connections.LOAD
    async with connection.transaction():
        await connection.execute("select set_config('app.tenant', %s, true)", [str(tenant_id)])
        row = await (await connection.execute(load, [tenant_id, target])).fetchone()
    if row is None:
        return None
    if kind == keys.KIND:
        return keys.holder_of(tenant_id, row)
    with suppress(UnsealError):
        return connections.line_of(tenant_id, row)
    log.error("connection_secret_lost", tenant=tenant_id, connection=str(target))
    return None
