"""The two phrases that steps are made of, as written in documents: conditions and durations, read and rendered."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Literal

from workflows.engine import durations
from workflows.engine.grammar import Condition, Duration, Group, Leaf, Problem
from workflows.engine.reading import Reader, join, unreadable

MOST_LEAVES = 100
DEEPEST_GROUPS = 3

type Rendered = dict[str, object]

_FIELD = re.compile(r"[a-z]+(\.[a-z0-9_]+)+").fullmatch
_GROUPS: tuple[Literal["all", "any", "none"], ...] = ("all", "any", "none")


def parse_condition(value: object, path: str = "") -> tuple[Condition | None, list[Problem]]:
    """The condition that `value` describes (a board's rule, an `until`), or None and all that is wrong with it."""
    reader = Reader([replace(problem, path=_under(path, problem.path)) for problem in unreadable(value)])
    condition = Phrases(reader).condition(value, path)
    return (None, reader.problems) if reader.problems else (condition, [])


def render_condition(condition: Condition) -> Rendered:
    """The document of `condition`: a leaf `{field, op, value, for}` or a group under its word."""
    match condition:
        case Leaf():
            rendered: Rendered = {"field": condition.field, "op": condition.op}
            with_spelled(rendered, condition.spelled, value=(deepcopy(condition.value), None))
            if condition.for_ is not None:
                rendered["for"] = render_duration(condition.for_)
            return rendered
        case Group(kind="at_least"):
            return {"at_least": condition.k, "of": [render_condition(child) for child in condition.of]}
        case Group():  # pragma: no branch -- a leaf or a group
            return {condition.kind: [render_condition(child) for child in condition.of]}


def render_duration(duration: Duration) -> Rendered:
    """The duration in the units that its document used, else in the largest that fit."""
    return dict(duration.said) or dict(durations.render(duration))


def leaves(condition: Condition, path: str = "") -> Iterator[tuple[str, Leaf]]:
    """Every leaf with its path in the document, when the condition itself stands at `path`."""
    match condition:
        case Leaf():
            yield path, condition
        case Group():  # pragma: no branch -- a leaf or a group
            word = "of" if condition.kind == "at_least" else condition.kind
            for at, child in enumerate(condition.of):
                yield from leaves(child, f"{join(path, word)}[{at}]")


def spelled_out(said: Mapping[str, object], **defaults: object) -> tuple[str, ...]:
    """The members that `said` writes out although they say the default."""
    return tuple(key for key, default in defaults.items() if key in said and said[key] == default)


def with_spelled(rendered: Rendered, spelled: tuple[str, ...], **members: tuple[object, object]) -> None:
    """Write each member (value, default) into `rendered` if it is not the default, or was written out all the same."""
    for key, (value, default) in members.items():
        if key in spelled or value != default:
            rendered[key] = value


@dataclass(slots=True)
class Phrases:
    """Reads conditions and durations of one document and counts its leaves."""

    reader: Reader
    leaves_met: int = 0

    def duration(self, value: object, path: str) -> Duration | None:
        """`value` as a duration above zero and of three years at most."""
        if not isinstance(value, dict):
            self.reader.members(value, path)
            return None
        duration = durations.parse(value)
        if not isinstance(duration, Duration):
            problem, expected = duration
            self.reader.wrong(path, problem, expected)
            return None
        return replace(duration, said=tuple(value.items()))

    def condition(self, value: object, path: str, *, depth: int = 0) -> Condition | None:
        """`value` as a condition inside `depth` groups."""
        if not isinstance(value, dict):
            self.reader.members(value, path)
            return None
        if "field" in value or "op" in value:
            return self._leaf(value, path)
        if "at_least" in value or "of" in value:
            return self._at_least(value, path, depth)
        for kind in _GROUPS:
            if kind in value:
                self.reader.members(value, path, needs=(kind,))
                return Group(kind=kind, of=self._children(value[kind], join(path, kind), depth))
        self.reader.wrong(path, "not a condition", "a leaf {field, op, value} or one of all, any, none, at_least")
        return None

    def _leaf(self, value: Rendered, path: str) -> Condition | None:
        self.leaves_met += 1
        if self.leaves_met > MOST_LEAVES:
            if self.leaves_met == MOST_LEAVES + 1:
                self.reader.wrong(path, "too many conditions", f"at most {MOST_LEAVES} conditions in a document")
            return None
        said = self.reader.members(value, path, needs=("field", "op"), may=("value", "for")) or {}
        field, op = said.get("field"), said.get("op")
        if "field" in said:
            expected = "a field such as parcel.tracking_status"
            field = self.reader.word(field, join(path, "field"), shape=_FIELD, expected=expected)
        if "op" in said:
            op = self.reader.text(op, join(path, "op"))
        for_ = self.duration(said["for"], join(path, "for")) if "for" in said else None
        if not isinstance(field, str) or not isinstance(op, str) or self.reader.problems:
            return None
        spelled = spelled_out(said, value=None)
        return Leaf(field=field, op=op, value=deepcopy(said.get("value")), for_=for_, spelled=spelled)

    def _at_least(self, value: Rendered, path: str, depth: int) -> Condition:
        self.reader.members(value, path, needs=("at_least", "of"))
        k = self.reader.whole(value["at_least"], join(path, "at_least"), least=1) if "at_least" in value else None
        of = self._children(value["of"], join(path, "of"), depth) if "of" in value else ()
        return Group(kind="at_least", of=of, k=k or 0)

    def _children(self, value: object, path: str, depth: int) -> tuple[Condition, ...]:
        if depth >= DEEPEST_GROUPS:
            self.reader.wrong(path, "groups are nested too deep", f"at most {DEEPEST_GROUPS} levels")
            return ()
        rows = self.reader.rows(value, path, most=MOST_LEAVES)
        children = [self.condition(row, at, depth=depth + 1) for at, row in rows]
        return tuple(child for child in children if child is not None)


def _under(path: str, below: str) -> str:
    """`below` as seen from the document in which the value stands at `path`."""
    return path + below if not below or below.startswith("[") else join(path, below)
