"""Tenants as staff see them: found by name, with a few figures each, and nothing of what is in them.

The list comes through `platform()`, which sees names and states only; each row's figures are counted inside that tenant's
own transaction, for the rows of one page.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q

from postsale.tenants.models import AuditEntry, Member, Tenant
from postsale.tenants.scope import platform, tenant

PAGE = 25
#: Counting stops here; the page says "1,000 or more".
MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A tenant's lane: how much waits for a decision (counted up to 10,000), since when, and claims that went wrong."""

    events: int = 0
    since: datetime | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantLine:
    """A tenant with its figures. `checked_today` is what its workflows were asked about; `storage` an estimate in bytes."""

    tenant: Tenant
    members: int
    checked_today: int
    dead: int
    quarantined: int
    silent: int
    storage: int
    waiting: Waiting


def find(text: str, *, state: str = "", before: int = 0) -> tuple[list[Tenant], int]:
    """A page of tenants whose name or slug has `text` in it, newest first, and where the next begins (0: the end)."""
    with platform():
        rows = Tenant.objects.all()
        if text:
            rows = rows.filter(Q(name__icontains=text) | Q(slug__icontains=text))
        if state:
            rows = rows.filter(state=state)
        if before:
            rows = rows.filter(id__lt=before)
        found = list(rows.order_by("-id")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else 0


def names(ids: Sequence[int]) -> dict[int, Tenant]:
    """The tenants with these ids."""
    with platform():
        return Tenant.objects.in_bulk(list(ids))


def one(tenant_id: int) -> Tenant | None:
    """A tenant, or None."""
    return names([tenant_id]).get(tenant_id)


def described(tenants: Sequence[Tenant], *, now: datetime) -> list[TenantLine]:
    """The tenants with their figures: one short transaction a tenant, so give it one page."""
    waiting = waiting_of([each.id for each in tenants])
    return [_line(each, waiting.get(each.id, Waiting()), now=now) for each in tenants]


def waiting_of(ids: Sequence[int]) -> dict[int, Waiting]:
    """What waits in the lanes of these tenants. One query, of tables that hold ids and times only."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [list(ids)])
        return {row[0]: Waiting(attempts=row[1], since=row[2], events=row[3]) for row in cursor}


def people(tenant_id: int) -> list[tuple[str, str]]:
    """The addresses and roles of a tenant's members."""
    with tenant(tenant_id):
        rows = Member.objects.filter(tenant_id=tenant_id).order_by("created_at", "id")[:200]
        return [(row.email, row.get_role_display()) for row in rows]


def latest(tenant_id: int) -> list[AuditEntry]:
    """The last entries of a tenant's own audit log that speak of the platform."""
    with tenant(tenant_id):
        rows = AuditEntry.objects.filter(tenant_id=tenant_id, action__startswith="platform.")
        return list(rows.order_by("-at")[:20])


def _line(each: Tenant, waiting: Waiting, *, now: datetime) -> TenantLine:
    today = now.astimezone(ZoneInfo(each.timezone)).date()
    with tenant(each.id), connection.cursor() as cursor:
        cursor.execute(FIGURES, {"tenant": each.id, "today": today, "silent": now - timedelta(days=1), "most": MOST})
        members, checked, dead, quarantined, silent = cursor.fetchone()
        storage = _storage(cursor, each.id)
    return TenantLine(
        tenant=each, members=members, checked_today=int(checked), dead=dead, quarantined=quarantined, silent=silent,
        storage=storage, waiting=waiting,
    )  # fmt: skip


def _storage(cursor: Any, tenant_id: int) -> int:
    """Bytes, roughly: the planner's estimate of the tenant's events times what an event takes with all that hangs on it."""
    cursor.execute("explain (format json) select from postsale_event where tenant_id = %s", [tenant_id])
    plan = cursor.fetchone()[0]
    rows = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"]
    cursor.execute(EVENT_BYTES)
    return int(rows * (cursor.fetchone()[0] or 0))


WAITING = """
select l.tenant, l.attempts, first.received_at, coalesce(many.n, 0) from postsale_lane l
left join lateral (select received_at from postsale_inbox i where i.tenant = l.tenant order by seq limit 1) first on true
left join lateral (select count(*) n from (select from postsale_inbox i where i.tenant = l.tenant limit 10000) s) many
  on first.received_at is not null
where l.tenant = any(%s)"""

FIGURES = """
select (select count(*) from postsale_member where tenant_id = %(tenant)s and visits_until is null),
  (select coalesce(sum(count), 0) from workflows_occasion where tenant_id = %(tenant)s and day = %(today)s),
  (select count(*) from (select from workflows_outbox where tenant_id = %(tenant)s and status = 'dead' limit %(most)s) d),
  (select count(*) from (select from postsale_quarantine where tenant_id = %(tenant)s and state = 'open' limit %(most)s) q),
  (select count(*) from postsale_connection where tenant_id = %(tenant)s and state <> 'disabled'
    and last_event_at < %(silent)s)"""

#: All tables' bytes over all events: orders, runs and messages come along with the events that made them.
EVENT_BYTES = """
select pg_database_size(current_database())::float8 / greatest(1, (
  select sum(greatest(c.reltuples, 0)) from pg_class c join pg_inherits i on i.inhrelid = c.oid
  where i.inhparent = 'postsale_event'::regclass))"""
