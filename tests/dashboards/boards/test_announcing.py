"""What becomes of a card starts workflows that listen, once, and never in a circle; where nobody listens, nothing is told."""

from datetime import timedelta
from typing import Any

import pytest

from dashboards.boards import cases
from dashboards.boards.models import Case
from postsale.models import Event
from postsale.orders.models import Order
from postsale.tenants.models import Member
from postsale.tenants.scope import tenant
from tests.factories import MadeTenant, make_tenant
from tests.workflows.runs.kit import NOW, decide, example, label, publish_document, say, scan
from workflows.models import Run

pytestmark = pytest.mark.django_db(transaction=True)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TOLD = ("exception.opened", "exception.resolved", "exception.reopened")


def tags(on: str, tag: str, **more: Any) -> dict[str, Any]:
    """A workflow that tags the order when something happens to a card."""
    step = {"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": tag}}
    return {
        "format": "postsale.workflow/1", "name": tag, "trigger": {"type": on}, "once_per": "event", "steps": [step],
    } | more  # fmt: skip


def exceptions(shop: MadeTenant, *documents: dict[str, Any]) -> None:
    """The founding story and `documents` are live; then a parcel has an exception, recovers, and has one again."""
    for document in (example("shipment_exception", once_per="event", cooldown={"hours": 1}), *documents):
        publish_document(shop.id, document, now=NOW - HOUR)
    say(shop.id, label("1001", "1Z1", at=NOW), at=NOW)
    for at, status in enumerate(("exception", "in_transit", "exception"), 1):
        moment = NOW + at * DAY
        say(shop.id, scan("1Z1", status, at=moment, order="1001"), at=moment)
    decide(shop.id, until=NOW + 10 * DAY)


def seen(shop: MadeTenant) -> tuple[list[str], list[str]]:
    """The order's tags, and what the log was told of cards."""
    with tenant(shop.id):
        order = Order.objects.get(tenant_id=shop.id)
        told = Event.objects.filter(tenant_id=shop.id, type__in=TOLD).order_by("received_at", "id")
        return sorted(order.tags), [event.type for event in told]


def test_each_fate_of_a_card_starts_who_listens_to_it() -> None:
    shop = make_tenant()

    exceptions(shop, tags(TOLD[0], "opened"), tags(TOLD[1], "resolved"), tags(TOLD[2], "reopened"))

    assert seen(shop) == (["opened", "reopened", "resolved"], [TOLD[0], TOLD[1], TOLD[2]])


def test_only_what_somebody_listens_to_is_told() -> None:
    shop = make_tenant()

    exceptions(shop, tags(TOLD[1], "resolved"))

    assert seen(shop) == (["resolved"], [TOLD[1]])


def test_nothing_is_told_where_nobody_listens() -> None:
    shop = make_tenant()

    exceptions(shop)

    assert seen(shop) == ([], [])


def test_a_workflow_does_not_come_back_to_itself_by_a_board() -> None:
    shop = make_tenant()
    gone = {"field": "parcel.tracking_status", "op": "is", "value": "expired"}
    again = {"id": "again", "kind": "action", "action": "board.add",
             "with": {"board": "late-shipments", "until": gone}}  # fmt: skip
    off = {"id": "off", "kind": "action", "action": "board.remove", "with": {"board": "late-shipments"}}

    exceptions(
        shop, tags(TOLD[0], "x", steps=[again, off], name="ping"), tags(TOLD[1], "y", steps=[again], name="pong")
    )

    with tenant(shop.id):
        runs = Run.objects.filter(tenant_id=shop.id).count()
        stopped = Run.objects.filter(tenant_id=shop.id, reason__contains="trigger itself").count()
    assert runs < 40
    assert stopped > 0


def test_a_person_who_resolves_a_card_is_told_of_too() -> None:
    shop = make_tenant()
    exceptions(shop, tags(TOLD[1], "done"))
    with tenant(shop.id):
        member = Member.objects.get(tenant_id=shop.id, email=shop.owner)
        (case,) = Case.objects.filter(tenant_id=shop.id)

        cases.resolve([case.id], member=member, reason="called them", now=NOW + 12 * DAY)

    decide(shop.id, until=NOW + 14 * DAY)
    with tenant(shop.id):
        told = Event.objects.filter(tenant_id=shop.id, type=TOLD[1]).order_by("received_at").last()
    assert told is not None
    assert (told.data["board"], told.data["by"]) == ("exceptions", {"kind": "person", "name": shop.owner})
