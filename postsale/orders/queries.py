"""Looking orders up: by what people type, by what they filter; every answer is one page and stays fast at a million orders.

Under row-level security only leakproof operators keep their indexes: `=`, `<`, `>`, and `^@` ("starts with").
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.db.models.fields.json import KT

from postsale.orders.identity import email_key, order_key
from postsale.orders.models import Order, OrderShipment, OrderTag, Shipment
from postsale.web.paging import EPOCH, read_cursor, write_cursor

#: Orders that one text may lead to; whoever types too little is asked for more of it.
MOST_FOUND = 1_000
MOST_CHANNELS = 200
SORTS = ("placed", "oldest", "changed", "added")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which orders: every filter that is set must fit. `tracking` are tracking statuses, one of which a parcel has."""

    text: str = ""
    sales_channel: str = ""
    ops_status: str = ""
    delivery_status: str = ""
    tag: str = ""
    tracking: Sequence[str] = ()
    placed_from: datetime | None = None
    placed_before: datetime | None = None
    sort: str = "placed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of orders (without their bodies, with `first_name`, `last_name`, `assignee`), the next page's cursor, and
    whether the text led to more orders than are looked at."""

    rows: Sequence[Any] = field(default_factory=list)
    more: str = ""
    is_cut: bool = False


def find(tenant_id: int, wanted: Wanted, *, cursor: str = "", limit: int = 50) -> Found:
    """A page of the orders that are wanted. At most three queries. Raises BadCursorError."""
    rows = _fitting(tenant_id, wanted)
    is_cut = False
    if wanted.text:
        ids = named(tenant_id, wanted.text, limit=MOST_FOUND + 1)
        is_cut = len(ids) > MOST_FOUND
        rows = rows.filter(id__in=ids[:MOST_FOUND])
    at, last = read_cursor(cursor) if cursor else (None, None)
    found = list(_sorted(rows, wanted.sort, at=at, last=last, limit=limit + 1))
    more = ""
    if len(found) > limit:
        end = found[limit - 1]
        more = write_cursor(_moment(end, wanted.sort), end.id)
    return Found(rows=found[:limit], more=more, is_cut=is_cut)


def named(tenant_id: int, text: str, *, limit: int) -> list[UUID]:
    """The orders whose number, e-mail address, tracking number or customer's name begins with `text`. One query."""
    parts = [part[:limit] for part in _by_beginning(tenant_id, text.strip())]
    if not parts:
        return []
    found = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return list(dict.fromkeys(found))[:limit]


def channels(tenant_id: int) -> list[str]:
    """The sales channels that orders came from. One query that hops from one to the next, however many orders."""
    with connection.cursor() as cursor:
        cursor.execute(CHANNELS, [tenant_id, tenant_id, MOST_CHANNELS])
        return [row[0] for row in cursor.fetchall()]


def has_orders(tenant_id: int) -> bool:
    """Whether the shop has any order yet."""
    return Order.objects.filter(tenant_id=tenant_id).order_by().values("id")[:1].exists()


CHANNELS = """
with recursive hop as (
  (select sales_channel from postsale_order where tenant_id = %s order by sales_channel limit 1)
  union all
  select (select o.sales_channel from postsale_order o where o.tenant_id = %s and o.sales_channel > hop.sales_channel
          order by o.sales_channel limit 1)
    from hop where hop.sales_channel is not null)
select sales_channel from hop where sales_channel is not null limit %s"""


def begins(name: str, text: str) -> Func:
    """Rows whose column `name` begins with `text`: `^@` is leakproof and goes by an index with text_pattern_ops."""
    return Func(F(name), Value(text), template="%(expressions)s", arg_joiner=" ^@ ", output_field=BooleanField())


def has_tag(tag: str) -> Exists:
    """Orders with a tag, by its own rows: no operator on `tags` itself has an index under row-level security."""
    return Exists(OrderTag.objects.filter(tenant_id=OuterRef("tenant_id"), tag=tag, order_id=OuterRef("id")))


def _by_beginning(tenant_id: int, text: str) -> Iterator[QuerySet[Any, UUID]]:
    """One query for each thing that `text` may be the beginning of."""
    if not text:
        return
    mine = Order.objects.filter(tenant_id=tenant_id).order_by()
    for number in dict.fromkeys([order_key(text), order_key(text).upper()]):
        yield mine.filter(begins("number_key", number)).values_list("id", flat=True)
    if len(text) > 1 and " " not in text:
        yield mine.filter(begins("email", email_key(text))).values_list("id", flat=True)
    links = OrderShipment.objects.filter(tenant_id=tenant_id, shipment__tenant_id=tenant_id).order_by()
    for number in dict.fromkeys([text, text.upper()]):
        if len(number) > 2:
            yield links.filter(begins("shipment__tracking_number", number)).values_list("order_id", flat=True)
    name = " ".join(text.lower().split())
    if len(name) > 1 and not any(letter.isdigit() or letter == "@" for letter in name):
        yield mine.filter(begins("name_key", name)).values_list("id", flat=True)
        first, _, last = name.rpartition(" ")
        if first:  # as people say it: the first name before the last one
            said = mine.filter(begins("name_key", last), name_key__contains=f" {first}")
            yield said.values_list("id", flat=True)


def _fitting(tenant_id: int, wanted: Wanted) -> QuerySet[Order]:
    exact = {
        "sales_channel": wanted.sales_channel, "ops_status": wanted.ops_status,
        "delivery_status": wanted.delivery_status, "placed_at__gte": wanted.placed_from,
        "placed_at__lt": wanted.placed_before,
    }  # fmt: skip
    rows = Order.objects.filter(tenant_id=tenant_id, **{name: value for name, value in exact.items() if value})
    if wanted.tag:
        rows = rows.filter(has_tag(wanted.tag))
    if wanted.tracking:
        parcels = Shipment.objects.filter(tenant_id=tenant_id, id=OuterRef("shipment_id"))
        links = OrderShipment.objects.filter(tenant_id=tenant_id, order_id=OuterRef("id"))
        rows = rows.filter(Exists(links.filter(Exists(parcels.filter(tracking_status__in=list(wanted.tracking))))))
    return rows.defer("body").annotate(
        first_name=KT("body__customer__first_name"), last_name=KT("body__customer__last_name"),
        assignee=KT("body__assignee"),
    )  # fmt: skip


def _moment(row: Order, sort: str) -> datetime:
    """What the place of a row is remembered by, besides its id."""
    match sort:
        case "added":
            return EPOCH
        case "changed":
            return row.updated_at
    return row.placed_at or EPOCH


def _sorted(rows: QuerySet[Order], sort: str, *, at: datetime | None, last: UUID | None, limit: int) -> Iterator[Order]:
    """The rows after the cursor; those that nobody knows the placing of come last, the newest first."""
    if sort == "added":
        yield from (rows if last is None else rows.filter(id__lt=last)).order_by("-id")[:limit]
        return
    if sort == "changed":
        if at is not None and last is not None:
            rows = rows.filter(Q(updated_at__lt=at) | Q(id__lt=last), updated_at__lte=at)
        yield from rows.order_by("-updated_at", "-id")[:limit]
        return
    left = limit
    if at is None or at != EPOCH:
        placed = rows.filter(placed_at__isnull=False)
        for row in _placed(placed, sort, at, last)[:limit]:
            left -= 1
            yield row
    if left:
        unplaced = rows.filter(placed_at__isnull=True)
        yield from (unplaced.filter(id__lt=last) if at == EPOCH and last is not None else unplaced).order_by("-id")[
            :left
        ]


def _placed(rows: QuerySet[Order], sort: str, at: datetime | None, last: UUID | None) -> QuerySet[Order]:
    if sort == "oldest":
        if at is not None and last is not None:
            rows = rows.filter(Q(placed_at__gt=at) | Q(id__gt=last), placed_at__gte=at)
        return rows.order_by("placed_at", "id")
    if at is not None and last is not None:
        rows = rows.filter(Q(placed_at__lt=at) | Q(id__lt=last), placed_at__lte=at)
    return rows.order_by("-placed_at", "-id")
