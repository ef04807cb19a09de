"""What steps are called: a title for their card, and an id that people can read."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from workflows.catalog.shelf import ACTIONS

type Json = dict[str, Any]

_LEGAL = re.compile(r"[a-z][a-z0-9_]{0,39}").fullmatch
_IDS: Mapping[str, str] = {
    "condition": "only_if", "branch": "choice", "order.set_status": "set_status", "order.add_tag": "add_tag",
    "order.remove_tag": "remove_tag", "order.add_note": "add_note", "order.assign": "assign",
    "board.add": "add_to_board", "board.remove": "remove_from_board", "dashboard.count": "count",
}  # fmt: skip


def title_of(step: Json) -> str:
    """What a step's card is called: the name that somebody gave it, else what it does."""
    name = step.get("name")
    return name if isinstance(name, str) and name.strip() else plain_title(step)


def plain_title(step: Json) -> str:
    """What a step does, in two or three words."""
    match step["kind"]:
        case "condition":
            return "Only continue if"
        case "branch":
            return "If / Otherwise" if len(step.get("paths", ())) <= 1 else "Choose a path"
        case "wait":
            return "Wait until" if "until" in step else "Wait for an event" if "until_event" in step else "Wait"
    key = str(step.get("action"))
    return ACTIONS[key].label if key in ACTIONS else key.replace(".", " ").replace("_", " ").capitalize()


def free_id(step: Json, taken: Collection[str]) -> str:
    """An id for `step` that is not `taken`: the one it has, or one that says what it does, numbered if it must be."""
    wished = step.get("id", "")
    wish = wished if _LEGAL(wished) else _said(step)
    if wish not in taken:
        return wish
    stem = re.sub(r"_\d+$", "", wish)[:36]
    return next(name for n in range(2, 10_000) if (name := f"{stem}_{n}") not in taken)


def _said(step: Json) -> str:
    key = str(step.get("action")) if step["kind"] == "action" else step["kind"]
    said = _IDS.get(key, key.replace(".", "_"))[:36]
    return said if _LEGAL(said) else "step"
