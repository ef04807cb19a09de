"""From a step to its form and back: `form_of` shows it, `changed` gives the step that the form says."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass

from workflows.builder.canvas import kind_of, look_of
from workflows.builder.inspector import actions, trigger, waits
from workflows.builder.inspector.controls import ABSENT, Control, Json, Said
from workflows.builder.inspector.letters import letters_for
from workflows.builder.inspector.members import Asked, Choice, Room, Text
from workflows.builder.inspector.parts import Box, Letters, Note, Part, Shown
from workflows.builder.names import plain_title

_NAME = Text(key="name", label="Name on the card", hint="Left empty, it says what the step does.")
_GATE = Asked(key="if", legend="Go on only if", is_counted=True)
_GUARD = Asked(
    key="guard", legend="Do it only if", is_optional=True, add_label="Ask once more before it is done",
    hint="Asked again at the last moment, just before it is done.",
)  # fmt: skip
_ON_ERROR = Choice(key="on_error", label="When it fails at once", choices=lambda _: actions.ON_ERROR, usual="stop")


#: The texts whose reading is shown below them.
_SHOWN = frozenset({"with.subject", "with.body", "with.text", "with.tag", "with.reason"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What the inspector shows: a title, its hue and icon, and the parts."""

    where: str
    title: str
    icon: str
    hue: str
    parts: tuple[Part, ...]
    has_texts: bool = False


def form_of(document: Json, step: Json | None, where: str, room: Room) -> Form:
    """The form of a step, or of the `trigger` or the `settings` of the document."""
    if step is None:
        if where == "settings":
            parts = trigger.show_settings(document, room)
            return Form(where=where, title="This workflow", icon="settings", hue="k-flow", parts=parts)
        parts = trigger.show_trigger(document, room)
        return Form(where=where, title="What starts it", icon="zap", hue="k-trigger", parts=parts)
    show, _ = _KINDS.get(str(step.get("kind")), _OTHER)
    parts = _with_preview((*show(step, room), *_NAME.parts(step, room)))
    has_texts = any(control.is_text for control in parts if isinstance(control, Control))
    hue, icon = look_of(kind_of(step))
    return Form(
        where=where, title=plain_title(step), icon=icon, hue=f"k-{hue}", parts=parts, has_texts=has_texts
    )  # fmt: skip


def _with_preview(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Below the last text that is filled in stands how it reads."""
    last = max((at for at, part in enumerate(parts) if isinstance(part, Control) and part.name in _SHOWN), default=None)
    return parts if last is None else (*parts[: last + 1], Shown(), *parts[last + 1 :])


def changed(document: Json, step: Json | None, where: str, said: Said, room: Room) -> Json:
    """A copy of the step (of the document for its trigger and settings) that says what the form says."""
    if step is None:
        new = {key: deepcopy(value) for key, value in document.items() if key != "steps"}
        (trigger.read_settings if where == "settings" else trigger.read_trigger)(new, said, room)
        return new
    new = deepcopy(step)
    _, read = _KINDS.get(str(step.get("kind")), _OTHER)
    _NAME.read(new, said, room)
    read(new, said, room)
    return new


def condition_at(step: Json, name: str) -> object:
    """The condition of the step that `name` names ("if", "paths.0.if", "guard", "with.until"); ABSENT for none."""
    holder, last = _holder(step, name)
    return holder.get(last, ABSENT) if holder is not None else ABSENT


def put_condition(step: Json, name: str, condition: object) -> bool:
    """Put a condition (ABSENT: none) where `name` says; False when there is no such place."""
    holder, last = _holder(step, name)
    if holder is None:
        return False
    if isinstance(condition, dict):
        holder[last] = condition
    else:
        holder.pop(last, None)
    return True


def _holder(step: Json, name: str) -> tuple[Json | None, str]:
    *way, last = name.split(".")
    holder: object = step
    for part in way:
        if isinstance(holder, list):
            holder = holder[int(part)] if part.isdecimal() and int(part) < len(holder) else None
        else:
            holder = holder.get(part) if isinstance(holder, dict) else None
    return (holder if isinstance(holder, dict) else None), last


def _gate(step: Json, room: Room) -> tuple[Part, ...]:
    note = Note(
        words="For all other orders it stops here. To do something for them first, use “If not” beside the card."
    )
    return (*_GATE.parts(step, room), note)


def _read_gate(step: Json, said: Said, room: Room) -> None:
    _GATE.read(step, said, room)


def _path_members(at: int) -> tuple[Text, Asked]:
    return (
        Text(key="name", label="Name of the path", name=f"paths.{at}.name"),
        Asked(key="if", legend="Take this path if", name=f"paths.{at}.if", is_counted=True),
    )


def _branch(step: Json, room: Room) -> tuple[Part, ...]:
    paths = step.get("paths", [])
    boxes = [_path(path, at, len(paths), room) for at, path in enumerate(paths)]
    add = Box(name="paths", buttons=(("add_path", "", "Add a path"),))
    note = Note(words="Each order takes the first path that fits, else Otherwise. Then all of them go on below.")
    return (*boxes, add, note)


def _path(path: Json, at: int, count: int, room: Room) -> Box:
    buttons = [("remove_path", str(at), "Remove this path")] if count > 1 else []
    if at > 0:
        buttons.append(("path_up", str(at), "Ask it earlier"))
    if at + 1 < count:
        buttons.append(("path_down", str(at), "Ask it later"))
    parts = tuple(part for member in _path_members(at) for part in member.parts(path, room))
    label = f"Path {at + 1}" + (f": {path['name']}" if path.get("name") else "")
    return Box(name=f"paths.{at}", anchor=f"path-{at}", label=label, parts=parts, buttons=tuple(buttons))


def _read_branch(step: Json, said: Said, room: Room) -> None:
    for at, path in enumerate(step.get("paths", [])):
        for member in _path_members(at):
            member.read(path, said, room)


def _action(step: Json, room: Room) -> tuple[Part, ...]:
    key, with_ = str(step.get("action")), step.get("with", {})
    parts: list[Part] = []
    ready = letters_for(key)
    if ready:
        is_empty = not (with_.get("subject") or with_.get("body")) if isinstance(with_, dict) else False
        title = "Start from a ready message" if key == "webhook.call" else "Start from a ready letter"
        parts.append(Letters(choices=ready, is_open=is_empty, title=title))
    for member in actions.members_of(key):
        parts += member.parts(with_, room)
    left = actions.unasked(key, with_)
    if left:
        parts.append(Note(words=f"Set in the document and kept as it is: {', '.join(left)}."))
    more = (*_ON_ERROR.parts(step, room), *_GUARD.parts(step, room))
    is_open = "guard" in step or step.get("on_error", "stop") != "stop"
    return (*parts, Box(name="more", label="Only if, and when it fails", parts=more, is_open=is_open))


def _read_action(step: Json, said: Said, room: Room) -> None:
    with_ = step.get("with")
    if isinstance(with_, dict):
        for member in actions.members_of(str(step.get("action"))):
            member.read(with_, said, room)
    _ON_ERROR.read(step, said, room)
    _GUARD.read(step, said, room)


def _nothing(step: Json, room: Room) -> tuple[Part, ...]:
    return (Note(words="This step is set in the document."),)


def _read_nothing(step: Json, said: Said, room: Room) -> None:
    """Nothing to read."""


type _Show = Callable[[Json, Room], tuple[Part, ...]]
type _Read = Callable[[Json, Said, Room], None]

_OTHER: tuple[_Show, _Read] = (_nothing, _read_nothing)
_KINDS: Mapping[str, tuple[_Show, _Read]] = {
    "condition": (_gate, _read_gate),
    "branch": (_branch, _read_branch),
    "wait": (waits.show_wait, waits.read_wait),
    "action": (_action, _read_action),
}
