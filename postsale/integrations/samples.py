"""One body of each partner, rightly signed and clearly a test: to see that a connection works from end to end."""

import base64
import hashlib
import hmac
import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from postsale.integrations.generic.signature import keys_of

#: A domain that can't receive mail (RFC 2606): whatever a workflow does with a test, nobody is written to.
NOBODY = "test@customer.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What to send, and in words what should be seen of it."""

    body: bytes
    headers: Mapping[str, str]
    words: str


def sample(partner: str, *, secret: str, settings: Mapping[str, Any], mark: str, now: datetime) -> Sample | None:
    """A signed test of that partner; `mark` (letters and digits) makes it this one. None for a partner without one."""
    make = SAMPLES.get(partner)
    return make(secret, settings, mark, now) if make else None


def _easypost(secret: str, _settings: Mapping[str, Any], mark: str, now: datetime) -> Sample:
    number, at = f"TEST{mark}", _iso(now)
    body = {
        "id": f"evt_test_{mark}", "object": "Event", "mode": "test", "description": "tracker.updated", "created_at": at,
        "result": {
            "id": f"trk_test_{mark}", "object": "Tracker", "mode": "test", "tracking_code": number, "carrier": "UPS",
            "status": "in_transit", "status_detail": "arrived_at_facility", "created_at": at, "updated_at": at,
            "tracking_details": [{
                "object": "TrackingDetail", "message": "Postsale's test event", "status": "in_transit",
                "status_detail": "arrived_at_facility", "datetime": at, "tracking_location": {"city": "MEMPHIS"},
            }],
        },
    }  # fmt: skip
    raw = json.dumps(body).encode()
    key = unicodedata.normalize("NFKD", secret).encode()
    signature = "hmac-sha256-hex=" + hmac.digest(key, raw, hashlib.sha256).hex()
    words = f"a scan of the parcel {number}, which is marked as a test and belongs to no order"
    return Sample(body=raw, headers={"X-Hmac-Signature": signature}, words=words)


def _shopify(secret: str, settings: Mapping[str, Any], mark: str, now: datetime) -> Sample:
    at, number = _iso(now), f"TEST-{mark}"
    body = {
        "id": int(hashlib.sha256(mark.encode()).hexdigest()[:12], 16), "name": f"#{number}", "email": NOBODY,
        "created_at": at, "updated_at": at, "currency": "USD", "total_price": "1.00", "financial_status": "paid",
        "fulfillment_status": None, "tags": "test", "test": True, "note": "Postsale's test event", "cancelled_at": None,
        "customer": {"id": 1, "email": NOBODY, "first_name": "Test", "last_name": "Customer"},
        "line_items": [{"id": 1, "sku": "TEST", "name": "Test", "quantity": 1, "price": "1.00", "grams": 100}],
        "shipping_address": {"country_code": "US", "city": "Memphis", "zip": "38118"},
    }  # fmt: skip
    raw = json.dumps(body).encode()
    headers = {
        "X-Shopify-Topic": "orders/create", "X-Shopify-Event-Id": f"test-{mark}", "X-Shopify-Test": "true",
        "X-Shopify-Shop-Domain": str(settings.get("shop_domain") or "test.myshopify.com"),
        "X-Shopify-Hmac-Sha256": base64.b64encode(hmac.digest(secret.encode(), raw, hashlib.sha256)).decode(),
    }  # fmt: skip
    words = f"the order {number}, tagged “test”; its customer {NOBODY} can't receive mail"
    return Sample(body=raw, headers=headers, words=words)


def _generic(secret: str, _settings: Mapping[str, Any], mark: str, now: datetime) -> Sample:
    number, message, at = f"TEST{mark}", f"msg_test_{mark}", str(int(now.timestamp()))
    parcel = {"carrier": "other", "tracking_number": number, "status": "in_transit", "is_test": True}
    body = {
        "specversion": "1.0", "id": message, "source": "postsale-test", "type": "tracking.updated", "time": _iso(now),
        "data": {"parcel": {**parcel, "occurred_at": _iso(now), "raw_text": "Postsale's test event"}},
    }  # fmt: skip
    raw = json.dumps(body).encode()
    digest = hmac.digest(keys_of(secret)[0], f"{message}.{at}.".encode() + raw, hashlib.sha256)
    headers = {
        "webhook-id": message, "webhook-timestamp": at,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }  # fmt: skip
    words = f"a scan of the parcel {number}, which is marked as a test and belongs to no order"
    return Sample(body=raw, headers=headers, words=words)


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


SAMPLES: Mapping[str, Callable[[str, Mapping[str, Any], str, datetime], Sample]] = {
    "easypost": _easypost,
    "shopify": _shopify,
    "generic": _generic,
}
"""The partners that we can play, by key."""
