"""What a plan speaks of."""

from typing import Any

import pytest

from workflows.definitions.reads import indexed_by, reads_of
from workflows.engine.document import parse
from workflows.engine.grammar import Group, Leaf, Plan

STATUS = {"field": "parcel.tracking_status", "op": "is", "value": "exception"}
CHANNEL = {"field": "order.sales_channel", "op": "is", "value": "shopify-us"}


def plan(*steps: dict[str, Any], once_per: str = "event") -> Plan:
    numbered = [{"id": f"s{at}"} | step for at, step in enumerate(steps)]
    document = {
        "format": "postsale.workflow/1", "name": "x", "trigger": {"type": "tracking.status_changed"},
        "once_per": once_per, "steps": numbered,
    }  # fmt: skip
    found, problems = parse(document)
    assert found is not None, problems
    return found


def gate(if_: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": "condition", "if": if_} | more


def act(action: str = "webhook.call", guard: dict[str, Any] | None = None, **with_: Any) -> dict[str, Any]:
    step: dict[str, Any] = {"kind": "action", "action": action, "with": with_}
    return step | ({"guard": guard} if guard else {})


@pytest.mark.parametrize(
    ("step", "subjects"),
    [
        (gate(STATUS), {"parcel"}),
        (gate({"any": [STATUS, {"none": [CHANNEL]}]}), {"parcel", "order"}),
        (gate({"field": "history.exceptions", "op": "gt", "value": 1}), {"parcel"}),
        (gate({"field": "parcel.parcels_in_order", "op": "gt", "value": 1}), {"parcel", "order"}),
        (gate({"field": "items.any.sku", "op": "is", "value": "a"}), {"items"}),
        (gate({"field": "now.weekday", "op": "is", "value": "mon"}), set()),
        (gate({"field": "event.source", "op": "is", "value": "a"}, **{"else": [act() | {"id": "e"}]}), set()),
        (gate(STATUS, **{"else": [act("order.add_tag", tag="x") | {"id": "e"}]}), {"parcel", "order"}),
        (act(url="https://hooks.example"), set()),
        (act("email.customer", subject="s", body="b"), {"customer"}),
        (act("order.set_status", status="new"), {"order"}),
        (act("board.add", board="exceptions"), set()),
        (act("board.add", board="exceptions", until=CHANNEL), {"order"}),
        (act("board.add", board="exceptions", until={"any": [CHANNEL]}), {"order"}),
        (act("notify.team", subject="{{ order.number }}", body="{% if items.sku %}"), {"order", "items"}),
        (act("notify.team", subject="order.number is only words", body="x"), set()),
        (act("webhook.call", headers={"X": "{{ address.country }}"}, n=[1, None]), {"address"}),
        (act(guard=CHANNEL), {"order"}),
        ({"kind": "wait", "for": {"days": 1}}, set()),
        ({"kind": "wait", "until": {"field": "order.promised_by"}}, {"order"}),
        ({"kind": "wait", "until_event": {"type": "a.b", "within": {"days": 1}}}, set()),
        ({"kind": "wait", "until_event": {"type": "a.b", "within": {"days": 1}, "if": CHANNEL}}, {"order"}),
        (
            {"kind": "branch", "paths": [{"if": STATUS, "steps": [act("email.customer") | {"id": "p"}]}],
             "otherwise": [gate(CHANNEL) | {"id": "o"}]},
            {"parcel", "customer", "order"},
        ),
    ],
)  # fmt: skip
def test_a_step_reads_what_it_speaks_of(step: dict[str, Any], subjects: set[str]) -> None:
    assert reads_of(plan(step)) == subjects


@pytest.mark.parametrize(
    ("once_per", "subjects"),
    [("event", set()), ("parcel", {"parcel"}), ("order", {"order"}), ("customer", {"customer"})],
)
def test_once_per_reads_its_subject(once_per: str, subjects: set[str]) -> None:
    assert reads_of(plan(act(), once_per=once_per)) == subjects


A, B = (Leaf(field=each["field"], op=each["op"], value=each["value"]) for each in (STATUS, CHANNEL))


@pytest.mark.parametrize(
    ("steps", "condition"),
    [
        ([act()], None),
        ([act(), gate(STATUS)], None),
        ([gate(STATUS), act()], A),
        ([gate(STATUS), gate(CHANNEL)], Group(kind="all", of=(A, B))),
        ([gate(STATUS, **{"else": [act() | {"id": "e"}]})], Group(kind="any", of=(A,))),
        (
            [gate(STATUS), gate(CHANNEL, **{"else": [act() | {"id": "e"}]}), gate(STATUS)],
            Group(kind="all", of=(A, Group(kind="any", of=(B, A)))),
        ),
    ],
)
def test_the_index_is_told_what_must_hold_and_what_is_only_a_doubt(
    steps: list[dict[str, Any]], condition: Leaf | Group | None
) -> None:
    assert indexed_by(plan(*steps)) == condition
