"""Messages: what was sent, what was not and why; letters shown safely; sending again."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from postsale.tenants.ids import new_id
from postsale.tenants.models import AuditEntry
from postsale.tenants.scope import tenant
from tests.workflows.history.kit import DAY, NOW, ROLES, WAITING, Shop, make_shop, message, queued, words
from workflows.runs.models import Dispatch, Outbox

pytestmark = pytest.mark.django_db(transaction=True)

HTML = "<p style='color:red'>Hello</p><script>alert(1)</script><img src='https://evil.example/x.png'>"


def test_an_empty_list_says_what_will_be_here() -> None:
    assert "No messages yet" in words(make_shop().owner.get("/messages/"))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"status": "sent"}, "Sent on"),
        ({"status": "queued", "attempts": 0}, "Waits for its turn"),
        ({"status": "suppressed", "reason": "the customer opted out"}, "The customer opted out."),
        (
            {"status": "suppressed", "reason": "what it says is not so any more: parcel.tracking_status is in_transit, expected exception"},
            "it was no longer true: the tracking status is In transit, expected Exception.",
        ),
        ({"status": "dead", "reason": "given up after 10 attempts: answered 500", "kind": "webhook",
          "content": {"url": "https://a.example/", "body": "{}"}}, "Given up after 10 attempts: answered 500."),
    ],
)  # fmt: skip
def test_what_became_of_a_message_is_said_in_words(said: dict[str, Any], expected: str) -> None:
    shop = make_shop()
    sent = message(shop, **said)
    assert expected in words(shop.owner.get(f"/messages/{sent.id}/"))


def test_a_message_that_failed_says_when_it_is_tried_again() -> None:
    shop = make_shop()
    failed = message(shop, status="failed", attempts=3, reason="answered 503")
    Dispatch.objects.create(outbox_id=failed.id, tenant=shop.id, kind="email", next_at=NOW + DAY)
    page = words(shop.owner.get(f"/messages/{failed.id}/"))
    assert f"Attempt 3 failed: answered 503. Tried again on {NOW + DAY:%-d %b %Y, %H:%M}." in page


def test_the_html_of_a_letter_stands_alone_in_a_sandbox() -> None:
    shop = make_shop()
    sent = message(shop, content={"text": "Hello", "html": HTML})

    page = shop.owner.get(f"/messages/{sent.id}/")
    letter = shop.owner.get(f"/messages/{sent.id}/letter/")

    assert "alert(1)" not in words(page)
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    policy = letter["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert letter["X-Frame-Options"] == "SAMEORIGIN"
    assert "sandbox" in words(page).split("<iframe")[1].split(">")[0]


def test_a_text_has_no_letter() -> None:
    shop = make_shop()
    sent = message(shop, kind="notification", content={"text": "Look at 1001"})
    assert "Look at 1001" in words(shop.owner.get(f"/messages/{sent.id}/"))
    assert shop.owner.get(f"/messages/{sent.id}/letter/").status_code == 404


def test_a_web_call_shows_its_request_but_no_secret() -> None:
    shop = make_shop()
    content = {"url": "https://a.example/hook", "headers": {"X-Shop": "north", "Authorization": "Bearer hush"},
               "body": '{"order":{"number":"1001"}}', "secret_ref": "Help desk"}  # fmt: skip
    called = message(shop, kind="webhook", to=content["url"], subject="", content=content)

    page = words(shop.owner.get(f"/messages/{called.id}/"))

    assert "POST https://a.example/hook" in page
    assert "&quot;number&quot;: &quot;1001&quot;" in page
    assert "webhook-signature" in page
    assert "north" in page
    assert "hush" not in page


def test_a_letter_is_shown_as_it_left_whatever_the_shop_looks_like_today() -> None:
    shop = make_shop()
    letter = {
        "headers": [["From", "Old name <a@old.example>"], ["Subject", "Hello"]],
        "text": "Hello, as then",
        "html": "<p>As then</p>",
    }
    sent = message(shop, content={"text": "Hello"}, is_customer=True, letter=letter)

    page = words(shop.owner.get(f"/messages/{sent.id}/"))
    shown = words(shop.owner.get(f"/messages/{sent.id}/letter/"))

    assert "As it was sent" in page
    assert "Old name &lt;a@old.example&gt;" in page
    assert "Hello, as then" in page
    assert shown == "<p>As then</p>"


def test_a_web_call_shows_what_each_attempt_came_to() -> None:
    shop = make_shop()
    answers = [
        {"at": (NOW - DAY).isoformat(), "words": "nobody answers there"},
        {"at": NOW.isoformat(), "words": "answered 422", "status": 422, "seconds": 0.41, "is_cut": True,
         "headers": {"x-request": "17", "set-cookie": "hidden"}, "body": '{"error":"<b>no</b> such order"}'},
    ]  # fmt: skip
    content = {"url": "https://a.example/hook", "body": "{}"}
    called = message(shop, kind="webhook", to=content["url"], status="dead", content=content, answers=answers)
    fresh = message(shop, kind="webhook", to=content["url"], status="queued", content=content)

    page = words(shop.owner.get(f"/messages/{called.id}/"))
    asked = page.split('id="answers"')[1]

    assert asked.index("Answered 422") < asked.index("Nobody answers there")
    assert "&lt;b&gt;no&lt;/b&gt; such order" in asked
    assert "after 0.41 s" in asked
    assert "The answer was longer" in asked
    assert "x-request" in asked
    assert "Nothing was asked yet." in words(shop.owner.get(f"/messages/{fresh.id}/"))


def test_a_message_of_a_run_leads_there() -> None:
    shop = make_shop()
    shop.workflow(WAITING)
    shop.labels(1, at=NOW - DAY)
    with tenant(shop.id):
        sent = Outbox.objects.get()
    page = words(shop.owner.get(f"/messages/{sent.id}/"))
    assert f"/runs/{sent.run_id}/" in page
    assert "Hello Ann" in page


def test_one_message_is_sent_again() -> None:
    shop = make_shop()
    dead = message(shop, status="dead", attempts=10, reason="given up")
    answer = shop.owner.post(f"/messages/{dead.id}/retry/", follow=True)
    assert "on its way again" in words(answer)
    assert queued(dead.id)
    assert "nothing to send again" in words(shop.owner.post(f"/messages/{dead.id}/retry/", follow=True))
    with tenant(shop.id):
        assert AuditEntry.objects.filter(action="message.retried").count() == 1


def test_all_given_up_ones_are_sent_again_and_no_other() -> None:
    shop, other = make_shop(), make_shop()
    dead = [message(shop, status="dead", attempts=10) for _ in range(3)]
    sent, foreign = message(shop), message(other, status="dead")
    page = words(shop.owner.get("/messages/?tab=dead"))
    assert "Send all again" in page

    assert "3 messages are on their way again." in words(shop.owner.post("/messages/retry/", follow=True))

    assert all(queued(each.id) for each in dead)
    assert not queued(sent.id)
    assert not queued(foreign.id)
    with tenant(shop.id):
        assert {(each.status, each.attempts) for each in Outbox.objects.exclude(id=sent.id)} == {("queued", 0)}


def test_messages_are_filtered_and_paged() -> None:
    shop = make_shop()
    for n in range(60):
        message(shop, subject=f"Letter {n}")
    message(shop, kind="webhook", subject="", to="https://a.example/", status="dead")
    client = shop.owner
    page = words(client.get("/messages/"))
    assert page.count('data-label="To"') == 50
    more = page.split('hx-get="?')[1].split('"')[0].replace("&amp;", "&")
    assert words(client.get(f"/messages/?{more}", headers={"HX-Request": "true"})).count('data-label="To"') == 11
    assert words(client.get("/messages/?kind=webhook")).count('data-label="To"') == 1
    assert words(client.get("/messages/?tab=dead")).count('data-label="To"') == 1
    assert "No messages match" in words(client.get("/messages/?order=zebra"))
    for wrong in ("tab=zebra", "kind=zebra", "cursor=zebra"):
        assert client.get(f"/messages/?{wrong}").status_code == 400


def test_the_list_asks_as_often_for_thirty_messages_as_for_one() -> None:
    shop = make_shop()
    shop.workflow(WAITING)
    shop.labels(1, at=NOW - DAY)
    client = shop.owner
    client.get("/messages/")
    with CaptureQueriesContext(connection) as one:
        client.get("/messages/")
    shop.labels(29, at=NOW - DAY, start=2001)
    with CaptureQueriesContext(connection) as thirty:
        client.get("/messages/")
    assert len(thirty) == len(one)


@pytest.mark.parametrize("role", ROLES)
def test_everybody_looks_and_workers_send_again(role: str) -> None:
    shop = make_shop()
    dead = message(shop, status="dead")
    client = _browser(shop, role)
    may = role != "viewer"
    assert ("Send again" in words(client.get(f"/messages/{dead.id}/"))) is may
    assert ("Send all again" in words(client.get("/messages/?tab=dead"))) is may
    assert client.post(f"/messages/{dead.id}/retry/").status_code == (302 if may else 403)
    assert client.post("/messages/retry/").status_code == (302 if may else 403)


def test_another_shop_and_a_stranger_see_no_message() -> None:
    shop, other = make_shop(), make_shop()
    sent = message(shop, content={"text": "Hello", "html": HTML})
    for path in (f"/messages/{sent.id}/", f"/messages/{sent.id}/letter/", f"/messages/{new_id()}/"):
        assert other.owner.get(path).status_code == 404
        assert type(shop.owner)().get(path)["Location"].startswith("/accounts/login/")
    assert other.owner.post(f"/messages/{sent.id}/retry/").status_code == 404


def _browser(shop: Shop, role: str) -> Any:
    return shop.owner if role == "owner" else shop.member(role)
