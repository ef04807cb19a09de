"""Ending runs by hand: cancelled with their workflow, or one by one by a person; resumed before their time."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from workflows.definitions.models import Workflow


class NotWaitingError(Exception):
    """The run doesn't wait: there is nothing to cancel or to resume."""


def cancel_waiting(workflow: Workflow, now: datetime) -> Sequence[UUID]:
    """Cancel all runs of `workflow` that wait; their deadlines and places go with them."""
    return _cancel("workflow_id = %s", workflow.id, workflow.tenant_id, "the workflow was archived", now)


def cancel(run_id: UUID, *, tenant_id: int, by: str, now: datetime) -> None:
    """Cancel one waiting run. Raises NotWaitingError."""
    if not _cancel("id = %s", run_id, tenant_id, f"cancelled by {by}", now):
        raise NotWaitingError


def cancel_many(run_ids: Sequence[UUID], *, tenant_id: int, by: str, now: datetime) -> int:
    """Cancel those of the runs that wait; how many did."""
    return len(_cancel("id = any(%s)", list(run_ids), tenant_id, f"cancelled by {by}", now))


def _cancel(which: str, value: UUID | list[UUID], tenant_id: int, reason: str, now: datetime) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"update workflows_run set state = 'cancelled', finished_at = %s, wake_at = null, reason = %s "  # noqa: S608 -- constants
            f"where tenant_id = %s and state = 'waiting' and {which} returning id",
            [now, reason, tenant_id, value],
        )
        ids = [run_id for (run_id,) in cursor.fetchall()]
        if ids:
            cursor.execute("delete from postsale_deadline where kind = 'run' and target = any(%s)", [ids])
            cursor.execute(
                "delete from workflows_runkey where tenant_id = %s and run_id = any(%s) and fired_at is null",
                [tenant_id, ids],
            )
            cursor.execute(
                "update workflows_steprun set state = 'skipped', at = %s where tenant_id = %s and run_id = any(%s) "
                "and state = 'waiting'",
                [now, tenant_id, ids],
            )
    return ids


def resume_now(run_id: UUID, *, tenant_id: int, now: datetime) -> None:
    """Let a waiting run go on at once: its deadline is due now. Raises NotWaitingError."""
    if not resume_many([run_id], tenant_id=tenant_id, now=now):
        raise NotWaitingError


def resume_many(run_ids: Sequence[UUID], *, tenant_id: int, now: datetime) -> int:
    """Let those of the runs go on at once that wait in their steps; how many did. The others decide in their own time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update workflows_run set wake_at = %s where tenant_id = %s and id = any(%s) and state = 'waiting' "
            "and machine->>'phase' in ('steps', 'retry') returning id",
            [now, tenant_id, list(run_ids)],
        )
        ids = [run_id for (run_id,) in cursor.fetchall()]
        cursor.execute("update postsale_deadline set due_at = %s where kind = 'run' and target = any(%s)", [now, ids])
        cursor.execute("select pg_notify('postsale_work', '')")
    return len(ids)
