"""The checker's problems in a merchant's words: "Needs a subject", "Choose a board"."""

import re
from collections.abc import Mapping
from typing import Any

from workflows.engine.grammar import Problem

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
_PATH = re.compile(r"paths\[(\d+)\]")
_NAMED = re.compile(r"\{\{ (.+?) \}\}")


def words_of(flaw: Problem, step: Json | None, rest: str) -> str:
    """What is wrong, in words; `rest` is the path inside `step` (the whole path outside of any)."""
    is_empty = any(mark in flaw.problem for mark in _EMPTY)
    which = _which(step, rest)
    if rest.endswith("].steps") and is_empty:
        return f"{which} has no steps yet"
    if _IN_CONDITION.search(rest) and not rest.startswith(("until.", "until_event.type", "until_event.within")):
        return _condition(flaw, rest, which, is_empty=is_empty)
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


def _condition(flaw: Problem, rest: str, which: str, *, is_empty: bool) -> str:
    member = rest.rpartition(".")[2]
    if flaw.problem == "an empty list" and member in ("all", "any", "none", "of"):
        said = "Choose what must be so"
    elif member == "field" and is_empty:
        said = "A condition needs something to ask about"
    elif member.startswith("value") and "is never" in flaw.problem:
        said = f"{flaw.problem[:1].upper()}{flaw.problem[1:]}: choose one of the list"
    elif member.startswith(("value", "for")):
        said = f"A condition needs {flaw.expected}"
    else:
        said = _plain(flaw)
    return f"{which}: {said[:1].lower()}{said[1:]}" if which else said


def _plain(flaw: Problem) -> str:
    said = flaw.problem[:1].upper() + flaw.problem[1:]
    return (
        f"{said} (expected {flaw.expected})"
        if flaw.expected and "did you mean" not in flaw.expected
        else (f"{said}: {flaw.expected}")
    )
