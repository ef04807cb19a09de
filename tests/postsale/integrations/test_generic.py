"""Generic senders: Standard Webhooks signatures by the real library, CloudEvents in all three modes, flat data."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from postsale.events.kinds import Reported
from postsale.integrations.base import BadSignature, Unreadable
from postsale.integrations.generic.adapter import canonical_type
from postsale.integrations.generic.signature import keys_of
from postsale.integrations.registry import partner

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
GENERIC = partner("generic")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
FLAT = {
    "order_ref": "#1002",
    "channel": "web",
    "tracking_number": "1Z",
    "status": "exception",
    "status_detail": "address",
    "occurred_at": "2026-07-01T11:58:03Z",
    "customer": {"email": "a@b.example"},
    "extra": 1,
}
CLOUD = {
    "specversion": "1.0",
    "type": "com.example.order.created",
    "source": "https://shop.example/",
    "id": "A1",
    "time": "2026-07-01T11:00:00Z",
    "data": {"order_ref": "#1002", "channel": "custom"},
}


def signed(raw: bytes, *, at: datetime = NOW, secret: str = SECRET) -> dict[str, str]:
    signature = Webhook(secret).sign("msg_1", at, raw.decode())
    return {"webhook-id": "msg_1", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}


def verify(headers: dict[str, str], raw: bytes, *secrets: str) -> None:
    GENERIC.verify(headers, raw, secrets or (SECRET,), path="/", now=NOW)


def read(value: object, settings: Any = None, **headers: str) -> list[Reported]:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    sent = {"webhook-id": "msg_1", **{name.replace("_", "-"): text for name, text in headers.items()}}
    return GENERIC.read(sent, raw, settings or {}, now=NOW)


def hook(type_: str, data: object) -> dict[str, object]:
    return {"type": type_, "timestamp": "2026-07-01T11:59:00Z", "data": data}


@pytest.mark.parametrize(
    "secret", [SECRET, SECRET.removeprefix("whsec_"), base64.b64encode(b"any bytes").decode(), "generic-secret-123"]
)
def test_what_the_library_signs_verifies(secret: str) -> None:
    verify(signed(b'{"a": 1}', secret=secret), b'{"a": 1}', "whsec_b3RoZXI=", secret)


@pytest.mark.parametrize("secret", ["no base64 at all: é", "x", "whsec_!"])
def test_a_secret_that_is_no_base64_counts_as_it_stands(secret: str) -> None:
    message = b"msg_1.%d.{}" % NOW.timestamp()
    signature = base64.b64encode(hmac.digest(secret.encode(), message, hashlib.sha256)).decode()

    verify({**signed(b"{}"), "webhook-signature": f"v1,{signature}"}, b"{}", secret)


def test_a_secret_never_shrinks_to_a_guessable_key() -> None:
    assert keys_of("!!!!AA==") == [b"!!!!AA=="]
    assert keys_of("") == []


def test_bytes_that_are_no_text_verify_too() -> None:
    raw = b"\xff\xfe"
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.digest(key, b"msg_1.%d." % NOW.timestamp() + raw, hashlib.sha256)).decode()

    verify({**signed(b"{}"), "webhook-signature": f"v1a,x v1,{signature}"}, raw)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": ""},
        {"webhook-timestamp": ""},
        {"webhook-signature": ""},
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "١٢٣"},
        {"webhook-timestamp": "9" * 5000},
        {"webhook-timestamp": "-1"},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,é"},
        {"webhook-signature": "v0," + "A" * 44},
        {"webhook-signature": "v1," + "A" * 10_000},
        {"webhook-signature": " ".join(["v1,AAAA"] * 2_000)},
    ],
)
def test_a_wrong_header_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        verify({**signed(b"{}"), **change}, b"{}")


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_right_signature_with_a_wrong_time_is_refused(minutes: int) -> None:
    with pytest.raises(BadSignature, match="5 minutes"):
        verify(signed(b"{}", at=NOW + timedelta(minutes=minutes)), b"{}")


@pytest.mark.parametrize("raw", [b"{} ", b'{"a":1}'])
def test_another_body_is_refused(raw: bytes) -> None:
    with pytest.raises(BadSignature):
        verify(signed(b"{}"), raw)


def test_another_secret_is_refused() -> None:
    with pytest.raises(BadSignature):
        verify(signed(b"{}"), b"{}", "whsec_b3RoZXI=", "b")


def test_a_flat_standard_webhook_is_read() -> None:
    (event,) = read(hook("shipment.updated", FLAT))

    assert (event.type, event.external_id) == ("tracking.updated", "msg_1")
    assert event.occurred_at == NOW - timedelta(minutes=1)
    assert event.data == {
        "order": {"number": "#1002", "sales_channel": "web", "customer": {"email": "a@b.example"}},
        "parcel": {"carrier": "other", "tracking_number": "1Z", "status": "exception", "raw_detail": "address",
                   "occurred_at": "2026-07-01T11:58:03Z"},
        "extra": 1,
    }  # fmt: skip


def test_nested_data_wins_over_flat() -> None:
    data = {
        **FLAT,
        "order": {"number": "7"},
        "parcel": {"carrier": "ups", "tracking_number": "1Z9", "status": "delivered"},
    }

    (event,) = read(hook("tracking.updated", data))

    assert event.data["order"] == {"number": "7", "sales_channel": "web", "customer": {"email": "a@b.example"}}
    assert event.data["parcel"] == {
        "carrier": "ups", "tracking_number": "1Z9", "status": "delivered", "raw_detail": "address",
        "occurred_at": "2026-07-01T11:58:03Z",
    }  # fmt: skip


def test_a_scan_without_an_order_is_a_scan() -> None:
    (event,) = read(
        hook("tracking.updated", {"tracking_number": "1Z", "carrier": "ups", "status": "delivered", "channel": "web"})
    )

    assert event.data == {
        "channel": "web",
        "parcel": {"carrier": "ups", "tracking_number": "1Z", "status": "delivered"},
    }


@pytest.mark.parametrize(
    ("status", "ours", "flags"),
    [
        ("In Transit", "in_transit", ()),
        ("out-for-delivery", "out_for_delivery", ()),
        ("gone", "unknown", ("unmapped",)),
    ],
)
def test_a_senders_own_status_is_kept_beside_ours(status: str, ours: str, flags: tuple[str, ...]) -> None:
    history = [{"status": status, "occurred_at": "2026-07-01T11:00:00Z"}]

    (event,) = read(hook("shipment.updated", {**FLAT, "status": status, "history": history}))

    parcel: Any = event.data["parcel"]
    assert (parcel["status"], parcel["raw_status"], event.flags) == (ours, status, flags)
    assert event.data["history"][0]["status"] == ours  # type: ignore[index]


def test_a_structured_cloud_event_is_read() -> None:
    (event,) = read(CLOUD, {"sales_channel": "unused"}, content_type="application/cloudevents+json")

    assert (event.type, event.external_id, event.source) == (
        "order.created",
        "https://shop.example/ A1",
        "https://shop.example/",
    )
    assert event.data == {"order": {"number": "#1002", "sales_channel": "custom"}}


def test_data_may_come_as_base64() -> None:
    data = base64.b64encode(json.dumps(CLOUD["data"]).encode()).decode()

    (event,) = read({name: value for name, value in CLOUD.items() if name != "data"} | {"data_base64": data})

    assert event.data == {"order": {"number": "#1002", "sales_channel": "custom"}}


def test_a_batch_is_read_in_its_sequence() -> None:
    events = read([CLOUD, {**CLOUD, "id": "A2"}], content_type="application/cloudevents-batch+json")

    assert [event.external_id[-2:] for event in events] == ["A1", "A2"]


def test_a_binary_cloud_event_is_read() -> None:
    headers = {
        "ce_specversion": "1.0",
        "ce_type": "custom.scored",
        "ce_source": "/caf%C3%A9",
        "ce_id": "9",
        "ce_time": "2026-07-01T11:00:00Z",
    }

    (event,) = read({"score": 3}, **headers)

    assert (event.type, event.external_id, event.data) == ("custom.scored", "/café 9", {"score": 3})
    assert event.occurred_at == NOW - timedelta(hours=1)


def test_a_binary_custom_event_may_be_empty_or_no_object() -> None:
    headers = {"ce_specversion": "1.0", "ce_type": "custom.ping", "ce_source": "s", "ce_id": "9"}

    assert read(b"", **headers)[0].data == {}
    assert read([1], **headers)[0].data == {"value": [1]}


def test_the_connections_channel_is_the_default() -> None:
    (event,) = read(hook("order.created", {"order_ref": "1"}), {"sales_channel": "pos"})

    assert event.data == {"order": {"number": "1", "sales_channel": "pos"}}


def test_who_opts_out_stays_a_customer() -> None:
    (event,) = read(hook("customer.opted_out", {"customer": {"email": "a@b.example"}, "order_ref": "1"}))

    assert event.data == {"customer": {"email": "a@b.example"}, "order": {"number": "1"}}


@pytest.mark.parametrize(
    "at", ["2019-01-01T00:00:00", "1999-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", 5, None]
)
def test_any_time_is_stored_within_bounds(at: object) -> None:
    (event,) = read({**hook("shipment.updated", FLAT), "timestamp": at})

    assert datetime(2000, 1, 1, tzinfo=UTC) <= event.occurred_at <= NOW + timedelta(hours=24)


@pytest.mark.parametrize("type_", ["invoice.sent", "tracking.status_changed", "custom.Not", "x" * 500])
def test_other_types_are_kept_and_not_understood(type_: str) -> None:
    (event,) = read(hook(type_, {"order": 3}))

    assert (event.type, event.flags, event.data) == (type_[:60], ("not_understood",), {"order": 3})


@pytest.mark.parametrize(
    ("type_", "ours"),
    [
        ("shipment.updated", "tracking.updated"),
        ("com.example.order.created", "order.created"),
        ("order.updated", "order.updated"),
        ("a.order.cancelled", "order.cancelled"),
        ("reorder.created", "reorder.created"),
        ("a.order.paid", "a.order.paid"),
    ],
)
def test_aliases_are_those_of_the_contract(type_: str, ours: str) -> None:
    assert canonical_type(type_) == ours


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"[]",
        b'"x"',
        b"a=1",
        b"[" * 1000,
        b'{"type":"order.created","type":"x"}',
        {"data": {}},
        hook("order.created", None),
        hook("order.created", {}),
        hook("order.created", {"order": "1"}),
        hook("shipment.updated", {"status": "delivered"}),
        hook("shipment.updated", {"tracking_number": "1Z"}),
        hook("shipment.updated", {**FLAT, "extra": "\x00"}),
        {**CLOUD, "specversion": "0.3"},
        {**CLOUD, "id": None},
        [CLOUD, {"type": "x"}],
        [CLOUD, {**CLOUD, "data": 3}],
        [CLOUD] * 1_001,
        {**CLOUD, "data": None, "data_base64": "%%%"},
        {**CLOUD, "data": None, "data_base64": "e30"},
        hook("custom.big", {"a": ["z" * 8_000] * 9}),
        hook("tracking.updated", {"parcel": "1Z"}),
    ],
)
def test_a_hostile_body_is_unreadable(value: object) -> None:
    with pytest.raises(Unreadable):
        read(value)
