"""What actions hand to the outbox, and the writer that stores a batch of it: messages, their queue, in-app
notifications.

In-app notifications are delivered by being stored; e-mails and webhooks are queued for `workflows.runs.deliver`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, cast
from uuid import UUID

import msgspec
from django.db import connection

from postsale.live.push import push
from postsale.live.topics import Topic
from postsale.tenants.ids import new_id
from workflows.catalog.calendars import calendar_of
from workflows.catalog.fields import kind_of
from workflows.catalog.reading import moment_text
from workflows.catalog.shelf import Moment, Unit, Writer
from workflows.engine.evaluate import Check, compile_condition
from workflows.engine.grammar import Condition, Group
from workflows.engine.phrases import Phrases, render_condition
from workflows.engine.reading import Reader

OUTBOX = "outbox"
#: The kind of topic that a member's bell watches; its key is the member's id.
NOTICES = "notices"
#: What we put together (all gates under one `all`) may be deeper than a person may write.
DEEPER = -8


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one recipient. `content` is what workflows.runs.models.Outbox says of it.

    `guard` is a condition in document form that must not have become false when the message leaves; `member_id` says
    whose in-app notification it is.
    """

    kind: Literal["email", "notification", "webhook"]
    to: str
    content: Mapping[str, object]
    run_id: UUID
    step: str
    order_id: UUID | None
    shipment_id: UUID | None
    at: datetime
    subject: str = ""
    is_customer: bool = False
    status: Literal["queued", "sent", "suppressed"] = "queued"
    reason: str = ""
    guard: Mapping[str, object] | None = None
    event: Mapping[str, object] | None = None
    member_id: UUID | None = None


def guard_of(moment: Moment) -> dict[str, object] | None:
    """What must still hold when the message leaves, as a document: the step's own guard and what brought the run here.

    The latter only where it holds now: a run that a person sent on although its reason has gone may still write.
    """
    parts: list[Condition] = [] if moment.guard is None else [moment.guard]
    keep = moment.keep
    if keep is not None:
        check = _check(msgspec.json.encode(render_condition(keep)))
        if check.holds(moment.facts, moment.now, calendar_of(moment.shop)) is True:
            parts.append(keep)
    if not parts:
        return None
    return render_condition(parts[0] if len(parts) == 1 else Group(kind="all", of=tuple(parts)))


@lru_cache(maxsize=1024)
def _check(document: bytes) -> Check:
    """A condition, ready to be asked: the same few stand before every message of a workflow."""
    condition = Phrases(Reader()).condition(msgspec.json.decode(document), "", depth=DEEPER)
    if condition is None:
        raise ValueError("not a condition")
    return compile_condition(condition, kind_of)


def event_of(moment: Moment) -> dict[str, object]:
    """The facts of the run's event as JSON can carry them."""
    return cast("dict[str, object]", msgspec.to_builtins(moment_text(moment.event), enc_hook=str))


def store(unit: Unit, rows: Sequence[object]) -> None:
    """Store the messages, queue those that must leave, and file those for members: at most four statements."""
    messages = [(new_id(), row) for row in rows if isinstance(row, Message)]
    queued = [(key, row) for key, row in messages if row.status == "queued"]
    filed = [row for _, row in messages if row.kind == "notification"]
    with connection.cursor() as cursor:
        _insert(cursor, OUTBOX_SQL, unit.tenant_id, [_message(key, row) for key, row in messages])
        _insert(cursor, DISPATCH_SQL, unit.tenant_id, [{"id": str(key), "kind": row.kind} for key, row in queued])
        _insert(cursor, NOTIFICATION_SQL, unit.tenant_id, [_notification(row) for row in filed])
    told = dict.fromkeys(row.member_id for row in filed if row.member_id is not None)
    push((Topic(tenant_id=unit.tenant_id, kind=NOTICES, key=member_id.hex), None) for member_id in told)


OUTBOX_WRITER = Writer(key=OUTBOX, store=store)

OUTBOX_SQL = """
insert into workflows_outbox (tenant_id, id, kind, is_customer, "to", subject, content, status, reason, attempts, run_id,
  step, order_id, shipment_id, guard, event, created_at, sent_at)
select %s, m.id, m.kind, m.is_customer, m."to", m.subject, m.content, m.status, m.reason, 0, m.run_id, m.step,
  m.order_id, m.shipment_id, m.guard, m.event, m.at, case when m.status = 'sent' then m.at end
from jsonb_to_recordset(%s::jsonb) as m(id uuid, kind text, is_customer bool, "to" text, subject text, content jsonb,
  status text, reason text, run_id uuid, step text, order_id uuid, shipment_id uuid, guard jsonb, event jsonb,
  at timestamptz)"""

DISPATCH_SQL = """
insert into workflows_dispatch (tenant, outbox_id, kind, next_at, attempts)
select %s, m.id, m.kind, clock_timestamp(), 0 from jsonb_to_recordset(%s::jsonb) as m(id uuid, kind text)"""

NOTIFICATION_SQL = """
insert into workflows_notification (tenant_id, id, member_id, subject, body, order_id, run_id, created_at)
select %s, m.* from jsonb_to_recordset(%s::jsonb) as m(id uuid, member_id uuid, subject text, body text, order_id uuid,
  run_id uuid, at timestamptz)"""


def _insert(cursor: Any, sql: str, tenant_id: int, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        cursor.execute(sql, [tenant_id, msgspec.json.encode(rows).decode()])


def _message(key: UUID, row: Message) -> dict[str, object]:
    return {
        "id": str(key), "kind": row.kind, "is_customer": row.is_customer, "to": row.to[:400],
        "subject": row.subject[:300], "content": dict(row.content), "status": row.status, "reason": row.reason,
        "run_id": str(row.run_id), "step": row.step, "order_id": _id(row.order_id),
        "shipment_id": _id(row.shipment_id), "guard": row.guard, "event": dict(row.event or {}),
        "at": row.at.isoformat(),
    }  # fmt: skip


def _notification(row: Message) -> dict[str, object]:
    return {
        "id": str(new_id()), "member_id": _id(row.member_id), "subject": row.subject[:300],
        "body": row.content.get("text", ""), "order_id": _id(row.order_id), "run_id": str(row.run_id),
        "at": row.at.isoformat(),
    }  # fmt: skip


def _id(value: UUID | None) -> str | None:
    return str(value) if value is not None else None
