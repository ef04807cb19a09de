"""What follows from questions without any facts: which can't hold together, which one is answered by another. Pure.

Only what is certain is said: questions of kinds that aren't understood here never contradict and never follow.
"""

from collections.abc import Iterable, Iterator, Sequence
from math import inf

from workflows.engine.grammar import Condition, Group, Leaf

_ONE_OF = {"is", "equals", "in"}
_NONE_OF = {"is_not", "not_equals", "not_in"}


def parts_of(condition: Condition) -> Iterator[Leaf]:
    """The questions that must all be answered with yes for `condition` to hold; others are left out."""
    match condition:
        case Leaf():
            yield condition
        case Group(kind="all", of=of):
            for each in of:
                yield from parts_of(each)
        case Group(of=(only,), kind="any"):
            yield from parts_of(only)


def clash(known: Sequence[Leaf], asked: Iterable[Leaf]) -> tuple[Leaf, Leaf] | None:
    """Two questions of which one rules the other out: the first of `asked` that can't hold, and with what."""
    held = list(known)
    for leaf in asked:
        for other in held:
            if other.field == leaf.field and not _can_both_hold(other, leaf):
                return leaf, other
        held.append(leaf)
    return None


def follows(leaf: Leaf, known: Iterable[Leaf]) -> bool:
    """Is `leaf` answered with yes whenever one of `known` is?"""
    return any(_implies(each, leaf) for each in known if each.field == leaf.field)


def covers(wide: Condition, narrow: Condition) -> bool:
    """Does `wide` certainly hold whenever `narrow` does?"""
    if wide == narrow:
        return True
    asked, known = list(parts_of(wide)), list(parts_of(narrow))
    return _is_plain(wide) and bool(asked) and all(follows(leaf, known) for leaf in asked)


def _is_plain(condition: Condition) -> bool:
    """Nothing but questions that must all hold: `parts_of` leaves nothing of it out."""
    return isinstance(condition, Leaf) or (condition.kind == "all" and all(map(_is_plain, condition.of)))


def _can_both_hold(one: Leaf, other: Leaf) -> bool:
    allowed, refused = _values(one), _values(other)
    if allowed is not None and refused is not None:
        (mine, is_mine), (theirs, is_theirs) = allowed, refused
        if is_mine and is_theirs:
            return bool(mine & theirs)
        if is_mine != is_theirs:
            wanted, unwanted = (mine, theirs) if is_mine else (theirs, mine)
            return bool(wanted - unwanted)
        return True
    spans = _span(one), _span(other)
    if spans[0] is not None and spans[1] is not None:
        (low, low_open), (high, high_open) = max(spans[0][0], spans[1][0]), min(spans[0][1], spans[1][1])
        return low < high or (low == high and not low_open and not high_open)
    words = {one.op, other.op}
    return words not in ({"is_true", "is_false"}, {"is_empty", "is_not_empty"})


def _implies(known: Leaf, leaf: Leaf) -> bool:
    if known == leaf:
        return True
    mine, theirs = _values(known), _values(leaf)
    if mine is None or theirs is None:
        return False
    if mine[1] and theirs[1]:
        return mine[0] <= theirs[0]
    if mine[1]:
        return not mine[0] & theirs[0]
    return not theirs[1] and theirs[0] <= mine[0]


def _values(leaf: Leaf) -> tuple[frozenset[str], bool] | None:
    """The texts that are allowed (True) or refused (False); text is compared without regard to case."""
    if leaf.op not in _ONE_OF | _NONE_OF or leaf.for_ is not None:
        return None
    said = leaf.value if isinstance(leaf.value, list | tuple) else [leaf.value]
    if not all(isinstance(each, str) for each in said):
        return None
    return frozenset(str(each).casefold() for each in said), leaf.op in _ONE_OF


def _span(leaf: Leaf) -> tuple[tuple[float, bool], tuple[float, bool]] | None:
    """The numbers between which a comparison holds: (least, whether it is left out), (most, whether it is left out)."""
    value = leaf.value
    if leaf.op == "between" and isinstance(value, list | tuple) and len(value) == 2:
        low, high = _number(value[0]), _number(value[1])
        return None if low is None or high is None else ((low, False), (high, False))
    number = _number(value)
    if number is None:
        return None
    bounds = {
        "gt": ((number, True), (inf, False)), "gte": ((number, False), (inf, False)),
        "lt": ((-inf, False), (number, True)), "lte": ((-inf, False), (number, False)),
        "equals": ((number, False), (number, False)), "is": ((number, False), (number, False)),
    }  # fmt: skip
    return bounds.get(leaf.op)


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None
