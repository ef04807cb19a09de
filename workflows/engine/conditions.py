"""What can be said of a plan's conditions without any facts: what must hold for it to fire, and what keeps its card."""

from collections.abc import Collection, Iterator, Mapping

from workflows.engine.grammar import Branch, Condition, Gate, Group, Leaf, Plan, Step

# The field that the `to` and `from` of a trigger speak about; types that aren't here have none.
ABOUT: Mapping[str, str] = {
    "tracking.status_changed": "parcel.tracking_status",
    "tracking.exception_raised": "parcel.tracking_status",
    "tracking.exception_cleared": "parcel.tracking_status",
    "tracking.delivered": "parcel.tracking_status",
    "tracking.reversed": "parcel.tracking_status",
    "order.ops_status_changed": "order.ops_status",
    "order.delivery_status_changed": "order.delivery_status",
    "order.fulfillment_changed": "order.fulfillment_status",
    "order.paid": "order.payment_status",
    "order.assigned": "order.assignee",
    "order.tag_added": "order.tags",
    "order.tag_removed": "order.tags",
}


def leading_gates(plan: Plan) -> tuple[Gate, ...]:
    """The gates at the head of the plan: what is asked before a run begins."""
    gates: list[Gate] = []
    for step in plan.steps:
        if not isinstance(step, Gate):
            break
        gates.append(step)
    return tuple(gates)


def must_hold(plan: Plan) -> Condition | None:
    """Without what the plan does nothing at all: its leading gates, up to the first with `else` steps."""
    gates: list[Condition] = []
    for gate in leading_gates(plan):
        if gate.else_:
            break
        gates.append(gate.if_)
    return _all_of(gates)


def keep_condition(plan: Plan, passed: Collection[str]) -> Condition | None:
    """What put a card on its board, as far as it can stop being true; None when nothing of it can.

    The trigger's `to` and the gates whose ids are in `passed`. What only the moment of the trigger can answer
    (`event.*`, `now.*`, what changed) is left out as if unknown: so the rest is *definitely false* only where the
    whole would be.
    """
    trigger = plan.trigger
    parts: list[Condition] = []
    field = ABOUT.get(trigger.type, "")
    if trigger.to and field == "order.tags":
        if trigger.type == "order.tag_added":
            parts.append(Leaf(field=field, op="has_any", value=list(trigger.to)))
    elif trigger.to and field:
        parts.append(_is_one_of(field, list(trigger.to)))
    for gate in _gates(plan.steps):
        if gate.id in passed:
            lasting = _lasting(gate.if_, when=False)
            if lasting is not None:
                parts.append(lasting)
    return _all_of(parts)


def _gates(steps: tuple[Step, ...]) -> Iterator[Gate]:
    for step in steps:
        match step:
            case Gate():
                yield step
                yield from _gates(step.else_)
            case Branch():
                for path in step.paths:
                    yield from _gates(path.steps)
                yield from _gates(step.otherwise)
            case _:
                pass


def _all_of(conditions: list[Condition]) -> Condition | None:
    if len(conditions) < 2:
        return conditions[0] if conditions else None
    return Group(kind="all", of=tuple(conditions))


def _is_one_of(field: str, values: list[object]) -> Leaf:
    if len(values) == 1:
        return Leaf(field=field, op="is", value=values[0])
    return Leaf(field=field, op="in", value=values)


def _lasting(condition: Condition, *, when: bool) -> Condition | None:
    """What is definitely `when` just where `condition` is, its passing leaves being unknown; None: nowhere."""
    if isinstance(condition, Leaf):
        return _lasting_leaf(condition, when=when)
    children = [_lasting(child, when=when is not (condition.kind == "none")) for child in condition.of]
    lasting = tuple(child for child in children if child is not None)
    lost = len(children) - len(lasting)
    if condition.kind == "at_least":
        # False when too few *can* hold, so that each lost child counts as holding; true when enough of the rest do.
        k = condition.k if when else condition.k - lost
        return Group(kind="at_least", k=k, of=lasting) if k > 0 and lasting else None
    needs_all = when is (condition.kind != "any")
    return None if not lasting or (lost and needs_all) else Group(kind=condition.kind, of=lasting)


def _lasting_leaf(leaf: Leaf, *, when: bool) -> Leaf | None:
    if leaf.field.startswith(("event.", "now.")) or leaf.op in ("changed", "changed_from"):
        return None
    if leaf.op == "changed_to":
        # What it changed to is what it still is: the lasting part of the question, in a gate that was passed.
        value = leaf.value
        return None if when else _is_one_of(leaf.field, value if isinstance(value, list) else [value])
    return leaf
