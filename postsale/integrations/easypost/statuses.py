"""EasyPost's words and ours: INTEGRATIONS.md section 3, with the enums of its client library (types/Tracker)."""

from collections.abc import Mapping

STATUSES: Mapping[str, str] = {
    "unknown": "unknown",
    "pre_transit": "awaiting_carrier",
    "in_transit": "in_transit",
    "out_for_delivery": "out_for_delivery",
    "delivered": "delivered",
    "available_for_pickup": "available_for_pickup",
    "return_to_sender": "return_to_sender",
    "failure": "exception",
    "error": "exception",
    "cancelled": "cancelled",
}

IN_TRANSIT: Mapping[str, str] = {
    "received_at_origin_facility": "accepted",
    "delayed": "delayed",
    "weather_delay": "delayed",
    "address_correction": "exception",
    "damaged": "exception",
    "held": "exception",
    "lost": "exception",
    "missorted": "exception",
}
"""What the detail makes of `in_transit`; other details leave it."""

REASONS: Mapping[str, str] = {
    "address_correction": "incorrect_address",
    "awaiting_information": "documents_missing",
    "damaged": "damaged",
    "delayed": "carrier_delay",
    "lost": "lost",
    "missorted": "missorted",
    "refused": "refused",
    "weather_delay": "weather",
}
"""DOMAIN.md section 3's reason for a detail."""

_TROUBLE = frozenset({"exception", "delayed", "return_to_sender"})


def canonical(status: str | None, detail: str | None) -> tuple[str, bool]:
    """Our status for EasyPost's status and detail, and whether it is one we know."""
    found = STATUSES.get((status or "unknown").lower())
    if found is None:
        return "unknown", False
    if found == "in_transit":
        found = IN_TRANSIT.get((detail or "").lower(), found)
    return found, True


def reason(status: str, detail: str | None) -> str | None:
    """Our reason for a parcel in trouble: `unspecified` for an exception that EasyPost doesn't explain."""
    if status not in _TROUBLE:
        return None
    return REASONS.get((detail or "").lower(), "unspecified" if status == "exception" else None)
