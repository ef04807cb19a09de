"""The last word wins, field by field: each reported value has the moment it was said, so late news changes nothing."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from postsale.events.kinds import PAYMENT_STATUSES

AHEAD = timedelta(hours=24)

_PAID_SO_FAR = {status: rank for rank, status in enumerate(PAYMENT_STATUSES)}


class Stamps:
    """The moments at which fields were said; `dirty` once one of them moved."""

    __slots__ = ("dirty", "known")

    def __init__(self, known: Mapping[str, datetime]) -> None:
        self.known = dict(known)
        self.dirty = False

    def takes(self, name: str, at: datetime, value: object, present: object) -> bool:
        """Whether `value`, said at `at`, is the last word on the field; of two said at once, the same one always is."""
        before = self.known.get(name)
        if before is not None and (at < before or (at == before and not _goes_before(value, present))):
            return False
        if at != before:
            self.known[name] = at
            self.dirty = True
        return True

    def first(self, name: str, at: datetime, value: object, present: object) -> bool:
        """Whether `value`, said at `at`, is the first word on the field."""
        before = self.known.get(name)
        if before is not None and (at > before or (at == before and not _goes_before(present, value))):
            return False
        if at != before:
            self.known[name] = at
            self.dirty = True
        return True


def not_ahead(at: datetime, received_at: datetime) -> datetime:
    """Nobody may speak from more than 24 hours ahead of when we heard it, whichever way it came in."""
    return min(at, received_at + AHEAD)


def earliest(known: datetime | None, said: datetime | None) -> datetime | None:
    """The earlier of two moments that may be missing."""
    return said if known is None else known if said is None else min(known, said)


def latest(known: datetime | None, said: datetime | None) -> datetime | None:
    """The later of two moments that may be missing."""
    return said if known is None else known if said is None else max(known, said)


def _goes_before(value: object, present: object) -> bool:
    if value == present:
        return False
    if isinstance(value, str) and value in _PAID_SO_FAR:
        return _PAID_SO_FAR[value] > _PAID_SO_FAR.get(str(present), -1)
    return repr(value) > repr(present)
