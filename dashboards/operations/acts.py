"""What staff do to tenants: each act is one transaction in the tenant, in its audit log and in the platform's."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dashboards.operations.models import PlatformEntry
from postsale.events import holding
from postsale.tenants import audit, visiting
from postsale.tenants.models import Member, Tenant, User
from postsale.tenants.scope import tenant
from workflows.runs import again
from workflows.runs.models import Outbox

#: How many dead messages one click sends again.
MOST_AT_ONCE = 500


def note(
    actor: str, action: str, *, now: datetime, target: str = "", tenant_id: int | None = None, **detail: Any
) -> None:
    """Add to the platform's log."""
    PlatformEntry.objects.create(actor=actor, action=action, tenant=tenant_id, target=target, detail=detail, at=now)


def suspend(tenant_id: int, *, reason: str, actor: str, now: datetime) -> bool:
    """Shut a shop: its people see why, its keys and hooks are refused, nothing is decided or sent. False: it was shut
    already."""
    with tenant(tenant_id):
        row = Tenant.objects.select_for_update().get(id=tenant_id)
        if row.state == "suspended":
            return False
        row.state, row.revision = "suspended", row.revision + 1
        row.settings = {**row.settings, "suspended": {"reason": reason, "at": now.isoformat()}}
        row.save(update_fields=["state", "revision", "settings"])
        holding.hold(tenant_id)
        _both(row, actor, "suspended", now=now, reason=reason)
    return True


def resume(tenant_id: int, *, actor: str, now: datetime) -> bool:
    """Open a shop again: what waited goes on. False: it was open."""
    with tenant(tenant_id):
        row = Tenant.objects.select_for_update().get(id=tenant_id)
        if row.state == "active":
            return False
        row.state, row.revision = "active", row.revision + 1
        row.settings = {key: value for key, value in row.settings.items() if key != "suspended"}
        row.save(update_fields=["state", "revision", "settings"])
        holding.release(tenant_id)
        _both(row, actor, "resumed", now=now)
    return True


def set_limits(tenant_id: int, limits: Mapping[str, float], *, actor: str, now: datetime) -> None:
    """Let a tenant ask for so much; what is not named has its default."""
    with tenant(tenant_id):
        row = Tenant.objects.select_for_update().get(id=tenant_id)
        before = row.settings.get("limits", {})
        row.settings, row.revision = {**row.settings, "limits": dict(limits)}, row.revision + 1
        row.save(update_fields=["settings", "revision"])
        _both(row, actor, "limits", now=now, before=before, after=dict(limits))


def enter(tenant_id: int, *, user: User, role: str, reason: str, now: datetime) -> Member:
    """Go into a shop for an hour; who is a member of it already stays what they are there, and nothing is noted."""
    with tenant(tenant_id):
        row = Tenant.objects.get(id=tenant_id)
        member = visiting.enter(tenant_id, user=user, role=role, reason=reason, now=now)
        if member.visits_until is not None:
            note(user.email, "tenant.entered", now=now, target=row.slug, tenant_id=tenant_id, reason=reason, role=role)
    return member


def retry_dead(tenants: Sequence[int], *, actor: str, now: datetime) -> int:
    """Send the dead messages of these tenants again, the newest first, at most 500 each; gives how many."""
    done = 0
    for tenant_id in tenants:
        with tenant(tenant_id):
            dead = Outbox.objects.filter(tenant_id=tenant_id, status="dead").order_by("-id")
            ids = list(dead.values_list("id", flat=True)[:MOST_AT_ONCE])
            for message_id in ids:
                again.retry_message(message_id, tenant_id=tenant_id, now=now)
            if ids:
                row = Tenant.objects.get(id=tenant_id)
                _both(row, actor, "messages_retried", now=now, count=len(ids))
        done += len(ids)
    return done


def _both(row: Tenant, actor: str, what: str, *, now: datetime, **detail: Any) -> None:
    audit.write(row.id, actor=actor, action=f"platform.{what}", target=row.slug, detail=detail, now=now)
    note(actor, f"tenant.{what}", now=now, target=row.slug, tenant_id=row.id, **detail)
