"""What a plan says about itself: the condition it can be found by, and the subjects that it speaks of."""

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile

from workflows.engine.conditions import leading_gates
from workflows.engine.grammar import Branch, Condition, Do, Gate, Group, Leaf, Plan, Step, WaitEvent, WaitUntil

#: What a workflow may need to know before it can decide; the first word of a field's path.
_SUBJECTS = frozenset({"order", "customer", "address", "items", "parcel"})
_VARIABLE = re.compile(r"\b(order|customer|address|items|parcel|history)\.[a-z]")
_PARCEL_WIDE = {"history": "parcel"}


def indexed_by(plan: Plan) -> Condition | None:
    """The condition for the match index: what must hold, plus the rest of the gates at the head as a doubt.

    A later gate may be what the workflow waits for, and then nothing that may still change rules it out. Inside `any`
    the index sees that without holding the workflow to it.
    """
    gates = leading_gates(plan)
    opening = tuple(gate.if_ for gate in takewhile(lambda gate: not gate.else_, gates))
    rest = tuple(gate.if_ for gate in gates[len(opening) :])
    return all_of((*opening, Group(kind="any", of=rest))) if rest else all_of(opening)


def all_of(conditions: Iterable[Condition]) -> Condition | None:
    """Several conditions as one; None when there is none."""
    of = tuple(conditions)
    return of[0] if len(of) == 1 else Group(kind="all", of=of) if of else None


def reads_of(plan: Plan) -> frozenset[str]:
    """The subjects that the plan speaks of: in conditions, waits, texts, what its actions act on, `once_per`."""
    return needs_of(plan) | (frozenset({plan.once_per}) & _SUBJECTS)


def needs_of(plan: Plan) -> frozenset[str]:
    """The subjects without which it has nothing to ask or to do, whatever it counts its runs by."""
    return frozenset(_PARCEL_WIDE.get(word, word) for word in _words_of(plan.steps)) & _SUBJECTS


def _words_of(steps: Iterable[Step]) -> Iterator[str]:
    """The first word of each path and action key, whatever it is."""
    for step in steps:
        match step:
            case Gate():
                yield from _asked(step.if_)
                yield from _words_of(step.else_)
            case Branch():
                for path in step.paths:
                    yield from _asked(path.if_)
                    yield from _words_of(path.steps)
                yield from _words_of(step.otherwise)
            case WaitUntil():
                yield step.field.split(".", 1)[0]
            case WaitEvent():
                yield from _asked(step.if_)
            case Do():
                # `order.set_status` acts on the order, `email.customer` writes to the customer: its key says so.
                yield from step.action.split(".")
                yield from _asked(step.guard)
                yield from _written(step.with_)


def _asked(condition: Condition | None) -> Iterator[str]:
    match condition:
        case Leaf():
            yield condition.field.split(".", 1)[0]
            if condition.field == "parcel.parcels_in_order":
                yield "order"
        case Group():
            for each in condition.of:
                yield from _asked(each)


def _written(value: object) -> Iterator[str]:
    """The subjects that texts and conditions inside a `with` mention."""
    match value:
        case str():
            if "{" in value:
                yield from _VARIABLE.findall(value)
        case dict():
            field = value.get("field")
            if isinstance(field, str):
                yield field.split(".", 1)[0]
            for each in value.values():
                yield from _written(each)
        case list():
            for each in value:
                yield from _written(each)
