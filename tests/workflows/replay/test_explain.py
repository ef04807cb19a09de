"""Every workflow answers for every order: fired, waiting, not fired and why, never triggered; and what comes next."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import connection

from postsale.orders.models import Order
from postsale.tenants.ids import new_id
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
    live,
    order_id_of,
    scan,
)
from workflows.definitions import publish, store
from workflows.replay import explain
from workflows.replay.attempt import try_document
from workflows.replay.upcoming import upcoming

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> int:
    """A new tenant."""
    return make_tenant().id


def row_of(shop: int, number: str = "1001", *, at: Any = START + DAY) -> dict[str, Any]:
    """What the only workflow says about an order."""
    with tenant(shop):
        rows = explain.verdicts(order_id_of(shop, number), now=at)
    assert len(rows) == 1
    return rows[0]


def test_a_fired_workflow_says_when_and_keeps_its_verdict(shop: int) -> None:
    workflow = live(shop, SHIPMENT_EXCEPTION)
    label(shop, "1001", at=START)
    scan(shop, "1001", "exception", at=START + HOUR)
    decide(shop, until=START + DAY)

    row = row_of(shop)

    assert (row["workflow"], row["name"], row["version"]) == (str(workflow.id), "Shipment exception", 1)
    assert (row["outcome"], row["words"]) == ("fired", "fired at 2026-11-02 10:00 UTC")
    assert (row["verdict"]["holds"], row["flip"]) == (True, None)
    assert row["run"] is not None


def test_a_patient_workflow_is_waiting_until_its_moment(shop: int) -> None:
    live(shop, LATE_HANDOFF)
    label(shop, "1001", at=START)
    decide(shop, until=START + DAY)

    row = row_of(shop)

    assert row["outcome"] == "waiting"
    assert row["words"].startswith("waiting until 2026-11-04 09:00 UTC")


def test_a_workflow_of_another_channel_did_not_fire_and_says_what_would_flip_it(shop: int) -> None:
    live(shop, SHIPMENT_EXCEPTION)
    label(shop, "1001", at=START, channel="ebay")
    scan(shop, "1001", "exception", at=START + HOUR, channel="ebay")
    decide(shop, until=START + DAY)

    row = row_of(shop)

    assert (row["outcome"], row["verdict"]["holds"], row["run"]) == ("not_fired", False, None)
    assert row["flip"] == "if the sales channel were shopify-us"
    assert row["words"].startswith("woken at 2026-11-02 10:00 UTC")


def test_a_parcel_that_left_in_time_explains_why_nobody_was_warned(shop: int) -> None:
    live(shop, LATE_HANDOFF)
    label(shop, "1001", at=START)
    scan(shop, "1001", "in_transit", at=START + DAY)
    decide(shop, until=START + 3 * DAY)

    row = row_of(shop, at=START + 3 * DAY)

    assert (row["outcome"], row["flip"]) == ("not_fired", "if the tracking status were awaiting_carrier")


def test_a_workflow_that_nothing_woke_says_what_it_waits_for(shop: int) -> None:
    live(shop, SHIPMENT_EXCEPTION)
    label(shop, "1001", at=START)
    decide(shop, until=START + DAY)

    row = row_of(shop)

    assert (row["outcome"], row["verdict"], row["run"]) == ("never_triggered", None, None)
    assert row["flip"] == "when the tracking status changes to Exception"


def test_what_happened_before_it_was_published_does_not_count(shop: int) -> None:
    label(shop, "1001", at=START)
    scan(shop, "1001", "exception", at=START + HOUR)
    decide(shop, until=START + DAY)
    live(shop, SHIPMENT_EXCEPTION, at=START + DAY)

    row = row_of(shop, at=START + 2 * DAY)

    assert (row["outcome"], row["flip"]) == ("never_triggered", None)
    assert row["words"] == (
        "it was not listening yet: it never happened since it was published at 2026-11-03 09:00 UTC that the tracking "
        "status changes to Exception, only before, at 2026-11-02 10:00 UTC"
    )


def test_a_draft_a_paused_and_an_archived_workflow_say_so_or_nothing(shop: int) -> None:
    paused, archived = live(shop, SHIPMENT_EXCEPTION), live(shop, LATE_HANDOFF)
    with tenant(shop):
        publish.pause(paused.id, now=START)
        publish.archive(archived.id, now=START)
        store.save(dict(LATE_HANDOFF) | {"name": "Draft"}, workflow=None, by="mia@shop.example", now=START)
    label(shop, "1001", at=START + HOUR)
    scan(shop, "1001", "exception", at=START + 2 * HOUR)
    decide(shop, until=START + DAY)

    with tenant(shop):
        rows = explain.verdicts(order_id_of(shop, "1001"), now=START + DAY)

    assert [(row["name"], row["outcome"], row["words"]) for row in rows] == [
        ("Shipment exception", "not_fired", "it is paused"),
        ("Draft", "never_triggered", "it was never published"),
    ]


def test_rows_are_paged_by_workflow(shop: int) -> None:
    made = [live(shop, {**LATE_HANDOFF, "name": f"Late {n}"}) for n in range(3)]
    label(shop, "1001", at=START)
    decide(shop, until=START + HOUR)
    order_id = order_id_of(shop, "1001")

    with tenant(shop):
        first = explain.verdicts(order_id, now=START + HOUR, limit=2)
        rest = explain.verdicts(order_id, now=START + HOUR, limit=2, after=made[1].id)

    assert [row["name"] for row in (*first, *rest)] == ["Late 0", "Late 1", "Late 2"]


def test_an_unknown_order_and_another_tenants_are_alike(shop: int) -> None:
    label(shop, "1001", at=START)
    decide(shop, until=START + HOUR)
    order_id = order_id_of(shop, "1001")
    stranger = make_tenant().id

    for tenant_id, asked in ((shop, new_id()), (stranger, order_id)):
        with tenant(tenant_id), pytest.raises(Order.DoesNotExist):
            explain.verdicts(asked, now=START + HOUR)


def test_upcoming_says_what_comes_when_unless_what(shop: int) -> None:
    workflow = live(shop, LATE_HANDOFF)
    label(shop, "1001", at=START)
    decide(shop, until=START + DAY)

    with tenant(shop):
        rows = upcoming(order_id_of(shop, "1001"), now=START + DAY)

    assert [(row["at"], row["workflow"], row["name"]) for row in rows] == [
        ((START + 2 * DAY).isoformat(), str(workflow.id), "Late carrier handoff")
    ]
    assert rows[0]["words"] == "decides, and if all holds: put on a board, count on a dashboard"
    assert rows[0]["unless"] == "by then it is no longer so that the tracking status is awaiting_carrier"


def test_upcoming_says_so_when_as_things_stand_nothing_comes_of_a_wait(shop: int) -> None:
    live(shop, LATE_HANDOFF)
    label(shop, "1001", at=START)
    scan(shop, "1001", "in_transit", at=START + HOUR)
    decide(shop, until=START + DAY)

    with tenant(shop):
        (row,) = upcoming(order_id_of(shop, "1001"), now=START + DAY)

    because = "the tracking status is in_transit, expected awaiting_carrier"
    assert (row["words"], row["unless"]) == (f"looks again, and does nothing as things stand: {because}", "")


WAITS_FOR_DELIVERY: Mapping[str, Any] = {
    "format": "postsale.workflow/1",
    "name": "Waits",
    "trigger": {"type": "label.created"},
    "steps": [
        {"id": "wait", "kind": "wait", "until_event": {"type": "tracking.delivered", "within": {"days": 3}}},
        {"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "late {{ order.number }}"}},
    ],
}


def test_upcoming_names_the_event_that_a_run_waits_for(shop: int) -> None:
    live(shop, WAITS_FOR_DELIVERY)
    label(shop, "1001", at=START)
    decide(shop, until=START + HOUR)

    with tenant(shop):
        rows = upcoming(order_id_of(shop, "1001"), now=START + HOUR)

    assert [(row["at"], row["unless"]) for row in rows] == [
        ((START + 3 * DAY).isoformat(), "a parcel is delivered before")
    ]


def test_nothing_is_upcoming_where_nothing_waits(shop: int) -> None:
    label(shop, "1001", at=START)
    decide(shop, until=START + HOUR)

    with tenant(shop):
        assert upcoming(order_id_of(shop, "1001"), now=START + HOUR) == []


def test_a_try_shows_the_verdict_and_the_rendered_actions_and_does_nothing(shop: int) -> None:
    label(shop, "1001", at=START)
    scan(shop, "1001", "exception", at=START + HOUR)
    decide(shop, until=START + DAY)
    order_id = order_id_of(shop, "1001")

    with tenant(shop):
        answer = try_document(dict(SHIPMENT_EXCEPTION), order_id, now=START + DAY)
        order = Order.objects.get(tenant_id=shop, id=order_id)

    assert (answer["verdict"]["holds"], answer["flip"]) == (True, None)
    assert [(action["step"], action["action"], action["state"]) for action in answer["actions"]] == [
        ("note", "order.add_note", "done"), ("set_status", "order.set_status", "done"), ("to_board", "board.add", "done"),
    ]  # fmt: skip
    assert answer["actions"][2]["would_write"][0]["slug"] == "exceptions"
    assert (order.ops_status, _runs(shop)) == ("new", 0)


def test_a_try_renders_the_mail_that_it_would_send(shop: int) -> None:
    label(shop, "1001", at=START)
    decide(shop, until=START + HOUR)
    document = {
        "format": "postsale.workflow/1", "name": "Mail", "trigger": {"type": "label.created"},
        "steps": [{"id": "mail", "kind": "action", "action": "email.customer",
                   "with": {"subject": "Order {{ order.number }}", "body": "It is packed."}}],
    }  # fmt: skip

    with tenant(shop):
        answer = try_document(document, order_id_of(shop, "1001"), now=START + HOUR)

    mail = answer["actions"][0]["would_write"][0]
    assert (mail["kind"], mail["to"], mail["subject"]) == ("email", "1001@buyer.example", "Order 1001")


def test_a_try_that_would_wait_says_until_when(shop: int) -> None:
    label(shop, "1001", at=START)
    decide(shop, until=START + HOUR)

    with tenant(shop):
        answer = try_document(dict(LATE_HANDOFF), order_id_of(shop, "1001"), now=START + HOUR)

    assert (answer["verdict"]["holds"], answer["actions"]) == (False, [])
    assert answer["waits_until"] == (START + 2 * DAY).isoformat()


def test_a_try_passes_its_waits_as_if_nothing_else_happened(shop: int) -> None:
    label(shop, "1001", at=START)
    decide(shop, until=START + HOUR)

    with tenant(shop):
        answer = try_document(dict(WAITS_FOR_DELIVERY), order_id_of(shop, "1001"), now=START + HOUR)

    assert answer["verdict"] is None
    assert [(action["at"], action["words"]) for action in answer["actions"]] == [
        ((START + 3 * DAY + HOUR).isoformat(), "added the tag late 1001")
    ]


def _runs(shop: int) -> int:
    with tenant(shop), connection.cursor() as cursor:
        cursor.execute("select count(*) from workflows_run")
        return int(cursor.fetchone()[0])
