"""Verdicts in words: what a field is, what was expected, what is missing; never "false" for what isn't known.

"parcel.tracking_status is in_transit, expected awaiting_carrier". Moments are given in UTC.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from workflows.engine import durations
from workflows.engine.grammar import Duration, Leaf
from workflows.engine.operators import OPERATORS

_LONGEST = 80
_MOST_MEMBERS = 8
_LARGEST = 10**30

# Operator: what follows "expected", and what follows the field in "if … were …" and "if … were not …".
_PHRASES: Mapping[str, tuple[str, str, str]] = {
    "is": ("{}", "were {}", "were not {}"),
    "is_not": ("not {}", "were not {}", "were {}"),
    "in": ("one of {}", "were one of {}", "were none of {}"),
    "not_in": ("none of {}", "were none of {}", "were one of {}"),
    "equals": ("{}", "were {}", "were not {}"),
    "not_equals": ("not {}", "were not {}", "were {}"),
    "contains": ("to contain {}", "contained {}", "did not contain {}"),
    "not_contains": ("not to contain {}", "did not contain {}", "contained {}"),
    "starts_with": ("to start with {}", "started with {}", "did not start with {}"),
    "ends_with": ("to end with {}", "ended with {}", "did not end with {}"),
    "matches": ("to match {}", "matched {}", "did not match {}"),
    "gt": ("more than {}", "were more than {}", "were at most {}"),
    "gte": ("at least {}", "were at least {}", "were less than {}"),
    "lt": ("less than {}", "were less than {}", "were at least {}"),
    "lte": ("at most {}", "were at most {}", "were more than {}"),
    "between": ("between {}", "were between {}", "were not between {}"),
    "before": ("before {}", "were before {}", "were not before {}"),
    "after": ("after {}", "were after {}", "were not after {}"),
    "on": ("on {}", "were on {}", "were not on {}"),
    "older_than": ("older than {}", "were older than {}", "were not older than {}"),
    "within_last": ("within the last {}", "were within the last {}", "were not within the last {}"),
    "within_next": ("within the next {}", "were within the next {}", "were not within the next {}"),
    "has_been": ("to have been {}", "had been {}", "had not been {}"),
    "has_not_been": ("not to have been {}", "had not been {}", "had been {}"),
    "was": ("to have been {}", "had been {}", "had not been {}"),
    "has": ("to have {}", "had {}", "did not have {}"),
    "has_any": ("any of {}", "had any of {}", "had none of {}"),
    "has_all": ("all of {}", "had all of {}", "did not have all of {}"),
    "has_none": ("none of {}", "had none of {}", "had any of {}"),
    "is_empty": ("nothing", "were empty", "were not empty"),
    "is_not_empty": ("a value", "were not empty", "were empty"),
    "is_true": ("true", "were true", "were false"),
    "is_false": ("false", "were false", "were true"),
    "changed": ("to have changed", "had changed", "had not changed"),
    "changed_to": ("to have changed to {}", "had changed to {}", "had not changed to {}"),
    "changed_from": ("to have changed from {}", "had changed from {}", "had not changed from {}"),
}
_UNKNOWN_OPERATOR = ("{}", "fitted {}", "did not fit {}")

_A_KIND: Mapping[str, str] = {
    "text": "a text", "choice": "a text", "number": "a number", "money": "an amount", "datetime": "a time",
    "age": "a time", "duration": "a duration", "time": "a time of day", "bool": "true or false", "set": "a list",
}  # fmt: skip
_UNITS: Sequence[tuple[str, int]] = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def of_leaf(leaf: Leaf, label: str, kind: str, found: object, holds: bool | None, missing: str, problem: str) -> str:
    """What one leaf found, beside what it expected."""
    expected = expected_words(leaf.op, expected_of(leaf))
    if problem:
        return f"{label}: {problem}"
    if holds is None:
        return f"{missing} is missing, expected {expected}"
    shown = found_words(found, kind)
    if not holds:
        return f"{label} is {shown}, expected {expected}"
    claim = f"{label} {OPERATORS[leaf.op].words} {value_words(leaf.op, expected_of(leaf))}".rstrip()
    return claim if shown.casefold() in claim.casefold() else f"{claim} ({shown})"


def of_group(kind: str, need: int, children: Sequence[tuple[bool | None, str]], *, holds: bool | None) -> str:
    """How many of a group's children hold, how many must, and the words of those that decide."""
    count = sum(1 for held, _ in children if held)
    rule = {"all": "all must", "any": "one must", "none": "none may"}.get(kind, f"at least {need} must")
    if kind == "none":
        telling = [words for held, words in children if holds or held is not False]
    elif holds:
        telling = [words for held, words in children if held]
    else:
        telling = [words for held, words in children if not held]
    return f"{count} of {len(children)} hold, {rule}: {'; '.join(telling)}"


def expected_of(leaf: Leaf) -> object:
    """What a leaf expects as a document would say it: its value, beside its `for` if it has one."""
    if leaf.for_ is None:
        return leaf.value
    return {"value": leaf.value, "for": dict(leaf.for_.said) or durations.render(leaf.for_)}


def expected_words(op: str, expected: object) -> str:
    """What `op` expects: "awaiting_carrier", "more than 20", "older than 2 days"."""
    return _PHRASES.get(op, _UNKNOWN_OPERATOR)[0].replace("{}", value_words(op, expected))


def if_words(label: str, op: str, expected: object, *, held: bool) -> str:
    """The same as a wish: "parcel.tracking_status were awaiting_carrier", or (not `held`) "were not"."""
    phrase = _PHRASES.get(op, _UNKNOWN_OPERATOR)[1 if held else 2]
    return f"{label} {phrase.replace('{}', value_words(op, expected))}"


def value_words(op: str, expected: object) -> str:
    """The value a leaf compares with: a text, a list, a pair, a duration, a state and for how long."""
    if isinstance(expected, Mapping) and "for" in expected:
        lead = "in the last" if op == "was" else "for"
        return f"{plain(expected.get('value'))} {lead} {durations.words(expected['for'])}"
    if expected is None:
        return ""
    if op == "was":
        return f"{plain(expected)} at some time"
    if op == "between" and isinstance(expected, list | tuple):
        return " and ".join(map(plain, expected))
    if op in ("before", "after", "on") and isinstance(expected, str):
        return _moment_said(expected)
    return plain(expected)


def found_words(found: object, kind: str) -> str:
    """What the facts hold: money in the main unit, everything else as it is."""
    if kind == "money" and isinstance(found, int | float) and not isinstance(found, bool):
        return f"{found / 100:.2f}"
    if kind == "money" and isinstance(found, list | tuple):
        return ", ".join(found_words(each, kind) for each in found[:_MOST_MEMBERS])
    return plain(found)


def cannot_compare(found: object, kind: str) -> str:
    """Why a found value has no answer: it isn't of the kind that is asked about."""
    return (
        f"cannot compare {plain(found)} ({_found_kind(found)}), expected {_A_KIND.get(kind, 'another kind of value')}"
    )


def moment_words(at: datetime) -> str:
    """A moment to the minute, with seconds only where there are any: "2026-11-20 10:00 UTC"."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%d %H:%M}{f':{at:%S}' if at.second or at.microsecond else ''} UTC"


def plain(value: object) -> str:
    """Any value in words, at most about 80 characters a text and 8 members a list."""
    match value:
        case None:
            return "missing"
        case bool():
            return "true" if value else "false"
        case str():
            return (value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…") or "empty"
        case datetime():
            return moment_words(value) if value.tzinfo is not None else f"{value}"
        case timedelta():
            return _span_words(value)
        case Duration() | Mapping():
            return durations.words(value)
        case list() | tuple() | set() | frozenset():
            members = [plain(each) for each in value]
            more = len(members) - _MOST_MEMBERS
            return (", ".join(members[:_MOST_MEMBERS]) + (f" and {more} more" if more > 0 else "")) or "empty"
        case float() | Decimal():
            return f"{value:.15g}"
        case int() if abs(value) > _LARGEST:
            return "a very large number"
    return str(value)[:_LONGEST]


def _moment_said(text: str) -> str:
    """A moment as documents write it, as `moment_words` says it; a day stays a day."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return plain(text)
    return moment_words(at) if at.tzinfo is not None else plain(text)


def _span_words(span: timedelta) -> str:
    seconds = int(abs(span).total_seconds())
    parts = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}{'s' if count > 1 else ''}")
    return ("minus " if span < timedelta() else "") + (" ".join(parts[:2]) or "0 seconds")


def _found_kind(found: object) -> str:
    kinds = ((str, "text"), (bool, "true or false"), (int | float | Decimal, "a number"), (datetime, "a time"))
    return next((words for types, words in kinds if isinstance(found, types)), "another kind of value")
