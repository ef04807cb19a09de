"""Connections in the browser: added, told how they are doing, tested, rotated, paused; quarantine looked at and read again."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from postsale.backoffice.partners.state import state_of
from postsale.backoffice.partners.unread import unread
from postsale.events.models import Event, Quarantine
from postsale.integrations import connections
from postsale.integrations.models import Connection
from postsale.integrations.registry import PARTNERS
from postsale.integrations.samples import sample
from postsale.tenants.models import AuditEntry, Door
from postsale.tenants.scope import tenant
from tests.factories import NOW, make_connection, make_tenant
from tests.postsale.backoffice.kit import browser, house

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "a-secret-of-some-length"


@pytest.mark.parametrize("partner", PARTNERS)
@pytest.mark.parametrize("secret", [SECRET, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
def test_a_sample_is_signed_as_its_partner_does_and_can_be_read(partner: str, secret: str) -> None:
    settings = {"sales_channel": "shopify-us", "shop_domain": "north.myshopify.com"}
    now = datetime.now(tz=UTC)

    made = sample(partner, secret=secret, settings=settings, mark="ab12", now=now)

    assert made is not None
    headers = {name.lower(): value for name, value in made.headers.items()}
    PARTNERS[partner].verify(headers, made.body, [secret], path="/hooks/x/", now=now)
    (event,) = PARTNERS[partner].read(headers, made.body, settings, now=now)
    data: Any = event.data
    marks = (data.get("parcel", {}).get("is_test"), "test" in data.get("order", {}).get("tags", ()))
    assert any(marks)


def test_a_connection_is_added_with_the_partners_secret() -> None:
    shop = make_tenant()
    said = {"name": "Shopify US", "sales_channel": "shopify-us", "secret": SECRET}

    answer = browser(shop.owner).post("/connections/new/shopify/", said, follow=True)

    page = answer.content.decode()
    with tenant(shop.id):
        found = Connection.objects.get(tenant_id=shop.id)
        assert connections.secret_of(found) == SECRET
        assert AuditEntry.objects.filter(tenant_id=shop.id, action="connection.created").exists()
    assert (found.settings, answer.status_code) == ({"sales_channel": "shopify-us"}, 200)
    assert connections.hook_url(found) in page
    assert SECRET not in page
    assert "Never sent anything" in page


def test_a_secret_that_we_make_is_shown_once() -> None:
    shop = make_tenant()
    client = browser(shop.owner)

    page = client.post("/connections/new/easypost/", {"name": "EasyPost", "secret": ""}).content.decode()

    shown = re.search(r"whsec_[\w+/=]+", page)
    assert shown is not None
    with tenant(shop.id):
        found = Connection.objects.get(tenant_id=shop.id)
        assert connections.secret_of(found) == shown[0]
    again = client.get(f"/connections/{found.id}/").content.decode()
    assert shown[0] not in again
    assert shown[0][-4:] in again


@pytest.mark.parametrize(
    ("path", "said"),
    [("new/shopify/", {"name": "S", "sales_channel": "us"}), ("new/shopify/", {"name": "S", "secret": "x"})],
)
def test_what_a_partner_needs_is_asked_for(path: str, said: dict[str, str]) -> None:
    answer = browser(make_tenant().owner).post(f"/connections/{path}", said)

    assert answer.status_code == 200
    assert browser(make_tenant().owner).get("/connections/new/nobody/").status_code == 404


def test_a_new_secret_counts_and_the_former_one_for_a_day() -> None:
    shop = make_tenant()
    made = make_connection(shop.id, secret="the-former-secret")

    browser(shop.owner).post(f"/connections/{made.id}/secret/", {"secret": SECRET})

    with tenant(shop.id):
        found = Connection.objects.get(tenant_id=shop.id)
        assert connections.secret_of(found) == SECRET
    assert found.grace_until is not None
    assert bytes(found.old_secret or b"") == bytes(made.secret)


def test_settings_that_the_form_does_not_show_stay() -> None:
    shop = make_tenant()
    made = make_connection(shop.id, partner="shopify", settings={"sales_channel": "us", "api_version": "2026-01"})

    browser(shop.owner).post(f"/connections/{made.id}/", {"name": "Mine", "sales_channel": "eu"})

    with tenant(shop.id):
        found = Connection.objects.get(tenant_id=shop.id)
        entry = AuditEntry.objects.get(tenant_id=shop.id, action="connection.changed")
    assert (found.name, found.settings) == ("Mine", {"sales_channel": "eu", "api_version": "2026-01"})
    assert entry.detail["after"] == {"name": "Mine", "sales_channel": "eu"}


def test_pausing_and_removing_shut_the_door() -> None:
    shop = make_tenant()
    made = make_connection(shop.id)
    client = browser(shop.owner)

    client.post(f"/connections/{made.id}/switch/")
    with tenant(shop.id):
        assert Connection.objects.get(tenant_id=shop.id).state == "disabled"
    client.post(f"/connections/{made.id}/switch/")
    with tenant(shop.id):
        assert Connection.objects.get(tenant_id=shop.id).state == "active"
    client.post(f"/connections/{made.id}/remove/")

    with tenant(shop.id):
        assert not Connection.objects.filter(tenant_id=shop.id).exists()
    assert not Door.objects.filter(kind="hook").exists()


ACTS = ("", "secret/", "switch/", "remove/")


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("who", ["builder", "shipping_manager", "viewer", "stranger"])
def test_only_owners_and_admins_touch_a_connection(who: str, act: str) -> None:
    made = house()
    row = make_connection(made.shop.id)

    answer = made[who].post(f"/connections/{row.id}/{act}", {"name": "x"})

    assert answer.status_code == (404 if who == "stranger" and act == "" else {"stranger": 404}.get(who, 403))
    with tenant(made.shop.id):
        found = Connection.objects.get(tenant_id=made.shop.id)
    assert (found.name, found.state, bytes(found.secret)) == (row.name, "active", bytes(row.secret))


def test_who_only_looks_sees_no_secret_and_no_button() -> None:
    made = house()
    row = make_connection(made.shop.id, secret=SECRET)

    page = made["viewer"].get(f"/connections/{row.id}/").content.decode()

    assert "Last deliveries" in page
    assert SECRET[-4:] not in re.sub(r"<[^>]+>", "", page).split("Quarantine")[1]
    assert not any(words in page for words in ("Change the secret", "Send a test event", "Remove"))


@pytest.mark.parametrize(
    ("fields", "badge"),
    [
        ({}, "Waiting"),
        ({"last_event_at": NOW}, "Working"),
        ({"state": "disabled", "last_event_at": NOW}, "Paused"),
        ({"state": "failing", "recent": [{"at": NOW.isoformat(), "status": 401, "words": "bad"}]}, "Refused"),
        (
            {"recent": [{"at": NOW.isoformat(), "status": 200, "words": "no number", "quarantined": True}]},
            "Unreadable",
        ),
    ],
)
def test_the_state_is_said_in_one_word(fields: dict[str, Any], badge: str) -> None:
    assert state_of(Connection(partner="easypost", **fields)).badge == badge


def _kept(tenant_id: int, made: Connection, raw: bytes = b'{"type": "label.created"}') -> Quarantine:
    with tenant(tenant_id):
        return Quarantine.objects.create(
            tenant_id=tenant_id, received_at=NOW, connection_id=made.id, reason="type is missing", raw=raw,
            headers={"webhook-id": "m1"},
        )  # fmt: skip


def test_a_quarantined_body_is_text_and_bounded() -> None:
    shop = make_tenant()
    made = make_connection(shop.id, partner="generic")
    kept = _kept(shop.id, made, b"<script>alert(1)</script>" + b"x" * 30_000)

    page = browser(shop.owner).get(f"/quarantine/{kept.id}/").content.decode()

    assert "&lt;script&gt;alert(1)" in page
    assert "The first 20,000 of 30,025 bytes" in page
    assert browser(make_tenant().owner).get(f"/quarantine/{kept.id}/").status_code == 404


def test_what_can_be_read_now_is_read_again_and_the_rest_stays() -> None:
    made = house()
    row = make_connection(made.shop.id, partner="generic")
    good = b'{"type": "label.created", "data": {"parcel": {"carrier": "ups", "tracking_number": "1Z1"}}}'
    _kept(made.shop.id, row, good)
    bad = _kept(made.shop.id, row, b"[]")

    refused = made["shipping_manager"].post(f"/connections/{row.id}/replay/").status_code
    answer = made["builder"].post(f"/connections/{row.id}/replay/", follow=True).content.decode()

    assert refused == 403
    assert "1 read again. 1 still can&#x27;t be read." in answer
    with tenant(made.shop.id):
        assert [each.id for each in Quarantine.objects.filter(tenant_id=made.shop.id, state="open")] == [bad.id]
        assert Event.objects.filter(tenant_id=made.shop.id, type="label.created").count() == 1
    one = made["builder"].post(f"/quarantine/{bad.id}/replay/", follow=True).content.decode()
    assert "Still not. It is an empty list." in one
    assert "Nothing needs to be done." in one


@pytest.mark.parametrize("path", ["/connections/", "/connections/{}/"])
def test_a_list_asks_the_same_for_one_row_and_for_thirty(path: str) -> None:
    shop = make_tenant()
    made = make_connection(shop.id)
    _kept(shop.id, made)
    client = browser(shop.owner)
    client.get(path.format(made.id))

    with CaptureQueriesContext(database) as few:
        client.get(path.format(made.id))
    for _ in range(29):
        make_connection(shop.id, partner="shopify")
        _kept(shop.id, made)
    with CaptureQueriesContext(database) as many:
        client.get(path.format(made.id))

    assert len(many) == len(few)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("not JSON: Expecting value: line 1 column 1 (char 0)", "The text is cut off"),
        ("the X-Shopify-Topic header is missing", "Shopify did not say what it is about"),
        ("could not be decided: KeyError: 'x'", "working on it failed"),
        ("[3] type is missing", "Something that is needed is not in it"),
        ("a sentence that nobody thought of", "It could not be understood"),
    ],
)
def test_why_a_body_could_not_be_read_is_said_for_people(reason: str, words: str) -> None:
    told = unread(reason)

    assert words in told.words
    assert told.todo
    assert told.exactly == reason
