"""The kinds of members that reported data has: each reads a JSON value into canonical form, or says what is wrong.

Canonical: texts stripped of outer blanks and never empty, times RFC 3339 in UTC, money still decimal text or number.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from postsale.events.kinds import PAYMENT_STATUSES, STATUSES

LONG_TEXTS = frozenset({"notes", "text"})
MAX_TEXT = 8_192
MAX_LONG_TEXT = 65_536
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(hours=24)

_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_EMAIL = re.compile(r"[^@\s\x00-\x1f<>,;]+@[^@\s\x00-\x1f<>,;]+")
_MONEY_LIMIT = 10**13
_ZONED = "RFC 3339 with its zone, such as 2026-11-20T10:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with one member: where, what, and what was expected instead."""

    path: str
    problem: str
    expected: str


@dataclass(slots=True, kw_only=True)
class Reading:
    """One reading of one event. Strict (the API): every wrong member is a problem.

    Lenient (hooks): wrong optional members are left out, times clamped, and `flags` say so; only what makes the event
    unreadable is a problem.
    """

    now: datetime
    strict: bool
    problems: list[Problem] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)

    def problem(self, path: str, problem: str, expected: str) -> None:
        """Note what makes the event unacceptable."""
        self.problems.append(Problem(path=path, problem=problem, expected=expected))

    def wrong(self, path: str, problem: str, expected: str) -> None:
        """Note a wrong member: a problem for the strict, a flag for the lenient."""
        if self.strict:
            self.problem(path, problem, expected)
        else:
            self.flag("member_dropped")

    def flag(self, flag: str) -> None:
        """Note something about the event, once."""
        if flag not in self.flags:
            self.flags.append(flag)


type Kind = Callable[[Reading, object, str], object]
"""Reads (reading, value, path) into the canonical value, or None after noting what is wrong."""


def text(at_most: int = MAX_TEXT) -> Kind:
    """A text of at most so many characters; blanks around it don't count, an empty one is missing."""

    def read(reading: Reading, value: object, path: str) -> object:
        if not isinstance(value, str):
            if not reading.strict and type(value) is int:
                return str(value)
            reading.wrong(path, f"is {_called(value)}", "text")
            return None
        if len(value) > at_most:
            reading.wrong(path, f"has {len(value):,} characters", f"at most {at_most:,}")
            return None
        return value.strip() or None

    return read


def email(reading: Reading, value: object, path: str) -> object:
    """One e-mail address."""
    if not isinstance(value, str):
        reading.wrong(path, f"is {_called(value)}", "an e-mail address")
        return None
    address = value.strip()
    if address and (len(address) > 254 or _EMAIL.fullmatch(address) is None):
        reading.wrong(path, "is not an e-mail address", "one address, such as jane@example.com")
        return None
    return address or None


def flag(reading: Reading, value: object, path: str) -> object:
    """True or false."""
    if isinstance(value, bool):
        return value
    reading.wrong(path, f"is {_called(value)}", "true or false")
    return None


def whole(reading: Reading, value: object, path: str) -> object:
    """A number of things or grams, not negative; fractions are rounded."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < _MONEY_LIMIT:
        return round(value)
    reading.wrong(path, f"is {_called(value)}", "a number, 0 or more")
    return None


def money(reading: Reading, value: object, path: str) -> object:
    """Decimal text or a number of the main unit, kept as it was said."""
    if minor_units(value) is not None:
        return value.strip() if isinstance(value, str) else value
    reading.wrong(path, f"is {_called(value)}", 'decimal text or a number, such as "12.50"')
    return None


def minor_units(value: object) -> int | None:
    """Hundredths of the main unit in decimal text or a number; None if it is neither."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str) and ("_" in value or len(value) > 40):
        return None
    try:
        amount = Decimal(str(value).strip())
    except (InvalidOperation, ValueError):
        return None
    if not amount.is_finite() or abs(amount) >= _MONEY_LIMIT:
        return None
    return int((amount * 100).to_integral_value())


def instant(reading: Reading, value: object, path: str) -> object:
    """Any moment, also in the far future: RFC 3339; the lenient take one without a zone as UTC."""
    moment = _moment(reading, value, path)
    if moment is None:
        return None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        reading.wrong(path, f"is in the year {moment.year}", f"a year between {_FIRST_YEAR} and {_LAST_YEAR}")
        return None
    return _written(value, moment)


def happened(reading: Reading, value: object, path: str) -> object:
    """A moment at which something happened: from 2000 to 24 hours ahead; the lenient clamp what lies outside."""
    moment = _moment(reading, value, path)
    if moment is None:
        return None
    latest = reading.now + AHEAD
    if EARLIEST <= moment <= latest:
        return _written(value, moment)
    if reading.strict:
        reading.problem(path, f"is {moment:%Y-%m-%d}, out of range", "from 2000 on, at most 24 hours ahead")
        return None
    reading.flag("time_clamped")
    return canonical_time(max(EARLIEST, min(moment, latest)))


def one_of(keys: tuple[str, ...]) -> Kind:
    """One of a few keys."""

    def read(reading: Reading, value: object, path: str) -> object:
        if isinstance(value, str) and value in keys:
            return value
        found = f"is {value[:60]!r}" if isinstance(value, str) else f"is {_called(value)}"
        reading.wrong(path, found, "one of " + ", ".join(keys))
        return None

    return read


def record(members: Mapping[str, Kind], *, nulls: bool = False) -> Kind:
    """An object: the named members are read, others kept; nulls left out, or kept where null means "none"."""

    def read(reading: Reading, value: object, path: str) -> object:
        if not isinstance(value, dict):
            reading.wrong(path, f"is {_called(value)}", "an object")
            return None
        return read_members(reading, value, members, path, nulls=nulls)

    return read


def read_members(
    reading: Reading, value: Mapping[str, object], members: Mapping[str, Kind], path: str, *, nulls: bool = False
) -> dict[str, object]:
    """The object with each named member in its canonical form."""
    found: dict[str, object] = {}
    for key, inner in value.items():
        kind = members.get(key)
        if kind is None:
            found[key] = inner
        elif inner is None:
            if nulls:
                found[key] = None
        else:
            read = kind(reading, inner, f"{path}.{key}")
            if read is not None:
                found[key] = read
    return found


def several(kind: Kind) -> Kind:
    """A list of one kind."""

    def read(reading: Reading, value: object, path: str) -> object:
        if not isinstance(value, list):
            reading.wrong(path, f"is {_called(value)}", "a list")
            return None
        found = [kind(reading, inner, f"{path}[{index}]") for index, inner in enumerate(value)]
        return [inner for inner in found if inner is not None]

    return read


def canonical_time(moment: datetime) -> str:
    """RFC 3339 in UTC with a Z."""
    return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def check_texts(reading: Reading, value: object, path: str, limit: int = MAX_TEXT, depth: int = 0) -> None:
    """Note each text, at any depth, that can't be kept (NUL, half a surrogate pair, too long), NaN and deep nesting."""
    if isinstance(value, str):
        _check_text(reading, value, path, limit)
    elif isinstance(value, (dict, list)):
        if depth >= 64:
            reading.problem(path, "is nested too deep", "at most 64 levels")
            return
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            where = f"{path}.{key}" if isinstance(key, str) else f"{path}[{key}]"
            if isinstance(key, str):
                _check_text(reading, key, path, MAX_TEXT)
            long = MAX_LONG_TEXT if key in LONG_TEXTS else MAX_TEXT
            check_texts(reading, inner, where, long, depth + 1)
    elif isinstance(value, float) and not math.isfinite(value):
        reading.problem(path, "is not a number of JSON", "a finite number")


def _check_text(reading: Reading, value: str, path: str, limit: int) -> None:
    if "\x00" in value:
        reading.problem(path, "contains a NUL character", "text without control characters")
    if value.isascii():
        size = len(value)
    else:
        try:
            size = len(value.encode())
        except UnicodeEncodeError:
            reading.problem(path, "contains half a surrogate pair", "valid Unicode")
            return
    if size > limit:
        reading.problem(path, f"has {size:,} bytes", f"at most {limit:,}")


def _moment(reading: Reading, value: object, path: str) -> datetime | None:
    if not isinstance(value, str):
        reading.wrong(path, f"is {_called(value)}", _ZONED)
        return None
    try:
        moment = datetime.fromisoformat(value.strip().upper() if value[-1:] == "z" else value.strip())
        if moment.tzinfo is None:
            if reading.strict:
                reading.problem(path, "has no time zone", _ZONED)
                return None
            return moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        reading.wrong(path, "is not a time", _ZONED)
        return None


def _written(value: object, moment: datetime) -> str:
    """The canonical text, which most senders write themselves."""
    if isinstance(value, str) and len(value) == 20 and value[10] == "T" and value[-1] == "Z" and value[5] != "W":
        return value
    return canonical_time(moment)


def _called(value: object) -> str:
    names = {type(None): "null", bool: "true or false", dict: "an object", list: "a list", str: "text"}
    return names.get(type(value), "a number" if isinstance(value, (int, float)) else "something else")


STATUS = one_of(STATUSES)
PAYMENT = one_of(PAYMENT_STATUSES)
