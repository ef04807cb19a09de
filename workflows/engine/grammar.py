"""The words of a workflow as frozen values: what a document says, without its punctuation.

Everything here is a value: no clock, no database, no Django. `workflows/engine/document.py` turns a
`postsale.workflow/1` document (contract/workflow.md) into a `Plan` and back; `evaluate` and `machine` read it.

Two members only remember how the document put it, so that rendering gives it back word for word, and are no part of
what a value means (they do not compare): `said` of a duration (its units), and `spelled`, the optional members that
were written out although they say the default.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as member
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """A span: elapsed `seconds`, whole calendar `days` (same wall time), or one of the two business units alone."""

    seconds: float = 0
    days: int = 0
    business_hours: float = 0
    business_days: int = 0
    said: tuple[tuple[str, float], ...] = member(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One question: `field` `op` `value`, for the state operators also `for_`."""

    field: str
    op: str
    value: object = None
    for_: Duration | None = None
    spelled: tuple[str, ...] = member(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Several questions under one word; `k` is only read when `kind` is at_least."""

    kind: Literal["all", "any", "none", "at_least"]
    of: tuple["Condition", ...]
    k: int = 0


type Condition = Leaf | Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What wakes the workflow: an event type, `schedule` (with cron text in `at`), or `manual`."""

    type: str
    to: tuple[str, ...] = ()
    from_: tuple[str, ...] = ()
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    id: str
    if_: Condition
    else_: tuple["Step", ...] = ()
    name: str = ""
    spelled: tuple[str, ...] = member(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    if_: Condition
    steps: tuple["Step", ...]
    name: str = ""
    spelled: tuple[str, ...] = member(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    id: str
    paths: tuple[Path, ...]
    otherwise: tuple["Step", ...] = ()
    name: str = ""
    spelled: tuple[str, ...] = member(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitFor:
    id: str
    for_: Duration
    name: str = ""
    spelled: tuple[str, ...] = member(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitUntil:
    """Until the moment in `field`, shifted by `offset` (earlier when `before`)."""

    id: str
    field: str
    offset: Duration | None = None
    before: bool = False
    name: str = ""
    spelled: tuple[str, ...] = member(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitEvent:
    """Until an event of `type` about the same subject (for which `if_` holds), at most `within`; then `on_timeout`."""

    id: str
    type: str
    within: Duration
    if_: Condition | None = None
    on_timeout: Literal["continue", "stop"] = "continue"
    name: str = ""
    spelled: tuple[str, ...] = member(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Do:
    """An action by its key, with the members of its `with`."""

    id: str
    action: str
    with_: Mapping[str, object]
    on_error: Literal["stop", "continue", "retry"] = "stop"
    guard: Condition | None = None
    name: str = ""
    spelled: tuple[str, ...] = member(default=(), compare=False, repr=False)


type Step = Gate | Branch | WaitFor | WaitUntil | WaitEvent | Do


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole workflow. `once_per` is always set: the default is filled in by `document.parse`.

    `cooldown` None means: once for ever. `explicit_once_per` remembers whether the document said it (round trip).
    """

    name: str
    trigger: Trigger
    steps: tuple[Step, ...]
    once_per: Literal["event", "parcel", "order", "customer"]
    description: str = ""
    cooldown: Duration | None = None
    explicit_once_per: bool = True
    spelled: tuple[str, ...] = member(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something wrong with what a person wrote: where, what, and what was expected instead."""

    path: str
    problem: str
    expected: str
