"""The members of a step as parts of its form, one small class for each way to ask; what is untouched stays as it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from workflows.builder.inspector.controls import (
    ABSENT,
    Absent,
    Choices,
    Control,
    Json,
    Said,
    with_current,
)
from workflows.builder.inspector.leaf import NEW
from workflows.builder.inspector.parts import Part, Question, Span
from workflows.builder.inspector.spans import read_span, span_controls
from workflows.builder.inspector.tree import read_condition, show_condition
from workflows.builder.inspector.values import Offers
from workflows.catalog.shelf import ShopNames

#: What a condition says that nobody has begun.
NOTHING: Json = {"all": []}


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a form may offer: the shop's names, the values its orders have, its connections with a secret."""

    names: ShopNames
    offers: Offers
    secrets: tuple[str, ...] = ()
    custom_fields: tuple[str, ...] = ()
    seen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Member(Protocol):
    """One member, or a few that are asked together, of the object that holds them."""

    def parts(self, holder: Json, room: Room) -> tuple[Part, ...]:
        """What is shown of it."""

    def read(self, holder: Json, said: Said, room: Room) -> None:
        """Change `holder` to what the form says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text; empty is absent. `is_filled_in`: variables may be used."""

    key: str
    label: str
    name: str = ""
    hint: str = ""
    placeholder: str = ""
    is_long: bool = False
    is_filled_in: bool = False
    seen_in: str = ""

    def parts(self, holder: Json, room: Room) -> tuple[Part, ...]:
        """One control."""
        value = holder.get(self.key, "")
        name = self.name or self.key
        if not isinstance(value, str):
            return (Control(name=name, shape="static", label=self.label, value="Set in the document"),)
        shape = "area" if self.is_long or "\n" in value else "line"
        return (
            Control(
                name=name, shape=shape, label=self.label, value=value, hint=self.hint, placeholder=self.placeholder,  # type: ignore[arg-type]
                is_text=self.is_filled_in, offers=room.seen.get(self.seen_in, ()),
            ),
        )  # fmt: skip

    def read(self, holder: Json, said: Said, room: Room) -> None:
        """The text."""
        name = self.name or self.key
        if not said.has(name) or said.is_as(controls_in(self.parts(holder, room))):
            return
        put(holder, self.key, said.one(name) if said.one(name).strip() else ABSENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of several; `usual` is meant when the document doesn't say it."""

    key: str
    label: str
    choices: Callable[[Room], Choices]
    name: str = ""
    hint: str = ""
    usual: str = ""
    empty: str = ""

    def parts(self, holder: Json, room: Room) -> tuple[Part, ...]:
        """One select."""
        value = holder.get(self.key, self.usual)
        name = self.name or self.key
        if not isinstance(value, str):
            return (Control(name=name, shape="static", label=self.label, value="Set in the document"),)
        choices = with_current(self.choices(room), value)
        if not value or self.empty:
            choices = (("", self.empty or "Choose…"), *choices)
        return (Control(name=name, shape="select", label=self.label, value=value, choices=choices, hint=self.hint),)

    def read(self, holder: Json, said: Said, room: Room) -> None:
        """The choice."""
        name = self.name or self.key
        if not said.has(name) or said.is_as(controls_in(self.parts(holder, room))):
            return
        put(holder, self.key, said.one(name) or ABSENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Yes or no; absent means no."""

    key: str
    label: str
    name: str = ""
    hint: str = ""

    def parts(self, holder: Json, room: Room) -> tuple[Part, ...]:
        """One box to tick."""
        ticked = ("yes",) if holder.get(self.key) is True else ()
        return (
            Control(
                name=self.name or self.key, shape="ticks", label="", values=ticked, choices=(("yes", self.label),),
                hint=self.hint,
            ),
        )  # fmt: skip

    def read(self, holder: Json, said: Said, room: Room) -> None:
        """Whether it is ticked."""
        if said.is_as(controls_in(self.parts(holder, room))):
            return
        put(holder, self.key, True if said.has(self.name or self.key) else ABSENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticks:
    """Several of a few; `usual` are meant when the document doesn't say any."""

    key: str
    label: str
    choices: Choices
    name: str = ""
    usual: tuple[str, ...] = ()
    hint: str = ""

    def parts(self, holder: Json, room: Room) -> tuple[Part, ...]:
        """Boxes to tick."""
        value = holder.get(self.key, list(self.usual))
        name = self.name or self.key
        if not isinstance(value, list) or not {key for key, _ in self.choices}.issuperset(map(str, value)):
            return (Control(name=name, shape="static", label=self.label, value="Set in the document"),)
        ticked = tuple(key for key, _ in self.choices if key in value)
        return (
            Control(
                name=name, shape="ticks", label=self.label, values=ticked, choices=self.choices, hint=self.hint
            ),
        )  # fmt: skip

    def read(self, holder: Json, said: Said, room: Room) -> None:
        """What is ticked."""
        name = self.name or self.key
        controls = controls_in(self.parts(holder, room))
        if controls[0].shape == "static" or said.is_as(controls):
            return
        holder[self.key] = [key for key, _ in self.choices if key in said.all(name)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasting:
    """A duration; an empty number is absent."""

    key: str
    label: str
    name: str = ""
    hint: str = ""

    def parts(self, holder: Json, room: Room) -> tuple[Part, ...]:
        """Numbers with units."""
        name = self.name or self.key
        controls = span_controls(name, holder.get(self.key, ABSENT), label=self.label)
        return (Span(name=name, label=self.label, controls=controls, hint=self.hint),)

    def read(self, holder: Json, said: Said, room: Room) -> None:
        """The duration."""
        name = self.name or self.key
        if said.has(f"{name}.n"):
            put(holder, self.key, read_span(name, said, was=holder.get(self.key, ABSENT)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A condition. One that isn't optional starts with an empty row."""

    key: str
    legend: str
    name: str = ""
    hint: str = ""
    add_label: str = "Add a condition"
    is_optional: bool = False
    is_counted: bool = False

    def parts(self, holder: Json, room: Room) -> tuple[Part, ...]:
        """Rows and groups."""
        value = holder.get(self.key, ABSENT)
        if (isinstance(value, Absent) and not self.is_optional) or value == NOTHING:
            value = {"all": [dict(NEW)]}
        name = self.name or self.key
        node = None if isinstance(value, Absent) else show_condition(value, name, room.offers)
        return (
            Question(
                name=name, legend=self.legend, node=node, hint=self.hint, is_optional=self.is_optional,
                is_counted=self.is_counted, add_label=self.add_label,
            ),
        )  # fmt: skip

    def read(self, holder: Json, said: Said, room: Room) -> None:
        """The condition."""
        name = self.name or self.key
        if not said.has(f"{name}.asked"):
            return
        value = read_condition(said, name, room.offers)
        if value == {"all": [NEW]} and holder.get(self.key, NOTHING) == NOTHING:
            return
        put(holder, self.key, value)


def controls_in(parts: tuple[Part, ...]) -> list[Control]:
    """The controls among parts."""
    return [part for part in parts if isinstance(part, Control)]


def put(holder: Json, key: str, value: object) -> None:
    """Set a member, or (ABSENT) take it away."""
    if isinstance(value, Absent):
        holder.pop(key, None)
    else:
        holder[key] = value
