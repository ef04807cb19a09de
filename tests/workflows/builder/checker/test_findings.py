"""The checker finds what can't be meant, and is silent about what can."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from workflows.builder.checker import alone, together
from workflows.builder.checker.together import Known
from workflows.definitions.library import templates
from workflows.definitions.names import Names
from workflows.engine.document import parse
from workflows.engine.grammar import Plan

NAMES = Names(
    boards={"exceptions": "Exceptions", "late-shipments": "Late Shipments"}, dashboards={"operations": "Operations"}
)
TAG = {"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "x"}}


def gate(id_: str, field: str, op: str, value: Any = None) -> dict[str, Any]:
    """A step that goes on only if."""
    return {"id": id_, "kind": "condition", "if": {"all": [{"field": field, "op": op, "value": value}]}}


def plan_of(*steps: dict[str, Any], trigger: dict[str, Any] | None = None, name: str = "W") -> Plan:
    """A workflow with these steps."""
    said = trigger or {"type": "tracking.status_changed", "to": ["exception"]}
    plan, problems = parse({"format": "postsale.workflow/1", "name": name, "trigger": said, "steps": list(steps)})
    assert problems == []
    assert plan is not None
    return plan


def found(plan: Plan, **seen: list[str]) -> list[tuple[str | None, str]]:
    """Where something was found, and how bad it is."""
    values = {key.replace("__", "."): value for key, value in seen.items()}
    return [(each.step_id, each.weight) for each in alone.findings(plan, workflow_id=None, names=NAMES, seen=values)]


STATUS = "parcel.tracking_status"


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([gate("g", STATUS, "is", "delivered"), TAG], [("g", "warn")]),
        ([gate("g", STATUS, "is", "exception"), TAG], [("g", "hint")]),
        ([gate("g", "order.sales_channel", "is", "a"), gate("h", "order.sales_channel", "is", "b"), TAG], [("h", "warn")]),
        ([gate("g", "order.total", "gt", 50), gate("h", "order.total", "lt", 20), TAG], [("h", "warn")]),
        ([{"id": "w", "kind": "wait", "for": {"days": 1}}, gate("g", STATUS, "is", "delivered"), TAG], []),
        ([gate("g", "parcel.label_created_at", "older_than", {"days": 2}), gate("h", STATUS, "is", "delivered"), TAG], []),
        (
            [
                gate("g", "order.ops_status", "is", "new"),
                {"id": "s", "kind": "action", "action": "order.set_status", "with": {"status": "exception"}},
                gate("h", "order.ops_status", "is", "exception"), TAG,
            ],
            [],
        ),
    ],
)  # fmt: skip
def test_a_question_is_held_against_what_is_known_before_it(steps: list[Any], expected: list[Any]) -> None:
    assert found(plan_of(*steps)) == expected


def test_a_path_behind_a_wider_one_is_never_taken() -> None:
    def path(name: str, op: str, value: Any) -> dict[str, Any]:
        return {
            "name": name,
            "if": {"field": "parcel.carrier", "op": op, "value": value},
            "steps": [TAG | {"id": name}],
        }

    branch = {"id": "b", "kind": "branch", "paths": [path("wide", "in", ["ups", "dhl"]), path("narrow", "is", "ups")]}
    fine = {"id": "b", "kind": "branch", "paths": [path("narrow", "is", "ups"), path("wide", "in", ["ups", "dhl"])]}

    assert found(plan_of(branch)) == [("b", "warn")]
    assert found(plan_of(fine)) == []


def test_a_path_that_contradicts_the_trigger_is_never_taken() -> None:
    path = {"name": "p", "if": {"field": STATUS, "op": "is", "value": "delivered"}, "steps": [TAG]}

    assert found(plan_of({"id": "b", "kind": "branch", "paths": [path]})) == [("b", "warn")]


def test_a_value_that_no_order_ever_had_is_pointed_out_where_there_are_orders() -> None:
    plan = plan_of(gate("g", "order.sales_channel", "in", ["shopify-us", "shopify-uk"]), TAG)

    assert found(plan, order__sales_channel=["Shopify-US", "ebay"]) == [("g", "hint")]
    assert found(plan) == []


@pytest.mark.parametrize("key", templates())
def test_no_template_looks_wrong(key: str) -> None:
    plan, problems = parse(templates()[key].document())

    assert problems == []
    assert plan is not None
    assert found(plan) == []


def known(name: str, plan: Plan, *, id_: UUID | None = None) -> Known:
    """A published workflow."""
    return Known(id=id_ or uuid4(), name=name, plan=plan)


def mail(id_: str = "m") -> dict[str, Any]:
    """A letter to the customer."""
    return {"id": id_, "kind": "action", "action": "email.customer", "with": {"subject": "s", "body": "b"}}


def status(value: str) -> dict[str, Any]:
    """Sets the status."""
    return {"id": f"s_{value}", "kind": "action", "action": "order.set_status", "with": {"status": value}}


def test_two_letters_for_one_event_are_a_conflict_unless_their_conditions_exclude_each_other() -> None:
    us, eu = gate("g", "order.sales_channel", "is", "us"), gate("g", "order.sales_channel", "is", "eu")
    raised = {"type": "tracking.exception_raised"}

    both = together.findings([known("A", plan_of(us, mail())), known("B", plan_of(mail(), trigger=raised))])
    apart = together.findings([known("A", plan_of(us, mail())), known("B", plan_of(eu, mail()))])

    assert ["may both e-mail" in each.words for each in both] == [True]
    assert apart == []


def test_two_statuses_for_one_event_are_a_fight_and_the_same_status_is_none() -> None:
    one, other = known("A", plan_of(status("exception"))), known("B", plan_of(status("closed")))

    assert [each.others for each in together.findings([one, other])] == [(other.id,)]
    assert together.findings([one, known("C", plan_of(status("exception")))]) == []


def test_triggers_that_never_meet_are_no_conflict() -> None:
    delivered = {"type": "tracking.status_changed", "to": ["delivered"]}

    assert together.findings([known("A", plan_of(mail())), known("B", plan_of(mail(), trigger=delivered))]) == []


def test_workflows_that_start_each_other_are_told_once_with_their_way() -> None:
    def on(to: str) -> dict[str, Any]:
        return {"type": "order.ops_status_changed", "to": [to]}

    one = known("A", plan_of(status("closed"), trigger=on("new")))
    other = known("B", plan_of(status("new"), trigger=on("closed")))

    (finding,) = together.findings([one, other])

    assert "“A” → “B” → “A”" in finding.words
