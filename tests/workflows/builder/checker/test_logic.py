"""What questions say about each other, without any facts; what is not certain is not said."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.builder.checker.logic import clash, covers, follows, parts_of
from workflows.catalog.fields import kind_of
from workflows.engine.calendar import Calendar
from workflows.engine.evaluate import compile_condition
from workflows.engine.grammar import Group, Leaf

STATUS, TOTAL = "parcel.tracking_status", "order.total"
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


def ask(op: str, value: Any = None, field: str = STATUS) -> Leaf:
    """One question."""
    return Leaf(field=field, op=op, value=value)


@pytest.mark.parametrize(
    ("one", "other", "clashes"),
    [
        (ask("is", "exception"), ask("is", "delivered"), True),
        (ask("is", "exception"), ask("is", "exception"), False),
        (ask("in", ["exception", "delayed"]), ask("in", ["delivered", "delayed"]), False),
        (ask("in", ["exception", "delayed"]), ask("not_in", ["delayed", "exception"]), True),
        (ask("is_not", "exception"), ask("is", "exception"), True),
        (ask("is_not", "exception"), ask("is_not", "delivered"), False),
        (ask("is", "Exception"), ask("is", "exception"), False),
        (ask("gt", 50, TOTAL), ask("lt", 50, TOTAL), True),
        (ask("gte", "50.00", TOTAL), ask("lte", 50, TOTAL), False),
        (ask("between", [10, 20], TOTAL), ask("gt", 20, TOTAL), True),
        (ask("between", [10, 20], TOTAL), ask("equals", 15, TOTAL), False),
        (ask("is_empty", None, TOTAL), ask("is_not_empty", None, TOTAL), True),
        (ask("is_true", None, "order.is_gift"), ask("is_false", None, "order.is_gift"), True),
        (ask("contains", "x"), ask("is", "y"), False),
        (ask("gt", True, TOTAL), ask("lt", 1, TOTAL), False),
        (ask("gt", "many", TOTAL), ask("lt", 1, TOTAL), False),
    ],
)
def test_two_questions_clash_only_when_no_answer_fits_both(one: Leaf, other: Leaf, clashes: bool) -> None:
    assert (clash([one], [other]) is not None) is clashes
    assert (clash([other], [one]) is not None) is clashes


def test_questions_about_other_fields_never_clash() -> None:
    assert clash([ask("is", "a")], [ask("is", "b", "parcel.carrier")]) is None


@pytest.mark.parametrize(
    ("leaf", "known", "expected"),
    [
        (ask("in", ["a", "b"]), ask("is", "a"), True),
        (ask("is", "a"), ask("in", ["a", "b"]), False),
        (ask("is_not", "b"), ask("is", "a"), True),
        (ask("is_not", "a"), ask("not_in", ["a", "b"]), True),
        (ask("is", "a"), ask("is_not", "b"), False),
        (ask("gt", 5, TOTAL), ask("gt", 5, TOTAL), True),
        (ask("gt", 5, TOTAL), ask("gt", 9, TOTAL), False),
    ],
)
def test_an_answer_follows_only_when_it_is_certain(leaf: Leaf, known: Leaf, expected: bool) -> None:
    assert follows(leaf, [known]) is expected


def test_only_what_must_hold_is_a_part() -> None:
    one, other, third = ask("is", "a"), ask("is", "b"), ask("is", "c")
    condition = Group(kind="all", of=(one, Group(kind="any", of=(other, third)), Group(kind="any", of=(third,))))

    assert list(parts_of(condition)) == [one, third]


def test_a_group_that_is_not_understood_covers_only_itself() -> None:
    odd = Group(kind="any", of=(ask("is", "a"), ask("is", "b")))

    assert covers(odd, odd)
    assert not covers(odd, ask("is", "a"))


_LEAVES = st.one_of(
    st.builds(ask, st.sampled_from(["is", "is_not"]), st.sampled_from("abc"), st.just("parcel.carrier")),
    st.builds(
        ask, st.sampled_from(["in", "not_in"]), st.lists(st.sampled_from("abc"), min_size=1, max_size=3),
        st.just("parcel.carrier"),
    ),
)  # fmt: skip


@given(_LEAVES, _LEAVES, st.sampled_from("abcd"))
def test_the_engine_agrees(one: Leaf, other: Leaf, carrier: str) -> None:
    facts = {"parcel.carrier": carrier}
    first, second = (compile_condition(leaf, kind_of).holds(facts, NOW, Calendar()) is True for leaf in (one, other))

    assert not (first and second and clash([one], [other]))
    assert not (first and not second and follows(other, [one]))
