"""The outbox's loop: claim, send, mark. Claims and marks are short transactions; sending happens outside of any.

A worker that dies between sending and marking makes a repeat, with the same Message-ID or webhook-id: the one documented
window. Leases are kept by the database's clock; whoever took over a lapsed one has another token, so only one marks.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from django.db import connection, transaction

from postsale.events.holding import HELD
from postsale.tenants.scope import tenant
from postsale.tenants.sealed import UnsealError
from postsale.tenants.shop import Shop, load_shop
from workflows.runs.fates import MOST_ATTEMPTS, settle, tell_step
from workflows.runs.guards import facts_today, still_holds
from workflows.runs.models import Outbox
from workflows.runs.send import Fate, Parcelled, Sender
from workflows.runs.signers import NoSecretError, secrets_of

LEASE = timedelta(seconds=60)
#: After so long a batch gives back what it has not begun, before its leases lapse.
BATCH_SECONDS = 30.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A message that is ours for the time of a lease; `attempts` counts this one."""

    outbox_id: UUID
    tenant_id: int
    attempts: int
    token: UUID


type Shops = dict[tuple[int, int], Shop]
"""(tenant, revision of its settings) → the shop."""


class NotRetryableError(Exception):
    """The message was sent, suppressed or waits for its turn: there is nothing to retry."""


def deliver(*, now: datetime, limit: int = 50) -> int:
    """Send what is due, at most `limit` messages; gives how many were taken up. In no transaction."""
    claims = claim(limit)
    stops = time.monotonic() + BATCH_SECONDS
    taken = 0
    shops: Shops = {}
    with Sender() as sender:
        for one in claims:
            if time.monotonic() > stops:
                break
            taken += 1
            try:
                _deliver(one, sender, shops, now)
            except Exception:
                # One message must not hold up the others; its lease lapses and it is tried again, ten times at most.
                log.exception("delivery_failed", message=str(one.outbox_id), tenant=one.tenant_id)
    _give_back(claims[taken:])
    return taken


def claim(limit: int) -> list[Claim]:
    """Take up to `limit` due messages, in turn between tenants that aren't suspended, oldest first; an attempt is spent
    at once."""
    token = uuid4()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, [limit, token, LEASE.total_seconds()])
        rows = cursor.fetchall()
    return [Claim(outbox_id=row[0], tenant_id=row[1], attempts=row[2], token=token) for row in sorted(rows)]


CLAIM = f"""
with due as materialized (
  select outbox_id, next_at, row_number() over (partition by tenant order by next_at, outbox_id) as turn
  from (select * from workflows_dispatch where next_at <= statement_timestamp() and tenant <> all(array({HELD}))
    order by next_at limit 2000) oldest
), mine as (
  select d.outbox_id from workflows_dispatch d join due using (outbox_id) where d.next_at <= statement_timestamp()
  order by due.turn, due.next_at limit %s for update of d skip locked
)
update workflows_dispatch d set token = %s, attempts = d.attempts + 1, next_at = clock_timestamp() + make_interval(secs => %s)
from mine where d.outbox_id = mine.outbox_id returning d.outbox_id, d.tenant, d.attempts"""  # noqa: S608 -- a constant of ours


def prepare(claimed: Claim, *, now: datetime) -> Parcelled | None:
    """The message, ready to be sent, with a fresh lease; None when it is not ours, or must not leave any more."""
    ready = _ready(claimed, {}, now)
    return ready[1] if ready is not None else None


def mark(claimed: Claim, fate: Fate, *, now: datetime) -> bool:
    """Write down what became of a message; False when another worker has taken it over."""
    with tenant(claimed.tenant_id):
        row = Outbox.objects.get(tenant_id=claimed.tenant_id, id=claimed.outbox_id)
        return settle(row, fate, token=claimed.token, attempts=claimed.attempts, now=now)


def retry_message(tenant_id: int, outbox_id: UUID, *, now: datetime) -> Outbox:
    """Queue a failed or dead message again, with all its attempts. Raises Outbox.DoesNotExist, NotRetryableError."""
    with tenant(tenant_id):
        row = Outbox.objects.select_for_update().get(tenant_id=tenant_id, id=outbox_id)
        if row.status not in {"failed", "dead"}:
            raise NotRetryableError(f"the message is {row.status}; only failed and dead ones can be retried")
        with connection.cursor() as cursor:
            cursor.execute(AGAIN, [outbox_id, tenant_id, row.kind])
            cursor.execute("select pg_notify('postsale_work', '')")
        row.status, row.reason, row.attempts = "queued", "", 0
        row.save(update_fields=["status", "reason", "attempts"])
        tell_step(row, words=f"queued again at {now:%Y-%m-%d %H:%M} UTC")
    return row


AGAIN = """
insert into workflows_dispatch (outbox_id, tenant, kind, next_at, attempts)
values (%s, %s, %s, clock_timestamp(), 0)
on conflict (outbox_id) do update set next_at = excluded.next_at, attempts = 0, token = null"""


def queue_lag() -> timedelta:
    """For how long the oldest due message has been waiting for a worker; zero when none does."""
    with connection.cursor() as cursor:
        cursor.execute(LAG)
        [seconds] = cursor.fetchone()
    return timedelta(seconds=float(seconds))


LAG = f"""
select coalesce(extract(epoch from clock_timestamp() - min(next_at)), 0) from workflows_dispatch
where next_at <= (select clock_timestamp()) and tenant <> all(array({HELD}))"""  # noqa: S608 -- a constant of ours


def _deliver(claimed: Claim, sender: Sender, shops: Shops, now: datetime) -> None:
    ready = _ready(claimed, shops, now)
    if ready is None:
        return
    row, message = ready
    fate = sender.send(message, now=now)
    with tenant(claimed.tenant_id):
        settle(row, fate, token=claimed.token, attempts=claimed.attempts, now=now)


def _ready(claimed: Claim, shops: Shops, now: datetime) -> tuple[Outbox, Parcelled] | None:
    with tenant(claimed.tenant_id):
        revision = _renewed(claimed)
        if revision is None:
            return None
        row = Outbox.objects.filter(tenant_id=claimed.tenant_id, id=claimed.outbox_id).first()
        if row is None or row.status not in {"queued", "failed"}:
            _drop(claimed)
            return None
        shop = _shop(claimed.tenant_id, revision, shops)
        secrets: tuple[str, ...] = ()
        fate = _why_not(row, shop, claimed, now)
        if fate is None and "secret_ref" in row.content:
            try:
                secrets = secrets_of(shop.id, str(row.content["secret_ref"]), now=now)
            except (NoSecretError, UnsealError) as error:
                fate = Fate(status="failed", words=str(error))
        if fate is not None:
            settle(row, fate, token=claimed.token, attempts=claimed.attempts, now=now)
            return None
        return row, Parcelled(
            id=row.id, kind=row.kind, is_customer=row.is_customer, to=row.to, subject=row.subject, content=row.content,
            shop=shop, secrets=secrets,
        )  # fmt: skip


def _shop(tenant_id: int, revision: int, shops: Shops) -> Shop:
    """The shop as it is now, read once for the messages of a batch unless its settings move meanwhile."""
    known = shops.get((tenant_id, revision))
    if known is None:
        known = shops[tenant_id, revision] = load_shop(tenant_id)
    return known


def _why_not(row: Outbox, shop: Shop, claimed: Claim, now: datetime) -> Fate | None:
    """Why the message must not leave (any more); None: it may."""
    if claimed.attempts > MOST_ATTEMPTS:
        return Fate(status="dead", words=f"given up: {MOST_ATTEMPTS} attempts ended before their result was known")
    if not row.is_customer:
        return None
    if _is_unreachable(row):
        return Fate(status="suppressed", words="the customer must not be written to any more")
    if row.guard is None:
        return None
    facts = facts_today(row.tenant_id, order_id=row.order_id, parcel_id=row.shipment_id, event=row.event)
    verdict = still_holds(row.guard, facts, shop=shop, now=now)
    if verdict.holds is not False:
        return None
    return Fate(status="suppressed", words=f"what it says is not so any more: {verdict.words}")


def _is_unreachable(row: Outbox) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "select 1 from postsale_unreachable where tenant_id = %s and email = %s limit 1",
            [row.tenant_id, row.to.lower()],
        )
        return cursor.fetchone() is not None


def _renewed(claimed: Claim) -> int | None:
    """The revision of its shop's settings when the claim is still ours, and the shop not suspended meanwhile; its lease
    begins anew, for the messages before it took their time."""
    with connection.cursor() as cursor:
        cursor.execute(RENEW, [LEASE.total_seconds(), claimed.outbox_id, claimed.token])
        row = cursor.fetchone()
    return None if row is None else int(row[0])


RENEW = f"""
update workflows_dispatch d set next_at = clock_timestamp() + make_interval(secs => %s)
where outbox_id = %s and token = %s and tenant <> all(array({HELD}))
returning (select revision from postsale_tenant t where t.id = d.tenant)"""  # noqa: S608 -- a constant of ours


def _drop(claimed: Claim) -> None:
    """Nothing is left to do for this place in the queue."""
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from workflows_dispatch where outbox_id = %s and token = %s", [claimed.outbox_id, claimed.token]
        )


def _give_back(claims: list[Claim]) -> None:
    """Let others have at once what was not begun, and don't count it as an attempt."""
    if claims:
        with connection.cursor() as cursor:
            cursor.execute(
                "update workflows_dispatch set next_at = clock_timestamp(), attempts = attempts - 1, token = null "
                "where outbox_id = any(%s) and token = %s",
                [[one.outbox_id for one in claims], claims[0].token],
            )
