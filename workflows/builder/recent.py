"""The newest events that would wake a workflow, with what they are about: for counting and for trying.

Derived events are not kept in the log; what is looked at is what was reported and led to them (a carrier's report for a
change of the tracking status). How far back the log is read is bounded, so that the answer is always quick.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from postsale.orders.book import Book, OrderState, ParcelState, RefKey, identities, refs_of
from postsale.orders.change import open_book
from postsale.orders.identity import carrier_key, order_key
from workflows.catalog.reading import FactView
from workflows.catalog.triggers import trigger_of

type Json = dict[str, Any]

#: How many of the log's newest events are looked through, and how many of them are taken.
WINDOW = 20_000
MOST = 1_000
#: Events that are looked up at once.
CHUNK = 250
NOBODY: RefKey = ("", "")
_decode = msgspec.json.Decoder().decode

_NEWEST = """
select id, type, coalesce(connection_id::text, source), data::text from (
  select id, type, connection_id, source, data, received_at from postsale_event
  where tenant_id = %s order by received_at desc, id desc limit %s) newest
where type = any(%s) and (%s::text[] is null or data->'parcel'->>'status' = any(%s)
  or data->'changed'->>'to' = any(%s)) order by received_at desc, id desc limit %s"""

#: A derived type → what is reported before it comes.
_REPORTED_AS: Mapping[str, tuple[str, ...]] = {
    "order.delivery_status_changed": ("tracking.updated",),
    "order.fulfillment_changed": ("order.updated", "label.created"),
    "order.address_changed": ("order.updated",),
    "order.promise_changed": ("order.updated",),
    "shipment.created": ("label.created", "tracking.updated"),
    "shipment.split": ("label.created",),
}
_TOLD_BY: Mapping[str, str] = {
    "tracking.delivered": "delivered",
    "tracking.exception_raised": "exception",
}
_NOUNS: Mapping[str, str] = {
    "tracking": "tracking events", "label": "label events", "order": "order events", "shipment": "parcel events",
    "return": "return events", "customer": "customer events", "exception": "exception events",
    "custom": "events of your own",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """One event, the order and parcel it is about as they stand now, and the facts that a condition reads."""

    order: OrderState | None
    parcel: ParcelState | None
    view: FactView


def noun_of(trigger: Mapping[str, Any]) -> str:
    """What the events of a trigger are called: "label events"."""
    type_ = str(trigger.get("type", ""))
    return _NOUNS.get(_types(type_)[0].partition(".")[0], "orders")


def recent(tenant_id: int, trigger: Mapping[str, Any], *, most: int = MOST) -> Iterator[list[Recent]]:
    """What would wake a workflow with this trigger, newest first, some at a time. Runs in the tenant's transaction.

    For `schedule`, `manual` and a trigger that is not chosen yet: the newest orders.
    """
    type_ = str(trigger.get("type", ""))
    if "." not in type_:
        yield from _orders(tenant_id, most)
        return
    rows = _rows(tenant_id, type_, trigger, most)
    for start in range(0, len(rows), CHUNK):
        yield _met(tenant_id, type_, rows[start : start + CHUNK])


def _rows(tenant_id: int, type_: str, trigger: Mapping[str, Any], most: int) -> list[tuple[UUID, str, str, Json]]:
    said = trigger.get("to")
    to = [str(value) for value in said] if isinstance(said, list) and said else None
    if to is None and type_ in _TOLD_BY:
        to = [_TOLD_BY[type_]]
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [tenant_id, WINDOW, _types(type_), to, to, to, most])
        return [(row_id, kind, source, _decode(data)) for row_id, kind, source, data in cursor.fetchall()]


def _types(type_: str) -> list[str]:
    row = trigger_of(type_)
    if row is not None and row.origin == "reported":
        return [type_]
    if type_ in _REPORTED_AS:
        return list(_REPORTED_AS[type_])
    return ["tracking.updated"] if type_.startswith("tracking.") else [type_]


def _met(tenant_id: int, type_: str, rows: Sequence[tuple[UUID, str, str, Json]]) -> list[Recent]:
    numbers, tracking, _ = identities((data, source) for _, _, source, data in rows)
    # A partner's own ids are dear to look up, and needed only where nothing else says what an event is about.
    refs = identities((data, source) for _, _, source, data in rows if not _is_named(data))[2]
    ids = [UUID(data["order_id"]) for *_, data in rows if isinstance(data.get("order_id"), str)]
    book = open_book(tenant_id, numbers=numbers, tracking=tracking, refs=refs, order_ids=ids, lock=False)
    about = trigger_of(type_)
    field = about.field if about is not None else None
    found = []
    for _, _, source, data in rows:
        parcel = _parcel_of(book, data, source)
        order = _order_of(book, data, parcel, source)
        if order is None and parcel is None:
            continue
        changed = data.get("changed") or {}
        to = (data.get("parcel") or {}).get("status") or changed.get("to")
        before = changed.get("from")
        event = {
            "type": type_, "from": before, "to": to, "source": source,
            "changes": {field: (before, to)} if field is not None else {},
        }  # fmt: skip
        found.append(recent_of(order, parcel, event))
    return found


def recent_of(order: OrderState | None, parcel: ParcelState | None, event: Mapping[str, object]) -> Recent:
    """An order and a parcel with an event, as conditions see them."""
    view = FactView(
        order=order.facts if order is not None else None,
        parcel=parcel.facts if parcel is not None else None,
        event=event,
        order_id=order.id if order is not None else None,
        parcels_in_order=len(order.parcels) if order is not None else None,
    )
    return Recent(order=order, parcel=parcel, view=view)


def _orders(tenant_id: int, most: int) -> Iterator[list[Recent]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select id from postsale_order where tenant_id = %s order by id desc limit %s", [tenant_id, most]
        )
        ids = [row[0] for row in cursor.fetchall()]
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        book = open_book(tenant_id, order_ids=some, lock=False)
        known = [book.orders[each] for each in some if each in book.orders]
        yield [recent_of(order, next(iter(order.parcels.values()), None), {"changes": {}}) for order in known]


def _is_named(data: Json) -> bool:
    """Whether the event says an order's number or a tracking number itself."""
    return bool((data.get("order") or {}).get("number") or (data.get("parcel") or {}).get("tracking_number"))


def _parcel_of(book: Book, data: Json, source: str) -> ParcelState | None:
    said = data.get("parcel") or {}
    carriers = book.by_tracking.get(said.get("tracking_number") or "", {})
    known = carriers.get(carrier_key(said.get("carrier"))) or next(iter(carriers.values()), None)
    row_id = book.refs.get(refs_of(data, source).get("parcel", NOBODY))
    return known or (book.parcels.get(row_id) if row_id is not None else None)


def _order_of(book: Book, data: Json, parcel: ParcelState | None, source: str) -> OrderState | None:
    said = data.get("order") or {}
    order_id = data.get("order_id")
    if isinstance(order_id, str) and UUID(order_id) in book.orders:
        return book.orders[UUID(order_id)]
    channels = book.by_number.get(order_key(said["number"]), {}) if said.get("number") else {}
    known = channels.get(said.get("sales_channel") or "") or next(iter(channels.values()), None)
    row_id = book.refs.get(refs_of(data, source).get("order", NOBODY))
    known = known or (book.orders.get(row_id) if row_id is not None else None)
    return known or (next(iter(parcel.orders.values()), None) if parcel is not None else None)
