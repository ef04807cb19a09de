"""Put the walls up: policies, grants, composite keys and monthly partitions. Idempotent; run as the owner after each
migrate.

The policies stand on every table that has a `tenant_id`, found in the catalogue, so that no new table can be forgotten.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.operations.models import CreateModel

from postsale.tenants.ownership import Log, TenantOwned

CURRENT = "(select nullif(current_setting('app.tenant', true), '')::bigint)"
PERSON = "(select nullif(current_setting('app.person', true), '')::bigint)"
#: Staff's pages read the list of tenants, in a transaction that can't write (`postsale.tenants.scope.platform`).
PLATFORM = "(select current_setting('app.platform', true) = 'on')"
#: Tables whose wall is not simply `tenant_id = the current tenant`: (who may be read, who may be written).
SPECIAL = {
    "postsale_member": (f"tenant_id = {CURRENT} or user_id = {PERSON}", f"tenant_id = {CURRENT}"),
    "postsale_tenant": (
        f"id = {CURRENT} or {PLATFORM} or id in (select tenant_id from postsale_member where user_id = {PERSON})",  # noqa: S608
        f"id = {CURRENT}",
    ),
}
APPEND_ONLY = ("postsale_auditentry", "dashboards_platformentry")
READ_ONLY = ("django_migrations",)


class CreateLog(CreateModel):
    """CreateModel for a `Log`: the same table, partitioned by range of its UUIDv7 key."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Create the partitioned table and its indexes."""
        model = to_state.apps.get_model(app_label, self.name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        sql, params = schema_editor.table_sql(model)
        schema_editor.execute(f"{sql} partition by range ({partition_column(model)})", params)
        schema_editor.deferred_sql.extend(schema_editor._model_indexes_sql(model))  # noqa: SLF001 -- as create_model does


def partition_column(model: type[models.Model]) -> str:
    """The column that a Log is partitioned by: `id`, or the uuid of what it belongs to."""
    pk = model._meta.pk
    if isinstance(pk, models.CompositePrimaryKey):
        return "run_id" if "run_id" in pk.field_names else "event_id"
    return "id"


def protect(connection: BaseDatabaseWrapper) -> None:
    """Bring policies, keys, partitions and grants up to what the models and the catalogue ask for."""
    role = settings.DATABASES["default"]["USER"]
    with connection.cursor() as cursor:
        _months(cursor)
        _policies(cursor)
        _keys(cursor)
        _grants(cursor, role)
        _schedule(cursor, role)


def logs() -> list[type[models.Model]]:
    """The partitioned models."""
    return [model for model in apps.get_models() if issubclass(model, Log)]


def _months(cursor: Any) -> None:
    cursor.execute(FIRST_ID)
    tables = ", ".join(f"'{model._meta.db_table}'" for model in logs())
    cursor.execute(
        f"""
        create or replace function postsale_month(at timestamptz) returns void
        language plpgsql security definer set search_path = public, pg_temp as $$
        declare
          starts timestamptz := date_trunc('month', at at time zone 'UTC') at time zone 'UTC';
          ends timestamptz := (date_trunc('month', at at time zone 'UTC') + interval '1 month') at time zone 'UTC';
          suffix text := to_char(starts at time zone 'UTC', '"_y"YYYY"m"MM');
          parent text;
        begin
          if at < '1970-02-01' or at > clock_timestamp() + interval '400 days' then raise exception 'no partition for
          %', at; end if;
          perform pg_advisory_xact_lock(7465, 1);
          foreach parent in array array[{tables}] loop
            if to_regclass(parent || suffix) is null then
              execute format('create table %I partition of %I for values from (%L) to (%L)', parent || suffix, parent,
                postsale_first_id(starts), postsale_first_id(ends));
              execute format('alter table %I enable row level security', parent || suffix);
              execute format('alter table %I force row level security', parent || suffix);
            end if;
          end loop;
        end $$"""  # noqa: S608
    )
    now = datetime.now(tz=UTC)
    for ahead in range(-1, 3):
        month = (now.month - 1 + ahead) % 12 + 1
        year = now.year + (now.month - 1 + ahead) // 12
        cursor.execute("select postsale_month(%s)", [datetime(year, month, 2, tzinfo=UTC)])


FIRST_ID = """
create or replace function postsale_first_id(at timestamptz) returns uuid language sql immutable
set search_path = public, pg_temp as $$
  select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $$"""


def _policies(cursor: Any) -> None:
    cursor.execute(
        """select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
           join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
           where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by 1"""
    )
    tables = [name for (name,) in cursor.fetchall()]
    for table in [*tables, "postsale_tenant"]:
        read, write = SPECIAL.get(table, (f"tenant_id = {CURRENT}", f"tenant_id = {CURRENT}"))
        cursor.execute(f"alter table {table} enable row level security")
        cursor.execute(f"alter table {table} force row level security")
        cursor.execute(f"drop policy if exists tenant_floor on {table}")
        cursor.execute(f"drop policy if exists tenant_rows on {table}")
        cursor.execute(f"create policy tenant_floor on {table} as restrictive using ({read}) with check ({write})")
        cursor.execute(f"create policy tenant_rows on {table} as permissive using (true) with check (true)")


def _keys(cursor: Any) -> None:
    cursor.execute("select conname from pg_constraint where contype = 'f'")
    known = {name for (name,) in cursor.fetchall()}
    for model, link in _links():
        child, parent = model._meta.db_table, link.related_model._meta.db_table
        name = f"{child}_{link.column}_tenant"[:63]
        if name not in known:
            cursor.execute(
                f"alter table {child} add constraint {name} foreign key (tenant_id, {link.column}) "
                f"references {parent} (tenant_id, id) on delete cascade"
            )


def _schedule(cursor: Any, role: str) -> None:
    """The application may note when django-q2's one schedule runs next, and nothing else: whoever can write there
    chooses what the workers run (RELIABILITY F10)."""
    cursor.execute("select to_regclass('public.django_q_schedule') is not null")
    if not cursor.fetchone()[0]:
        return
    quoted = '"' + role.replace('"', '""') + '"'
    cursor.execute(f"revoke all on django_q_schedule from {quoted}")
    cursor.execute(f"grant select, update on django_q_schedule to {quoted}")
    cursor.execute("alter table django_q_schedule enable row level security")
    for policy in ("seen", "kept"):
        cursor.execute(f"drop policy if exists {policy} on django_q_schedule")
    cursor.execute("create policy seen on django_q_schedule for select using (true)")
    cursor.execute(
        "create policy kept on django_q_schedule for update using (true) with check (name = 'sweep' and func = %s "
        "and coalesce(args, '') = '' and coalesce(kwargs, '') in ('', '{}') and coalesce(hook, '') = '')",
        [settings.POSTSALE_DRAIN],
    )


def _links() -> Iterable[tuple[type[models.Model], Any]]:
    for model in apps.get_models():
        for link in model._meta.get_fields():
            if isinstance(link, models.ForeignKey) and not link.deconstruct()[3].get("db_constraint", True):
                parent = link.related_model
                if issubclass(parent, TenantOwned):
                    yield model, link


def _grants(cursor: Any, role: str) -> None:
    quoted = '"' + role.replace('"', '""') + '"'
    cursor.execute("revoke all on schema public from public")
    cursor.execute(f"grant usage on schema public to {quoted}")
    cursor.execute(
        """select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where n.nspname = 'public' and relkind in ('r', 'p') and not relispartition order by 1"""
    )
    for (table,) in cursor.fetchall():
        rights = (
            "select"
            if table in READ_ONLY
            else "select, insert"
            if table in APPEND_ONLY
            else "select, insert, update, delete"
        )
        cursor.execute(f"revoke all on {table} from {quoted}")
        cursor.execute(f"grant {rights} on {table} to {quoted}")
    cursor.execute(f"grant usage, select on all sequences in schema public to {quoted}")
    cursor.execute("revoke all on all functions in schema public from public")
    cursor.execute(f"grant execute on function postsale_month(timestamptz), postsale_first_id(timestamptz) to {quoted}")
