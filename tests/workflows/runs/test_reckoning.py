"""A shop changes its calendar while runs wait for business time: they go by the new one, earlier or later."""

from datetime import UTC, datetime, timedelta

import pytest

from postsale.tenants import settings
from postsale.tenants.scope import tenant
from postsale.tenants.settings_shapes import CalendarChange, Changes
from tests.factories import make_tenant
from tests.workflows.runs.kit import decide, hours, label, publish_document, rows, say
from workflows.models import Run

pytestmark = pytest.mark.django_db(transaction=True)

#: A Friday in working hours; two business days later it is Tuesday, at the same time.
FRIDAY = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
TUESDAY = FRIDAY + timedelta(days=4)
LATE = {
    "format": "postsale.workflow/1", "name": "Late handoff", "trigger": {"type": "label.created"},
    "steps": [
        {"id": "late", "kind": "condition",
         "if": {"field": "parcel.label_created_at", "op": "older_than", "value": {"business_days": 2}}},
        {"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "late"}},
    ],
}  # fmt: skip


def waiting_since_friday() -> int:
    """The number of a shop whose one label was made on Friday and isn't late yet."""
    shop = make_tenant(timezone="UTC")
    publish_document(shop.id, LATE, now=FRIDAY - hours(1))
    say(shop.id, label("1", "1Z1", at=FRIDAY), at=FRIDAY)
    decide(shop.id, until=FRIDAY + hours(1))
    return shop.id


def work(shop_id: int, changed: CalendarChange, *, now: datetime) -> None:
    """From now on the shop has another calendar."""
    with tenant(shop_id):
        _, flaws = settings.change(shop_id, Changes(calendar=changed), actor="owner", now=now)
    assert flaws == ()


def decided(shop_id: int, *, until: datetime) -> list[tuple[str, datetime | None]]:
    """How each run stands once everything up to `until` is decided, and when it wakes or ended."""
    decide(shop_id, until=until)
    return [(run.state, run.wake_at or run.finished_at) for run in rows(shop_id, Run)]


def test_a_holiday_that_is_added_makes_it_wait_a_day_longer() -> None:
    shop_id = waiting_since_friday()
    monday = FRIDAY + timedelta(days=3)

    work(shop_id, CalendarChange(holidays=[f"{monday:%Y-%m-%d}"]), now=FRIDAY + hours(2))

    assert decided(shop_id, until=TUESDAY + hours(1)) == [("waiting", TUESDAY + timedelta(days=1))]
    assert decided(shop_id, until=TUESDAY + hours(25)) == [("done", TUESDAY + timedelta(days=1))]


def test_a_weekend_that_becomes_working_time_ends_the_wait_sooner() -> None:
    shop_id = waiting_since_friday()
    sunday = FRIDAY + timedelta(days=2)

    work(shop_id, CalendarChange(working_days=list(range(7))), now=FRIDAY + hours(2))

    assert decided(shop_id, until=FRIDAY + hours(3)) == [("waiting", sunday)]
    assert decided(shop_id, until=sunday + hours(1)) == [("done", sunday)]


def test_what_is_late_by_the_new_calendar_is_told_at_once() -> None:
    shop_id = waiting_since_friday()
    late = FRIDAY + timedelta(days=3)

    work(shop_id, CalendarChange(working_days=list(range(7))), now=late)

    assert decided(shop_id, until=late + hours(1)) == [("done", late)]


def test_other_settings_leave_waiting_runs_alone() -> None:
    shop_id = waiting_since_friday()

    with tenant(shop_id):
        settings.change(shop_id, Changes(name="North"), actor="owner", now=FRIDAY + hours(2))

    assert [(run.wake_at, run.machine["phase"]) for run in rows(shop_id, Run)] == [(TUESDAY, "patient")]
