"""Writing down what became of messages: the message, its place in the queue, and the step that wrote it.

Must run in the tenant's transaction. Nothing is written by whoever lost the claim on a message to another worker.
"""

import json
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection

from workflows.runs.kept import MOST_ANSWERS
from workflows.runs.models import Outbox
from workflows.runs.send import Fate

MOST_ATTEMPTS = 10
#: How long to wait after the nth attempt (https://github.com/standard-webhooks/standard-webhooks): about 75 h in all.
PAUSES = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip
LONGEST_PAUSE = timedelta(hours=24)
JITTER = 0.1


def pause_after(attempts: int, *, asked: timedelta | None = None) -> timedelta:
    """How long to wait after `attempts` (≥ 1), at most a tenth longer by chance; a receiver may ask for more, up to a day."""
    pause = PAUSES[min(attempts, len(PAUSES)) - 1]
    pause *= 1 + JITTER * secrets.randbelow(1000) / 1000
    return max(pause, min(asked or timedelta(), LONGEST_PAUSE))


def settle(row: Outbox, fate: Fate, *, token: UUID, attempts: int, now: datetime) -> bool:
    """Write down `fate`; False, and nothing is written, when the claim with `token` is not ours any more."""
    if fate.status == "failed" and attempts >= MOST_ATTEMPTS:
        fate = replace(fate, status="dead", words=f"given up after {attempts} attempts: {fate.words}")
    pause = pause_after(attempts, asked=fate.after) if fate.status == "failed" else None
    if not _leave_queue(row.id, token, pause):
        return False
    row.status, row.attempts = fate.status, attempts
    row.reason = "" if fate.status == "sent" else fate.words
    row.sent_at = now if fate.status == "sent" else None
    changed = ["status", "attempts", "reason", "sent_at"]
    if fate.letter is not None:
        row.letter = fate.letter
        changed.append("letter")
    if fate.answer is not None:
        row.answers = [*(row.answers or ()), fate.answer][-MOST_ANSWERS:]
        changed.append("answers")
    row.save(update_fields=changed)
    tell_step(row, words=_words(fate, row, now, pause))
    return True


def tell_step(row: Outbox, *, words: str) -> None:
    """Show on the run's step what became of its message: among its messages, and as its own words if it wrote but one."""
    if row.run_id is None:
        return
    seen = json.dumps({str(row.id): {"to": row.to, "status": row.status, "words": words}})
    alone = row.is_customer or row.kind == "webhook"
    state = {"suppressed": "suppressed", "dead": "failed"}.get(row.status, "done")
    with connection.cursor() as cursor:
        cursor.execute(TELL, [seen, row.tenant_id, row.run_id, row.step])
        if alone:
            error = row.reason if row.status == "dead" else ""
            cursor.execute(
                TELL_ALONE, [json.dumps({"words": words}), state, error, row.tenant_id, row.run_id, row.step]
            )


TELL = """
update workflows_steprun set result = jsonb_set(coalesce(result, '{}'), '{messages}',
  coalesce(result->'messages', '{}') || %s::jsonb) where tenant_id = %s and run_id = %s and step = %s"""
TELL_ALONE = """
update workflows_steprun set result = coalesce(result, '{}') || %s::jsonb, state = %s, error = %s
where tenant_id = %s and run_id = %s and step = %s"""


def _leave_queue(outbox_id: UUID, token: UUID, pause: timedelta | None) -> bool:
    with connection.cursor() as cursor:
        if pause is None:
            cursor.execute("delete from workflows_dispatch where outbox_id = %s and token = %s", [outbox_id, token])
        else:
            cursor.execute(
                "update workflows_dispatch set next_at = clock_timestamp() + make_interval(secs => %s), token = null "
                "where outbox_id = %s and token = %s",
                [pause.total_seconds(), outbox_id, token],
            )
        return bool(cursor.rowcount == 1)


def _words(fate: Fate, row: Outbox, now: datetime, pause: timedelta | None) -> str:
    at = f"{now.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    match fate.status:
        case "sent":
            return f"{fate.words} at {at}"
        case "suppressed":
            return f"not sent: {fate.words}"
        case "failed":
            again = f"{(now + (pause or timedelta())).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            return f"attempt {row.attempts} failed: {fate.words}; tried again at {again}"
        case "dead":
            return f"not sent: {fate.words}"
