"""Persisting: what a batch decided, in a handful of bulk statements inside the deciding transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from workflows.runs.state import Emitted, Key, Keys, RunState, StepRow

_encode = msgspec.json.Encoder().encode


def text(value: object) -> str:
    """A JSON text for a jsonb column."""
    return _encode(value).decode()


RUNS = """
insert into workflows_run (tenant_id, id, workflow_id, version_id, version, order_id, shipment_id, event_id, event,
  is_watch, state, machine, subject, nth, reason, started_at, finished_at, wake_at)
select %s, r.* from jsonb_to_recordset(%s::jsonb) as r(id uuid, workflow_id uuid, version_id uuid, version int,
  order_id uuid, shipment_id uuid, event_id uuid, event jsonb, is_watch bool, state text, machine jsonb, subject text,
  nth int, reason text, started_at timestamptz, finished_at timestamptz, wake_at timestamptz)
on conflict (id) do update set order_id = excluded.order_id, shipment_id = excluded.shipment_id, state = excluded.state,
  machine = excluded.machine, subject = excluded.subject, nth = excluded.nth, reason = excluded.reason,
  finished_at = excluded.finished_at, wake_at = excluded.wake_at"""

STEPS = """
insert into workflows_steprun (tenant_id, run_id, step, position, kind, state, at, attempts, verdict, result, error)
select %s, s.* from jsonb_to_recordset(%s::jsonb) as s(run_id uuid, step text, position int, kind text, state text,
  at timestamptz, attempts int, verdict jsonb, result jsonb, error text)"""
#: A step is written again only when it waited or failed before: a done action can't be done twice.
AGAIN = """ on conflict (run_id, step) do update set state = excluded.state, at = excluded.at,
  attempts = excluded.attempts, verdict = excluded.verdict, result = excluded.result, error = excluded.error
  where workflows_steprun.state in ('waiting', 'failed')"""

KEYS = """
insert into workflows_runkey (tenant_id, workflow_id, is_watch, subject, nth, run_id, fired_at)
select %s, k.* from unnest(%s::uuid[], %s::bool[], %s::text[], %s::int[], %s::uuid[], %s::timestamptz[]) k"""


def runs(tenant_id: int, states: Sequence[RunState]) -> None:
    """Write the runs that changed, their steps and their deadlines; those that never fired vanish."""
    dirty = [run for run in states if run.is_dirty and not (run.is_new and run.is_gone)]
    gone = [run.id for run in dirty if run.is_gone]
    kept = [run for run in dirty if not run.is_gone]
    with connection.cursor() as cursor:
        if gone:
            cursor.execute("delete from workflows_run where tenant_id = %s and id = any(%s)", [tenant_id, gone])
        if kept:
            _runs(cursor, tenant_id, kept)
        steps = [(run.id, step, run.is_new) for run in kept for step in run.steps.values()]
        _steps(cursor, tenant_id, [(run_id, step) for run_id, step, is_new in steps if is_new], "")
        _steps(cursor, tenant_id, [(run_id, step) for run_id, step, is_new in steps if not is_new], AGAIN)
        _deadlines(cursor, tenant_id, dirty)


def _runs(cursor: Any, tenant_id: int, kept: Sequence[RunState]) -> None:
    rows = [
        {
            "id": run.id, "workflow_id": run.workflow.id, "version_id": run.workflow.version_id,
            "version": run.workflow.number, "order_id": run.order.id if run.order else None,
            "shipment_id": run.parcel.id if run.parcel else None, "event_id": run.event_id, "event": run.event,
            "is_watch": run.is_watch, "state": run.state, "machine": run.remember(), "subject": run.subject,
            "nth": run.nth, "reason": run.reason, "started_at": run.started_at, "finished_at": run.finished_at,
            "wake_at": run.wake_at,
        }
        for run in kept
    ]  # fmt: skip
    cursor.execute(RUNS, [tenant_id, text(rows)])


def _steps(cursor: Any, tenant_id: int, steps: Sequence[tuple[UUID, StepRow]], ending: str) -> None:
    if not steps:
        return
    rows = [
        {
            "run_id": run_id, "step": step.step, "position": step.position, "kind": step.kind, "state": step.state,
            "at": step.at, "attempts": step.attempts, "verdict": step.verdict, "result": step.result,
            "error": step.error,
        }
        for run_id, step in steps
    ]  # fmt: skip
    cursor.execute(STEPS + ending, [tenant_id, text(rows)])


def _deadlines(cursor: Any, tenant_id: int, dirty: Sequence[RunState]) -> None:
    waiting = [run for run in dirty if run.state == "waiting" and not run.is_gone]
    over = [run.id for run in dirty if not run.is_new and (run.is_gone or run.state != "waiting")]
    if over:
        cursor.execute("delete from postsale_deadline where kind = 'run' and target = any(%s)", [over])
    if waiting:
        cursor.execute(
            "insert into postsale_deadline (kind, tenant, target, due_at, order_id, shipment_id) "
            "select 'run', %s, d.* from unnest(%s::uuid[], %s::timestamptz[], %s::uuid[], %s::uuid[]) d "
            "on conflict (kind, target) do update set due_at = excluded.due_at, order_id = excluded.order_id, "
            "shipment_id = excluded.shipment_id",
            [tenant_id, [r.id for r in waiting], [r.wake_at for r in waiting],
             [r.order.id if r.order else None for r in waiting], [r.parcel.id if r.parcel else None for r in waiting]],
        )  # fmt: skip


def keys(tenant_id: int, held: Keys) -> None:
    """Give back, use up and take places of once_per. A place that somebody else took fails the whole batch."""
    changed: list[Key] = [key for key in held if key.is_new or key.is_dirty or key.is_gone]
    gone = [key for key in changed if key.is_gone and not key.is_new]
    new = [key for key in changed if key.is_new and not key.is_gone]
    fired = [key for key in changed if key.is_dirty and not key.is_new and not key.is_gone]
    with connection.cursor() as cursor:
        if gone:
            cursor.execute(
                "delete from workflows_runkey k using unnest(%s::uuid[], %s::text[]) g(run_id, subject) "
                "where k.tenant_id = %s and k.subject = g.subject and k.run_id = g.run_id and k.fired_at is null",
                [[key.run_id for key in gone], [key.subject for key in gone], tenant_id],
            )
        if fired:
            cursor.execute(
                "update workflows_runkey k set fired_at = f.at from unnest(%s::uuid[], %s::text[], %s::timestamptz[]) "
                "f(run_id, subject, at) where k.tenant_id = %s and k.subject = f.subject and k.run_id = f.run_id",
                [
                    [key.run_id for key in fired],
                    [key.subject for key in fired],
                    [key.fired_at for key in fired],
                    tenant_id,
                ],
            )
        if new:
            cursor.execute(KEYS, [
                tenant_id, [k.workflow_id for k in new], [k.is_watch for k in new], [k.subject for k in new],
                [k.nth for k in new], [k.run_id for k in new], [k.fired_at for k in new],
            ])  # fmt: skip


EMITTED = """
insert into postsale_event (tenant_id, id, type, source, external_id, occurred_at, received_at, is_backfill, data, flags,
  actor, lineage)
select %s, e.id, e.type, 'postsale', e.external_id, e.at, e.at, false, e.data, '[]'::jsonb, e.actor, e.lineage
from jsonb_to_recordset(%s::jsonb)
  as e(id uuid, type text, external_id text, at timestamptz, data jsonb, actor jsonb, lineage jsonb)"""


def events(tenant_id: int, emitted: Sequence[Emitted], subjects: Sequence[tuple[UUID, UUID]]) -> None:
    """Record the changes that workflows made as events, and which subjects this batch's events are about."""
    about = {*subjects, *((subject, event.id) for event in emitted for subject in event.subjects)}
    with connection.cursor() as cursor:
        if emitted:
            cursor.execute(EMITTED, [tenant_id, text(emitted)])
        if about:
            cursor.execute(
                "insert into postsale_eventsubject (tenant_id, subject_id, event_id) "
                "select %s, * from unnest(%s::uuid[], %s::uuid[]) on conflict do nothing",
                [tenant_id, [subject for subject, _ in about], [event for _, event in about]],
            )


def inbox(tenant_id: int, done: Sequence[int]) -> None:
    """The events are decided."""
    if done:
        with connection.cursor() as cursor:
            cursor.execute("delete from postsale_inbox where tenant = %s and seq = any(%s)", [tenant_id, list(done)])


def parked(tenant_id: int, waits: Sequence[tuple[UUID, tuple[str, str]]], met: Sequence[tuple[str, str]]) -> None:
    """Park events that name a subject we have not met; bring those back whose subject was just met."""
    with connection.cursor() as cursor:
        if waits:
            cursor.execute(
                "insert into postsale_parked (tenant_id, event_id, namespace, value) "
                "select %s, * from unnest(%s::uuid[], %s::text[], %s::text[]) on conflict do nothing",
                [tenant_id, [event for event, _ in waits], [ref[0] for _, ref in waits], [ref[1] for _, ref in waits]],
            )
        if met:
            cursor.execute(
                "with back as (delete from postsale_parked where tenant_id = %s and (namespace, value) in "
                "(select * from unnest(%s::text[], %s::text[])) returning event_id) "
                "insert into postsale_inbox (tenant, event_id, received_at) "
                "select %s, e.id, e.received_at from postsale_event e join back on e.id = back.event_id "
                "order by e.received_at, e.id",
                [tenant_id, [ns for ns, _ in met], [value for _, value in met], tenant_id],
            )


def opt_outs(tenant_id: int, rows: Sequence[tuple[str, str, datetime]]) -> None:
    """Remember who must not be mailed."""
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into postsale_unreachable (tenant_id, id, email, reason, at) select %s, gen_random_uuid(), * "
                "from unnest(%s::text[], %s::text[], %s::timestamptz[]) on conflict do nothing",
                [tenant_id, [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows]],
            )
