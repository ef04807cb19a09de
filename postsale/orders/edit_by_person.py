"""An order or a parcel, changed by a person: the row at once, and an event in the log that may trigger workflows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection

from postsale.events.enqueue import enqueue
from postsale.events.models import Event, EventSubject
from postsale.events.record import MONTH, lock_of
from postsale.orders.book import OrderState, ParcelState
from postsale.orders.change import close_book, open_book
from postsale.orders.facts import Change
from postsale.tenants.ids import id_at
from postsale.tenants.scope import TenantMixupError, current_tenant

SOURCE = "postsale"


class UnknownOrderError(LookupError):
    """The tenant has no such order."""


def hold_order(order_id: UUID) -> None:
    """Wait until the order is ours to change: who reads the clock after this dates the edit after all it waited for.

    Rows first, then the log's lock, as every writer of both does. Raises UnknownOrderError.
    """
    tenant_id = _tenant_at_work()
    if order_id not in open_book(tenant_id, order_ids=[order_id]).orders:
        raise UnknownOrderError(order_id)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [lock_of(tenant_id)])


def edit_order(order_id: UUID, changes: Mapping[str, object], by: Mapping[str, str], now: datetime) -> list[UUID]:
    """Make `changes` (fields of `postsale.orders.edit.apply_edit` → value) in the tenant's transaction.

    `by` is {"kind": "person", "name": e-mail address}. Returns the ids of the events that tell of it, none if nothing
    changed. Raises UnknownOrderError, KeyError for another field.
    """
    tenant_id = _tenant_at_work()
    hold_order(order_id)
    book = open_book(tenant_id, order_ids=[order_id])
    order = book.orders[order_id]
    seen = [
        change
        for field, value in changes.items()
        for change in book.edit(order, field=field, value=value, by=by, at=now)
    ]
    if not seen:
        return []
    close_book(tenant_id, book, now=now)
    return _tell(tenant_id, [(change, order, None) for change in seen], by, now)


class UnknownParcelError(LookupError):
    """The tenant has no such parcel."""


def hold_parcel(parcel_id: UUID) -> None:
    """Wait until the parcel and its orders are ours to change, as `hold_order` does. Raises UnknownParcelError."""
    tenant_id = _tenant_at_work()
    if parcel_id not in open_book(tenant_id, parcel_ids=[parcel_id]).parcels:
        raise UnknownParcelError(parcel_id)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [lock_of(tenant_id)])


def correct_parcel(parcel_id: UUID, *, status: str, by: Mapping[str, str], now: datetime) -> list[UUID]:
    """Set a parcel's tracking status because a person knows better, in the tenant's transaction.

    `by` is {"kind": "person", "name": e-mail address}. Returns the ids of the events that tell of it, none if it was so
    already. Raises UnknownParcelError.
    """
    tenant_id = _tenant_at_work()
    hold_parcel(parcel_id)
    book = open_book(tenant_id, parcel_ids=[parcel_id])
    seen = book.correct(book.parcels[parcel_id], status=status, by=by["name"], at=now.astimezone(UTC))
    if not seen:
        return []
    close_book(tenant_id, book, now=now)
    return _tell(tenant_id, seen, by, now)


type Seen = tuple[Change, OrderState | None, ParcelState | None]


def _tell(tenant_id: int, seen: Sequence[Seen], by: Mapping[str, str], now: datetime) -> list[UUID]:
    """Record the changes as events and let them be decided."""
    events = [_event(tenant_id, n, each, by, now.astimezone(UTC)) for n, each in enumerate(seen)]
    with connection.cursor() as cursor:
        cursor.execute(MONTH, [now])
    Event.objects.bulk_create(events)
    EventSubject.objects.bulk_create(
        EventSubject(tenant_id=tenant_id, subject_id=subject, event_id=event.id)
        for (_, order, parcel), event in zip(seen, events, strict=True)
        for subject in _subjects(order, parcel)
    )
    enqueue(tenant_id, [(event.id, event.received_at) for event in events])
    return [event.id for event in events]


def _subjects(order: OrderState | None, parcel: ParcelState | None) -> list[UUID]:
    orders = [order] if order is not None else list(parcel.orders.values()) if parcel is not None else []
    return [*(each.id for each in orders), *([parcel.id] if parcel is not None else [])]


def _tenant_at_work() -> int:
    tenant_id = current_tenant()
    if tenant_id is None:
        raise TenantMixupError("orders are changed in a tenant's transaction only")
    return tenant_id


def _event(tenant_id: int, n: int, seen: Seen, by: Mapping[str, str], now: datetime) -> Event:
    change, order, parcel = seen
    at = now + timedelta(microseconds=n)
    event_id = id_at(at)
    about: dict[str, object] = {}
    if order is not None:
        about["order_id"] = str(order.id)
        about["order"] = {"number": order.facts.number, "sales_channel": order.facts.sales_channel}
    if parcel is not None:
        about["parcel_id"] = str(parcel.id)
        about["parcel"] = {"carrier": parcel.facts.carrier, "tracking_number": parcel.facts.tracking_number}
    return Event(
        id=event_id, tenant_id=tenant_id, type=change.type, source=SOURCE, external_id=f"edit:{event_id}",
        occurred_at=at, received_at=at, actor=dict(by), lineage={"root": str(event_id), "depth": 0, "chain": []},
        data=about | {"changed": {"field": change.field, "from": change.from_, "to": change.to}},
    )  # fmt: skip
