"""Refuse to serve anybody when the walls could be walked around: checked before the first request."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

ROLE = """select r.rolsuper, r.rolbypassrls,
  exists(select from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'public' and c.relkind in ('r', 'p') and pg_has_role(current_user, c.relowner, 'member'))
from pg_roles r where r.rolname = current_user"""

#: Tables with a `tenant_id` that are not forced behind a policy that checks reads and writes.
OPEN_TABLES = """select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition
  and not (c.relrowsecurity and c.relforcerowsecurity and exists(
    select from pg_policy p where p.polrelid = c.oid and not p.polpermissive and p.polcmd = '*'
      and p.polqual is not null and p.polwithcheck is not null))
order by 1"""

#: Partitions can be named directly, past their parent's policy: row security without a policy shows nothing.
OPEN_PARTITIONS = """select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
where n.nspname = 'public' and c.relkind in ('r', 'p') and c.relispartition
  and not (c.relrowsecurity and c.relforcerowsecurity)
  and has_table_privilege(current_user, c.oid, 'select') order by 1"""

#: Views that look with their owner's eyes, and materialised ones, which have no policies at all.
OPEN_VIEWS = """select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'public' and (c.relkind = 'm' or c.relkind = 'v' and not coalesce(c.reloptions::text, '') like
  '%security_invoker=true%') order by 1"""


class UnsafeDatabaseError(RuntimeError):
    """The database would not keep tenants apart; the message says why."""


def refuse_unsafe_role(connection: BaseDatabaseWrapper) -> None:
    """Raise UnsafeDatabaseError unless this role owns nothing, bypasses nothing, and every wall stands."""
    with connection.cursor() as cursor:
        problems = problems_of(cursor)
    if problems:
        raise UnsafeDatabaseError("Postsale does not start: " + "; ".join(problems) + ".")


def problems_of(cursor: Any) -> list[str]:
    """What stands against serving tenants from this connection, in words; empty when all is well."""
    cursor.execute(ROLE)
    is_super, bypasses, owns = cursor.fetchone()
    found = []
    if is_super:
        found.append("its database role is a superuser, whom row-level security does not bind")
    if bypasses:
        found.append("its database role may bypass row-level security")
    if owns and not is_super:
        found.append("its database role owns tables and could open them")
    for query, words in (
        (OPEN_TABLES, "tables of tenants without a forced policy"),
        (OPEN_PARTITIONS, "partitions of tenants' tables without row-level security"),
        (OPEN_VIEWS, "views that row-level security does not reach"),
    ):
        cursor.execute(query)
        names = [name for (name,) in cursor.fetchall()]
        if names:
            found.append(f"{words}: {', '.join(names)}")
    return found
