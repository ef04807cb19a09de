"""A `postsale.workflow/1` document (contract/workflow.md) becomes a `Plan`, and a plan its document, word for word.

`parse` promises: it never raises, whatever it is given; it names every structural problem at once; a plan comes out
only when there is none. `render(parse(d)) == d` up to the order of members. What a field, operator or action *means* is
not asked here (definitions/validate.py does).
"""

import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Literal

from workflows.engine.grammar import (
    Branch,
    Do,
    Gate,
    Path,
    Plan,
    Problem,
    Step,
    Trigger,
    WaitEvent,
    WaitFor,
    WaitUntil,
)
from workflows.engine.phrases import (
    Phrases,
    Rendered,
    render_condition,
    render_duration,
    spelled_out,
    with_spelled,
)
from workflows.engine.reading import Reader, join, unreadable

FORMAT = "postsale.workflow/1"
MOST_STEPS = 100
MOST_PATHS = 10
DEEPEST_STEPS = 5

type OncePer = Literal["event", "parcel", "order", "customer"]

_ONCE_PER: tuple[OncePer, ...] = ("event", "parcel", "order", "customer")
_ON_ERROR: tuple[Literal["stop", "continue", "retry"], ...] = ("continue", "stop", "retry")
_ON_TIMEOUT: tuple[Literal["continue", "stop"], ...] = ("continue", "stop")
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}").fullmatch
_ACTION = re.compile(r"[a-z]+(\.[a-z_]+)+").fullmatch
_EVENT = re.compile(
    r"(?:(?:order|label|shipment|tracking|return|customer|exception|custom)\.[a-z][a-z0-9_]{0,39}"
    r"|feed\.silent|workflow\.failed)"
).fullmatch
_KINDS = ("condition", "branch", "wait", "action")


def parse(document: object) -> tuple[Plan | None, list[Problem]]:
    """The plan that `document` (decoded JSON) describes, or None and all that is wrong with its structure."""
    reader = Reader(unreadable(document))
    plan = _Sheet(reader).plan(document)
    return (None, reader.problems) if reader.problems else (plan, [])


def render(plan: Plan) -> Rendered:
    """The document of `plan`, ready for JSON, members in the contract's order."""
    document: Rendered = {"format": FORMAT, "name": plan.name}
    with_spelled(document, plan.spelled, description=(plan.description, ""))
    document["trigger"] = _render_trigger(plan.trigger)
    if plan.explicit_once_per:
        document["once_per"] = plan.once_per
    if plan.cooldown is not None:
        document["cooldown"] = render_duration(plan.cooldown)
    document["steps"] = _render_steps(plan.steps)
    return document


def default_once_per(trigger_type: str) -> OncePer:
    """What a document that doesn't say it means: once for each parcel when the trigger is about parcels, else order."""
    return "parcel" if trigger_type.startswith(("tracking.", "label.", "shipment.")) else "order"


@dataclass(slots=True)
class _Sheet:
    """One document being read: its problems, the ids met, the steps counted."""

    reader: Reader
    ids: set[str] = field(default_factory=set)
    steps_met: int = 0
    phrases: Phrases = field(init=False)

    def __post_init__(self) -> None:
        self.phrases = Phrases(self.reader)

    def plan(self, value: object) -> Plan | None:
        reader = self.reader
        needs, may = ("format", "name", "trigger", "steps"), ("description", "once_per", "cooldown")
        said = reader.members(value, "", needs=needs, may=may)
        if said is None:
            return None
        if "format" in said and said["format"] != FORMAT:
            reader.wrong("format", "not a format that Postsale knows", FORMAT)
        name = reader.text(said["name"], "name", least=1, most=120) if "name" in said else None
        description = reader.text(said["description"], "description", most=2000) if "description" in said else ""
        trigger = self.trigger(said["trigger"]) if "trigger" in said else None
        once_per = reader.choice(said["once_per"], "once_per", of=_ONCE_PER) if "once_per" in said else None
        cooldown = self.phrases.duration(said["cooldown"], "cooldown") if "cooldown" in said else None
        steps = self.steps(said["steps"], "steps", depth=0) if "steps" in said else ()
        if name is None or trigger is None:
            return None
        return Plan(
            name=name,
            description=description or "",
            trigger=trigger,
            once_per=once_per or default_once_per(trigger.type),
            explicit_once_per="once_per" in said,
            cooldown=cooldown,
            steps=steps,
            spelled=spelled_out(said, description=""),
        )

    def trigger(self, value: object) -> Trigger | None:
        reader = self.reader
        if isinstance(value, dict) and value.get("type") == "schedule":
            reader.members(value, "trigger", needs=("type", "at"))
            at = reader.text(value["at"], "trigger.at") if "at" in value else None
            return Trigger(type="schedule", at=at or "")
        if isinstance(value, dict) and value.get("type") == "manual":
            reader.members(value, "trigger", needs=("type",))
            return Trigger(type="manual")
        said = reader.members(value, "trigger", needs=("type",), may=("to", "from"))
        if said is None or "type" not in said:
            return None
        expected = "an event type such as label.created, custom.<name>, schedule or manual"
        type_ = reader.word(said["type"], "trigger.type", shape=_EVENT, expected=expected)
        to, from_ = (self.names(said[key], f"trigger.{key}") if key in said else () for key in ("to", "from"))
        return Trigger(type=type_ or "", to=to, from_=from_)

    def names(self, value: object, path: str) -> tuple[str, ...]:
        texts = (self.reader.text(row, at) for at, row in self.reader.rows(value, path, most=100))
        return tuple(text for text in texts if text is not None)

    def steps(self, value: object, path: str, *, depth: int) -> tuple[Step, ...]:
        """The steps of one list; `depth` counts the steps around it."""
        if depth > DEEPEST_STEPS:
            self.reader.wrong(path, "steps are nested too deep", f"at most {DEEPEST_STEPS} levels")
            return ()
        steps: list[Step] = []
        for at, row in self.reader.rows(value, path, most=MOST_STEPS):
            self.steps_met += 1
            if self.steps_met > MOST_STEPS:
                self.reader.wrong(at, "too many steps", f"at most {MOST_STEPS} steps in a document")
                break
            step = self.step(row, at, depth)
            if step is not None:
                steps.append(step)
        return tuple(steps)

    def step(self, value: object, path: str, depth: int) -> Step | None:
        reader = self.reader
        if not isinstance(value, dict):
            reader.members(value, path)
            return None
        form = _form_of(value)
        if form is None:
            known = reader.choice(value.get("kind"), join(path, "kind"), of=_KINDS)
            if known:
                reader.wrong(path, "a wait without its end", "one of for, until, until_event")
            return None
        reader.members(value, path, needs=("id", "kind", *form.needs), may=("name", *form.may))
        id_ = self.id(value["id"], join(path, "id")) if "id" in value else None
        name = reader.text(value["name"], join(path, "name"), most=120) if "name" in value else ""
        if any(key not in value for key in form.needs):
            return None
        step = form.read(self, _Row(value, path, depth, id_ or "", name or ""))
        return step if id_ is not None else None

    def id(self, value: object, path: str) -> str | None:
        expected = "a lower-case letter, then up to 39 letters, digits or _"
        id_ = self.reader.word(value, path, shape=_ID, expected=expected)
        if id_ is not None and id_ in self.ids:
            self.reader.wrong(path, f"{id_!r} is the id of another step", "an id of its own")
        if id_ is not None:
            self.ids.add(id_)
        return id_


@dataclass(frozen=True, slots=True)
class _Row:
    """One step as written, with what all kinds share already read."""

    said: Rendered
    path: str
    depth: int
    id: str
    name: str

    def at(self, *keys: str) -> str:
        return ".".join((self.path, *keys))


def _gate(sheet: _Sheet, row: _Row) -> Step | None:
    if_ = sheet.phrases.condition(row.said["if"], row.at("if"))
    else_ = sheet.steps(row.said["else"], row.at("else"), depth=row.depth + 1) if "else" in row.said else ()
    if if_ is None:
        return None
    return Gate(id=row.id, name=row.name, if_=if_, else_=else_, spelled=spelled_out(row.said, name=""))


def _branch(sheet: _Sheet, row: _Row) -> Step | None:
    rows = sheet.reader.rows(row.said["paths"], row.at("paths"), most=MOST_PATHS)
    paths = [_path(sheet, value, path=at, depth=row.depth + 1) for at, value in rows]
    otherwise: tuple[Step, ...] = ()
    if "otherwise" in row.said:
        otherwise = sheet.steps(row.said["otherwise"], row.at("otherwise"), depth=row.depth + 1)
    return Branch(
        id=row.id,
        name=row.name,
        paths=tuple(path for path in paths if path),
        otherwise=otherwise,
        spelled=spelled_out(row.said, name=""),
    )


def _path(sheet: _Sheet, value: object, *, path: str, depth: int) -> Path | None:
    said = sheet.reader.members(value, path, needs=("if", "steps"), may=("name",))
    if said is None:
        return None
    name = sheet.reader.text(said["name"], join(path, "name"), most=60) if "name" in said else ""
    if_ = sheet.phrases.condition(said["if"], join(path, "if")) if "if" in said else None
    steps = sheet.steps(said["steps"], join(path, "steps"), depth=depth) if "steps" in said else ()
    return Path(name=name or "", if_=if_, steps=steps, spelled=spelled_out(said, name="")) if if_ else None


def _wait_for(sheet: _Sheet, row: _Row) -> Step | None:
    span = sheet.phrases.duration(row.said["for"], row.at("for"))
    return WaitFor(id=row.id, name=row.name, for_=span, spelled=spelled_out(row.said, name="")) if span else None


def _wait_until(sheet: _Sheet, row: _Row) -> Step | None:
    reader = sheet.reader
    said = reader.members(row.said["until"], row.at("until"), needs=("field",), may=("offset", "before"))
    if said is None or "field" not in said:
        return None
    name = reader.text(said["field"], row.at("until", "field"))
    offset = sheet.phrases.duration(said["offset"], row.at("until", "offset")) if "offset" in said else None
    before = reader.flag(said["before"], row.at("until", "before")) if "before" in said else False
    spelled = spelled_out(row.said, name="") + spelled_out(said, before=False)
    if name is None:
        return None
    return WaitUntil(id=row.id, name=row.name, field=name, offset=offset, before=bool(before), spelled=spelled)


def _wait_event(sheet: _Sheet, row: _Row) -> Step | None:
    reader = sheet.reader
    said = reader.members(row.said["until_event"], row.at("until_event"), needs=("type", "within"), may=("if",))
    on_timeout = None
    if "on_timeout" in row.said:
        on_timeout = reader.choice(row.said["on_timeout"], row.at("on_timeout"), of=_ON_TIMEOUT)
    if said is None:
        return None
    type_ = reader.text(said["type"], row.at("until_event", "type")) if "type" in said else None
    if_ = sheet.phrases.condition(said["if"], row.at("until_event", "if")) if "if" in said else None
    within = sheet.phrases.duration(said["within"], row.at("until_event", "within")) if "within" in said else None
    if type_ is None or within is None:
        return None
    return WaitEvent(
        id=row.id,
        name=row.name,
        type=type_,
        if_=if_,
        within=within,
        on_timeout=on_timeout or "continue",
        spelled=spelled_out(row.said, name="", on_timeout="continue"),
    )


def _do(sheet: _Sheet, row: _Row) -> Step | None:
    reader = sheet.reader
    action = reader.word(row.said["action"], row.at("action"), shape=_ACTION, expected="a key such as board.add")
    with_ = row.said["with"]
    if not isinstance(with_, dict):
        reader.members(with_, row.at("with"))
    on_error = None
    if "on_error" in row.said:
        on_error = reader.choice(row.said["on_error"], row.at("on_error"), of=_ON_ERROR)
    guard = sheet.phrases.condition(row.said["guard"], row.at("guard")) if "guard" in row.said else None
    # A document that is wrong somewhere gives no plan: then nothing is copied, for it may be of any depth.
    if action is None or reader.problems or not isinstance(with_, dict):
        return None
    return Do(
        id=row.id,
        name=row.name,
        action=action,
        with_=deepcopy(with_),
        on_error=on_error or "stop",
        guard=guard,
        spelled=spelled_out(row.said, name="", on_error="stop"),
    )


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to write a step: its `kind`, the members it needs and may have, and who reads it."""

    kind: str
    needs: tuple[str, ...]
    may: tuple[str, ...]
    read: Callable[[_Sheet, _Row], Step | None]


_FORMS = (
    _Form("condition", ("if",), ("else",), _gate),
    _Form("branch", ("paths",), ("otherwise",), _branch),
    _Form("action", ("action", "with"), ("on_error", "guard"), _do),
    _Form("wait", ("for",), (), _wait_for),
    _Form("wait", ("until",), (), _wait_until),
    _Form("wait", ("until_event",), ("on_timeout",), _wait_event),
)


def _form_of(said: Rendered) -> _Form | None:
    """The form that a step takes: by its kind, and for waits by which end it names."""
    forms = [form for form in _FORMS if form.kind == said.get("kind")]
    if len(forms) > 1:
        forms = [form for form in forms if form.needs[0] in said]
    return forms[0] if forms else None


def _render_trigger(trigger: Trigger) -> Rendered:
    rendered: Rendered = {"type": trigger.type}
    if trigger.type == "schedule":
        rendered["at"] = trigger.at
    if trigger.to:
        rendered["to"] = list(trigger.to)
    if trigger.from_:
        rendered["from"] = list(trigger.from_)
    return rendered


def _render_steps(steps: tuple[Step, ...]) -> list[Rendered]:
    return [_render_step(step) for step in steps]


def _render_step(step: Step) -> Rendered:
    rendered: Rendered = {"id": step.id}
    with_spelled(rendered, step.spelled, name=(step.name, ""))
    match step:
        case Gate():
            rendered |= {"kind": "condition", "if": render_condition(step.if_)}
            if step.else_:
                rendered["else"] = _render_steps(step.else_)
        case Branch():
            rendered |= {"kind": "branch", "paths": [_render_path(path) for path in step.paths]}
            if step.otherwise:
                rendered["otherwise"] = _render_steps(step.otherwise)
        case WaitFor():
            rendered |= {"kind": "wait", "for": render_duration(step.for_)}
        case WaitUntil():
            until: Rendered = {"field": step.field}
            if step.offset is not None:
                until["offset"] = render_duration(step.offset)
            with_spelled(until, step.spelled, before=(step.before, False))
            rendered |= {"kind": "wait", "until": until}
        case WaitEvent():
            event: Rendered = {"type": step.type}
            if step.if_ is not None:
                event["if"] = render_condition(step.if_)
            event["within"] = render_duration(step.within)
            rendered |= {"kind": "wait", "until_event": event}
            with_spelled(rendered, step.spelled, on_timeout=(step.on_timeout, "continue"))
        case Do():  # pragma: no branch -- the last kind of step
            rendered |= {"kind": "action", "action": step.action, "with": deepcopy(dict(step.with_))}
            with_spelled(rendered, step.spelled, on_error=(step.on_error, "stop"))
            if step.guard is not None:
                rendered["guard"] = render_condition(step.guard)
    return rendered


def _render_path(path: Path) -> Rendered:
    rendered: Rendered = {}
    with_spelled(rendered, path.spelled, name=(path.name, ""))
    return rendered | {"if": render_condition(path.if_), "steps": _render_steps(path.steps)}
