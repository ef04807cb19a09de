"""What a shop can be offered in forms: the values that its newest orders and parcels have, kept for a few minutes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.cache import cache
from django.db import connection

from postsale.integrations.models import Connection
from postsale.tenants.shop import Shop
from workflows.builder.inspector.controls import Choices
from workflows.builder.inspector.members import Room
from workflows.builder.inspector.starts import STARTS, USUAL
from workflows.builder.inspector.values import Offers
from workflows.catalog.fields import CUSTOM, FIELDS, TRACKING_STATUSES, Field
from workflows.catalog.shelf import ShopNames
from workflows.catalog.triggers import EVENT_TYPES, TRIGGERS, TriggerType, trigger_of
from workflows.catalog.variables import EXTRA

#: Newest orders and parcels that are looked at, values kept of each field, seconds they are kept.
NEWEST = 2_000
MOST = 60
KEPT_FOR = 180

_SEEN = """
with orders as materialized (
  select sales_channel, tags, body from postsale_order where tenant_id = %(tenant)s order by id desc limit %(newest)s),
parcels as materialized (
  select carrier, body from postsale_shipment where tenant_id = %(tenant)s order by id desc limit %(newest)s),
said as (
  select 'order.sales_channel' as path, sales_channel as value from orders
  union all select 'order.tags', tag from orders, unnest(tags) as tag
  union all select 'order.currency', body->>'currency' from orders
  union all select 'address.country', body->'address'->>'country' from orders
  union all select 'address.region', body->'address'->>'region' from orders
  union all select 'customer.locale', body->'customer'->>'locale' from orders
  union all select 'items.sku', item->>'sku' from orders, jsonb_array_elements(
    case jsonb_typeof(body->'items') when 'array' then body->'items' else '[]' end) as item
  union all select 'custom', name from orders, jsonb_object_keys(
    case jsonb_typeof(body->'custom') when 'object' then body->'custom' else '{}' end) as name
  union all select 'parcel.carrier', carrier from parcels
  union all select 'parcel.service', body->>'service' from parcels
  union all select 'parcel.warehouse', body->>'warehouse' from parcels
  union all select 'parcel.raw_status', body->>'raw_status' from parcels
  union all select 'parcel.substatus', body->>'substatus' from parcels
  union all select 'parcel.location.country', body->'location'->>'country' from parcels
  union all select 'parcel.location.region', body->'location'->>'region' from parcels)
select path, value from (
  select path, value, row_number() over (partition by path order by count(*) desc, value) as place
  from said where value <> '' group by path, value) ranked
where place <= %(most)s order by path, place"""


def room_of(shop: Shop, names: ShopNames) -> Room:
    """All that the forms of a shop may offer. At most two queries, none of them while they are remembered."""
    seen = seen_in(shop.id)
    offers = Offers(
        choices_of=lambda path: choices_of(path, names), seen_in=lambda path: seen.get(path, ()), zone=shop.zone
    )
    secrets = tuple(
        Connection.objects.filter(tenant_id=shop.id).order_by("name").values_list("name", flat=True).distinct()
    )
    return Room(names=names, offers=offers, secrets=secrets, custom_fields=seen.get("custom", ()), seen=seen)


def choices_of(path: str, names: ShopNames) -> Choices:
    """The fixed choices of a field, (key, label); empty where any text will do."""
    if path == "order.ops_status":
        return tuple(names.ops_statuses.items())
    field = FIELDS.get(path)
    return field.choices if field is not None else ()


def seen_in(tenant_id: int) -> Mapping[str, tuple[str, ...]]:
    """Field → the values that the tenant's newest orders and parcels have, the most frequent first."""
    key = f"inspector-seen-{tenant_id}"
    kept = cache.get(key)
    if kept is None:
        kept = json.dumps(_asked(tenant_id))
        cache.set(key, kept, KEPT_FOR)
    return {path: tuple(values) for path, values in json.loads(kept).items()}


def _asked(tenant_id: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {
        "event.type": list(EVENT_TYPES),
        "event.to": [key for key, _ in TRACKING_STATUSES],
        "event.from": [key for key, _ in TRACKING_STATUSES],
    }
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, {"tenant": tenant_id, "newest": NEWEST, "most": MOST})
        for path, value in cursor.fetchall():
            found.setdefault(path, []).append(value)
    return found


# Long lists to pick from.


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """One thing to pick: its key, its label, a line that explains it."""

    key: str
    label: str
    help: str = ""


type Group = tuple[str, list[Pick]]

_FIELD_GROUPS = (
    ("parcel", "Parcel and tracking"), ("order", "Order"), ("customer", "Customer"), ("items", "Items"),
    ("address", "Address"), ("event", "What happened"), ("history", "History"), ("now", "Day and time"),
)  # fmt: skip
_TRIGGER_GROUPS = (
    ("tracking", "Tracking"), ("label", "Labels"), ("order", "Orders"), ("shipment", "Parcels"), ("return", "Returns"),
    ("customer", "Customers"), ("exception", "Exceptions"),
)  # fmt: skip
#: What most workflows ask about, first in their group.
_FIRST = ("parcel.tracking_status", "parcel.carrier", "parcel.label_created_at", "order.sales_channel", "order.total")


def fields_to_pick(room: Room) -> list[Group]:
    """Every field by group, and the shop's own ones."""
    own = [
        Pick(key=f"{CUSTOM}{name}", label=name.replace("_", " ").capitalize(), help="Your own field.")
        for name in room.custom_fields
    ]
    groups = [(label, [_field(field) for field in _in(head)]) for head, label in _FIELD_GROUPS]
    return [*groups, ("Your own fields", own)] if own else groups


def trigger_label(event_type: str) -> str:
    """What a way to start is called in forms; a type that nobody knows is called what it is."""
    own = {pick.key: pick.label for _, picks in triggers_to_pick() for pick in picks}
    row = trigger_of(event_type)
    return own.get(event_type) or (row.label if row is not None else event_type)


def triggers_to_pick() -> list[Group]:
    """Every way to start, by group; the usual ones stand first, and in their groups, too."""
    return [("Most used", [_event(TRIGGERS[key]) for key in USUAL]), *_events(), ("Other", [
        Pick(key="schedule", label="At set times", help="Looks at every order on the days and at the time you say."),
        Pick(key="manual", label="Started by hand", help="Somebody starts it from an order's page."),
        Pick(key="custom.event", label="An event of your own", help="Sent by your own system as custom.…"),
    ])]  # fmt: skip


def events_to_pick() -> list[Group]:
    """Every event that can be waited for, by group."""
    return [*_events(), ("Other", [Pick(key="custom.event", label="An event of your own", help="custom.…")])]


def variables_to_pick(room: Room) -> list[Group]:
    """Every variable of texts, by group."""
    shop = [Pick(key=path, label=words.rstrip("."), help=path) for path, words in EXTRA.items()]
    own = [
        Pick(key=f"{CUSTOM}{name}", label=name.replace("_", " ").capitalize(), help=f"{CUSTOM}{name}")
        for name in room.custom_fields
    ]
    groups = [
        (label, [Pick(key=field.path, label=field.label, help=field.path) for field in _in(head)])
        for head, label in _FIELD_GROUPS
        if head != "now"
    ]
    return [("Your shop", shop), *groups, *([("Your own fields", own)] if own else [])]


def _events() -> list[Group]:
    rows = [row for row in TRIGGERS.values() if row.starts and row.origin in ("reported", "derived")]
    return [
        (label, [_event(row) for row in rows if row.type.startswith(f"{head}.")]) for head, label in _TRIGGER_GROUPS
    ]


def _event(row: TriggerType) -> Pick:
    return Pick(key=row.type, label=row.label, help=STARTS.get(row.type, ""))


def _in(head: str) -> list[Field]:
    rows = [field for field in FIELDS.values() if field.reads == head]
    return sorted(rows, key=lambda field: _FIRST.index(field.path) if field.path in _FIRST else len(_FIRST))


def _field(field: Field) -> Pick:
    return Pick(key=field.path, label=field.label, help=field.help)
