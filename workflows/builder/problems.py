"""What is wrong with a working copy, for people: which step, which words; the checker's paths stay for the forms.

A document that is broken in one place hides its other problems from the checker, so each step is then asked alone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workflows.builder.names import title_of
from workflows.builder.phrases import words_of
from workflows.definitions.names import Names
from workflows.definitions.validate import problems_of
from workflows.engine.document import parse
from workflows.engine.grammar import Problem as Flaw

type Json = dict[str, Any]

_PARTS = re.compile(r"\.?([a-z_]+)(?:\[(\d+)\])?")
_STANDS = re.compile(r"(steps|else|otherwise|paths)\[(\d+)\]")
_HOLDING = frozenset({"steps", "else", "otherwise"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to put right. `step_id`: the step, "trigger", or None for the workflow as a whole; `title` names it."""

    path: str
    step_id: str | None
    title: str
    words: str


def problems_in(document: Json, names: Names) -> tuple[Problem, ...]:
    """Everything that keeps `document` from being published, in the order of the canvas, each once."""
    flaws = list(problems_of(document, names))
    if flaws and parse(document)[0] is None:
        known = {flaw.path for flaw in flaws}
        flaws += [flaw for flaw in _one_by_one(document, names) if flaw.path not in known]
    return tuple(sorted(_said(document, flaws), key=lambda problem: _place(problem.path)))


def step_at(document: Json, path: str) -> tuple[Json | None, str]:
    """The innermost step that `path` leads to, and the rest of the path inside it ("if.all[0].value")."""
    found: Json | None = None
    rest = path
    here: Any = document
    end = 0
    for part in _PARTS.finditer(path):
        name, at = part[1], part[2]
        here = here.get(name) if isinstance(here, Mapping) else None
        if at is not None:
            here = here[int(at)] if isinstance(here, list) and int(at) < len(here) else None
        if here is None:
            break
        if name in _HOLDING and at is not None and isinstance(here, dict) and "id" in here:
            found, end = here, part.end()
            rest = path[end:].lstrip(".")
    return found, rest


def _said(document: Json, flaws: list[Flaw]) -> Iterator[Problem]:
    seen: set[tuple[str | None, str]] = set()
    for flaw in flaws:
        step, rest = step_at(document, flaw.path)
        where = step["id"] if step else "trigger" if flaw.path.startswith("trigger") else None
        words = words_of(flaw, step, rest)
        if (where, words) in seen:
            continue
        seen.add((where, words))
        title = title_of(step) if step else "What starts it" if where else "The workflow"
        yield Problem(path=flaw.path, step_id=where, title=title, words=words)


def _one_by_one(document: Json, names: Names) -> Iterator[Flaw]:
    """The problems of the trigger and of each step as if nothing else were there."""
    calm = {"format": document["format"], "name": "x", "trigger": {"type": "manual"}}
    idle = {"id": "idle", "kind": "wait", "for": {"days": 1}}
    yield from _under(
        problems_of({**calm, "trigger": document["trigger"], "steps": [idle]}, names), "trigger", "trigger"
    )
    for path, step in _shells("steps", document["steps"], idle):
        yield from _under(problems_of({**calm, "steps": [step]}, names), "steps[0]", path)


def _under(flaws: list[Flaw], old: str, new: str) -> Iterator[Flaw]:
    for flaw in flaws:
        if flaw.path.startswith(old):
            yield Flaw(path=new + flaw.path[len(old) :], problem=flaw.problem, expected=flaw.expected)


def _shells(path: str, steps: list[Json], idle: Json) -> Iterator[tuple[str, Json]]:
    """Each step with its path, without the steps under it."""
    for at, step in enumerate(steps):
        here = f"{path}[{at}]"
        shell = {name: value for name, value in step.items() if name not in ("else", "otherwise")}
        if step["kind"] == "branch":
            shell["paths"] = [{**way, "steps": [idle | {"id": f"idle{n}"}]} for n, way in enumerate(step["paths"])]
        yield here, shell
        for name in ("else", "otherwise"):
            yield from _shells(f"{here}.{name}", step.get(name, []), idle)
        for n, way in enumerate(step.get("paths", ())):
            yield from _shells(f"{here}.paths[{n}].steps", way["steps"], idle)


def _place(path: str) -> tuple[int, list[tuple[bool, int]]]:
    """Where a path stands from top to bottom: the workflow itself, the trigger, then the steps."""
    first = 1 if path.startswith("trigger") else 2 if path.startswith("steps[") else 0
    return first, [(name == "otherwise", int(at)) for name, at in _STANDS.findall(path)]
