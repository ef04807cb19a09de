"""A patient trigger: when only time stands in the way, the instant at which to decide.

The rule is that of contract/semantics.md, "Deciding": *Patient trigger*.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import reduce
from itertools import islice

from workflows.engine.calendar import Calendar
from workflows.engine.evaluate import Check
from workflows.engine.search import MOST_LEAPS, TRUE, GivenUpError, Search, questions_of
from workflows.engine.tree import Bunch, Facts, Node, Question
from workflows.engine.turns import Answer

type IsSettled = Callable[[str], bool]
type _Pair = tuple[Answer, Answer]
type _PairsOf = Callable[[Question], frozenset[_Pair]]


def patience(check: Check, facts: Facts, now: datetime, calendar: Calendar, is_settled: IsSettled) -> datetime | None:
    """When to decide a condition that doesn't hold yet (`appointment`); None if it holds, or if waiting doesn't help."""
    if check.holds(facts, now, calendar) is True:
        return None
    return appointment(check, facts, now, calendar, is_settled)


def appointment(
    check: Check, facts: Facts, now: datetime, calendar: Calendar, is_settled: IsSettled
) -> datetime | None:
    """The first instant after `now` at which time could make `check` hold; None where waiting doesn't help.

    Leaves that time can turn answer as they will on today's facts. The others count as favourable (in `none`: as false)
    unless they can't change any more: what `is_settled` and known, and what the event at hand is or changed. Where this
    hopeful reading holds already, time still stands in the way if it would were one of them unfavourable ("two days old,
    or tagged"). None also for conditions whose times never meet.
    """

    def may_change(asked: Question) -> bool:
        if asked.horizon is not None or asked.leaf.op in _OF_THE_EVENT:
            return False
        field = asked.leaf.field
        return not is_settled(field) or (not field.startswith("event.") and facts.get(field) is None)

    search = Search(facts=facts, calendar=calendar, is_free=may_change)
    try:
        first = search.first(check.node, TRUE, now)
    except GivenUpError:
        return None
    return first if first is None or first > now else _in_spite_of_hope(check.node, search, now)


def _in_spite_of_hope(node: Node, search: Search, now: datetime) -> datetime | None:
    """The first instant at which time makes it hold, for some way in which the facts that may change could stand."""
    facts, calendar = search.facts, search.calendar
    timed = [asked for asked in questions_of(node) if asked.horizon is not None]

    def could(then: datetime | None) -> bool:
        def pairs(asked: Question) -> frozenset[_Pair]:
            if search.is_free(asked):
                return _EITHER
            answer = asked.holds(facts, now, calendar)
            if asked.horizon is None:
                return frozenset({(answer, answer)})
            if then is None:  # whenever it may be
                return frozenset({(answer, True), (answer, False)})
            return frozenset({(answer, asked.holds(facts, then, calendar))})

        return any(before is not True and after is True for before, after in _pairs(node, pairs))

    if not could(None):
        return None
    turns = islice(_turns(timed, facts, now, calendar), MOST_LEAPS)
    return next((at for at in turns if could(at)), None)


def _turns(timed: Sequence[Question], facts: Facts, now: datetime, calendar: Calendar) -> Iterator[datetime]:
    """The instants after `now` at which time alone may change one of the answers, each after the other."""
    at: datetime | None = now
    while at is not None:
        turns = (asked.horizon(facts, at, calendar) for asked in timed if asked.horizon is not None)
        at = min((turn for turn in turns if turn is not None), default=None)
        if at is not None:
            yield at


def _pairs(node: Node, of_question: _PairsOf) -> frozenset[_Pair]:
    """The answers that a node may give before and after, as far as its questions may give theirs independently."""
    if isinstance(node, Question):
        return of_question(node)
    children = [_pairs(child, of_question) for child in node.of]
    if node.kind == "at_least":
        return _at_least(node, children)
    joined = reduce(_all_hold if node.kind == "all" else _any_holds, children)
    return frozenset((_not(was), _not(is_)) for was, is_ in joined) if node.kind == "none" else joined


def _all_hold(some: frozenset[_Pair], more: frozenset[_Pair]) -> frozenset[_Pair]:
    return frozenset((_both(a, c), _both(b, d)) for a, b in some for c, d in more)


def _any_holds(some: frozenset[_Pair], more: frozenset[_Pair]) -> frozenset[_Pair]:
    return frozenset((_either(a, c), _either(b, d)) for a, b in some for c, d in more)


def _at_least(node: Bunch, children: list[frozenset[_Pair]]) -> frozenset[_Pair]:
    counts = {((0, 0), (0, 0))}
    for pairs in children:
        counts = {(_counted(was, before), _counted(is_, after)) for was, is_ in counts for before, after in pairs}
    return frozenset((_enough(was, node.need), _enough(is_, node.need)) for was, is_ in counts)


def _counted(count: tuple[int, int], answer: Answer) -> tuple[int, int]:
    return count[0] + (answer is True), count[1] + (answer is None)


def _enough(count: tuple[int, int], need: int) -> Answer:
    return True if count[0] >= need else None if sum(count) >= need else False


def _both(one: Answer, other: Answer) -> Answer:
    return False if one is False or other is False else None if one is None or other is None else True


def _either(one: Answer, other: Answer) -> Answer:
    return True if one is True or other is True else None if one is None or other is None else False


def _not(answer: Answer) -> Answer:
    return None if answer is None else not answer


_OF_THE_EVENT = ("changed", "changed_to", "changed_from")
_EITHER: frozenset[_Pair] = frozenset({(True, True), (False, False)})
