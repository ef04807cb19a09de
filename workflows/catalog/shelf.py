"""The shelf: what a workflow can do, found by key. Floors above put their own actions, writers and watchers here.

An action is asked twice: `problems` when a draft is saved, `do` when a run reaches it. `do` never touches the database:
it reads the facts, changes the order through the moment, and hands rows to a named *writer*, which stores the rows of a
whole batch at once inside the transaction that decided them. In a replay nothing is written.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from postsale.tenants.shop import Shop
from workflows.engine.grammar import Condition, Problem


class Keyed(Protocol):
    """Anything with a key."""

    @property
    def key(self) -> str: ...


class Registry[T: Keyed]:
    """A shelf of things that have a key; asking for one that is not there is a KeyError."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._items: dict[str, T] = {}

    def add(self, item: T) -> T:
        """Put `item` on the shelf. Raises ValueError when its key is taken."""
        if item.key in self._items:
            raise ValueError(f"{self.noun} {item.key!r} is registered twice")
        self._items[item.key] = item
        return item

    def __getitem__(self, key: str) -> T:
        return self._items[key]

    def __contains__(self, key: str) -> bool:
        return key in self._items

    def __iter__(self) -> Iterator[T]:
        return iter(self._items.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an action: its state, in words, and a JSON-able result for the trace."""

    state: Literal["done", "failed", "suppressed"]
    words: str
    result: Mapping[str, object] = field(default_factory=dict)


class ActionFailedError(Exception):
    """The action can't be done now; the message says why, in words for the trace."""


class Moment(Protocol):
    """All that an action may know and touch while a run stands at its step."""

    @property
    def now(self) -> datetime: ...
    @property
    def with_(self) -> Mapping[str, object]: ...
    @property
    def facts(self) -> Mapping[str, object]: ...
    @property
    def shop(self) -> Shop: ...
    @property
    def run_id(self) -> UUID: ...
    @property
    def step(self) -> str: ...
    @property
    def workflow_id(self) -> UUID: ...
    @property
    def workflow_name(self) -> str: ...
    @property
    def order_id(self) -> UUID | None: ...
    @property
    def shipment_id(self) -> UUID | None: ...
    @property
    def event(self) -> Mapping[str, object]: ...
    @property
    def guard(self) -> Condition | None: ...
    @property
    def keep(self) -> Condition | None:
        """The trigger's `to` and the gates passed on the way, as a condition; None when there is nothing to keep."""

    @property
    def reason(self) -> str:
        """Why the run came here, in words: the passed gates' verdicts."""

    def text(self, source: str, *, escape: Literal["text", "html", "header"] = "text") -> str:
        """`source` rendered in the sandbox with the facts. Raises ActionFailedError (a value is missing, too long,
        …)."""

    def edit(self, field: str, value: object, *, overwrite: bool = False) -> bool:
        """Change the order's ops_status, tags (+"tag", -"tag"), notes or assignee; False: left to the person who set
        it last."""

    def look_up[T](self, load: Callable[[int], T]) -> T:
        """`load(tenant_id)`, asked once a batch: for what an upper floor must know (which boards exist)."""

    def write(self, writer: str, row: object) -> None:
        """Hand `row` to a writer; stored with the batch."""


class Action(Protocol):
    """One thing a workflow can do. `is_outside`: it leaves Postsale by the outbox and can't be undone."""

    @property
    def key(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def is_outside(self) -> bool: ...

    def problems(self, with_: Mapping[str, object], path: str, shop: "ShopNames") -> list[Problem]:
        """What is wrong with `with_`, all at once; `path` is where it stands in the document ("steps[2].with")."""

    def do(self, moment: Moment) -> Outcome:
        """Do it. Raises ActionFailedError for an expected failure."""


class ShopNames(Protocol):
    """The names a document may mention, looked up once when it is checked."""

    @property
    def boards(self) -> Mapping[str, str]: ...
    @property
    def dashboards(self) -> Mapping[str, str]: ...
    @property
    def ops_statuses(self) -> Mapping[str, str]: ...
    @property
    def members(self) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectChange:
    """A subject as it stands after its facts changed: for watchers (boards) that must look again."""

    order_id: UUID | None
    shipment_id: UUID | None
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What one event or deadline came to at its own moment: the rows that actions handed to a watcher (by its key), then
    the subjects that changed, as they stand at that moment."""

    at: datetime
    rows: Mapping[str, Sequence[object]] = field(default_factory=dict)
    changes: Sequence[SubjectChange] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A deadline of a watcher's has come; `facts` are those of its subject before the batch, so apply what happened
    before `at` first."""

    kind: str
    target: UUID
    at: datetime
    order_id: UUID | None
    shipment_id: UUID | None
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """Something that a watcher has to tell: it becomes an event of the log, which may trigger workflows.

    `lineage` goes on where a run led to it; None: it is the first of its own.
    """

    type: str
    external_id: str
    at: datetime
    order_id: UUID | None
    shipment_id: UUID | None
    from_: str | None
    to: str | None
    data: Mapping[str, object] = field(default_factory=dict)
    lineage: Mapping[str, object] | None = None


class Unit(Protocol):
    """What writers and watchers may know of the transaction they run in."""

    @property
    def tenant_id(self) -> int: ...
    @property
    def now(self) -> datetime: ...
    @property
    def shop(self) -> Shop: ...
    @property
    def upto(self) -> datetime:
        """The moment up to which the batch decides: no later one may be written down."""

    @property
    def is_backfill(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Stores the rows that actions handed over, a whole batch in a few statements, inside the deciding transaction."""

    key: str
    store: Callable[[Unit, Sequence[object]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Is told, inside the deciding transaction, what happened when, in the order of time; rows that an action hands to a
    writer of a watcher's key come with it.

    `follow(unit, story, due)` answers with what must be told to the log; `due` are the deadlines of `kinds` that have
    come up to `unit.upto`. `sweep(unit, target, changes)` takes one page of the tenant's subjects, for a deadline of
    the kind `sweeps`, which asks to look at all of them once.
    """

    key: str
    follow: Callable[[Unit, Sequence[Happening], Sequence[Due]], Sequence[Announced]]
    kinds: tuple[str, ...] = ()
    sweeps: str = ""
    sweep: Callable[[Unit, UUID, Sequence[SubjectChange]], None] = lambda _unit, _target, _changes: None


ACTIONS: Registry[Action] = Registry("action")
WRITERS: Registry[Writer] = Registry("writer")
WATCHERS: Registry[Watcher] = Registry("watcher")
