"""The event types of DOMAIN.md section 5: what may be reported, what Postsale derives, and one reported event."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

ORDER_TYPES = frozenset(
    {
        "order.created",
        "order.updated",
        "order.paid",
        "order.held",
        "order.released",
        "order.cancelled",
        "order.refunded",
    }
)
PARCEL_TYPES = frozenset(
    {
        "label.created",
        "label.printed",
        "label.voided",
        "shipment.packed",
        "shipment.manifested",
        "shipment.handed_off",
        "tracking.updated",
    }
)
RETURN_TYPES = frozenset({"return.requested", "return.label_created", "return.received"})
CUSTOMER_TYPES = frozenset({"customer.message_received", "customer.opted_out"})

REPORTED = ORDER_TYPES | PARCEL_TYPES | RETURN_TYPES | CUSTOMER_TYPES
"""What the outside may report, beside `custom.<name>`."""

DERIVED = frozenset(
    {
        "order.address_changed",
        "order.fulfillment_changed",
        "order.delivery_status_changed",
        "order.ops_status_changed",
        "order.tag_added",
        "order.tag_removed",
        "order.note_added",
        "order.promise_changed",
        "order.assigned",
        "shipment.created",
        "shipment.split",
        "tracking.status_changed",
        "tracking.scan_received",
        "tracking.first_scan",
        "tracking.exception_raised",
        "tracking.exception_cleared",
        "tracking.delivered",
        "tracking.eta_changed",
        "tracking.number_changed",
        "tracking.registration_failed",
        "tracking.reversed",
        "customer.replied",
        "exception.opened",
        "exception.escalated",
        "exception.resolved",
        "exception.reopened",
        "feed.silent",
        "workflow.failed",
    }
)
"""What only Postsale makes: transitions seen by the fold, changes by people and workflows, the system's own."""

STATUSES = (
    "unknown",
    "awaiting_carrier",
    "accepted",
    "in_transit",
    "out_for_delivery",
    "available_for_pickup",
    "failed_attempt",
    "delayed",
    "exception",
    "return_to_sender",
    "delivered",
    "cancelled",
    "expired",
)
"""The canonical tracking statuses, DOMAIN.md section 2."""

PAYMENT_STATUSES = (
    "unpaid",
    "authorized",
    "partially_paid",
    "paid",
    "partially_refunded",
    "refunded",
    "disputed",
    "failed",
)
"""The payment axis, DOMAIN.md section 4 and semantics.md."""

_CUSTOM = re.compile(r"custom\.[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """One canonical reported event, whoever sent it. `external_id` is unique within its source, `data` is JSON.

    `data` has the members of semantics.md ("Events in") and, where a partner names things by its own ids only,
    `refs`: {"order": {name: id}, "parcel": {name: id}}. `source` is the CloudEvents source, where there is one.
    """

    type: str
    external_id: str
    occurred_at: datetime
    data: Mapping[str, object]
    flags: tuple[str, ...] = ()
    source: str = ""


def is_custom(type_: str) -> bool:
    """Whether the type is a merchant's own: `custom.` and a name."""
    return _CUSTOM.fullmatch(type_) is not None


def may_be_reported(type_: str) -> bool:
    """Whether the outside may report this type."""
    return type_ in REPORTED or is_custom(type_)
