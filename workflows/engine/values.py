"""Values that can be compared: what documents say and facts hold, read as one kind. None means: not of that kind.

Text compares without case; money is integer minor units in facts and decimal text or numbers of the main unit in
documents, with two decimals; moments are instants, or in documents also a whole local day.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite

from workflows.engine import durations
from workflows.engine.calendar import EARLIEST, LATEST, Calendar, clamp, instant_of
from workflows.engine.grammar import Duration

type Amount = int | float | Decimal

_MOST_MONEY = 10**20
_DECIMAL = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?").fullmatch
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
).fullmatch
_WALL = re.compile(r"([0-9]{1,2}):([0-9]{2})").fullmatch


def text_of(value: object) -> str | None:
    """Text, folded so that equal words compare equal in any case."""
    return value.casefold() if isinstance(value, str) else None


def flag_of(value: object) -> bool | None:
    """True or false, and nothing that only looks like it."""
    return value if isinstance(value, bool) else None


def number_of(value: object) -> Amount | None:
    """A finite number; from a document also plain decimal text ("12.50", but not "12abc" and not "1,5")."""
    if isinstance(value, str):
        return Decimal(value) if _DECIMAL(value) else None
    return counted(value)


def counted(value: object) -> Amount | None:
    """A finite number as facts hold it."""
    match value:
        case bool():
            return None
        case int():
            return value
        case float() | Decimal() if isfinite(value):
            return value
    return None


def money_of(value: object) -> Amount | None:
    """An amount of the main unit, as a document says it, in minor units; with more than two decimals it is none."""
    number = number_of(value)
    if number is None or not -_MOST_MONEY < number < _MOST_MONEY:
        return None
    minor = Decimal(str(number)) * 100
    return int(minor) if minor == int(minor) else None


def wall_time_of(value: object) -> str | None:
    """A time of day as "HH:MM", 24 hours, so that text order is time order; "9:00" is "09:00"."""
    met = _WALL(value) if isinstance(value, str) else None
    if met is None or int(met[1]) > 23 or int(met[2]) > 59:
        return None
    return f"{int(met[1]):02}:{met[2]}"


def day_of(value: object) -> date | None:
    """A whole day: a date, or the text "2026-11-20"; moved into the years that can be reckoned with."""
    if isinstance(value, str):
        value = _parsed_day(value) if _DAY(value) else None
    if not isinstance(value, date) or isinstance(value, datetime):
        return None
    return min(max(value, EARLIEST.date()), LATEST.date())


def instant(value: object) -> datetime | None:
    """An instant: an aware datetime, or RFC 3339 text with its offset."""
    if isinstance(value, str) and _MOMENT(value):
        value = _parsed_moment(value)
    if not isinstance(value, datetime) or value.utcoffset() is None:
        return None
    return clamp(value)


def moment_of(value: object, calendar: Calendar) -> datetime | None:
    """An instant, or the start of a whole day on the shop's clock."""
    if isinstance(value, datetime) and value.tzinfo is UTC:
        return clamp(value)
    day = day_of(value)
    return instant(value) if day is None else clamp(instant_of(day, time(0), calendar))


def duration_of(value: object) -> Duration | None:
    """A duration: the value itself, or the one that a document describes."""
    if isinstance(value, Duration):
        return value
    parsed = durations.parse(value)
    return parsed if isinstance(parsed, Duration) else None


def span_of(value: object) -> timedelta | None:
    """Elapsed time: a timedelta, or a duration without business time."""
    if isinstance(value, timedelta):
        return value
    duration = duration_of(value)
    return durations.elapsed(duration) if duration is not None else None


def several(value: object) -> tuple[object, ...] | None:
    """The members of a list, tuple or set; None for anything else, text included."""
    return tuple(value) if isinstance(value, list | tuple | set | frozenset) else None


def is_empty(value: object) -> bool:
    """Missing, or nothing inside: no text, no member."""
    return value is None or (isinstance(value, str | list | tuple | set | frozenset | Mapping) and not value)


def _parsed_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _parsed_moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return None
