"""A suspended shop writes to nobody and decides nothing; opened again it goes on where it stood."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboards.operations import acts, health
from tests.factories import make_tenant
from tests.workflows.runs import kit
from tests.workflows.runs.leaving import leaving, make_due, queued
from workflows.runs import process
from workflows.runs.deliver import Claim, claim, deliver, prepare, queue_lag
from workflows.runs.models import Run

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def suspended(tenant_id: int) -> None:
    acts.suspend(tenant_id, reason="unpaid", actor="staff@postsale.example", now=NOW)


def resumed(tenant_id: int) -> None:
    acts.resume(tenant_id, actor="staff@postsale.example", now=NOW)


def test_messages_wait_while_the_shop_is_suspended_and_leave_afterwards() -> None:
    shop = leaving()
    waiting = shop.write()
    suspended(shop.tenant_id)

    while_shut, lag = deliver(now=NOW), queue_lag()
    resumed(shop.tenant_id)
    opened = deliver(now=NOW)

    assert (while_shut, lag, opened) == (0, timedelta(), 1)
    assert shop.fate(waiting)[:2] == ("sent", 1)


def test_a_message_that_is_claimed_already_does_not_leave() -> None:
    shop = leaving()
    waiting = shop.write()
    [claimed] = claim(1)
    suspended(shop.tenant_id)

    ready = prepare(claimed, now=NOW)
    resumed(shop.tenant_id)
    make_due()
    deliver(now=NOW)

    assert ready is None
    assert isinstance(claimed, Claim)
    assert (shop.fate(waiting)[0], queued()) == ("sent", [])


def test_nothing_is_decided_while_the_shop_is_suspended() -> None:
    shop = make_tenant()
    kit.publish_document(shop.id, kit.example("late_handoff"))
    kit.say(shop.id, kit.label("1001", "1Z1001", at=kit.NOW), at=kit.NOW + kit.hours(1))
    suspended(shop.id)

    while_shut, runs = process.process_some(), kit.rows(shop.id, Run)
    lanes = health.look(now=NOW).lanes
    resumed(shop.id)
    opened = process.process_some()

    assert (while_shut, runs, list(lanes), opened) == (0, [], [], 1)
    assert len(kit.rows(shop.id, Run)) == 1


def test_a_worker_that_holds_the_lane_already_stops_at_its_fence() -> None:
    shop = make_tenant()
    kit.say(shop.id, kit.label("1001", "1Z1001", at=kit.NOW), at=kit.NOW)
    turn = kit.take_lane(shop.id)
    suspended(shop.id)

    assert process.process_lane(turn, until=NOW, limit=turn.limit) == 0
