"""The funnel says how many came, where they stopped and which; a difference says what a new version changes."""

from typing import Any

import pytest

from postsale.tenants.scope import tenant
from tests.factories import make_tenant
from tests.workflows.replay.kit import (
    DAY,
    HOUR,
    LATE_HANDOFF,
    SHIPMENT_EXCEPTION,
    START,
    decide,
    label,
    order_id_of,
    scan,
)
from workflows.definitions import publish, store
from workflows.replay import backtest
from workflows.replay.models import Backtest

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> int:
    """A new tenant."""
    return make_tenant().id


def answer(shop: int, document: Any, **options: Any) -> dict[str, Any]:
    """What a back-test of ten days finds."""
    with tenant(shop):
        asked = backtest.create(
            dict(document), from_at=START, to_at=START + 10 * DAY, now=START, options=options,
            workflow_id=options.pop("workflow", None),
        )  # fmt: skip
    assert backtest.run_next() == asked.id
    with tenant(shop):
        done = Backtest.objects.get(tenant_id=shop, id=asked.id)
    assert done.state == "done"
    return dict(done.result or {})


def exceptions(shop: int) -> None:
    """Three exceptions of two channels, one of them twice for the same parcel."""
    for number, channel in (("1001", "shopify-us"), ("1002", "ebay"), ("1003", "shopify-us")):
        label(shop, number, at=START, channel=channel)
        scan(shop, number, "exception", at=START + HOUR, channel=channel)
    scan(shop, "1001", "in_transit", at=START + 2 * HOUR)
    scan(shop, "1001", "exception", at=START + 3 * HOUR)
    decide(shop, until=START + DAY)


def test_every_exception_is_somewhere_in_the_funnel(shop: int) -> None:
    exceptions(shop)

    found = answer(shop, SHIPMENT_EXCEPTION)

    counts = {stage["id"]: (stage["count"], stage["stopped"]) for stage in found["funnel"]}
    (gate,) = [key for key in counts if key not in ("trigger", "once")]
    stopped = next(stage for stage in found["funnel"] if stage["id"] == gate)["first"]
    assert counts["trigger"] == (4, 0)
    assert counts[gate] == (found["fired"], 1)
    assert [row["order"] for row in stopped] == [str(order_id_of(shop, "1002"))]
    assert counts["trigger"][0] == sum(stopped for _, stopped in counts.values()) + found["fired"]


def test_only_the_channels_that_were_asked_for_are_counted(shop: int) -> None:
    exceptions(shop)

    found = answer(shop, SHIPMENT_EXCEPTION, channels=["ebay"])

    assert found["fired"] == 0
    assert found["funnel"][0]["count"] == 1


def test_what_still_waits_at_the_end_is_said(shop: int) -> None:
    label(shop, "1001", at=START + 9 * DAY)
    decide(shop, until=START + 9 * DAY + HOUR)

    found = answer(shop, LATE_HANDOFF)

    assert {stage["id"]: stage["count"] for stage in found["funnel"]} == {
        "trigger": 1, "only_late": 0, "waiting": 1,
    }  # fmt: skip


def test_a_patient_gate_that_fails_when_its_time_comes_counts_as_stopped_there(shop: int) -> None:
    label(shop, "1001", at=START)
    scan(shop, "1001", "in_transit", at=START + DAY)
    label(shop, "1002", at=START)
    decide(shop, until=START + 5 * DAY)

    found = answer(shop, LATE_HANDOFF)

    assert [(stage["id"], stage["count"], stage["stopped"]) for stage in found["funnel"]] == [
        ("trigger", 2, 0),
        ("only_late", 1, 1),
    ]


def test_steps_and_letters_are_counted(shop: int) -> None:
    exceptions(shop)

    found = answer(shop, SHIPMENT_EXCEPTION)

    done = {step: ends.get("done", 0) for step, ends in found["steps"].items()}
    assert all(times == found["fired"] for times in done.values())
    assert found["letters"] == {"sent": 0, "customers": 0, "most": 0, "customers_by_count": {}}
    assert (found["orders"], found["all_orders"]) == (2, 3)


def test_a_draft_is_held_against_what_is_published_order_by_order(shop: int) -> None:
    exceptions(shop)
    with tenant(shop):
        workflow = store.save(dict(SHIPMENT_EXCEPTION), workflow=None, by="o", now=START)
        publish.publish(workflow.id, mode="watch", by="o", now=START + 9 * DAY)
    other = {
        **SHIPMENT_EXCEPTION,
        "steps": [step for step in SHIPMENT_EXCEPTION["steps"] if step["kind"] != "condition"],
    }

    found = answer(shop, other, workflow=workflow.id, compare=1)["compared"]

    assert (found["version"], found["added_count"], found["removed_count"]) == (1, 1, 0)
    assert [row["order"] for row in found["added"]] == [str(order_id_of(shop, "1002"))]


def test_the_same_document_has_no_difference(shop: int) -> None:
    exceptions(shop)
    with tenant(shop):
        workflow = store.save(dict(SHIPMENT_EXCEPTION), workflow=None, by="o", now=START)
        workflow = publish.publish(workflow.id, mode="watch", by="o", now=START + 9 * DAY)
        stored = store.document_of(store.version_of(workflow, "published"))

    found = answer(shop, stored, workflow=workflow.id, compare=1)

    assert "compared" not in found


def test_a_clock_brings_every_order_to_the_door_at_each_tick(shop: int) -> None:
    label(shop, "1001", at=START)
    label(shop, "1002", at=START, channel="ebay")
    decide(shop, until=START + DAY)
    daily = {
        "format": "postsale.workflow/1", "name": "Daily", "trigger": {"type": "schedule", "at": "0 8 * * *"},
        "once_per": "order",
        "steps": [
            {"id": "us", "kind": "condition", "if": {"field": "order.sales_channel", "op": "is", "value": "shopify-us"}},
            {"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "seen"}},
        ],
    }  # fmt: skip

    found = answer(shop, daily)

    stages = {stage["id"]: stage for stage in found["funnel"]}
    assert found["fired"] == 1
    assert stages["us"]["stopped"] == stages["trigger"]["count"] // 2
