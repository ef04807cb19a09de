"""Shopify's words and ours: INTEGRATIONS.md section 3, FulfillmentEventStatus and the financial statuses of orders."""

from collections.abc import Mapping

FULFILLMENT_EVENTS: Mapping[str, str] = {
    "label_purchased": "awaiting_carrier",
    "label_printed": "awaiting_carrier",
    "confirmed": "awaiting_carrier",
    "carrier_picked_up": "accepted",
    "in_transit": "in_transit",
    "out_for_delivery": "out_for_delivery",
    "ready_for_pickup": "available_for_pickup",
    "attempted_delivery": "failed_attempt",
    "delayed": "delayed",
    "failure": "exception",
    "delivered": "delivered",
}

PAYMENTS: Mapping[str, str] = {
    "pending": "unpaid",
    "unpaid": "unpaid",
    "authorized": "authorized",
    "partially_paid": "partially_paid",
    "paid": "paid",
    "partially_refunded": "partially_refunded",
    "refunded": "refunded",
    "voided": "failed",
    "expired": "failed",
}

FULFILLMENTS: Mapping[str, str] = {"fulfilled": "fulfilled", "partial": "partially_fulfilled"}
"""Shopify's fulfilment axis of an order; null (unfulfilled) says nothing against labels made elsewhere."""


def canonical(status: str | None) -> tuple[str, bool]:
    """Our status for a fulfilment event's, and whether it is one we know."""
    found = FULFILLMENT_EVENTS.get((status or "").lower())
    return ("unknown", False) if found is None else (found, True)
