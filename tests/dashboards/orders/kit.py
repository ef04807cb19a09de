"""What the tests of orders start from: a shop, orders as the worker decides them, and people who look at them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.test import Client

from postsale.events.kinds import Reported
from postsale.orders.models import Order
from postsale.tenants.scope import tenant
from tests.factories import PASSWORD, MadeTenant, make_member
from tests.workflows.runs.kit import decide, publish_document, say

NOW = datetime.now(UTC).replace(microsecond=0)
#: Story 1, short: an exception in one channel sets the status and puts the parcel on a board.
EXCEPTION: dict[str, Any] = {
    "format": "postsale.workflow/1", "name": "Shipment exception",
    "trigger": {"type": "tracking.status_changed", "to": ["exception"]}, "once_per": "parcel",
    "steps": [
        {"id": "only_us", "kind": "condition", "if": {"field": "order.sales_channel", "op": "is", "value": "shopify-us"}},
        {"id": "status", "kind": "action", "action": "order.set_status", "with": {"status": "exception"}},
        {"id": "surface", "kind": "action", "action": "board.add", "with": {"board": "exceptions"}},
    ],
}  # fmt: skip
MANUAL: dict[str, Any] = {
    "format": "postsale.workflow/1", "name": "Send a gift", "trigger": {"type": "manual"}, "once_per": "order",
    "steps": [{"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "gift"}}],
}  # fmt: skip


def browser(email: str) -> Client:
    """A signed-in browser."""
    client = Client()
    assert client.login(email=email, password=PASSWORD)
    return client


def browser_of(shop: MadeTenant, role: str) -> Client:
    """The browser of a new member with that role."""
    return browser(make_member(shop.id, role=role).email)


def publish(shop: MadeTenant, document: dict[str, Any] = EXCEPTION) -> UUID:
    """Publish a workflow; it decides about what comes from yesterday on."""
    return publish_document(shop.id, document, now=NOW - timedelta(days=1)).id


def order_of(
    shop: MadeTenant, number: str = "1001", *, last: str = "Miller", at: datetime | None = None, **more: Any
) -> UUID:
    """An order whose parcel (`1Z` and its number) awaits its carrier."""
    at = at or NOW - timedelta(hours=4)
    order = {
        "number": number, "sales_channel": "shopify-us", "placed_at": (at - timedelta(hours=2)).isoformat(),
        "currency": "EUR", "total": "25.00", "address": {"country": "US", "city": "Reno", "postal_code": "89501"},
        "customer": {"email": f"anna@{last.lower()}.example", "first_name": "Anna", "last_name": last},
        "items": [{"sku": "MUG", "name": "Mug", "quantity": 2, "price": "12.50"}], **more,
    }  # fmt: skip
    parcel = {"carrier": "ups", "tracking_number": f"1Z{number}"}
    tell(shop, Reported(type="label.created", external_id=f"label-{number}", occurred_at=at,
                        data={"order": order, "parcel": parcel}), at=at)  # fmt: skip
    with tenant(shop.id):
        return Order.objects.get(tenant_id=shop.id, number=number).id


def scan(shop: MadeTenant, number: str, status: str, text: str = "", *, at: datetime | None = None) -> None:
    """The carrier reports a status of the order's parcel, by default an hour ago."""
    at = at or NOW - timedelta(hours=1)
    parcel = {"carrier": "ups", "tracking_number": f"1Z{number}", "status": status, "occurred_at": at.isoformat()}
    told = Reported(
        type="tracking.updated", external_id=f"{number}-{status}-{at.isoformat()}", occurred_at=at,
        data={"parcel": parcel | ({"raw_text": text} if text else {})},
    )  # fmt: skip
    tell(shop, told, at=at)


def tell(shop: MadeTenant, event: Reported, *, at: datetime) -> None:
    """An event comes in, and the worker decides it."""
    say(shop.id, event, at=at)
    decide(shop.id, until=at + timedelta(seconds=1))


def current(shop: MadeTenant, pk: UUID) -> Order:
    """The order's row as it is now."""
    with tenant(shop.id):
        return Order.objects.get(tenant_id=shop.id, id=pk)
