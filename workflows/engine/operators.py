"""The operators of the condition language: what each fits, what its value must be, and what is wrong with a value.

The keys are those of contract/semantics.md ("Conditions"), the kinds of field those of DOMAIN.md section 7 and:
`age` (a moment in the facts, asked as the time since then), `time` (a wall time, "HH:MM"), `items` (one value for each
item; `items:money` says what they are) and `any` (known only when it is met). A kind that isn't listed is `any`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import re2

from workflows.engine import durations
from workflows.engine.grammar import Duration
from workflows.engine.values import (
    day_of,
    flag_of,
    instant,
    money_of,
    number_of,
    several,
    span_of,
    text_of,
    wall_time_of,
)

type Wrong = tuple[str, str]
type Shape = Literal["none", "value", "values", "list", "pair", "text", "pattern", "datetime", "duration"]

KINDS = ("text", "choice", "number", "money", "datetime", "duration", "age", "time", "bool", "set", "items", "any")
ELEMENTS = ("text", "choice", "number", "money", "bool", "any")  # what the values of items can be
MOST_VALUES = 1_000
LONGEST_PATTERN = 200
MOST_MEMORY = 1 << 20  # for a pattern: what RE2 refuses beyond costs milliseconds to refuse (RELIABILITY.md W09)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One operator.

    `shape` is what its value must be: nothing, a `value` of the field's kind, one or more (`values`), a `list` of them,
    a `pair` (from, to), `text`, a `pattern`, a `datetime` or a `duration`. It needs a `for`, or takes one.
    `words` stand between the field and the value: "order.total" "is more than" "20.00".
    """

    key: str
    kinds: frozenset[str]
    shape: Shape
    words: str
    needs_for: bool = False
    takes_for: bool = False
    is_temporal: bool = False
    is_negative: bool = False


def value_problem(op: str, kind: str, value: object, for_: object) -> Wrong | None:
    """What keeps `op` from being asked of a field of `kind` with this value and `for`: (problem, expected) or None."""
    operator = OPERATORS.get(op)
    if operator is None:
        return f"unknown operator {op[:40]!r}", f"one of {', '.join(OPERATORS)}"
    outer, element = _parts(kind)
    fitting = operators_for(kind)
    if op not in fitting:
        return f"{op} does not fit a {_NAMES[element or outer]} field", f"one of {', '.join(fitting)}"
    if operator.needs_for and for_ is None:
        return f"{op} needs 'for'", "a duration"
    if for_ is not None and not (operator.needs_for or operator.takes_for):
        return f"{op} takes no 'for'", "no 'for'"
    if for_ is not None and not isinstance(for_, Duration):
        parsed = durations.parse(for_)
        if not isinstance(parsed, Duration):
            return parsed
    return _SHAPES[operator.shape](value, element or outer)


@lru_cache(maxsize=256)
def operators_for(kind: str) -> tuple[str, ...]:
    """The keys of the operators that fit a field of `kind`, in the order people should be offered them."""
    return tuple(key for key, operator in OPERATORS.items() if operator.kinds.issuperset(filter(None, _parts(kind))))


def pattern_of(text: str) -> Any:
    """The compiled, case-insensitive RE2 pattern `text` (linear time, 1 MB). Raises ValueError with RE2's words.

    UnicodeEncodeError, when the text holds half a surrogate pair, is a ValueError too.
    """
    options = re2.Options()
    options.max_mem = MOST_MEMORY
    options.case_sensitive = False
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except re2.error as error:
        said = error.args[0]
        raise ValueError(said.decode(errors="replace") if isinstance(said, bytes) else str(said)) from error


def _parts(kind: str) -> tuple[str, str]:
    """The kind of a field, and for `items` that of its values: "items:money" is ("items", "money")."""
    outer, _, element = kind.partition(":")
    if outer == "items":
        return outer, element if element in ELEMENTS else "any"
    return outer if outer in KINDS else "any", ""


def _a_value(value: object, kind: str) -> Wrong | None:
    read, expected = _READ[kind]
    if read(value) is not None:
        return None
    return f"{_found(value)} is not {expected}", expected


def _one_or_more(value: object, kind: str) -> Wrong | None:
    return _a_list(value, kind) if isinstance(value, list | tuple) else _a_value(value, kind)


def _a_list(value: object, kind: str) -> Wrong | None:
    expected = f"a list of one or more values, each {_READ[kind][1]}"
    members = several(value)
    if not members:
        return (f"{_found(value)} is not a list" if members is None else "an empty list"), expected
    if len(members) > MOST_VALUES:
        return f"{len(members):,} values are too many", f"at most {MOST_VALUES:,} values"
    return next((wrong for member in members if (wrong := _a_value(member, kind))), None)


def _a_pair(value: object, kind: str) -> Wrong | None:
    read, each = _READ[kind]
    expected = f"two values, from and to, each {each}"
    members = several(value)
    if members is None or len(members) != 2:
        return f"{_found(value)} is not a pair", expected
    wrong = _a_value(members[0], kind) or _a_value(members[1], kind)
    if wrong:
        return wrong
    low, high = (read(member) for member in members)
    # Times of day may wrap around midnight; mixed or business durations have no order without a calendar.
    if kind in ("number", "money", "text", "duration") and low > high:
        return "the first value is above the second", "the lower value first"
    return None


def _nothing(value: object, _: str) -> Wrong | None:
    return None if value is None else (f"a value ({_found(value)}) where none is needed", "no value")


def _a_text(value: object, _: str) -> Wrong | None:
    if not isinstance(value, str):
        return f"{_found(value)} is not a text", "a text"
    return None if value else ("an empty text", "a text")


def _a_pattern(value: object, kind: str) -> Wrong | None:
    expected = f"a pattern of RE2 syntax, at most {LONGEST_PATTERN} characters"
    wrong = _a_text(value, kind)
    if wrong or not isinstance(value, str):
        return wrong
    if len(value) > LONGEST_PATTERN:
        return f"a pattern of {len(value):,} characters is too long", expected
    try:
        pattern_of(value)
    except ValueError as error:
        return f"not supported: {error}", expected
    return None


def _a_moment(value: object, _: str) -> Wrong | None:
    if day_of(value) is not None or instant(value) is not None:
        return None
    return f"{_found(value)} is not a date or a time", _MOMENT


def _a_duration(value: object, _: str) -> Wrong | None:
    parsed = value if isinstance(value, Duration) else durations.parse(value)
    return None if isinstance(parsed, Duration) else parsed


def _found(value: object) -> str:
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:39] + "…")
    if isinstance(value, bool | int | float):
        return repr(value) if abs(value) < 10**20 else "a number that large"
    return {type(None): "nothing", list: "a list", tuple: "a list", dict: "an object"}.get(type(value), "this value")


def _any_of(value: object) -> object | None:
    return value if isinstance(value, str | bool) else number_of(value)


def _age_of(value: object) -> object | None:
    return value if _a_duration(value, "") is None else None


_MOMENT = 'a date "2026-11-20" or a time with its offset "2026-11-20T10:00:00Z"'
_TEXT = "a text"
_READ: Mapping[str, tuple[Callable[[object], Any], str]] = {
    "text": (text_of, _TEXT),
    "choice": (text_of, _TEXT),
    "number": (number_of, "a number"),
    "money": (money_of, 'an amount such as 12.5 or "12.50"'),
    "datetime": (instant, _MOMENT),
    "duration": (span_of, durations.EXPECTED),
    "age": (_age_of, durations.EXPECTED),
    "time": (wall_time_of, 'a time of day such as "09:30"'),
    "bool": (flag_of, "true or false"),
    "set": (text_of, _TEXT),
    "items": (_any_of, "a text, a number, true or false"),
    "any": (_any_of, "a text, a number, true or false"),
}
_NAMES: Mapping[str, str] = {kind: kind for kind in KINDS} | {"any": "many-valued", "time": "time-of-day"}

_SHAPES: Mapping[Shape, Callable[[object, str], Wrong | None]] = {
    "none": _nothing,
    "value": _a_value,
    "values": _one_or_more,
    "list": _a_list,
    "pair": _a_pair,
    "text": _a_text,
    "pattern": _a_pattern,
    "datetime": _a_moment,
    "duration": _a_duration,
}

_PLAIN = frozenset({"text", "choice", "number", "money", "time", "bool", "items", "any"})
_WORDS = frozenset({"text", "choice", "items", "any"})
_ORDERED = frozenset({"number", "money", "duration", "age", "time", "items", "any"})
_MOMENTS = frozenset({"datetime", "any"})
_AGES = frozenset({"datetime", "age", "any"})
_STATES = frozenset({"text", "choice", "number", "money", "bool", "any"})
# A single value counts as a set of one, so that has_any serves the fields of items whatever they are.
_MANY = frozenset({"set", "items", "any", "text", "choice", "number", "money"})
_FLAGS = frozenset({"bool", "items", "any"})
_ALL = frozenset(KINDS)
_KEPT = _ALL - {"items", "age", "time"}


def _operator(key: str, kinds: frozenset[str], shape: Shape, words: str, **more: Any) -> Operator:
    return Operator(key=key, kinds=kinds, shape=shape, words=words, **more)


OPERATORS: Mapping[str, Operator] = {
    operator.key: operator
    for operator in (
        _operator("is", _PLAIN, "value", "is"),
        _operator("is_not", _PLAIN, "value", "is not", is_negative=True),
        _operator("in", _PLAIN, "list", "is one of"),
        _operator("not_in", _PLAIN, "list", "is none of", is_negative=True),
        _operator("equals", _PLAIN, "value", "equals"),
        _operator("not_equals", _PLAIN, "value", "does not equal", is_negative=True),
        _operator("contains", _WORDS | {"set"}, "text", "contains"),
        _operator("not_contains", _WORDS | {"set"}, "text", "does not contain", is_negative=True),
        _operator("starts_with", _WORDS, "text", "starts with"),
        _operator("ends_with", _WORDS, "text", "ends with"),
        _operator("matches", _WORDS, "pattern", "matches"),
        _operator("gt", _ORDERED, "value", "is more than"),
        _operator("gte", _ORDERED, "value", "is at least"),
        _operator("lt", _ORDERED, "value", "is less than"),
        _operator("lte", _ORDERED, "value", "is at most"),
        _operator("between", _ORDERED | _WORDS, "pair", "is between"),
        _operator("before", _MOMENTS, "datetime", "is before"),
        _operator("after", _MOMENTS, "datetime", "is after"),
        _operator("on", _MOMENTS, "datetime", "is on"),
        _operator("older_than", _AGES, "duration", "is older than", is_temporal=True),
        _operator("within_last", _AGES, "duration", "is within the last", is_temporal=True),
        _operator("within_next", _MOMENTS, "duration", "is within the next", is_temporal=True),
        _operator("has_been", _STATES, "value", "has been", needs_for=True, is_temporal=True),
        _operator("has_not_been", _STATES, "value", "has not been", needs_for=True, is_temporal=True, is_negative=True),
        _operator("was", _STATES, "value", "was", takes_for=True, is_temporal=True),
        _operator("has", _MANY, "value", "has"),
        _operator("has_any", _MANY, "list", "has any of"),
        _operator("has_all", _MANY, "list", "has all of"),
        _operator("has_none", _MANY, "list", "has none of", is_negative=True),
        _operator("is_empty", _ALL, "none", "is empty"),
        _operator("is_not_empty", _ALL, "none", "is not empty"),
        _operator("is_true", _FLAGS, "none", "is true"),
        _operator("is_false", _FLAGS, "none", "is false"),
        _operator("changed", _KEPT, "none", "changed"),
        _operator("changed_to", _STATES, "values", "changed to"),
        _operator("changed_from", _STATES, "values", "changed from"),
    )
}
