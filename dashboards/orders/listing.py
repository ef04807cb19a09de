"""The list of orders: what its address asks for, and each row with its parcels and open cards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count

from dashboards.boards.models import Case
from dashboards.orders.labels import GROUPS, Badge, delivery_badge, ops_badge, tracking_badge
from postsale.orders.models import OrderShipment
from postsale.orders.queries import SORTS, Wanted, find
from postsale.tenants.shop import Shop
from workflows.catalog.fields import DELIVERY_STATUSES, TRACKING_STATUSES
from workflows.catalog.names import carrier_name, channel_name

PAGE = 50
#: Parcels that a row shows; of the others it says how many there are.
MOST_PARCELS = 3
LONGEST = 120
SORT_LABELS = {
    "placed": "Newest placed first",
    "oldest": "Oldest placed first",
    "changed": "Last changed first",
    "added": "Last added first",
}
_GROUPS = {group.key: group for group in GROUPS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the list's address says, as it is shown in the form; unknown values are dropped."""

    q: str = ""
    channel: str = ""
    status: str = ""
    delivery: str = ""
    tracking: str = ""
    tag: str = ""
    since: str = ""
    until: str = ""
    group: str = ""
    sort: str = "placed"

    @property
    def is_narrowed(self) -> bool:
        """Whether any order may be left out."""
        return replace(self, sort="placed") != Asked()

    @property
    def has_rare(self) -> bool:
        """Whether one of the filters that are folded away is set."""
        return bool(self.delivery or self.tracking or self.tag or self.since or self.until)

    def address(self, **other: str) -> str:
        """The query string of this list, with some of it otherwise."""
        said = {name: getattr(self, name) for name in self.__slots__} | other
        kept = {name: value for name, value in said.items() if value and (name, value) != ("sort", "placed")}
        return f"?{urlencode(kept)}"

    def wanted(self, shop: Shop) -> Wanted:
        """The same as the database is asked; days are the shop's."""
        statuses: Sequence[str] = (self.tracking,) if self.tracking else ()
        if self.group and not statuses:
            statuses = _GROUPS[self.group].statuses
        until = _day(self.until)
        return Wanted(
            text=self.q, sales_channel=self.channel, ops_status=self.status, delivery_status=self.delivery,
            tag=self.tag, tracking=statuses, sort=self.sort, placed_from=_midnight(_day(self.since), shop),
            placed_before=_midnight(until + timedelta(days=1), shop) if until else None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelLine:
    """A parcel in a row of the list."""

    carrier: str
    tracking_number: str
    badge: Badge


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """A row of the list."""

    id: UUID
    number: str
    customer: str
    email: str
    channel: str
    placed_at: datetime | None
    changed_at: datetime
    parcels: Sequence[ParcelLine]
    more_parcels: int
    delivery: Badge
    ops: Badge
    tags: Sequence[str]
    assignee: str
    cards: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A page of the list; `more` is the next page's cursor, `is_cut` says that the text led to too many orders."""

    rows: Sequence[OrderLine]
    more: str
    is_cut: bool


def read(said: Mapping[str, str], shop: Shop) -> Asked:
    """What the address asks for; whatever can't be is left out rather than refused."""
    text = {name: said.get(name, "").replace("\0", "").strip()[:LONGEST] for name in Asked.__slots__}
    known = {
        "status": shop.ops_statuses, "delivery": dict(DELIVERY_STATUSES), "tracking": dict(TRACKING_STATUSES),
        "group": _GROUPS, "sort": SORTS,
    }  # fmt: skip
    for name, values in known.items():
        if text[name] not in values:
            text[name] = ""
    for name in ("since", "until"):
        text[name] = text[name] if _day(text[name]) else ""
    return Asked(**{**text, "sort": text["sort"] or "placed"})


def listed(shop: Shop, asked: Asked, *, cursor: str = "", limit: int = PAGE) -> Listed:
    """A page of the list. At most five queries. Raises BadCursorError."""
    found = find(shop.id, asked.wanted(shop), cursor=cursor, limit=limit)
    ids = [row.id for row in found.rows]
    parcels = _parcels(shop.id, ids)
    opened = Case.objects.filter(tenant_id=shop.id, order_id__in=ids, state="open").order_by()
    cards = dict(opened.values_list("order_id").annotate(n=Count("id"))) if ids else {}
    rows = [
        OrderLine(
            id=row.id, number=row.number, customer=" ".join(part for part in (row.first_name, row.last_name) if part),
            email=row.email or "", channel=channel_name(row.sales_channel), placed_at=row.placed_at,
            changed_at=row.updated_at,
            parcels=parcels.get(row.id, [])[:MOST_PARCELS],
            more_parcels=max(0, len(parcels.get(row.id, [])) - MOST_PARCELS),
            delivery=delivery_badge(row.delivery_status), ops=ops_badge(row.ops_status, shop), tags=row.tags,
            assignee=row.assignee or "", cards=cards.get(row.id, 0),
        )
        for row in found.rows
    ]  # fmt: skip
    return Listed(rows=rows, more=found.more, is_cut=found.is_cut)


def _parcels(tenant_id: int, ids: Sequence[UUID]) -> dict[UUID, list[ParcelLine]]:
    """The parcels of each order, as they came. One query."""
    if not ids:
        return {}
    links = OrderShipment.objects.filter(tenant_id=tenant_id, order_id__in=ids, shipment__tenant_id=tenant_id)
    columns = ("order_id", "shipment__carrier", "shipment__tracking_number", "shipment__tracking_status")
    found: dict[UUID, list[ParcelLine]] = {}
    for order_id, carrier, number, status in links.order_by("linked_at", "shipment_id").values_list(*columns):
        line = ParcelLine(carrier=carrier_name(carrier), tracking_number=number, badge=tracking_badge(status))
        found.setdefault(order_id, []).append(line)
    return found


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None


def _midnight(day: date | None, shop: Shop) -> datetime | None:
    return datetime.combine(day, time.min, tzinfo=shop.zone) if day else None
