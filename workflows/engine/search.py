"""When will it be so? Looking ahead in time, while the facts stay as they are, for the first instant a node answers so.

No stepping from minute to minute: each question knows its next turn, and a group leaps to the first instant at which
enough of its children could be as wanted, again until they are. Conditions that never meet (Monday and Tuesday at once)
would leap for ever, so one search takes at most `MOST_LEAPS` turns of time and then gives up.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from workflows.engine.calendar import Calendar
from workflows.engine.tree import Facts, Node, Question
from workflows.engine.turns import Answer

MOST_LEAPS = 500

TRUE: frozenset[Answer] = frozenset({True})
FALSE: frozenset[Answer] = frozenset({False})
NOT_TRUE: frozenset[Answer] = frozenset({False, None})
NOT_FALSE: frozenset[Answer] = frozenset({True, None})

_OPPOSITE = {TRUE: FALSE, FALSE: TRUE, NOT_TRUE: NOT_FALSE, NOT_FALSE: NOT_TRUE}


class GivenUpError(Exception):
    """The search has leapt too often."""


def never_free(_: Question) -> bool:
    """Every question is asked."""
    return False


@dataclass(slots=True, kw_only=True)
class Search:
    """One look ahead. A question that is `free` counts as whatever is wanted of it."""

    facts: Facts
    calendar: Calendar
    is_free: Callable[[Question], bool] = never_free
    left: int = MOST_LEAPS

    def horizon(self, node: Node, now: datetime) -> datetime | None:
        """The first instant after `now` at which the answer of `node` changes; None: never.

        Where the search gives up, one up to which it doesn't change.
        """
        if isinstance(node, Question):
            return node.horizon(self.facts, now, self.calendar) if node.horizon is not None else None
        if not node.is_timed:
            return None
        answer = node.holds(self.facts, now, self.calendar)
        others = {True: (NOT_TRUE,), False: (NOT_FALSE,), None: (TRUE, FALSE)}[answer]
        try:
            return _earliest(self.first(node, wanted, now) for wanted in others)
        except GivenUpError:
            return _earliest(self.horizon(asked, now) for asked in questions_of(node))

    def first(self, node: Node, wanted: frozenset[Answer], at: datetime) -> datetime | None:
        """The first instant from `at` on at which the answer of `node` is in `wanted`. Raises GivenUpError."""
        if isinstance(node, Question):
            return self._first_of_question(node, wanted, at)
        if node.kind == "none":
            wanted = _OPPOSITE[wanted]
            need = len(node.of) if wanted in (FALSE, NOT_TRUE) else 1
        else:
            need = node.need if wanted in (TRUE, NOT_FALSE) else len(node.of) - node.need + 1
        return self._first_of_many(node.of, need, wanted, at)

    def _first_of_question(self, asked: Question, wanted: frozenset[Answer], at: datetime) -> datetime | None:
        if self.is_free(asked):
            return at
        turn: datetime | None = at
        while turn is not None and asked.holds(self.facts, turn, self.calendar) not in wanted:
            turn = self._next_turn(asked, turn)
        return turn

    def _next_turn(self, asked: Question, at: datetime) -> datetime | None:
        if asked.horizon is None:
            return None
        self.left -= 1
        if self.left < 0:
            raise GivenUpError
        return asked.horizon(self.facts, at, self.calendar)

    def _first_of_many(
        self, nodes: tuple[Node, ...], need: int, wanted: frozenset[Answer], at: datetime
    ) -> datetime | None:
        if need <= 0:
            return at
        while True:
            instants = sorted(instant for node in nodes if (instant := self.first(node, wanted, at)) is not None)
            if len(instants) < need:
                return None
            # Before the need-th of them, fewer than `need` are as wanted; at it, some may no longer be.
            if instants[need - 1] == at:
                return at
            at = instants[need - 1]


def questions_of(node: Node) -> Iterator[Question]:
    """Every question of a node, in the order in which they stand."""
    if isinstance(node, Question):
        yield node
    else:
        for child in node.of:
            yield from questions_of(child)


def _earliest(instants: Iterable[datetime | None]) -> datetime | None:
    return min((instant for instant in instants if instant is not None), default=None)
