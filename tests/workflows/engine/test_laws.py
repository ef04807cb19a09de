"""Laws of the evaluator: they hold for every condition, every facts and every moment, or the evaluator is wrong."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.workflows.engine.strategies import calendars as all_calendars
from tests.workflows.engine.strategies import conditions, durations, facts, kind_of, moments, timed_leaves
from workflows.engine.calendar import Calendar
from workflows.engine.evaluate import Check, compile_condition
from workflows.engine.flip import smallest_flip
from workflows.engine.grammar import Condition, Group, Leaf
from workflows.engine.patience import patience

TICK = timedelta(microseconds=1)
LOOKED_AT = 12

type Facts = dict[str, object]
type Answer = bool | None

calendars = all_calendars()
thorough = settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)


@thorough
@given(conditions(), facts(), moments(days=25), calendars)
def test_a_group_counts_as_kleene_says(condition: Condition, known: Facts, now: datetime, calendar: Calendar) -> None:
    check = _compiled(condition)

    assert check.holds(known, now, calendar) is _by_the_book(condition, known, now, calendar)


@thorough
@given(conditions(), facts(), moments(days=25), calendars)
def test_the_verdict_and_the_quick_answer_agree(
    condition: Condition, known: Facts, now: datetime, calendar: Calendar
) -> None:
    check = _compiled(condition)

    verdict = check.verdict(known, now, calendar)

    assert verdict.holds is check.holds(known, now, calendar)
    assert verdict.horizon == check.horizon(known, now, calendar)
    assert verdict.words


@thorough
@given(st.lists(conditions(depth=1), min_size=1, max_size=3), facts(), moments(days=25), calendars)
def test_none_is_the_opposite_of_any_and_of_all_opposites(
    children: list[Condition], known: Facts, now: datetime, calendar: Calendar
) -> None:
    of = tuple(children)
    opposites = tuple(_none_of(child) for child in children)

    none = _holds(_none_of(*of), known, now, calendar)

    assert none is _not(_holds(Group(kind="any", of=of), known, now, calendar))
    assert none is _holds(Group(kind="all", of=opposites), known, now, calendar)
    assert _holds(Group(kind="any", of=opposites), known, now, calendar) is _not(
        _holds(Group(kind="all", of=of), known, now, calendar)
    )


@given(conditions(), facts(), moments(days=25), calendars)
def test_none_of_none_of_a_condition_is_the_condition(
    condition: Condition, known: Facts, now: datetime, calendar: Calendar
) -> None:
    twice = _none_of(_none_of(condition))

    assert _holds(twice, known, now, calendar) is _holds(condition, known, now, calendar)
    assert _compiled(twice).horizon(known, now, calendar) == _compiled(condition).horizon(known, now, calendar)


@given(conditions(), facts(), moments(days=25), calendars, st.randoms(use_true_random=False))
def test_the_order_of_the_children_does_not_matter(
    condition: Condition, known: Facts, now: datetime, calendar: Calendar, chance: st.DataObject
) -> None:
    shuffled = _shuffled(condition, chance)

    assert _holds(shuffled, known, now, calendar) is _holds(condition, known, now, calendar)
    assert _compiled(shuffled).horizon(known, now, calendar) == _compiled(condition).horizon(known, now, calendar)


@thorough
@given(timed_leaves(), facts(), moments(days=25), calendars, st.floats(0.0, 1.0))
def test_a_leaf_answers_the_same_until_its_horizon_and_otherwise_at_it(
    leaf: Leaf, known: Facts, now: datetime, calendar: Calendar, share: float
) -> None:
    check = _compiled(leaf)

    horizon = check.horizon(known, now, calendar)

    answer = check.holds(known, now, calendar)
    end = horizon or now + timedelta(days=40)
    between = now + (end - now) * share
    if horizon is not None:
        assert horizon > now
        assert check.holds(known, horizon, calendar) is not answer
        between = min(between, horizon - TICK)
    assert check.holds(known, between, calendar) is answer
    assert check.holds(known, end - TICK, calendar) is answer


@thorough
@given(conditions(timed_leaves()), facts(), moments(days=25), calendars, st.floats(0.0, 1.0))
def test_a_condition_answers_the_same_until_its_horizon_and_otherwise_at_it(
    condition: Condition, known: Facts, now: datetime, calendar: Calendar, share: float
) -> None:
    check = _compiled(condition)

    horizon = check.horizon(known, now, calendar)

    answer = check.holds(known, now, calendar)
    end = horizon or now + timedelta(days=40)
    probes = [now + (end - now) * share, end - TICK, *_turns_inside(condition, known, now, end, calendar)]
    assert {check.holds(known, min(probe, end - TICK), calendar) for probe in probes} == {answer}
    if horizon is not None and check.holds(known, horizon, calendar) is answer:
        # Only where the leaves go on turning and never together: then it is the next turn of one of them.
        turns = _turns_inside(condition, known, now, now + timedelta(days=60), calendar)
        assert min(turns) == horizon
        assert {check.holds(known, turn, calendar) for turn in turns} == {answer}


@thorough
@given(
    conditions(), facts(), moments(days=25), calendars, st.frozensets(st.sampled_from(["order.number", "order.total"]))
)
def test_patience_names_the_first_instant_at_which_the_hopeful_reading_holds(
    condition: Condition, known: Facts, now: datetime, calendar: Calendar, settled: frozenset[str]
) -> None:
    hopeful = _compiled(_hopeful(condition, known, settled, wish=True))
    assume(not hopeful.holds(known, now, calendar))

    due = patience(_compiled(condition), known, now, calendar, settled.__contains__)

    if due is None:
        later = [now + timedelta(hours=7) * step for step in range(1, 40)]
        assert not any(hopeful.holds(known, at, calendar) for at in later)
    else:
        turns = _turns_inside(condition, known, now, due, calendar)
        assert due > now
        assert hopeful.holds(known, due, calendar) is True
        assert not any(hopeful.holds(known, at, calendar) for at in [due - TICK, *turns])


@thorough
@given(
    conditions(), facts(), moments(days=25), calendars, st.frozensets(st.sampled_from(["order.number", "order.total"]))
)
def test_where_hope_is_fulfilled_already_time_must_turn_the_answer_for_some_facts_that_may_come(
    condition: Condition, known: Facts, now: datetime, calendar: Calendar, settled: frozenset[str]
) -> None:
    assume(_compiled(_hopeful(condition, known, settled, wish=True)).holds(known, now, calendar))
    assume(not _compiled(condition).holds(known, now, calendar))
    free = sum(1 for leaf in _leaves(condition) if _may_change(leaf, known, settled))
    assume(free <= 6)
    worlds = [
        _compiled(_supposed(condition, known, settled, iter(answers)))
        for answers in product([True, False], repeat=free)
    ]

    due = patience(_compiled(condition), known, now, calendar, settled.__contains__)

    def turned(at: datetime) -> bool:
        return any(
            not world.holds(known, now, calendar) and world.holds(known, at, calendar) is True for world in worlds
        )

    if due is None:
        assert not any(turned(now + timedelta(hours=7) * step) for step in range(1, 40))
    else:
        assert due > now
        assert turned(due)
        assert not any(turned(at) for at in [due - TICK, *_turns_inside(condition, known, now, due, calendar)])


@thorough
@given(conditions(), facts(), moments(days=25), calendars)
def test_there_is_nothing_to_wait_for_when_the_condition_holds(
    condition: Condition, known: Facts, now: datetime, calendar: Calendar
) -> None:
    check = _compiled(condition)
    assume(check.holds(known, now, calendar))

    assert patience(check, known, now, calendar, lambda field: False) is None
    assert smallest_flip(check.verdict(known, now, calendar)) is None


@given(facts(), durations(), moments(days=25), calendars)
def test_a_moment_is_either_to_come_soon_or_later_or_past_lately_or_long_ago(
    known: Facts, span: dict[str, float], now: datetime, calendar: Calendar
) -> None:
    assume("order.placed_at" in known)
    placed = known["order.placed_at"]
    assert isinstance(placed, datetime)

    answers = [
        _holds(Leaf(field="order.placed_at", op=op, value=span), known, now, calendar)
        for op in ("within_next", "within_last", "older_than")
    ]

    assert answers.count(True) == 1 or (answers == [False, False, False] and now < placed)


def _compiled(condition: Condition) -> Check:
    return compile_condition(condition, kind_of)


def _holds(condition: Condition, known: Facts, now: datetime, calendar: Calendar) -> Answer:
    return _compiled(condition).holds(known, now, calendar)


def _none_of(*of: Condition) -> Group:
    return Group(kind="none", of=of)


def _not(answer: Answer) -> Answer:
    return None if answer is None else not answer


def _by_the_book(condition: Condition, known: Facts, now: datetime, calendar: Calendar) -> Answer:
    """Kleene's rules, written down once more: over the worlds in which each unknown leaf is true or false."""
    if isinstance(condition, Leaf):
        return _holds(condition, known, now, calendar)
    answers = [_by_the_book(child, known, now, calendar) for child in condition.of]
    surely, possibly = answers.count(True), len(answers) - answers.count(False)
    need = {"all": len(answers), "any": 1, "none": 1}.get(condition.kind, condition.k)
    enough = True if surely >= need else None if possibly >= need else False
    return _not(enough) if condition.kind == "none" else enough


def _shuffled(condition: Condition, chance: object) -> Condition:
    if isinstance(condition, Leaf):
        return condition
    children = [_shuffled(child, chance) for child in condition.of]
    chance.shuffle(children)  # type: ignore[attr-defined]
    return Group(kind=condition.kind, of=tuple(children), k=condition.k)


def _leaves(condition: Condition) -> list[Leaf]:
    return [condition] if isinstance(condition, Leaf) else [leaf for child in condition.of for leaf in _leaves(child)]


def _turns_inside(
    condition: Condition, known: Facts, now: datetime, end: datetime, calendar: Calendar
) -> list[datetime]:
    """The instants after `now` and before `end` at which a leaf turns: where else could an answer change?"""
    turns: list[datetime] = []
    for leaf in _leaves(condition):
        check, at = _compiled(leaf), now
        for _ in range(LOOKED_AT):
            turn = check.horizon(known, at, calendar)
            if turn is None or turn >= end:
                break
            turns.append(turn)
            at = turn
    return turns


def _hopeful(condition: Condition, known: Facts, settled: frozenset[str], *, wish: bool) -> Condition:
    """The condition as patience may read it: leaves that may still change replaced by what is wished of them."""
    if isinstance(condition, Group):
        turned = wish is not (condition.kind == "none")
        of = tuple(_hopeful(child, known, settled, wish=turned) for child in condition.of)
        return Group(kind=condition.kind, of=of, k=condition.k)
    if not _may_change(condition, known, settled):
        return condition
    return _answering(wish)


def _supposed(condition: Condition, known: Facts, settled: frozenset[str], answers: Iterator[bool]) -> Condition:
    """The condition in a world in which the leaves that may still change give these answers, one after the other."""
    if isinstance(condition, Group):
        of = tuple(_supposed(child, known, settled, answers) for child in condition.of)
        return Group(kind=condition.kind, of=of, k=condition.k)
    return _answering(next(answers)) if _may_change(condition, known, settled) else condition


def _may_change(leaf: Leaf, known: Facts, settled: frozenset[str]) -> bool:
    timed = ("now.", "order.placed_at", "order.promised_by", "order.age")
    is_timed = leaf.field.startswith(timed) or leaf.for_ is not None
    return not is_timed and not (leaf.field in settled and known.get(leaf.field) is not None)


def _answering(answer: bool) -> Leaf:
    return Leaf(field="order.never_there", op="is_empty" if answer else "is_not_empty")
