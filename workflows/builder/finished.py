"""What of a working copy is finished: the document without the steps that something is wrong with."""

from collections.abc import Collection, Sequence
from typing import Any

type Json = dict[str, Any]


def finished_part(document: Json, unfinished: Collection[str]) -> Json | None:
    """The document without the steps whose ids are `unfinished`; None when no step is left."""
    steps = _finished(document["steps"], unfinished)
    return {**document, "name": document.get("name") or "x", "steps": steps} if steps else None


def _finished(steps: Sequence[Json], unfinished: Collection[str]) -> list[Json]:
    kept: list[Json] = []
    for step in steps:
        if step["id"] in unfinished and step["kind"] != "branch":
            continue
        new = dict(step)
        for name in ("else", "otherwise"):
            if name in new:
                new[name] = _finished(new[name], unfinished)
                if not new[name]:
                    del new[name]
        if step["kind"] == "branch":
            ways = [{**way, "steps": _finished(way["steps"], unfinished)} for way in step["paths"]]
            new["paths"] = [way for way in ways if way["steps"] and _is_asked(way.get("if"))]
            if not new["paths"]:
                continue
        kept.append(new)
    return kept


def _is_asked(condition: object) -> bool:
    """Whether a path's condition has a field in every row."""
    if not isinstance(condition, dict):
        return False
    for name in ("all", "any", "none", "of"):
        if name in condition:
            children = condition[name]
            return isinstance(children, list) and bool(children) and all(map(_is_asked, children))
    return bool(condition.get("field"))
