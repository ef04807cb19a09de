"""What the page of an order shows of each thing: plain values, ready for the template."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing in words: what, what was said (`quote`), what else (`detail`), who, and how it stands (`state`)."""

    words: str
    quote: str = ""
    detail: str = ""
    who: str = ""
    state: str = ""
    icon: str = "circle-dot"
    tone: str = ""
    flags: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One action of a run and what became of it."""

    words: str
    icon: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A run below the event that set it off."""

    id: UUID
    line: Line
    deeds: Sequence[Deed]
    has_conditions: bool
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An entry of the story. `url` leads to the thing's own page, `body` to its data; `is_pending` says that its state will
    change in a moment by itself."""

    id: str
    kind: str
    at: datetime
    line: Line
    url: str = ""
    body: str = ""
    late: bool = False
    is_pending: bool = False
    decision: Decision | None = None
    decisions: Sequence[Decision] = field(default_factory=tuple)
