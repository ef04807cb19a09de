"""Documents become plans and come back word for word; what is wrong is named, all at once, and nothing raises."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.workflows.generated import documents
from workflows.engine.document import parse, render
from workflows.engine.grammar import Do, Duration, Gate, Plan, Problem, Trigger, WaitFor
from workflows.engine.phrases import parse_condition, render_condition, render_duration

SCHEMA = Draft202012Validator(json.loads((Path(__file__).parent / "workflow.schema.json").read_text()))
LEAF: dict[str, Any] = {"field": "parcel.tracking_status", "op": "is", "value": "awaiting_carrier"}
ACTION: dict[str, Any] = {"id": "surface", "kind": "action", "action": "board.add", "with": {"board": "late-shipments"}}
LATE_HANDOFF: dict[str, Any] = {
    "format": "postsale.workflow/1",
    "name": "Late carrier handoff",
    "trigger": {"type": "label.created"},
    "steps": [
        {
            "id": "only_late",
            "kind": "condition",
            "if": {
                "all": [{"field": "parcel.label_created_at", "op": "older_than", "value": {"days": 2}}, LEAF],
            },
        },
        ACTION,
    ],
}


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    document = deepcopy(LATE_HANDOFF)
    change(document)
    return document


def with_steps(*steps: object) -> dict[str, Any]:
    return LATE_HANDOFF | {"steps": list(steps)}


def nested(value: object, *, times: int, around: Callable[[object], object]) -> Any:
    for _ in range(times):
        value = around(value)
    return value


def paths(document: object) -> list[str]:
    plan, problems = parse(document)
    assert plan is None
    return [problem.path for problem in problems]


def test_the_founding_story_becomes_a_plan() -> None:
    plan, problems = parse(LATE_HANDOFF)

    assert problems == []
    assert plan is not None
    assert plan.trigger == Trigger(type="label.created")
    assert [type(step) for step in plan.steps] == [Gate, Do]
    assert (plan.once_per, plan.explicit_once_per, plan.cooldown) == ("parcel", False, None)


@given(documents())
@settings(max_examples=150)
def test_a_valid_document_comes_back_as_it_was(document: dict[str, Any]) -> None:
    plan, problems = parse(document)

    assert problems == []
    assert plan is not None
    assert json.dumps(render(plan), sort_keys=True) == json.dumps(document, sort_keys=True)
    assert parse(render(plan)) == (plan, [])


@given(documents())
@settings(max_examples=50)
def test_generated_documents_fit_the_published_schema(document: dict[str, Any]) -> None:
    assert list(SCHEMA.iter_errors(document)) == []


@pytest.mark.parametrize(
    ("trigger", "once_per"),
    [
        ({"type": "tracking.status_changed"}, "parcel"),
        ({"type": "label.created"}, "parcel"),
        ({"type": "shipment.packed"}, "parcel"),
        ({"type": "order.created"}, "order"),
        ({"type": "customer.opted_out"}, "order"),
        ({"type": "custom.restocked"}, "order"),
        ({"type": "manual"}, "order"),
        ({"type": "schedule", "at": "0 9 * * *"}, "order"),
    ],
)
def test_once_per_follows_the_trigger_when_it_is_not_said(trigger: dict[str, str], once_per: str) -> None:
    plan, _ = parse(LATE_HANDOFF | {"trigger": trigger})

    assert plan is not None
    assert plan.once_per == once_per
    assert render(plan)["trigger"] == trigger


WRONG: list[tuple[str, object, list[str]]] = [
    ("not an object", [], [""]),
    ("nothing", None, [""]),
    ("an empty object", {}, ["format", "name", "trigger", "steps"]),
    ("another format", LATE_HANDOFF | {"format": "postsale.workflow/2"}, ["format"]),
    ("a prototype", LATE_HANDOFF | {"__proto__": {"name": "x"}}, ["__proto__"]),
    ("a constructor", changed(lambda d: d["steps"][1].update(constructor=1)), ["steps[1].constructor"]),
    ("an empty name", LATE_HANDOFF | {"name": ""}, ["name"]),
    ("a long name", LATE_HANDOFF | {"name": "x" * 121}, ["name"]),
    ("a name that is a number", LATE_HANDOFF | {"name": 7}, ["name"]),
    ("a long description", LATE_HANDOFF | {"description": "x" * 2001}, ["description"]),
    ("a NUL", LATE_HANDOFF | {"name": "a\0b"}, ["name"]),
    ("half a surrogate pair", LATE_HANDOFF | {"name": "a\ud800b"}, ["name"]),
    ("an unknown once_per", LATE_HANDOFF | {"once_per": "day"}, ["once_per"]),
    ("an endless cooldown", LATE_HANDOFF | {"cooldown": {"days": 1096}}, ["cooldown"]),
    ("no cooldown", LATE_HANDOFF | {"cooldown": {"days": 0}}, ["cooldown"]),
    ("a cooldown that is a text", LATE_HANDOFF | {"cooldown": "P1D"}, ["cooldown"]),
    ("a trigger that is a text", LATE_HANDOFF | {"trigger": "label.created"}, ["trigger"]),
    ("a trigger of no type", LATE_HANDOFF | {"trigger": {}}, ["trigger.type"]),
    ("a trigger of an odd type", LATE_HANDOFF | {"trigger": {"type": "feed.loud"}}, ["trigger.type"]),
    ("a schedule without time", LATE_HANDOFF | {"trigger": {"type": "schedule"}}, ["trigger.at"]),
    ("a manual trigger with more", LATE_HANDOFF | {"trigger": {"type": "manual", "at": "x"}}, ["trigger.at"]),
    ("an event with a time", LATE_HANDOFF | {"trigger": {"type": "order.paid", "at": "x"}}, ["trigger.at"]),
    ("no target", LATE_HANDOFF | {"trigger": {"type": "order.paid", "to": []}}, ["trigger.to"]),
    ("odd targets", LATE_HANDOFF | {"trigger": {"type": "order.paid", "from": ["a", 1]}}, ["trigger.from[1]"]),
    ("no steps", with_steps(), ["steps"]),
    ("steps that are an object", LATE_HANDOFF | {"steps": {}}, ["steps"]),
    ("a step that is a text", with_steps("x"), ["steps[0]"]),
    ("a step of no kind", with_steps({"id": "a"}), ["steps[0].kind"]),
    ("a step of an unknown kind", with_steps({"id": "a", "kind": "loop"}), ["steps[0].kind"]),
    ("a kind that is a list", with_steps({"id": "a", "kind": ["wait"]}), ["steps[0].kind"]),
    ("a wait for nothing", with_steps({"id": "a", "kind": "wait"}), ["steps[0]"]),
    ("two ends", with_steps({"id": "a", "kind": "wait", "for": {"days": 1}, "until": {}}), ["steps[0].until"]),
    ("the same id twice", with_steps(ACTION, ACTION), ["steps[1].id"]),
    ("an id in capitals", with_steps(ACTION | {"id": "A"}), ["steps[0].id"]),
    ("an id with a line end", with_steps(ACTION | {"id": "a\n"}), ["steps[0].id"]),
    ("a step's long name", with_steps(ACTION | {"name": "x" * 121}), ["steps[0].name"]),
    ("an action without with", with_steps({"id": "a", "kind": "action", "action": "board.add"}), ["steps[0].with"]),
    ("a with that is a list", with_steps(ACTION | {"with": []}), ["steps[0].with"]),
    ("an action of odd shape", with_steps(ACTION | {"action": "Board"}), ["steps[0].action"]),
    ("an unknown on_error", with_steps(ACTION | {"on_error": "ignore"}), ["steps[0].on_error"]),
    ("a guard that is nothing", with_steps(ACTION | {"guard": None}), ["steps[0].guard"]),
    ("NaN in a with", with_steps(ACTION | {"with": {"n": float("nan")}}), ["steps[0].with.n"]),
    ("a set in a with", with_steps(ACTION | {"with": {"n": {1, 2}}}), ["steps[0].with.n"]),
    ("a number as a key", with_steps(ACTION | {"with": {1: 2}}), ["steps[0].with"]),
    ("a huge number", with_steps(ACTION | {"with": {"n": 10**400}}), ["steps[0].with.n"]),
    ("a huge text", with_steps(ACTION | {"with": {"n": "x" * 65_537}}), ["steps[0].with.n"]),
    ("a condition that is a text", with_steps({"id": "a", "kind": "condition", "if": "x"}), ["steps[0].if"]),
    ("a condition of two words", with_steps({"id": "a", "kind": "condition", "if": {"all": [LEAF], "any": [LEAF]}}),
     ["steps[0].if.any"]),
    ("an empty condition", with_steps({"id": "a", "kind": "condition", "if": {}}), ["steps[0].if"]),
    ("an empty group", with_steps({"id": "a", "kind": "condition", "if": {"any": []}}), ["steps[0].if.any"]),
    ("a leaf without op", with_steps({"id": "a", "kind": "condition", "if": {"field": "order.number"}}),
     ["steps[0].if.op"]),
    ("a leaf without field", with_steps({"id": "a", "kind": "condition", "if": {"op": "is"}}), ["steps[0].if.field"]),
    ("an odd field", with_steps({"id": "a", "kind": "condition", "if": LEAF | {"field": "Order"}}),
     ["steps[0].if.field"]),
    ("an op that is a number", with_steps({"id": "a", "kind": "condition", "if": LEAF | {"op": 1}}),
     ["steps[0].if.op"]),
    ("a for that is no duration", with_steps({"id": "a", "kind": "condition", "if": LEAF | {"for": {"years": 1}}}),
     ["steps[0].if.for"]),
    ("at least none", with_steps({"id": "a", "kind": "condition", "if": {"at_least": 0, "of": [LEAF]}}),
     ["steps[0].if.at_least"]),
    ("at least some", with_steps({"id": "a", "kind": "condition", "if": {"at_least": "1", "of": [LEAF]}}),
     ["steps[0].if.at_least"]),
    ("at least of nothing", with_steps({"id": "a", "kind": "condition", "if": {"at_least": 1}}), ["steps[0].if.of"]),
    ("of without a number", with_steps({"id": "a", "kind": "condition", "if": {"of": [LEAF]}}),
     ["steps[0].if.at_least"]),
    ("no paths", with_steps({"id": "a", "kind": "branch", "paths": []}), ["steps[0].paths"]),
    ("eleven paths", with_steps({"id": "a", "kind": "branch", "paths": [
        {"if": LEAF, "steps": [ACTION | {"id": f"s{n}"}]} for n in range(11)]}), ["steps[0].paths"]),
    ("a path that is nothing", with_steps({"id": "a", "kind": "branch", "paths": [None]}), ["steps[0].paths[0]"]),
    ("a path without all", with_steps({"id": "a", "kind": "branch", "paths": [{"name": "x" * 61}]}),
     ["steps[0].paths[0].if", "steps[0].paths[0].steps", "steps[0].paths[0].name"]),
    ("an until that is a text", with_steps({"id": "a", "kind": "wait", "until": "parcel.eta"}), ["steps[0].until"]),
    ("an until without field", with_steps({"id": "a", "kind": "wait", "until": {"before": True}}),
     ["steps[0].until.field"]),
    ("an until with odd parts", with_steps({"id": "a", "kind": "wait", "until": {
        "field": 1, "offset": {}, "before": 1}}),
     ["steps[0].until.field", "steps[0].until.offset", "steps[0].until.before"]),
    ("an event that is a text", with_steps({"id": "a", "kind": "wait", "until_event": "x", "on_timeout": "go"}),
     ["steps[0].until_event", "steps[0].on_timeout"]),
    ("an event without all", with_steps({"id": "a", "kind": "wait", "until_event": {}}),
     ["steps[0].until_event.type", "steps[0].until_event.within"]),
    ("a wait of odd length", with_steps({"id": "a", "kind": "wait", "for": {"hours": "1"}}), ["steps[0].for"]),
]  # fmt: skip


@pytest.mark.parametrize(("document", "expected"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_what_is_wrong_is_named_with_its_path(document: object, expected: list[str]) -> None:
    assert paths(document) == expected


def test_all_problems_come_at_once_with_what_was_expected() -> None:
    document = with_steps({"id": "a", "kind": "wait", "for": {"days": 0}}, ACTION | {"on_error": "x"}) | {"name": 1}

    _, problems = parse(document)

    assert problems == [
        Problem(path="name", problem="a number is not text", expected="text"),
        Problem(path="steps[0].for", problem="days: not above zero", expected="a whole number from 1 to 1,095"),
        Problem(path="steps[1].on_error", problem="unknown value 'x'", expected="one of continue, stop, retry"),
    ]


def deep_group(times: int) -> dict[str, Any]:
    condition = nested(LEAF, times=times, around=lambda inner: {"all": [inner]})
    return with_steps({"id": "a", "kind": "condition", "if": condition})


def deep_steps(times: int) -> dict[str, Any]:
    numbers = iter(range(10_000))
    return with_steps(
        nested(ACTION, times=times, around=lambda inner: {
            "id": f"g{next(numbers)}", "kind": "condition", "if": LEAF, "else": [inner]})
    )  # fmt: skip


@pytest.mark.parametrize(
    ("allowed", "refused", "path"),
    [
        (deep_group(3), deep_group(4), "steps[0].if.all[0].all[0].all[0].all"),
        (deep_steps(5), deep_steps(6), "steps[0]" + ".else[0]" * 5 + ".else"),
        (
            with_steps(*(ACTION | {"id": f"s{n}"} for n in range(100))),
            with_steps(*(ACTION | {"id": f"s{n}"} for n in range(101))),
            "steps",
        ),
        (
            with_steps({"id": "a", "kind": "condition", "if": {"any": [LEAF] * 100}}),
            with_steps({"id": "a", "kind": "condition", "if": {"any": [LEAF] * 100}}, ACTION | {"guard": LEAF}),
            "steps[1].guard",
        ),
    ],
)
def test_limits_are_met_exactly(allowed: object, refused: object, path: str) -> None:
    assert parse(allowed)[1] == []
    assert paths(refused) == [path]


def test_steps_are_counted_over_the_whole_document() -> None:
    gate = {"kind": "condition", "if": LEAF}
    document = with_steps(
        *({"id": f"g{n}", "else": [ACTION | {"id": f"a{n}"}]} | gate for n in range(51)),
    )

    assert paths(document) == ["steps[50]"]


@pytest.mark.parametrize(
    "document",
    [
        with_steps(*(ACTION | {"id": f"s{n}"} for n in range(10_000))),
        deep_group(900),
        deep_steps(900),
        with_steps(ACTION | {"with": nested({}, times=50_000, around=lambda inner: {"a": inner})}),
        with_steps(ACTION | {"with": nested([], times=50_000, around=lambda inner: [inner])}),
        {f"k{n}": n for n in range(100_000)},
        with_steps({"id": "a", "kind": "condition", "if": {"any": [LEAF] * 5_000}}),
        float("nan"),
        "x" * 1_000_000,
        {None: None, ("a",): b"b"},
    ],
    ids=["steps", "groups", "elses", "objects", "lists", "members", "leaves", "nan", "text", "keys"],
)
def test_hostile_documents_are_refused_with_few_words(document: object) -> None:
    plan, problems = parse(document)

    assert plan is None
    assert 0 < len(problems) < 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def spoiled(draw: st.DrawFn) -> Any:
    """A valid document with one place replaced, removed or added to by anything."""
    document = deepcopy(draw(documents()))
    place: Any = document
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key] or draw(st.booleans()):
            break
        place = place[key]
    match draw(st.integers(0, 2)):
        case 0:
            place[key] = draw(JSON)
        case 1:
            del place[key]
        case _ if isinstance(place, dict):
            place[draw(st.sampled_from(("name", "if", "for", "to", "all", "x")))] = draw(JSON)
    return document


@given(spoiled())
@settings(max_examples=300)
def test_what_is_accepted_fits_the_published_schema_and_comes_back(document: Any) -> None:
    plan, problems = parse(document)

    if plan is None:
        assert problems
    else:
        assert list(SCHEMA.iter_errors(document)) == []
        assert render(plan) == document


@given(JSON)
def test_no_json_raises(document: object) -> None:
    plan, problems = parse(document)

    assert plan is None
    assert problems


def test_a_plan_is_not_changed_with_the_document_it_came_from() -> None:
    document = deepcopy(LATE_HANDOFF)
    plan, _ = parse(document)

    document["steps"][1]["with"]["board"] = "other"

    assert plan is not None
    assert render(plan) == LATE_HANDOFF


def test_a_plan_made_by_hand_is_rendered_without_what_goes_without_saying() -> None:
    plan = Plan(
        name="By hand",
        trigger=Trigger(type="order.created"),
        once_per="order",
        explicit_once_per=False,
        steps=(WaitFor(id="a", for_=Duration(seconds=7200)),),
    )

    assert render(plan) == {
        "format": "postsale.workflow/1",
        "name": "By hand",
        "trigger": {"type": "order.created"},
        "steps": [{"id": "a", "kind": "wait", "for": {"hours": 2}}],
    }


def test_durations_keep_their_units() -> None:
    document = with_steps({"id": "a", "kind": "wait", "for": {"minutes": 120, "weeks": 1}})

    plan, _ = parse(document)

    assert plan is not None
    assert render(plan) == document
    assert plan.steps == (WaitFor(id="a", for_=Duration(seconds=7200, days=7)),)
    assert render_duration(Duration(business_days=2)) == {"business_days": 2}


def test_a_condition_on_its_own_is_read_and_given_back() -> None:
    condition, problems = parse_condition({"none": [LEAF]}, "until")

    assert problems == []
    assert condition is not None
    assert render_condition(condition) == {"none": [LEAF]}


def test_a_wrong_condition_on_its_own_says_where() -> None:
    condition, problems = parse_condition({"any": [LEAF, {"field": "x", "op": "is", "value": float("inf")}]}, "until")

    assert condition is None
    assert [problem.path for problem in problems] == ["until.any[1].value", "until.any[1].field"]


def test_one_problem_says_that_there_are_too_many_conditions() -> None:
    guards = [ACTION | {"id": f"s{n}", "guard": {"any": [LEAF] * 60}} for n in range(3)]

    assert paths(with_steps(*guards)) == ["steps[1].guard.any[40]"]
