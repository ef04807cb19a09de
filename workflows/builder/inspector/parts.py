"""What a form is made of: controls, spans, conditions, and boxes that are shown anew when what they show changes."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from workflows.builder.inspector.controls import Control, html_id
from workflows.builder.inspector.tree import Node

_ROOM = "workflows/builder/inspector/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A duration: numbers with their units on one line."""

    name: str
    label: str
    controls: tuple[Control, ...]
    hint: str = ""
    template: str = _ROOM + "span.html"

    @property
    def problem_at(self) -> str:
        """The name of the place where its problems are said."""
        return self.name

    @property
    def error_id(self) -> str:
        """The id of that place."""
        return html_id("err", self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A condition: its legend, its rows and groups (None: nothing is asked yet), whether it may be left out.

    `is_counted`: a line below says how many recent events match.
    """

    name: str
    legend: str
    node: Node | None
    hint: str = ""
    is_optional: bool = False
    is_counted: bool = False
    add_label: str = "Add a condition"
    template: str = _ROOM + "question.html"

    @property
    def html_id(self) -> str:
        """Its id on the page."""
        return html_id("ask", self.name)

    @property
    def error_id(self) -> str:
        """Where problems of the whole are said."""
        return html_id("err", self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """One choice out of a long list, by search: the form sends `value` under `name`."""

    name: str
    label: str
    value: str
    words: str
    picks: str
    hint: str = ""
    template: str = _ROOM + "picked.html"

    @property
    def html_id(self) -> str:
        """Its id on the page."""
        return html_id("f", self.name)

    @property
    def error_id(self) -> str:
        """The place where its problems are said."""
        return html_id("err", self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Names with a text each, and one empty pair more."""

    name: str
    label: str
    pairs: tuple[tuple[Control, Control], ...]
    hint: str = ""
    template: str = _ROOM + "pairs.html"

    @property
    def error_id(self) -> str:
        """The place where its problems are said."""
        return html_id("err", self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A line that explains."""

    words: str
    template: str = _ROOM + "note.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """Ready texts to start from: (key, title), open while nothing is written yet."""

    choices: tuple[tuple[str, str], ...]
    title: str = "Start from a ready letter"
    is_open: bool = False
    template: str = _ROOM + "letters.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Where the texts above it are shown as they read for a real order."""

    template: str = _ROOM + "shown.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Parts that stand together; shown anew when `shape` is another than the form had. `label`: it folds."""

    name: str
    parts: "tuple[Part, ...]" = ()
    shape: str = ""
    label: str = ""
    is_open: bool = True
    anchor: str = ""
    buttons: tuple[tuple[str, str, str], ...] = field(default=())
    template: str = _ROOM + "box.html"

    @property
    def html_id(self) -> str:
        """Its id on the page."""
        return self.anchor or html_id("box", self.name)


type Part = Control | Span | Question | Picked | Pairs | Note | Letters | Shown | Box


def walk(parts: "tuple[Part, ...]") -> Iterator[Part]:
    """Every part, boxes before what is in them."""
    for part in parts:
        yield part
        if isinstance(part, Box):
            yield from walk(part.parts)
