"""Condition tables: what was asked, what was found, and which of it was met, row by row.

A recorded verdict doesn't say of what kind its groups are; the pinned version does, so both are read side by side.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from postsale.tenants.shop import Shop
from workflows.catalog.vocabulary import VOCABULARY
from workflows.definitions.names import Names
from workflows.engine.grammar import Condition, Group, Leaf
from workflows.engine.sentences import condition_words
from workflows.history.words import field_label, found_words, sentence_case

type Json = Mapping[str, Any]
type Result = Literal["met", "not_met", "not_yet", "missing", "not_asked"]

RESULTS: Mapping[Result, tuple[str, str, str]] = {
    "met": ("Met", "circle-check", "ok"),
    "not_met": ("Not met", "circle-x", "warn"),
    "not_yet": ("Not yet", "clock", "info"),
    "missing": ("Missing", "circle-question-mark", "info"),
    "not_asked": ("Not asked", "circle-minus", "mute"),
}
_GROUPS = {"all": "All of these", "any": "Any of these", "none": "None of these"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One row: a question (`field`, `needed`, `found`) or, without a field, the words of the group that follows."""

    depth: int
    needed: str
    result: Result
    field: str = ""
    found: str = ""

    @property
    def label(self) -> str:
        """The result in words."""
        return RESULTS[self.result][0]

    @property
    def icon(self) -> str:
        """The result's icon."""
        return RESULTS[self.result][1]

    @property
    def tone(self) -> str:
        """The result's colour."""
        return RESULTS[self.result][2]


def rows(condition: Condition, verdict: Json | None, *, shop: Shop, names: Names) -> list[Asked]:
    """The table of one condition; without a verdict only what it needs."""
    if isinstance(condition, Group) and condition.kind == "all":  # one row below the other already says "all"
        return [row for child, said in _pairs(condition, verdict) for row in _rows(child, said, 0, shop, names)]
    return list(_rows(condition, verdict, 0, shop, names))


def result_of(verdict: Json | None) -> Result:
    """What came of a question or a group. `may_come`: not so yet, and time alone may make it so."""
    if verdict is None:
        return "not_asked"
    if verdict.get("may_come") and verdict.get("holds") is not True:
        return "not_yet"
    return {True: "met", False: "not_met"}.get(verdict.get("holds"), "missing")  # type: ignore[arg-type,return-value]


def failing(table: Sequence[Asked]) -> list[Asked]:
    """The questions that were not met, or could not be answered."""
    return [row for row in table if row.field and row.result in ("not_met", "missing")]


def needed_words(leaf: Leaf, names: Names) -> str:
    """What a question wants, without its field: "is Exception", "is more than 2 days ago"."""
    said = condition_words(leaf, names, VOCABULARY)
    return said.removeprefix(VOCABULARY.field(leaf.field)).strip() or said


def _rows(condition: Condition, verdict: Json | None, depth: int, shop: Shop, names: Names) -> Iterator[Asked]:
    result = result_of(verdict)
    if isinstance(condition, Leaf):
        found = "" if verdict is None else _found(condition, verdict, shop)
        yield Asked(
            depth=depth, field=field_label(condition.field), needed=needed_words(condition, names), found=found,
            result=result,
        )  # fmt: skip
        return
    words = _GROUPS.get(condition.kind, f"At least {condition.k} of these")
    yield Asked(depth=depth, needed=words, result=result)
    for child, said in _pairs(condition, verdict):
        yield from _rows(child, said, depth + 1, shop, names)


def _pairs(group: Group, verdict: Json | None) -> Iterator[tuple[Condition, Json | None]]:
    said = list((verdict or {}).get("children") or ())
    for at, child in enumerate(group.of):
        yield child, said[at] if at < len(said) else None


def _found(leaf: Leaf, verdict: Json, shop: Shop) -> str:
    if problem := verdict.get("problem"):
        return sentence_case(str(problem))
    try:
        at = datetime.fromisoformat(str(verdict.get("at")))
    except ValueError:
        at = None
    return found_words(leaf.field, verdict.get("found"), shop, at=at)
