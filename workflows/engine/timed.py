"""The questions that time alone can answer otherwise: what is older than, within, has been for, was … in the last.

Each becomes a function of the facts and the calendar that gives the `Turns` of its answer.

- `within_last d` holds from the moment itself until `older_than d` does; `within_next d` holds before the moment only.
- `has_been X for d`: it is X, and has been since at least d (`<field>@since`).
- `has_not_been X for d`: it has been something other than X for at least d: since it was X last, or else since the
  first thing known of it (`<field>@history`; without one, since its present value, and unknown before).
- `was X for d`: it is X, or was at some time of the last d (`<field>@history`); without `for`, at any time.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from workflows.engine.calendar import Calendar, add, subtract
from workflows.engine.compare import Test, test_of
from workflows.engine.grammar import Duration, Leaf
from workflows.engine.turns import (
    ALWAYS,
    NEVER,
    UNKNOWN,
    Turns,
    just_after,
    since,
    until,
    within,
    within_any,
)
from workflows.engine.values import duration_of, instant, moment_of, several

type Facts = Mapping[str, object]
type TurnsOf = Callable[[Facts, Calendar], Turns]
type _Shape = Callable[[datetime, tuple[Duration, ...], Calendar], Turns]
type _History = list[tuple[datetime, object]]


def turns_of(leaf: Leaf, kind: str) -> TurnsOf | None:
    """How the answer to `leaf` (whose value has no problem) runs through time; None: time alone never changes it."""
    shape = _ON_MOMENTS.get(leaf.op) or (_ON_AGES.get(leaf.op) if kind == "age" else None)
    if shape is not None:
        return _on_moment(leaf, shape)
    state = _ON_STATES.get(leaf.op)
    return state(leaf, test_of("is", kind, leaf.value)) if state is not None else None


def _on_moment(leaf: Leaf, shape: _Shape) -> TurnsOf:
    said = several(leaf.value) or (leaf.value,)
    durations = tuple(duration for each in said if (duration := duration_of(each)) is not None)
    field = leaf.field

    def turns(facts: Facts, calendar: Calendar) -> Turns:
        moment = moment_of(facts.get(field), calendar)
        return UNKNOWN if moment is None else shape(moment, durations, calendar)

    return turns


def _has_been(leaf: Leaf, is_it: Test) -> TurnsOf:
    def turns(facts: Facts, calendar: Calendar) -> Turns:
        found = facts.get(leaf.field)
        is_now = None if found is None else is_it(found)
        began = instant(facts.get(f"{leaf.field}@since"))
        if is_now is False:
            return NEVER
        return UNKNOWN if is_now is None or began is None else since(add(began, leaf.for_ or Duration(), calendar))

    return turns


def _has_not_been(leaf: Leaf, is_it: Test) -> TurnsOf:
    def turns(facts: Facts, calendar: Calendar) -> Turns:
        found = facts.get(leaf.field)
        is_now = None if found is None else is_it(found)
        if is_now is None:
            return UNKNOWN
        if is_now:
            return NEVER
        history = _history_of(leaf.field, facts)
        present = instant(facts.get(f"{leaf.field}@since"))
        began = _ended_last(history, is_it) or present
        if began is None:
            return UNKNOWN
        return since(add(began, leaf.for_ or Duration(), calendar), before=False if history else None)

    return turns


def _was(leaf: Leaf, is_it: Test) -> TurnsOf:
    def turns(facts: Facts, calendar: Calendar) -> Turns:
        found = facts.get(leaf.field)
        is_now = None if found is None else is_it(found)
        if is_now:
            return ALWAYS
        history = _history_of(leaf.field, facts)
        if not history:
            return UNKNOWN
        spans: list[tuple[datetime, datetime | None]] = []
        for at, (began, value) in enumerate(history):
            if not is_it(value):
                continue
            ended = history[at + 1][0] if at + 1 < len(history) else None
            if ended is None and is_now is False:
                ended = max(began, instant(facts.get(f"{leaf.field}@since")) or began)
            spans.append((began, add(ended, leaf.for_, calendar) if ended is not None and leaf.for_ else None))
        return within_any(spans)

    return turns


def _history_of(field: str, facts: Facts) -> _History:
    """What the field has been, oldest first: (since when, value); rows that can't be read are left out."""
    rows = (several(row) for row in several(facts.get(f"{field}@history")) or ())
    pairs = ((instant(row[0]), row[1]) for row in rows if row and len(row) == 2)
    return sorted(((began, value) for began, value in pairs if began is not None), key=lambda row: row[0])


def _ended_last(history: _History, is_it: Test) -> datetime | None:
    """When it stopped being so; if it never was, since when anything is known; None if the history doesn't say."""
    for at in reversed(range(len(history))):
        if is_it(history[at][1]):
            return history[at + 1][0] if at + 1 < len(history) else None
    return history[0][0] if history else None


_ON_MOMENTS: Mapping[str, _Shape] = {
    "older_than": lambda moment, of, calendar: since(add(moment, of[0], calendar)),
    "within_last": lambda moment, of, calendar: within(moment, add(moment, of[0], calendar)),
    "within_next": lambda moment, of, calendar: within(subtract(moment, of[0], calendar), moment),
}
_ON_AGES: Mapping[str, _Shape] = {
    "gt": lambda moment, of, calendar: since(just_after(add(moment, of[0], calendar))),
    "gte": lambda moment, of, calendar: since(add(moment, of[0], calendar)),
    "lt": lambda moment, of, calendar: until(add(moment, of[0], calendar)),
    "lte": lambda moment, of, calendar: until(just_after(add(moment, of[0], calendar))),
    "between": lambda moment, of, calendar: within(
        add(moment, of[0], calendar), just_after(add(moment, of[1], calendar))
    ),
}
_ON_STATES: Mapping[str, Callable[[Leaf, Test], TurnsOf]] = {
    "has_been": _has_been,
    "has_not_been": _has_not_been,
    "was": _was,
}
