"""Controls: what stands in a form, what a browser would send of it, and what it sent; pure values."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from workflows.engine.reading import unreadable

type Json = dict[str, Any]
type Choices = tuple[tuple[str, str], ...]
type Shape = Literal["line", "area", "number", "select", "ticks", "date", "time", "hidden", "static"]


#: From here on a list of choices scrolls.
MANY = 8


class Absent:
    """The mark of a member that the document does not have."""


ABSENT = Absent()
LONGEST_JSON = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control: its `name` in the form, its `label` in words, what it holds now.

    `value` is what it shows, `values` what is ticked, `choices` (key, label) what may be chosen, `offers` the name of a
    list of suggestions, `unit` what stands behind it. `is_static`: shown, not sent.
    """

    name: str
    shape: Shape
    label: str
    value: str = ""
    values: tuple[str, ...] = ()
    choices: Choices = ()
    offers: tuple[str, ...] = ()
    unit: str = ""
    hint: str = ""
    is_text: bool = False
    is_label_shown: bool = True
    placeholder: str = ""
    slot: str = ""
    says_problems: bool = True

    @property
    def template(self) -> str:
        """The file that shows it."""
        return "workflows/builder/inspector/control.html"

    @property
    def html_id(self) -> str:
        """Its id on the page."""
        return html_id("f", self.name)

    @property
    def problem_at(self) -> str:
        """The name of the place where its problems are said."""
        return self.slot or self.name

    @property
    def error_id(self) -> str:
        """The id of that place on the page."""
        return html_id("err", self.problem_at)

    @property
    def listed(self) -> Choices:
        """The choices as they are shown: of many, the ticked ones first."""
        if self.shape != "ticks" or len(self.choices) <= MANY:
            return self.choices
        return tuple(sorted(self.choices, key=lambda choice: choice[0] not in self.values))

    @property
    def is_many(self) -> bool:
        """Whether the list of its choices scrolls."""
        return len(self.choices) > MANY

    def sent(self) -> Iterator[tuple[str, str]]:
        """What a browser sends when nobody touches it."""
        if self.shape == "ticks":
            yield from ((self.name, value) for value in self.values)
        elif self.shape != "static":
            yield self.name, self.value


def html_id(head: str, name: str) -> str:
    """An id for a form name: "if.0.op" is "f-if-0-op"."""
    return f"{head}-{name.replace('.', '-').replace('@', '-')}"


@dataclass(frozen=True, slots=True)
class Said:
    """What a form sent: name → texts, line ends as documents write them."""

    data: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def one(self, name: str, default: str = "") -> str:
        """The last text under `name`."""
        values = self.data.get(name)
        return values[-1].replace("\r\n", "\n") if values else default

    def all(self, name: str) -> list[str]:
        """Every text under `name`."""
        return [value.replace("\r\n", "\n") for value in self.data.get(name, ())]

    def has(self, name: str) -> bool:
        """Was anything sent under `name`?"""
        return bool(self.data.get(name))

    def is_as(self, controls: Iterable[Control]) -> bool:
        """Did it send just what these controls showed: was nothing touched?"""
        shown: dict[str, list[str]] = {}
        names = set()
        for control in controls:
            if control.shape == "static":
                continue
            names.add(control.name)
            for name, value in control.sent():
                shown.setdefault(name, []).append(value.replace("\r\n", "\n"))
        return all(self.all(name) == shown.get(name, []) for name in names)


def from_json(text: str) -> object:
    """What a hidden control carries along; ABSENT for what is empty, no JSON, or too deep to be anybody's document."""
    if not text or len(text) > LONGEST_JSON:
        return ABSENT
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return ABSENT
    return ABSENT if unreadable(value) else value


def with_current(choices: Choices, current: str, *, words: str = "{} (not known here)") -> Choices:
    """`choices`, and `current` among them even when it isn't one of them, so that a form never changes it by itself."""
    if not current or any(key == current for key, _ in choices):
        return choices
    return (*choices, (current, words.format(current)))
