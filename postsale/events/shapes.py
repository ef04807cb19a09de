"""The shapes of reported events: a CloudEvents envelope and the `data` of each type, all problems at once."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from postsale.events import members
from postsale.events.kinds import (
    CUSTOMER_TYPES,
    DERIVED,
    ORDER_TYPES,
    PARCEL_TYPES,
    RETURN_TYPES,
    Reported,
    is_custom,
    may_be_reported,
)
from postsale.events.members import Kind, Problem, Reading, minor_units, text
from postsale.events.strict import MAX_DEPTH, Unreadable, parse_json

__all__ = ["Problem", "Unreadable", "check_data", "check_event", "clean_data", "minor_units", "parse_json"]

MAX_CUSTOM = 65_536

_PARCEL_NEEDS = ("carrier", "tracking_number")
_TRACKING_NEEDS = {"tracking.updated": ("status",)}

_ADDRESS = {
    "country": text(80),
    "region": text(120),
    "city": text(200),
    "postal_code": text(40),
    "residential": members.flag,
}
_LOCATION = {"city": text(200), "region": text(120), "country": text(80)}
_CUSTOMER: Mapping[str, Kind] = {
    "email": members.email,
    "first_name": text(),
    "last_name": text(),
    "phone": text(80),
    "locale": text(40),
    "consent": members.record({"email": members.flag}),
}
_ITEM: Mapping[str, Kind] = {
    "sku": text(255),
    "name": text(),
    "quantity": members.whole,
    "price": members.money,
    "weight_g": members.whole,
}
_ORDER: Mapping[str, Kind] = {
    "number": text(200),
    "sales_channel": text(120),
    "placed_at": members.instant,
    "promised_by": members.instant,
    "ship_by": members.instant,
    "cancelled_at": members.instant,
    "currency": text(3),
    "total": members.money,
    "payment_status": members.PAYMENT,
    "fulfillment_status": members.one_of(("unfulfilled", "partially_fulfilled", "fulfilled")),
    "tags": members.several(text(255)),
    "notes": text(members.MAX_LONG_TEXT),
    "customer": members.record(_CUSTOMER),
    "address": members.record(_ADDRESS, nulls=True),
    "items": members.several(members.record(_ITEM)),
    "custom": members.record({}),
}
_RAW: Mapping[str, Kind] = {"raw_status": text(), "raw_detail": text(), "raw_text": text()}
_PARCEL: Mapping[str, Kind] = {
    **_RAW,
    "carrier": text(80),
    "tracking_number": text(200),
    "status": members.STATUS,
    "substatus": text(80),
    "service": text(200),
    "weight_g": members.whole,
    "cost": members.money,
    "warehouse": text(200),
    "exception_reason": text(80),
    "action_required": members.flag,
    "eta": members.instant,
    "location": members.record(_LOCATION),
    "occurred_at": members.happened,
    "label_created_at": members.happened,
    "unmapped": members.flag,
    "signed_by": text(200),
    "is_return": members.flag,
    "is_test": members.flag,
    "items": members.several(members.record(_ITEM)),
}
_ROW: Mapping[str, Kind] = {
    **_RAW,
    "status": members.STATUS,
    "occurred_at": members.happened,
    "location": members.record(_LOCATION),
}
_HISTORY = members.several(members.record(_ROW))
_REASON = text()
_MESSAGE = text(members.MAX_LONG_TEXT)


def check_event(
    raw: object, *, now: datetime, api: bool = True, backfill: bool = False
) -> tuple[Reported | None, list[Problem]]:
    """One CloudEvents 1.0 JSON event as a Reported, or all that is wrong with it (one of the two).

    `time` may be left out (CloudEvents calls it optional) and is then `now`, but not in a backfill, which lives by it.
    Without `api` (partners' hooks) the reading is lenient, see `clean_data`. Aliases and flat data are the generic
    adapter's, not read here.
    """
    reading = Reading(now=now, strict=api)
    if not isinstance(raw, dict):
        reading.problem("", "is not an object", "one CloudEvents 1.0 event")
        return None, reading.problems
    type_ = _envelope(reading, raw)
    occurred_at = _time(reading, raw, required=backfill)
    data = raw.get("data")
    clean = _data(reading, type_, data, "data") if may_be_reported(type_) else None
    if reading.problems or clean is None:
        return None, reading.problems
    return Reported(
        type=type_,
        external_id=raw["id"],
        occurred_at=occurred_at,
        data=clean,
        flags=tuple(reading.flags),
        source=raw["source"],
    ), []


def check_data(
    type_: str, data: object, path: str = "data", *, now: datetime
) -> tuple[dict[str, object], list[Problem]]:
    """Strict: the canonical data of a reported type, and everything that is wrong with it, with paths under `path`.

    Whether `order.sales_channel` may be missing depends on which orders are known: that is the caller's question.
    """
    reading = Reading(now=now, strict=True)
    return _data(reading, type_, data, path), reading.problems


def clean_data(type_: str, data: object, *, now: datetime) -> tuple[dict[str, object], tuple[str, ...]]:
    """Lenient, for hooks: the canonical data and flags (`time_clamped`, `member_dropped`). Raises Unreadable.

    `refs` may stand for an order's number and a parcel's tracking number.
    """
    reading = Reading(now=now, strict=False)
    clean = _data(reading, type_, data, "data")
    if reading.problems:
        raise Unreadable("; ".join(f"{found.path} {found.problem}" for found in reading.problems[:10]))
    return clean, tuple(reading.flags)


def _envelope(reading: Reading, raw: Mapping[str, object]) -> str:
    if raw.get("specversion") != "1.0":
        reading.problem("specversion", _missing(raw, "specversion", "is not supported"), '"1.0"')
    for name, at_most in (("id", 300), ("source", 200), ("type", 60)):
        value = raw.get(name)
        if not isinstance(value, str) or not value.strip():
            reading.problem(name, _missing(raw, name, "is not a text with something in it"), "text")
        elif len(value) > at_most:
            reading.problem(name, f"has {len(value):,} characters", f"at most {at_most}")
        else:
            members.check_texts(reading, value, name)
    kind = raw.get("datacontenttype")
    if kind is not None and not (isinstance(kind, str) and "json" in kind.lower()):
        reading.problem("datacontenttype", "is not JSON", "application/json")
    if "data_base64" in raw:
        reading.problem("data_base64", "is not read", "JSON in data")
    type_ = raw.get("type")
    if not isinstance(type_, str):
        return ""
    if type_.strip() and not may_be_reported(type_):
        found = "is derived by Postsale and can't be reported" if type_ in DERIVED else f"is unknown: {type_[:60]!r}"
        reported = ", ".join(sorted(ORDER_TYPES | PARCEL_TYPES | RETURN_TYPES | CUSTOMER_TYPES))
        reading.problem("type", found, f"one of {reported}, or custom.<name>")
    return type_


def _time(reading: Reading, raw: Mapping[str, object], *, required: bool) -> datetime:
    value = raw.get("time")
    if value is None:
        if required:
            reading.problem("time", "is missing", "when it happened, for a backfill is recorded at that time")
        return reading.now
    read = members.happened(reading, value, "time")
    return datetime.fromisoformat(read) if isinstance(read, str) else reading.now


def _data(reading: Reading, type_: str, data: object, path: str) -> dict[str, object]:
    if not _is_plain(data):
        members.check_texts(reading, data, path)
    if reading.problems and not reading.strict:
        return {}
    if is_custom(type_):
        return _custom(reading, data, path)
    if not isinstance(data, dict):
        reading.problem(path, "is missing" if data is None else "is not an object", f"the data of {type_}")
        return {}
    spec: dict[str, Kind] = {"order": members.record(_ORDER), "parcel": members.record(_PARCEL), "reason": _REASON}
    spec |= {"customer": members.record(_CUSTOMER), "text": _MESSAGE, "history": _HISTORY}
    clean = members.read_members(reading, data, spec, path)
    _check_refs(reading, data, path)
    _require(reading, type_, data, clean, path)
    return clean


def _is_plain(data: object) -> bool:
    """Whether the whole is so small and flat that no text in it can be wrong: most are, and needn't be walked through.

    NaN is written as null, so what has nulls is walked through too.
    """
    try:
        written = msgspec.json.encode(data)
    except (TypeError, ValueError, RecursionError):
        return False
    is_small = len(written) <= members.MAX_TEXT and written.count(b"{") + written.count(b"[") <= MAX_DEPTH
    return is_small and b"\\u0000" not in written and b"null" not in written


def _custom(reading: Reading, data: object, path: str) -> dict[str, object]:
    if not reading.problems and len(msgspec.json.encode(data)) > MAX_CUSTOM:
        reading.problem(path, "is larger than 64 kB", "at most 64 kB")
    if not isinstance(data, dict):
        return {} if data is None else {"value": data}
    linked: Mapping[str, Kind] = {"order": members.record(_ORDER), "parcel": members.record(_PARCEL)}
    clean = members.read_members(reading, data, linked, path)
    _check_refs(reading, data, path)
    if "order" in clean:
        _need(reading, data, clean, path, "order", ("number",))
    if "parcel" in clean:
        _need(reading, data, clean, path, "parcel", _PARCEL_NEEDS)
    return clean


def _require(reading: Reading, type_: str, data: Mapping[str, object], clean: Mapping[str, object], path: str) -> None:
    """Note each required member that is missing, where it wasn't already noted as wrong."""
    if type_ in ORDER_TYPES or type_ in RETURN_TYPES or "order" in clean:
        _need(reading, data, clean, path, "order", ("number",))
    if type_ in PARCEL_TYPES or "parcel" in clean:
        _need(reading, data, clean, path, "parcel", (*_PARCEL_NEEDS, *_TRACKING_NEEDS.get(type_, ())))
    if type_ in CUSTOMER_TYPES:
        _need(reading, data, clean, path, "customer", ("email",))
    rows = data.get("history")
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        for name in ("status", "occurred_at"):
            if isinstance(row, dict) and row.get(name) is None:
                reading.wrong(f"{path}.history[{index}].{name}", "is missing", f"the row's {name}")
    order = clean.get("order")
    custom = order.get("custom") if isinstance(order, dict) else None
    if custom and not reading.problems and len(msgspec.json.encode(custom)) > MAX_CUSTOM:
        reading.problem(f"{path}.order.custom", "is larger than 64 kB", "at most 64 kB")


def _need(
    reading: Reading,
    data: Mapping[str, object],
    clean: Mapping[str, object],
    path: str,
    name: str,
    needs: tuple[str, ...],
) -> None:
    said, read = data.get(name), clean.get(name)
    if said is None:
        reading.problem(f"{path}.{name}", "is missing", f"an object with {', '.join(needs)}")
        return
    if not isinstance(read, dict) or not isinstance(said, dict):
        if not reading.strict:
            reading.problem(f"{path}.{name}", "is not an object", f"an object with {', '.join(needs)}")
        return
    refs = data.get("refs")
    by_reference = not reading.strict and isinstance(refs, dict) and name in refs
    for need in needs:
        if need in read or (by_reference and need in ("number", "carrier", "tracking_number")):
            continue
        value = said.get(need)
        if value is None or value == "" or (isinstance(value, str) and not value.strip()) or not reading.strict:
            reading.problem(f"{path}.{name}.{need}", "is missing", f"the {name}'s {need.replace('_', ' ')}")


def _check_refs(reading: Reading, data: Mapping[str, object], path: str) -> None:
    """A sender of the API has no connection whose ids these could be: what stands there must at least be harmless."""
    refs = data.get("refs")
    if refs is None:
        return
    kinds = refs.items() if isinstance(refs, dict) else [("", None)]
    for kind, ids in kinds:
        are_ids = isinstance(ids, dict) and all(isinstance(value, str) and len(value) <= 200 for value in ids.values())
        if kind not in ("order", "parcel") or not are_ids:
            reading.problem(f"{path}.refs", "is not understood", '{"order": {name: id}}, "parcel" alike, ids as text')
            return


def _missing(raw: Mapping[str, object], name: str, otherwise: str) -> str:
    return "is missing" if raw.get(name) is None else otherwise
