"""What the shop itself has to tell: feeds that fell silent, workflows that failed; and events without an order."""

from datetime import timedelta
from typing import Any

import pytest

from postsale.events.kinds import Reported
from postsale.events.record import record
from postsale.integrations.models import Connection
from postsale.models import Deadline, Event
from postsale.tenants.scope import tenant
from tests.factories import MadeTenant, make_connection, make_member, make_tenant
from tests.workflows.runs.kit import NOW, decide, hours, label, publish_document, rows, say
from workflows.models import Outbox, Run

pytestmark = pytest.mark.django_db(transaction=True)

T = NOW + timedelta(minutes=1)


def tells_the_owners(trigger: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Notify the owners, at each event."""
    return {
        "format": "postsale.workflow/1", "name": "Tell", "trigger": trigger, "once_per": "event",
        "steps": [{"id": "tell", "kind": "action", "action": "notify.team",
                   "with": {"to": {"role": "owner"}, "subject": "Look", "body": "{{ event.to | default: \"\" }}"}}],
    } | changed  # fmt: skip


def a_feed(shop: MadeTenant, sent_at: list[timedelta]) -> Connection:
    """A connection that sent an event at each of these moments before T."""
    feed = make_connection(shop.id)
    for n, before in enumerate(sorted(sent_at, reverse=True)):
        event = Reported(type="custom.ping", external_id=f"p{n}", occurred_at=T - before, data={})
        record(shop.id, [event], source="feed", now=T - before, connection_id=feed.id)
    with tenant(shop.id):
        Connection.objects.filter(id=feed.id).update(last_event_at=T - min(sent_at))
        Deadline.objects.create(kind="feed", target=feed.id, tenant=shop.id, due_at=T)
    return feed


def silences(shop: MadeTenant) -> list[Any]:
    """The events that tell of a silence."""
    return rows(shop.id, Event, type="feed.silent")


def test_a_feed_that_used_to_send_and_stopped_is_told_of_once_a_silence() -> None:
    shop = make_tenant()
    publish_document(shop.id, tells_the_owners({"type": "feed.silent"}), now=T - hours(400))
    feed = a_feed(shop, [hours(n) for n in range(30, 60)])

    for later in (0, 1, 50):
        decide(shop.id, until=T + hours(later))

    (told,) = silences(shop)
    assert (told.data["connection"], told.data["changed"]["to"]) == (str(feed.id), feed.name)
    assert not Deadline.objects.filter(kind="feed").exists()
    assert len(rows(shop.id, Run)) == 1


@pytest.mark.parametrize(
    ("sent_at", "next_look"),
    [
        ([hours(n) for n in range(5, 60)], hours(24 - 5)),
        ([hours(n) for n in range(30, 1000, 24)], hours(96 - 30)),
        ([hours(30 + week * 168 + n) for week in range(4) for n in range(100)], hours(69 - 30)),
    ],
    ids=["not for a day", "once a day is usual", "a weekend is usual"],
)
def test_a_feed_that_is_as_silent_as_usual_is_left_alone(sent_at: list[timedelta], next_look: timedelta) -> None:
    shop = make_tenant()
    a_feed(shop, sent_at)

    decide(shop.id, until=T)

    assert silences(shop) == []
    due_at = Deadline.objects.get(kind="feed").due_at
    assert due_at is not None
    assert abs(due_at - T - next_look) <= hours(1)


def test_a_feed_without_a_habit_and_a_disabled_one_alarm_nobody() -> None:
    shop = make_tenant()
    a_feed(shop, [hours(30)])
    off = a_feed(shop, [hours(n) for n in range(30, 60)])
    with tenant(shop.id):
        Connection.objects.filter(id=off.id).update(state="disabled")

    decide(shop.id, until=T)

    assert silences(shop) == []
    assert not Deadline.objects.filter(kind="feed").exists()


def test_a_workflow_that_fails_is_an_event_that_may_trigger() -> None:
    shop = make_tenant()
    publish_document(shop.id, {
        "format": "postsale.workflow/1", "name": "Fragile", "trigger": {"type": "label.created"},
        "steps": [{"id": "note", "kind": "action", "action": "order.add_note", "with": {"text": "{{ order.promised_by }}"}}],
    })  # fmt: skip
    publish_document(shop.id, tells_the_owners({"type": "workflow.failed"}))
    say(shop.id, label("1", "1Z1", at=T), at=T)

    decide(shop.id, until=T + hours(1))

    (told,) = rows(shop.id, Event, type="workflow.failed")
    assert (told.data["changed"]["to"], told.actor["kind"]) == ("Fragile", "workflow")
    assert sorted(run.state for run in rows(shop.id, Run)) == ["done", "failed"]
    assert {mail.subject for mail in rows(shop.id, Outbox)} == {"Look"}


def test_a_workflow_that_tells_of_failures_and_fails_does_not_tell_of_itself() -> None:
    shop = make_tenant()
    broken = [{"id": "note", "kind": "action", "action": "order.add_note", "with": {"text": "{{ order.promised_by }}"}}]
    for trigger in ("label.created", "workflow.failed"):
        publish_document(shop.id, tells_the_owners({"type": trigger}, name=trigger, steps=broken))
    say(shop.id, label("1", "1Z1", at=T), at=T)

    decide(shop.id, until=T + hours(1))

    assert sorted(run.state for run in rows(shop.id, Run)) == ["failed", "failed", "stopped"]


def test_a_customers_event_without_an_order_triggers_what_needs_none() -> None:
    shop = make_tenant()
    make_member(shop.id, role="shipping_manager", email="mara@shop.example")
    message = {"type": "customer.message_received"}
    publish_document(shop.id, tells_the_owners(message))
    publish_document(shop.id, tells_the_owners(message, name="Default", once_per="order"))
    publish_document(shop.id, tells_the_owners(message, name="Of the order", steps=[
        {"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "asked"}}]))  # fmt: skip
    publish_document(shop.id, tells_the_owners(message, name="Once", once_per="customer"))
    for n in range(2):
        data = {"customer": {"email": "Ann@example.com"}, "text": "Where is it?"}
        say(shop.id, Reported(type=message["type"], external_id=f"m{n}", occurred_at=T, data=data), at=T + hours(n))

    decide(shop.id, until=T + hours(5))

    names = [run.subject.partition(":")[::2] for run in rows(shop.id, Run)]
    assert sorted(kind for kind, _ in names) == ["customer", "event", "event", "event", "event"]
    assert ("customer", "ann@example.com") in names
    assert {run.state for run in rows(shop.id, Run)} == {"done"}


def test_an_event_of_a_shop_with_nothing_but_a_name_triggers_too() -> None:
    shop = make_tenant()
    publish_document(shop.id, tells_the_owners({"type": "custom.stock_low"}))
    say(shop.id, Reported(type="custom.stock_low", external_id="s1", occurred_at=T, data={"sku": "A"}), at=T)

    decide(shop.id, until=T + hours(1))

    assert [run.state for run in rows(shop.id, Run)] == ["done"]
