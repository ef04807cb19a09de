"""The only writer of orders and parcels: fills a book from rows (locked), and writes what changed back in bulk."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from postsale.orders.book import Book, OrderState, ParcelState, RefKey
from postsale.orders.facts import OrderFacts, ParcelFacts
from postsale.orders.identity import name_key, order_key
from postsale.tenants.ids import new_id

_orders = msgspec.json.Decoder(OrderFacts)
_parcels = msgspec.json.Decoder(ParcelFacts)
_encode = msgspec.json.Encoder().encode


def order_facts(body: str | bytes) -> OrderFacts:
    """An order's facts from its row's `body`."""
    return _orders.decode(body)


def parcel_facts(body: str | bytes) -> ParcelFacts:
    """A parcel's facts from its row's `body`."""
    return _parcels.decode(body)


def open_book(
    tenant_id: int,
    *,
    numbers: Iterable[str] = (),
    tracking: Iterable[str] = (),
    refs: Iterable[RefKey] = (),
    order_ids: Iterable[UUID] = (),
    parcel_ids: Iterable[UUID] = (),
    lock: bool = True,
) -> Book:
    """A book of the named orders and parcels, their other halves, and all parcels of those orders; rows locked in id
    order.

    Must run in the tenant's transaction. At most seven statements, whatever the number of names.
    """
    book = Book(new_id)
    wanted_refs = list(refs)
    with connection.cursor() as cursor:
        if wanted_refs:
            cursor.execute(
                "select namespace, value, target from postsale_reference where tenant_id = %s and (namespace, value) in "
                "(select * from unnest(%s::text[], %s::text[]))",
                [tenant_id, [ns for ns, _ in wanted_refs], [value for _, value in wanted_refs]],
            )
            book.refs = {(ns, value): target for ns, value, target in cursor.fetchall()}
        targets = list(book.refs.values())
        parcels = set(parcel_ids) | set(targets)
        orders = set(order_ids) | set(targets)
        parcels |= _ids(
            cursor,
            "select id from postsale_shipment where tenant_id = %s and tracking_number = any(%s)",
            tenant_id,
            list(tracking),
        )
        orders |= _ids(
            cursor,
            "select id from postsale_order where tenant_id = %s and number_key = any(%s)",
            tenant_id,
            list(numbers),
        )
        if parcels or orders:
            orders |= _ids(
                cursor,
                "select order_id from postsale_ordershipment where tenant_id = %s and shipment_id = any(%s)",
                tenant_id,
                list(parcels),
            )
            cursor.execute(
                "select order_id, shipment_id from postsale_ordershipment where tenant_id = %s and order_id = any(%s) "
                "order by linked_at, shipment_id",
                [tenant_id, list(orders)],
            )
            found = cursor.fetchall()
            parcels |= {parcel for _, parcel in found}
            _load(cursor, book, tenant_id, orders, parcels, lock=lock)
            for order_id, parcel_id in found:
                if order_id in book.orders and parcel_id in book.parcels:
                    book.link(book.orders[order_id], book.parcels[parcel_id])
    return book


def _ids(cursor: Any, sql: str, tenant_id: int, names: Sequence[object]) -> set[UUID]:
    if not names:
        return set()
    cursor.execute(sql, [tenant_id, names])
    return {row[0] for row in cursor.fetchall()}


def _load(cursor: Any, book: Book, tenant_id: int, orders: set[UUID], parcels: set[UUID], *, lock: bool) -> None:
    locking = " order by id for no key update" if lock else ""
    if orders:
        cursor.execute(
            f"select id, body::text from postsale_order where tenant_id = %s and id = any(%s){locking}",  # noqa: S608
            [tenant_id, list(orders)],
        )
        for row_id, body in cursor.fetchall():
            facts = order_facts(body)
            book.add_order(OrderState(id=row_id, facts=facts, kept_tags=facts.tags))
    if parcels:
        cursor.execute(
            f"select id, body::text from postsale_shipment where tenant_id = %s and id = any(%s){locking}",  # noqa: S608
            [tenant_id, list(parcels)],
        )
        for row_id, body in cursor.fetchall():
            book.add_parcel(ParcelState(id=row_id, facts=parcel_facts(body)))


def close_book(tenant_id: int, book: Book, *, now: datetime) -> None:
    """Write every new or changed order, parcel, link and partner id; one statement a table."""
    orders = [state for state in book.orders.values() if state.is_dirty or state.is_new]
    parcels = [state for state in book.parcels.values() if state.is_dirty or state.is_new]
    with connection.cursor() as cursor:
        if orders:
            _write_orders(cursor, tenant_id, orders, now)
            _write_tags(cursor, tenant_id, [state for state in orders if state.facts.tags != state.kept_tags])
        if parcels:
            _write_parcels(cursor, tenant_id, parcels, now)
        if book.new_links:
            cursor.execute(
                "insert into postsale_ordershipment (tenant_id, order_id, shipment_id, linked_at) "
                "select %s, * from unnest(%s::uuid[], %s::uuid[], %s::timestamptz[]) on conflict do nothing",
                [tenant_id, *map(list, zip(*book.new_links, strict=True))],
            )
        if book.new_refs:
            cursor.execute(
                "insert into postsale_reference (tenant_id, namespace, value, target) "
                "select %s, * from unnest(%s::text[], %s::text[], %s::uuid[]) on conflict do nothing",
                [
                    tenant_id,
                    [ns for ns, _ in book.new_refs],
                    [value for _, value in book.new_refs],
                    list(book.new_refs.values()),
                ],
            )
    for order in orders:
        order.is_new = order.is_dirty = False
        order.kept_tags = order.facts.tags
    for parcel in parcels:
        parcel.is_new = parcel.is_dirty = False


ORDER_SQL = """
insert into postsale_order (tenant_id, created_at, updated_at, version, id, sales_channel, number, number_key, placed_at,
  promised_by, payment_status, fulfillment_status, delivery_status, ops_status, email, name_key, tags, body)
select %s, %s, %s, 1, o.id, o.body->>'sales_channel', o.body->>'number', o.key, (o.body->>'placed_at')::timestamptz,
  (o.body->>'promised_by')::timestamptz, o.body->>'payment_status', o.body->>'fulfillment_status',
  o.body->>'delivery_status', o.body->>'ops_status', o.email, o.name,
  array(select jsonb_array_elements_text(o.body->'tags')), o.body
from jsonb_to_recordset(%s::jsonb) as o(id uuid, key text, email text, name text, body jsonb)
on conflict (id) do update set updated_at = excluded.updated_at, version = postsale_order.version + 1,
  sales_channel = excluded.sales_channel, number = excluded.number, placed_at = excluded.placed_at,
  promised_by = excluded.promised_by, payment_status = excluded.payment_status,
  fulfillment_status = excluded.fulfillment_status, delivery_status = excluded.delivery_status,
  ops_status = excluded.ops_status, email = excluded.email, name_key = excluded.name_key, tags = excluded.tags,
  body = excluded.body"""


def _write_orders(cursor: Any, tenant_id: int, states: Sequence[OrderState], now: datetime) -> None:
    rows = [
        {
            "id": state.id, "key": order_key(state.facts.number), "email": _email(state.facts.customer),
            "name": name_key(state.facts.customer.get("last_name"), state.facts.customer.get("first_name")),
            "body": state.facts,
        }
        for state in states
    ]  # fmt: skip
    cursor.execute(ORDER_SQL, [tenant_id, now, now, _encode(rows).decode()])


def _write_tags(cursor: Any, tenant_id: int, states: Sequence[OrderState]) -> None:
    """Bring the tags' own rows in line with these orders; most events change none."""
    gone = [(tag, state.id) for state in states for tag in set(state.kept_tags).difference(state.facts.tags)]
    new = [(tag, state.id) for state in states for tag in set(state.facts.tags).difference(state.kept_tags)]
    for sql, rows in ((UNTAG_SQL, gone), (TAG_SQL, new)):
        if rows:
            cursor.execute(sql, [tenant_id, [tag for tag, _ in rows], [order_id for _, order_id in rows]])


TAG_SQL = """
insert into postsale_ordertag (tenant_id, tag, order_id)
select %s, * from unnest(%s::text[], %s::uuid[]) on conflict do nothing"""

UNTAG_SQL = """
delete from postsale_ordertag where tenant_id = %s and (tag, order_id) in (select * from unnest(%s::text[], %s::uuid[]))"""


def _email(customer: Mapping[str, object]) -> str | None:
    email = customer.get("email")
    return str(email).strip().lower()[:254] if email else None


PARCEL_SQL = """
insert into postsale_shipment (tenant_id, created_at, updated_at, version, id, carrier, tracking_number, tracking_status,
  status_since, label_created_at, body)
select %s, %s, %s, 1, p.id, p.body->>'carrier', p.body->>'tracking_number', p.body->>'tracking_status',
  (p.body->>'status_since')::timestamptz, (p.body->>'label_created_at')::timestamptz, p.body
from jsonb_to_recordset(%s::jsonb) as p(id uuid, body jsonb)
on conflict (id) do update set updated_at = excluded.updated_at, version = postsale_shipment.version + 1,
  carrier = excluded.carrier, tracking_status = excluded.tracking_status, status_since = excluded.status_since,
  label_created_at = excluded.label_created_at, body = excluded.body"""


def _write_parcels(cursor: Any, tenant_id: int, states: Sequence[ParcelState], now: datetime) -> None:
    rows = [{"id": state.id, "body": state.facts} for state in states]
    cursor.execute(PARCEL_SQL, [tenant_id, now, now, _encode(rows).decode()])
