"""Everything wrong with a document is found at once: its structure, and what it means in this shop."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from tests.workflows.generated import SHOP, SomeShop, documents
from workflows.definitions.validate import condition_problems, problems_of
from workflows.engine.grammar import Problem

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.json"))
STATUS: dict[str, Any] = {"field": "parcel.tracking_status", "op": "is", "value": "awaiting_carrier"}
TAG: dict[str, Any] = {"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "late"}}


def document(*steps: dict[str, Any], **trigger: Any) -> dict[str, Any]:
    said = trigger or {"type": "label.created"}
    return {"format": "postsale.workflow/1", "name": "x", "trigger": said, "steps": list(steps or (TAG,))}


def asking(condition: object) -> dict[str, Any]:
    return document({"id": "g", "kind": "condition", "if": condition}, TAG)


def found(said: object) -> list[tuple[str, str, str]]:
    return [(problem.path, problem.problem, problem.expected) for problem in problems_of(said, SHOP)]


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_the_founding_stories_have_no_problem(path: Path) -> None:
    assert problems_of(json.loads(path.read_text()), SHOP) == []


@given(documents())
@settings(max_examples=100, deadline=None)
def test_generated_documents_have_no_problem(said: dict[str, Any]) -> None:
    assert problems_of(said, SHOP) == []


def test_a_document_of_wrong_structure_is_not_asked_for_its_meaning() -> None:
    said = asking({"field": "order.nonsense", "op": "is"}) | {"name": ""}

    assert [problem.path for problem in problems_of(said, SHOP)] == ["name"]


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ({"type": "label.creatd"},
         [("trigger.type", "unknown event type 'label.creatd'", "did you mean label.created?")]),
        ({"type": "customer.zzzzzzzzzzzz"},
         [("trigger.type", "unknown event type 'customer.zzzzzzzzzzzz'",
           "an event type such as label.created or custom.<name>")]),
        ({"type": "label.created", "to": ["exception"]},
         [("trigger.to", "label.created has no 'to'", "a trigger about a change")]),
        ({"type": "custom.restocked", "from": ["exception"]},
         [("trigger.from", "custom.restocked has no 'from'", "a trigger about a change")]),
        ({"type": "tracking.status_changed", "to": ["exception", "excepton"], "from": ["in_transit", "Unknown"]},
         [("trigger.to[1]", "parcel.tracking_status is never 'excepton'", "did you mean exception?")]),
        ({"type": "order.ops_status_changed", "to": ["new", "archived"]},
         [("trigger.to[1]", "order.ops_status is never 'archived'", "one of exception, new, resolved")]),
        ({"type": "order.tag_added", "to": ["anything"]}, []),
        ({"type": "custom.restocked"}, []),
        ({"type": "tracking.updated"}, []),
        ({"type": "manual"}, []),
        ({"type": "schedule", "at": "0 9 * * mon-fri"}, []),
        ({"type": "schedule", "at": "@daily"},
         [("trigger.at", "'@daily' has not five fields", "five fields of cron, such as 0 9 * * mon-fri")]),
        ({"type": "schedule", "at": "0 0 9 * * 1"},
         [("trigger.at", "'0 0 9 * * 1' has not five fields", "five fields of cron, such as 0 9 * * mon-fri")]),
        ({"type": "schedule", "at": "0 25 * * *"},
         [("trigger.at", "not a schedule: Bad hour", "five fields of cron, such as 0 9 * * mon-fri")]),
        ({"type": "schedule", "at": "0 9 31 2 *"},
         [("trigger.at", "not a schedule: Bad day-of-month", "five fields of cron, such as 0 9 * * mon-fri")]),
    ],
)  # fmt: skip
def test_triggers(trigger: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    assert found(document(**trigger)) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (STATUS | {"field": "parcel.tracking_stat"},
         [("field", "unknown field 'parcel.tracking_stat'", "did you mean parcel.tracking_status?")]),
        (STATUS | {"field": "zzz.qqq"},
         [("field", "unknown field 'zzz.qqq'", "a field such as order.number or order.custom.<name>")]),
        (STATUS | {"field": "zzz.qqq", "op": "iss"},
         [("op", "unknown operator 'iss'", "did you mean is?"),
          ("field", "unknown field 'zzz.qqq'", "a field such as order.number or order.custom.<name>")]),
        (STATUS | {"op": "iss"}, [("op", "unknown operator 'iss'", "did you mean is?")]),
        (STATUS | {"op": "has_been"}, [("op", "has_been needs 'for'", "a duration")]),
        (STATUS | {"for": {"days": 1}}, [("for", "is takes no 'for'", "no 'for'")]),
        (STATUS | {"value": "awaiting_carier"},
         [("value", "parcel.tracking_status is never 'awaiting_carier'", "did you mean awaiting_carrier?")]),
        (STATUS | {"op": "in", "value": ["delivered", "delivred"]},
         [("value[1]", "parcel.tracking_status is never 'delivred'", "did you mean delivered?")]),
        (STATUS | {"op": "changed_to", "value": "delivred"},
         [("value", "parcel.tracking_status is never 'delivred'", "did you mean delivered?")]),
        (STATUS | {"value": "Exception"}, []),
        (STATUS | {"op": "contains", "value": "excep"}, []),
        ({"field": "order.ops_status", "op": "is", "value": "nowhere"},
         [("value", "order.ops_status is never 'nowhere'", "one of exception, new, resolved")]),
        ({"field": "order.sales_channel", "op": "is", "value": "any-shop"}, []),
        ({"field": "order.custom.size", "op": "is", "value": 12}, []),
        ({"field": "items.all.sku", "op": "is", "value": "A"}, []),
        ({"field": "items.some.sku", "op": "is", "value": "A"},
         [("field", "unknown field 'items.some.sku'", "did you mean items.sku?")]),
    ],
)  # fmt: skip
def test_leaves(condition: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    assert found(asking(condition)) == [(f"steps[0].if.{path}", *words) for path, *words in expected]


@pytest.mark.parametrize(
    ("condition", "member"),
    [
        ({"field": "order.total", "op": "gt", "value": "12abc"}, "value"),
        ({"field": "order.total", "op": "gt"}, "value"),
        ({"field": "order.total", "op": "older_than", "value": {"days": 1}}, "op"),
        ({"field": "parcel.label_created_at", "op": "older_than", "value": {"days": 0}}, "value"),
        ({"field": "parcel.label_created_at", "op": "older_than", "value": {"days": -1}}, "value"),
        ({"field": "parcel.raw_text", "op": "matches", "value": "(?=a)"}, "value"),
        ({"field": "parcel.raw_text", "op": "matches", "value": "a" * 201}, "value"),
        ({"field": "order.tags", "op": "is", "value": "vip"}, "op"),
    ],
)
def test_operators_and_values_must_fit_their_field(condition: dict[str, Any], member: str) -> None:
    assert [path for path, _, _ in found(asking(condition))] == [f"steps[0].if.{member}"]


def test_problems_of_all_places_come_together() -> None:
    wrong = STATUS | {"field": "parcel.nowhere"}
    said = document(
        {
            "id": "b",
            "kind": "branch",
            "paths": [{"if": {"at_least": 3, "of": [wrong, {"none": [STATUS]}]}, "steps": [TAG | {"guard": wrong}]}],
            "otherwise": [{"id": "g", "kind": "condition", "if": {"all": [wrong]}, "else": [TAG | {"id": "t2"}]}],
        },
        {"id": "w1", "kind": "wait", "for": {"days": 1}},
        {"id": "w2", "kind": "wait", "until": {"field": "parcel.etaa"}},
        {"id": "w3", "kind": "wait", "until": {"field": "parcel.carrier"}},
        {"id": "w4", "kind": "wait", "until": {"field": "order.custom.pickup"}},
        {"id": "w5", "kind": "wait", "until_event": {"type": "schedule", "within": {"days": 1}}},
        {"id": "w6", "kind": "wait", "until_event": {"type": "tracking.delivered", "if": wrong, "within": {"days": 1}}},
        {"id": "x", "kind": "action", "action": "order.add_tagg", "with": {}},
        type="tracking.status_changed",
        to=["nowhere"],
    )

    assert [problem.path for problem in problems_of(said, SHOP)] == [
        "trigger.to[0]",
        "steps[0].paths[0].if.at_least",
        "steps[0].paths[0].if.of[0].field",
        "steps[0].paths[0].steps[0].guard.field",
        "steps[0].otherwise[0].if.all[0].field",
        "steps[2].until.field",
        "steps[3].until.field",
        "steps[5].until_event.type",
        "steps[6].until_event.if.field",
        "steps[7].action",
    ]


def test_an_action_speaks_for_its_own_with() -> None:
    said = document({"id": "s", "kind": "action", "action": "order.set_status", "with": {"status": "nowhere", "x": 1}})

    assert {problem.path for problem in problems_of(said, SHOP)} == {"steps[0].with.status", "steps[0].with.x"}


def test_an_unknown_action_is_told_what_there_is() -> None:
    said = document(TAG | {"action": "zzz.qqq"})

    (problem,) = problems_of(said, SHOP)

    assert problem.problem == "unknown action 'zzz.qqq'"
    assert problem.expected.startswith("one of board.add, board.remove, dashboard.count, email.customer, ")


def test_a_condition_on_its_own_is_asked_the_same() -> None:
    assert condition_problems(STATUS, "until", SHOP) == []
    assert condition_problems({"any": [STATUS | {"op": "has_been"}]}, "until", SHOP) == [
        Problem(path="until.any[0].op", problem="has_been needs 'for'", expected="a duration")
    ]
    assert [problem.path for problem in condition_problems({"any": []}, "until", SHOP)] == ["until.any"]


def test_a_shop_that_names_no_status_allows_any() -> None:
    shop = SomeShop(ops_statuses={})

    assert problems_of(asking({"field": "order.ops_status", "op": "is", "value": "x"}), shop) == []


@pytest.mark.parametrize(
    ("field", "op", "more"),
    [
        ("now.weekday", "was", {"value": "mon"}),
        ("now.weekday", "changed", {}),
        ("now.is_business_time", "changed", {}),
        ("items.any.sku", "has_been", {"value": "A", "for": {"days": 1}}),
        ("items.sku", "changed", {}),
        ("items.name", "changed_to", {"value": "A"}),
    ],
)
def test_what_nobody_remembers_can_not_be_asked(field: str, op: str, more: dict[str, object]) -> None:
    problems = found(asking({"field": field, "op": op, **more}))

    assert [(path, problem) for path, problem, _ in problems] == [
        ("steps[0].if.op", f"what {field} was before is not kept, so {op} can't be asked")
    ]
