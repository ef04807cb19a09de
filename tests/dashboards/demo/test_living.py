"""The demo's days after its seeding: told in order, whole however they are asked for, bounded."""

from datetime import UTC, datetime, timedelta

from dashboards.demo import living
from dashboards.demo.living import Plan, Stream

SEEDED_AT = datetime(2026, 11, 23, 13, 0, 0, 123456, tzinfo=UTC)
PLAN = Plan(seed=5, orders=300, days=20, seeded_at=SEEDED_AT)
DAY = timedelta(days=1)


def test_what_is_told_in_parts_is_what_is_told_at_once() -> None:
    whole = Stream(PLAN).between(SEEDED_AT, SEEDED_AT + DAY)
    stream, parts = Stream(PLAN), []

    for hour in range(0, 24, 6):
        start = SEEDED_AT + timedelta(hours=hour)
        parts += stream.between(start, start + timedelta(hours=6))

    assert parts == whole


def test_a_day_has_enough_to_look_at_and_not_too_much() -> None:
    first = Stream(PLAN).between(SEEDED_AT, SEEDED_AT + DAY)
    tenth = Stream(PLAN).between(SEEDED_AT + 9 * DAY, SEEDED_AT + 10 * DAY)

    assert (1_000 < len(first) < 3_500, 1_000 < len(tenth) < 2_500) == (True, True)


def test_new_orders_have_numbers_that_no_begun_one_has() -> None:
    told = Stream(PLAN).between(SEEDED_AT, SEEDED_AT + 3 * DAY)

    created = [each.order for each in told if "order of" in each.words]

    assert len(set(created)) >= 3 * living.ORDERS_A_DAY - 60
    assert all(each.at > SEEDED_AT for each in told)


def test_the_plan_survives_its_tenant_s_settings() -> None:
    assert living.plan_of({"demo": PLAN.as_setting()}) == PLAN
    assert living.plan_of({}) is None


def test_who_was_away_says_only_what_is_still_worth_saying() -> None:
    told = Stream(PLAN).between(SEEDED_AT, SEEDED_AT + timedelta(hours=12))

    kept = living.newest_only(told)

    parcels = [each.subject for each in kept if each.subject]
    assert len(parcels) == len(set(parcels)) == len({each.subject for each in told if each.subject})
    assert [each for each in kept if not each.subject] == [each for each in told if not each.subject]
