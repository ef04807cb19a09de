"""EasyPost: both kinds of signatures, as its own client makes them, and its statuses as INTEGRATIONS.md maps them."""

import hashlib
import hmac
import json
import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
from easypost.util import validate_webhook

from postsale.integrations.base import BadSignature, Unreadable
from postsale.integrations.easypost.statuses import STATUSES
from postsale.integrations.registry import partner

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
EASYPOST = partner("easypost")
SECRET = "sécret"


def body(type_: str = "tracker.updated", **tracker: Any) -> bytes:
    result = {
        "id": "trk_1",
        "tracking_code": "9400",
        "status": "in_transit",
        "status_detail": "arrived_at_facility",
        "carrier": "USPS",
        "updated_at": "2026-07-01T10:00:00Z",
        "tracking_details": [],
        "mode": "production",
        **tracker,
    }
    return json.dumps(
        {"id": "evt_1", "description": type_, "created_at": "2026-07-01T10:00:01.000Z", "result": result}
    ).encode()


def sign(message: bytes, secret: str = SECRET) -> str:
    key = unicodedata.normalize("NFKD", secret).encode()
    return "hmac-sha256-hex=" + hmac.digest(key, message, hashlib.sha256).hex()


def verify(headers: dict[str, str], raw: bytes, secrets: list[str] | None = None, path: str = "/hooks/t/") -> None:
    EASYPOST.verify(headers, raw, [SECRET] if secrets is None else secrets, path=path, now=NOW)


def read(raw: bytes) -> Any:
    (event,) = EASYPOST.read({}, raw, {}, now=NOW)
    return event


def test_the_clients_own_check_and_ours_agree() -> None:
    raw = body()

    verify({"x-hmac-signature": sign(raw)}, raw)

    assert validate_webhook(raw, {"X-Hmac-Signature": sign(raw)}, SECRET)["id"] == "evt_1"


def test_the_old_and_the_new_secret_hold_while_both_are_there() -> None:
    verify({"x-hmac-signature": sign(b"{}", "old")}, b"{}", ["new", "old"])
    with pytest.raises(BadSignature):
        verify({"x-hmac-signature": sign(b"{}", "old")}, b"{}", ["new"])


def test_the_second_signature_covers_time_and_path() -> None:
    raw, at = b'{"foo": "bar"}', "Wed, 01 Jul 2026 12:00:00 +0000"
    headers = {
        "x-hmac-signature-v2": "hmac-sha256-hex=23d4fab1122443a541a3ef1638b1fbcd16f17bbf069879439376a6d8f8c0fe87",
        "x-timestamp": at, "x-path": "/in/easypost/abc",
    }  # fmt: skip

    verify(headers, raw)
    verify({"x-hmac-signature-v2": sign(f"{at}POST/hooks/t/".encode() + raw), "x-timestamp": at}, raw)

    with pytest.raises(BadSignature, match="wrong"):
        verify({**headers, "x-path": "/elsewhere"}, raw)


@pytest.mark.parametrize(
    "at", ["Wed, 01 Jul 2026 11:54:00 +0000", "Wed, 01 Jul 2026 12:06:00 +0000", "2026-07-01T11:00:00Z", "now", ""]
)
def test_a_rightly_signed_old_time_is_refused(at: str) -> None:
    with pytest.raises(BadSignature, match="5 minutes"):
        verify({"x-hmac-signature-v2": sign(f"{at}POST/hooks/t/".encode() + b"{}"), "x-timestamp": at}, b"{}")


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"x-hmac-signature": ""}, {"x-hmac-signature": sign(b"{} ")}, {"x-hmac-signature": sign(b"{}", "other")},
        {"x-hmac-signature": sign(b"{}")[16:]}, {"x-hmac-signature": "ä" * 10_000}, {"x-hmac-signature-v2": "v0,x"},
        {"x-hmac-signature": ",".join([sign(b"x")] * 100)},
    ],
)  # fmt: skip
def test_a_wrong_signature_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        verify(headers, b"{}")


def test_no_secret_verifies_nothing() -> None:
    with pytest.raises(BadSignature):
        verify({"x-hmac-signature": sign(b"{}", "")}, b"{}", [""])


@pytest.mark.parametrize(
    ("status", "detail", "canonical"),
    [
        *[(status, None, canonical) for status, canonical in STATUSES.items()],
        ("pre_transit", "label_created", "awaiting_carrier"),
        ("pre_transit", "status_update", "awaiting_carrier"),
        ("in_transit", "received_at_origin_facility", "accepted"),
        ("in_transit", "delayed", "delayed"),
        ("in_transit", "weather_delay", "delayed"),
        ("in_transit", "address_correction", "exception"),
        ("in_transit", "damaged", "exception"),
        ("in_transit", "held", "exception"),
        ("in_transit", "lost", "exception"),
        ("in_transit", "missorted", "exception"),
        ("in_transit", "departed_facility", "in_transit"),
        ("in_transit", "something new", "in_transit"),
        ("failure", "refused", "exception"),
        (None, None, "unknown"),
    ],
)
def test_a_status_is_mapped_by_the_table(status: str | None, detail: str | None, canonical: str) -> None:
    event = read(body(status=status, status_detail=detail))

    assert event.data["parcel"]["status"] == canonical
    assert event.flags == ()


def test_an_unknown_status_stays_visible() -> None:
    event = read(body(status="teleported"))

    assert event.flags == ("unmapped",)
    assert (event.data["parcel"]["status"], event.data["parcel"]["raw_status"]) == ("unknown", "teleported")
    assert event.data["parcel"]["unmapped"] is True


def test_a_tracker_says_all_it_knows() -> None:
    event = read(
        body(
            status="in_transit",
            status_detail="damaged",
            est_delivery_date="2026-07-05T00:00:00Z",
            signed_by="J",
            weight=10.0,
            is_return=True,
            mode="test",
            carrier_detail={"service": "Ground"},
            tracking_details=[
                {
                    "status": "in_transit",
                    "status_detail": "damaged",
                    "datetime": "2026-07-01T09:00:00Z",
                    "message": "Damaged",
                    "tracking_location": {"city": "Reno", "state": "NV", "country": "US"},
                },
                {
                    "status": "pre_transit",
                    "datetime": "2026-06-30T09:00:00",
                    "message": None,
                    "tracking_location": None,
                },
                {"status": "in_transit", "datetime": None},
                None,
            ],
        )
    )

    assert event.type == "tracking.updated"
    assert event.external_id == "evt_1"
    assert event.data["parcel"] == {
        "carrier": "USPS", "tracking_number": "9400", "status": "exception", "occurred_at": "2026-07-01T10:00:00Z",
        "raw_status": "in_transit", "raw_detail": "damaged", "raw_text": "Damaged", "exception_reason": "damaged",
        "eta": "2026-07-05T00:00:00Z", "signed_by": "J", "service": "Ground", "weight_g": 283, "is_return": True,
        "is_test": True, "location": {"city": "Reno", "region": "NV", "country": "US"},
    }  # fmt: skip
    assert [row["status"] for row in event.data["history"]] == ["awaiting_carrier", "exception"]
    assert event.data["refs"] == {"parcel": {"tracker": "trk_1"}}


@pytest.mark.parametrize(
    "tracker",
    [
        {"carrier": None},
        {"tracking_details": None},
        {"tracking_details": "x"},
        {"weight": "heavy"},
        {"weight": True},
        {"carrier_detail": None},
        {"updated_at": None},
        {"updated_at": "soon"},
        {"est_delivery_date": 5},
        {"id": None},
        {"is_return": "no"},
        {"status_detail": 3},
        {"updated_at": "9999-12-31T23:59:59Z"},
        {"updated_at": "0001-01-01T00:00:00Z"},
    ],
)
def test_nulls_and_wrong_types_do_no_harm(tracker: dict[str, Any]) -> None:
    assert read(body(**tracker)).type == "tracking.updated"


@pytest.mark.parametrize("type_", ["batch.created", "scan_form.updated", "refund.successful"])
def test_other_events_are_kept_and_not_understood(type_: str) -> None:
    event = read(body(type_))

    assert (event.type, event.flags) == (type_, ("not_understood",))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b'"x"',
        b"{",
        b'{"description":"tracker.updated","result":{}}',
        b'{"description":"tracker.updated"}',
        b"[" * 1000,
        b"\xff\xfe",
        b'{"id":"1","id":"2"}',
        body(carrier="\x00"),
        body(signed_by="x" * 9000),
    ],
)
def test_a_hostile_body_is_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        read(raw)
