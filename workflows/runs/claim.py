"""Claiming: whose turn it is, and the token that says the turn is ours. Short transactions, the database's clock only.

A tenant is a lane: one worker at a time decides for it, so that its subjects' events are always in order. `attempts`
grows with the claim and not with the failure, so that what kills its worker runs out of attempts too.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import connection

from postsale.events.record import lock_of

LEASE_SECONDS = 15
#: Lanes taken in one claim: each gets a batch of its own, in the order in which they were last served.
LANES = 8
BATCH = 200
#: After a claim that did not end well: fewer and fewer items, until the one that kills its worker stands alone.
SHRUNK = (BATCH, 25, 4, 1)
#: An item that is alone in its batch and still not through after this many claims is set aside.
MOST_ATTEMPTS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A lane that is ours until its lease ends. `limit`: how many items to take; `is_last_try`: set the first one
    aside."""

    tenant_id: int
    token: UUID
    attempts: int
    limit: int
    is_last_try: bool


CLAIM = """
with recursive ready as (
  (select tenant from postsale_inbox order by tenant, seq limit 1)
  union all
  select (select tenant from postsale_inbox where tenant > ready.tenant order by tenant, seq limit 1)
  from ready where ready.tenant is not null
), due as (
  select distinct tenant from (
    select tenant from postsale_deadline where due_at <= (select clock_timestamp()) order by due_at limit 2000) soon
), mine as (
  select lane.tenant from postsale_lane lane
  where lane.lease_until <= clock_timestamp() and not lane.is_held
    and lane.tenant in (select tenant from ready where tenant is not null union select tenant from due)
  order by lane.served_at limit %s for update skip locked
)
update postsale_lane lane set token = %s, lease_until = clock_timestamp() + make_interval(secs => %s),
  attempts = attempts + 1, served_at = clock_timestamp()
from mine where lane.tenant = mine.tenant
returning lane.tenant, lane.attempts, lane.suspect,
  (select min(seq) from postsale_inbox i where i.tenant = lane.tenant)"""


def claim(*, lanes: int = LANES) -> list[Turn]:
    """Take up to `lanes` lanes that have something to decide; the longest unserved first."""
    token = uuid4()
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [lanes, token, LEASE_SECONDS])
        rows = cursor.fetchall()
    return [_turn(tenant_id, token, attempts, suspect, head) for tenant_id, attempts, suspect, head in rows]


def _turn(tenant_id: int, token: UUID, attempts: int, suspect: int, head: int | None) -> Turn:
    crashes = attempts - 1
    if crashes == 0:
        is_suspect = head is not None and head <= suspect
        limit = SHRUNK[1] if is_suspect else BATCH
    else:
        limit = SHRUNK[min(crashes, len(SHRUNK) - 1)]
    return Turn(
        tenant_id=tenant_id, token=token, attempts=attempts, limit=limit,
        is_last_try=limit == 1 and attempts >= MOST_ATTEMPTS,
    )  # fmt: skip


def settled_until(tenant_id: int) -> datetime:
    """A moment up to which every event of the tenant is visible: none received before it is still being committed."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [lock_of(tenant_id)])
        cursor.execute("select clock_timestamp(), pg_advisory_unlock(%s)", [lock_of(tenant_id)])
        row = cursor.fetchone()
    at: datetime = row[0]
    return at


def holds(turn: Turn) -> bool:
    """The fence: is the lane still ours, and its shop not suspended? Locks its row to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select 1 from postsale_lane where tenant = %s and token = %s and not is_held for update",
            [turn.tenant_id, turn.token],
        )
        return cursor.fetchone() is not None


def end_well(turn: Turn, *, clock: datetime | None) -> None:
    """The batch is decided: the lane is free again. Runs in the batch's own transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update postsale_lane set token = null, lease_until = clock_timestamp(), attempts = 0, "
            "clock = greatest(clock, %s) where tenant = %s and token = %s",
            [clock, turn.tenant_id, turn.token],
        )


def end_badly(turn: Turn, *, counts: bool, suspect: int = 0) -> None:
    """The batch failed: free the lane at once. Without `counts` (the database went away) the attempt is given back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update postsale_lane set token = null, lease_until = clock_timestamp(), suspect = greatest(suspect, %s), "
            "attempts = greatest(attempts - %s, 0) where tenant = %s and token = %s",
            [suspect, 0 if counts else 1, turn.tenant_id, turn.token],
        )
