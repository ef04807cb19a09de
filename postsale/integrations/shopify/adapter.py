"""Shopify: orders/*, fulfillments/* and fulfillment_events/*, each body the REST resource itself."""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime

from postsale.events.kinds import Reported
from postsale.integrations.base import (
    BadSignature,
    Unreadable,
    hash_id,
    moment,
    not_understood,
    read_json,
    signed_by_one,
    words,
)
from postsale.integrations.shopify.fulfillments import read_fulfillment, read_fulfillment_event, read_refund
from postsale.integrations.shopify.orders import read_order
from postsale.integrations.shopify.webhook import Webhook

ORDER_TOPICS = {
    "orders/create": "order.created",
    "orders/updated": "order.updated",
    "orders/paid": "order.paid",
    "orders/cancelled": "order.cancelled",
    "orders/fulfilled": "order.updated",
    "orders/partially_fulfilled": "order.updated",
}


class Shopify:
    """A Shopify shop. One endpoint may take several topics; two subscriptions to one event share its Event-Id."""

    key = "shopify"
    label = "Shopify"

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], *, path: str, now: datetime
    ) -> None:
        """`X-Shopify-Hmac-Sha256` (or without `X-`): base64 of the HMAC of the raw body. There is no timestamp."""
        found = _header(headers, "hmac-sha256")
        if not found:
            raise BadSignature("there is no signature")
        if not signed_by_one(found, body, [secret.encode() for secret in secrets], base64.b64encode):
            raise BadSignature("the signature is wrong")

    def read(
        self, headers: Mapping[str, str], body: bytes, settings: Mapping[str, object], *, now: datetime
    ) -> list[Reported]:
        """The events of one webhook. Raises BadSignature if `settings.shop_domain` is set and names another shop."""
        _check_shop(headers, settings)
        topic = _header(headers, "topic").lower()
        value = read_json(body)
        if not topic:
            raise Unreadable("the X-Shopify-Topic header is missing")
        key = _header(headers, "event-id") or _header(headers, "webhook-id") or hash_id(body)
        said_at = moment(_header(headers, "triggered-at")) or now
        if not isinstance(value, dict):
            raise Unreadable("the body is not an object")
        webhook = Webhook(
            topic=topic,
            key=f"{topic}:{key}",
            body=value,
            said_at=said_at,
            now=now,
            sales_channel=words(settings.get("sales_channel")),
            flags=("test",) if _header(headers, "test").lower() == "true" else (),
        )
        if topic in ORDER_TOPICS:
            return read_order(webhook, ORDER_TOPICS[topic])
        if topic in {"fulfillments/create", "fulfillments/update"}:
            return read_fulfillment(webhook)
        if topic == "fulfillment_events/create":
            return read_fulfillment_event(webhook)
        if topic == "refunds/create":
            return read_refund(webhook)
        return [not_understood(topic, value, external_id=webhook.key, occurred_at=said_at, now=now)]


def _header(headers: Mapping[str, str], name: str) -> str:
    """Webhooks have the `X-` prefix, the newer Events don't."""
    return (headers.get(f"x-shopify-{name}") or headers.get(f"shopify-{name}") or "").strip()


def _check_shop(headers: Mapping[str, str], settings: Mapping[str, object]) -> None:
    expected = words(settings.get("shop_domain"))
    if expected is not None and _domain(_header(headers, "shop-domain")) != _domain(expected):
        raise BadSignature("the webhook is another shop's")


def _domain(name: str) -> str:
    bare = name.strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/")
    return bare if "." in bare or not bare else f"{bare}.myshopify.com"
