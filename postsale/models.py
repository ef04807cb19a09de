"""The index of the shop's models: Django looks here, the rooms own them."""

from postsale.events.models import Deadline, Event, EventKey, EventSubject, Inbox, Lane, Quarantine
from postsale.integrations.models import Connection
from postsale.orders.models import Order, OrderShipment, OrderTag, Parked, Reference, Shipment, Unreachable
from postsale.service.models import Heartbeat
from postsale.tenants.models import ApiKey, AuditEntry, Door, Invitation, Member, Role, Tenant, User

__all__ = [
    "ApiKey", "AuditEntry", "Connection", "Deadline", "Door", "Event", "EventKey", "EventSubject", "Heartbeat", "Inbox",
    "Invitation", "Lane", "Member", "Order", "OrderShipment", "OrderTag", "Parked", "Quarantine", "Reference", "Role", "Shipment",
    "Tenant", "Unreachable", "User",
]  # fmt: skip
