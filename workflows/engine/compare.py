"""Comparisons, compiled once: what an operator and its value ask of one found value.

A `Test` answers True, False, or None where what is found is not of the kind that is asked about ("cannot compare").
Whoever compiles has made sure that the value has no `operators.value_problem`.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from workflows.engine.calendar import Calendar, instant_of, local_time
from workflows.engine.operators import pattern_of, value_problem
from workflows.engine.values import (
    counted,
    day_of,
    flag_of,
    instant,
    is_empty,
    moment_of,
    money_of,
    number_of,
    several,
    span_of,
    text_of,
    wall_time_of,
)

type Test = Callable[[object], bool | None]
type MomentTest = Callable[[object, Calendar], bool | None]
type Claim = Callable[[Any], bool]

COLLECTIONS = ("has", "has_any", "has_all", "has_none")
EMPTINESS: Mapping[str, bool] = {"is_empty": True, "is_not_empty": False}


def test_of(op: str, kind: str, value: object) -> Test:
    """The comparison, by `op` with `value`, of one found value of `kind`."""
    if op in EMPTINESS:
        wanted = EMPTINESS[op]
        return lambda found: is_empty(found) is wanted
    if op in COLLECTIONS or (kind == "set" and op in _CONTAINS):
        return _test_of_many(_CONTAINS.get(op, op), kind, value)
    return _test_by_type(op, value) if kind == "any" else _test_of_one(op, kind, value)


def moment_test_of(op: str, value: object) -> MomentTest:
    """`before`, `after` or `on` a fixed moment. A date means the whole day of the shop's clock, as `on` always does."""
    day, fixed = day_of(value), instant(value)

    def test(found: object, calendar: Calendar) -> bool | None:
        moment = moment_of(found, calendar)
        if moment is None:
            return None
        if fixed is not None and op != "on":
            return moment < fixed if op == "before" else moment > fixed
        begin, end = _day_around(day or fixed, calendar)
        return moment < begin if op == "before" else moment >= end if op == "after" else begin <= moment < end

    return test


def _day_around(day: date | datetime | None, calendar: Calendar) -> tuple[datetime, datetime]:
    if isinstance(day, datetime):
        day = local_time(day, calendar).date()
    first = day or date.min
    return instant_of(first, time(0), calendar), instant_of(first + timedelta(days=1), time(0), calendar)


def _test_of_one(op: str, kind: str, value: object) -> Test:
    if op == "matches":
        return _test_of_pattern(value)
    read_found, read_said = _READERS[kind]
    claim = _claim_of(op, read_said, value)

    def test(found: object) -> bool | None:
        read = read_found(found)
        return None if read is None else claim(read)

    return test


def _test_of_pattern(value: object) -> Test:
    search = pattern_of(str(value)).search

    def test(found: object) -> bool | None:
        if not isinstance(found, str):
            return None
        try:
            return search(found) is not None
        except UnicodeEncodeError:  # half of a surrogate pair is no text to RE2
            return None

    return test


def _test_by_type(op: str, value: object) -> Test:
    """The comparison of a value whose kind shows only when it is met: text, number, boolean, elapsed time or many."""
    tests: dict[str, Test] = {}
    for kind in ("text", "number", "bool", "duration", "set"):
        said = value
        if op in ("in", "not_in"):
            said = [each for each in several(value) or () if value_problem("is", kind, each, None) is None]
        if value_problem(op, kind, said, None) is None:
            tests[kind] = test_of(op, kind, said)

    def test(found: object) -> bool | None:
        kind = next((kind for types, kind in _KINDS_BY_TYPE if isinstance(found, types)), "")
        known = tests.get(kind)
        return None if known is None else known(found)

    return test


def _test_of_many(op: str, kind: str, value: object) -> Test:
    read = money_of if kind == "money" else _folded
    wanted = frozenset(read(member) for member in (several(value) or (value,)))

    def test(found: object) -> bool | None:
        members = several(found)
        if members is None:
            members = (found,)
        present = {_folded(member) for member in members if member is not None}
        is_sure = None not in members
        if op == "has_all":
            return True if wanted <= present else False if is_sure else None
        has_any = True if wanted & present else False if is_sure else None
        return has_any if op != "has_none" or has_any is None else not has_any

    return test


def _folded(value: object) -> object:
    """A member so that equal ones are equal in any case; 1 and true are not."""
    if isinstance(value, str):
        return value.casefold()
    return (
        value if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else (type(value), str(value))
    )


def _claim_of(op: str, read: Callable[[object], Any], value: object) -> Claim:
    if op == "in":
        return frozenset(map(read, several(value) or ())).__contains__
    if op == "not_in":
        refused = frozenset(map(read, several(value) or ()))
        return lambda found: found not in refused
    if op == "between":
        low, high = map(read, several(value) or ())
        if low > high:  # only times of day may: the span that holds midnight
            return lambda found: found >= low or found <= high
        return lambda found: low <= found <= high
    return _CLAIMS[op](read(value))


_CONTAINS: Mapping[str, str] = {"contains": "has", "not_contains": "has_none"}

_CLAIMS: Mapping[str, Callable[[Any], Claim]] = {
    "is": lambda said: lambda found: bool(found == said),
    "is_not": lambda said: lambda found: bool(found != said),
    "equals": lambda said: lambda found: bool(found == said),
    "not_equals": lambda said: lambda found: bool(found != said),
    "contains": lambda said: lambda found: said in found,
    "not_contains": lambda said: lambda found: said not in found,
    "starts_with": lambda said: lambda found: bool(found.startswith(said)),
    "ends_with": lambda said: lambda found: bool(found.endswith(said)),
    "gt": lambda said: lambda found: bool(found > said),
    "gte": lambda said: lambda found: bool(found >= said),
    "lt": lambda said: lambda found: bool(found < said),
    "lte": lambda said: lambda found: bool(found <= said),
    "is_true": lambda _: lambda found: found is True,
    "is_false": lambda _: lambda found: found is False,
}

# Kind: how it is read from facts, and from a document.
_READERS: Mapping[str, tuple[Callable[[object], Any], Callable[[object], Any]]] = {
    "text": (text_of, text_of),
    "choice": (text_of, text_of),
    "number": (counted, number_of),
    "money": (counted, money_of),
    "duration": (span_of, span_of),
    "time": (wall_time_of, wall_time_of),
    "bool": (flag_of, flag_of),
}

_KINDS_BY_TYPE: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (str, "text"),
    (bool, "bool"),
    ((int, float, Decimal), "number"),
    (timedelta, "duration"),
    ((list, tuple, set, frozenset), "set"),
)
