"""`/hooks/<token>/`: partners' webhooks. Verified on the raw bytes, committed, then answered 200.

A body that is rightly signed and can't be read is kept in quarantine and answered 200 as well: a refusal would make
partners unsubscribe us.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import NoReturn

import structlog

from postsale.events.kinds import Reported
from postsale.events.record import Arrival, arrival
from postsale.intake.commit import Committer, UnavailableError, Unread, UnstorableError
from postsale.intake.doors import Doors
from postsale.intake.notes import Notes
from postsale.intake.requests import Answer, Request, json_answer, problem, refused, too_fast, unavailable
from postsale.integrations.base import BadSignature, Partner, Unreadable
from postsale.integrations.connections import Line
from postsale.integrations.registry import PARTNERS
from postsale.tenants.limits import Buckets, Limit, limit_of

AT_MOST = 2_000_000
#: Look-ups of unknown tokens from one address: generous to a partner with a few stale hooks, useless to a guesser.
GUESSES = Limit(10, 60)
#: What a replay never needs and nobody should keep.
_SECRET_WORDS = ("signature", "hmac", "authorization", "cookie", "token", "secret")

log = structlog.get_logger(__name__)


class Hooks:
    """Takes one webhook at a time; shares its doors, buckets and commits with every other request of the process."""

    def __init__(self, *, doors: Doors, committer: Committer, notes: Notes, buckets: Buckets[int]) -> None:
        self._doors = doors
        self._committer = committer
        self._notes = notes
        self._buckets = buckets
        self._guesses: Buckets[str] = Buckets(most=20_000)

    async def take(self, request: Request, token: str) -> Answer:
        """The answer to one delivery, after its commit. Raises RefusedError."""
        if request.method != "POST":
            return problem(405, "A hook takes POST only.", headers={"Allow": "POST"})
        try:
            line = await self._line(request, token)
            body = await request.body(at_most=AT_MOST)
            now = datetime.now(tz=UTC)
            partner = self._verified(request, line, body, now)
            return await self._stored(request, line, partner, body, now)
        except UnavailableError:
            return unavailable()

    async def _line(self, request: Request, token: str) -> Line:
        at = monotonic()
        try:
            line = await self._doors.line(
                token,
                may_ask=lambda: self._guesses.level(request.peer, GUESSES, at=at) >= 1,
                missed=lambda: self._note_guess(request.peer, at),
            )
        except BlockingIOError as error:
            raise too_fast(1 / GUESSES.rate) from error
        if line is None or not line.is_open or line.partner not in PARTNERS:
            raise refused(404, "There is no hook at this address.")
        return line

    def _note_guess(self, peer: str, at: float) -> None:
        self._guesses.take(peer, 1, GUESSES, at=at)

    def _verified(self, request: Request, line: Line, body: bytes, now: datetime) -> Partner:
        partner = PARTNERS[line.partner]
        try:
            partner.verify(request.headers, body, line.secrets_at(now), path=request.path, now=now)
        except BadSignature as error:
            self._refuse(line, str(error), now)
        except Exception as error:  # noqa: BLE001 -- whatever a hostile header does to a verifier, it is no signature
            log.warning("verifier_failed", partner=line.partner, error=type(error).__name__)
            self._refuse(line, "the signature can't be read", now)
        return partner

    def _refuse(self, line: Line, reason: str, now: datetime) -> NoReturn:
        self._notes.refused(line.tenant_id, line.connection_id, reason, now=now)
        raise refused(401, "The signature is missing or wrong.", headers={"WWW-Authenticate": "Signature"})

    async def _stored(self, request: Request, line: Line, partner: Partner, body: bytes, now: datetime) -> Answer:
        arrivals: list[Arrival] = []
        reason = ""
        try:
            reported = partner.read(request.headers, body, line.settings, now=now)
            arrivals = [arrival_at(line, each, body, is_first=n == 0) for n, each in enumerate(reported)]
        except BadSignature as error:
            self._refuse(line, str(error), now)
        except Unreadable as error:
            reason = error.reason
        except Exception as error:
            log.exception("adapter_failed", partner=line.partner, error=type(error).__name__)
            reason = f"our reader failed ({type(error).__name__})"
        self._limit(line, max(1, len(arrivals)), now)
        if reason:
            return await self._set_aside(request, line, body, reason, now)
        if not arrivals:
            self._notes.accepted(line.tenant_id, line.connection_id, now=now)
            return json_answer(200, {"accepted": 0, "duplicates": 0})
        try:
            outcomes = await self._committer.store(line.tenant_id, arrivals)
        except UnstorableError as error:
            return await self._set_aside(request, line, body, error.reason, now)
        new = sum(outcome.is_new for outcome in outcomes)
        known = len(outcomes) - new
        self._notes.accepted(line.tenant_id, line.connection_id, now=now, events=new, duplicates=known)
        return json_answer(200, {"accepted": new, "duplicates": known})

    async def _set_aside(self, request: Request, line: Line, body: bytes, reason: str, now: datetime) -> Answer:
        unread = Unread(
            connection_id=line.connection_id, reason=reason[:2000], headers=harmless(request.headers), raw=body
        )
        try:
            await self._committer.store(line.tenant_id, unread=unread)
        except UnstorableError:
            raise UnavailableError from None
        self._notes.set_aside(line.tenant_id, line.connection_id, reason, now=now)
        return json_answer(200, {"accepted": 0, "duplicates": 0, "quarantined": True})

    def _limit(self, line: Line, count: int, now: datetime) -> None:
        limit = limit_of(line.tenant_settings, "events")
        wait = self._buckets.take(line.tenant_id, count, limit, at=monotonic())
        if wait:
            self._notes.turned_away(line.tenant_id, line.connection_id, now=now)
            raise too_fast(wait)


def arrival_at(line: Line, reported: Reported, body: bytes, *, is_first: bool) -> Arrival:
    """One of a body's events on its way in; the bytes stay with the first."""
    raw = body if is_first else None
    return arrival(reported, source=line.partner, connection_id=line.connection_id, raw=raw)


def harmless(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that may be kept: none that carries a secret, none too long, none that the database can't hold."""
    return {
        name[:200]: value[:2000].replace("\0", "")
        for name, value in headers.items()
        if not any(word in name for word in _SECRET_WORDS)
    }
