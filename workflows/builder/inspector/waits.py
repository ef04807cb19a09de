"""The form of a wait: for a time, until a moment, or until something happens; one step, whichever it is."""

from workflows.builder.inspector.asking import moments
from workflows.builder.inspector.controls import Choices, Control, Json, Said, with_current
from workflows.builder.inspector.members import Asked, Choice, Lasting, Room
from workflows.builder.inspector.offers import trigger_label
from workflows.builder.inspector.parts import Box, Part, Picked

MODES: Choices = (
    ("for", "for a time"),
    ("until", "until a moment of the order or parcel"),
    ("until_event", "until something happens"),
)
TIMEOUTS: Choices = (("continue", "go on with the next step"), ("stop", "stop here"))
_SIDES: Choices = (("after", "after it"), ("before", "before it"))

_FOR = Lasting(key="for", label="How long", hint="Business time follows your shop's working hours.")
_OFFSET = Lasting(
    key="offset", label="Earlier or later by", name="until.offset", hint="Left empty: at that very moment."
)
_WITHIN = Lasting(key="within", label="At most", name="until_event.within")
_IF = Asked(
    key="if", legend="And only if", name="until_event.if", is_optional=True, add_label="Say which event it must be"
)
_TIMEOUT = Choice(
    key="on_timeout", label="When it doesn't happen in time", choices=lambda _: TIMEOUTS, usual="continue"
)


def show_wait(step: Json, room: Room) -> tuple[Part, ...]:
    """How it waits, and what belongs to that."""
    mode = next((key for key, _ in MODES if key in step), "for")
    select = Control(name="wait.mode", shape="select", label="It waits", value=mode, choices=MODES)
    inside: tuple[Part, ...]
    if mode == "until":
        inside = _until(step["until"], room)
    elif mode == "until_event":
        inside = _event(step, room)
    else:
        inside = _FOR.parts(step, room)
    return (select, Box(name="wait", shape=mode, parts=inside))


def read_wait(step: Json, said: Said, room: Room) -> None:
    """What the form says; another way to wait starts with what most people mean."""
    before = next((key for key, _ in MODES if key in step), "for")
    mode = said.one("wait.mode") or before
    if mode != before and mode in _FRESH:
        for key in ("for", "until", "until_event", "on_timeout"):
            step.pop(key, None)
        step[mode] = {key: dict(value) if isinstance(value, dict) else value for key, value in _FRESH[mode].items()}
        return
    if before == "for":
        _FOR.read(step, said, room)
    elif before == "until" and isinstance(step["until"], dict):
        step["until"] = until = dict(step["until"])
        if said.has("until.field"):
            until["field"] = said.one("until.field")
        _OFFSET.read(until, said, room)
        side = _side(until)
        if said.has("until.side") and said.one("until.side") != side:
            until["before"] = said.one("until.side") == "before"
    elif before == "until_event" and isinstance(step["until_event"], dict):
        step["until_event"] = event = dict(step["until_event"])
        if said.has("until_event.type"):
            event["type"] = said.one("until_event.type")
        _WITHIN.read(event, said, room)
        _IF.read(event, said, room)
        _TIMEOUT.read(step, said, room)


_FRESH: dict[str, Json] = {
    "for": {"days": 1},
    "until": {"field": "parcel.eta"},
    "until_event": {"type": "tracking.first_scan", "within": {"days": 2}},
}


def _until(until: object, room: Room) -> tuple[Part, ...]:
    if not isinstance(until, dict):
        return (_kept("until"),)
    field = until.get("field", "")
    choices = with_current((("", "Choose…"), *moments()), str(field))
    return (
        Control(name="until.field", shape="select", label="Until", value=str(field), choices=choices),
        *_OFFSET.parts(until, room),
        Control(name="until.side", shape="select", label="Before or after it", value=_side(until), choices=_SIDES),
    )


def _event(step: Json, room: Room) -> tuple[Part, ...]:
    event = step["until_event"]
    if not isinstance(event, dict):
        return (_kept("until_event"),)
    type_ = str(event.get("type", ""))
    words = trigger_label(type_) or "Choose what must happen"
    picked = Picked(name="until_event.type", label="Until", value=type_, words=words, picks="events")
    return (picked, *_WITHIN.parts(event, room), *_TIMEOUT.parts(step, room), *_IF.parts(event, room))


def _side(until: Json) -> str:
    return "before" if until.get("before") is True else "after"


def _kept(name: str) -> Control:
    return Control(name=name, shape="static", label="Until", value="Set in the document")
