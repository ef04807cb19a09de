"""Conditions asked of facts: time, states, changes, items, the clock, groups of three values, and their words."""

from datetime import UTC, datetime, timedelta
from timeit import repeat
from zoneinfo import ZoneInfo

import pytest

from workflows.engine.calendar import Calendar
from workflows.engine.evaluate import Check, compile_condition
from workflows.engine.grammar import Condition, Duration, Group, Leaf

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday
UTC_SHOP = Calendar()
NEW_YORK = Calendar(zone=ZoneInfo("America/New_York"))
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
TWO_DAYS = Duration(days=2)

KINDS = {
    "order.age": "age",
    "order.total": "money",
    "order.placed_at": "datetime",
    "order.tags": "set",
    "items.sku": "text",
    "items.price": "money",
    "items.hazmat": "bool",
    "items.name": "items:text",
    "parcel.tracking_status": "choice",
}
STATUS = "parcel.tracking_status"

type Facts = dict[str, object]


def leaf(field: str, op: str, value: object = None, for_: Duration | None = None) -> Leaf:
    return Leaf(field=field, op=op, value=value, for_=for_)


def compiled(condition: Condition) -> Check:
    return compile_condition(condition, lambda field: KINDS.get(field, "any"))


# Time: the answer, and when time changes it, both in hours from noon.
@pytest.mark.parametrize(
    ("op", "value", "placed", "answer", "horizon"),
    [
        ("older_than", {"days": 2}, -48 * HOUR, True, None),
        ("older_than", {"days": 2}, -48 * HOUR + TICK, False, TICK),
        ("older_than", {"days": 2}, 5 * HOUR, False, 53 * HOUR),
        ("within_last", {"days": 2}, -48 * HOUR, False, None),
        ("within_last", {"days": 2}, -47 * HOUR, True, HOUR),
        ("within_last", {"days": 2}, timedelta(), True, 48 * HOUR),
        ("within_last", {"days": 2}, 3 * HOUR, False, 3 * HOUR),
        ("within_next", {"days": 2}, timedelta(), False, None),
        ("within_next", {"days": 2}, 48 * HOUR, True, 48 * HOUR),
        ("within_next", {"days": 2}, 50 * HOUR, False, 2 * HOUR),
        ("older_than", {"business_hours": 4}, -3 * HOUR, False, HOUR),
        ("older_than", {"business_days": 2}, timedelta(), False, 48 * HOUR),
    ],
)
def test_a_moment_is_compared_with_now(
    op: str, value: object, placed: timedelta, answer: bool, horizon: timedelta | None
) -> None:
    check = compiled(leaf("order.placed_at", op, value))
    facts: Facts = {"order.placed_at": NOON + placed}

    verdict = check.verdict(facts, NOON, UTC_SHOP)

    assert verdict.holds is answer
    assert verdict.horizon == (None if horizon is None else NOON + horizon)


@pytest.mark.parametrize(
    ("op", "value", "age", "answer", "horizon"),
    [
        ("gt", {"days": 1}, DAY, False, TICK),
        ("gte", {"days": 1}, DAY, True, None),
        ("gte", {"days": 1}, DAY - HOUR, False, HOUR),
        ("lt", {"days": 1}, DAY - HOUR, True, HOUR),
        ("lt", {"days": 1}, DAY, False, None),
        ("lte", {"days": 1}, DAY, True, TICK),
        ("between", [{"hours": 1}, {"days": 1}], HOUR, True, 23 * HOUR + TICK),
        ("between", [{"hours": 1}, {"days": 1}], timedelta(), False, HOUR),
        ("between", [{"days": 1}, {"hours": 1}], timedelta(), False, None),
        ("older_than", {"days": 1}, DAY, True, None),
    ],
)
def test_an_age_is_compared_with_a_duration(
    op: str, value: object, age: timedelta, answer: bool, horizon: timedelta | None
) -> None:
    check = compiled(leaf("order.age", op, value))

    verdict = check.verdict({"order.age": NOON - age}, NOON, UTC_SHOP)

    assert verdict.holds is answer
    assert verdict.horizon == (None if horizon is None else NOON + horizon)
    assert verdict.found == age


@pytest.mark.parametrize(
    ("op", "status", "since", "answer", "horizon"),
    [
        ("has_been", "exception", 48 * HOUR, True, None),
        ("has_been", "Exception", 47 * HOUR, False, HOUR),
        ("has_been", "delivered", 48 * HOUR, False, None),
        ("has_been", None, 48 * HOUR, None, None),
        ("has_been", "exception", None, None, None),
        ("has_been", 5, 48 * HOUR, None, None),
        # Nothing is known of what was before.
        ("has_not_been", "exception", 48 * HOUR, False, None),
        ("has_not_been", "delivered", 48 * HOUR, True, None),
        ("has_not_been", "delivered", 47 * HOUR, None, HOUR),
        ("has_not_been", "delivered", None, None, None),
        ("has_not_been", None, 48 * HOUR, None, None),
        ("was", "exception", HOUR, True, None),
        ("was", "delivered", HOUR, None, None),
        ("was", None, None, None, None),
    ],
)
def test_a_state_counts_from_when_it_began(
    op: str, status: object, since: timedelta | None, answer: bool | None, horizon: timedelta | None
) -> None:
    check = compiled(leaf(STATUS, op, "exception", TWO_DAYS))
    facts: Facts = {STATUS: status, f"{STATUS}@since": None if since is None else NOON - since}

    verdict = check.verdict(facts, NOON, UTC_SHOP)

    assert verdict.holds is answer
    assert verdict.horizon == (None if horizon is None else NOON + horizon)


# The history: hours before noon at which each state began.
@pytest.mark.parametrize(
    ("op", "for_", "history", "status", "answer", "horizon"),
    [
        ("was", TWO_DAYS, [(90, "exception"), (49, "moving")], "moving", False, None),
        ("was", TWO_DAYS, [(90, "exception"), (47, "moving")], "moving", True, HOUR),
        ("was", None, [(900, "exception"), (470, "moving")], "moving", True, None),
        ("was", None, [(900, "moving")], "moving", False, None),
        (
            "was",
            TWO_DAYS,
            [(90, "exception"), (47, "moving"), (46, "exception"), (20, "moving")],
            "moving",
            True,
            28 * HOUR,
        ),
        ("was", TWO_DAYS, [(90, "exception")], None, True, None),
        ("was", TWO_DAYS, [(-2, "exception"), (-3, "moving")], "moving", False, 2 * HOUR),
        (
            "was",
            TWO_DAYS,
            [(90, "exception"), (80, "moving"), (70, "exception"), (60, "moving")],
            "moving",
            False,
            None,
        ),
        ("was", TWO_DAYS, [(95, "exception"), (95, "moving")], "moving", False, None),
        # The history ends with it although it isn't so any more: until then, at least.
        ("was", TWO_DAYS, [(90, "exception")], "moving", False, None),
        ("has_not_been", TWO_DAYS, [(90, "exception"), (49, "moving")], "moving", True, None),
        ("has_not_been", TWO_DAYS, [(90, "exception"), (47, "moving"), (10, "lost")], "lost", False, HOUR),
        ("has_not_been", TWO_DAYS, [(47, "moving"), (10, "lost")], "lost", False, HOUR),
        ("has_not_been", TWO_DAYS, [(49, "moving"), (10, "lost")], "lost", True, None),
        ("has_not_been", TWO_DAYS, [(90, "exception")], "moving", None, None),
    ],
)
def test_a_state_of_the_past_is_looked_up_in_the_history(
    op: str, for_: Duration | None, history: list[tuple[int, str]], status: object, answer: bool | None, horizon: object
) -> None:
    check = compiled(leaf(STATUS, op, "exception", for_))
    past = tuple((NOON - hours * HOUR, value) for hours, value in history)

    verdict = check.verdict({STATUS: status, f"{STATUS}@history": past}, NOON, UTC_SHOP)

    assert verdict.holds is answer
    assert verdict.horizon == (NOON + horizon if isinstance(horizon, timedelta) else None)


def test_a_present_state_older_than_its_history_ends_no_earlier_than_it_began() -> None:
    check = compiled(leaf(STATUS, "was", "exception", TWO_DAYS))
    facts: Facts = {STATUS: "moving", f"{STATUS}@since": NOON - 3 * DAY, f"{STATUS}@history": ((NOON, "exception"),)}

    assert check.horizon(facts, NOON - HOUR, UTC_SHOP) == NOON
    assert check.horizon(facts, NOON, UTC_SHOP) == NOON + 2 * DAY


def test_rows_of_the_history_that_cannot_be_read_are_left_out() -> None:
    check = compiled(leaf(STATUS, "was", "exception"))
    past = ((NOON - HOUR,), "x", ("yesterday", "exception"), (NOON - HOUR, "moving"))

    assert check.holds({STATUS: "moving", f"{STATUS}@history": past}, NOON, UTC_SHOP) is False


@pytest.mark.parametrize(
    ("op", "value", "changes", "answer"),
    [
        ("changed", None, {STATUS: ("a", "b")}, True),
        ("changed", None, {STATUS: ("a", "a")}, False),
        ("changed", None, {"order.total": (1, 2)}, False),
        ("changed", None, {STATUS: "a"}, False),
        ("changed", None, None, None),
        ("changed", None, "everything", False),
        ("changed_to", "B", {STATUS: ("a", "b")}, True),
        ("changed_to", "a", {STATUS: ("a", "b")}, False),
        ("changed_to", ["a", "b"], {STATUS: ("a", "b")}, True),
        ("changed_to", "a", {STATUS: ("a", None)}, False),
        ("changed_to", "a", {STATUS: ("a", 5)}, None),
        ("changed_to", "a", None, None),
        ("changed_from", "a", {STATUS: ("a", "b")}, True),
        ("changed_from", ["c"], {STATUS: ("a", "b")}, False),
    ],
)
def test_a_change_is_what_the_event_changed(op: str, value: object, changes: object, answer: bool | None) -> None:
    verdict = compiled(leaf(STATUS, op, value)).verdict({STATUS: "b", "event.changes": changes}, NOON, UTC_SHOP)

    assert verdict.holds is answer


@pytest.mark.parametrize(
    ("field", "op", "value", "found", "answer"),
    [
        ("items.sku", "is", "A", ("a", "B"), True),
        ("items.sku", "is", "C", ("a", "B"), False),
        ("items.sku", "is", "C", ("a", None), None),
        ("items.sku", "is", "A", (), None),
        ("items.sku", "is", "A", None, None),
        ("items.sku", "is", "A", "a", None),
        ("items.sku", "is", "A", (5,), None),
        ("items.sku", "is_not", "A", ("a", "B"), False),
        ("items.sku", "is_not", "C", ("a", "B"), True),
        ("items.sku", "is_not", "C", ("a", None), None),
        ("items.sku", "not_in", ["C", "D"], ("a", "B"), True),
        ("items.any.sku", "is_not", "A", ("a", "B"), True),
        ("items.all.sku", "is", "A", ("a", "A"), True),
        ("items.all.sku", "is", "A", ("a", "B"), False),
        ("items.all.sku", "is", "A", ("a", None), None),
        ("items.none.sku", "is", "A", ("b", "c"), True),
        ("items.none.sku", "is", "A", ("a", None), False),
        ("items.none.sku", "is", "A", ("b", None), None),
        ("items.sku", "has", "a", ("A", "B"), True),
        ("items.any.sku", "has_all", ["a", "b"], ("A", "B"), True),
        ("items.sku", "has_all", ["a", "c"], ("A", None), None),
        ("items.sku", "has_any", ["x"], ("A", None), None),
        ("items.sku", "has_none", ["x"], ("A", None), None),
        ("items.sku", "has_none", ["x"], ("A",), True),
        ("items.sku", "has_none", ["x"], (), None),
        ("items.all.sku", "has_any", ["a", "b"], ("A", "B"), True),
        ("items.all.sku", "has_any", ["a"], ("A", "B"), False),
        ("items.none.sku", "has_any", ["a"], ("B",), True),
        ("items.sku", "is_empty", None, None, True),
        ("items.sku", "is_empty", None, ("", None), True),
        ("items.sku", "is_empty", None, ("a", None), False),
        ("items.any.sku", "is_empty", None, ("a", None), True),
        ("items.sku", "is_not_empty", None, ("a", None), True),
        ("items.sku", "is_not_empty", None, (), False),
        ("items.price", "gt", "9.99", (1000, 5), True),
        ("items.price", "has", "10", (1000, 5), True),
        ("items.hazmat", "is_true", None, (False, True), True),
        ("items.name", "contains", "glass", ("Wine glass", "Fork"), True),
        ("items.unheard_of", "is", 5, (5,), True),
    ],
)
def test_items_are_asked_one_by_one(field: str, op: str, value: object, found: object, answer: bool | None) -> None:
    base = "items." + field.rpartition(".")[2]

    verdict = compiled(leaf(field, op, value)).verdict({base: found}, NOON, UTC_SHOP)

    assert verdict.holds is answer
    assert verdict.found == found


@pytest.mark.parametrize(
    ("now", "field", "op", "value", "answer", "horizon"),
    [
        # Monday 23 November 2026, New York is five hours behind.
        ("2026-11-23T12:00Z", "now.weekday", "is", "mon", True, "2026-11-24T05:00Z"),
        ("2026-11-23T04:00Z", "now.weekday", "is", "mon", False, "2026-11-23T05:00Z"),
        ("2026-11-23T12:00Z", "now.weekday", "in", ["sat", "sun"], False, "2026-11-28T05:00Z"),
        ("2026-11-23T12:00Z", "now.weekday", "is", "holiday", False, None),
        ("2026-11-23T12:00Z", "now.time_of_day", "gte", "09:00", False, "2026-11-23T14:00Z"),
        ("2026-11-23T14:00Z", "now.time_of_day", "gte", "9:00", True, "2026-11-24T05:00Z"),
        ("2026-11-23T14:00Z", "now.time_of_day", "gt", "09:00", False, "2026-11-23T14:01Z"),
        ("2026-11-23T14:00:59Z", "now.time_of_day", "is", "09:00", True, "2026-11-23T14:01Z"),
        ("2026-11-23T14:00Z", "now.time_of_day", "between", ["22:00", "06:00"], False, "2026-11-24T03:00Z"),
        ("2026-11-24T03:00Z", "now.time_of_day", "between", ["22:00", "06:00"], True, "2026-11-24T11:01Z"),
        ("2026-11-23T14:00Z", "now.time_of_day", "gte", "00:00", True, None),
        ("2026-11-23T14:00Z", "now.time_of_day", "lte", "23:59", True, None),
        # The hour that happens twice (1 November) and the one that never happens (8 March).
        ("2026-11-01T05:40Z", "now.time_of_day", "gte", "01:30", True, "2026-11-01T06:00Z"),
        ("2026-11-01T06:10Z", "now.time_of_day", "gte", "01:30", False, "2026-11-01T06:30Z"),
        ("2026-03-08T06:59Z", "now.time_of_day", "gte", "02:30", False, "2026-03-08T07:00Z"),
        ("2026-03-08T06:59Z", "now.time_of_day", "is", "02:30", False, "2026-03-09T06:30Z"),
        ("2026-11-23T12:00Z", "now.is_business_time", "is_true", None, False, "2026-11-23T14:00Z"),
        ("2026-11-23T14:00Z", "now.is_business_time", "is", True, True, "2026-11-23T22:00Z"),
        ("2026-11-23T14:00Z", "now.is_business_time", "is_empty", None, False, None),
        ("2026-11-23T14:00Z", "now.weekday", "was", "mon", None, None),
        ("2026-11-23T14:00Z", "now.weekday", "changed", None, None, None),
    ],
)
def test_the_clock_is_the_shops(
    now: str, field: str, op: str, value: object, answer: bool | None, horizon: str | None
) -> None:
    verdict = compiled(leaf(field, op, value)).verdict({}, datetime.fromisoformat(now), NEW_YORK)

    assert verdict.holds is answer
    assert verdict.horizon == (None if horizon is None else datetime.fromisoformat(horizon))


def test_a_shop_that_never_closes_has_no_turn_to_wait_for() -> None:
    check = compiled(leaf("now.is_business_time", "is_false"))
    closed_for_good = Calendar(working_days=frozenset())

    assert check.holds({}, NOON, closed_for_good) is True
    assert check.horizon({}, NOON, closed_for_good) is None


YES, NO, WHO_KNOWS = leaf("a.yes", "is", 1), leaf("a.yes", "is", 2), leaf("a.missing", "is", 1)


@pytest.mark.parametrize(
    ("kind", "of", "k", "answer"),
    [
        ("all", (YES, YES), 0, True),
        ("all", (YES, WHO_KNOWS), 0, None),
        ("all", (WHO_KNOWS, NO), 0, False),
        ("any", (NO, NO), 0, False),
        ("any", (NO, WHO_KNOWS), 0, None),
        ("any", (WHO_KNOWS, YES), 0, True),
        ("none", (NO, NO), 0, True),
        ("none", (NO, WHO_KNOWS), 0, None),
        ("none", (WHO_KNOWS, YES), 0, False),
        ("at_least", (YES, NO, YES), 2, True),
        ("at_least", (YES, NO, WHO_KNOWS), 2, None),
        ("at_least", (NO, NO, WHO_KNOWS), 2, False),
        ("at_least", (YES,), 2, False),
    ],
)
def test_a_group_answers_with_three_values(kind: object, of: tuple[Leaf, ...], k: int, answer: bool | None) -> None:
    group = Group(kind=kind, of=of, k=k)  # type: ignore[arg-type]

    verdict = compiled(group).verdict({"a.yes": 1}, NOON, UTC_SHOP)

    assert verdict.holds is answer
    assert [child.field for child in verdict.children] == [child.field for child in of]
    assert (verdict.op, verdict.expected) == (kind, k or None)


def test_a_missing_value_passes_neither_is_not_nor_none() -> None:
    is_not = leaf(STATUS, "is_not", "delivered")
    none = Group(kind="none", of=(leaf(STATUS, "is", "delivered"),))

    assert compiled(is_not).holds({}, NOON, UTC_SHOP) is None
    assert compiled(none).holds({}, NOON, UTC_SHOP) is None


def test_a_group_looks_ahead_to_where_its_own_answer_changes() -> None:
    late = leaf("order.placed_at", "older_than", {"days": 2})
    recent = leaf("order.placed_at", "within_last", {"days": 3})
    group = Group(kind="all", of=(late, recent, leaf(STATUS, "is", "moving")))
    facts: Facts = {"order.placed_at": NOON - DAY, STATUS: "moving"}

    assert compiled(group).horizon(facts, NOON, UTC_SHOP) == NOON + DAY
    assert compiled(group).horizon(facts, NOON + DAY, UTC_SHOP) == NOON + 2 * DAY
    assert compiled(group).horizon({**facts, STATUS: "lost"}, NOON, UTC_SHOP) is None


def test_a_group_without_time_in_it_has_no_horizon() -> None:
    assert compiled(Group(kind="all", of=(YES, WHO_KNOWS))).horizon({}, NOON, UTC_SHOP) is None
    assert compiled(YES).horizon({}, NOON, UTC_SHOP) is None


def test_times_that_never_meet_are_given_up_with_the_next_turn() -> None:
    monday, tuesday = leaf("now.weekday", "is", "mon"), leaf("now.weekday", "is", "tue")
    never = Group(kind="all", of=(YES, Group(kind="any", of=(Group(kind="all", of=(monday, tuesday)),))))

    assert compiled(never).horizon({"a.yes": 1}, NOON, UTC_SHOP) == NOON + 12 * HOUR


@pytest.mark.parametrize(
    ("asked", "facts", "words"),
    [
        (leaf(STATUS, "is", "moving"), {STATUS: "lost"}, f"{STATUS} is lost, expected moving"),
        (leaf(STATUS, "is", "moving"), {STATUS: "moving"}, f"{STATUS} is moving"),
        (leaf(STATUS, "is", "moving"), {}, f"{STATUS} is missing, expected moving"),
        (leaf(STATUS, "is_not", "lost"), {STATUS: "lost"}, f"{STATUS} is lost, expected not lost"),
        (leaf(STATUS, "in", ["a", "b"]), {STATUS: "b"}, f"{STATUS} is one of a, b"),
        (leaf(STATUS, "in", ["a", "b"]), {STATUS: "c"}, f"{STATUS} is c, expected one of a, b"),
        (leaf("order.total", "gt", 20), {"order.total": 5000}, "order.total is more than 20 (50.00)"),
        (leaf("order.total", "between", [1, 2.5]), {"order.total": 500},
         "order.total is 5.00, expected between 1 and 2.5"),
        (leaf("items.price", "gt", 20), {"items.price": (1, 250)}, "items.price is 0.01, 2.50, expected more than 20"),
        (leaf("order.tags", "has", "vip"), {"order.tags": ()}, "order.tags is empty, expected to have vip"),
        (leaf("order.tags", "is_empty"), {}, "order.tags is empty (missing)"),
        (leaf("order.held", "is_true"), {"order.held": False}, "order.held is false, expected true"),
        (
            leaf("order.placed_at", "older_than", {"business_days": 2}),
            {"order.placed_at": NOON},
            "order.placed_at is 2026-11-23 12:00 UTC, expected older than 2 business days",
        ),
        (leaf("order.age", "gt", {"days": 2}), {"order.age": NOON - 26 * HOUR},
         "order.age is 1 day 2 hours, expected more than 2 days"),
        (leaf("order.age", "gt", {"days": 2}), {"order.age": NOON + 5 * TICK},
         "order.age is minus 0 seconds, expected more than 2 days"),
        (
            leaf(STATUS, "has_been", "lost", TWO_DAYS),
            {STATUS: "lost", f"{STATUS}@since": NOON},
            f"{STATUS} is lost, expected to have been lost for 2 days",
        ),
        (leaf(STATUS, "has_been", "lost", TWO_DAYS), {STATUS: "lost"},
         f"what {STATUS} was before is missing, expected to have been lost for 2 days"),
        (leaf(STATUS, "was", "lost"), {STATUS: "lost"}, f"{STATUS} was lost at some time"),
        (leaf(STATUS, "was", "lost", TWO_DAYS), {STATUS: "x", f"{STATUS}@history": ((NOON, "x"),)},
         f"{STATUS} is x, expected to have been lost in the last 2 days"),
        (leaf(STATUS, "changed"), {STATUS: "x"}, "what changed is missing, expected to have changed"),
        (leaf(STATUS, "changed_to", "y"), {STATUS: "x", "event.changes": {STATUS: ("y", 5)}},
         f"{STATUS}: cannot compare 5 (a number), expected a text"),
        (leaf("order.total", "gt", 20), {"order.total": "5"},
         "order.total: cannot compare 5 (text), expected an amount"),
        (leaf("order.custom.x", "before", "2026-11-20"), {"order.custom.x": {"a": 1}},
         "order.custom.x: cannot compare 1 a (another kind of value), expected a time"),
        (leaf("order.x", "is", 10**5_000), {"order.x": 2.5}, "order.x is 2.5, expected a very large number"),
        (leaf("items.sku", "is", "A"), {"items.sku": (5,)}, "items.sku: cannot compare 5 (a number), expected a text"),
        (leaf("items.sku", "is", "A"), {"items.sku": (5, None)}, "items.sku is missing, expected A"),
    ],
)  # fmt: skip
def test_a_leaf_says_what_it_found_and_expected(asked: Leaf, facts: Facts, words: str) -> None:
    assert compiled(asked).verdict(facts, NOON, UTC_SHOP).words == words


@pytest.mark.parametrize(
    ("kind", "k", "status", "words"),
    [
        ("all", 0, "b", "1 of 2 hold, all must: s is b, expected a"),
        ("any", 0, "b", "1 of 2 hold, one must: s is b"),
        ("any", 0, "c", "0 of 2 hold, one must: s is c, expected a; s is c, expected b"),
        ("none", 0, "b", "1 of 2 hold, none may: s is b"),
        ("none", 0, "c", "0 of 2 hold, none may: s is c, expected a; s is c, expected b"),
        ("at_least", 2, "b", "1 of 2 hold, at least 2 must: s is b, expected a"),
    ],
)
def test_a_group_says_how_many_hold_and_which_decide(kind: object, k: int, status: str, words: str) -> None:
    of = (leaf(STATUS, "is", "a"), leaf(STATUS, "is", "b"))
    group = Group(kind=kind, of=of, k=k)  # type: ignore[arg-type]
    check = compile_condition(group, lambda _: "choice", lambda _: "s")

    assert check.verdict({STATUS: status}, NOON, UTC_SHOP).words == words


def test_a_state_and_its_time_are_kept_in_the_verdict() -> None:
    verdict = compiled(leaf(STATUS, "has_been", "lost", TWO_DAYS)).verdict({STATUS: "lost"}, NOON, UTC_SHOP)

    assert verdict.expected == {"value": "lost", "for": {"days": 2}}
    assert (verdict.field, verdict.op, verdict.found, verdict.at) == (STATUS, "has_been", "lost", NOON)


def test_the_answer_alone_costs_a_fraction_of_its_reasons() -> None:
    check = compiled(
        Group(
            kind="all",
            of=(
                leaf("order.placed_at", "older_than", {"days": 2}),
                leaf(STATUS, "is", "moving"),
                leaf("order.total", "gt", "12.50"),
            ),
        )
    )
    facts: Facts = {"order.placed_at": NOON - 3 * DAY, STATUS: "moving", "order.total": 5000}

    quick = min(repeat(lambda: check.holds(facts, NOON, UTC_SHOP), number=300, repeat=5))
    full = min(repeat(lambda: check.verdict(facts, NOON, UTC_SHOP), number=300, repeat=5))

    assert quick < full / 4  # about 2.5 and 40 microseconds
