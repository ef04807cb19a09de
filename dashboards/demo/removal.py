"""Taking the demo shop away: every row of the tenant, in every table, and nobody else's.

The tables are found in the catalogue, so that no new one can be forgotten. The owner's connection does it, for the log
of who did what takes no deletion from the application; the walls stand in its way as in anybody's, so that a forgotten
condition deletes nothing of others.
"""

from django.db import connection, connections, transaction
from psycopg import sql

from dashboards.demo.opening import TEAM
from postsale.events.record import lock_of
from postsale.tenants.models import Door, Member, Tenant, User
from postsale.tenants.scope import person, tenant

#: The queues' own name for the tenant, beside `tenant_id` of everything behind a wall.
COLUMNS = ("tenant_id", "tenant")
TABLES = """
select c.relname, a.attname from pg_class c join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attname = any(%s) and not a.attisdropped
where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by 1"""
#: A worker that decides for the tenant holds this row; whoever has it now is waited for.
LANE = "select from postsale_lane where tenant = %s for update"


class NotADemoError(Exception):
    """Only demo shops can be removed like this."""


def remove_demo(tenant_id: int) -> int:
    """Remove the demo shop whole; returns how many rows went. In no transaction of a tenant's. Raises NotADemoError."""
    _close(tenant_id)
    deleted: int = 0
    with transaction.atomic(using="admin"), connections["admin"].cursor() as cursor:
        cursor.execute("select set_config('app.tenant', %s, true)", [str(tenant_id)])
        cursor.execute(LANE, [tenant_id])
        cursor.execute("select pg_advisory_xact_lock(%s)", [lock_of(tenant_id)])
        cursor.execute(TABLES, [list(COLUMNS)])
        for table, column in cursor.fetchall():
            statement = sql.SQL("delete from {} where {} = %s").format(sql.Identifier(table), sql.Identifier(column))
            cursor.execute(statement, [tenant_id])
            deleted += int(cursor.rowcount)
        cursor.execute("delete from postsale_tenant where id = %s and is_demo", [tenant_id])
        deleted += int(cursor.rowcount)
    _forget_the_team()
    return deleted


def _close(tenant_id: int) -> None:
    """Nobody finds the way in any more: no hook, no key, no new work."""
    with tenant(tenant_id):
        held = Tenant.objects.select_for_update().filter(id=tenant_id).first()
        if held is None or not held.is_demo:
            raise NotADemoError("This is no demo shop: its orders are real, and nothing was removed.")
        Tenant.objects.filter(id=tenant_id).update(state="closed")
        Door.objects.filter(tenant=tenant_id).delete()
        with connection.cursor() as cursor:
            for queue in ("workflows_dispatch", "postsale_inbox", "postsale_deadline"):
                cursor.execute(f"delete from {queue} where tenant = %s", [tenant_id])  # noqa: S608 -- names of ours


def _forget_the_team() -> None:
    """The demo's made-up people, unless somebody has given them another shop."""
    for user in User.objects.filter(email__in=[each.email for each in TEAM]):
        with person(user.pk):
            works_elsewhere = Member.objects.filter(user_id=user.pk).exists()
        if not works_elsewhere:
            user.delete()
