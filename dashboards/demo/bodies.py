"""What partners send, in the shapes they document: Shopify's REST resources, EasyPost's events, Standard Webhooks.

Sources: shopify.dev (webhook topics and the Order, Fulfillment and FulfillmentEvent resources), easypost.com/docs
(Event, Tracker), the specification of Standard Webhooks. A delivery isn't signed yet: `signed` does it with a secret.
"""

import base64
import hashlib
import hmac
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from dashboards.demo.life import Order, Parcel
from dashboards.demo.roads import Scan
from postsale.integrations.generic.signature import keys_of

type Json = dict[str, Any]
_encode = msgspec.json.Encoder().encode

DOMAINS = {"Shopify US": "juniper-us.myshopify.com", "Shopify EU": "juniper-eu.myshopify.com"}
EASYPOST = "EasyPost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One webhook on its way to the hook of `connection` (its name): when it is sent, and what a person would call it.

    `subject`: a later body of the same subject says all that this one does.
    """

    at: datetime
    connection: str
    partner: str
    event_id: str
    body: bytes
    words: str
    order: str
    subject: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def signed(delivery: Delivery, secret: str, *, now: datetime) -> dict[str, str]:
    """The headers of the delivery, signed as its partner does it."""
    headers = {"content-type": "application/json", **delivery.headers}
    match delivery.partner:
        case "shopify":
            digest = hmac.digest(secret.encode(), delivery.body, hashlib.sha256)
            return {**headers, "x-shopify-hmac-sha256": base64.b64encode(digest).decode()}
        case "easypost":
            key = unicodedata.normalize("NFKD", secret).encode()
            return {
                **headers,
                "x-hmac-signature": f"hmac-sha256-hex={hmac.digest(key, delivery.body, hashlib.sha256).hex()}",
            }
    at = str(int(now.timestamp()))
    message = f"{delivery.event_id}.{at}.".encode() + delivery.body
    written = base64.b64encode(hmac.digest(keys_of(secret)[0], message, hashlib.sha256)).decode()
    return {**headers, "webhook-id": delivery.event_id, "webhook-timestamp": at, "webhook-signature": f"v1,{written}"}


def shopify(topic: str, order: Order, body: Json, *, at: datetime, nth: int = 0, words: str) -> Delivery:
    """A webhook of the order's Shopify shop."""
    event_id = _id(f"{order.partner_id} {topic} {nth}")
    return Delivery(
        at=at, connection=order.channel.connection, partner="shopify", event_id=event_id, body=_encode(body), words=words,
        order=order.number,
        headers={
            "x-shopify-topic": topic, "x-shopify-event-id": event_id, "x-shopify-webhook-id": _id(f"delivery {event_id}"),
            "x-shopify-shop-domain": DOMAINS.get(order.channel.connection, "a-shop.myshopify.com"),
            "x-shopify-api-version": "2026-07", "x-shopify-triggered-at": _iso(at),
        },
    )  # fmt: skip


def shopify_order(order: Order, *, at: datetime, is_paid: bool = True, tags: Sequence[str] | None = None) -> Json:
    """The REST resource of an order as it is at `at`."""
    customer, address = order.customer, order.address
    return {
        "id": order.partner_id, "admin_graphql_api_id": f"gid://shopify/Order/{order.partner_id}", "name": order.number,
        "email": customer.email, "created_at": _iso(order.placed_at), "processed_at": _iso(order.placed_at),
        "updated_at": _iso(at), "currency": order.channel.currency, "total_price": f"{order.total}.00",
        "financial_status": "paid" if is_paid else "pending", "fulfillment_status": None,
        "tags": ", ".join(order.tags if tags is None else tags), "note": order.note or None,
        "cancelled_at": _iso(order.cancelled_at) if order.cancelled_at and order.cancelled_at <= at else None,
        "cancel_reason": "customer" if order.cancelled_at and order.cancelled_at <= at else None,
        "customer_locale": "en", "note_attributes": [],
        "customer": {"id": order.partner_id + 1, "email": customer.email, "first_name": customer.first_name,
                     "last_name": customer.last_name},
        "line_items": [
            {"id": order.partner_id + 2 + n, "sku": line.ware.sku, "name": line.ware.name, "quantity": line.quantity,
             "current_quantity": line.quantity, "price": f"{line.ware.price}.00", "grams": line.ware.grams}
            for n, line in enumerate(order.lines)
        ],
        "shipping_address": {"first_name": customer.first_name, "last_name": customer.last_name,
                             "country_code": address.country, "province_code": address.region, "city": address.city,
                             "zip": address.postal_code},
    }  # fmt: skip


def shopify_fulfillment(order: Order, parcel: Parcel, *, nth: int) -> Json:
    """The REST resource of a fulfilment: the label, with its parcel."""
    at = _iso(parcel.label_at)
    return {
        "id": order.partner_id + 5 + nth, "order_id": order.partner_id, "name": f"{order.number}.{nth + 1}",
        "status": "success", "created_at": at, "updated_at": at, "service": "manual", "shipment_status": None,
        "tracking_company": parcel.carrier, "tracking_number": parcel.tracking_number,
        "tracking_numbers": [parcel.tracking_number], "location_id": 71_002, "email": order.customer.email,
        "line_items": [{"sku": line.ware.sku, "name": line.ware.name, "quantity": line.quantity} for line in parcel.lines],
    }  # fmt: skip


def shopify_fulfillment_event(order: Order, scan: Scan, *, nth: int, status: str) -> Json:
    """The REST resource of a fulfilment event: the carrier's word by way of Shopify."""
    return {
        "id": order.partner_id + 7 + nth, "fulfillment_id": order.partner_id + 5 + nth, "order_id": order.partner_id,
        "status": status, "message": scan.text, "happened_at": _iso(scan.at), "created_at": _iso(scan.at),
        "city": scan.city, "country": scan.country,
    }  # fmt: skip


def tracker(parcel: Parcel, seen: Sequence[Scan], *, order: str, at: datetime, words: str) -> Delivery:
    """EasyPost's news of a parcel: the whole history each time, oldest first."""
    newest = seen[-1]
    event_id = f"evt_{_id(f'{parcel.tracking_number} {newest.detail} {len(seen)}')}"
    body = {
        "id": event_id, "object": "Event", "mode": "production", "created_at": _iso(at), "updated_at": _iso(at),
        "description": "tracker.created" if len(seen) == 1 else "tracker.updated", "status": "pending",
        "result": {
            "id": f"trk_{_id(parcel.tracking_number)[:24]}", "object": "Tracker", "mode": "production",
            "tracking_code": parcel.tracking_number, "carrier": parcel.carrier, "status": newest.word,
            "status_detail": newest.detail, "created_at": _iso(seen[0].at), "updated_at": _iso(newest.at),
            "signed_by": "resident" if "resident" in newest.text else None, "is_return": False,
            "weight": round(parcel.grams / 28.35, 1), "est_delivery_date": None,
            "carrier_detail": {"object": "CarrierDetail", "service": parcel.service},
            "tracking_details": [
                {"object": "TrackingDetail", "message": scan.text, "status": scan.word, "status_detail": scan.detail,
                 "datetime": _iso(scan.at), "source": parcel.carrier,
                 "tracking_location": {"city": scan.city, "state": None, "country": scan.country}}
                for scan in seen
            ],
        },
    }  # fmt: skip
    return Delivery(
        at=at, connection=EASYPOST, partner="easypost", event_id=event_id, body=_encode(body), words=words, order=order,
        subject=parcel.tracking_number,
    )  # fmt: skip


def generic(
    type_: str, data: Json, *, connection: str, key: str, occurred_at: datetime, at: datetime, order: str, words: str
) -> Delivery:
    """A Standard Webhooks body of any other sender; `key` makes its id."""
    return Delivery(
        at=at, connection=connection, partner="generic", event_id=f"msg_{_id(key)}",
        body=_encode({"type": type_, "timestamp": _iso(occurred_at), "data": data}), words=words, order=order,
        headers={"webhook-id": f"msg_{_id(key)}"},
    )  # fmt: skip


def generic_order(order: Order, *, is_paid: bool = True) -> Json:
    """An order in our own canonical form."""
    customer = {"first_name": order.customer.first_name, "last_name": order.customer.last_name}
    if order.customer.email:
        customer["email"] = order.customer.email
    return {
        "number": order.number, "sales_channel": order.channel.key, "placed_at": _iso(order.placed_at),
        "currency": order.channel.currency, "total": f"{order.total}.00",
        "payment_status": "paid" if is_paid else "unpaid", "tags": list(order.tags), "customer": customer,
        "address": {"country": order.address.country, "region": order.address.region, "city": order.address.city,
                    "postal_code": order.address.postal_code},
        "items": [{"sku": line.ware.sku, "name": line.ware.name, "quantity": line.quantity,
                   "price": f"{line.ware.price}.00", "weight_g": line.ware.grams} for line in order.lines],
    } | ({"notes": order.note} if order.note else {})  # fmt: skip


def _id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
