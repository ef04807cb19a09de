"""The match index leaves out only what can't fire, and finds the rest as asking every workflow would."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflows.generated import random_condition, random_document
from workflows.catalog.fields import FIELDS, is_settled, kind_of
from workflows.engine.calendar import Calendar
from workflows.engine.conditions import must_hold
from workflows.engine.document import parse
from workflows.engine.evaluate import compile_condition
from workflows.engine.grammar import Condition, Group, Leaf, Trigger
from workflows.engine.index import Entry, build, takes
from workflows.engine.patience import patience
from workflows.engine.phrases import parse_condition

FIRED = Trigger(type="label.created")


def leaf(field: str, op: str, value: object = None) -> Leaf:
    return Leaf(field=field, op=op, value=value)


def all_of(*conditions: Condition) -> Group:
    return Group(kind="all", of=conditions)


def matched(condition: Condition | None, facts: Mapping[str, object]) -> bool:
    index = build([("it", FIRED, condition)], kind_of, is_settled)
    return index.match("label.created", None, None, facts) == ["it"]


CARRIER = leaf("parcel.carrier", "is", "UPS")
STATUS = leaf("parcel.tracking_status", "in", ["in_transit", "delayed"])
OLD = leaf("parcel.label_created_at", "older_than", {"days": 2})


@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [
        (None, {}, True),
        (CARRIER, {"parcel.carrier": "ups"}, True),
        (CARRIER, {"parcel.carrier": "Ups"}, True),
        (CARRIER, {"parcel.carrier": "dhl"}, False),
        (CARRIER, {}, True),
        (CARRIER, {"parcel.carrier": 7}, True),
        (STATUS, {"parcel.tracking_status": "delayed"}, True),
        (STATUS, {"parcel.tracking_status": "delivered"}, False),
        (leaf("order.custom.size", "equals", "XL"), {"order.custom.size": "m"}, False),
        (leaf("order.custom.size", "in", ["XL", 4]), {"order.custom.size": "m"}, True),
        (leaf("order.custom.size", "in", []), {"order.custom.size": "m"}, True),
        (leaf("parcel.carrier", "is_not", "ups"), {"parcel.carrier": "ups"}, True),
        (leaf("order.held", "is_true"), {"order.held": True}, True),
        (leaf("order.held", "is_true"), {"order.held": False}, False),
        (leaf("order.held", "is_false"), {"order.held": True}, False),
        (leaf("order.held", "is", False), {"order.held": True}, False),
        (leaf("order.held", "is_not", False), {"order.held": False}, True),
        (leaf("order.held", "is_true"), {"order.held": "yes"}, True),
        (leaf("order.total", "gt", 12.5), {"order.total": 1250}, False),
        (leaf("order.total", "gt", "12.50"), {"order.total": 1251}, True),
        (leaf("order.total", "gte", "12.50"), {"order.total": 1250}, True),
        (leaf("order.total", "lt", 12.5), {"order.total": 1250}, False),
        (leaf("order.total", "lte", 12.5), {"order.total": 1250}, True),
        (leaf("order.total", "lte", 12.5), {"order.total": 1251}, False),
        (leaf("order.total", "is", 12.5), {"order.total": 1250}, True),
        (leaf("order.total", "is", 12.5), {"order.total": 1249}, False),
        (leaf("order.total", "between", [1, "2.50"]), {"order.total": 250}, True),
        (leaf("order.total", "between", [1, "2.50"]), {"order.total": 99}, False),
        (leaf("order.total", "between", [5]), {"order.total": 99}, True),
        (leaf("order.total", "gt", 0.001), {"order.total": 0}, True),
        (leaf("order.total", "gt", "many"), {"order.total": 0}, True),
        (leaf("order.total", "gt", "inf"), {"order.total": 0}, True),
        (leaf("order.total", "gt", True), {"order.total": 0}, True),
        (leaf("order.total", "contains", 1), {"order.total": 0}, True),
        (leaf("parcel.attempts", "gte", 2), {"parcel.attempts": 1}, False),
        (leaf("parcel.attempts", "gte", "2"), {"parcel.attempts": 1}, True),
        (leaf("parcel.attempts", "gte", 2), {"parcel.attempts": float("nan")}, True),
        (leaf("parcel.attempts", "gte", 2), {"parcel.attempts": True}, True),
        (leaf("parcel.attempts", "gte", 2), {"parcel.attempts": "1"}, True),
        (leaf("items.sku", "is", "A"), {"items.sku": ("B",)}, True),
        (all_of(leaf("order.total", "gt", 10), leaf("order.total", "lt", 5)), {"order.total": 700}, False),
        (all_of(CARRIER, leaf("parcel.carrier", "in", ["dhl", "ups"])), {"parcel.carrier": "dhl"}, False),
        (all_of(all_of(CARRIER)), {"parcel.carrier": "dhl"}, False),
        (Group(kind="any", of=(CARRIER, STATUS)), {"parcel.carrier": "dhl"}, True),
        (Group(kind="none", of=(CARRIER,)), {"parcel.carrier": "ups"}, True),
        (all_of(OLD, CARRIER), {"parcel.carrier": "dhl"}, False),
        (all_of(OLD, STATUS), {"parcel.tracking_status": "delivered"}, True),
        (all_of(leaf("order.age", "gt", {"days": 1}), STATUS), {"parcel.tracking_status": "delivered"}, True),
        (all_of(leaf("now.weekday", "is", "mon"), STATUS), {"parcel.tracking_status": "delivered"}, True),
        (all_of(leaf("order.number", "resembles", "x"), STATUS), {"parcel.tracking_status": "delivered"}, True),
        (leaf("now.weekday", "is", "mon"), {"now.weekday": "tue"}, True),
        (leaf("event.to", "is", "exception"), {"event.to": "delivered"}, False),
    ],
)
def test_only_what_can_never_hold_is_left_out(
    condition: Condition | None, facts: Mapping[str, object], expected: bool
) -> None:
    assert matched(condition, facts) is expected


@pytest.mark.parametrize(
    ("trigger", "from_", "to", "expected"),
    [
        (Trigger(type="tracking.status_changed"), None, None, True),
        (Trigger(type="label.created"), None, None, False),
        (Trigger(type="tracking.status_changed", to=("exception",)), "in_transit", "Exception", True),
        (Trigger(type="tracking.status_changed", to=("exception",)), "in_transit", "delivered", False),
        (Trigger(type="tracking.status_changed", to=("exception",)), None, None, False),
        (Trigger(type="tracking.status_changed", from_=("unknown", "expired")), "expired", 5, True),
        (Trigger(type="tracking.status_changed", from_=("unknown",)), "expired", "delayed", False),
        (Trigger(type="tracking.status_changed", from_=("unknown",), to=("delayed",)), "unknown", "delayed", True),
    ],
)
def test_triggers_take_their_type_and_transition(trigger: Trigger, from_: object, to: object, expected: bool) -> None:
    index = build([(1, trigger, None)], kind_of, is_settled)

    assert (index.match("tracking.status_changed", from_, to, {}) == [1]) is expected
    assert takes(trigger, event_type="tracking.status_changed", from_=from_, to=to) is expected


@pytest.mark.parametrize(
    ("condition", "facts", "certain"),
    [
        (None, {}, True),
        (CARRIER, {"parcel.carrier": "Ups"}, True),
        (CARRIER, {}, False),
        (CARRIER, {"parcel.carrier": 7}, False),
        (all_of(CARRIER, STATUS), {"parcel.carrier": "ups", "parcel.tracking_status": "delayed"}, True),
        (all_of(CARRIER, STATUS), {"parcel.carrier": "ups"}, False),
        (all_of(CARRIER, all_of(leaf("order.held", "is_true"))), {"parcel.carrier": "ups", "order.held": True}, True),
        (leaf("order.held", "is_true"), {}, False),
        (leaf("order.held", "is_not", False), {"order.held": True}, False),
        (leaf("order.total", "between", [1, "2.50"]), {"order.total": 250}, True),
        (leaf("order.total", "between", [1, "2.505"]), {"order.total": 250}, False),
        (leaf("parcel.attempts", "gte", 2), {"parcel.attempts": 2}, True),
        (leaf("parcel.attempts", "gte", 2), {"parcel.attempts": float("inf")}, False),
        (leaf("parcel.attempts", "gte", 2), {}, False),
        (leaf("parcel.carrier", "starts_with", "u"), {"parcel.carrier": "ups"}, False),
        (leaf("order.custom.size", "is", "XL"), {"order.custom.size": "xl"}, False),
        (all_of(CARRIER, OLD), {"parcel.carrier": "ups"}, False),
        (Group(kind="any", of=(CARRIER, STATUS)), {"parcel.carrier": "ups"}, False),
    ],
)
def test_what_the_masks_say_all_about_is_certain(
    condition: Condition | None, facts: Mapping[str, object], certain: bool
) -> None:
    index = build([("it", FIRED, condition)], kind_of, is_settled)

    found, doubtful = index.sift("label.created", None, None, facts)

    assert found == ["it"]
    assert ("it" not in doubtful) is certain


def test_an_empty_index_matches_nothing() -> None:
    nothing: list[Entry[int]] = []
    index = build(nothing, kind_of, is_settled)

    assert index.match("label.created", None, None, {}) == []
    assert len(index) == 0


def test_keys_come_in_the_order_they_were_given() -> None:
    rows = [(f"k{n}", FIRED, CARRIER if n % 2 else None) for n in range(300)]
    index = build(rows, kind_of, is_settled)

    assert index.match("label.created", None, None, {"parcel.carrier": "dhl"}) == [f"k{n}" for n in range(0, 300, 2)]
    assert len(index) == 300


def test_nothing_is_asked_further_when_nothing_is_left() -> None:
    rows = [(1, Trigger(type="label.created", to=("x",)), all_of(CARRIER, leaf("parcel.attempts", "gt", 1)))]
    index = build(rows, kind_of, is_settled)

    assert index.match("label.created", None, "y", {"parcel.carrier": "ups", "parcel.attempts": 2}) == []
    assert index.match("label.created", None, "x", {"parcel.carrier": "dhl", "parcel.attempts": 2}) == []


def test_more_cuts_than_are_kept_only_let_more_through() -> None:
    rows = [(n, FIRED, leaf("parcel.weight_g", "between", [n, n + 2])) for n in range(3000)]
    index = build(rows, kind_of, is_settled)

    for weight in (0, 1, 1500, 1500.5, 2999, 3001, 4000):
        found = index.match("label.created", None, None, {"parcel.weight_g": weight})
        assert {n for n in range(3000) if n <= weight <= n + 2} <= set(found)
        assert len(found) < 20
        assert index.sift("label.created", None, None, {"parcel.weight_g": weight}) == (found, set(found))


def test_a_popular_word_is_found_by_all_who_name_it() -> None:
    rows = [(n, FIRED, CARRIER) for n in range(20)]
    index = build(rows, kind_of, is_settled)

    assert index.match("label.created", None, None, {"parcel.carrier": "ups"}) == list(range(20))


NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
WORDS = ("ups", "dhl", "shopify-us", "EUR", "US", "vip", "1Z", "in_transit", "exception", "awaiting_carrier", "new")


def random_facts(rng: Random) -> dict[str, object]:
    facts: dict[str, object] = {}
    for field in FIELDS.values():
        if rng.random() < 0.3:
            continue
        match field.kind:
            case "number" if field.reads != "items":
                facts[field.path] = rng.randint(0, 30)
            case "money" if field.reads != "items":
                facts[field.path] = rng.choice((0, 150, 725, 1250, 2000, 3000, 9999))
            case "bool":
                facts[field.path] = rng.random() < 0.5
            case "text" | "choice" if field.reads not in ("items", "now"):
                facts[field.path] = rng.choice(field.choices)[0] if field.choices else rng.choice(WORDS)
            case "datetime" | "age":
                facts[field.path] = NOW + timedelta(hours=rng.randint(-90, 90))
            case _:
                pass
    return facts


def test_a_seeded_set_of_documents_is_found_by_its_triggers() -> None:
    rng = Random(7)  # noqa: S311 -- a seed
    plans = [parse(random_document(rng))[0] for _ in range(200)]
    rows: list[Entry[int]] = [(n, plan.trigger, must_hold(plan)) for n, plan in enumerate(plans) if plan is not None]
    index = build(rows, kind_of, is_settled)

    for _, trigger, _ in rows:
        from_, to = (rng.choice(names) if names else None for names in (trigger.from_, trigger.to))
        found = index.match(trigger.type, from_, to, {})
        assert found == [n for n, each, _ in rows if takes(each, event_type=trigger.type, from_=from_, to=to)]


@st.composite
def conditions_and_facts(draw: st.DrawFn) -> tuple[list[Any], list[dict[str, object]]]:
    rng = draw(st.randoms(use_true_random=False))
    asked = [parse_condition(random_condition(rng, depth=rng.choice((0, 0, 3))))[0] for _ in range(15)]
    simple = [all_of(*(each for each in rng.sample(asked, 2) if each is not None)) for _ in range(10)]
    return asked + simple, [random_facts(rng) for _ in range(6)]


@given(conditions_and_facts())
@settings(max_examples=60, deadline=None)
def test_the_index_is_each_workflow_asked_alone(made: tuple[list[Any], list[dict[str, object]]]) -> None:
    asked, worlds = made
    together = build([(n, FIRED, each) for n, each in enumerate(asked)], kind_of, is_settled)

    for facts in worlds:
        alone = [n for n, each in enumerate(asked) if matched(each, facts)]
        assert together.match("label.created", None, None, facts) == alone


@given(conditions_and_facts())
@settings(max_examples=100, deadline=None)
def test_no_workflow_that_holds_or_would_wait_is_left_out_and_what_is_certain_holds(
    made: tuple[list[Any], list[dict[str, object]]],
) -> None:
    asked, worlds = made
    calendar = Calendar()
    index = build([(n, FIRED, each) for n, each in enumerate(asked)], kind_of, is_settled)

    for facts in worlds:
        found, doubtful = index.sift("label.created", None, None, facts)
        for n, each in enumerate(asked):
            check = compile_condition(each, kind_of)
            if n in found and n not in doubtful:
                assert check.holds(facts, NOW, calendar) is True
            if n not in found:
                assert check.holds(facts, NOW, calendar) is not True
                assert patience(check, facts, NOW, calendar, is_settled) is None
