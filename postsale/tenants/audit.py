"""The log of who did what. The application's role can write it and read it, and nothing else."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from postsale.tenants.models import AuditEntry


def write(
    tenant_id: int,
    *,
    actor: str,
    action: str,
    now: datetime,
    target: str = "",
    detail: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Note in the tenant's transaction that `actor` (an address, a key's name, "postsale") did `action`."""
    return AuditEntry.objects.create(
        tenant_id=tenant_id,
        at=now,
        actor=actor[:254],
        action=action[:60],
        target=target[:200],
        detail=dict(detail or {}),
    )
