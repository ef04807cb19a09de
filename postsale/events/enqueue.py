"""Put events that are in the log already into the queue, and wake who listens."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection

from postsale.events.record import CHANNEL

SQL = """
insert into postsale_inbox (tenant, event_id, received_at)
select %s, * from unnest(%s::uuid[], %s::timestamptz[])"""


def enqueue(tenant_id: int, events: Iterable[tuple[UUID, datetime]]) -> None:
    """Let the events (id, received_at) be decided, in this order, once the tenant's transaction is through."""
    ids, moments = zip(*events, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(SQL, [tenant_id, list(ids), list(moments)])
        cursor.execute("select pg_notify(%s, '')", [CHANNEL])
