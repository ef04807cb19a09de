"""What a partner's adapter is: pure functions over headers, raw bytes and secrets. Nothing here knows a database."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from postsale.events.kinds import Reported
from postsale.events.members import AHEAD, EARLIEST, canonical_time
from postsale.events.shapes import clean_data
from postsale.events.strict import Unreadable, find_nul, parse_json

__all__ = ["BadSignature", "Partner", "Unreadable", "read_json", "report"]

NOT_UNDERSTOOD = "not_understood"
UNMAPPED = "unmapped"


class BadSignature(Exception):  # noqa: N818 -- what it says of a request
    """The request isn't from whom it claims to be: to be answered 401. The text says why and names no secret."""


class Partner(Protocol):
    """One partner. `headers` have lower-case names, `body` is exactly what came in, `now` is when."""

    key: str
    label: str

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], *, path: str, now: datetime
    ) -> None:
        """Raise BadSignature unless one of the secrets signed this body."""

    def read(
        self, headers: Mapping[str, str], body: bytes, settings: Mapping[str, object], *, now: datetime
    ) -> list[Reported]:
        """The canonical events of a rightly signed body; none for a ping. Raises Unreadable, and BadSignature where
        `settings` name a sender that isn't this one."""


def read_json(body: bytes) -> object:
    """The body as JSON that can be stored. Raises Unreadable."""
    value = parse_json(body)
    if b"\\u0000" in body and (path := find_nul(value)) is not None:
        raise Unreadable(f"{path or 'the body'} contains a NUL character")
    return value


def report(
    type_: str,
    data: Mapping[str, object],
    *,
    external_id: str,
    occurred_at: datetime,
    now: datetime,
    flags: Sequence[str] = (),
    source: str = "",
) -> Reported:
    """A partner's event in canonical form. Raises Unreadable, naming the members, if its data can't be understood."""
    clean, found = clean_data(type_, data, now=now)
    happened_at = max(EARLIEST, min(occurred_at, now + AHEAD))
    if happened_at != occurred_at:
        found = (*found, "time_clamped")
    return Reported(
        type=type_,
        external_id=short_id(external_id),
        occurred_at=happened_at,
        data=clean,
        flags=tuple(dict.fromkeys((*flags, *found))),
        source=source,
    )


def not_understood(type_: object, body: object, *, external_id: str, occurred_at: datetime, now: datetime) -> Reported:
    """An event of a type that Postsale doesn't know: kept and shown, decided by nobody."""
    word = type_ if isinstance(type_, str) else ""
    return Reported(
        type=word.strip()[:60] or "unknown",
        external_id=short_id(external_id),
        occurred_at=max(EARLIEST, min(occurred_at, now + AHEAD)),
        data=body if isinstance(body, dict) else {"value": body},
        flags=(NOT_UNDERSTOOD,),
    )


def signed_by_one(
    found: str, message: bytes, keys: Sequence[bytes], written: "Digest", *, algorithm: str = "sha256"
) -> bool:
    """Whether `found` is the HMAC of the message under one of the keys; every key is tried, in constant time each."""
    given = found.strip().encode()
    matches = [hmac.compare_digest(given, written(hmac.digest(key, message, algorithm))) for key in keys if key]
    return any(matches)


class Digest(Protocol):
    """How a partner writes a digest down."""

    def __call__(self, digest: bytes, /) -> bytes:
        """The text of the digest."""


def short_id(external_id: str) -> str:
    """The id, or its hash if it is too long to be a key."""
    return external_id if len(external_id) <= 300 else f"sha256:{hashlib.sha256(external_id.encode()).hexdigest()}"


def hash_id(body: bytes) -> str:
    """An id for a body that has none."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def words(value: object) -> str | None:
    """A text with something in it, or None; numbers (ids) as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() or None if isinstance(value, str) else None


def items_of(value: object) -> list[Mapping[str, object]]:
    """The objects of a list; nothing of anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def part(value: object, name: str) -> Mapping[str, object]:
    """An object within an object; empty if it isn't there."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def moment(value: object) -> datetime | None:
    """A moment in UTC from a partner's text; without a zone it is taken as UTC, None if it can't be read."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def moment_text(value: object) -> str | None:
    """A partner's moment as canonical text."""
    found = moment(value)
    return canonical_time(found) if found is not None else None


def told(**members: object) -> dict[str, object]:
    """The members that say something."""
    return {name: value for name, value in members.items() if value is not None and value != {}}
