"""Cursors: a place in a list sorted by a moment and an id, newest first; stays right while rows come and go."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LARGEST_PAGE = 1000


class BadCursorError(ValueError):
    """Not a cursor of ours."""


def write_cursor(at: datetime, row: UUID) -> str:
    """The cursor of the row that a page ends with."""
    return f"{(at - EPOCH) // timedelta(microseconds=1):x}-{row.hex}"


def read_cursor(text: str) -> tuple[datetime, UUID]:
    """The moment and id of the row before the page. Raises BadCursorError."""
    moment, _, row = text.partition("-")
    try:
        return EPOCH + timedelta(microseconds=int(moment, 16)), UUID(hex=row)
    except (ValueError, OverflowError) as error:
        raise BadCursorError(f"not a cursor: {text[:80]!r}") from error
