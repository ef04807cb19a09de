"""Every operator on every kind it fits, what is refused at save, what never raises (RELIABILITY.md W07-W10)."""

import time as clock
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.engine.calendar import Calendar
from workflows.engine.evaluate import compile_condition
from workflows.engine.grammar import Duration, Leaf
from workflows.engine.operators import KINDS, OPERATORS, Shape, operators_for, value_problem

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CALENDAR = Calendar(zone=ZoneInfo("America/New_York"))
MORNING = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
TWO_DAYS = {"days": 2}

# contract/semantics.md, "Conditions".
KEYS = [
    "is", "is_not", "in", "not_in", "equals", "not_equals", "contains", "not_contains", "starts_with", "ends_with",
    "matches", "gt", "gte", "lt", "lte", "between", "before", "after", "on", "older_than", "within_last", "within_next",
    "has_been", "has_not_been", "was", "has", "has_any", "has_all", "has_none", "is_empty", "is_not_empty", "is_true",
    "is_false", "changed", "changed_to", "changed_from",
]  # fmt: skip


# kind, operator, value, what is found, answer
PLAIN = [
    ("text", "is", "ABC-1", "abc-1", True),
    ("text", "is", "abc", "abcd", False),
    ("text", "is", "STRASSE", "Straße", True),
    ("text", "is_not", "abc", "ABC", False),
    ("text", "in", ["a", "B"], "b", True),
    ("text", "in", ["a", "b"], "c", False),
    ("text", "not_in", ["a", "b"], "c", True),
    ("text", "not_in", ["a", "b"], "A", False),
    ("text", "equals", "x", "X", True),
    ("text", "not_equals", "x", "y", True),
    ("text", "contains", "Hold", "on hold at customs", True),
    ("text", "contains", "lost", "on hold", False),
    ("text", "not_contains", "lost", "on hold", True),
    ("text", "starts_with", "SW1", "sw1a 1aa", True),
    ("text", "ends_with", "1AA", "sw1a 1aa", True),
    ("text", "matches", "^hold(ing|s)?$", "HOLDING", True),
    ("text", "matches", "lo.t", "it was LOST today", True),
    ("text", "matches", "^lost", "it was lost", False),
    ("text", "between", ["10000", "19999"], "10115", True),
    ("choice", "is", "exception", "exception", True),
    ("choice", "has_any", ["a", "b"], "B", True),
    ("number", "is", 5, 5.0, True),
    ("number", "equals", "5", 5, True),
    ("number", "not_equals", 5, 6, True),
    ("number", "in", [1, "2"], 2, True),
    ("number", "gt", 5, 5, False),
    ("number", "gt", 5, 5.5, True),
    ("number", "gte", 5, 5, True),
    ("number", "lt", 5, 4, True),
    ("number", "lte", 5, 5, True),
    ("number", "lte", 5, 6, False),
    ("number", "between", [1, 5], 5, True),
    ("number", "between", [1, 5], 0, False),
    ("money", "is", "12.50", 1250, True),
    ("money", "is", 12.5, 1250, True),
    ("money", "gt", 19.99, 1999, False),
    ("money", "gt", "19.99", 2000, True),
    ("money", "in", [1, "2.50"], 250, True),
    ("money", "between", ["10", 20], 2000, True),
    ("bool", "is", True, True, True),
    ("bool", "is_not", True, False, True),
    ("bool", "is_true", None, True, True),
    ("bool", "is_true", None, False, False),
    ("bool", "is_false", None, False, True),
    ("duration", "gt", {"hours": 1}, timedelta(hours=2), True),
    ("duration", "between", [{"hours": 1}, {"days": 1}], timedelta(hours=24), True),
    ("set", "has", "VIP", ("vip", "new"), True),
    ("set", "has", "vip", (), False),
    ("set", "contains", "vip", ("VIP",), True),
    ("set", "not_contains", "vip", ("VIP",), False),
    ("set", "has_any", ["a", "b"], ("B", "c"), True),
    ("set", "has_any", ["a", "b"], ("c",), False),
    ("set", "has_all", ["a", "b"], ("A", "B", "c"), True),
    ("set", "has_all", ["a", "b"], ("a",), False),
    ("set", "has_none", ["a"], ("b",), True),
    ("set", "has_none", ["a"], ("A",), False),
    ("datetime", "before", "2026-11-20T14:00:01Z", MORNING, True),
    ("datetime", "before", "2026-11-20T14:00:00Z", MORNING, False),
    ("datetime", "after", "2026-11-20T08:59:59-05:00", MORNING, True),
    ("datetime", "after", "2026-11-20T09:00:00-05:00", MORNING, False),
    ("datetime", "on", "2026-11-20", MORNING, True),
    ("datetime", "on", "2026-11-20T23:00:00-05:00", MORNING, True),
    ("datetime", "on", "2026-11-21", MORNING, False),
    ("datetime", "before", "2026-11-20", MORNING, False),
    ("datetime", "after", "2026-11-20", MORNING, False),
    ("datetime", "after", "2026-11-19", MORNING, True),
    # 03:00 UTC on the 21st is still the 20th in New York.
    ("datetime", "on", "2026-11-20", datetime(2026, 11, 21, 3, tzinfo=UTC), True),
    ("any", "is", "a", "A", True),
    ("any", "is", 5, 5, True),
    ("any", "is", "5", 5, True),
    ("any", "is", True, True, True),
    ("any", "is", True, 1, None),
    ("any", "in", ["a", 5], "A", True),
    ("any", "in", ["a", 5], 5, True),
    ("any", "gt", 5, Decimal("5.5"), True),
    ("any", "gt", 5, "6", None),
    ("any", "has", 5, [4, 5], True),
    ("any", "has", True, [1], False),
    ("any", "contains", "a", ["A"], True),
    ("any", "contains", "a", "xAx", True),
    ("any", "is_true", None, True, True),
    ("any", "is_true", None, "yes", None),
    ("any", "before", "2026-11-20", "2026-11-19", True),
    ("any", "before", "2026-11-20", "2026-11-19T10:00:00Z", True),
    ("any", "older_than", TWO_DAYS, "2026-11-20T10:00:00Z", True),
    ("any", "older_than", TWO_DAYS, "soon", None),
    ("any", "is", "x", {"nested": 1}, None),
    ("weird", "is", "x", "X", True),
]


def test_the_operators_are_those_of_the_contract_in_its_order() -> None:
    assert list(OPERATORS) == KEYS


@pytest.mark.parametrize("key", KEYS)
def test_an_operator_says_what_it_fits_and_takes(key: str) -> None:
    operator = OPERATORS[key]

    assert operator.key == key
    assert operator.kinds <= set(KINDS)
    assert operator.shape in get_args(Shape.__value__)
    assert operator.words


@pytest.mark.parametrize(("kind", "op", "value", "found", "answer"), PLAIN)
def test_an_operator_compares_what_is_found(
    kind: str, op: str, value: object, found: object, answer: bool | None
) -> None:
    assert value_problem(op, kind, value, None) is None
    assert _answer(kind, op, value, found) is answer


@pytest.mark.parametrize(("kind", "op", "value", "found", "answer"), PLAIN)
def test_a_missing_value_leaves_every_comparison_unknown(
    kind: str, op: str, value: object, found: object, answer: bool | None
) -> None:
    assert _answer(kind, op, value, None) is None


@pytest.mark.parametrize(
    ("kind", "found", "is_empty"),
    [
        ("text", None, True),
        ("text", "", True),
        ("text", " ", False),
        ("number", 0, False),
        ("bool", False, False),
        ("set", (), True),
        ("set", ("a",), False),
        ("datetime", NOW, False),
        ("any", {}, True),
        ("any", [], True),
    ],
)
def test_emptiness_is_never_unknown(kind: str, found: object, is_empty: bool) -> None:
    assert _answer(kind, "is_empty", None, found) is is_empty
    assert _answer(kind, "is_not_empty", None, found) is not is_empty


# W07: typed errors at save.
@pytest.mark.parametrize(
    "value", ["12abc", "", None, "1,5", [1], [], {}, True, float("nan"), float("inf"), "\uff11\uff12", "1e5"]
)
@pytest.mark.parametrize("kind", ["number", "money"])
def test_a_number_field_refuses_what_is_no_number(kind: str, value: object) -> None:
    problem = value_problem("gt", kind, value, None)

    assert problem is not None
    assert problem[1] in ("a number", 'an amount such as 12.5 or "12.50"')


@pytest.mark.parametrize(
    ("op", "kind", "value", "for_", "problem", "expected"),
    [
        ("near", "text", "x", None, "unknown operator 'near'", f"one of {', '.join(KEYS)}"),
        ("gt", "number", "12abc", None, "'12abc' is not a number", "a number"),
        ("gt", "number", None, None, "nothing is not a number", "a number"),
        ("gt", "number", 10**400, None, None, None),
        ("gt", "money", 10**30, None, None, 'an amount such as 12.5 or "12.50"'),
        ("gt", "money", "12.505", None, "'12.505' is not an amount such as 12.5 or \"12.50\"", None),
        ("is", "text", 5, None, "5 is not a text", "a text"),
        ("is", "text", ["a"], None, "a list is not a text", "a text"),
        ("is", "text", "x" * 50, {"days": 1}, "is takes no 'for'", "no 'for'"),
        ("is", "bool", "yes", None, "'yes' is not true or false", "true or false"),
        ("in", "text", "a", None, "'a' is not a list", "a list of one or more values, each a text"),
        ("in", "text", [], None, "an empty list", "a list of one or more values, each a text"),
        ("in", "text", ["a", 5], None, "5 is not a text", "a text"),
        ("in", "number", list(range(1_001)), None, "1,001 values are too many", "at most 1,000 values"),
        ("between", "number", [1], None, "a list is not a pair", "two values, from and to, each a number"),
        ("between", "number", 1, None, "1 is not a pair", "two values, from and to, each a number"),
        ("between", "number", [1, "x"], None, "'x' is not a number", "a number"),
        ("between", "number", [5, 1], None, "the first value is above the second", "the lower value first"),
        ("between", "duration", [{"days": 1}, {"hours": 1}], None, "the first value is above the second", None),
        ("between", "time", ["22:00", "06:00"], None, None, None),
        ("gt", "time", "25:00", None, "'25:00' is not a time of day such as \"09:30\"", None),
        ("gt", "time", "09:60", None, "'09:60' is not a time of day such as \"09:30\"", None),
        ("contains", "text", 5, None, "5 is not a text", "a text"),
        ("contains", "text", "", None, "an empty text", "a text"),
        ("is_empty", "text", "x", None, "a value ('x') where none is needed", "no value"),
        ("is_empty", "text", object(), None, "a value (this value) where none is needed", "no value"),
        ("before", "datetime", "soon", None, "'soon' is not a date or a time", None),
        ("before", "datetime", "2026-13-01", None, "'2026-13-01' is not a date or a time", None),
        ("before", "datetime", "2026-11-20T25:00:00Z", None, "'2026-11-20T25:00:00Z' is not a date or a time", None),
        ("before", "datetime", "2026-11-20T10:00:00", None, "'2026-11-20T10:00:00' is not a date or a time", None),
        ("before", "datetime", 5, None, "5 is not a date or a time", None),
        ("older_than", "datetime", 2, None, "not a duration", None),
        ("older_than", "text", TWO_DAYS, None, "older_than does not fit a text field", None),
        ("gt", "age", 2, None, "2 is not a duration such as {days: 2}, {hours: 4} or {business_days: 1}", None),
        (
            "gt",
            "duration",
            {"business_days": 1},
            None,
            "an object is not a duration such as {days: 2}, {hours: 4}",
            None,
        ),
        ("has_been", "choice", "x", None, "has_been needs 'for'", "a duration"),
        ("has_been", "choice", "x", {"days": 0}, "days: not above zero", "a whole number from 1 to 1,095"),
        ("has_been", "choice", None, {"days": 1}, "nothing is not a text", "a text"),
        ("has_been", "choice", "x", Duration(days=1), None, None),
        ("was", "choice", "x", None, None, None),
        ("was", "choice", "x", {"days": 1}, None, None),
        ("changed_to", "choice", ["a", "b"], None, None, None),
        ("changed_to", "choice", "a", None, None, None),
        ("is", "items:number", "x", None, "'x' is not a number", "a number"),
        ("is", "items:text", "x", None, None, None),
        ("is", "items", 5, None, None, None),
        ("contains", "items:money", "x", None, "contains does not fit a money field", None),
        ("older_than", "items", TWO_DAYS, None, "older_than does not fit a many-valued field", None),
    ],
)
def test_a_value_is_checked_when_it_is_saved(
    op: str, kind: str, value: object, for_: object, problem: str | None, expected: str | None
) -> None:
    found = value_problem(op, kind, value, for_)

    if problem is None and expected is None:
        assert found is None
    else:
        assert found is not None
        assert found[0].startswith(problem or "")
        assert found[1] == (expected or found[1])


# W07: at run time "cannot compare", flagged, never an exception.
@pytest.mark.parametrize(
    ("kind", "op", "value", "found"),
    [
        ("number", "gt", 5, "12abc"),
        ("number", "gt", 5, float("nan")),
        ("number", "gt", 5, True),
        ("money", "gt", 5, "12.50"),
        ("text", "is", "5", 5),
        ("text", "matches", "a", 5),
        ("text", "matches", "a", "half a pair \ud800"),
        ("bool", "is_true", None, "true"),
        ("datetime", "before", "2026-11-20", 5),
        ("datetime", "older_than", TWO_DAYS, datetime(2026, 11, 20)),  # noqa: DTZ001 - no zone, no instant
        ("age", "gt", TWO_DAYS, "yesterday"),
        ("choice", "is", "a", ("a",)),
    ],
)
def test_what_cannot_be_compared_is_unknown_and_flagged(kind: str, op: str, value: object, found: object) -> None:
    verdict = compile_condition(Leaf(field="order.x", op=op, value=value), lambda _: kind).verdict(
        {"order.x": found}, NOW, CALENDAR
    )

    assert verdict.holds is None
    assert verdict.problem.startswith("cannot compare ")
    assert verdict.words == f"order.x: {verdict.problem}"
    assert verdict.found is found


@pytest.mark.parametrize(
    ("kind", "op", "value"), [("number", "gt", "12abc"), ("text", "older_than", TWO_DAYS), ("text", "near", "x")]
)
def test_a_leaf_that_should_never_have_been_saved_is_unknown_and_flagged(kind: str, op: str, value: object) -> None:
    check = compile_condition(Leaf(field="order.x", op=op, value=value), lambda _: kind)

    verdict = check.verdict({"order.x": "5"}, NOW, CALENDAR)

    assert verdict.holds is None
    assert verdict.horizon is None
    assert verdict.problem.startswith("cannot compare: ")


# W08: patterns that kill other engines.
@pytest.mark.parametrize("pattern", [r"(a+)+$", r"^(([a-z])+.)+[A-Z]([a-z])+$", r"(\w+\s?)*:$", "(a|aa)+$"])
def test_a_pattern_takes_linear_time(pattern: str) -> None:
    check = compile_condition(Leaf(field="order.x", op="matches", value=pattern), lambda _: "text")

    before = clock.perf_counter()
    for length in (40, 150, 20_000):
        check.holds({"order.x": "a" * length + "!"}, NOW, CALENDAR)

    assert clock.perf_counter() - before < 0.5


# W09: patterns that are refused at save, quickly.
@pytest.mark.parametrize(
    "pattern", ["(?=a)", r"(a)\1", "[", "a{1000}{1000}", r"\pL{500}" * 20, "(" * 100 + "a{900}" + "){9}", "half \ud800"]
)
def test_a_pattern_that_is_not_supported_is_refused_with_its_reason(pattern: str) -> None:
    problem = value_problem("matches", "text", pattern, None)

    assert problem is not None
    assert problem[0].startswith("not supported: ")
    assert problem[1] == "a pattern of RE2 syntax, at most 200 characters"


@pytest.mark.parametrize("pattern", ["(" * 2_000 + "a" + ")" * 2_000, "a" * 201])
def test_a_pattern_that_is_too_long_is_refused(pattern: str) -> None:
    problem = value_problem("matches", "text", pattern, None)

    assert problem is not None
    assert problem[0] == f"a pattern of {len(pattern):,} characters is too long"


def test_a_pattern_must_be_a_text() -> None:
    assert value_problem("matches", "text", 5, None) == ("5 is not a text", "a text")


# W10: "more than -1 / 0 / 1e9 / 0.1 days".
@pytest.mark.parametrize("days", [-1, 0, 1e9, 0.1, True, "2", None, float("nan"), float("inf"), 10**400])
@pytest.mark.parametrize(("op", "kind"), [("older_than", "datetime"), ("gt", "age")])
def test_days_out_of_range_are_refused(days: object, op: str, kind: str) -> None:
    assert value_problem(op, kind, {"days": days}, None) is not None
    assert value_problem("has_been", "choice", "x", {"days": days}) is not None


def test_operators_are_offered_by_kind() -> None:
    assert operators_for("bool") == (
        "is", "is_not", "in", "not_in", "equals", "not_equals", "has_been", "has_not_been", "was", "is_empty",
        "is_not_empty", "is_true", "is_false", "changed", "changed_to", "changed_from",
    )  # fmt: skip
    assert operators_for("unheard of") == operators_for("any")
    assert set(operators_for("items")) - set(operators_for("items:money")) == {
        "contains", "not_contains", "starts_with", "ends_with", "matches", "is_true", "is_false",
    }  # fmt: skip


SAMPLES: list[object] = [
    None, "a", "09:30", "2026-11-20", "5", 5, True, ["a"], ["5", "6"], [5], [True], ["09:00", "10:00"], [1, 2],
    {"days": 1}, [{"hours": 1}, {"days": 1}], Duration(business_days=1),
]  # fmt: skip
FOUND: list[object] = [None, "a", 5, True, NOW, ("a", 5, None)]


@pytest.mark.parametrize("op", KEYS)
def test_an_operator_answers_on_every_kind_of_field(op: str) -> None:
    for_ = Duration(days=1) if OPERATORS[op].needs_for else None
    fields = ("order.x", "items.x", "items.all.x", "now.weekday", "now.time_of_day", "now.is_business_time")

    for kind, field, value in product([*KINDS, "items:money"], fields, SAMPLES):
        check = compile_condition(
            Leaf(field=field, op=op, value=value, for_=for_), {field: kind, "items.x": kind}.__getitem__
        )
        for found in FOUND:
            known = {"order.x": found, "items.x": found, "order.x@since": NOW, "event.changes": {"order.x": (1, found)}}
            assert check.verdict(known, NOW, CALENDAR).words


json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["2026-11-20", "9:00"]),
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(["days", "hours", "x"]), inside, max_size=2)
    ),
    max_leaves=6,
)


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from([*KINDS, "items:money", "items:text", "weird"]),
    st.sampled_from([*KEYS, "near"]),
    json,
    st.none() | json | st.just(Duration(days=1)),
    json | st.just(NOW) | st.just(timedelta(days=1)),
    st.sampled_from(["order.x", "items.x", "items.all.x", "items.none.x", "now.time_of_day", "now.weekday"]),
)
def test_no_value_and_no_fact_ever_raises(
    kind: str, op: str, value: object, for_: object, found: object, field: str
) -> None:
    problem = value_problem(op, kind, value, for_)
    leaf = Leaf(field=field, op=op, value=value, for_=for_ if isinstance(for_, Duration) else None)
    known = {
        "order.x": found,
        "items.x": found,
        "order.x@since": found,
        "order.x@history": found,
        "event.changes": found,
    }

    verdict = compile_condition(leaf, lambda _: kind).verdict(known, NOW, CALENDAR)

    assert verdict.holds in (True, False, None)
    assert verdict.words
    assert problem is None or all(problem)


def _answer(kind: str, op: str, value: object, found: object) -> bool | None:
    check = compile_condition(Leaf(field="order.x", op=op, value=value), lambda _: kind)
    return check.holds({"order.x": found}, NOW, CALENDAR)
