"""What the tests of replay start from: a shop, events decided live under a virtual clock, the two founding stories."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from postsale.events.kinds import Reported
from postsale.events.record import record
from postsale.orders.models import Order
from postsale.tenants.scope import tenant
from workflows.definitions import publish, store
from workflows.definitions.models import Workflow
from workflows.replay.virtual import decide_until

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
_ids = count(1)

LATE_HANDOFF: Mapping[str, Any] = {
    "format": "postsale.workflow/1",
    "name": "Late carrier handoff",
    "trigger": {"type": "label.created"},
    "once_per": "parcel",
    "steps": [
        {"id": "only_late", "kind": "condition", "if": {"all": [
            {"field": "parcel.label_created_at", "op": "older_than", "value": {"days": 2}},
            {"field": "parcel.tracking_status", "op": "is", "value": "awaiting_carrier"}]}},
        {"id": "surface", "kind": "action", "action": "board.add",
         "with": {"board": "late-shipments", "severity": "warning"}},
        {"id": "count", "kind": "action", "action": "dashboard.count",
         "with": {"dashboard": "operations", "measure": "late_handoffs"}},
    ],
}  # fmt: skip
SHIPMENT_EXCEPTION: Mapping[str, Any] = {
    "format": "postsale.workflow/1",
    "name": "Shipment exception",
    "trigger": {"type": "tracking.status_changed", "to": ["exception"]},
    "once_per": "parcel",
    "cooldown": {"days": 1},
    "steps": [
        {"id": "only_channel", "kind": "condition",
         "if": {"all": [{"field": "order.sales_channel", "op": "is", "value": "shopify-us"}]}},
        {"id": "note", "kind": "action", "action": "order.add_note", "with": {"text": "Exception of {{ order.number }}"}},
        {"id": "set_status", "kind": "action", "action": "order.set_status", "with": {"status": "exception"}},
        {"id": "to_board", "kind": "action", "action": "board.add", "with": {"board": "exceptions"}},
    ],
}  # fmt: skip


def live(tenant_id: int, document: Mapping[str, Any], *, at: datetime = START - DAY) -> Workflow:
    """A workflow that decides from `at` on."""
    with tenant(tenant_id):
        draft = store.save(dict(document), workflow=None, by="mia@shop.example", now=at)
        return publish.publish(draft.id, mode="live", by="mia@shop.example", now=at)


def label(tenant_id: int, number: str, *, at: datetime, channel: str = "shopify-us") -> None:
    """A label is created for order `number`, whose parcel is 1Z<number>."""
    tell(tenant_id, "label.created", _data(number, channel), at=at)


def scan(tenant_id: int, number: str, status: str, *, at: datetime, channel: str = "shopify-us") -> None:
    """The carrier says that the order's parcel has `status`."""
    data = _data(number, channel)
    tell(tenant_id, "tracking.updated", {**data, "parcel": {**data["parcel"], "status": status}}, at=at)


def tell(tenant_id: int, kind: str, data: Mapping[str, Any], *, at: datetime) -> None:
    """Record an event received at `at`; nobody decides it yet."""
    event = Reported(type=kind, external_id=f"evt-{next(_ids)}", occurred_at=at, data=data)
    record(tenant_id, [event], source="test", now=at)


def decide(tenant_id: int, *, until: datetime) -> None:
    """Let the live path decide everything up to `until`."""
    decide_until(tenant_id, until)


def order_id_of(tenant_id: int, number: str) -> UUID:
    """The id of an order's row."""
    with tenant(tenant_id):
        return Order.objects.get(tenant_id=tenant_id, number=number).id


def _data(number: str, channel: str) -> dict[str, Any]:
    return {
        "order": {"number": number, "sales_channel": channel, "customer": {"email": f"{number}@buyer.example"}},
        "parcel": {"carrier": "ups", "tracking_number": f"1Z{number}"},
    }
