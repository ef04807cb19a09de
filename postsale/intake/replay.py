"""Read a quarantined body again with today's adapter, and record what it says now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from postsale.events.kinds import Reported
from postsale.events.models import Quarantine
from postsale.events.record import Recorded, record
from postsale.integrations.base import BadSignature, Unreadable
from postsale.integrations.models import Connection
from postsale.integrations.registry import partner


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What came of it: the recorded events, or the reason why it still can't be read."""

    recorded: Sequence[Recorded] = ()
    problem: str = ""


def replay(tenant_id: int, quarantine_id: UUID, *, now: datetime) -> Replayed:
    """Read and record, in the tenant's transaction, once. Raises Quarantine.DoesNotExist."""
    kept = Quarantine.objects.select_for_update().get(tenant_id=tenant_id, id=quarantine_id)
    if kept.state == "replayed":
        return Replayed()
    if kept.connection_id is None or kept.raw is None:
        return Replayed(problem="there is no body to read again")
    connection = Connection.objects.filter(tenant_id=tenant_id, id=kept.connection_id).first()
    if connection is None:
        return Replayed(problem="its connection is gone")
    try:
        reported: list[Reported] = partner(connection.partner).read(
            kept.headers, bytes(kept.raw), connection.settings, now=kept.received_at
        )
    except (Unreadable, BadSignature) as error:
        kept.reason = str(error)
        kept.replayed_at = now
        kept.save(update_fields=["reason", "replayed_at"])
        return Replayed(problem=str(error))
    recorded = record(tenant_id, reported, source=connection.partner, now=now, connection_id=connection.id)
    kept.state, kept.replayed_at = "replayed", now
    kept.save(update_fields=["state", "replayed_at"])
    return Replayed(recorded=recorded)
