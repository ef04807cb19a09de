"""The shop's time: the fixed cases of RELIABILITY.md X09-X11 and the laws behind them."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.engine.strategies import calendars, moments
from workflows.engine.calendar import EARLIEST, LATEST, Calendar, add, is_business_time, next_change, subtract
from workflows.engine.grammar import Duration

NEW_YORK = Calendar(zone=ZoneInfo("America/New_York"))
BERLIN = Calendar(zone=ZoneInfo("Europe/Berlin"))
CHRISTMAS = Calendar(zone=ZoneInfo("Europe/Berlin"), holidays=frozenset({date(2026, 12, 25), date(2027, 1, 1)}))
CUT_OFF = Calendar(zone=ZoneInfo("Europe/Berlin"), cut_off=time(14))
SHOP_IN_DUBAI = Calendar(
    zone=ZoneInfo("Asia/Dubai"), working_days=frozenset({6, 0, 1, 2, 3}), opens=time(8), closes=time(16)
)
NIGHT = Calendar(opens=time(18), closes=time(0), working_days=frozenset(range(7)))
ALWAYS = Calendar(opens=time(0), closes=time(0), working_days=frozenset(range(7)))
NEVER = Calendar(working_days=frozenset())
UPSIDE_DOWN = Calendar(opens=time(17), closes=time(9))

# 2026: US clocks go forward on 8 March and back on 1 November; German ones on 29 March and 25 October.
FIXED_CASES = [
    # X09: days keep the wall time, hours are elapsed.
    ("2 days over the spring change are 47 hours", NEW_YORK, "2026-03-07 12:00", {"days": 2}, "2026-03-09 12:00"),
    ("48 hours over the spring change", NEW_YORK, "2026-03-07 12:00", {"seconds": 172_800}, "2026-03-09 13:00"),
    ("2 days over the autumn change are 49 hours", NEW_YORK, "2026-10-31 12:00", {"days": 2}, "2026-11-02 12:00"),
    ("48 hours over the autumn change", NEW_YORK, "2026-10-31 12:00", {"seconds": 172_800}, "2026-11-02 11:00"),
    ("2 days over the German change", BERLIN, "2026-03-28 12:00", {"days": 2}, "2026-03-30 12:00"),
    ("days first, then hours", NEW_YORK, "2026-03-07 12:00", {"days": 1, "seconds": 7_200}, "2026-03-08 14:00"),
    ("a day over the end of February", BERLIN, "2026-02-28 09:00", {"days": 1}, "2026-03-01 09:00"),
    ("a day over the end of the year", BERLIN, "2026-12-31 23:30", {"days": 1}, "2027-01-01 23:30"),
    # X10: the hour that is skipped, and the hour that happens twice.
    ("02:30 of the skipped hour is 03:30", NEW_YORK, "2026-03-07 02:30", {"days": 1}, "2026-03-08 03:30"),
    ("02:30 of the skipped hour in Berlin", BERLIN, "2026-03-28 02:30", {"days": 1}, "2026-03-29 03:30"),
    ("01:30 that happens twice is the first", NEW_YORK, "2026-10-31 01:30", {"days": 1}, "2026-11-01 01:30"),
    # X11: business days.
    ("inside working hours", BERLIN, "2026-11-23 10:15", {"business_days": 2}, "2026-11-25 10:15"),
    ("over the weekend", BERLIN, "2026-11-20 10:15", {"business_days": 2}, "2026-11-24 10:15"),
    ("Friday 16:59 is still Friday", BERLIN, "2026-11-20 16:59", {"business_days": 2}, "2026-11-24 16:59"),
    ("Friday 17:00 counts from Monday's opening", BERLIN, "2026-11-20 17:00", {"business_days": 2}, "2026-11-25 09:00"),
    ("Saturday counts from Monday's opening", BERLIN, "2026-11-21 12:00", {"business_days": 1}, "2026-11-24 09:00"),
    ("before the opening counts from it", BERLIN, "2026-11-23 07:00", {"business_days": 1}, "2026-11-24 09:00"),
    ("Christmas Day is left out", CHRISTMAS, "2026-12-23 11:00", {"business_days": 2}, "2026-12-28 11:00"),
    ("from Christmas Day on", CHRISTMAS, "2026-12-25 11:00", {"business_days": 1}, "2026-12-29 09:00"),
    ("over New Year", CHRISTMAS, "2026-12-31 15:00", {"business_days": 1}, "2027-01-04 15:00"),
    ("at the cut-off", CUT_OFF, "2026-11-23 14:00", {"business_days": 1}, "2026-11-24 14:00"),
    ("after the cut-off", CUT_OFF, "2026-11-23 14:01", {"business_days": 1}, "2026-11-25 09:00"),
    ("over the spring change", NEW_YORK, "2026-03-06 10:00", {"business_days": 1}, "2026-03-09 10:00"),
    ("over the autumn change", NEW_YORK, "2026-10-30 10:00", {"business_days": 1}, "2026-11-02 10:00"),
    ("a week from Sunday to Thursday", SHOP_IN_DUBAI, "2026-11-19 12:00", {"business_days": 1}, "2026-11-22 12:00"),
    # Business hours.
    ("hours inside one day", BERLIN, "2026-11-23 10:00", {"business_hours": 3}, "2026-11-23 13:00"),
    ("hours may end at the closing", BERLIN, "2026-11-23 09:00", {"business_hours": 8}, "2026-11-23 17:00"),
    ("hours over the night", BERLIN, "2026-11-23 16:00", {"business_hours": 2}, "2026-11-24 10:00"),
    ("hours over weekend and holiday", CHRISTMAS, "2026-12-24 16:30", {"business_hours": 1}, "2026-12-28 09:30"),
    ("half hours from a Sunday", BERLIN, "2026-11-22 20:00", {"business_hours": 1.5}, "2026-11-23 10:30"),
    ("hours do not mind the cut-off", CUT_OFF, "2026-11-23 15:00", {"business_hours": 1}, "2026-11-23 16:00"),
    ("hours until midnight", NIGHT, "2026-11-23 22:00", {"business_hours": 3}, "2026-11-24 19:00"),
]
WAYS_BACK = [
    ("2 days back over the spring change", NEW_YORK, "2026-03-09 12:00", {"days": 2}, "2026-03-07 12:00"),
    (
        "seconds go first on the way back",
        NEW_YORK,
        "2026-03-08 14:00",
        {"days": 1, "seconds": 7_200},
        "2026-03-07 12:00",
    ),
    ("hours back", BERLIN, "2026-11-23 12:00", {"seconds": 3_600}, "2026-11-23 11:00"),
    ("business days back", BERLIN, "2026-11-24 10:15", {"business_days": 2}, "2026-11-20 10:15"),
    ("business days back from an opening", BERLIN, "2026-11-25 09:00", {"business_days": 2}, "2026-11-23 09:00"),
    ("business days back from the evening", BERLIN, "2026-11-25 20:00", {"business_days": 2}, "2026-11-24 09:00"),
    ("business hours back over the night", BERLIN, "2026-11-24 10:00", {"business_hours": 2}, "2026-11-23 16:00"),
    ("business hours back from the evening", BERLIN, "2026-11-25 20:00", {"business_hours": 1}, "2026-11-25 16:00"),
    ("business hours back from a Sunday", BERLIN, "2026-11-22 12:00", {"business_hours": 9}, "2026-11-19 16:00"),
]


@pytest.mark.parametrize(
    ("calendar", "start", "said", "end"), [case[1:] for case in FIXED_CASES], ids=[case[0] for case in FIXED_CASES]
)
def test_later_is_what_the_table_says(calendar: Calendar, start: str, said: dict[str, Any], end: str) -> None:
    assert add(_local(start, calendar), Duration(**said), calendar) == _local(end, calendar)


@pytest.mark.parametrize(
    ("calendar", "end", "said", "start"), [case[1:] for case in WAYS_BACK], ids=[case[0] for case in WAYS_BACK]
)
def test_earlier_is_what_the_table_says(calendar: Calendar, end: str, said: dict[str, Any], start: str) -> None:
    assert subtract(_local(end, calendar), Duration(**said), calendar) == _local(start, calendar)


def test_the_hour_that_happens_twice_means_its_first_in_elapsed_time() -> None:
    start = datetime(2026, 10, 31, 5, 30, tzinfo=UTC)  # 01:30 in New York, still four hours behind

    end = add(start, Duration(days=1), NEW_YORK)

    assert end - start == timedelta(hours=24)


def test_business_hours_are_elapsed_where_the_clocks_change_inside_them() -> None:
    night_shop = Calendar(
        zone=ZoneInfo("America/New_York"), opens=time(0), closes=time(6), working_days=frozenset(range(7))
    )
    start = datetime(2026, 3, 8, 5, tzinfo=UTC)  # midnight of the night that has no 02:30

    assert add(start, Duration(business_hours=5), night_shop) == datetime(2026, 3, 8, 10, tzinfo=UTC)
    assert is_business_time(datetime(2026, 3, 8, 10, tzinfo=UTC), night_shop) is False


@pytest.mark.parametrize(
    ("at", "is_open", "change"),
    [
        ("2026-11-23 08:59", False, "2026-11-23 09:00"),
        ("2026-11-23 09:00", True, "2026-11-23 17:00"),
        ("2026-11-23 17:00", False, "2026-11-24 09:00"),
        ("2026-11-27 18:00", False, "2026-11-30 09:00"),
    ],
)
def test_the_shop_is_open_from_its_opening_until_just_before_its_closing(at: str, is_open: bool, change: str) -> None:
    moment = _local(at, BERLIN)

    assert is_business_time(moment, BERLIN) is is_open
    assert next_change(moment, BERLIN) == _local(change, BERLIN)


def test_a_shop_that_never_closes_never_changes() -> None:
    at = datetime(2026, 11, 23, 3, tzinfo=UTC)

    assert is_business_time(at, ALWAYS) is True
    assert next_change(at, ALWAYS) is None
    assert add(at, Duration(business_hours=30), ALWAYS) == at + timedelta(hours=30)


@pytest.mark.parametrize("calendar", [NEVER, UPSIDE_DOWN])
def test_without_any_working_time_later_is_never(calendar: Calendar) -> None:
    at = datetime(2026, 11, 23, 12, tzinfo=UTC)

    assert is_business_time(at, calendar) is False
    assert next_change(at, calendar) is None
    assert add(at, Duration(business_days=1), calendar) == LATEST
    assert add(at, Duration(business_hours=1), calendar) == LATEST
    assert subtract(at, Duration(business_days=1), calendar) == EARLIEST
    assert subtract(at, Duration(business_hours=1), calendar) == EARLIEST


def test_a_shop_about_to_close_for_good_still_closes_once_more() -> None:
    friday = datetime(2026, 11, 20, 12, tzinfo=UTC)
    last_week = Calendar(holidays=_After(date(2026, 11, 20)))

    assert next_change(friday, last_week) == datetime(2026, 11, 20, 17, tzinfo=UTC)
    assert add(friday, Duration(business_days=1), last_week) == LATEST


@pytest.mark.parametrize("at", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)])
@pytest.mark.parametrize("said", [{"days": 1_095}, {"seconds": 9e7}, {"business_days": 780}, {"business_hours": 8_760}])
def test_no_date_is_too_early_or_too_late(at: datetime, said: dict[str, Any]) -> None:
    for zone in ("Pacific/Auckland", "America/Los_Angeles"):
        calendar = Calendar(zone=ZoneInfo(zone))
        assert EARLIEST <= add(at, Duration(**said), calendar) <= LATEST
        assert EARLIEST <= subtract(at, Duration(**said), calendar) <= LATEST
        assert next_change(at, calendar) is not None


def test_no_time_later_is_the_same_instant() -> None:
    start = datetime(2026, 11, 23, 3, tzinfo=UTC)

    assert add(start, Duration(), BERLIN) == subtract(start, Duration(), BERLIN) == start


@given(calendars(), moments(), st.integers(1, 60), st.integers(1, 60))
def test_business_days_add_up_from_inside_working_hours(calendar: Calendar, start: datetime, a: int, b: int) -> None:
    inside = add(start, Duration(business_days=1), calendar)

    after_a = add(inside, Duration(business_days=a), calendar)

    assert is_business_time(inside, calendar) is True
    assert add(after_a, Duration(business_days=b), calendar) == add(inside, Duration(business_days=a + b), calendar)


@given(calendars(), moments(), st.integers(1, 2_000), st.integers(1, 2_000))
def test_business_hours_add_up_from_anywhere(calendar: Calendar, start: datetime, a: int, b: int) -> None:
    first, second, both = (Duration(business_hours=count / 16) for count in (a, b, a + b))

    assert add(add(start, first, calendar), second, calendar) == add(start, both, calendar)


@given(calendars(), moments(), st.integers(1, 200), st.integers(1, 200))
def test_calendar_days_add_up_where_no_clock_is_moved_at_noon(
    calendar: Calendar, day: datetime, a: int, b: int
) -> None:
    start = datetime.combine(day.date(), time(12), calendar.zone)

    after_a = add(start, Duration(days=a), calendar)

    assert add(after_a, Duration(days=b), calendar) == add(start, Duration(days=a + b), calendar)
    assert after_a.astimezone(calendar.zone).time() == time(12)
    assert subtract(after_a, Duration(days=a), calendar) == start


@given(calendars(), moments(), st.integers(1, 5_000))
def test_business_hours_never_land_outside_of_working_hours(calendar: Calendar, start: datetime, count: int) -> None:
    end = add(start, Duration(business_hours=count / 16), calendar)

    just_before = end - timedelta(microseconds=1)
    assert is_business_time(just_before, calendar) is True


@given(calendars(), moments(), st.integers(1, 40))
def test_business_days_land_in_working_hours(calendar: Calendar, start: datetime, count: int) -> None:
    end = add(start, Duration(business_days=count), calendar)

    assert is_business_time(end, calendar) is True
    assert end > start


@given(calendars(), moments(), st.integers(1, 40))
def test_the_way_back_of_business_days_leads_to_the_same_day(calendar: Calendar, end: datetime, count: int) -> None:
    duration = Duration(business_days=count)

    start = subtract(end, duration, calendar)

    assert start < end <= add(start, duration, calendar)
    assert is_business_time(start, calendar) is True


@given(calendars(), moments(), st.integers(1, 2_000))
def test_the_way_back_of_business_hours_is_as_long(calendar: Calendar, end: datetime, count: int) -> None:
    duration = Duration(business_hours=count / 16)

    start = subtract(end, duration, calendar)

    assert add(start, duration, calendar) <= end
    assert add(start + timedelta(minutes=1), duration, calendar) > min(end, add(start, duration, calendar))


@given(calendars(), moments())
def test_the_shop_opens_or_closes_at_the_next_change_and_not_before(calendar: Calendar, at: datetime) -> None:
    change = next_change(at, calendar)

    assert change is not None
    assert is_business_time(change, calendar) is not is_business_time(at, calendar)
    assert is_business_time(change - timedelta(microseconds=1), calendar) is is_business_time(at, calendar)
    assert is_business_time(at + (change - at) / 2, calendar) is is_business_time(at, calendar)


class _After:
    """A holiday that begins the day after `last` and never ends."""

    def __init__(self, last: date) -> None:
        self.last = last

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day > self.last


def _local(text: str, calendar: Calendar) -> datetime:
    # In UTC, for Python never calls a time that happens twice equal to one of another zone.
    return datetime.fromisoformat(text).replace(tzinfo=calendar.zone).astimezone(UTC)
