"""What partners send, signed as they do it."""

import base64
import hashlib
import hmac
import json
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx
from easypost.util import validate_webhook

type Webhook = tuple[bytes, Mapping[str, str]]


def tracker(
    number: str, *, event: str, status: str, detail: str, at: datetime, secret: str, carrier: str = "UPS"
) -> Webhook:
    """EasyPost's `tracker.updated` with one row of history; its own client would let it in."""
    row = {
        "object": "TrackingDetail", "message": f"the carrier says {status}", "status": status, "status_detail": detail,
        "datetime": _iso(at), "source": carrier, "carrier_code": "",
        "tracking_location": {"object": "TrackingLocation", "city": "MEMPHIS", "state": "TN", "country": "US", "zip": "38118"},
    }  # fmt: skip
    result = {
        "id": f"trk_{number}", "object": "Tracker", "mode": "production", "tracking_code": number, "status": status,
        "status_detail": detail, "created_at": _iso(at), "updated_at": _iso(at), "signed_by": None, "weight": 17.6,
        "est_delivery_date": None, "shipment_id": None, "carrier": carrier, "tracking_details": [row],
        "carrier_detail": None, "is_return": False,
    }  # fmt: skip
    body = json.dumps({
        "id": event, "object": "Event", "mode": "production", "description": "tracker.updated", "created_at": _iso(at),
        "updated_at": _iso(at), "status": "pending", "previous_attributes": {"status": "unknown"}, "pending_urls": [],
        "completed_urls": [], "user_id": "user_1", "result": result,
    }).encode()  # fmt: skip
    key = unicodedata.normalize("NFKD", secret).encode()
    headers = {"X-Hmac-Signature": "hmac-sha256-hex=" + hmac.digest(key, body, hashlib.sha256).hex()}
    validate_webhook(body, headers, secret)
    return body, headers


def shopify(topic: str, event: str, body: Mapping[str, Any], *, secret: str) -> Webhook:
    """A webhook of a Shopify shop."""
    raw = json.dumps(body).encode()
    signature = base64.b64encode(hmac.digest(secret.encode(), raw, hashlib.sha256)).decode()
    return raw, {
        "X-Shopify-Topic": topic, "X-Shopify-Hmac-Sha256": signature, "X-Shopify-Event-Id": event,
        "X-Shopify-Shop-Domain": "north.myshopify.com",
    }  # fmt: skip


def shopify_order(number: str, *, order_id: int, email: str, at: datetime) -> dict[str, Any]:
    """The REST resource of an order."""
    return {
        "id": order_id, "name": f"#{number}", "order_number": int(number), "email": email, "created_at": _iso(at),
        "updated_at": _iso(at), "currency": "USD", "total_price": "29.90", "financial_status": "paid",
        "fulfillment_status": None, "tags": "", "note": None, "cancelled_at": None,
        "customer": {"id": order_id + 1, "email": email, "first_name": "Ann", "last_name": "Lee"},
        "line_items": [{"id": order_id + 2, "sku": "TEA-1", "name": "Tea", "quantity": 1, "price": "29.90", "grams": 250}],
        "shipping_address": {"country_code": "US", "province_code": "TN", "city": "Memphis", "zip": "38118"},
    }  # fmt: skip


def shopify_fulfillment(number: str, tracking: str, *, order_id: int, email: str, at: datetime) -> dict[str, Any]:
    """The REST resource of a fulfilment with its parcel."""
    return {
        "id": order_id + 3, "order_id": order_id, "name": f"#{number}.1", "status": "success", "created_at": _iso(at),
        "updated_at": _iso(at), "service": "manual", "tracking_company": "UPS", "shipment_status": None, "email": email,
        "tracking_number": tracking, "tracking_numbers": [tracking], "tracking_url": None, "tracking_urls": [],
        "location_id": 1, "line_items": [],
    }  # fmt: skip


def send(url: str, webhook: Webhook) -> int:
    """Post it; returns the status of the answer."""
    body, headers = webhook
    answer = httpx.post(url, content=body, headers={"Content-Type": "application/json", **headers}, timeout=10)
    return answer.status_code


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
