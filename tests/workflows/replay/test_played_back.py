"""What is not in the log but happened on its way is played back too: ticks of a clock, a person's correction."""

from typing import Any

import pytest

from postsale.orders.edit_by_person import correct_parcel
from postsale.orders.models import Shipment
from postsale.tenants.scope import tenant
from tests.factories import make_tenant
from tests.workflows.replay.kit import DAY, HOUR, START, decide, label, live, order_id_of, scan
from tests.workflows.replay.test_backtest import answer
from workflows.runs.models import Run, StepRun

pytestmark = pytest.mark.django_db(transaction=True)

#: At 8 in Berlin (7 in UTC) on working days.
ROUND: dict[str, Any] = {
    "format": "postsale.workflow/1", "name": "Round", "once_per": "event",
    "trigger": {"type": "schedule", "at": "0 8 * * 1-5"},
    "steps": [
        {"id": "waits", "kind": "condition",
         "if": {"field": "parcel.tracking_status", "op": "is", "value": "awaiting_carrier"}},
        {"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "chase"}},
    ],
}  # fmt: skip


def test_a_back_test_of_a_schedule_ticks_as_it_would_have_live() -> None:
    shop = make_tenant(timezone="Europe/Berlin").id
    live(shop, ROUND)
    for number, hours in (("1", 0), ("2", 30)):
        label(shop, number, at=START + hours * HOUR)
    scan(shop, "1", "accepted", at=START + 2 * DAY)
    for day in range(1, 10):
        decide(shop, until=START + day * DAY)

    done = answer(shop, ROUND, days=9)

    with tenant(shop):
        lived = sorted((str(run.order_id), run.started_at.isoformat()) for run in Run.objects.filter(tenant_id=shop))
    result = done.result or {}
    assert sorted((run["order"], run["at"]) for run in result["runs"]) == lived
    first, second = (str(order_id_of(shop, number)) for number in ("1", "2"))
    assert [order for order, _ in lived] == sorted([first] * 2 + [second] * 6)
    assert result["fired"] == len(lived)


def test_a_correction_is_made_again_when_the_log_is_played_back() -> None:
    shop = make_tenant().id
    document = {
        "format": "postsale.workflow/1", "name": "Back on the way", "once_per": "event",
        "trigger": {"type": "tracking.reversed"},
        "steps": [
            {"id": "moves", "kind": "condition",
             "if": {"field": "parcel.tracking_status", "op": "is", "value": "in_transit"}},
            {"id": "open", "kind": "condition",
             "if": {"field": "order.delivery_status", "op": "is", "value": "in_progress"}},
            {"id": "note", "kind": "action", "action": "order.add_note", "with": {"text": "not delivered after all"}},
        ],
    }  # fmt: skip
    live(shop, document)
    label(shop, "1", at=START)
    scan(shop, "1", "delivered", at=START + HOUR)
    decide(shop, until=START + 2 * HOUR)
    with tenant(shop):
        parcel = Shipment.objects.get(tenant_id=shop)
        by = {"kind": "person", "name": "mia@shop.example"}
        correct_parcel(parcel.id, status="in_transit", by=by, now=START + 3 * HOUR)
    decide(shop, until=START + DAY)

    done = answer(shop, document)

    with tenant(shop):
        lived = [step.at.isoformat() for step in StepRun.objects.filter(tenant_id=shop, step="note")]
    runs = (done.result or {})["runs"]
    assert [run["at"] for run in runs] == lived
    assert len(lived) == 1
