"""What is worth noting about connections and keys, but not a request's time: gathered, written now and then.

Of each connection the last calls are kept, newest first: {"at", "status": 200|401|429, "words", "events"?, "duplicates"?,
"quarantined"?}.
"""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb
from psycopg_pool import PoolTimeout

from postsale.intake.pool import Pool
from postsale.tenants.ids import new_id

PACE = 1.0
#: Seconds between two audit entries about bad signatures at one connection.
AUDIT_EVERY = 600.0
#: Calls that are kept of a connection.
KEPT = 50
NOTE = """update postsale_connection set refused = refused + %(refused)s,
  last_event_at = case when %(accepted)s then clock_timestamp() else last_event_at end,
  state = case when state = 'disabled' then state when %(accepted)s then 'active'
    when %(refused)s > 0 then 'failing' else state end,
  recent = (select coalesce(jsonb_agg(call order by place), '[]') from (
    select call, place from jsonb_array_elements(%(calls)s || recent) with ordinality as each (call, place)
    order by place limit %(kept)s) as newest)
where tenant_id = %(tenant)s and id = %(connection)s"""
#: From the first event after a silence on, a worker looks whether the feed falls silent (workflows/runs/feeds.py).
EXPECT = """insert into postsale_deadline (kind, target, tenant, due_at)
values ('feed', %(connection)s, %(tenant)s, clock_timestamp() + interval '24 hours') on conflict do nothing"""
AUDIT = """insert into postsale_auditentry (id, tenant_id, at, actor, action, target, detail)
values (%s, %s, clock_timestamp(), 'outside', 'hook.refused', %s, %s)"""
USED = "update postsale_apikey set last_used_at = clock_timestamp() where tenant_id = %s and id = any(%s)"


@dataclass(slots=True)
class _Tally:
    refused: int = 0
    accepted: bool = False
    reason: str = ""
    calls: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT))


class Notes:
    """Counts in memory, a row at most once a second a connection."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._hooks: dict[tuple[int, UUID], _Tally] = {}
        self._used: dict[int, set[UUID]] = {}
        self._audited: dict[UUID, float] = {}
        self._runner: asyncio.Task[None] | None = None

    def refused(self, tenant_id: int, connection_id: UUID, reason: str, *, now: datetime) -> None:
        """A request with a bad signature."""
        tally = self._called(tenant_id, connection_id, 401, reason, now=now)
        tally.refused += 1
        tally.reason = reason

    def accepted(
        self, tenant_id: int, connection_id: UUID, *, now: datetime, events: int = 0, duplicates: int = 0
    ) -> None:
        """A rightly signed request that is stored: how many events of it were new, and how many were known."""
        tally = self._called(tenant_id, connection_id, 200, "", now=now, events=events, duplicates=duplicates)
        tally.accepted = True

    def set_aside(self, tenant_id: int, connection_id: UUID, reason: str, *, now: datetime) -> None:
        """A rightly signed request that could not be read, and is in quarantine."""
        self._called(tenant_id, connection_id, 200, reason[:300], now=now, quarantined=True)

    def turned_away(self, tenant_id: int, connection_id: UUID, *, now: datetime) -> None:
        """A rightly signed request over the tenant's rate."""
        self._called(tenant_id, connection_id, 429, "more events than the shop's limit allows", now=now)

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

    def _called(
        self, tenant_id: int, connection_id: UUID, status: int, words: str, *, now: datetime, **more: Any
    ) -> _Tally:
        self._run()
        tally = self._hooks.get((tenant_id, connection_id))
        if tally is None:
            tally = self._hooks[tenant_id, connection_id] = _Tally()
        tally.calls.appendleft({"at": now.isoformat(), "status": status, "words": words, **more})
        return tally

    def _run(self) -> None:
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._later())

    async def _later(self) -> None:
        while self._hooks or self._used:
            await asyncio.sleep(PACE)
            await self.write()

    async def _write_hook(self, tenant_id: int, connection_id: UUID, tally: _Tally) -> None:
        told = {
            "tenant": tenant_id, "connection": connection_id, "refused": tally.refused, "accepted": tally.accepted,
            "calls": Jsonb(list(tally.calls)), "kept": KEPT,
        }  # fmt: skip
        at = monotonic()
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute("select set_config('app.tenant', %s, true)", [str(tenant_id)])
            await connection.execute(NOTE, told)
            if tally.accepted:
                await connection.execute(EXPECT, told)
            if tally.refused and at - self._audited.get(connection_id, -AUDIT_EVERY) >= AUDIT_EVERY:
                self._audited[connection_id] = at
                detail = Jsonb({"reason": tally.reason, "count": tally.refused})
                await connection.execute(AUDIT, [new_id(), tenant_id, str(connection_id), detail])
