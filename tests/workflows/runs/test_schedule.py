"""A schedule ticks by the shop's clock: once for each order that its first gate holds for, whoever dies on the way."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from postsale.models import Deadline, Order
from postsale.tenants.models import Tenant
from postsale.tenants.scope import tenant
from tests.factories import make_tenant
from tests.workflows.runs.kit import decide, hours, label, publish_document, rows, say, scan, take_lane
from workflows.definitions import publish, store
from workflows.models import Run
from workflows.runs import process
from workflows.runs import store as storing

pytestmark = pytest.mark.django_db(transaction=True)

#: A Monday; in Berlin (winter) 8 o'clock is 7 in UTC.
MONDAY = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)
EIGHT = MONDAY + hours(1)
DAY = timedelta(days=1)


def morning(**changed: Any) -> dict[str, Any]:
    """Each working day at 8: each parcel that still waits for its carrier."""
    return {
        "format": "postsale.workflow/1", "name": "Morning round", "once_per": "event",
        "trigger": {"type": "schedule", "at": "0 8 * * 1-5"},
        "steps": [
            {"id": "waits", "kind": "condition",
             "if": {"field": "parcel.tracking_status", "op": "is", "value": "awaiting_carrier"}},
            {"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "chase"}},
        ],
    } | changed  # fmt: skip


def fired(shop_id: int) -> list[tuple[str, datetime]]:
    """The runs that did something: (order number, when), as the shop sees them."""
    numbers = {order.id: order.number for order in rows(shop_id, Order)}
    return sorted((numbers[run.order_id], run.started_at) for run in rows(shop_id, Run))


def test_each_tick_runs_once_for_each_order_that_the_gate_holds_for_then() -> None:
    shop = make_tenant(timezone="Europe/Berlin")
    publish_document(shop.id, morning(), now=MONDAY)
    for number in ("1", "2"):
        say(shop.id, label(number, f"1Z{number}", at=MONDAY), at=MONDAY)
    say(shop.id, scan("1Z2", "accepted", at=EIGHT + hours(1)), at=EIGHT + hours(1))
    say(shop.id, label("3", "1Z3", at=EIGHT + hours(2)), at=EIGHT + hours(2))

    decide(shop.id, until=EIGHT + hours(3))
    decide(shop.id, until=EIGHT + DAY + hours(1))

    assert fired(shop.id) == [("1", EIGHT), ("1", EIGHT + DAY), ("2", EIGHT), ("3", EIGHT + DAY)]
    assert Deadline.objects.get(kind="clock").due_at == EIGHT + 2 * DAY


def test_once_per_order_means_once_for_ever() -> None:
    shop = make_tenant(timezone="Europe/Berlin")
    publish_document(shop.id, morning(once_per="order"), now=MONDAY)
    say(shop.id, label("1", "1Z1", at=MONDAY), at=MONDAY)

    for day in range(4):
        decide(shop.id, until=EIGHT + day * DAY + hours(1))

    assert fired(shop.id) == [("1", EIGHT)]


def test_what_a_late_worker_decides_is_what_was_true_at_the_tick() -> None:
    shop = make_tenant(timezone="Europe/Berlin")
    publish_document(shop.id, morning(), now=MONDAY)
    say(shop.id, label("1", "1Z1", at=MONDAY), at=MONDAY)
    say(shop.id, scan("1Z1", "accepted", at=EIGHT + hours(1)), at=EIGHT + hours(1))

    decide(shop.id, until=EIGHT + hours(20))

    assert fired(shop.id) == [("1", EIGHT)]


def test_of_missed_ticks_only_the_last_is_made_up_for() -> None:
    shop = make_tenant(timezone="Europe/Berlin")
    publish_document(shop.id, morning(), now=MONDAY)
    say(shop.id, label("1", "1Z1", at=MONDAY), at=MONDAY)

    decide(shop.id, until=EIGHT + 3 * DAY + hours(5))

    assert fired(shop.id) == [("1", EIGHT + 3 * DAY)]


def test_a_walk_goes_on_page_by_page_and_nothing_later_overtakes_it() -> None:
    shop = make_tenant(timezone="Europe/Berlin")
    publish_document(shop.id, morning(), now=MONDAY)
    for n in range(12):
        say(shop.id, label(f"{n:02}", f"1Z{n}", at=MONDAY), at=MONDAY + timedelta(seconds=n))
    later = EIGHT + timedelta(minutes=1)
    for n in range(12):
        say(shop.id, scan(f"1Z{n}", "accepted", at=later), at=later + timedelta(seconds=n))

    for _ in range(40):
        process.process_lane(take_lane(shop.id), until=EIGHT + hours(1), limit=1)

    assert [at for _, at in fired(shop.id)] == [EIGHT] * 12


def test_a_worker_that_dies_in_the_middle_of_a_tick_repeats_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = make_tenant(timezone="Europe/Berlin")
    publish_document(shop.id, morning(), now=MONDAY)
    for n in range(12):
        say(shop.id, label(f"{n:02}", f"1Z{n}", at=MONDAY), at=MONDAY + timedelta(seconds=n))
    decide(shop.id, until=EIGHT - hours(0.5))
    real, calls = storing.batch, []

    def dies_at_its_second_page(*given: Any, **named: Any) -> None:
        calls.append(1)
        real(*given, **named)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(storing, "batch", dies_at_its_second_page)

    process.process_lane(take_lane(shop.id), until=EIGHT, limit=1)
    with pytest.raises(KeyboardInterrupt):
        process.process_lane(take_lane(shop.id), until=EIGHT, limit=1)
    decide(shop.id, until=EIGHT + hours(1))

    assert fired(shop.id) == [(f"{n:02}", EIGHT) for n in range(12)]


def test_pausing_stops_the_clock_and_resuming_winds_it_again() -> None:
    shop = make_tenant(timezone="Europe/Berlin")
    workflow = publish_document(shop.id, morning(), now=MONDAY)
    say(shop.id, label("1", "1Z1", at=MONDAY), at=MONDAY)
    with tenant(shop.id):
        publish.pause(workflow.id, now=MONDAY)
    decide(shop.id, until=EIGHT + hours(1))
    while_paused = fired(shop.id)
    with tenant(shop.id):
        publish.resume(workflow.id, now=EIGHT + hours(1))

    decide(shop.id, until=EIGHT + DAY + hours(1))

    assert while_paused == []
    assert fired(shop.id) == [("1", EIGHT + DAY)]


def test_a_new_version_ticks_as_it_says() -> None:
    shop = make_tenant(timezone="Europe/Berlin")
    workflow = publish_document(shop.id, morning(), now=MONDAY)
    say(shop.id, label("1", "1Z1", at=MONDAY), at=MONDAY)
    with tenant(shop.id):
        noon = morning(trigger={"type": "schedule", "at": "0 12 * * *"})
        store.save(noon, workflow=workflow, by="owner", now=MONDAY)
        publish.publish(workflow.id, mode="live", by="owner", now=MONDAY)

    decide(shop.id, until=EIGHT + hours(23))

    assert fired(shop.id) == [("1", EIGHT + hours(4))]


def test_a_shop_that_moved_to_another_zone_ticks_by_its_new_clock() -> None:
    shop = make_tenant(timezone="Europe/Berlin")
    publish_document(shop.id, morning(), now=MONDAY)
    say(shop.id, label("1", "1Z1", at=MONDAY), at=MONDAY)
    with tenant(shop.id):
        Tenant.objects.filter(id=shop.id).update(timezone="America/New_York")

    decide(shop.id, until=EIGHT + hours(1))
    decide(shop.id, until=EIGHT + hours(7))

    assert fired(shop.id) == [("1", EIGHT + hours(6))]


def test_an_orders_gate_needs_no_parcel_and_a_parcels_gate_needs_no_order() -> None:
    shop = make_tenant(timezone="Europe/Berlin")
    publish_document(shop.id, morning(once_per="parcel", steps=[
        {"id": "waits", "kind": "condition",
         "if": {"field": "parcel.tracking_status", "op": "is", "value": "in_transit"}},
        {"id": "count", "kind": "action", "action": "dashboard.count",
         "with": {"dashboard": "operations", "measure": "seen"}},
    ]), now=MONDAY)  # fmt: skip
    publish_document(shop.id, morning(name="New orders", once_per="order", steps=[
        {"id": "new", "kind": "condition", "if": {"field": "order.ops_status", "op": "is", "value": "New"}},
        {"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "seen"}},
    ]), now=MONDAY)  # fmt: skip
    say(shop.id, label("1", "1Z1", at=MONDAY), scan("1Z9", "in_transit", at=MONDAY), at=MONDAY)

    decide(shop.id, until=EIGHT + hours(1))

    runs = [(run.order_id is None, run.shipment_id is None) for run in rows(shop.id, Run)]
    assert sorted(runs) == [(False, True), (True, False)]
    assert rows(shop.id, Order)[0].tags == ["seen"]
