"""`POST /api/v1/events/`: one, a list, or a line each; all or nothing; every problem with its place."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from django.db import connection

from postsale.events.record import record
from postsale.events.shapes import check_event
from postsale.tenants import keys
from postsale.tenants.models import ApiKey, Tenant
from postsale.tenants.scope import tenant
from tests.factories import NOW, make_key, make_tenant
from tests.postsale.intake.asking import EVENTS, asked, bearer, cloud_event, cut_off, events_of, post, queued_for, send

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_event_is_accepted_in_the_contracts_words() -> None:
    shop = make_tenant()

    answer = send(shop.api_key, cloud_event())

    assert answer.status_code == 202
    assert answer.json() == {"accepted": 1, "duplicates": 0, "events": [{"id": "evt-1", "status": "accepted"}]}
    assert [(event.type, event.source) for event in events_of(shop.id)] == [("label.created", "shopify-us")]


@pytest.mark.parametrize(
    ("content_type", "join"),
    [
        ("application/json", json.dumps),
        ("application/cloudevents-batch+json", json.dumps),
        ("application/x-ndjson", lambda events: "\n".join(map(json.dumps, events))),
        ("application/x-ndjson", lambda events: "\r\n".join(map(json.dumps, events)) + "\r\n\r\n"),
        ("application/json", lambda events: "\n".join(map(json.dumps, events))),
    ],
)
def test_many_events_keep_their_order_in_the_log_and_in_the_queue(content_type: str, join: Any) -> None:
    shop = make_tenant()
    ids = [f"evt-{n}" for n in range(50)]

    answer = send(shop.api_key, join([cloud_event(id_) for id_ in ids]).encode(), **{"content-type": content_type})

    assert (answer.status_code, answer.json()["accepted"]) == (202, 50)
    log = events_of(shop.id)
    assert [event.external_id for event in log] == ids
    assert [row.event_id for row in queued_for(shop.id)] == [event.id for event in log]
    assert sorted(event.id for event in log) == [event.id for event in log]


def test_a_repeat_is_a_duplicate_also_within_one_request() -> None:
    shop = make_tenant()
    send(shop.api_key, cloud_event("a"))

    answer = send(
        shop.api_key, [cloud_event("a"), cloud_event("b"), cloud_event("b", source="other"), cloud_event("b")]
    )

    assert [each["status"] for each in answer.json()["events"]] == ["duplicate", "accepted", "accepted", "duplicate"]
    assert (answer.json()["accepted"], answer.json()["duplicates"]) == (2, 2)


def test_all_problems_are_listed_with_their_places_and_nothing_is_stored() -> None:
    shop = make_tenant()
    wrong_status = cloud_event("b", "tracking.updated")
    wrong_status["data"]["parcel"]["status"] = "arrived"

    answer = send(shop.api_key, [cloud_event("a"), wrong_status, cloud_event("c", specversion="2"), 7])

    document = answer.json()
    assert answer.status_code == document["status"] == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [each["path"] for each in document["errors"]] == ["[1].data.parcel.status", "[2].specversion", "[3]"]
    assert events_of(shop.id) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'"text"', 400),
        (b"\xff\xfe", 400),
        (b"[]", 422),
        (b'{"a": 1, "a": 2}', 422),
        (b'{"a": NaN}', 422),
        (b'{"a": 1e400}', 422),
        (b'{"a": 1E200000}', 422),
        (b'{"a": "\\ud800"}', 422),
        (b'{"a": ' + b"9" * 5_000 + b"}", 422),
        (json.dumps(cloud_event()).encode("utf-16"), 400),
        (json.dumps({str(n): n for n in range(200_000)}).encode(), 422),
        (json.dumps({"k" * 100_000: 1}).encode(), 422),
        (json.dumps(cloud_event(data={"custom": {str(n): n for n in range(9_000)}})).encode(), 422),
        (b"[" * 5_000 + b"]" * 5_000, 422),
        (b"[" * 200_000 + b"]" * 200_000, 422),
        (json.dumps(cloud_event("a\0b")).encode(), 422),
        (json.dumps([cloud_event(str(n)) for n in range(1_001)]).encode(), 413),
        (b"\n".join([json.dumps(cloud_event()).encode(), b"{"]), 400),
        (json.dumps(cloud_event(source="postsale")).encode(), 422),
        (json.dumps(cloud_event(type_="tracking.delivered")).encode(), 422),
        (b" " * 5_000_001, 413),
    ],
)
def test_i10_to_i14_hostile_bodies_are_refused_with_a_problem_document(body: bytes, status: int) -> None:
    shop = make_tenant()

    answer = send(shop.api_key, body)

    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.json()["detail"] != ""
    assert events_of(shop.id) == []


def test_a_compressed_body_is_refused() -> None:
    assert send(make_tenant().api_key, b"\x1f\x8b", **{"content-encoding": "gzip"}).status_code == 415


def test_without_a_known_key_it_is_401_and_without_the_scope_403() -> None:
    shop = make_tenant()
    _, reader = make_key(shop.id, scopes=["read"])
    _, sender = make_key(shop.id, scopes=["events"])

    codes = [send(secret, cloud_event()).status_code for secret in ("ps_unknown", "", "x" * 5_000, reader, sender)]

    assert codes == [401, 401, 401, 403, 202]


def test_a_session_without_a_key_and_every_other_path_go_on_to_django() -> None:
    def answers(client: httpx.AsyncClient) -> Any:
        return asyncio.gather(client.post(EVENTS), client.get(EVENTS, headers=bearer("x")), client.get("/hooks/"))

    assert [answer.status_code for answer in asked(answers)] == [418, 418, 418]


def test_a_suspended_tenant_is_403() -> None:
    shop = make_tenant()
    with tenant(shop.id):
        Tenant.objects.update(state="suspended")

    assert send(shop.api_key, cloud_event()).status_code == 403


def test_a19_a_revoked_key_ends_within_a_second_in_a_running_process() -> None:
    shop = make_tenant()
    key, secret = make_key(shop.id)

    def revoke() -> None:
        with tenant(shop.id):
            keys.revoke(shop.id, key.id, now=NOW)

    async def ask(client: httpx.AsyncClient) -> tuple[int, int]:
        before = await client.post(EVENTS, json=cloud_event(), headers=bearer(secret))
        await asyncio.to_thread(_in_own_connection, revoke)
        await asyncio.sleep(keys.FRESH + 0.05)
        after = await client.post(EVENTS, json=cloud_event(), headers=bearer(secret))
        return before.status_code, after.status_code

    assert asked(ask) == (202, 401)


def test_using_a_key_is_noted() -> None:
    shop = make_tenant()
    key, secret = make_key(shop.id)

    send(secret, cloud_event())

    with tenant(shop.id):
        assert ApiKey.objects.get(id=key.id).last_used_at is not None


def test_i20_bulk_counts_each_event_and_a_backfill_is_not_limited() -> None:
    shop = make_tenant(settings={"limits": {"events_per_second": 1, "burst": 10}})
    first, second = ([cloud_event(f"{name}-{n}") for n in range(8)] for name in ("a", "b"))

    async def ask(client: httpx.AsyncClient) -> list[int]:
        posts = [(EVENTS, first), (EVENTS, second), (EVENTS + "?backfill=true", second)]
        return [(await client.post(path, json=body, headers=bearer(shop.api_key))).status_code for path, body in posts]

    assert asked(ask) == [202, 429, 202]


def test_backfill_is_recorded_as_received_at_its_time_in_a_partition_of_its_own() -> None:
    shop = make_tenant()
    times = ["2019-03-01T00:00:00Z", "2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"]

    answer = send(
        shop.api_key, [cloud_event(str(n), time=time) for n, time in enumerate(times)], query="?backfill=true"
    )

    assert answer.status_code == 202
    log = events_of(shop.id)
    assert [event.external_id for event in log] == ["0", "1", "2"]
    assert [event.received_at for event in log] == [datetime.fromisoformat(time) for time in times]
    assert {event.is_backfill for event in log} == {True}
    assert [row.received_at for row in queued_for(shop.id)] == [event.received_at for event in log]


def test_backfill_takes_true_or_false_only() -> None:
    assert send(make_tenant().api_key, cloud_event(), query="?backfill=maybe").status_code == 400


def paid(id_: str, number: str, **order: Any) -> dict[str, Any]:
    return cloud_event(id_, "order.paid", data={"order": {"number": number, **order}})


def test_without_a_sales_channel_an_order_must_be_known_under_exactly_one() -> None:
    shop = make_tenant()
    send(
        shop.api_key,
        [paid("a", "1", sales_channel="web"), paid("b", "2", sales_channel="web"), paid("c", "2", sales_channel="pos")],
    )

    known = send(shop.api_key, paid("d", "#1"))
    unclear = send(shop.api_key, [paid("e", "1"), paid("f", "2"), paid("g", "3")])

    assert known.status_code == 202
    assert events_of(shop.id)[-1].data["order"]["sales_channel"] == "web"
    assert unclear.status_code == 422
    assert [each["path"] for each in unclear.json()["errors"]] == [
        "[1].data.order.sales_channel",
        "[2].data.order.sales_channel",
    ]


def test_an_order_may_be_named_by_its_channel_elsewhere_in_the_same_request() -> None:
    shop = make_tenant()

    answer = send(shop.api_key, [paid("a", "1"), paid("b", "1", sales_channel="web")])

    assert answer.status_code == 202
    assert [event.data["order"]["sales_channel"] for event in events_of(shop.id)] == ["web", "web"]


def test_another_tenants_order_is_not_known_here() -> None:
    mine, theirs = make_tenant(), make_tenant()
    send(theirs.api_key, paid("a", "1", sales_channel="web"))

    assert send(mine.api_key, paid("b", "1")).status_code == 422


def test_i16_a_sender_that_is_cut_off_after_the_commit_sends_again_and_is_one_event() -> None:
    shop, body = make_tenant(), json.dumps([cloud_event("a"), cloud_event("b")]).encode()

    async def cut_then_again(client: httpx.AsyncClient) -> httpx.Response:
        await cut_off(client, EVENTS, body, bearer(shop.api_key))
        return await client.post(EVENTS, content=body, headers=bearer(shop.api_key))

    again = asked(cut_then_again)

    assert [each["status"] for each in again.json()["events"]] == ["duplicate", "duplicate"]
    assert (again.status_code, len(events_of(shop.id)), len(queued_for(shop.id))) == (202, 2, 2)


@pytest.mark.parametrize(
    ("time", "status"),
    [
        ("2000-01-01T00:00:00Z", 202),
        ("2024-11-20T10:00:00Z", 202),
        ("1999-12-31T23:59:59Z", 422),
        ("2999-01-01T00:00:00Z", 422),
        ("0001-01-01T00:00:00Z", 422),
        ("0001-01-01T00:00:00+23:59", 422),
        ("9999-12-31T23:59:59-23:59", 422),
        ("10000-01-01T00:00:00Z", 422),
        ("2026-11-20T10:00:00", 422),
        ("yesterday", 422),
    ],
)
def test_i24_an_event_of_an_impossible_date_is_refused_at_its_place(time: str, status: int) -> None:
    shop = make_tenant()

    answer = send(shop.api_key, cloud_event(time=time))

    assert answer.status_code == status
    assert [each["path"] for each in answer.json().get("errors", [])] == (["time"] if status == 422 else [])


def test_i17_half_a_body_is_refused_and_stores_nothing() -> None:
    shop = make_tenant()

    async def cut(client: httpx.AsyncClient) -> int:
        app = client._transport.app  # type: ignore[attr-defined]
        messages = iter([{"type": "http.request", "body": b"[", "more_body": True}, {"type": "http.disconnect"}])
        sent: list[Any] = []

        async def receive() -> Any:
            return next(messages)

        async def send_(message: Any) -> None:
            sent.append(message)

        headers = [(b"authorization", f"Bearer {shop.api_key}".encode())]
        scope = {
            "type": "http",
            "method": "POST",
            "path": EVENTS,
            "headers": headers,
            "query_string": b"",
            "client": None,
        }
        await app(scope, receive, send_)
        return int(sent[0]["status"])

    assert asked(cut) == 400
    assert events_of(shop.id) == []


def test_recording_by_hand_and_by_the_api_deduplicate_each_other() -> None:
    shop, now = make_tenant(), datetime.now(tz=UTC)
    event, _ = check_event(cloud_event(), now=now)
    assert event is not None

    by_hand = [record(shop.id, [event, event], source=event.source, now=now + timedelta(seconds=n)) for n in range(2)]
    by_api = send(shop.api_key, cloud_event())

    assert [[each.is_new for each in recorded] for recorded in by_hand] == [[True, False], [False, False]]
    assert by_api.json()["duplicates"] == 1
    assert [row.received_at for row in queued_for(shop.id)] == [now]


def test_the_answer_to_a_stranger_tells_nothing() -> None:
    answer = post(EVENTS, b"{", bearer("ps_unknown"))

    assert answer.json() == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "This API key is unknown or was revoked.",
        "errors": [],
    }


def _in_own_connection(work: Any) -> None:
    try:
        work()
    finally:
        connection.close()
