"""Partners' hooks, attacked as RELIABILITY.md section 2.1 lists it (the ids in the names)."""

import asyncio
import hmac
import json
import unicodedata
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from easypost.util import validate_webhook
from shopify_app.verify.webhook import verify_webhook_req
from standardwebhooks.webhooks import Webhook

from postsale.intake import doors
from postsale.intake.hooks import AT_MOST
from postsale.intake.replay import replay
from postsale.integrations import connections
from postsale.integrations.connections import hook_url
from postsale.integrations.models import Connection
from postsale.tenants.models import AuditEntry
from postsale.tenants.scope import tenant
from tests.factories import NOW, make_connection, make_tenant
from tests.postsale.intake.asking import (
    Wakes,
    asked,
    cut_off,
    easypost,
    events_of,
    post,
    quarantined_of,
    queued_for,
    shopify,
    tracker,
)

pytestmark = pytest.mark.django_db(transaction=True)

WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def hook_of(connection: Connection) -> str:
    return f"/hooks/{connection.token}/"


def standard(body: str, *, at: datetime, id_: str = "msg_1", secret: str = WHSEC) -> dict[str, str]:
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(id_, at, body),
    }


def flat(**members: object) -> str:
    data = {"tracking_number": "1Z1", "carrier": "ups", "status": "in_transit", "order_ref": "1001", "channel": "web"}
    return json.dumps({"type": "shipment.updated", "timestamp": "2026-11-20T10:00:00Z", "data": data | members})


def test_a_body_that_easyposts_own_client_accepts_is_stored_with_its_bytes_and_wakes_a_worker() -> None:
    shop, body, wakes = make_tenant(), tracker(), Wakes()
    connection = make_connection(shop.id, secret="sécret")
    key = unicodedata.normalize("NFKD", "sécret").encode()
    signature = "hmac-sha256-hex=" + hmac.new(key, body, "sha256").hexdigest()
    headers = {"X-Hmac-Signature": signature}
    assert validate_webhook(body, headers, "sécret")["id"] == "evt_1"

    answer = asked(lambda client: client.post(hook_of(connection), content=body, headers=headers), wakes=wakes)

    assert (answer.status_code, answer.json()) == (200, {"accepted": 1, "duplicates": 0})
    [event] = events_of(shop.id)
    assert (event.type, event.source, event.connection_id) == ("tracking.updated", "easypost", connection.id)
    assert bytes(event.raw or b"") == body
    assert [row.event_id for row in queued_for(shop.id)] == [event.id]
    assert wakes.count == 1


def test_a_body_that_shopifys_own_verifier_accepts_is_stored() -> None:
    shop = make_tenant()
    connection = make_connection(shop.id, partner="shopify", settings={"sales_channel": "shopify-us"})
    order = {"id": 1, "name": "#1001", "email": "a@b.example", "created_at": "2026-11-20T10:00:00Z", "currency": "EUR"}
    body = json.dumps(order).encode()
    headers = shopify(body, topic="orders/create", event_id="e-1")
    request = {"method": "POST", "url": "https://x/", "headers": dict(headers), "body": body.decode()}
    verified = verify_webhook_req(request, {"client_id": "a", "client_secret": "hush"})  # type: ignore[arg-type,typeddict-item]
    assert verified.ok

    answer = post(hook_of(connection), body, headers)

    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    [event] = events_of(shop.id)
    assert event.type == "order.created"
    assert event.data["order"]["sales_channel"] == "shopify-us"


def test_a_body_that_the_standard_webhooks_library_signed_is_stored() -> None:
    shop = make_tenant()
    connection = make_connection(shop.id, partner="generic", secret=WHSEC)

    answer = post(hook_of(connection), flat(), standard(flat(), at=datetime.now(tz=UTC)))

    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    assert [event.type for event in events_of(shop.id)] == ["tracking.updated"]


def test_i01_a_body_changed_by_one_byte_stores_a_count_and_one_audit_entry() -> None:
    shop, body = make_tenant(), tracker()
    connection = make_connection(shop.id)

    async def thrice(client: httpx.AsyncClient) -> list[int]:
        changed = body.replace(b"USPS", b"USPT")
        return [
            (await client.post(hook_of(connection), content=changed, headers=easypost(body))).status_code for _ in "123"
        ]

    assert asked(thrice) == [401, 401, 401]
    assert events_of(shop.id) == []
    assert quarantined_of(shop.id) == []
    with tenant(shop.id):
        assert Connection.objects.values_list("refused", "state").get(id=connection.id) == (3, "failing")
        assert AuditEntry.objects.filter(action="hook.refused").count() == 1


@pytest.mark.parametrize("minutes", [-6, 6])
def test_i02_a_timestamp_six_minutes_off_is_refused(minutes: int) -> None:
    shop = make_tenant()
    connection = make_connection(shop.id, partner="generic", secret=WHSEC)

    answer = post(hook_of(connection), flat(), standard(flat(), at=datetime.now(tz=UTC) + timedelta(minutes=minutes)))

    assert answer.status_code == 401
    assert events_of(shop.id) == []


def test_i03_an_exact_replay_is_a_duplicate() -> None:
    shop, body = make_tenant(), tracker()
    connection = make_connection(shop.id)

    answers = [post(hook_of(connection), body, easypost(body)).json() for _ in range(2)]

    assert answers == [{"accepted": 1, "duplicates": 0}, {"accepted": 0, "duplicates": 1}]
    assert len(events_of(shop.id)) == len(queued_for(shop.id)) == 1
    assert events_of(shop.id)[0].flags == []


def test_i04_the_same_id_with_another_body_keeps_the_first_and_flags_it() -> None:
    shop = make_tenant()
    connection = make_connection(shop.id)
    first, second = tracker(status="in_transit"), tracker(status="delivered")

    answers = [post(hook_of(connection), body, easypost(body)) for body in (first, second, second)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    [event] = events_of(shop.id)
    assert bytes(event.raw or b"") == first
    assert event.flags == ["conflicting_duplicate"]


def test_i05_the_same_id_sent_to_two_tenants_is_two_events() -> None:
    shops, body = [make_tenant(), make_tenant()], tracker()

    for shop in shops:
        post(hook_of(make_connection(shop.id)), body, easypost(body))

    assert [len(events_of(shop.id)) for shop in shops] == [1, 1]


def test_i06_fifty_identical_deliveries_at_once_are_one_event() -> None:
    shop, body = make_tenant(), tracker()
    connection = make_connection(shop.id)

    async def at_once(client: httpx.AsyncClient) -> list[httpx.Response]:
        posts = [client.post(hook_of(connection), content=body, headers=easypost(body)) for _ in range(50)]
        return await asyncio.gather(*posts)

    answers = asked(at_once)

    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json()["accepted"] for answer in answers) == 1
    assert sum(answer.json()["duplicates"] for answer in answers) == 49
    assert len(events_of(shop.id)) == len(queued_for(shop.id)) == 1


def test_i07_one_tenants_secret_does_not_open_anothers_hook() -> None:
    body = tracker()
    mine, theirs = (make_connection(make_tenant().id, secret=secret) for secret in ("mine", "theirs"))

    assert post(hook_of(theirs), body, easypost(body, "mine")).status_code == 401
    assert post(hook_of(mine), body, easypost(body, "mine")).status_code == 200


@pytest.mark.parametrize(
    "signature",
    [None, "", "x" * 10_000, "hmac-sha256-hex=" + "0" * 64, "sha1=00", "hmac-sha256-hex=é", ",".join(["v0,aa"] * 50)],
)
def test_i08_a_missing_or_odd_signature_is_401(signature: str | None) -> None:
    connection = make_connection(make_tenant().id)

    async def ask(client: httpx.AsyncClient) -> int:
        headers = [] if signature is None else [(b"x-hmac-signature", signature.encode("latin-1"))]
        return (await client.post(hook_of(connection), content=tracker(), headers=headers)).status_code

    assert asked(ask) == 401


@pytest.mark.parametrize("version", ["v0", "v2", "v1"])
def test_i08_a_standard_webhook_of_another_scheme_or_key_is_401(version: str) -> None:
    connection = make_connection(make_tenant().id, partner="generic", secret=WHSEC)
    headers = standard(flat(), at=datetime.now(tz=UTC), secret="whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    headers["webhook-signature"] = headers["webhook-signature"].replace("v1", version)

    assert post(hook_of(connection), flat(), headers).status_code == 401


def test_i09_after_a_rotation_the_old_secret_counts_for_its_grace_and_no_longer() -> None:
    shop = make_tenant()
    connection = make_connection(shop.id, secret="old")
    body, now = tracker(), datetime.now(tz=UTC)

    def codes() -> list[int]:
        return [post(hook_of(connection), body, easypost(body, secret)).status_code for secret in ("old", "new")]

    before = codes()
    with tenant(shop.id):
        connections.rotate(connection, "new", now=now, grace=timedelta(hours=1))
    within = codes()
    with tenant(shop.id):
        Connection.objects.filter(id=connection.id).update(grace_until=now - timedelta(seconds=1))
    after = codes()

    assert (before, within, after) == ([200, 401], [200, 200], [401, 200])


UNREADABLE = {
    "nul": b'{"id": "evt_1", "result": {"tracking_code": "a\\u0000b"}}',
    "half a surrogate": b'{"id": "\\ud800"}',
    "nan": b'{"id": NaN}',
    "infinity": b'{"id": -Infinity}',
    "too large a number": b'{"id": 1e400}',
    "far too large a number": b'{"id": 1E200000}',
    "nested": b"[" * 5_000 + b"]" * 5_000,
    "deeply nested": b"[" * 200_000 + b"]" * 200_000,
    "a long integer": b'{"id": ' + b"9" * 5_000 + b"}",
    "not utf-8": b'{"id": "\xff\xfe"}',
    "empty": b"",
    "utf-16": '{"id": "evt_1"}'.encode("utf-16"),
    "a text": b'"hello"',
    "a doubled key": b'{"status": "ok", "status": "exception"}',
    "100,000 keys": json.dumps({str(n): n for n in range(100_000)}).encode(),
    "a long key": json.dumps({"k" * 100_000: 1}).encode(),
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_i10_i11_i12_i14_a_rightly_signed_body_that_cant_be_read_is_kept_once_and_answered_200(body: bytes) -> None:
    shop = make_tenant()
    connection = make_connection(shop.id)

    answers = [post(hook_of(connection), body, easypost(body)) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    [kept] = quarantined_of(shop.id)
    assert bytes(kept.raw or b"") == body
    assert kept.reason != ""
    assert "x-hmac-signature" not in kept.headers
    assert events_of(shop.id) == []
    assert queued_for(shop.id) == []


def test_i13_a_body_over_two_megabytes_is_413_however_it_is_sent() -> None:
    connection = make_connection(make_tenant().id)
    body = b" " * (AT_MOST + 1)

    async def ask(client: httpx.AsyncClient) -> list[int]:
        async def chunks() -> AsyncIterator[bytes]:
            for start in range(0, len(body), 100_000):
                yield body[start : start + 100_000]

        whole = await client.post(hook_of(connection), content=body, headers=easypost(body))
        chunked = await client.post(hook_of(connection), content=chunks(), headers=easypost(body))
        return [whole.status_code, chunked.status_code]

    assert asked(ask) == [413, 413]


def test_i13_a_compressed_body_is_not_unpacked() -> None:
    connection = make_connection(make_tenant().id)

    answer = post(hook_of(connection), b"\x1f\x8b", easypost(b"\x1f\x8b") | {"content-encoding": "gzip"})

    assert answer.status_code == 415
    assert answer.headers["content-type"] == "application/problem+json"


def test_i16_a_sender_that_is_cut_off_after_the_commit_sends_again_and_is_one_event() -> None:
    shop, body = make_tenant(), tracker()
    connection = make_connection(shop.id)

    async def cut_then_again(client: httpx.AsyncClient) -> httpx.Response:
        await cut_off(client, hook_of(connection), body, easypost(body))
        return await client.post(hook_of(connection), content=body, headers=easypost(body))

    again = asked(cut_then_again)

    assert (again.status_code, again.json()) == (200, {"accepted": 0, "duplicates": 1})
    assert len(events_of(shop.id)) == len(queued_for(shop.id)) == 1


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "x; charset=utf-7", ""])
def test_i18_the_content_type_does_not_matter_for_a_signed_body(content_type: str) -> None:
    connection, body = make_connection(make_tenant().id), tracker()

    answer = post(hook_of(connection), body, easypost(body) | {"content-type": content_type})

    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)


def test_i19_an_unknown_topic_is_stored_and_shown_but_decided_by_nobody() -> None:
    shop = make_tenant()
    connection = make_connection(shop.id)
    body = tracker().replace(b"tracker.updated", b"batch.created")

    answer = post(hook_of(connection), body, easypost(body))

    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    assert ["not_understood" in event.flags for event in events_of(shop.id)] == [True]
    assert queued_for(shop.id) == []


def test_i20_past_a_tenants_rate_its_hooks_say_429_and_other_tenants_go_on() -> None:
    limited = make_tenant(settings={"limits": {"events_per_second": 1, "burst": 3}})
    connection, other = make_connection(limited.id), make_connection(make_tenant().id)

    async def ask(client: httpx.AsyncClient) -> list[httpx.Response]:
        bodies = [tracker(f"evt_{n}") for n in range(5)]
        answers = [await client.post(hook_of(connection), content=body, headers=easypost(body)) for body in bodies]
        return [*answers, await client.post(hook_of(other), content=bodies[0], headers=easypost(bodies[0]))]

    answers = asked(ask)

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429, 200]
    assert int(answers[3].headers["retry-after"]) >= 1
    assert len(events_of(limited.id)) == 3


def test_i21_unknown_disabled_and_malformed_tokens_are_404_alike() -> None:
    shop, body = make_tenant(), tracker()
    connection = make_connection(shop.id)
    with tenant(shop.id):
        connections.switch(connection, is_open=False)

    answers = [post(path, body, easypost(body)) for path in (hook_of(connection), "/hooks/unknown/", "/hooks/%00/")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.content for answer in answers}) == 1


def test_i21_whoever_guesses_tokens_is_slowed_down_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "FRESH", 0.0)  # what was read about the hook is never believed for a while
    connection, body = make_connection(make_tenant().id), tracker()

    async def ask(client: httpx.AsyncClient) -> tuple[set[int], int, int]:
        known = (await client.post(hook_of(connection), content=body, headers=easypost(body))).status_code
        guesses = await _until_refused(client)
        again = (await client.post(hook_of(connection), content=body, headers=easypost(body))).status_code
        return set(guesses), known, again

    assert asked(ask) == ({404, 429}, 200, 200)


def test_i22_a_forwarded_address_counts_only_behind_our_own_proxy() -> None:
    async def some(client: httpx.AsyncClient) -> list[int]:
        return [await _guess(client, n) for n in range(150)]

    assert 429 in asked(_until_refused)
    assert set(asked(some, proxies=("127.0.0.1",))) == {404}


@pytest.mark.parametrize(
    ("at", "flag"),
    [
        ("2024-11-20T10:00:00Z", None),
        ("2999-01-01T00:00:00Z", "time_clamped"),
        ("0001-01-01T00:00:00Z", "time_clamped"),
        ("9999-12-31T23:59:59Z", "time_clamped"),
        ("9999-12-31T23:59:59-23:59", None),
        ("2026-11-20T10:00:00", None),
        ("yesterday", None),
    ],
)
def test_i24_whatever_date_a_carrier_tells_is_stored_and_an_impossible_one_is_flagged(
    at: str, flag: str | None
) -> None:
    shop = make_tenant()
    connection = make_connection(shop.id)
    scan = {"datetime": at, "status": "in_transit", "message": "Arrived", "source": "USPS"}
    body = tracker(updated_at=at, tracking_details=[scan])

    answer = post(hook_of(connection), body, easypost(body))

    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    [event] = events_of(shop.id)
    assert event.flags == ([flag] if flag else [])
    assert datetime(2000, 1, 1, tzinfo=UTC) <= event.occurred_at <= datetime.now(tz=UTC) + timedelta(days=1)


async def _guess(client: httpx.AsyncClient, n: int) -> int:
    """Ask for a hook that isn't there, as if for somebody else."""
    forwarded = {"x-forwarded-for": f"10.9.{n // 250}.{n % 250}"}
    return (await client.post(f"/hooks/guess-{n}/", content=b"", headers=forwarded)).status_code


async def _until_refused(client: httpx.AsyncClient) -> list[int]:
    """Guess faster than any bucket fills, however slow this machine is, until somebody says stop."""
    answers: list[int] = []
    while 429 not in answers and len(answers) < 10_000:
        first = len(answers)
        answers += await asyncio.gather(*(_guess(client, first + n) for n in range(100)))
    return answers


def test_a_hook_takes_post_only() -> None:
    connection = make_connection(make_tenant().id)

    answer = asked(lambda client: client.get(hook_of(connection)))

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_the_address_has_at_least_128_bits_and_the_secret_is_nowhere_in_the_row() -> None:
    connection = make_connection(make_tenant().id, secret="a canary secret")

    assert hook_url(connection) == f"http://testserver/hooks/{connection.token}/"
    assert len(connection.token) >= 22
    assert b"canary" not in bytes(connection.secret)


def test_a_quarantined_body_is_read_again_once_its_reader_can() -> None:
    shop = make_tenant()
    connection = make_connection(shop.id, partner="shopify", settings={"sales_channel": "web", "shop_domain": "x"})
    body = json.dumps({"id": 1, "name": "#1001", "created_at": "2026-11-20T10:00:00Z", "tags": 7}).encode()
    broken = b"{" + body
    post(hook_of(connection), broken, shopify(broken, topic="orders/create", event_id="e-1"))
    with tenant(shop.id):
        Connection.objects.filter(id=connection.id).update(settings={"sales_channel": "web"})
    post(hook_of(connection), broken, shopify(broken, topic="orders/create", event_id="e-1"))
    [kept] = quarantined_of(shop.id)

    with tenant(shop.id):
        still = replay(shop.id, kept.id, now=NOW)
        type(kept).objects.filter(id=kept.id).update(raw=body)
        fixed = replay(shop.id, kept.id, now=NOW)
        again = replay(shop.id, kept.id, now=NOW)

    assert still.problem != ""
    assert [each.is_new for each in fixed.recorded] == [True]
    assert again.recorded == ()
    assert [event.type for event in events_of(shop.id)] == ["order.created"]
    assert quarantined_of(shop.id)[0].state == "replayed"
