"""`POST /api/v1/events/` with an API key: read, limited, stored whole or not at all, answered 202 after the commit."""

from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic
from urllib.parse import parse_qs

from postsale.events.record import Recorded, arrival
from postsale.intake import bulk
from postsale.intake.commit import Committer, UnavailableError, UnstorableError
from postsale.intake.doors import Doors
from postsale.intake.known import Known
from postsale.intake.notes import Notes
from postsale.intake.requests import Answer, Request, json_answer, refused, too_fast, unavailable
from postsale.tenants.keys import Holder
from postsale.tenants.limits import Buckets, limit_of

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="postsale"'}


class Api:
    """Takes one request at a time."""

    def __init__(
        self, *, doors: Doors, committer: Committer, notes: Notes, buckets: Buckets[int], known: Known
    ) -> None:
        self._doors = doors
        self._committer = committer
        self._notes = notes
        self._buckets = buckets
        self._known = known

    async def take(self, request: Request) -> Answer:
        """The answer to one request, after its commit. Raises RefusedError."""
        try:
            holder = await self._holder(request)
            body = await request.body(at_most=bulk.AT_MOST)
            is_backfill = is_backfill_of(request.query)
            items, is_list = bulk.parse(body, request.headers.get("content-type", "").lower())
            if not is_backfill:
                self._limit(holder, len(items))
            now = datetime.now(tz=UTC)
            batch = await bulk.read(items, is_list=is_list, now=now, is_backfill=is_backfill)
            asking = bulk.without_channel(batch)
            if asking:
                bulk.fill_channels(batch, asking, await self._known.channels(holder.tenant_id, list(asking)))
            arrivals = [arrival(event, source=event.source, is_backfill=is_backfill) for event in batch.events]
            outcomes = await self._committer.store(holder.tenant_id, arrivals)
        except UnavailableError:
            return unavailable()
        except UnstorableError as error:
            raise refused(
                422, f"The events can't be stored: {error.reason}.", title="The events have problems"
            ) from error
        self._notes.used(holder.tenant_id, holder.key_id)
        return accepted(outcomes)

    async def _holder(self, request: Request) -> Holder:
        secret = request.headers.get("authorization", "")[len("bearer ") :].strip()
        holder = await self._doors.holder(secret)
        if holder is None:
            raise refused(401, "This API key is unknown or was revoked.", headers=CHALLENGE)
        if holder.is_suspended:
            raise refused(403, "This shop is suspended; please talk to whoever runs this Postsale.")
        if not holder.may("events"):
            raise refused(403, "This API key may not send events; it lacks the scope “events”.")
        return holder

    def _limit(self, holder: Holder, count: int) -> None:
        wait = self._buckets.take(holder.tenant_id, count, limit_of(holder.settings, "events"), at=monotonic())
        if wait:
            raise too_fast(wait)


def is_backfill_of(query: bytes) -> bool:
    """Whether `?backfill=true`. Raises RefusedError 400 for another word."""
    found = parse_qs(query.decode("latin-1"), keep_blank_values=True).get("backfill", ["false"])[-1].lower()
    if found not in ("true", "1", "false", "0"):
        raise refused(400, "backfill is true or false.")
    return found in ("true", "1")


def accepted(outcomes: Sequence[Recorded]) -> Answer:
    """202 with what became of each event, in the order they came."""
    new = sum(outcome.is_new for outcome in outcomes)
    events = [{"id": each.external_id, "status": "accepted" if each.is_new else "duplicate"} for each in outcomes]
    return json_answer(202, {"accepted": new, "duplicates": len(outcomes) - new, "events": events})
