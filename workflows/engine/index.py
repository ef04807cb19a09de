"""The match index: which of many workflows could answer an event, without asking each of them.

For every field a mask of the workflows whose leading condition allows the fact found, or doesn't speak of the field;
the masks are big integers and are ANDed. *Superset-safe*: a workflow is left out only if its trigger doesn't fit, or if
a leaf that must hold is false now and time or later facts can't make it true; everything doubtful stays in, and the
exact condition is asked of the few that are left. Where the masks say all that a condition asks, and every fact it
asks about is there, even that is not needed: such a workflow is found for certain.
"""

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import accumulate, compress
from math import inf
from operator import xor

from workflows.engine.grammar import Condition, Leaf, Trigger
from workflows.engine.operators import OPERATORS, value_problem

type Kinds = Callable[[str], str]
type Facts = Mapping[str, object]
type Entry[K: Hashable] = tuple[K, Trigger, Condition | None]

_MOST_CUTS = 1_024
_FEW = 8
_NUMBERS = ("number", "money")
_TEXTS = ("text", "choice")
_WORD_OPS = ("is", "equals", "in")
_BOUNDS = ("gt", "gte", "lt", "lte", "between", "is", "equals")


class Index[K: Hashable]:
    """The workflows of one set, by event type; `match` gives the keys of those that could answer, as built."""

    def __init__(self, shelves: Mapping[str, "_Shelf[K]"]) -> None:
        self._shelves = shelves

    def match(self, event_type: str, from_: object, to: object, facts: Facts) -> list[K]:
        """Every workflow whose trigger takes the event and whose leading condition could hold or be patient."""
        return self.sift(event_type, from_, to, facts)[0]

    def sift(self, event_type: str, from_: object, to: object, facts: Facts) -> tuple[list[K], Set[K]]:
        """The same, and those among them that are in doubt: of the others the leading condition holds."""
        shelf = self._shelves.get(event_type)
        return shelf.sift(from_, to, facts) if shelf is not None else ([], frozenset())

    def __len__(self) -> int:
        return sum(len(shelf.keys) for shelf in self._shelves.values())


def build[K: Hashable](entries: Sequence[Entry[K]], kinds: Kinds, is_settled: Callable[[str], bool]) -> Index[K]:
    """The index of `entries`: key, trigger, and the condition without which the workflow does nothing (or None)."""
    by_type: dict[str, list[Entry[K]]] = {}
    for entry in entries:
        by_type.setdefault(entry[1].type, []).append(entry)
    return Index({event_type: _shelf(rows, kinds, is_settled) for event_type, rows in by_type.items()})


def takes(trigger: Trigger, *, event_type: str, from_: object, to: object) -> bool:
    """Does the trigger answer an event of this type and transition? Exact: the index says the same."""
    fits_to = not trigger.to or _folded(to) in map(str.casefold, trigger.to)
    fits_from = not trigger.from_ or _folded(from_) in map(str.casefold, trigger.from_)
    return trigger.type == event_type and fits_to and fits_from


@dataclass(slots=True)
class _Words:
    """Masks by a text: for the word itself if any workflow names it, else those that name none."""

    free: int
    many: dict[str, int] = field(default_factory=dict)
    few: dict[str, list[int]] = field(default_factory=dict)

    def allow(self, word: str, bit: int) -> None:
        # Most words of a big set are named by few workflows: their bits stay a list, so that memory grows with rules.
        if word in self.many:
            self.many[word] |= 1 << bit
            return
        bits = self.few.setdefault(word, [])
        bits.append(bit)
        if len(bits) > _FEW:
            self.many[word] = sum(1 << each for each in self.few.pop(word))

    def mask(self, word: str) -> int:
        found = self.many.get(word)
        if found is not None:
            return found | self.free
        mask = self.free
        for bit in self.few.get(word, ()):
            mask |= 1 << bit
        return mask


@dataclass(slots=True)
class _Numbers:
    """Masks by a number: piecewise constant, on each cut and between two cuts."""

    cuts: list[float]
    masks: list[int]
    free: int

    def mask(self, number: float) -> int:
        at = bisect_left(self.cuts, number)
        on_cut = at < len(self.cuts) and self.cuts[at] == number
        return self.masks[2 * at + 1 if on_cut else 2 * at]


@dataclass(frozen=True, slots=True)
class _Span:
    """The numbers from `low` to `high`, the ends included or not; None: no end."""

    low: float | None
    high: float | None
    with_low: bool = True
    with_high: bool = True


@dataclass(slots=True)
class _Shelf[K: Hashable]:
    """The workflows of one event type; `told` are those of which the masks say all, if no fact is missing."""

    keys: list[K]
    told: int = 0
    to: _Words | None = None
    from_: _Words | None = None
    words: list[tuple[str, _Words]] = field(default_factory=list)
    flags: list[tuple[str, _Words]] = field(default_factory=list)
    numbers: list[tuple[str, _Numbers]] = field(default_factory=list)

    def sift(self, from_: object, to: object, facts: Facts) -> tuple[list[K], Set[K]]:
        mask, told = (1 << len(self.keys)) - 1, self.told
        if self.to is not None:
            mask &= self.to.mask(_folded(to))
        if self.from_ is not None:
            mask &= self.from_.mask(_folded(from_))
        found: object
        for name, words in self.words:
            if not mask:
                return [], frozenset()
            found = facts.get(name)
            if isinstance(found, str):
                mask &= words.mask(found.casefold())
            else:
                told &= words.free
        for name, flags in self.flags:
            found = facts.get(name)
            if isinstance(found, bool):
                mask &= flags.mask(_FLAGS[found])
            else:
                told &= flags.free
        for name, numbers in self.numbers:
            if not mask:
                return [], frozenset()
            found = facts.get(name)
            if isinstance(found, int | float) and not isinstance(found, bool) and -inf < found < inf:
                mask &= numbers.mask(found)
            else:
                told &= numbers.free
        doubt = mask & ~told
        return self._keys(mask), frozenset(self._keys(doubt)) if doubt else frozenset()

    def _keys(self, mask: int) -> list[K]:
        return [self.keys[at] for at in _bits(mask)]


_FLAGS = ("false", "true")


def _shelf[K: Hashable](rows: Sequence[Entry[K]], kinds: Kinds, is_settled: Callable[[str], bool]) -> _Shelf[K]:
    shelf = _Shelf([key for key, _, _ in rows])
    shelf.to = _words([(at, [trigger.to]) for at, (_, trigger, _) in enumerate(rows) if trigger.to], len(rows))
    shelf.from_ = _words([(at, [trigger.from_]) for at, (_, trigger, _) in enumerate(rows) if trigger.from_], len(rows))
    words: dict[str, list[tuple[int, Sequence[Sequence[str]]]]] = {}
    flags: dict[str, list[tuple[int, Sequence[Sequence[str]]]]] = {}
    spans: dict[str, list[tuple[int, list[_Span]]]] = {}
    for at, (_, _, condition) in enumerate(rows):
        for name, asked in _demands(condition, kinds, is_settled).items():
            kind = kinds(name)
            if kind == "bool":
                flags.setdefault(name, []).append((at, [said for leaf in asked if (said := _flag_of(leaf))]))
            elif kind in _NUMBERS:
                limits = [span for leaf in asked if (span := _span_of(leaf, kind)) is not None]
                if limits:
                    spans.setdefault(name, []).append((at, limits))
            else:
                said_words = [said for leaf in asked if (said := _words_of(leaf))]
                if said_words:
                    words.setdefault(name, []).append((at, said_words))
    shelf.words = _by_reach(words, len(rows))
    shelf.flags = _by_reach(flags, len(rows))
    shelf.numbers = [(name, _numbers(limits, len(rows))) for name, limits in spans.items()]
    shelf.told = sum(1 << at for at, (_, _, condition) in enumerate(rows) if _is_told(condition, kinds))
    for _, numbers in shelf.numbers:
        if len(numbers.cuts) == _MOST_CUTS:  # its spans may have been widened
            shelf.told &= numbers.free
    return shelf


def _is_told(condition: Condition | None, kinds: Kinds) -> bool:
    """Do the masks say all that `condition` asks?"""
    if condition is None:
        return True
    if isinstance(condition, Leaf):
        return _is_told_leaf(condition, kinds)
    return condition.kind == "all" and all(_is_told(child, kinds) for child in condition.of)


def _is_told_leaf(leaf: Leaf, kinds: Kinds) -> bool:
    kind = kinds(leaf.field)
    if _is_temporal(leaf, kinds) or value_problem(leaf.op, kind, leaf.value, leaf.for_) is not None:
        return False
    if kind == "bool":
        return bool(_flag_of(leaf))
    if kind in _NUMBERS:
        return _span_of(leaf, kind) is not None
    return kind in _TEXTS and bool(_words_of(leaf))


def _demands(condition: Condition | None, kinds: Kinds, is_settled: Callable[[str], bool]) -> Mapping[str, list[Leaf]]:
    """By field, the leaves that must hold, and that will not come to hold by waiting if they don't now."""
    if condition is None:
        return {}
    is_patient = _has_temporal(condition, kinds)
    demands: dict[str, list[Leaf]] = {}
    for leaf in _conjuncts(condition):
        if leaf.for_ is None and not _is_temporal(leaf, kinds) and (is_settled(leaf.field) or not is_patient):
            demands.setdefault(leaf.field, []).append(leaf)
    return demands


def _has_temporal(condition: Condition, kinds: Kinds) -> bool:
    if isinstance(condition, Leaf):
        return _is_temporal(condition, kinds)
    return any(_has_temporal(child, kinds) for child in condition.of)


def _is_temporal(leaf: Leaf, kinds: Kinds) -> bool:
    """Can time alone change the answer? An operator nobody knows might."""
    operator = OPERATORS.get(leaf.op)
    is_timed_field = leaf.field.startswith("now.") or kinds(leaf.field) == "age"
    return operator is None or operator.is_temporal or is_timed_field


def _conjuncts(condition: Condition) -> Iterator[Leaf]:
    if isinstance(condition, Leaf):
        yield condition
    elif condition.kind == "all":
        for child in condition.of:
            yield from _conjuncts(child)


def _words_of(leaf: Leaf) -> list[str]:
    """The words one of which the field must be, folded; empty: the leaf asks something else."""
    values = leaf.value if isinstance(leaf.value, list | tuple) else [leaf.value]
    if leaf.op not in _WORD_OPS or not all(isinstance(value, str) for value in values):
        return []
    return [str(value).casefold() for value in values]


def _flag_of(leaf: Leaf) -> list[str]:
    if leaf.op in ("is_true", "is_false"):
        return [_FLAGS[leaf.op == "is_true"]]
    if leaf.op in ("is", "equals") and isinstance(leaf.value, bool):
        return [_FLAGS[leaf.value]]
    return []


def _span_of(leaf: Leaf, kind: str) -> _Span | None:
    """The numbers that the leaf allows; None: it asks something else, or with a value that is not plainly a number."""
    if leaf.op not in _BOUNDS:
        return None
    said = leaf.value if isinstance(leaf.value, list | tuple) else [leaf.value]
    values = [number for value in said if (number := _number(value, kind)) is not None]
    if len(values) != len(said) or len(values) != (2 if leaf.op == "between" else 1):
        return None
    low, high = values[0], values[-1]
    match leaf.op:
        case "gt":
            return _Span(low, None, with_low=False)
        case "gte":
            return _Span(low, None)
        case "lt":
            return _Span(None, high, with_high=False)
        case "lte":
            return _Span(None, high)
        case _:
            return _Span(low, high)


def _number(value: object, kind: str) -> float | None:
    """`value` as facts hold it: money in minor units, and then only if nothing must be rounded."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if kind == "number":
        return None if isinstance(value, str) else value
    try:
        minor = Decimal(str(value)) * 100
    except InvalidOperation:
        return None
    return int(minor) if minor.is_finite() and minor == minor.to_integral_value() else None


def _words(rows: Sequence[tuple[int, Sequence[Sequence[str]]]], size: int) -> _Words | None:
    """The masks of one field from each workflow's lists of allowed words, all of which must hold; None: nobody asks."""
    if not rows:
        return None
    asking = sum(1 << at for at, _ in rows)
    table = _Words(((1 << size) - 1) & ~asking)
    for at, lists in rows:
        allowed = set.intersection(*({word.casefold() for word in words} for words in lists))
        for word in allowed:
            table.allow(word, at)
    return table


def _by_reach(asked: Mapping[str, list[tuple[int, Sequence[Sequence[str]]]]], size: int) -> list[tuple[str, _Words]]:
    """The fields' masks, those first that most workflows ask: they leave the fewest for the others."""
    tables: list[tuple[str, _Words]] = []
    for name, rows in sorted(asked.items(), key=lambda item: (-len(item[1]), item[0])):
        table = _words([(at, lists) for at, lists in rows if lists], size)
        if table is not None:
            tables.append((name, table))
    return tables


def _numbers(rows: Sequence[tuple[int, Sequence[_Span]]], size: int) -> _Numbers:
    """The masks of one field from each workflow's spans. Beyond 1,024 cuts the spans are widened to the kept cuts."""
    ends = (end for _, spans in rows for span in spans for end in (span.low, span.high) if end is not None)
    cuts = sorted(set(ends))
    if len(cuts) > _MOST_CUTS:
        cuts = [cuts[at * (len(cuts) - 1) // (_MOST_CUTS - 1)] for at in range(_MOST_CUTS)]
    flips = [0] * (2 * len(cuts) + 2)
    asking = 0
    for at, spans in rows:
        first, last = 0, 2 * len(cuts)
        for span in spans:
            low, high = _segments(span, cuts)
            first, last = max(first, low), min(last, high)
        asking |= 1 << at
        if first <= last:
            flips[first] ^= 1 << at
            flips[last + 1] ^= 1 << at
    free = ((1 << size) - 1) & ~asking
    return _Numbers(cuts, [free | mask for mask in accumulate(flips[:-1], xor)], free)


def _segments(span: _Span, cuts: list[float]) -> tuple[int, int]:
    """The first and last segment that the span touches; segment 2i+1 is the cut i itself, 2i what lies before it."""
    first, last = 0, 2 * len(cuts)
    if span.low is not None:
        at = bisect_left(cuts, span.low)
        on_cut = at < len(cuts) and cuts[at] == span.low
        first = 2 * at + (on_cut + (not span.with_low) if on_cut else 0)
    if span.high is not None:
        at = bisect_left(cuts, span.high)
        on_cut = at < len(cuts) and cuts[at] == span.high
        last = 2 * at + (1 if on_cut and span.with_high else 0)
    return first, last


def _folded(value: object) -> str:
    """A transition's value as a word; what is no text can't be named by a trigger."""
    return value.casefold() if isinstance(value, str) else "\0"


def _bits(mask: int) -> list[int]:
    """The positions of the ones, ascending."""
    # Taking single bits off a long integer costs its whole length each time; words of 64 bits don't.
    size = (mask.bit_length() + 63) // 64
    words = memoryview(mask.to_bytes(size * 8, "little")).cast("Q")
    found: list[int] = []
    for at in compress(range(size), words):
        bits = words[at]
        while bits:
            rest = bits & (bits - 1)
            found.append(at * 64 + (bits ^ rest).bit_length() - 1)
            bits = rest
    return found
