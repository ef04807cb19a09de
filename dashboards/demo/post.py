"""The outbox of the past: what a worker would have sent then, settled as it would have been, and nothing leaves.

Guards and opt-outs are asked as for real. Nothing is handed to any transport: these letters are history.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from uuid import uuid4

from django.db import connection

from postsale.integrations.http import Answer
from workflows.runs import deliver
from workflows.runs.deliver import Claim
from workflows.runs.kept import Json, answer_kept, letter_kept
from workflows.runs.models import Outbox
from workflows.runs.send import Fate, Parcelled, letter, redirected_to

#: What the world answered now and then.
GONE = Fate(status="dead", words="answered 410: the receiver wants no more calls")
TAKEN = Fate(status="sent", words="answered 200")
NO_MAILBOX = Fate(status="dead", words="550 5.1.1 there is no such mailbox")


def settle(tenant_id: int, rng: Random, *, gone_from: datetime) -> int:
    """Settle what is queued, each some seconds after it was written; in the tenant's transaction. Returns how many.

    From `gone_from` on, whoever is called over the web is gone.
    """
    token = uuid4()
    with connection.cursor() as cursor:
        cursor.execute(
            "update workflows_dispatch set token = %s, attempts = attempts + 1 where tenant = %s "
            "returning outbox_id, attempts",
            [token, tenant_id],
        )
        claims = [
            Claim(outbox_id=outbox_id, tenant_id=tenant_id, attempts=attempts, token=token)
            for outbox_id, attempts in cursor.fetchall()
        ]
    written = dict(
        Outbox.objects.filter(tenant_id=tenant_id, id__in=[each.outbox_id for each in claims]).values_list(
            "id", "created_at"
        )
    )
    for claim in sorted(claims, key=lambda each: (written[each.outbox_id], each.outbox_id)):
        now = written[claim.outbox_id] + timedelta(seconds=rng.uniform(0.4, 6))
        message = deliver.prepare(claim, now=now)
        if message is not None:
            deliver.mark(claim, _fate(message, rng, now=now, is_gone=now >= gone_from), now=now)
    return len(claims)


def _fate(message: Parcelled, rng: Random, *, now: datetime, is_gone: bool) -> Fate:
    if message.kind == "webhook":
        fate = GONE if is_gone else TAKEN
        return replace(fate, answer=_answer(now=now, is_gone=is_gone))
    if message.is_customer and rng.random() < 0.006:
        return NO_MAILBOX
    to = redirected_to(message) or message.to
    return Fate(status="sent", words=f"sent to {to}", letter=letter_kept(letter(message, to=to, now=now)))


def _answer(*, now: datetime, is_gone: bool) -> Json:
    """What a help desk's server says."""
    body = b'{"error": "this address was removed"}' if is_gone else b'{"ok": true}'
    came = Answer(
        status=410 if is_gone else 200, headers={"content-type": "application/json", "server": "nginx"}, body=body,
        elapsed=0.08 + now.microsecond / 2_000_000,
    )  # fmt: skip
    return answer_kept(f"answered {came.status}", at=now, answer=came, sent={})
