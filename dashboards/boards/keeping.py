"""Keeping: whether the condition that holds a card on its board still holds, asked of the engine."""

from collections import ChainMap
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec

from postsale.tenants.shop import Shop
from workflows.catalog.calendars import calendar_of
from workflows.catalog.fields import kind_of
from workflows.catalog.vocabulary import VOCABULARY
from workflows.engine.evaluate import Check, compile_condition
from workflows.engine.grammar import Condition
from workflows.engine.phrases import Phrases, leaves
from workflows.engine.reading import Reader
from workflows.engine.verdict import Verdict
from workflows.engine.words import expected_words

#: What we put together (a `none` around an `until`, all gates under one `all`) may be deeper than a person may write.
DEEPER = -8


def look(
    keep: Mapping[str, object], facts: Mapping[str, object], *, event: Mapping[str, object], shop: Shop, now: datetime
) -> Verdict:
    """The verdict on `keep` (a condition as a document) today; `event`: the facts of the event that placed the card."""
    said = {f"event.{key}": value for key, value in event.items()}
    known: Mapping[str, object] = ChainMap(said, facts) if said else facts  # type: ignore[arg-type]  # both are only read
    return _check(msgspec.json.encode(keep)).verdict(known, now, calendar_of(shop))


def why(verdict: Verdict, *, holds: bool = True) -> str:
    """The leaves that made the verdict what it is, in the merchant's words: "the tracking status is In transit"."""
    said = "; ".join(dict.fromkeys(_decisive(verdict, holds)))
    return said[:1].upper() + said[1:] if said else verdict.words


def _decisive(verdict: Verdict, holds: bool) -> Iterator[str]:
    if not verdict.children:
        if verdict.holds is holds:
            yield _leaf(verdict)
        return
    for child in verdict.children:
        yield from _decisive(child, not holds if verdict.op == "none" else holds)


def _leaf(verdict: Verdict) -> str:
    label = VOCABULARY.field(verdict.field)
    if isinstance(verdict.found, str):
        return f"{label} is {VOCABULARY.value(verdict.field, verdict.found)}"
    if isinstance(verdict.found, datetime | timedelta):
        return f"{label} is {'' if verdict.holds else 'not '}{expected_words(verdict.op, verdict.expected)}"
    return verdict.words.replace(verdict.field, label)


def condition_of(document: Mapping[str, object]) -> Condition:
    """The condition that a stored document describes. Raises ValueError when it describes none."""
    reader = Reader()
    condition = Phrases(reader).condition(dict(document), "", depth=DEEPER)
    if condition is None or reader.problems:
        raise ValueError(f"not a condition: {reader.problems[:1]}")
    return condition


def reads_parcel(document: Mapping[str, object]) -> bool:
    """Whether the condition asks anything about a parcel."""
    return any(leaf.field.startswith("parcel.") for _, leaf in leaves(condition_of(document)))


@lru_cache(maxsize=4096)
def _check(document: bytes) -> Check:
    return compile_condition(condition_of(msgspec.json.decode(document)), kind_of)
