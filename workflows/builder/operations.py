"""What a person can do to a workflow on the canvas, as pure functions: a document and an operation in, the new document
and the operation that takes it back out.

An address names a list of steps: `root`, `<step id>.else`, `<step id>.path.<n>`, `<step id>.otherwise`. An index counts
the places between the steps of that list before anything is taken out of it. Lists that may be absent from a document
(`else`, `otherwise`) are there exactly when they have steps.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from workflows.builder.names import free_id, title_of
from workflows.builder.shapes import blank_path, blank_step, clean_steps
from workflows.engine.document import DEEPEST_STEPS, MOST_PATHS, MOST_STEPS

type Json = dict[str, Any]
type Steps = list[Json]

ROOT = "root"
#: Members of a step that hold other steps; `update` leaves them alone.
CHILDREN = ("else", "otherwise", "paths", "steps")
SETTINGS = ("name", "description", "once_per", "cooldown")


class RefusedError(ValueError):
    """The operation can't be done; the message says why, in words for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A document after an operation. `back` takes it back; `focus` is the step to look at next, None for none."""

    document: Json
    back: Json
    words: str
    focus: str | None = None


def perform(document: Json, op: Mapping[str, Any]) -> Done:
    """Do `op` to a copy of `document`. Raises RefusedError."""
    name = op.get("op")
    doing = _DOINGS.get(name) if isinstance(name, str) else None
    if doing is None:
        raise RefusedError("This version of Postsale can't do that. Load the page again.")
    copy = deepcopy(document)
    try:
        done = doing(copy, op)
    except (KeyError, TypeError, IndexError) as error:
        raise RefusedError("That can't be done here any more: the workflow has changed.") from error
    _tidy(copy["steps"])
    return done


def lists_of(document: Json) -> dict[str, Steps]:
    """Every list of steps by its address, also those that are absent (empty, not part of the document)."""
    return dict(_lists(ROOT, document["steps"]))


def steps_of(document: Json) -> Iterator[Json]:
    """Every step, in the order in which they stand on the canvas."""
    for _, steps in _lists(ROOT, document["steps"]):
        yield from steps


def find(document: Json, step_id: str) -> tuple[str, int, Json]:
    """The address, place and step of that id. Raises RefusedError."""
    for address, steps in _lists(ROOT, document["steps"]):
        for at, step in enumerate(steps):
            if step["id"] == step_id:
                return address, at, step
    raise RefusedError("This step is not there any more.")


def _lists(address: str, steps: Steps) -> Iterator[tuple[str, Steps]]:
    yield address, steps
    for step in steps:
        for below, inner in _below(step):
            yield from _lists(below, inner)


def _below(step: Json) -> Iterator[tuple[str, Steps]]:
    """The lists right under a step."""
    if step["kind"] == "condition":
        yield f"{step['id']}.else", step.get("else", [])
    if step["kind"] == "branch":
        for at, path in enumerate(step["paths"]):
            yield f"{step['id']}.path.{at}", path["steps"]
        yield f"{step['id']}.otherwise", step.get("otherwise", [])


def _open(document: Json, address: object) -> Steps:
    """The list at `address`, part of the document from now on. Raises RefusedError."""
    if address == ROOT:
        steps: Steps = document["steps"]
        return steps
    step_id, _, where = str(address).partition(".")
    step = find(document, step_id)[2]
    if where not in {below.partition(".")[2] for below, _ in _below(step)}:
        raise RefusedError("This path is not there any more.")
    if where.startswith("path."):
        inner: Steps = step["paths"][int(where.removeprefix("path."))]["steps"]
        return inner
    opened: Steps = step.setdefault(where, [])
    return opened


def _tidy(steps: Steps) -> None:
    for step in steps:
        for _, inner in _below(step):
            _tidy(inner)
        for name in ("else", "otherwise"):
            if name in step and not step[name]:
                del step[name]


# Steps come, go and move.


def _insert(document: Json, op: Mapping[str, Any]) -> Done:
    step = op["step"] if "step" in op else blank_step(op["kind"])
    return _paste(document, {**op, "steps": [step]})


def _paste(document: Json, op: Mapping[str, Any]) -> Done:
    """Steps from elsewhere: they are checked, and get ids that nobody here has."""
    steps = clean_steps(op["steps"])
    if steps is None:
        raise RefusedError("These are not steps that were copied from a workflow.")
    taken = {step["id"] for step in steps_of(document)}
    for step in (each for _, inner in _lists("", steps) for each in inner):
        step["id"] = free_id(step, taken)
        taken.add(step["id"])
    return _put(document, {**op, "steps": steps})


def _put(document: Json, op: Mapping[str, Any]) -> Done:
    """Steps as they are, ids and all."""
    steps = deepcopy(list(op["steps"]))
    if not steps:
        raise RefusedError("There is nothing to add.")
    _place(document, op["list"], op["index"], steps)
    back = {"op": "take", "ids": [step["id"] for step in steps]}
    return Done(document=document, back=back, words=f"Added {_named(steps)}", focus=steps[0]["id"])


def _place(document: Json, address: object, index: object, steps: Steps) -> None:
    target = _open(document, address)
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index <= len(target):
        raise RefusedError("This place is not there any more.")
    target[index:index] = steps
    if sum(1 for _ in steps_of(document)) > MOST_STEPS:
        raise RefusedError(f"A workflow can have at most {MOST_STEPS} steps.")
    if _depth(document["steps"]) > DEEPEST_STEPS:
        raise RefusedError(f"Paths can be at most {DEEPEST_STEPS} deep.")


def _depth(steps: Steps) -> int:
    return max((1 + _depth(inner) for step in steps for _, inner in _below(step) if inner), default=0)


def _take(document: Json, op: Mapping[str, Any]) -> Done:
    """Steps that stand in a row go."""
    ids = list(op["ids"])
    address, at, _ = find(document, ids[0])
    steps = _open(document, address)
    gone = steps[at : at + len(ids)]
    if [step["id"] for step in gone] != ids:
        raise RefusedError("These steps don't stand together any more.")
    del steps[at : at + len(ids)]
    before = steps[at - 1]["id"] if at else address.partition(".")[0] if address != ROOT else None
    back = {"op": "put", "list": address, "index": at, "steps": gone}
    return Done(document=document, back=back, words=f"Removed {_named(gone)}", focus=before)


def _delete(document: Json, op: Mapping[str, Any]) -> Done:
    return _take(document, {"ids": [op["id"]]})


def _duplicate(document: Json, op: Mapping[str, Any]) -> Done:
    address, at, step = find(document, op["id"])
    return _paste(document, {"steps": [deepcopy(step)], "list": address, "index": at + 1})


def _move(document: Json, op: Mapping[str, Any]) -> Done:
    address, at, step = find(document, op["id"])
    to, index = op["list"], op["index"]
    if to in {below for below, _ in _lists("", [step]) if below}:
        raise RefusedError("A step can't be moved into itself.")
    steps, target = _open(document, address), _open(document, to)
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index <= len(target):
        raise RefusedError("This place is not there any more.")
    same = steps is target
    del steps[at]
    landed = index - 1 if same and index > at else index
    _place(document, to, landed, [step])
    back = {"op": "move", "id": step["id"], "list": address, "index": at + 1 if same and landed < at else at}
    return Done(document=document, back=back, words=f"Moved {title_of(step)}", focus=step["id"])


# What a step, the trigger and the workflow say.


def _update(document: Json, op: Mapping[str, Any]) -> Done:
    """The step's own words become those of `step`; the steps under it stay, a branch keeps as many paths as it has."""
    _, _, step = find(document, op["id"])
    said = clean_steps([{**op["step"], **{name: step[name] for name in ("else", "otherwise") if name in step}}])
    if said is None or said[0]["kind"] != step["kind"]:
        raise RefusedError("These settings don't fit this step.")
    [new] = said
    if new["id"] != step["id"] and new["id"] in {each["id"] for each in steps_of(document)}:
        raise RefusedError("Another step has this short name already.")
    if step["kind"] == "branch":
        ways = op["step"].get("paths", step["paths"])
        if len(ways) != len(step["paths"]):
            raise RefusedError("The number of paths has changed meanwhile.")
        new["paths"] = [{**way, "steps": old["steps"]} for way, old in zip(ways, step["paths"], strict=True)]
    back = {"op": "update", "id": new["id"], "step": _own(step)}
    step.clear()
    step.update(new)
    return Done(document=document, back=back, words=f"Changed {title_of(step)}", focus=step["id"])


def _own(step: Json) -> Json:
    """A step without the steps under it."""
    own = {name: deepcopy(value) for name, value in step.items() if name not in CHILDREN}
    if "paths" in step:
        own["paths"] = [{name: deepcopy(v) for name, v in path.items() if name != "steps"} for path in step["paths"]]
    return own


def _trigger(document: Json, op: Mapping[str, Any]) -> Done:
    trigger = op["trigger"]
    if not isinstance(trigger, Mapping):
        raise RefusedError("This is not a way to start.")
    back = {"op": "trigger", "trigger": document["trigger"]}
    document["trigger"] = deepcopy(dict(trigger))
    return Done(document=document, back=back, words="Changed what starts it", focus="trigger")


def _settings(document: Json, op: Mapping[str, Any]) -> Done:
    """Only what `op` names changes; None takes it out of the document."""
    asked = {name: op[name] for name in SETTINGS if name in op}
    name = asked.get("name", "")
    if not isinstance(name, str) or ("name" in asked and not 0 < len(name.strip()) <= 120):
        raise RefusedError("A workflow needs a name of at most 120 characters.")
    back = {"op": "settings"} | {name: document.get(name) for name in asked}
    for key, value in asked.items():
        if value is None:
            document.pop(key, None)
        else:
            document[key] = value.strip() if key == "name" else deepcopy(value)
    return Done(document=document, back=back, words="Renamed it" if list(asked) == ["name"] else "Changed the settings")


def _replace(document: Json, op: Mapping[str, Any]) -> Done:
    """Another document altogether, already checked."""
    back = {"op": "replace", "document": deepcopy(document), "words": "Went back to the draft before"}
    document.clear()
    document.update(deepcopy(dict(op["document"])))
    return Done(document=document, back=back, words=str(op.get("words", "Replaced the draft")))


# The paths of a branch.


def _branch(document: Json, step_id: object) -> Json:
    step = find(document, str(step_id))[2]
    if step["kind"] != "branch":
        raise RefusedError("Only a step with paths can do that.")
    return step


def _add_path(document: Json, op: Mapping[str, Any]) -> Done:
    step = _branch(document, op["id"])
    at = op.get("n", len(step["paths"]))
    return _put_path(document, {"id": op["id"], "n": at, "path": blank_path(len(step["paths"]))})


def _put_path(document: Json, op: Mapping[str, Any]) -> Done:
    step = _branch(document, op["id"])
    if len(step["paths"]) >= MOST_PATHS:
        raise RefusedError(f"A step can have at most {MOST_PATHS} paths.")
    if not 0 <= op["n"] <= len(step["paths"]):
        raise RefusedError("This place is not there any more.")
    step["paths"].insert(op["n"], deepcopy(op["path"]))
    if sum(1 for _ in steps_of(document)) > MOST_STEPS or _depth(document["steps"]) > DEEPEST_STEPS:
        raise RefusedError("There is no room for this path any more.")
    back = {"op": "remove_path", "id": op["id"], "n": op["n"]}
    return Done(document=document, back=back, words=f"Added a path to {title_of(step)}", focus=step["id"])


def _remove_path(document: Json, op: Mapping[str, Any]) -> Done:
    step = _branch(document, op["id"])
    if len(step["paths"]) == 1:
        raise RefusedError("A choice needs at least one path. Remove the whole step instead.")
    path = step["paths"].pop(_n(step, op["n"]))
    back = {"op": "put_path", "id": op["id"], "n": op["n"], "path": path}
    return Done(document=document, back=back, words=f"Removed a path of {title_of(step)}", focus=step["id"])


def _rename_path(document: Json, op: Mapping[str, Any]) -> Done:
    step = _branch(document, op["id"])
    path = step["paths"][_n(step, op["n"])]
    name = op["name"]
    if name is not None and (not isinstance(name, str) or len(name) > 60):
        raise RefusedError("A path's name has at most 60 characters.")
    back = {"op": "rename_path", "id": op["id"], "n": op["n"], "name": path.get("name")}
    if name is None:
        path.pop("name", None)
    else:
        path["name"] = name
    return Done(document=document, back=back, words=f"Renamed a path of {title_of(step)}", focus=step["id"])


def _move_path(document: Json, op: Mapping[str, Any]) -> Done:
    """Path `n` comes to stand at place `to`."""
    step = _branch(document, op["id"])
    n, to = _n(step, op["n"]), _n(step, op["to"])
    step["paths"].insert(to, step["paths"].pop(n))
    back = {"op": "move_path", "id": op["id"], "n": to, "to": n}
    return Done(document=document, back=back, words=f"Reordered the paths of {title_of(step)}", focus=step["id"])


def _add_otherwise(document: Json, op: Mapping[str, Any]) -> Done:
    _branch(document, op["id"])
    return _insert(document, {**op, "list": f"{op['id']}.otherwise", "index": 0})


def _n(step: Json, n: object) -> int:
    if not isinstance(n, int) or isinstance(n, bool) or not 0 <= n < len(step["paths"]):
        raise RefusedError("This path is not there any more.")
    return n


def _named(steps: Sequence[Json]) -> str:
    return title_of(steps[0]) if len(steps) == 1 else f"{len(steps)} steps"


_DOINGS: Mapping[str, Callable[[Json, Mapping[str, Any]], Done]] = {
    "insert": _insert, "paste": _paste, "put": _put, "take": _take, "delete": _delete, "duplicate": _duplicate,
    "move": _move, "update": _update, "trigger": _trigger, "settings": _settings, "replace": _replace,
    "add_path": _add_path, "put_path": _put_path, "remove_path": _remove_path, "rename_path": _rename_path,
    "move_path": _move_path, "add_otherwise": _add_otherwise,
}  # fmt: skip
#: What a page may ask for; the others only take something back.
ASKABLE = frozenset(_DOINGS) - {"put", "take", "replace", "put_path"}
