"""The outlines of steps: new ones that are still to be filled in, and whether what somebody pasted has one."""

from copy import deepcopy
from typing import Any

from workflows.engine.reading import unreadable

type Json = dict[str, Any]

#: A condition that nobody has chosen yet; the checker asks for one.
NOTHING_ASKED: Json = {"all": []}
KINDS = frozenset({"condition", "branch", "wait", "action"})
DEEPEST = 12


def blank_step(kind: str) -> Json:
    """A new step of `kind`: condition, branch, wait, wait_until, wait_event, or the key of an action. Its id is a
    wish."""
    match kind:
        case "condition":
            return {"id": "", "kind": "condition", "if": deepcopy(NOTHING_ASKED)}
        case "branch":
            return {"id": "", "kind": "branch", "paths": [blank_path(0)]}
        case "wait":
            return {"id": "", "kind": "wait", "for": {"days": 1}}
        case "wait_until":
            return {"id": "", "kind": "wait", "until": {"field": ""}}
        case "wait_event":
            return {"id": "", "kind": "wait", "until_event": {"type": "", "within": {"days": 2}}}
    return {"id": "", "kind": "action", "action": kind, "with": deepcopy(_FIRST_WORDS.get(kind, {}))}


def blank_path(n: int) -> Json:
    """A new path, the `n`th (from 0) of its step."""
    return {"if": deepcopy(NOTHING_ASKED), "steps": []}


def blank_document(name: str) -> Json:
    """A workflow that nobody has begun."""
    return {"format": "postsale.workflow/1", "name": name, "trigger": {"type": ""}, "steps": []}


def clean_steps(said: object) -> list[Json] | None:
    """A copy of steps that came from outside, or None when they haven't the outline of steps."""
    if unreadable(said) or not isinstance(said, list):
        return None
    steps = deepcopy(said)
    return steps if all(_is_step(step, DEEPEST) for step in steps) else None


def _is_step(step: object, depth: int) -> bool:
    """Whether it has the outline of a step; a path without steps gets an empty list."""
    if depth == 0 or not isinstance(step, dict) or step.get("kind") not in KINDS or not isinstance(step.get("id"), str):
        return False
    inner = [step.get("else", []), step.get("otherwise", [])]
    if step["kind"] == "branch":
        paths = step.get("paths")
        if not isinstance(paths, list) or not paths or not all(isinstance(path, dict) for path in paths):
            return False
        inner += [path.setdefault("steps", []) for path in paths]
    return all(isinstance(steps, list) and all(_is_step(each, depth - 1) for each in steps) for steps in inner)


#: What an action says before anybody has chosen.
_FIRST_WORDS: dict[str, Json] = {
    "notify.team": {"to": {"role": "shipping_manager"}},
    "board.add": {"severity": "warning"},
}
