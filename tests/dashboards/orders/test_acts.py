"""What people do about an order: it is done at once, said in words, told to workflows, and taken back by one click."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from dashboards.boards.models import Case
from postsale.events.models import Event
from postsale.tenants.models import AuditEntry
from postsale.tenants.scope import tenant
from postsale.web.toasts import undo_of
from tests.dashboards.orders.kit import MANUAL, browser, browser_of, current, order_of, publish, scan
from tests.factories import make_tenant
from workflows.runs.models import Run

pytestmark = pytest.mark.django_db(transaction=True)


def told(answer: Any) -> tuple[str, str]:
    """What the toast says, and the address that undoes it."""
    (message,) = get_messages(answer.wsgi_request)
    return str(message), undo_of(message)


@pytest.mark.parametrize(
    ("said", "toast", "field", "value"),
    [
        ({"ops_status": "waiting_on_customer"}, "Status set to Waiting on customer.", "ops_status", "waiting_on_customer"),
        ({"add_tag": "call back"}, "Tag “call back” added.", "tags", ["vip", "call back"]),
        ({"remove_tag": "vip"}, "Tag “vip” removed.", "tags", []),
    ],
)  # fmt: skip
def test_a_change_is_done_said_and_taken_back(said: dict[str, str], toast: str, field: str, value: object) -> None:
    shop = make_tenant()
    pk = order_of(shop, tags=["vip"])
    before = getattr(current(shop, pk), field)
    client = browser(shop.owner)

    answer = client.post(f"/orders/{pk}/edit/", said)
    words, undo = told(answer)

    assert answer.headers["Location"] == f"/orders/{pk}/"
    assert words == toast
    assert getattr(current(shop, pk), field) == value
    with tenant(shop.id):
        event = Event.objects.get(tenant_id=shop.id, source="postsale")
    assert event.actor == {"kind": "person", "name": shop.owner}

    client.post(undo)

    assert getattr(current(shop, pk), field) == before


def test_a_browser_with_scripts_gets_the_page_as_it_is_now_and_what_was_done() -> None:
    shop = make_tenant()
    pk = order_of(shop)

    said = {"ops_status": "waiting_on_customer"}
    answer = browser(shop.owner).post(f"/orders/{pk}/edit/?tab=people", said, headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert answer.context["order"].ops.label == "Waiting on customer"
    assert [entry.kind for entry in answer.context["told"]] == ["edit"]
    assert "Status set to Waiting on customer." in answer.text
    assert f"/orders/{pk}/edit/?ops_status=new" in answer.text


def test_assigning_and_giving_back() -> None:
    shop = make_tenant()
    pk = order_of(shop)
    client = browser(shop.owner)

    words, undo = told(client.post(f"/orders/{pk}/edit/", {"assignee": shop.owner}))
    assert words == "Assigned to you."
    assert current(shop, pk).body["assignee"] == shop.owner

    client.post(undo)
    assert current(shop, pk).body.get("assignee") is None


def test_an_undo_leaves_alone_what_somebody_changed_since() -> None:
    shop = make_tenant()
    pk = order_of(shop)
    client = browser(shop.owner)
    _, undo = told(client.post(f"/orders/{pk}/edit/", {"ops_status": "exception"}))
    client.get(f"/orders/{pk}/")
    browser_of(shop, "shipping_manager").post(f"/orders/{pk}/edit/", {"ops_status": "resolved"})

    words, _ = told(client.post(undo))

    assert words == "Somebody has changed it since, so nothing was undone."
    assert current(shop, pk).ops_status == "resolved"


def test_a_note_is_added_and_stands_in_the_story() -> None:
    shop = make_tenant()
    pk = order_of(shop, notes="Ring twice")
    client = browser(shop.owner)

    client.post(f"/orders/{pk}/edit/", {"add_note": "Called her,\nshe waits"})
    page = unescape(client.get(f"/orders/{pk}/").content.decode())

    assert current(shop, pk).body["notes"] == "Ring twice\nCalled her,\nshe waits"
    assert "You wrote a note" in page
    assert "Called her,<br>she waits" in page


@pytest.mark.parametrize(
    ("said", "toast"),
    [
        ({"ops_status": "lost"}, "Your shop has no such status. Pick one from the list."),
        ({"assignee": "x@y.example"}, "x@y.example is not a member of this shop. Pick one from the list."),
        ({"add_tag": ""}, "A tag has between 1 and 255 characters."),
        ({"add_note": " "}, "A note has between 1 and 10,000 characters."),
    ],
)
def test_what_cannot_be_done_says_why(said: dict[str, str], toast: str) -> None:
    shop = make_tenant()
    pk = order_of(shop)

    words, undo = told(browser(shop.owner).post(f"/orders/{pk}/edit/", said))

    assert (words, undo) == (toast, "")


@pytest.mark.parametrize(("act", "state"), [("resolve", "resolved"), ("snooze", "snoozed")])
def test_a_card_is_worked_on_where_the_order_is(act: str, state: str) -> None:
    shop = make_tenant()
    publish(shop)
    pk = order_of(shop)
    scan(shop, "1001", "exception")
    client = browser(shop.owner)
    with tenant(shop.id):
        card = Case.objects.get(tenant_id=shop.id)

    words, undo = told(client.post(f"/orders/{pk}/cards/{card.id}/{act}/"))
    with tenant(shop.id):
        card.refresh_from_db()
    assert card.state == state
    assert words.startswith(f"Card on Exceptions {state}")

    client.post(undo)
    with tenant(shop.id):
        card.refresh_from_db()
    assert card.state == "open"


def test_a_card_is_taken_and_released() -> None:
    shop = make_tenant()
    publish(shop)
    pk = order_of(shop)
    scan(shop, "1001", "exception")
    client = browser(shop.owner)
    with tenant(shop.id):
        card = Case.objects.get(tenant_id=shop.id)

    words, undo = told(client.post(f"/orders/{pk}/cards/{card.id}/take/"))
    with tenant(shop.id):
        card.refresh_from_db()
    assert (words, card.assignee) == ("Card on Exceptions assigned to you.", shop.owner)

    client.post(undo)
    with tenant(shop.id):
        card.refresh_from_db()
    assert card.assignee is None


def test_cards_of_other_orders_and_other_acts_are_not_found() -> None:
    shop = make_tenant()
    publish(shop)
    order_of(shop, "1001")
    second = order_of(shop, "1002")
    scan(shop, "1001", "exception")
    client = browser(shop.owner)
    with tenant(shop.id):
        card = Case.objects.get(tenant_id=shop.id).id

    assert client.post(f"/orders/{second}/cards/{card}/resolve/").status_code == 404
    assert client.post(f"/orders/{second}/cards/{uuid4()}/resolve/").status_code == 404
    assert client.post(f"/orders/{second}/cards/{card}/explode/").status_code == 404
    assert client.post(f"/orders/{second}/edit/", {"total": "0"}).status_code == 400


def test_a_workflow_is_started_by_hand_once() -> None:
    shop = make_tenant()
    workflow = publish(shop, MANUAL)
    pk = order_of(shop)
    client = browser(shop.owner)

    menu = client.get(f"/orders/{pk}/start/").content.decode()
    words, _ = told(client.post(f"/orders/{pk}/started/", {"workflow": str(workflow)}))
    client.get(f"/orders/{pk}/")
    again, _ = told(client.post(f"/orders/{pk}/started/", {"workflow": str(workflow)}))

    assert re.search(rf'value="{workflow}"[^>]*>\s*Send a gift\s*<', menu)
    assert words == "“Send a gift” started. What it does appears in the timeline."
    assert again == "“Send a gift” has run here already, and it runs once only."
    with tenant(shop.id):
        assert Run.objects.filter(tenant_id=shop.id, order_id=pk).count() == 1
        assert AuditEntry.objects.filter(tenant_id=shop.id, action="workflow.started").count() == 1


@pytest.mark.parametrize("workflow", ["", "5034a4fb-707f-4426-83a6-8319e7ecd6aa"])
def test_a_workflow_that_is_not_there_is_not_started(workflow: str) -> None:
    shop = make_tenant()
    pk = order_of(shop)

    assert browser(shop.owner).post(f"/orders/{pk}/started/", {"workflow": workflow}).status_code == 404


@pytest.mark.parametrize(
    ("role", "status"), [("admin", 302), ("builder", 302), ("shipping_manager", 302), ("viewer", 403)]
)
def test_who_may_change_an_order(role: str, status: int) -> None:
    shop = make_tenant()
    pk = order_of(shop)
    client = browser_of(shop, role)

    assert client.post(f"/orders/{pk}/edit/", {"ops_status": "exception"}).status_code == status
    assert current(shop, pk).ops_status == ("new" if role == "viewer" else "exception")


def test_strangers_change_nothing_and_nothing_changes_by_looking() -> None:
    shop, other = make_tenant(), make_tenant()
    pk = order_of(shop)
    address = f"/orders/{pk}/edit/"

    assert browser(other.owner).post(address, {"ops_status": "exception"}).status_code == 404
    assert browser(shop.owner).get(f"{address}?ops_status=exception").status_code == 405
    assert Client().post(address, {"ops_status": "exception"}).status_code == 302
    assert Client(enforce_csrf_checks=True).post(address, {"ops_status": "exception"}).status_code == 403
    assert current(shop, pk).ops_status == "new"


def test_an_undo_says_what_it_must_still_be() -> None:
    shop = make_tenant()
    pk = order_of(shop)

    _, undo = told(browser(shop.owner).post(f"/orders/{pk}/edit/", {"ops_status": "exception"}))

    assert dict(parse_qsl(urlsplit(undo).query)) == {"ops_status": "new", "was": "exception"}
