"""Announcing: what the shop itself has to tell (a card escalated, a feed fell silent) becomes an event of the log.

It is received after everything that is in the queue, so that a replay meets it in the order in which it was decided.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from postsale.events.enqueue import enqueue
from postsale.events.models import Event, EventSubject
from postsale.events.record import MONTH, lock_of
from postsale.tenants.ids import id_at
from workflows.catalog.shelf import Announced

_AFTER = """
select n, greatest(%s::timestamptz, (select max(received_at) from postsale_inbox where tenant = %s))
  + n * interval '1 microsecond' from generate_series(1, %s) n order by n"""


def announce(tenant_id: int, told: Sequence[Announced], *, after: datetime) -> None:
    """Record `told` as events received after `after` and after all that waits to be decided. In the tenant's
    transaction, at its end: the log's lock is held from here on."""
    if not told:
        return
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [lock_of(tenant_id)])
        cursor.execute(_AFTER, [after, tenant_id, len(told)])
        moments: list[datetime] = [at for _, at in cursor.fetchall()]
        cursor.execute(MONTH, [moments[-1]])
    events = [_event(tenant_id, said, at) for said, at in zip(told, moments, strict=True)]
    Event.objects.bulk_create(events)
    EventSubject.objects.bulk_create(
        EventSubject(tenant_id=tenant_id, subject_id=subject, event_id=event.id)
        for said, event in zip(told, events, strict=True)
        for subject in (said.order_id, said.shipment_id)
        if subject is not None
    )
    enqueue(tenant_id, [(event.id, event.received_at) for event in events])


def _event(tenant_id: int, said: Announced, received_at: datetime) -> Event:
    event_id = id_at(received_at)
    about: dict[str, Any] = {"order_id": said.order_id, "parcel_id": said.shipment_id}
    return Event(
        id=event_id, tenant_id=tenant_id, type=said.type, source="postsale", external_id=said.external_id,
        occurred_at=said.at, received_at=received_at, actor={"kind": "system", "name": "Postsale"},
        lineage=dict(said.lineage or {"root": str(event_id), "depth": 0, "chain": []}),
        data={
            **said.data, **{name: str(value) for name, value in about.items() if value is not None},
            "changed": {"field": "", "from": said.from_, "to": said.to},
        },
    )  # fmt: skip
