"""A condition made ready to be asked: questions (leaves) and bunches of them (groups), values with functions inside."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from workflows.engine.calendar import Calendar
from workflows.engine.grammar import Leaf
from workflows.engine.turns import Answer

type Facts = Mapping[str, object]
type Holds = Callable[[Facts, datetime, Calendar], Answer]
type Horizon = Callable[[Facts, datetime, Calendar], datetime | None]
type Unknown = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A leaf, compiled. `horizon` is None where time alone can't change the answer.

    `found` is what the facts say; `unknown` says why there is no answer: (what is missing, or what can't be compared).
    """

    leaf: Leaf
    label: str
    kind: str
    holds: Holds
    found: Callable[[Facts, datetime, Calendar], object]
    unknown: Callable[[Facts, Calendar], Unknown]
    horizon: Horizon | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bunch:
    """A group, compiled: it holds when at least `need` of its children do (`none`: when all of them don't)."""

    kind: Literal["all", "any", "none", "at_least"]
    need: int
    of: tuple["Node", ...]
    holds: Holds
    is_timed: bool


type Node = Question | Bunch


def is_timed(node: Node) -> bool:
    """Can time alone change the answer?"""
    return node.is_timed if isinstance(node, Bunch) else node.horizon is not None
