"""The checker's problems in a merchant's words: "Needs a subject", "Choose a board"."""

import re
from collections.abc import Mapping
from typing import Any

from workflows.catalog.fields import field_at, kind_of
from workflows.engine.grammar import Problem
from workflows.engine.operators import OPERATORS

type Json = dict[str, Any]

#: What is said when a member is missing or empty, by the end of its path inside the step.
_ABSENT: Mapping[str, str] = {
    "with.subject": "Needs a subject",
    "with.body": "Needs a text",
    "with.text": "Needs a text",
    "with.to": "Choose who is told",
    "with.url": "Needs an address to call",
    "with.status": "Choose a status",
    "with.tag": "Needs a tag",
    "with.board": "Choose a board",
    "with.dashboard": "Choose a dashboard",
    "with.measure": "Name what is counted",
    "with": "Choose a person or a role",
    "until.field": "Choose the date to wait for",
    "until_event.type": "Choose what to wait for",
    "until_event.within": "Say how long to wait at most",
    "for": "Say how long to wait",
    "trigger.type": "Choose what starts the workflow",
    "trigger.at": "Say when it starts",
    "name": "The workflow needs a name",
    "steps": "Add at least one step",
}
_GONE: Mapping[str, str] = {
    "with.board": "This board is not there any more: choose another",
    "with.dashboard": "This dashboard is not there any more: choose another",
    "with.status": "This status is not there any more: choose another",
    "with.member": "This person is not a member any more: choose another",
    "with.to.member": "This person is not a member any more: choose another",
}
_EMPTY = ("is missing", "an empty list", "'' ", "unknown field ''", "unknown event type ''", "not a duration", "empty",
          "says no one", "is not a text", "is not a short text", "has not five fields")  # fmt: skip
_IN_CONDITION = re.compile(r"(?:^|\.|\])(if|guard|until)(\.|\[|$)")
_PARTS = re.compile(r"([a-z_]+)(?:\[(\d+)\])?")
_PATH = re.compile(r"paths\[(\d+)\]")
_NAMED = re.compile(r"\{\{ (.+?) \}\}")


def words_of(flaw: Problem, step: Json | None, rest: str) -> str:
    """What is wrong, in words; `rest` is the path inside `step` (the whole path outside of any)."""
    is_empty = any(mark in flaw.problem for mark in _EMPTY)
    which = _which(step, rest)
    if rest.endswith("].steps") and is_empty:
        return f"{which} has no steps yet"
    if _IN_CONDITION.search(rest) and not rest.startswith(("until.", "until_event.type", "until_event.within")):
        return _condition(flaw, step, rest, which, is_empty=is_empty)
    if is_empty and rest in _ABSENT:
        return _ABSENT[rest]
    if rest in _GONE:
        return _GONE[rest]
    missing = _NAMED.search(flaw.problem)
    if missing is not None and "no variable" in flaw.problem:
        return f"The text uses {missing[1]}, which does not exist"
    if rest.startswith("with.") and flaw.expected.startswith("a text that can be filled"):
        return f"The text can't be filled in: {flaw.problem}"
    return _plain(flaw)


def _which(step: Json | None, rest: str) -> str:
    """The path of a branch that the flaw is in, by name."""
    found = _PATH.match(rest)
    if step is None or found is None:
        return ""
    n = int(found[1])
    name = step["paths"][n].get("name") if n < len(step.get("paths", ())) else None
    return f"Path “{name}”" if name else f"Path {n + 1}" if len(step["paths"]) > 1 else "“If true”"


def _condition(flaw: Problem, step: Json | None, rest: str, which: str, *, is_empty: bool) -> str:
    member = rest.rpartition(".")[2]
    if (member == "field" and is_empty) or (flaw.problem == "an empty list" and member in ("all", "any", "none", "of")):
        said = "Choose what to look at"
    elif member.startswith("value") and "is never" in flaw.problem:
        said = f"{flaw.problem[:1].upper()}{flaw.problem[1:]}: choose one of the list"
    elif member.startswith("for"):
        said = f"{_asked_at(step, rest)}say for how long"
    elif member.startswith("value"):
        said = f"{_asked_at(step, rest)}{_WANTED.get(_shape_at(step, rest), 'say what to compare with')}"
    else:
        said = _plain(flaw)
    said = f"{said[:1].upper()}{said[1:]}"
    return f"{which}: {said[:1].lower()}{said[1:]}" if which else said


#: What is to be filled in, by the kind of control that asks for it.
_WANTED: Mapping[str, str] = {
    "choice": "choose a value", "several": "choose at least one value", "span": "say how long", "date": "choose a day",
    "time": "choose a time", "number": "write a number", "money": "write an amount", "pair": "write both values",
}  # fmt: skip


def _leaf_at(step: Json | None, rest: str) -> Json:
    """The question that a path inside a step leads to; empty when it leads to none."""
    here: Any = step
    for name, at in _PARTS.findall(rest.rpartition(".")[0]):
        here = here.get(name) if isinstance(here, Mapping) else None
        if at:
            here = here[int(at)] if isinstance(here, list) and int(at) < len(here) else None
    return here if isinstance(here, dict) else {}


def _asked_at(step: Json | None, rest: str) -> str:
    """Which question it is, by the name of its field: "Tracking status: "."""
    field = field_at(str(_leaf_at(step, rest).get("field", "")))
    return f"{field.label}: " if field is not None else ""


def _shape_at(step: Json | None, rest: str) -> str:
    """What kind of value the question wants: "choice", "span" …"""
    leaf = _leaf_at(step, rest)
    path, operator = str(leaf.get("field", "")), OPERATORS.get(str(leaf.get("op", "")))
    if operator is None:
        return ""
    by_shape = {"duration": "span", "datetime": "date", "list": "several", "values": "several", "pair": "pair"}
    kind = kind_of(path).removeprefix("items:")
    by_kind = {"age": "span", "datetime": "date"}
    known = field_at(path)
    is_choice = kind in ("choice", "bool") or (known is not None and bool(known.choices))
    return by_shape.get(operator.shape) or ("choice" if is_choice else by_kind.get(kind, kind))


def _plain(flaw: Problem) -> str:
    said = flaw.problem[:1].upper() + flaw.problem[1:]
    return (
        f"{said} (expected {flaw.expected})"
        if flaw.expected and "did you mean" not in flaw.expected
        else (f"{said}: {flaw.expected}")
    )
