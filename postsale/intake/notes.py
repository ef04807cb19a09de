"""What is worth noting about connections and keys, but not a request's time: gathered, written now and then."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb
from psycopg_pool import PoolTimeout

from postsale.intake.pool import Pool
from postsale.tenants.ids import new_id

PACE = 1.0
#: Seconds between two audit entries about bad signatures at one connection.
AUDIT_EVERY = 600.0
NOTE = """update postsale_connection set refused = refused + %(refused)s,
  last_event_at = case when %(accepted)s then clock_timestamp() else last_event_at end,
  state = case when state = 'disabled' then state when %(accepted)s then 'active'
    when %(refused)s > 0 then 'failing' else state end
where tenant_id = %(tenant)s and id = %(connection)s"""
AUDIT = """insert into postsale_auditentry (id, tenant_id, at, actor, action, target, detail)
values (%s, %s, clock_timestamp(), 'outside', 'hook.refused', %s, %s)"""
USED = "update postsale_apikey set last_used_at = clock_timestamp() where tenant_id = %s and id = any(%s)"


@dataclass(slots=True)
class _Tally:
    refused: int = 0
    accepted: bool = False
    reason: str = ""


class Notes:
    """Counts in memory, a row at most once a second a connection."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._hooks: dict[tuple[int, UUID], _Tally] = {}
        self._used: dict[int, set[UUID]] = {}
        self._audited: dict[UUID, float] = {}
        self._runner: asyncio.Task[None] | None = None

    def refused(self, tenant_id: int, connection_id: UUID, reason: str) -> None:
        """A request with a bad signature."""
        tally = self._tally(tenant_id, connection_id)
        tally.refused += 1
        tally.reason = reason

    def accepted(self, tenant_id: int, connection_id: UUID) -> None:
        """A rightly signed request that is stored."""
        self._tally(tenant_id, connection_id).accepted = True

    def used(self, tenant_id: int, key_id: UUID) -> None:
        """An API key was used."""
        self._used.setdefault(tenant_id, set()).add(key_id)
        self._run()

    async def close(self) -> None:
        """Write what is left."""
        if self._runner is not None:
            self._runner.cancel()
            with suppress(asyncio.CancelledError):
                await self._runner
        await self.write()

    async def write(self) -> None:
        """Write what was gathered; a database that is away loses these notes, and nothing else."""
        hooks, self._hooks = self._hooks, {}
        used, self._used = self._used, {}
        with suppress(psycopg.Error, PoolTimeout, OSError):
            for (tenant_id, connection_id), tally in hooks.items():
                await self._write_hook(tenant_id, connection_id, tally)
            for tenant_id, key_ids in used.items():
                async with self._pool.connection() as connection, connection.transaction():
                    await connection.execute("select set_config('app.tenant', %s, true)", [str(tenant_id)])
                    await connection.execute(USED, [tenant_id, list(key_ids)])

    def _tally(self, tenant_id: int, connection_id: UUID) -> _Tally:
        self._run()
        return self._hooks.setdefault((tenant_id, connection_id), _Tally())

    def _run(self) -> None:
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._later())

    async def _later(self) -> None:
        while self._hooks or self._used:
            await asyncio.sleep(PACE)
            await self.write()

    async def _write_hook(self, tenant_id: int, connection_id: UUID, tally: _Tally) -> None:
        told = {"tenant": tenant_id, "connection": connection_id, "refused": tally.refused, "accepted": tally.accepted}
        at = monotonic()
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute("select set_config('app.tenant', %s, true)", [str(tenant_id)])
            await connection.execute(NOTE, told)
            if tally.refused and at - self._audited.get(connection_id, -AUDIT_EVERY) >= AUDIT_EVERY:
                self._audited[connection_id] = at
                detail = Jsonb({"reason": tally.reason, "count": tally.refused})
                await connection.execute(AUDIT, [new_id(), tenant_id, str(connection_id), detail])
