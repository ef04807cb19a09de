"""Write reported events down: each once for ever, with its key and its place in the inbox, in a handful of statements.

The statements are shared by the intake's group commit (async, many requests a transaction) and by `record` (one caller,
Django's connection). Both run inside a transaction that already serves the tenant.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from os import urandom
from uuid import UUID

import msgspec
from django.db import connection

from postsale.events.kinds import Reported
from postsale.tenants.scope import current_tenant, tenant

#: Workers LISTEN here; the payload is empty, for the rows are the queue.
CHANNEL = "postsale_work"
#: Events that no reader understood are kept and shown, never decided.
NOT_UNDERSTOOD = "not_understood"
#: Same key, other body: the first body wins and says so.
CONFLICT = "conflicting_duplicate"

#: `begin` and this are one round trip. The lock makes a tenant's events visible in the order of their `received_at`,
#: whichever process takes them in; the clock is the database's, read after the lock.
ENTER = "select pg_advisory_xact_lock({lock}), set_config('app.tenant', '{tenant}', true), clock_timestamp()"

WRITE = f"""
with arrived as (
  select * from json_to_recordset(%s::json) as t(
    n int, key uuid, body uuid, id uuid, type text, source text, external_id text, connection_id uuid,
    occurred_at timestamptz, received_at timestamptz, is_backfill boolean, data jsonb, flags jsonb, raw text,
    is_decided boolean)
), fresh as (
  insert into postsale_eventkey (tenant_id, digest, event_id, body)
  select %s, key, id, body from arrived order by key, n on conflict do nothing returning event_id
), logged as (
  insert into postsale_event (id, tenant_id, type, source, external_id, connection_id, occurred_at, received_at,
    is_backfill, data, flags, raw)
  select id, %s, type, source, external_id, connection_id, occurred_at, received_at,
    is_backfill, data, flags, decode(raw, 'base64')
  from arrived join fresh on event_id = id
), queued as (
  insert into postsale_inbox (tenant, event_id, received_at)
  select %s, id, received_at from arrived join fresh on event_id = id where is_decided order by n
)
select event_id, pg_notify('{CHANNEL}', '') from fresh"""  # noqa: S608 -- the channel's name is ours

SEEN = "select digest, event_id, body from postsale_eventkey where tenant_id = %s and digest = any(%s)"
FLAG = f"""update postsale_event set flags = flags || '["{CONFLICT}"]'::jsonb
 where tenant_id = %s and id = any(%s) and not flags @> '["{CONFLICT}"]'::jsonb"""  # noqa: S608 -- as above
MONTH = "select postsale_month(%s)"

_FIRST_BIT_OF_LOCK = 7466 << 44


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One reported event on its way into the log. `key` decides whether it was seen, `body` whether it is the same."""

    event: Reported
    source: str
    key: UUID
    body: UUID
    connection_id: UUID | None = None
    is_backfill: bool = False
    raw: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What became of one event: `is_new` is False for one that was seen before; `event_id` only for a new one."""

    external_id: str
    is_new: bool
    event_id: UUID | None = None


class Row(msgspec.Struct, kw_only=True):
    """An arrival as the database reads it."""

    n: int
    key: UUID
    body: UUID
    id: UUID
    type: str
    source: str
    external_id: str
    connection_id: UUID | None
    occurred_at: datetime
    received_at: datetime
    is_backfill: bool
    data: object
    flags: Sequence[str]
    raw: bytes | None
    is_decided: bool


def record(
    tenant_id: int,
    reported: Sequence[Reported],
    *,
    source: str,
    now: datetime,
    connection_id: UUID | None = None,
    is_backfill: bool = False,
) -> list[Recorded]:
    """Record `reported`, all or none, as received at `now` (backfill: at their own time), in their tenant."""
    arrivals = [
        arrival(event, source=source, connection_id=connection_id, is_backfill=is_backfill) for event in reported
    ]
    if current_tenant() != tenant_id:
        with tenant(tenant_id):
            return _record(tenant_id, arrivals, now)
    return _record(tenant_id, arrivals, now)


def record_past(tenant_id: int, arrivals: Sequence[tuple[datetime, Arrival]]) -> list[Recorded]:
    """Record `arrivals` as received at their own moments (ascending), in the tenant's transaction.

    Only for who drives a virtual clock over a tenant that no worker serves: they are decided as if it were then.
    """
    return _write(tenant_id, [_row(n, each, at.astimezone(UTC)) for n, (at, each) in enumerate(arrivals)])


def arrival(
    event: Reported,
    *,
    source: str,
    connection_id: UUID | None = None,
    is_backfill: bool = False,
    raw: bytes | None = None,
) -> Arrival:
    """`event` with the keys it is recognised by: (connection or API source, external id), and its content."""
    scope = f"connection\0{connection_id}" if connection_id else f"api\0{source}"
    return Arrival(
        event=event,
        source=source,
        key=digest(scope.encode(), event.external_id.encode()),
        body=digest(event.type.encode(), msgspec.json.encode(event.data, order="sorted")),
        connection_id=connection_id,
        is_backfill=is_backfill,
        raw=raw,
    )


def digest(*parts: bytes) -> UUID:
    """The first 16 bytes of the SHA-256 of `parts`, as a uuid: 128 bits, for ever unique among one tenant's events."""
    return UUID(bytes=hashlib.sha256(b"\0".join(parts)).digest()[:16])


def lock_of(tenant_id: int) -> int:
    """The advisory lock that a tenant's events are committed under; take it to be sure that none is on its way."""
    return _FIRST_BIT_OF_LOCK + tenant_id


def rows_of(arrivals: Sequence[Arrival], now: datetime) -> list[Row]:
    """`arrivals` with ids and times: a microsecond apart, so that the log replays in the order in which they came."""
    return [
        _row(n, each, each.event.occurred_at if each.is_backfill else now + timedelta(microseconds=n))
        for n, each in enumerate(arrivals)
    ]


def months_of(rows: Iterable[Row]) -> set[tuple[int, int]]:
    """The (year, month)s, in UTC, whose partitions `rows` need."""
    return {(row.received_at.year, row.received_at.month) for row in rows}


def conflicts_of(rows: Sequence[Row], new: set[UUID], seen: Iterable[tuple[UUID, UUID, UUID]]) -> list[UUID]:
    """The events that a row repeats with another body, given `seen` (digest, event id, body)."""
    first = {key: (event_id, body) for key, event_id, body in seen}
    return sorted({first[row.key][0] for row in rows if row.id not in new and first[row.key][1] != row.body})


def outcomes(rows: Sequence[Row], new: set[UUID]) -> list[Recorded]:
    """What to tell whoever sent `rows`."""
    return [
        Recorded(external_id=row.external_id, is_new=row.id in new, event_id=row.id if row.id in new else None)
        for row in rows
    ]


def _record(tenant_id: int, arrivals: Sequence[Arrival], now: datetime) -> list[Recorded]:
    return _write(tenant_id, rows_of(arrivals, now.astimezone(UTC)))


def _write(tenant_id: int, rows: Sequence[Row]) -> list[Recorded]:
    with connection.cursor() as cursor:
        for year, month in months_of(rows):
            cursor.execute(MONTH, [datetime(year, month, 2, tzinfo=UTC)])
        cursor.execute("select pg_advisory_xact_lock(%s)", [lock_of(tenant_id)])
        cursor.execute(WRITE, [msgspec.json.encode(rows).decode(), tenant_id, tenant_id, tenant_id])
        new = {event_id for event_id, _ in cursor.fetchall()}
        if len(new) < len(rows):
            cursor.execute(SEEN, [tenant_id, [row.key for row in rows if row.id not in new]])
            conflicts = conflicts_of(rows, new, cursor.fetchall())
            if conflicts:
                cursor.execute(FLAG, [tenant_id, conflicts])
    return outcomes(rows, new)


def _row(n: int, arrived: Arrival, received_at: datetime) -> Row:
    event = arrived.event
    return Row(
        n=n,
        key=arrived.key,
        body=arrived.body,
        id=_id_at(received_at, n),
        type=event.type,
        source=arrived.source,
        external_id=event.external_id,
        connection_id=arrived.connection_id,
        occurred_at=event.occurred_at,
        received_at=received_at,
        is_backfill=arrived.is_backfill,
        data=event.data,
        flags=event.flags,
        raw=arrived.raw,
        is_decided=NOT_UNDERSTOOD not in event.flags,
    )


def _id_at(at: datetime, n: int) -> UUID:
    """A UUIDv7 born at `at`; the place in the batch comes before the random bits, so equal times keep their order."""
    millis = int(at.timestamp() * 1000)
    order = min(n, 0xFFF)
    return UUID(int=millis << 80 | 0x7 << 76 | order << 64 | 0b10 << 62 | int.from_bytes(urandom(8)) >> 2)
