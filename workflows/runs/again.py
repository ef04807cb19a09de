"""Once more, because a person says so: a run that failed goes on at the step that failed, a dead message is queued."""

from datetime import datetime
from uuid import UUID

from django.db import connection

from workflows.definitions.compile import BrokenVersionError, compile_version
from workflows.runs.models import Dispatch, Outbox, Run


class NotOverError(Exception):
    """It didn't fail, so there is nothing to try again."""


DEADLINE = """
insert into postsale_deadline (kind, tenant, target, due_at, order_id, shipment_id) values ('run', %s, %s, %s, %s, %s)
on conflict (kind, target) do update set due_at = excluded.due_at"""


def retry_run(run_id: UUID, *, tenant_id: int, now: datetime) -> None:
    """Let a failed run do its failed step again at once. Raises NotOverError, Run.DoesNotExist."""
    run = Run.objects.select_for_update().get(tenant_id=tenant_id, id=run_id)
    if run.state != "failed":
        raise NotOverError
    try:
        pending = compile_version(run.version_id).again(run.machine["state"])
    except (BrokenVersionError, KeyError) as error:
        raise NotOverError from error
    run.machine = {**run.machine, "phase": "retry", "state": pending}
    run.state, run.wake_at, run.finished_at = "waiting", now, None
    run.save(update_fields=["state", "machine", "wake_at", "finished_at"])
    with connection.cursor() as cursor:
        cursor.execute(DEADLINE, [tenant_id, run_id, now, run.order_id, run.shipment_id])
        cursor.execute("select pg_notify('postsale_work', '')")


def retry_message(message_id: UUID, *, tenant_id: int, now: datetime) -> None:
    """Queue a message that failed or is dead, with all its attempts before it. Raises NotOverError, Outbox.DoesNotExist."""
    message = Outbox.objects.select_for_update().get(tenant_id=tenant_id, id=message_id)
    if message.status not in ("failed", "dead"):
        raise NotOverError
    message.status, message.attempts, message.reason = "queued", 0, ""
    message.save(update_fields=["status", "attempts", "reason"])
    Dispatch.objects.update_or_create(
        outbox_id=message_id,
        defaults={"tenant": tenant_id, "kind": message.kind, "next_at": now, "attempts": 0, "token": None},
    )
    with connection.cursor() as cursor:
        cursor.execute("select pg_notify('postsale_work', '')")


AGAIN = """
with mine as (
  update workflows_outbox set status = 'queued', attempts = 0, reason = '' where tenant_id = %s and id in (
    select id from workflows_outbox where tenant_id = %s and status = 'dead' order by id desc limit %s for update)
  returning id, kind
)
insert into workflows_dispatch (outbox_id, tenant, kind, next_at, attempts)
select id, %s, kind, %s, 0 from mine
on conflict (outbox_id) do update set next_at = excluded.next_at, attempts = 0, token = null"""


def retry_given_up(*, tenant_id: int, most: int, now: datetime) -> int:
    """Queue the tenant's dead messages again, the newest `most` of them; gives how many."""
    with connection.cursor() as cursor:
        cursor.execute(AGAIN, [tenant_id, tenant_id, most, tenant_id, now])
        n = int(cursor.rowcount)
        cursor.execute("select pg_notify('postsale_work', '')")
    return n
