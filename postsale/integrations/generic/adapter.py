"""The generic partner: CloudEvents (structured, batched, binary) and Standard Webhooks bodies, nested or flat data."""

import binascii
from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import unquote

from postsale.events.kinds import PARCEL_TYPES, STATUSES, Reported, may_be_reported
from postsale.integrations.base import (
    UNMAPPED,
    Unreadable,
    hash_id,
    moment,
    not_understood,
    read_json,
    report,
    words,
)
from postsale.integrations.generic.signature import verify

MAX_BATCH = 1_000

_ORDER_ENDINGS = ("order.created", "order.updated", "order.cancelled")
_ALIASES = {"shipment.updated": "tracking.updated"}
_FLAT_PARCEL = {
    "tracking_number": "tracking_number",
    "carrier": "carrier",
    "status": "status",
    "status_detail": "raw_detail",
    "occurred_at": "occurred_at",
}
_FLAT_ORDER = {"order_ref": "number", "channel": "sales_channel", "customer": "customer"}


class Generic:
    """Any sender that signs with Standard Webhooks."""

    key = "generic"
    label = "Webhooks (Standard Webhooks, CloudEvents)"

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], *, path: str, now: datetime
    ) -> None:
        """Standard Webhooks: `webhook-id`, `-timestamp`, `-signature`."""
        verify(headers, body, secrets, now=now)

    def read(
        self, headers: Mapping[str, str], body: bytes, settings: Mapping[str, object], *, now: datetime
    ) -> list[Reported]:
        """The events of the body, all or none; whatever the content type says, the bytes are read as JSON."""
        if "ce-specversion" in headers or "ce-type" in headers:
            return [_event(_binary(headers, body), headers, body, settings, now=now)]
        value = read_json(body)
        if isinstance(value, list):
            return _batch(value, headers, body, settings, now=now)
        return [_event(value, headers, body, settings, now=now)]


def canonical_type(type_: str) -> str:
    """Our name for a sender's type, if it has another."""
    if type_ in _ALIASES:
        return _ALIASES[type_]
    for ending in _ORDER_ENDINGS:
        if type_.endswith(f".{ending}"):
            return ending
    return type_


def _batch(
    events: Sequence[object], headers: Mapping[str, str], body: bytes, settings: Mapping[str, object], *, now: datetime
) -> list[Reported]:
    if not events:
        raise Unreadable("an empty list")
    if len(events) > MAX_BATCH:
        raise Unreadable(f"more than {MAX_BATCH:,} events")
    found = []
    for index, event in enumerate(events):
        if not isinstance(event, dict) or "specversion" not in event:
            raise Unreadable(f"[{index}] is not a CloudEvent")
        try:
            found.append(_event(event, headers, body, settings, now=now))
        except Unreadable as error:
            raise Unreadable(f"[{index}] {error.reason}") from error
    return found


def _binary(headers: Mapping[str, str], body: bytes) -> dict[str, object]:
    """A CloudEvent whose attributes are headers and whose data is the body."""
    event: dict[str, object] = {
        name.removeprefix("ce-"): unquote(value) for name, value in headers.items() if name.startswith("ce-")
    }
    if body.strip():
        event["data"] = read_json(body)
    return event


def _event(
    event: object, headers: Mapping[str, str], body: bytes, settings: Mapping[str, object], *, now: datetime
) -> Reported:
    if not isinstance(event, dict):
        raise Unreadable("the body is not an object")
    type_ = words(event.get("type"))
    if type_ is None:
        raise Unreadable("type is missing")
    if "specversion" in event:
        source, id_ = words(event.get("source")) or "", words(event.get("id"))
        if event["specversion"] != "1.0" or id_ is None or not source:
            raise Unreadable("a CloudEvent needs specversion 1.0, id and source")
        external_id, said_at = f"{source} {id_}", moment(event.get("time")) or now
    else:
        source, external_id = "", words(headers.get("webhook-id")) or hash_id(body)
        said_at = moment(event.get("timestamp")) or now
    canonical, data = canonical_type(type_), _data_of(event)
    if not may_be_reported(canonical):
        return not_understood(type_, data, external_id=external_id, occurred_at=said_at, now=now)
    flags: list[str] = []
    if canonical.startswith("custom."):
        nested = data if isinstance(data, dict) else {} if data is None else {"value": data}
    elif isinstance(data, dict):
        nested = _nested(canonical, data, settings, flags)
    else:
        raise Unreadable("data is not an object")
    return report(
        canonical, nested, external_id=external_id, occurred_at=said_at, now=now, flags=flags, source=source[:200]
    )


def _data_of(event: Mapping[str, object]) -> object:
    """The data, which a CloudEvent may also carry as base64 (JSON format 1.0, section 3.1.1)."""
    data, encoded = event.get("data"), event.get("data_base64")
    if data is not None or not isinstance(encoded, str) or "specversion" not in event:
        return data
    try:
        return read_json(b64decode(encoded, validate=True))
    except binascii.Error as error:
        raise Unreadable("data_base64 is not base64") from error


def _nested(
    type_: str, data: Mapping[str, object], settings: Mapping[str, object], flags: list[str]
) -> dict[str, object]:
    """Canonical data of flat or nested data; what the sender nested itself wins, what we don't know stays."""
    found = dict(data)
    is_about_customer, is_about_order = type_.startswith("customer."), type_.startswith(("order.", "return."))
    names = {name: _FLAT_ORDER[name] for name in _FLAT_ORDER if not (is_about_customer and name == "customer")}
    order = _gathered(data, "order", names)
    if isinstance(order, dict) and (is_about_order or order.get("number") is not None):
        channel = words(settings.get("sales_channel"))
        if order.get("sales_channel") is None and channel is not None:
            order["sales_channel"] = channel
        found = {**{name: value for name, value in found.items() if name not in names}, "order": order}
    parcel = _gathered(data, "parcel", {} if type_.startswith("order.") else _FLAT_PARCEL)
    if isinstance(parcel, dict) and (parcel.get("tracking_number") is not None or type_ in PARCEL_TYPES):
        if parcel.get("carrier") is None:
            parcel["carrier"] = "other"
        kept = {name: value for name, value in found.items() if name not in _FLAT_PARCEL or type_.startswith("order.")}
        found = {**kept, "parcel": _known_status(parcel, flags)}
    rows = found.get("history")
    if isinstance(rows, list):
        found["history"] = [_known_status(row, []) if isinstance(row, dict) else row for row in rows]
    return found


def _gathered(data: Mapping[str, object], name: str, flat: Mapping[str, str]) -> dict[str, object] | None:
    """The nested member with the flat ones it lacks; None if neither is there."""
    nested = data.get(name)
    if nested is not None and not isinstance(nested, dict):
        return None
    said = {member: data[word] for word, member in flat.items() if data.get(word) is not None}
    return {**said, **(nested or {})} or None


def _known_status(parcel: dict[str, object], flags: list[str]) -> dict[str, object]:
    """A status we don't know becomes `unknown`, with the sender's word beside it."""
    status = parcel.get("status")
    if not isinstance(status, str) or status in STATUSES:
        return parcel
    word = status.strip().lower().replace(" ", "_").replace("-", "_")
    if word in STATUSES:
        return {**parcel, "status": word, "raw_status": parcel.get("raw_status") or status}
    flags.append(UNMAPPED)
    return {**parcel, "status": "unknown", "raw_status": parcel.get("raw_status") or status, "unmapped": True}
