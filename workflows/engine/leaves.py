"""A leaf becomes a question: which facts it reads, how they are compared, and what is said when that is impossible.

Nothing here raises: a leaf that can't be asked (an operator that doesn't fit, a value of the wrong kind) becomes a
question that is never answered and says why. `items.<x>` asks for at least one item, but with a negative operator, and
with `is_empty`, for all of them; `items.any.`, `items.all.` and `items.none.` say it outright. An order of which no
item is known leaves such questions unknown.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from workflows.engine.calendar import Calendar
from workflows.engine.clock import CLOCKS, Clock, horizon
from workflows.engine.compare import COLLECTIONS, EMPTINESS, moment_test_of, test_of
from workflows.engine.grammar import Leaf
from workflows.engine.operators import ELEMENTS, KINDS, OPERATORS, value_problem
from workflows.engine.timed import TurnsOf, turns_of
from workflows.engine.tree import Facts, Question, Unknown
from workflows.engine.turns import Answer
from workflows.engine.values import moment_of, several
from workflows.engine.words import cannot_compare

_QUANTIFIERS = ("any", "all", "none")
_MOMENTS = ("before", "after", "on")


def question_of(leaf: Leaf, kinds: Callable[[str], str], label: str) -> Question:
    """The question that `leaf` asks; `label` is its field in a person's words."""
    clock = CLOCKS.get(leaf.field)
    is_items = leaf.field.startswith("items.")
    field = _base(leaf.field)
    kind = clock.kind if clock is not None else _kind(kinds(field), is_items=is_items)
    wrong = value_problem(leaf.op, f"items:{kind}" if is_items else kind, leaf.value, leaf.for_)
    if wrong is not None:
        return _unaskable(leaf, label, kind, f"cannot compare: {wrong[0]}, expected {wrong[1]}")
    if clock is not None:
        if OPERATORS[leaf.op].is_temporal or leaf.op in _CHANGES:
            return _unaskable(leaf, label, kind, f"cannot compare: the clock has no past for {leaf.op}")
        return _about_clock(leaf, label, clock)
    if leaf.op in _CHANGES:
        return _about_change(leaf, label, kind)
    if is_items:
        return _about_items(leaf, label, kind, field)
    turns = turns_of(leaf, kind)
    if turns is not None:
        return _about_time(leaf, label, kind, turns)
    if leaf.op in _MOMENTS:
        return _about_moment(leaf, label, kind)
    return _plain(leaf, label, kind)


def _plain(leaf: Leaf, label: str, kind: str) -> Question:
    field, test = leaf.field, test_of(leaf.op, kind, leaf.value)

    def holds(facts: Facts, now: datetime, calendar: Calendar) -> Answer:
        found = facts.get(field)
        return test(found) if found is not None else None

    def may_be_empty(facts: Facts, now: datetime, calendar: Calendar) -> Answer:
        return test(facts.get(field))

    def unknown(facts: Facts, calendar: Calendar) -> Unknown:
        return _why(label, facts.get(field), kind)

    asked = may_be_empty if leaf.op in EMPTINESS else holds
    return Question(leaf=leaf, label=label, kind=kind, holds=asked, found=_reader(field, kind), unknown=unknown)


def _about_moment(leaf: Leaf, label: str, kind: str) -> Question:
    field, test = leaf.field, moment_test_of(leaf.op, leaf.value)

    def holds(facts: Facts, now: datetime, calendar: Calendar) -> Answer:
        found = facts.get(field)
        return test(found, calendar) if found is not None else None

    def unknown(facts: Facts, calendar: Calendar) -> Unknown:
        return _why(label, facts.get(field), "datetime")

    return Question(leaf=leaf, label=label, kind=kind, holds=holds, found=_reader(field, kind), unknown=unknown)


def _about_time(leaf: Leaf, label: str, kind: str, turns: TurnsOf) -> Question:
    field = leaf.field
    is_state = OPERATORS[leaf.op].needs_for or OPERATORS[leaf.op].takes_for
    is_it = test_of("is", kind, leaf.value) if is_state else None

    def holds(facts: Facts, now: datetime, calendar: Calendar) -> Answer:
        return turns(facts, calendar).at(now)

    def horizon(facts: Facts, now: datetime, calendar: Calendar) -> datetime | None:
        return turns(facts, calendar).after(now)

    def unknown(facts: Facts, calendar: Calendar) -> Unknown:
        found = facts.get(field)
        if found is None:
            return label, ""
        if is_it is None:
            return _why(label, found, "datetime")
        return _why(label, found, kind) if is_it(found) is None else (f"what {label} was before", "")

    return Question(
        leaf=leaf, label=label, kind=kind, holds=holds, horizon=horizon, found=_reader(field, kind), unknown=unknown
    )


def _about_change(leaf: Leaf, label: str, kind: str) -> Question:
    """What the event at hand changed: `event.changes` has field → (from, to), and says nothing of other fields."""
    side = _CHANGES[leaf.op]
    op = "is_not_empty" if side is None else "in" if isinstance(leaf.value, list | tuple) else "is"
    test = test_of(op, kind, leaf.value)

    def change_in(facts: Facts) -> tuple[object, ...] | None:
        changes = facts.get("event.changes")
        return several(changes.get(leaf.field)) if isinstance(changes, Mapping) else None

    def holds(facts: Facts, now: datetime, calendar: Calendar) -> Answer:
        change = change_in(facts)
        if change is None or len(change) != 2:
            return False if facts.get("event.changes") is not None else None
        if side is None:
            return bool(change[0] != change[1])
        return test(change[side]) if change[side] is not None else False

    def unknown(facts: Facts, calendar: Calendar) -> Unknown:
        change = change_in(facts)
        return ("what changed", "") if change is None or side is None else _why(label, change[side], kind)

    return Question(leaf=leaf, label=label, kind=kind, holds=holds, found=_reader(leaf.field, kind), unknown=unknown)


def _about_items(leaf: Leaf, label: str, kind: str, field: str) -> Question:
    quantifier = _quantifier(leaf)
    test = test_of(leaf.op, kind, leaf.value)
    is_about_all = leaf.op in COLLECTIONS and not _says_quantifier(leaf.field, "all", "none")

    def each(facts: Facts) -> list[Answer]:
        found = several(facts.get(field)) or ()
        if leaf.op in EMPTINESS:
            return [test(value) for value in found or (None,)]
        return [None if value is None else test(value) for value in found] or [None]

    def holds(facts: Facts, now: datetime, calendar: Calendar) -> Answer:
        if is_about_all:
            found = several(facts.get(field))
            return test(found) if found else None
        answers = each(facts)
        if quantifier == "all":
            return False if False in answers else None if None in answers else True
        has_any = True if True in answers else None if None in answers else False
        return has_any if quantifier == "any" or has_any is None else not has_any

    def unknown(facts: Facts, calendar: Calendar) -> Unknown:
        found = several(facts.get(field)) or ()
        clash = [value for value in found if value is not None and test(value) is None]
        return _why(label, clash[0] if clash and None not in found else None, kind)

    return Question(leaf=leaf, label=label, kind=kind, holds=holds, found=_reader(field, kind), unknown=unknown)


def _about_clock(leaf: Leaf, label: str, clock: Clock) -> Question:
    test = test_of(leaf.op, clock.kind, leaf.value)

    def holds(facts: Facts, now: datetime, calendar: Calendar) -> Answer:
        return test(clock.shows(now, calendar))

    def turns(facts: Facts, now: datetime, calendar: Calendar) -> datetime | None:
        return horizon(clock, test, leaf.value, now, calendar)

    def found(facts: Facts, now: datetime, calendar: Calendar) -> object:
        return clock.shows(now, calendar)

    return Question(
        leaf=leaf, label=label, kind=clock.kind, holds=holds, horizon=turns, found=found,
        unknown=lambda facts, calendar: (label, ""),
    )  # fmt: skip


def _unaskable(leaf: Leaf, label: str, kind: str, problem: str) -> Question:
    return Question(
        leaf=leaf, label=label, kind=kind, found=_reader(_base(leaf.field), kind),
        holds=lambda facts, now, calendar: None, unknown=lambda facts, calendar: ("", problem),
    )  # fmt: skip


def _why(label: str, found: object, kind: str) -> Unknown:
    return (label, "") if found is None else ("", cannot_compare(found, kind))


def _reader(field: str, kind: str) -> Callable[[Facts, datetime, Calendar], object]:
    """What the facts say of `field`; of an age, how long it is by now."""

    def found(facts: Facts, now: datetime, calendar: Calendar) -> object:
        return facts.get(field)

    def age(facts: Facts, now: datetime, calendar: Calendar) -> object:
        moment = moment_of(facts.get(field), calendar)
        return facts.get(field) if moment is None else now - moment

    return age if kind == "age" else found


def _kind(kind: str, *, is_items: bool) -> str:
    """The kind as it is compared; of items, that of each value."""
    kind = kind.removeprefix("items:")
    return kind if kind in (ELEMENTS if is_items else KINDS) and kind != "items" else "any"


def _base(field: str) -> str:
    """The field in the facts: `items.all.sku` is `items.sku`."""
    return f"items.{field.split('.', 2)[2]}" if _says_quantifier(field, *_QUANTIFIERS) else field


def _says_quantifier(field: str, *quantifiers: str) -> bool:
    parts = field.split(".", 2)
    return len(parts) == 3 and parts[0] == "items" and parts[1] in quantifiers


def _quantifier(leaf: Leaf) -> str:
    if _says_quantifier(leaf.field, *_QUANTIFIERS):
        return leaf.field.split(".", 2)[1]
    return "all" if OPERATORS[leaf.op].is_negative or leaf.op == "is_empty" else "any"


# Which side of a change an operator looks at: from (0), to (1), or whether there is any.
_CHANGES: Mapping[str, int | None] = {"changed": None, "changed_to": 1, "changed_from": 0}
