"""A shop's working time."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from postsale.tenants.shop import Shop
from workflows.catalog.calendars import calendar_of
from workflows.engine.calendar import add
from workflows.engine.grammar import Duration


def shop(**settings: object) -> Shop:
    return Shop(id=1, slug="a", name="A", zone=ZoneInfo("Europe/Berlin"), is_demo=False, revision=1, settings=settings)


def test_a_shop_that_said_nothing_works_monday_to_friday_nine_to_five() -> None:
    calendar = calendar_of(shop())

    assert (calendar.working_days, calendar.opens, calendar.closes) == (frozenset(range(5)), time(9), time(17))
    assert calendar.cut_off is None
    assert date(2026, 12, 25) not in calendar.holidays


def test_public_holidays_of_the_country_and_the_shops_own_days_off_count() -> None:
    calendar = calendar_of(shop(country="DE", subdivision="BY", holidays=["2026-12-24"], cut_off="14:00"))

    assert calendar.cut_off == time(14)
    assert [date(2026, 12, day) in calendar.holidays for day in (23, 24, 25)] == [False, True, True]
    assert "2026-12-25" not in calendar.holidays


def test_business_days_step_over_christmas() -> None:
    calendar = calendar_of(shop(country="DE"))

    due = add(datetime(2026, 12, 24, 9, 0, tzinfo=UTC), Duration(business_days=1), calendar)

    assert due == datetime(2026, 12, 28, 9, 0, tzinfo=UTC)
