"""What must hold for a plan to fire, and what keeps a card on its board."""

from typing import Any

import pytest

from workflows.engine.conditions import keep_condition, leading_gates, must_hold
from workflows.engine.document import parse
from workflows.engine.grammar import Plan
from workflows.engine.phrases import render_condition

STATUS = {"field": "parcel.tracking_status", "op": "is", "value": "exception"}
CHANNEL = {"field": "order.sales_channel", "op": "is", "value": "shopify-us"}
TAGS = {"field": "order.tags", "op": "has", "value": "vip"}
EVENT = {"field": "event.source", "op": "is", "value": "api"}
NIGHT = {"field": "now.is_business_time", "op": "is_false"}
MOVED = {"field": "order.ops_status", "op": "changed"}


def plan_of(*steps: dict[str, Any], **trigger: Any) -> Plan:
    trigger.setdefault("type", "order.created")
    document = {"format": "postsale.workflow/1", "name": "x", "trigger": trigger, "steps": list(steps)}
    plan, problems = parse(document)
    assert problems == []
    assert plan is not None
    return plan


def gate(id_: str, condition: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": id_, "kind": "condition", "if": condition} | more


def act(id_: str) -> dict[str, Any]:
    return {"id": id_, "kind": "action", "action": "order.add_tag", "with": {"tag": "late"}}


def rendered(condition: Any) -> Any:
    return None if condition is None else render_condition(condition)


def test_leading_gates_are_those_before_anything_else() -> None:
    plan = plan_of(gate("a", STATUS), gate("b", CHANNEL), act("c"), gate("d", TAGS))

    assert [each.id for each in leading_gates(plan)] == ["a", "b"]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((act("a"),), None),
        ((gate("a", STATUS),), STATUS),
        ((gate("a", STATUS), gate("b", CHANNEL), act("c")), {"all": [STATUS, CHANNEL]}),
        ((gate("a", STATUS), gate("b", CHANNEL, **{"else": [act("c")]})), STATUS),
        ((gate("a", STATUS, **{"else": [act("c")]}), gate("b", CHANNEL)), None),
    ],
)
def test_a_gate_with_else_steps_need_not_hold(steps: tuple[dict[str, Any], ...], expected: object) -> None:
    assert rendered(must_hold(plan_of(*steps))) == expected


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ({"type": "tracking.status_changed", "to": ["exception"]}, STATUS),
        (
            {"type": "tracking.status_changed", "to": ["exception", "delayed"]},
            {"field": "parcel.tracking_status", "op": "in", "value": ["exception", "delayed"]},
        ),
        ({"type": "tracking.status_changed", "from": ["exception"]}, None),
        (
            {"type": "order.ops_status_changed", "to": ["new"]},
            {"field": "order.ops_status", "op": "is", "value": "new"},
        ),
        ({"type": "order.tag_added", "to": ["vip"]}, {"field": "order.tags", "op": "has_any", "value": ["vip"]}),
        ({"type": "order.tag_removed", "to": ["vip"]}, None),
        ({"type": "label.created", "to": ["x"]}, None),
        ({"type": "order.created"}, None),
    ],
)
def test_the_triggers_target_keeps_a_card(trigger: dict[str, Any], expected: object) -> None:
    assert rendered(keep_condition(plan_of(act("a"), **trigger), [])) == expected


def test_only_passed_gates_keep_a_card_wherever_they_stand() -> None:
    branch = {
        "id": "b",
        "kind": "branch",
        "paths": [{"if": EVENT, "steps": [gate("inside", CHANNEL), {"id": "w", "kind": "wait", "for": {"days": 1}}]}],
        "otherwise": [gate("other", TAGS)],
    }
    plan = plan_of(gate("first", STATUS, **{"else": [gate("not_first", TAGS)]}), branch)

    assert rendered(keep_condition(plan, ["first", "inside"])) == {"all": [STATUS, CHANNEL]}
    assert rendered(keep_condition(plan, ["other"])) == TAGS
    assert rendered(keep_condition(plan, ["not_first"])) == TAGS
    assert keep_condition(plan, []) is None


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (EVENT, None),
        (NIGHT, None),
        (MOVED, None),
        (MOVED | {"op": "changed_from", "value": "new"}, None),
        (MOVED | {"op": "changed_to", "value": "new"}, {"field": "order.ops_status", "op": "is", "value": "new"}),
        (
            MOVED | {"op": "changed_to", "value": ["new", "closed"]},
            {"field": "order.ops_status", "op": "in", "value": ["new", "closed"]},
        ),
        ({"none": [MOVED | {"op": "changed_to", "value": "new"}, STATUS]}, {"none": [STATUS]}),
        ({"all": [STATUS, EVENT]}, {"all": [STATUS]}),
        ({"all": [EVENT, NIGHT]}, None),
        ({"any": [STATUS, EVENT]}, None),
        ({"any": [STATUS, CHANNEL]}, {"any": [STATUS, CHANNEL]}),
        ({"none": [STATUS, EVENT]}, {"none": [STATUS]}),
        ({"none": [{"all": [STATUS, EVENT]}, CHANNEL]}, {"none": [CHANNEL]}),
        ({"none": [{"any": [STATUS, EVENT]}]}, {"none": [{"any": [STATUS]}]}),
        ({"none": [{"none": [STATUS, EVENT]}]}, None),
        ({"at_least": 2, "of": [STATUS, CHANNEL, EVENT]}, {"at_least": 1, "of": [STATUS, CHANNEL]}),
        ({"at_least": 1, "of": [STATUS, CHANNEL, EVENT]}, None),
        (
            {"none": [{"at_least": 1, "of": [STATUS, CHANNEL, EVENT]}]},
            {"none": [{"at_least": 1, "of": [STATUS, CHANNEL]}]},
        ),
    ],
)
def test_what_passes_with_the_moment_is_left_out_as_if_unknown(condition: dict[str, Any], expected: object) -> None:
    plan = plan_of(gate("a", condition), act("b"))

    assert rendered(keep_condition(plan, {"a"})) == expected
