"""The index of the shop's models: Django looks here, the rooms own them."""

from postsale.events.models import Deadline, Event, EventKey, EventSubject, Inbox, Lane, Quarantine
from postsale.integrations.models import Connection
from postsale.orders.models import Order, OrderShipment, Parked, Reference, Shipment, Unreachable
from postsale.service.models import Heartbeat
from postsale.tenants.models import ApiKey, AuditEntry, Door, Member, Role, Tenant, User

__all__ = [
    "ApiKey", "AuditEntry", "Connection", "Deadline", "Door", "Event", "EventKey", "EventSubject", "Heartbeat", "Inbox",
    "Lane", "Member", "Order", "OrderShipment", "Parked", "Quarantine", "Reference", "Role", "Shipment", "Tenant",
    "Unreachable", "User",
]  # fmt: skip
