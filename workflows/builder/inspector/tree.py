"""A whole condition as rows and groups of a form, and back; and what the buttons beside them do to it. Pure.

A node of the form has the name of its place: `if`, its first child `if.0`, the second child of that `if.0.1`.
"""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from workflows.builder.inspector.controls import ABSENT, Absent, Choices, Control, Json, Said, from_json, html_id
from workflows.builder.inspector.leaf import NEW, Row, is_question, read_row, show_row
from workflows.builder.inspector.values import Offers

DEEPEST_GROUPS = 3
MOST_CHILDREN = 100
KINDS: Choices = (
    ("all", "all of these hold"),
    ("any", "any of these holds"),
    ("none", "none of these holds"),
    ("at_least", "at least"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bunch:
    """A group of the form: how many of its children must hold, and the children."""

    name: str
    kind: Control
    k: Control
    children: tuple["Node", ...]
    may_nest: bool
    number: int = 1
    is_group: bool = True

    @property
    def html_id(self) -> str:
        """Its id on the page."""
        return html_id("row", self.name)

    @property
    def error_id(self) -> str:
        """Where its problems are said."""
        return html_id("err", self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A part that no form can show; it stays as the document says it."""

    name: str
    was: str
    number: int = 1
    is_kept: bool = True

    @property
    def html_id(self) -> str:
        """Its id on the page."""
        return html_id("row", self.name)

    @property
    def error_id(self) -> str:
        """Where its problems are said."""
        return html_id("err", self.name)


type Node = Row | Bunch | Kept


def show_condition(condition: object, name: str, offers: Offers, *, depth: int = 0, number: int = 1) -> Node:
    """The node of a condition."""
    group = group_of(condition)
    if group is None or not isinstance(condition, dict):
        if is_question(condition) and isinstance(condition, dict):
            return show_row(condition, name, offers, number=number)
        return Kept(name=name, was=json.dumps(condition, ensure_ascii=False), number=number)
    kind, children = group
    said_k = condition.get("at_least", 1) if kind == "at_least" else 1
    return Bunch(
        name=name,
        kind=Control(name=f"{name}.kind", shape="select", label="Hold when", value=kind, choices=KINDS, slot=name),
        k=Control(name=f"{name}.k", shape="number", label="How many", value=str(said_k), slot=name),
        children=tuple(
            show_condition(child, f"{name}.{at}", offers, depth=depth + 1, number=at + 1)
            for at, child in enumerate(children)
        ),
        may_nest=depth + 1 < DEEPEST_GROUPS,
        number=number,
    )


def read_condition(said: Said, name: str, offers: Offers, *, depth: int = 0) -> object:
    """The condition that the form says under `name`; ABSENT when there is none."""
    what = said.one(f"{name}.what")
    if what == "kept":
        return from_json(said.one(f"{name}.was"))
    if what == "row":
        return read_row(said, name, offers)
    if what != "group" or depth > 10:
        return ABSENT
    kind = said.one(f"{name}.kind", "all")
    count = said.one(f"{name}.count", "0")
    children = [
        child
        for at in range(min(int(count), MOST_CHILDREN) if count.isdecimal() else 0)
        if not isinstance(child := read_condition(said, f"{name}.{at}", offers, depth=depth + 1), Absent)
    ]
    if kind == "at_least":
        k = said.one(f"{name}.k").strip()
        return {"at_least": int(k) if k.isdecimal() and len(k) < 6 else 1, "of": children}
    return {kind if kind in ("all", "any", "none") else "all": children}


def group_of(condition: object) -> tuple[str, list[Any]] | None:
    """The kind and the children of a group; None for anything else."""
    if not isinstance(condition, dict):
        return None
    for kind in ("all", "any", "none"):
        if set(condition) == {kind} and isinstance(condition[kind], list):
            return kind, condition[kind]
    k = condition.get("at_least")
    is_some = set(condition) == {"at_least", "of"} and isinstance(condition["of"], list)
    return ("at_least", condition["of"]) if is_some and isinstance(k, int) and not isinstance(k, bool) else None


def act_on(condition: object, act: str, place: tuple[int, ...]) -> tuple[object, tuple[int, ...]]:
    """The condition after a button was pressed at `place`, and the place that the person should stand at then.

    Acts: add, group, remove, duplicate, up, down; one that makes no sense there changes nothing. ABSENT: all is gone.
    """
    if isinstance(condition, Absent):
        return (dict(NEW), ()) if act == "add" else (condition, ())
    changed = deepcopy(condition)
    make = _ACTS.get(act)
    return make(changed, place) if make is not None else (changed, place)


def _add(condition: object, place: tuple[int, ...]) -> tuple[object, tuple[int, ...]]:
    return _put(condition, place, dict(NEW))


def _add_group(condition: object, place: tuple[int, ...]) -> tuple[object, tuple[int, ...]]:
    changed, at = _put(condition, place, {"any": [dict(NEW)]})
    return changed, (*at, 0)


def _put(condition: object, place: tuple[int, ...], child: Json) -> tuple[object, tuple[int, ...]]:
    """`child` at the end of the group at `place`; a single question there becomes a group first."""
    group = group_at(condition, place)
    if group is None:
        if place:
            return condition, place
        return {"all": [condition, child]}, (1,)
    group[1].append(child)
    return condition, (*place, len(group[1]) - 1)


def _remove(condition: object, place: tuple[int, ...]) -> tuple[object, tuple[int, ...]]:
    if not place:
        return ABSENT, ()
    group = group_at(condition, place[:-1])
    if group is None or place[-1] >= len(group[1]):
        return condition, place
    del group[1][place[-1]]
    if not group[1]:
        return _remove(condition, place[:-1])
    return condition, (*place[:-1], max(0, place[-1] - 1))


def _duplicate(condition: object, place: tuple[int, ...]) -> tuple[object, tuple[int, ...]]:
    if not place:
        return {"all": [condition, deepcopy(condition)]}, (1,)
    group = group_at(condition, place[:-1])
    if group is None or place[-1] >= len(group[1]):
        return condition, place
    group[1].insert(place[-1] + 1, deepcopy(group[1][place[-1]]))
    return condition, (*place[:-1], place[-1] + 1)


def _moved(by: int) -> Callable[[object, tuple[int, ...]], tuple[object, tuple[int, ...]]]:
    def move(condition: object, place: tuple[int, ...]) -> tuple[object, tuple[int, ...]]:
        group = group_at(condition, place[:-1]) if place else None
        if group is None or not 0 <= place[-1] + by < len(group[1]) or place[-1] >= len(group[1]):
            return condition, place
        group[1].insert(place[-1] + by, group[1].pop(place[-1]))
        return condition, (*place[:-1], place[-1] + by)

    return move


def group_at(condition: object, place: tuple[int, ...]) -> tuple[str, list[Any]] | None:
    """The kind and the children of the group at `place`; None for anything else."""
    return group_of(_at(condition, place))


def _at(condition: object, place: tuple[int, ...]) -> object:
    for at in place:
        group = group_of(condition)
        if group is None or at >= len(group[1]):
            return None
        condition = group[1][at]
    return condition


_ACTS: Mapping[str, Callable[[object, tuple[int, ...]], tuple[object, tuple[int, ...]]]] = {
    "add": _add,
    "group": _add_group,
    "remove": _remove,
    "duplicate": _duplicate,
    "up": _moved(-1),
    "down": _moved(1),
}
