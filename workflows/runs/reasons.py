"""Why a run is where it is, in the merchant's words: what set it off and what held when it came by."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from postsale.tenants.shop import Shop
from workflows.catalog.vocabulary import VOCABULARY
from workflows.engine.conditions import ABOUT
from workflows.engine.grammar import Branch, Gate, Plan, Step
from workflows.engine.sentences import condition_words

LONGEST = 1000


class _Names:
    """The shop's own names, as far as a condition may mention them."""

    boards: Mapping[str, str] = {}
    dashboards: Mapping[str, str] = {}

    def __init__(self, shop: Shop) -> None:
        self.ops_statuses = shop.ops_statuses
        self.zone = shop.zone


def reason(plan: Plan, passed: Collection[str], event: Mapping[str, object], shop: Shop) -> str:
    """Such as "The tracking status changed to Exception; the sales channel is shopify-us"."""
    names = _Names(shop)
    parts = [*_trigger(event), *(condition_words(gate.if_, names, VOCABULARY) for gate in _gates(plan.steps, passed))]
    said = "; ".join(part for part in parts if part)
    return (said[:1].upper() + said[1:])[:LONGEST]


def _trigger(event: Mapping[str, object]) -> Iterator[str]:
    field = ABOUT.get(str(event.get("type")))
    if field is not None and isinstance(event.get("to"), str) and field != "order.tags":
        yield f"{VOCABULARY.field(field)} changed to {VOCABULARY.value(field, str(event['to']))}"


def _gates(steps: Sequence[Step], passed: Collection[str]) -> Iterator[Gate]:
    for step in steps:
        if isinstance(step, Gate):
            if step.id in passed:
                yield step
            yield from _gates(step.else_, passed)
        elif isinstance(step, Branch):
            for path in step.paths:
                yield from _gates(path.steps, passed)
            yield from _gates(step.otherwise, passed)
