"""Reading the event log back, page by page in the order in which live workers decided it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from postsale.events.record import NOT_UNDERSTOOD
from workflows.runs.state import Arrival

PAGE = 1_000
_decode = msgspec.json.Decoder().decode

_COLUMNS = """e.id, e.type, coalesce(e.connection_id::text, e.source), e.external_id, e.occurred_at, e.received_at,
  e.data::text, e.lineage::text, e.actor::text"""
_PAGE = f"""
select {_COLUMNS} from postsale_event e
where e.tenant_id = %s and (e.received_at, e.id) > (%s, %s) and e.received_at < %s
  and not e.flags @> '["{NOT_UNDERSTOOD}"]'::jsonb
order by e.received_at, e.id limit %s"""  # noqa: S608 -- constants of ours
_ABOUT = f"""
select {_COLUMNS} from postsale_event e
where e.tenant_id = %s and e.id in (
  select event_id from postsale_eventsubject where tenant_id = %s and subject_id = any(%s))
  and not e.flags @> '["{NOT_UNDERSTOOD}"]'::jsonb
order by e.received_at, e.id"""  # noqa: S608 -- as above


_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the log: everything up to and with this event has been read."""

    at: datetime = datetime(1, 1, 1, tzinfo=UTC)
    id: UUID = _FIRST


def page(
    tenant_id: int, after: Place, *, until: datetime, from_at: datetime | None = None, limit: int = PAGE
) -> list[Arrival]:
    """The next events (at most `limit`) received before `until`; those received before `from_at` only make history."""
    with connection.cursor() as cursor:
        cursor.execute(_PAGE, [tenant_id, after.at, after.id, until, limit])
        return [_arrival(row, from_at) for row in cursor.fetchall()]


def about(tenant_id: int, subjects: Collection[UUID]) -> list[Arrival]:
    """Every event about the given orders and parcels."""
    with connection.cursor() as cursor:
        cursor.execute(_ABOUT, [tenant_id, tenant_id, list(subjects)])
        return [_arrival(row, None) for row in cursor.fetchall()]


def count(tenant_id: int, *, until: datetime) -> int:
    """How many events were received before `until`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from postsale_event where tenant_id = %s and received_at < %s", [tenant_id, until]
        )
        row = cursor.fetchone()
    return int(row[0])


def place_of(arrivals: list[Arrival], before: Place) -> Place:
    """The place after `arrivals`."""
    return Place(arrivals[-1].received_at, arrivals[-1].id) if arrivals else before


def _arrival(row: tuple[Any, ...], from_at: datetime | None) -> Arrival:
    return Arrival(
        id=row[0], type=row[1], source=row[2], external_id=row[3], occurred_at=row[4], received_at=row[5],
        data=_decode(row[6]), lineage=_decode(row[7]) if row[7] else None, actor=_decode(row[8]) if row[8] else None,
        is_backfill=from_at is not None and row[5] < from_at,
    )  # fmt: skip
