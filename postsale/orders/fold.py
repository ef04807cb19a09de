"""The fold: facts and one reported event in, facts and transitions out. Any order of arrival ends in the same facts.

Two mechanisms see to that: carriers' words are kept as scans and replayed in carriers' time (`scans`), every other
reported field belongs to the latest event that said it (`stamps`). Labels only say that a parcel exists: they rank
below scans.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from postsale.events.kinds import Reported
from postsale.events.members import minor_units
from postsale.orders.edit import apply_edit, seen_notes, seen_tags, tag_changes
from postsale.orders.facts import Change, OrderFacts, ParcelFacts, Scan
from postsale.orders.identity import carrier_key
from postsale.orders.scans import Story, physical, point_of, replay, rows_of, since, with_points, with_scan
from postsale.orders.stamps import Stamps, earliest, latest, not_ahead

__all__ = ["apply_edit", "correct_parcel", "fold_order", "fold_parcel"]

_LABEL_TYPES = frozenset({"label.created", "return.label_created"})
_MILESTONES = {
    "label.printed": "label_printed_at",
    "shipment.packed": "packed_at",
    "shipment.manifested": "manifested_at",
    "shipment.handed_off": "handed_off_at",
}
_STILL_IN_TROUBLE = frozenset({"unknown", "return_to_sender", "expired", "cancelled"})
_PARCEL_TEXTS = ("service", "warehouse", "signed_by", "weight_g", "is_return", "is_test")

_ORDER_TEXTS = ("currency", "payment_status")
_ORDER_TIMES = ("placed_at", "promised_by", "ship_by")
_CUSTOMER = ("email", "first_name", "last_name", "phone", "locale")
_ADDRESS = ("country", "region", "city", "postal_code", "residential")
_NOT_PAID_YET = frozenset({None, "unpaid", "authorized", "partially_paid", "failed"})
_REFUNDED = frozenset({"refunded", "partially_refunded"})
# Events of one second (shops' clocks have no more): the more particular one has the last word.
_LATER_OF_ONE_TIME = ("order.created", "order.updated", "order.paid", "order.held", "order.released", "order.cancelled",
                      "order.refunded")  # fmt: skip


def fold_parcel(
    facts: ParcelFacts | None, event: Reported, *, received_at: datetime
) -> tuple[ParcelFacts, tuple[Change, ...]]:
    """The parcel after `event` and its transitions; the same object and none if the event says nothing new.

    A scan's time is `parcel.occurred_at`, else the event's; more than 24 hours ahead of `received_at` nothing can be.
    """
    said: Mapping[str, Any] = _object(event.data.get("parcel"))
    before = facts
    if before is None:
        before = ParcelFacts(
            carrier=carrier_key(said.get("carrier")), tracking_number=str(said.get("tracking_number") or "")
        )
    at = not_ahead(_time(said.get("occurred_at")) or event.occurred_at, received_at)
    stamps = Stamps(before.stamps)
    now = _parcel_fields(before, said, at, stamps)
    _labels(before, event.type, said, at, stamps, now)
    if event.type == "tracking.updated" and isinstance(said.get("status"), str):
        _scan(before, event, said, at, now)
    if stamps.dirty:
        now["stamps"] = stamps.known
    if not now:
        return before, (() if facts is not None else _parcel_changes(None, before))
    after = _settled(replace(before, **now))
    return after, _parcel_changes(facts, after)


def correct_parcel(facts: ParcelFacts, *, status: str, by: str, at: datetime) -> tuple[ParcelFacts, tuple[Change, ...]]:
    """The parcel after a person said at `at` that its status is `status`, and its transitions; none if it is so already.

    It counts like a scan of that moment that may also leave `delivered`: a later word of the carrier goes on from there.
    """
    if status == facts.tracking_status:
        return facts, ()
    scans = with_scan(facts.scans, Scan(at=at, status=status, by=by))
    after = _settled(replace(facts, scans=scans, history=with_points(facts.history, [(at, status)])))
    return after, _parcel_changes(facts, after)


def fold_order(
    facts: OrderFacts | None, event: Reported, *, sales_channel: str, received_at: datetime
) -> tuple[OrderFacts, tuple[Change, ...]]:
    """The order after `event` and its transitions; the same object and none if the event says nothing new.

    Fields belong to the latest event that said them; null is not said, but in an address it empties the field. The ops
    status is never touched, and of tags and notes only the shop's own.
    """
    said: Mapping[str, Any] = _object(event.data.get("order"))
    before = facts
    if before is None:
        before = OrderFacts(sales_channel=sales_channel, number=str(said.get("number") or ""))
    at = not_ahead(event.occurred_at, received_at)
    at += timedelta(microseconds=_LATER_OF_ONE_TIME.index(event.type) if event.type in _LATER_OF_ONE_TIME else 0)
    stamps = Stamps(before.stamps)
    if event.type == "order.created":
        stamps.first("created", at, event.type, event.type)
    now = _order_fields(before, said, event.type, at, stamps)
    _customer(before, said, event, at, stamps, now)
    _tags_and_notes(before, said, at, stamps, now)
    _hold_and_cancel(before, said, event, at, stamps, now)
    if isinstance(said.get("number"), str) and said["number"].startswith("#") and not before.number.startswith("#"):
        now["number"] = said["number"]
    if stamps.dirty:
        now["stamps"] = stamps.known
    if not now:
        return before, ()
    after = replace(before, **now)
    return after, _order_changes(before, after, event.type)


def _parcel_fields(before: ParcelFacts, said: Mapping[str, Any], at: datetime, stamps: Stamps) -> dict[str, Any]:
    now: dict[str, Any] = {}

    def take(name: str, value: object) -> None:
        if value is not None and stamps.takes(name, at, value, getattr(before, name)):
            now[name] = value

    for name in _PARCEL_TEXTS:
        if name in said:
            take(name, said[name])
    if "cost" in said:
        take("cost", minor_units(said["cost"]))
    if location := {key: value for key, value in _object(said.get("location")).items() if isinstance(value, str)}:
        take("location", location)
    if isinstance(said.get("items"), list):
        take("items", tuple(item for item in said["items"] if isinstance(item, Mapping)))
    eta = _time(said.get("eta"))
    take("eta", eta)
    if eta is not None and stamps.first("eta_original", at, eta, before.eta_original):
        now["eta_original"] = eta
    return {name: value for name, value in now.items() if value != getattr(before, name)}


def _labels(
    before: ParcelFacts, type_: str, said: Mapping[str, Any], at: datetime, stamps: Stamps, now: dict[str, Any]
) -> None:
    """Milestones are the earliest that was said; a void counts until a later label."""
    created = _time(said.get("label_created_at"))
    if type_ in _LABEL_TYPES:
        created = created or at
    moments = {"label_created_at": earliest(before.label_created_at, created)}
    if (name := _MILESTONES.get(type_)) is not None:
        moments[name] = earliest(getattr(before, name), at)
    if type_ == "label.voided":
        moments["label_voided_at"] = latest(before.label_voided_at, at)
    if type_ == "return.label_created" and before.is_return is None:
        now["is_return"] = True
    now.update((name, moment) for name, moment in moments.items() if moment != getattr(before, name))
    if type_ in _LABEL_TYPES or type_ == "label.printed":
        stamps.takes("label", at, at, None)


def _scan(before: ParcelFacts, event: Reported, said: Mapping[str, Any], at: datetime, now: dict[str, Any]) -> None:
    """Keep the body's word as a scan, and what its rows say it was when."""
    scan = Scan(
        at=at,
        status=said["status"],
        raw_status=said.get("raw_status"),
        raw_detail=said.get("raw_detail"),
        raw_text=said.get("raw_text"),
        exception_reason=said.get("exception_reason"),
        action_required=said.get("action_required"),
        substatus=said.get("substatus"),
        said_at=event.occurred_at if event.occurred_at != at else None,
        is_unmapped=said.get("unmapped") is True or "unmapped" in event.flags,
    )
    scans = with_scan(before.scans, scan)
    rows = rows_of(event.data.get("history"))
    point = point_of(scan, rows)
    history = with_points(before.history, [*rows, point] if point is not None else rows)
    if scans is not before.scans:
        now["scans"] = scans
    if history is not before.history:
        now["history"] = history


def _settled(facts: ParcelFacts) -> ParcelFacts:
    """The facts with everything that follows from scans and labels worked out anew."""
    story = replay(facts.scans)
    said = {(scan.at, scan.status) for scan in facts.scans if scan.by is not None}
    handled = physical(point for point in facts.history if point not in said)
    handed_over_at = earliest(facts.handed_over_at, handled[0] if handled else None)
    status, since_at = _status(facts, story, handed_over_at)
    word = story.latest or Scan(at=datetime.min.replace(tzinfo=UTC), status="unknown")
    return replace(
        facts,
        tracking_status=status,
        status_since=since_at,
        handed_over_at=handed_over_at,
        last_scan_at=latest(facts.last_scan_at, handled[-1] if handled else None),
        delivered_at=since(facts.history, "delivered", story.delivered.at) if story.delivered else facts.delivered_at,
        raw_status=word.raw_status,
        raw_detail=word.raw_detail,
        raw_text=word.raw_text,
        exception_reason=word.exception_reason,
        action_required=word.action_required,
        substatus=word.substatus,
        attempts=max(facts.attempts, sum(status == "failed_attempt" for _, status in facts.history)),
        unmapped=max(facts.unmapped, sum(scan.is_unmapped for scan in facts.scans)),
        setters=_set_by(story.entry),
    )


def _set_by(entry: Scan | None) -> Mapping[str, Mapping[str, str]]:
    if entry is None or entry.by is None:
        return {}
    return {"tracking_status": {"kind": "person", "name": entry.by, "at": entry.at.isoformat()}}


def _status(facts: ParcelFacts, story: Story, handed_over_at: datetime | None) -> tuple[str, datetime | None]:
    """The present status and since when. Until the carrier has the parcel, its label has a say."""
    since_at = since(facts.history, story.status, story.entry.at) if story.entry is not None else None
    if handed_over_at is not None or (story.entry is not None and story.entry.by is not None):
        return story.status, since_at
    label_at = facts.stamps.get("label") or facts.label_created_at
    voided_at = facts.label_voided_at
    if voided_at is not None and (label_at is None or voided_at >= label_at):
        return "cancelled", voided_at
    if label_at is None or story.status not in {"unknown", "awaiting_carrier"}:
        return story.status, since_at
    exists_since = facts.label_created_at or facts.label_printed_at
    return "awaiting_carrier", earliest(exists_since, since_at if story.status == "awaiting_carrier" else None)


def _parcel_changes(before: ParcelFacts | None, after: ParcelFacts) -> tuple[Change, ...]:
    """The transitions between two states of a parcel, as derived events."""
    old = before or ParcelFacts(carrier=after.carrier, tracking_number=after.tracking_number)
    found: list[Change] = []

    def add(type_: str, name: str, was: object, is_: object) -> None:
        found.append(Change(type=type_, field=f"parcel.{name}", from_=was, to=is_))

    if before is None:
        add("shipment.created", "tracking_number", None, after.tracking_number)
    was, is_ = old.tracking_status, after.tracking_status
    if old.handed_over_at is None and after.handed_over_at is not None:
        add("tracking.first_scan", "handed_over_at", None, after.handed_over_at)
    if old.last_scan_at != after.last_scan_at:
        add("tracking.scan_received", "last_scan_at", old.last_scan_at, after.last_scan_at)
    if was != is_:
        add("tracking.status_changed", "tracking_status", was, is_)
        if is_ == "exception":
            add("tracking.exception_raised", "tracking_status", was, is_)
        if was == "exception" and is_ not in _STILL_IN_TROUBLE:
            add("tracking.exception_cleared", "tracking_status", was, is_)
        if is_ == "delivered" and old.delivered_at is None:
            add("tracking.delivered", "tracking_status", was, is_)
        if was == "delivered":
            add("tracking.reversed", "tracking_status", was, is_)
    if old.eta is not None and old.eta != after.eta:
        add("tracking.eta_changed", "eta", old.eta, after.eta)
    return tuple(found)


def _order_fields(
    before: OrderFacts, said: Mapping[str, Any], type_: str, at: datetime, stamps: Stamps
) -> dict[str, Any]:
    now: dict[str, Any] = {}

    def take(name: str, value: object) -> None:
        if value is not None and stamps.takes(name, at, value, getattr(before, name)):
            now[name] = value

    for name in _ORDER_TEXTS:
        take(name, said.get(name))
    for name in _ORDER_TIMES:
        take(name, _time(said.get(name)))
    take("total", minor_units(said.get("total")))
    take("shop_fulfillment", said.get("fulfillment_status"))
    # An order that is named only by a partner's id: that partner tells its payment status apart.
    if type_ in {"order.paid", "order.refunded"} and said.get("payment_status") is None and said.get("number"):
        take("payment_status", type_.removeprefix("order."))
    if isinstance(said.get("items"), list):
        take("items", tuple(_item(item) for item in said["items"] if isinstance(item, Mapping)))
    address = _only(_ADDRESS, _object(said.get("address")))
    if (merged := _merged(before.address, address, "address", at, stamps, nulls=True)) is not None:
        now["address"] = merged
    if (merged := _merged(before.custom, _object(said.get("custom")), "custom", at, stamps)) is not None:
        now["custom"] = merged
    return {name: value for name, value in now.items() if value != getattr(before, name)}


def _customer(
    before: OrderFacts, said: Mapping[str, Any], event: Reported, at: datetime, stamps: Stamps, now: dict[str, Any]
) -> None:
    """Merge what is known of the customer; who opted out neither consents nor wants any mail."""
    told = _object(said.get("customer"))
    customer = _only(_CUSTOMER, told)
    consent = _only(("email",), _object(told.get("consent")))
    if event.type == "customer.opted_out":
        consent["email"] = False
        customer["opted_out"] = True
    known = dict(before.customer)
    known_consent = _object(known.pop("consent", None))
    merged = _merged(known, customer, "customer", at, stamps)
    merged_consent = _merged(known_consent, consent, "customer.consent", at, stamps)
    if merged is not None or merged_consent is not None:
        together = known if merged is None else merged
        agreed = known_consent if merged_consent is None else merged_consent
        now["customer"] = {**together, "consent": agreed} if agreed else together


def _tags_and_notes(
    before: OrderFacts, said: Mapping[str, Any], at: datetime, stamps: Stamps, now: dict[str, Any]
) -> None:
    """Take the shop's tags and notes; what people and workflows made of them stays on top."""
    values: dict[str, Any] = {}
    if isinstance(said.get("tags"), list):
        values["tags"] = tuple(dict.fromkeys(tag for tag in said["tags"] if isinstance(tag, str)))
    if isinstance(said.get("notes"), str):
        values["notes"] = said["notes"]
    for name, value in values.items():
        if not stamps.takes(name, at, value, getattr(before, f"shop_{name}")):
            continue
        now[f"shop_{name}"] = value
        if before.setters.get(name, {}).get("kind", "sync") == "sync":
            setter = {"kind": "sync", "name": before.sales_channel, "at": at.isoformat()}
            now["setters"] = {**now.get("setters", before.setters), name: setter}
    if "shop_tags" in now:
        now["tags"] = seen_tags(replace(before, shop_tags=now["shop_tags"]))
    if "shop_notes" in now:
        now["notes"] = seen_notes(replace(before, shop_notes=now["shop_notes"]))


def _hold_and_cancel(
    before: OrderFacts, said: Mapping[str, Any], event: Reported, at: datetime, stamps: Stamps, now: dict[str, Any]
) -> None:
    if event.type in {"order.held", "order.released"}:
        held = event.type == "order.held"
        if stamps.takes("held", at, held, before.held) and held != before.held:
            now["held"] = held
    said_at = _time(said.get("cancelled_at"))
    if event.type == "order.cancelled":
        said_at = said_at or event.occurred_at
    cancelled_at = earliest(before.cancelled_at, said_at)
    if cancelled_at != before.cancelled_at:
        now["cancelled_at"] = cancelled_at


def _order_changes(before: OrderFacts, after: OrderFacts, type_: str) -> tuple[Change, ...]:
    """The transitions between two states of an order, as derived events; never one of the event's own type."""
    # Tags that are said first with the order itself are not added: it has them.
    was_there = "tags" in before.stamps or ("created" in before.stamps and type_ == "order.updated")
    found = list(tag_changes(before.tags, after.tags)) if was_there else []

    def add(derived: str, name: str) -> None:
        was, is_ = getattr(before, name), getattr(after, name)
        if was != is_ and derived != type_:
            found.append(Change(type=derived, field=f"order.{name}", from_=was, to=is_))

    if before.address:
        add("order.address_changed", "address")
    if before.promised_by is not None:
        add("order.promise_changed", "promised_by")
    if after.payment_status == "paid" and before.payment_status in _NOT_PAID_YET:
        add("order.paid", "payment_status")
    if after.payment_status in _REFUNDED:
        add("order.refunded", "payment_status")
    if before.cancelled_at is None:
        add("order.cancelled", "cancelled_at")
    return tuple(found)


def _merged(
    known: Mapping[str, Any],
    said: Mapping[str, Any],
    path: str,
    at: datetime,
    stamps: Stamps,
    *,
    nulls: bool = False,
) -> dict[str, Any] | None:
    """`known` with what was said of each of its members, or None if that is nothing new."""
    now = dict(known)
    for name, value in said.items():
        if (value is not None or nulls) and stamps.takes(f"{path}.{name}", at, value, known.get(name)):
            if value is None:
                now.pop(name, None)
            else:
                now[name] = value
    return now if now != known else None


def _only(names: tuple[str, ...], said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: said[name] for name in names if name in said}


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item with its price in minor units."""
    price = minor_units(item.get("price"))
    return {**item, "price": price} if price is not None else {k: v for k, v in item.items() if k != "price"}


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _time(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None
