"""Durations: what documents may say, how it comes out again, and how it reads."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.engine import durations
from workflows.engine.grammar import Duration

UNITS = "one of seconds, minutes, hours, days, weeks, business_hours, business_days"


@pytest.mark.parametrize(
    ("document", "duration", "rendered"),
    [
        ({"seconds": 90}, Duration(seconds=90), {"seconds": 90}),
        ({"minutes": 120}, Duration(seconds=7_200), {"hours": 2}),
        ({"hours": 1.5}, Duration(seconds=5_400), {"minutes": 90}),
        ({"hours": 0.7}, Duration(seconds=2_520), {"minutes": 42}),
        ({"seconds": 0.5}, Duration(seconds=0.5), {"seconds": 0.5}),
        ({"days": 2}, Duration(days=2), {"days": 2}),
        ({"days": 14}, Duration(days=14), {"weeks": 2}),
        ({"weeks": 1, "days": 1, "hours": 3}, Duration(days=8, seconds=10_800), {"days": 8, "hours": 3}),
        ({"days": 2.0}, Duration(days=2), {"days": 2}),
        ({"business_days": 3}, Duration(business_days=3), {"business_days": 3}),
        ({"business_hours": 1.5}, Duration(business_hours=1.5), {"business_hours": 1.5}),
        ({"business_hours": 4}, Duration(business_hours=4), {"business_hours": 4}),
        ({"seconds": 1e-9}, Duration(seconds=1e-6), {"seconds": 1e-6}),
        ({"days": 1_095}, Duration(days=1_095), {"days": 1_095}),
    ],
)
def test_a_duration_is_read_and_rendered_in_its_largest_units(
    document: dict[str, float], duration: Duration, rendered: dict[str, float]
) -> None:
    assert durations.parse(document) == duration
    assert durations.render(duration) == rendered


@pytest.mark.parametrize(
    ("document", "problem", "expected"),
    [
        (None, "not a duration", durations.EXPECTED),
        ({}, "not a duration", durations.EXPECTED),
        ("2 days", "not a duration", durations.EXPECTED),
        ({"fortnights": 1}, "unknown unit 'fortnights'", UNITS),
        ({5: 1}, "unknown unit '5'", UNITS),
        ({"days": 0}, "days: not above zero", "a whole number from 1 to 1,095"),
        ({"days": -1}, "days: not above zero", "a whole number from 1 to 1,095"),
        ({"days": 0.1}, "days: not a whole number", "a whole number from 1 to 1,095"),
        ({"days": 1e9}, "days: too many", "a whole number from 1 to 1,095"),
        ({"weeks": 157}, "weeks: too many", "a whole number from 1 to 156"),
        ({"business_days": 781}, "business_days: too many", "a whole number from 1 to 780"),
        ({"hours": "4"}, "hours: not a number", "a number above 0, at most 26,280"),
        ({"hours": True}, "hours: not a number", "a number above 0, at most 26,280"),
        ({"hours": float("nan")}, "hours: not a number", "a number above 0, at most 26,280"),
        ({"hours": 10**400}, "hours: too many", "a number above 0, at most 26,280"),
        (
            {"business_days": 1, "hours": 1},
            "business time can't be added to other units",
            "business_hours or business_days alone",
        ),
        ({"days": 1_095, "seconds": 1}, "longer than three years", "at most three years in all"),
    ],
)
def test_a_duration_that_makes_no_sense_is_refused(document: object, problem: str, expected: str) -> None:
    assert durations.parse(document) == (problem, expected)


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        ({"days": 1}, "1 day"),
        ({"business_days": 2}, "2 business days"),
        ({"days": 1, "hours": 4}, "1 day and 4 hours"),
        ({"weeks": 1, "days": 2, "hours": 1.5}, "1 week, 2 days and 1.5 hours"),
        (Duration(days=14), "2 weeks"),
        (Duration(days=14, said=(("days", 14),)), "14 days"),
        (Duration(), "no time"),
        ({}, "{}"),
        ("soon", "soon"),
        ({"days": "many"}, "many days"),
        ({"days": 10**400}, "very many days"),
        ({"days": float("inf")}, "inf days"),
    ],
)
def test_a_duration_reads_as_it_was_said(duration: object, words: str) -> None:
    assert durations.words(duration) == words


def test_only_business_time_cannot_be_told_in_elapsed_time() -> None:
    assert durations.elapsed(Duration(days=1, seconds=60)) == timedelta(days=1, minutes=1)
    assert durations.elapsed(Duration(business_days=1)) is None
    assert durations.elapsed(Duration(business_hours=1)) is None


@given(
    st.one_of(
        st.builds(Duration, seconds=st.integers(1, 10**7), days=st.integers(0, 900)),
        st.builds(Duration, seconds=st.integers(1, 10**6).map(lambda count: count / 10**6)),
        st.builds(Duration, business_days=st.integers(1, 780)),
        st.builds(Duration, business_hours=st.floats(0.01, 8_760)),
    )
)
def test_what_is_rendered_is_read_as_the_same_duration(duration: Duration) -> None:
    assert durations.parse(durations.render(duration)) == duration
