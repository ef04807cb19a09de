"""Schedules tick by the shop's clock, once each, whatever the clocks do."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from workflows.catalog.cron import is_tick, last_tick, next_tick, ticks

BERLIN = ZoneInfo("Europe/Berlin")
CRONS = ("0 8 * * 1-5", "30 2 * * *", "*/15 * * * *", "* * * * *", "15 1,2,3 * * *")


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "after", "expected"),
    [
        ("0 8 * * 1-5", "2026-11-20T07:00", "2026-11-23T07:00"),
        ("0 8 * * 1-5", "2026-11-20T06:59", "2026-11-20T07:00"),
        ("0 8 * * *", "2026-03-28T07:00", "2026-03-29T06:00"),
        ("30 2 * * *", "2026-03-28T12:00", "2026-03-29T01:00"),
        ("30 2 * * *", "2026-10-24T12:00", "2026-10-25T00:30"),
        ("30 2 * * *", "2026-10-25T00:30", "2026-10-26T01:30"),
    ],
    ids=[
        "over the weekend",
        "today",
        "same wall time in summer",
        "skipped: right after",
        "twice: first",
        "twice: once",
    ],
)
def test_the_next_tick_is_a_wall_time_of_the_shop(cron: str, after: str, expected: str) -> None:
    assert next_tick(cron, at(after), BERLIN) == at(expected)


def test_what_is_no_schedule_never_ticks() -> None:
    assert next_tick("0 25 * * *", at("2026-01-01T00:00"), BERLIN) is None
    assert last_tick("0 25 * * *", since=at("2026-01-01T00:00"), until=at("2026-02-01T00:00"), zone=BERLIN) == at(
        "2026-01-01T00:00"
    )


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"])
def test_the_last_of_missed_ticks_is_where_walking_on_ends(zone: str) -> None:
    rng, place = Random(7), ZoneInfo(zone)  # noqa: S311 -- a game, not a secret
    for cron in CRONS:
        for start in ("2026-03-28T00:00", "2026-04-04T00:00", "2026-10-24T00:00", "2026-11-01T00:00"):
            since = next_tick(cron, at(start), place)
            assert since is not None
            until = since + timedelta(seconds=rng.randrange(2 * 86_400))
            walked = since
            while (later := next_tick(cron, walked, place)) is not None and later <= until:
                walked = later

            assert last_tick(cron, since=since, until=until, zone=place) == walked
            assert is_tick(cron, walked, place)


def test_the_hour_that_comes_twice_hides_no_tick() -> None:
    last = last_tick("30 2 * * *", since=at("2026-10-23T00:30"), until=at("2026-10-25T01:01"), zone=BERLIN)

    assert last == at("2026-10-25T00:30")


@pytest.mark.parametrize("cron", [*CRONS, "no schedule"])
def test_the_ticks_of_a_span_are_those_that_come_one_after_the_other(cron: str) -> None:
    since, until = at("2026-10-24T00:00"), at("2026-10-26T08:00")

    found, tick = [], next_tick(cron, since - timedelta(microseconds=1), BERLIN)
    while tick is not None and tick < until:
        found.append(tick)
        tick = next_tick(cron, tick, BERLIN)

    assert list(ticks(cron, since=since, until=until, zone=BERLIN)) == found
