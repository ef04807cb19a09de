"""The page of an order: what is true of it, its whole story in words, what waits, and why workflows acted or did not."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from postsale.events.models import Event
from postsale.tenants.scope import tenant
from tests.dashboards.orders.kit import EXCEPTION, NOW, browser, browser_of, order_of, publish, scan
from tests.factories import make_tenant
from workflows.runs.models import Run

pytestmark = pytest.mark.django_db(transaction=True)
PATIENT: dict[str, Any] = {
    "format": "postsale.workflow/1", "name": "Late carrier handoff", "trigger": {"type": "label.created"},
    "once_per": "parcel",
    "steps": [
        {"id": "late", "kind": "condition", "if": {"all": [
            {"field": "parcel.label_created_at", "op": "older_than", "value": {"days": 2}},
            {"field": "parcel.tracking_status", "op": "is", "value": "awaiting_carrier"}]}},
        {"id": "surface", "kind": "action", "action": "board.add", "with": {"board": "late-shipments"}},
    ],
}  # fmt: skip


def words(client: Client, address: str) -> str:
    """What a page says, without its tags."""
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def test_facts_parcels_customer_and_items_are_there() -> None:
    shop = make_tenant()
    pk = order_of(shop, tags=["vip"], notes="Ring twice")
    scan(shop, "1001", "in_transit", "Arrived at facility")

    said = words(browser(shop.owner), f"/orders/{pk}/")

    for each in (
        "Order 1001", "UPS 1Z1001", "In transit", "Arrived at facility", "Anna Miller", "anna@miller.example",
        "89501 Reno", "Mug MUG 12.50 EUR", "Total 25.00 EUR", "vip", "Ring twice",
    ):  # fmt: skip
        assert each in said


def test_the_story_puts_what_workflows_did_below_what_set_them_off() -> None:
    shop = make_tenant()
    publish(shop)
    pk = order_of(shop)
    scan(shop, "1001", "exception", "Address not found")

    said = words(browser(shop.owner), f"/orders/{pk}/")

    assert "UPS: Exception Address not found" in said
    assert "Shipment exception Done version 1" in said
    assert "Set the status to Exception Put on the board Exceptions Needed and found" in said
    assert "The workflow “Shipment exception” set the status from New to Exception" in said
    assert "Put on the board Exceptions" in said
    assert (
        said.index("UPS: Exception Address") < said.index("Shipment exception Done") < said.index("Label created (UPS)")
    )


@pytest.mark.parametrize(
    ("tab", "there", "absent"),
    [
        ("carrier", "Label created", "set the status"), ("workflows", "Shipment exception Done", "Label created"),
        ("messages", "No message has left", "Label created"), ("people", "Nobody has changed this order", "Label created"),
    ],
)  # fmt: skip
def test_tabs_show_one_kind_of_thing(tab: str, there: str, absent: str) -> None:
    shop = make_tenant()
    publish(shop)
    pk = order_of(shop)
    scan(shop, "1001", "exception")

    story = words(browser(shop.owner), f"/orders/{pk}/?tab={tab}").partition("Timeline")[2]

    assert there in story
    assert absent not in story.partition("Parcel ")[0]


def test_a_long_story_comes_in_pages_that_ask_no_more_for_being_long() -> None:
    shop = make_tenant()
    client = browser(shop.owner)
    pk = order_of(shop, at=NOW - timedelta(days=3))
    client.get(f"/orders/{pk}/")

    with CaptureQueriesContext(connection) as short:
        client.get(f"/orders/{pk}/")
    for n in range(44):
        scan(shop, "1001", "in_transit", f"Scan {n}", at=NOW - timedelta(hours=50 - n))
    with CaptureQueriesContext(connection) as long:
        first = client.get(f"/orders/{pk}/").content.decode()
    more = re.search(r'hx-get="(\?tab=all&amp;cursor=[^"]+)"', first)
    assert more is not None
    second = client.get(f"/orders/{pk}/{unescape(more[1])}", headers={"HX-Request": "true"}).content.decode()

    assert len(long) == len(short)
    assert (first.count('class="entry'), second.count('class="entry')) == (40, 5)
    assert "Scan 43" in first
    assert "Scan 43" not in second
    assert "<html" not in second


def test_the_list_of_what_waits_says_when_and_unless_what() -> None:
    shop = make_tenant()
    publish(shop, PATIENT)
    pk = order_of(shop)
    client = browser(shop.owner)

    page = client.get(f"/orders/{pk}/").content.decode()
    coming = words(client, f"/orders/{pk}/next/")

    assert f'hx-get="/orders/{pk}/next/"' in page
    assert "data-next=" in page
    assert "Late carrier handoff : Decides, and if all holds: put on a board" in coming
    assert "Unless" in coming


def test_why_and_why_not_with_the_smallest_change() -> None:
    shop = make_tenant()
    publish(shop)
    publish(shop, {**EXCEPTION, "name": "Only in Europe", "steps": [
        {"id": "eu", "kind": "condition", "if": {"field": "order.sales_channel", "op": "is", "value": "shopify-eu"}},
        *EXCEPTION["steps"][1:],
    ]})  # fmt: skip
    publish(
        shop,
        {**EXCEPTION, "name": "When it is lost", "trigger": {"type": "tracking.status_changed", "to": ["expired"]}},
    )
    pk = order_of(shop)
    scan(shop, "1001", "exception")

    said = words(browser(shop.owner), f"/orders/{pk}/why/")

    assert "Shipment exception Acted" in said
    assert "Only in Europe Did not act" in said
    assert "It would act if the sales channel were Shopify EU." in said
    assert "Sales channel is Shopify EU Shopify US Not met" in said
    assert "When it is lost Never triggered" in said


def test_a_run_shows_what_was_needed_and_found_and_an_event_its_data() -> None:
    shop = make_tenant()
    publish(shop)
    pk = order_of(shop)
    scan(shop, "1001", "exception", "Address not found")
    with tenant(shop.id):
        run = Run.objects.get(tenant_id=shop.id).id
        event = Event.objects.filter(tenant_id=shop.id, type="tracking.updated").get().id
    client = browser(shop.owner)

    assert "Sales channel is Shopify US Shopify US Met" in words(client, f"/orders/{pk}/runs/{run}/")
    assert '"raw_text": "Address not found"' in words(client, f"/orders/{pk}/events/{event}/")
    assert client.get(f"/orders/{pk}/events/{uuid4()}/").status_code == 404


def test_an_event_of_another_order_is_not_shown() -> None:
    shop = make_tenant()
    first, second = order_of(shop, "1001"), order_of(shop, "1002")
    with tenant(shop.id):
        event = Event.objects.get(tenant_id=shop.id, external_id="label-1002").id
    client = browser(shop.owner)

    assert client.get(f"/orders/{second}/events/{event}/").status_code == 200
    assert client.get(f"/orders/{first}/events/{event}/").status_code == 404


@pytest.mark.parametrize("part", ["", "next/", "why/", f"runs/{UUID(int=1)}/", "start/"])
def test_owner_viewer_and_stranger(part: str) -> None:
    shop, other = make_tenant(), make_tenant()
    pk = order_of(shop)
    address = f"/orders/{pk}/{part}"

    assert browser(shop.owner).get(address).status_code == 200
    assert browser_of(shop, "viewer").get(address).status_code == (403 if part == "start/" else 200)
    assert browser(other.owner).get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_who_only_looks_finds_nothing_to_press() -> None:
    shop = make_tenant()
    publish(shop)
    pk = order_of(shop)
    scan(shop, "1001", "exception")

    page = browser_of(shop, "viewer").get(f"/orders/{pk}/").content.decode()

    assert f'action="/orders/{pk}/' not in page
    assert "Add a note" not in page


def test_what_may_have_changed_is_fetched_alone() -> None:
    shop = make_tenant()
    pk = order_of(shop)
    client = browser(shop.owner)

    part = client.get(f"/orders/{pk}/?live=1").content.decode()
    rows = client.get("/orders/?live=1").content.decode()

    assert "<html" not in part
    assert 'id="entries"' in part
    assert re.match(r'\s*<tr\s+id="o-', rows)


@pytest.mark.parametrize("query", ["?tab=none", "?cursor=none"])
def test_what_the_page_does_not_know_is_refused(query: str) -> None:
    shop = make_tenant()
    pk = order_of(shop)

    assert browser(shop.owner).get(f"/orders/{pk}/{query}").status_code == 400
