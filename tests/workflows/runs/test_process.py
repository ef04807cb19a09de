"""Both founding stories, and what must hold around them, from the log to the cards."""

from datetime import timedelta

import pytest

from dashboards.models import Case, Tally
from postsale.models import Deadline, Inbox, Order, Quarantine, Shipment
from tests.factories import make_member, make_tenant
from tests.workflows.runs.kit import NOW, decide, example, hours, label, publish_document, rows, say, scan
from workflows.models import Outbox, Run, RunKey, StepRun
from workflows.runs import decide as deciding
from workflows.runs import process

pytestmark = pytest.mark.django_db(transaction=True)

T = NOW + timedelta(minutes=1)


def test_an_exception_mails_the_customer_sets_the_status_and_opens_a_card() -> None:
    shop = make_tenant()
    publish_document(shop.id, example("shipment_exception"))
    say(shop.id, label("1001", "1Z1", at=T), at=T)
    say(shop.id, scan("1Z1", "in_transit", at=T + hours(1)), scan("1Z1", "exception", at=T + hours(2)), at=T + hours(2))

    decide(shop.id, until=T + hours(3))

    (run,) = rows(shop.id, Run)
    assert run.state == "done"
    assert [(step.step, step.state) for step in sorted(rows(shop.id, StepRun), key=lambda step: step.position)] == [
        ("only_channel", "done"), ("tell_customer", "done"), ("set_status", "done"), ("to_board", "done"),
    ]  # fmt: skip
    (order,) = rows(shop.id, Order)
    assert order.ops_status == "exception"
    (case,) = rows(shop.id, Case)
    assert (case.state, case.severity, case.order_id) == ("open", "critical", order.id)
    assert case.reason == "The tracking status changed to Exception; the sales channel is Shopify US"
    (mail,) = rows(shop.id, Outbox)
    assert (mail.to, mail.status) == ("ann@example.com", "queued")
    assert not Inbox.objects.exists()


def test_an_exception_of_another_channel_does_nothing() -> None:
    shop = make_tenant()
    publish_document(shop.id, example("shipment_exception"))
    say(shop.id, label("1001", "1Z1", at=T, channel="etsy"), scan("1Z1", "exception", at=T + hours(2)), at=T + hours(2))

    decide(shop.id, until=T + hours(3))

    assert rows(shop.id, Run) == []
    assert rows(shop.id, Case) == []


def test_a_late_label_surfaces_once_when_two_days_have_passed() -> None:
    shop = make_tenant()
    make_member(shop.id, role="shipping_manager", email="mara@shop.example")
    publish_document(shop.id, example("late_handoff"))
    say(shop.id, label("1001", "1Z1", at=T), at=T)

    decide(shop.id, until=T + hours(47.9))
    early = rows(shop.id, Case)
    decide(shop.id, until=T + hours(48))
    decide(shop.id, until=T + hours(500))

    assert early == []
    (case,) = rows(shop.id, Case)
    assert case.state == "open"
    (tally,) = rows(shop.id, Tally)
    assert (tally.measure, tally.count, tally.carrier) == ("late_handoffs", 1, "ups")
    assert {mail.to for mail in rows(shop.id, Outbox)} == {"mara@shop.example"}


def test_a_parcel_that_was_handed_over_in_time_never_surfaces() -> None:
    shop = make_tenant()
    publish_document(shop.id, example("late_handoff"))
    say(shop.id, label("1001", "1Z1", at=T), at=T)
    say(shop.id, scan("1Z1", "accepted", at=T + hours(20)), at=T + hours(20))

    decide(shop.id, until=T + hours(100))

    assert rows(shop.id, Case) == []
    assert rows(shop.id, Run) == []
    assert rows(shop.id, RunKey) == []
    assert not Deadline.objects.exists()


def test_the_card_clears_itself_when_the_parcel_moves_and_comes_back_with_its_memory() -> None:
    shop = make_tenant()
    publish_document(shop.id, example("shipment_exception"))
    say(shop.id, label("1001", "1Z1", at=T), scan("1Z1", "exception", at=T + hours(2)), at=T + hours(2))
    decide(shop.id, until=T + hours(3))
    say(shop.id, scan("1Z1", "in_transit", at=T + hours(5)), at=T + hours(5))
    decide(shop.id, until=T + hours(6))
    (cleared,) = rows(shop.id, Case)
    say(shop.id, scan("1Z1", "exception", at=T + hours(7)), at=T + hours(7))
    decide(shop.id, until=T + hours(8))

    (case,) = rows(shop.id, Case)

    assert (cleared.state, cleared.resolved_by) == (
        "resolved",
        {"kind": "cleared", "name": "The tracking status is In transit"},
    )
    assert (case.state, case.id) == ("open", cleared.id)


def test_a_scan_before_its_order_is_decided_when_the_order_is_linked() -> None:
    shop = make_tenant()
    publish_document(shop.id, example("shipment_exception"))
    say(shop.id, scan("1Z1", "exception", at=T), at=T)
    decide(shop.id, until=T + hours(1))
    before = [run.state for run in rows(shop.id, Run)]

    say(shop.id, label("1001", "1Z1", at=T + hours(2)), at=T + hours(2))
    decide(shop.id, until=T + hours(3))

    assert before == ["waiting"]
    (run,) = rows(shop.id, Run)
    assert run.state == "done"
    assert len(rows(shop.id, Case)) == 1


def test_watch_mode_decides_and_records_and_does_nothing() -> None:
    shop = make_tenant()
    publish_document(shop.id, example("shipment_exception"), mode="watch")
    say(shop.id, label("1001", "1Z1", at=T), scan("1Z1", "exception", at=T + hours(2)), at=T + hours(2))

    decide(shop.id, until=T + hours(3))

    (run,) = rows(shop.id, Run)
    assert run.state == "watched"
    assert rows(shop.id, Case) == []
    assert rows(shop.id, Outbox) == []
    assert rows(shop.id, Order)[0].ops_status == "new"


def test_backfill_is_folded_and_triggers_nothing() -> None:
    shop = make_tenant()
    publish_document(shop.id, example("shipment_exception"), now=NOW - timedelta(days=40))
    say(shop.id, label("1001", "1Z1", at=T), scan("1Z1", "exception", at=T + hours(2)), at=T, backfill=True)

    decide(shop.id, until=T + hours(300))

    assert rows(shop.id, Shipment)[0].tracking_status == "exception"
    assert rows(shop.id, Run) == []


def test_once_per_parcel_with_a_cooldown_fires_again_only_after_it() -> None:
    shop = make_tenant()
    publish_document(shop.id, example("shipment_exception"))
    say(shop.id, label("1001", "1Z1", at=T), at=T)
    for n, status in enumerate(["exception", "in_transit"] * 3):
        at = T + hours(1 + n * 8)
        say(shop.id, scan("1Z1", status, at=at), at=at)

    decide(shop.id, until=T + hours(100))

    assert [(key.nth, key.fired_at) for key in rows(shop.id, RunKey)] == [(0, T + hours(1)), (1, T + hours(33))]


def test_two_workflows_that_set_off_each_other_stop_and_say_so() -> None:
    shop = make_tenant()
    for name, tag, other in (("A", "a", "b"), ("B", "b", "a")):
        publish_document(shop.id, {
            "format": "postsale.workflow/1", "name": name, "once_per": "event", "trigger": {"type": "order.tag_added"},
            "steps": [
                {"id": "only", "kind": "condition", "if": {"field": "event.to", "op": "is", "value": tag}},
                {"id": "drop", "kind": "action", "action": "order.remove_tag", "with": {"tag": tag}},
                {"id": "add", "kind": "action", "action": "order.add_tag", "with": {"tag": other}},
            ],
        })  # fmt: skip
    publish_document(shop.id, {
        "format": "postsale.workflow/1", "name": "Start", "trigger": {"type": "label.created"},
        "steps": [{"id": "add", "kind": "action", "action": "order.add_tag", "with": {"tag": "a"}}],
    })  # fmt: skip
    say(shop.id, label("1001", "1Z1", at=T), at=T)

    decide(shop.id, until=T + hours(1))

    states = sorted((run.state, run.reason) for run in rows(shop.id, Run))
    assert [state for state, _ in states] == ["done", "done", "done", "stopped"]
    assert "trigger itself" in states[-1][1]


def test_an_event_that_cannot_be_decided_is_set_aside_and_the_others_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = make_tenant()
    say(shop.id, label("1001", "1Z1", at=T), at=T)
    say(shop.id, scan("1Z1", "in_transit", at=T + hours(1)), at=T + hours(1))
    real = deciding.Decider.take

    def take(self: deciding.Decider, arrival: object) -> None:
        if getattr(arrival, "type", "") == "label.created":
            raise ValueError("poison")
        real(self, arrival)  # type: ignore[arg-type]

    monkeypatch.setattr(deciding.Decider, "take", take)

    process.process_some()

    (kept,) = rows(shop.id, Quarantine)
    assert "poison" in kept.reason
    assert rows(shop.id, Shipment)[0].tracking_status == "in_transit"
    assert not Inbox.objects.exists()
