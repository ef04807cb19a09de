"""One question of a condition in words, as part of a sentence: "the label was created more than 2 days ago"."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import Protocol

from workflows.engine import durations
from workflows.engine.grammar import Leaf


class LeafVocabulary(Protocol):
    """The words of fields and their values, by path."""

    def field(self, path: str) -> str:
        """Such as "the tracking status"."""

    def claim(self, path: str) -> str:
        """Such as "the order is on hold", for the yes-or-no field at `path`."""

    def denial(self, path: str) -> str:
        """The opposite: "the order is not on hold"."""

    def happening(self, path: str) -> tuple[str, str, str] | None:
        """For a moment at which something happened: "the label was printed" (with a time behind it), that it happened
        at all, that it did not; None for other fields."""

    def value(self, path: str, value: str) -> str:
        """Such as "Carrier awaiting package", for a value of the field at `path`."""


def leaf_words(
    leaf: Leaf, vocabulary: LeafVocabulary, *, statuses: Mapping[str, str], zone: tzinfo, passed: bool = False
) -> str:
    """What the leaf asks, in words; `statuses` are the shop's own, moments are said in `zone`.

    `passed`: an age is said as time that has gone by ("2 days have passed since the label was created").
    """
    return _LeafSpeaker(vocabulary, statuses, zone).say(leaf, passed=passed)


def value_label(path: str, value: object, vocabulary: LeafVocabulary, statuses: Mapping[str, str]) -> str:
    """A value of the field at `path` as people call it."""
    if not isinstance(value, str):
        return str(value)
    if path == "order.ops_status" and value in statuses:
        return statuses[value]
    return vocabulary.value(path, value)


def listed(words: Sequence[str], word: str = "and") -> str:
    """Such as "a, b and c"."""
    return f"{', '.join(words[:-1])} {word} {words[-1]}" if len(words) > 1 else "".join(words)


def moment_text(said: object, zone: tzinfo) -> str:
    """A date or moment as documents write it, in words: "20 November 2026", "20 November 2026, 09:00"."""
    text = str(said)
    try:
        if len(text) <= len("2026-11-20"):
            day = date.fromisoformat(text)
            return f"{day.day} {day:%B} {day.year}"
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    local = at.astimezone(zone) if at.tzinfo is not None else at
    return f"{local.day} {local:%B} {local.year}, {local:%H:%M}"


class _LeafSpeaker:
    def __init__(self, vocabulary: LeafVocabulary, statuses: Mapping[str, str], zone: tzinfo) -> None:
        self.vocabulary = vocabulary
        self.statuses = statuses
        self.zone = zone

    def say(self, leaf: Leaf, *, passed: bool) -> str:
        if leaf.op in ("is_true", "is_false") or isinstance(leaf.value, bool):
            is_so = (leaf.op == "is_true" or leaf.value is True) is (leaf.op not in ("is_not", "not_equals"))
            return self.vocabulary.claim(leaf.field) if is_so else self.vocabulary.denial(leaf.field)
        happening = self.vocabulary.happening(leaf.field)
        if happening is not None and leaf.op in ("is_empty", "is_not_empty"):
            return happening[2 if leaf.op == "is_empty" else 1]
        if leaf.op in _SPANS:
            return self._span(leaf, happening, passed=passed)
        if leaf.op in _MOMENTS:
            at = moment_text(leaf.value, self.zone)
            start = happening[0] if happening is not None else f"{self._field(leaf)} is"
            return f"{start} {leaf.op} {at}"
        said = f"{self._field(leaf)} {self._compared(leaf)}".rstrip()
        if leaf.for_ is None:
            return f"{said} at some time" if leaf.op == "was" else said
        return f"{said} {'in the last' if leaf.op == 'was' else 'for'} {durations.words(leaf.for_)}"

    def _field(self, leaf: Leaf) -> str:
        return self.vocabulary.field(leaf.field)

    def _span(self, leaf: Leaf, happening: tuple[str, str, str] | None, *, passed: bool) -> str:
        span = durations.words(leaf.value) if leaf.value else "…"
        since = happening[0] if happening is not None else self._field(leaf)
        if passed and leaf.op == "older_than":
            verb = "has" if span.startswith("1 ") and " and " not in span else "have"
            return f"{span} {verb} passed since {since}"
        verb = "" if happening is not None else " is" if leaf.op == "within_next" else " was"
        return f"{since}{verb} {_SPANS[leaf.op].format(span)}"

    def _compared(self, leaf: Leaf) -> str:
        """What follows the field: the operator and the value."""
        verb = OPERATOR_WORDS.get(leaf.op, leaf.op.replace("_", " "))
        if leaf.op in _VALUELESS:
            return verb
        if leaf.value in (None, "", [], ()):
            return f"{verb} …"
        values = leaf.value if isinstance(leaf.value, list | tuple) else [leaf.value]
        said = [self._label(leaf, value) for value in values]
        match leaf.op:
            case "not_in":
                return f"is {_none_of(said)}"
            case "has_none":
                return f"include {_none_of(said)}"
            case "gt" | "gte" | "lt" | "lte" if _is_clock(leaf.value):
                return _CLOCK[leaf.op].format(said[0])
        word = "and" if leaf.op in ("between", "has_all") else "or"
        return f"{verb} {listed(said, word)}"

    def _label(self, leaf: Leaf, value: object) -> str:
        if isinstance(value, Mapping):
            return durations.words(value)
        said = value_label(leaf.field, value, self.vocabulary, self.statuses)
        return f"“{said}”" if leaf.op in _QUOTED else said


def _none_of(said: Sequence[str]) -> str:
    if len(said) == 1:
        return f"not {said[0]}"
    return f"neither {said[0]} nor {said[1]}" if len(said) == 2 else f"none of {listed(said, 'or')}"


def _is_clock(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\d\d:\d\d", value) is not None


#: Operators → their words, for all that is not said in a way of its own.
OPERATOR_WORDS: Mapping[str, str] = {
    "in": "is",
    "equals": "is",
    "not_equals": "is not",
    "contains": "contains",
    "not_contains": "does not contain",
    "starts_with": "starts with",
    "ends_with": "ends with",
    "matches": "matches",
    "gt": "is more than",
    "gte": "is at least",
    "lt": "is less than",
    "lte": "is at most",
    "between": "is between",
    "has": "include",
    "has_any": "include",
    "has_all": "include",
}
_SPANS: Mapping[str, str] = {
    "older_than": "more than {} ago",
    "within_last": "within the last {}",
    "within_next": "within the next {}",
}
_CLOCK: Mapping[str, str] = {
    "gt": "is after {}",
    "gte": "is {} or later",
    "lt": "is before {}",
    "lte": "is {} or earlier",
}
_MOMENTS = ("before", "after", "on")
_VALUELESS = ("is_empty", "is_not_empty", "changed")
_QUOTED = ("contains", "not_contains", "starts_with", "ends_with", "matches")
