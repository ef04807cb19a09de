"""Facts: what is true of a parcel and of an order, as frozen values that fold, engine and replay share.

Times are aware datetimes in UTC, money is integer minor units, an absent value is None (unknown), never "".
They are msgspec's structs because they are copied and written at every event: that costs a quarter of dataclasses.
"""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field


class Scan(Struct, frozen=True, kw_only=True):
    """One carrier body's word on a parcel: its canonical `status` at carrier time `at`, and the carrier's own words.

    `said_at` is the time of the event that brought it (it decides between bodies of one carrier time), if another
    than `at`; `is_unmapped` says that the carrier's word is one we don't know; `by` is the person whose correction it is.
    """

    at: datetime
    status: str
    raw_status: str | None = None
    raw_detail: str | None = None
    raw_text: str | None = None
    exception_reason: str | None = None
    action_required: bool | None = None
    substatus: str | None = None
    said_at: datetime | None = None
    is_unmapped: bool = False
    by: str | None = None


class ParcelFacts(Struct, frozen=True, kw_only=True):
    """A parcel, identified by (carrier, tracking_number). `tracking_status` is one of DOMAIN.md section 2's 13 values.

    `handed_off_at` is when the shop says it gave the parcel away, `handed_over_at` the carrier's first physical scan.
    `setters` names the person whose correction the status is, as those of an order do.
    `history` is what carriers said it was when, from bodies and their rows. `items` is what is in it, if that was said.
    """

    carrier: str
    tracking_number: str
    tracking_status: str = "unknown"
    status_since: datetime | None = None
    substatus: str | None = None
    raw_status: str | None = None
    raw_detail: str | None = None
    raw_text: str | None = None
    exception_reason: str | None = None
    action_required: bool | None = None
    label_created_at: datetime | None = None
    label_printed_at: datetime | None = None
    label_voided_at: datetime | None = None
    packed_at: datetime | None = None
    manifested_at: datetime | None = None
    handed_off_at: datetime | None = None
    handed_over_at: datetime | None = None
    last_scan_at: datetime | None = None
    delivered_at: datetime | None = None
    eta: datetime | None = None
    eta_original: datetime | None = None
    signed_by: str | None = None
    service: str | None = None
    weight_g: int | None = None
    cost: int | None = None
    warehouse: str | None = None
    location: Mapping[str, str] = field(default_factory=dict)
    is_return: bool | None = None
    is_test: bool | None = None
    attempts: int = 0
    unmapped: int = 0
    scans: tuple[Scan, ...] = ()
    history: tuple[tuple[datetime, str], ...] = ()
    items: tuple[Mapping[str, object], ...] | None = None
    setters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    stamps: Mapping[str, datetime] = field(default_factory=dict)


class OrderFacts(Struct, frozen=True, kw_only=True):
    """An order, identified by (sales_channel, number). Axes of status as in DOMAIN.md section 4.

    `customer`: email, first_name, last_name, phone, locale, consent {email}; `address`: country, region, city,
    postal_code, residential; `items`: sku, name, quantity, price (minor units), weight_g. `setters` says who set a
    field last: {field: {"kind": person|workflow|sync, "name", "at"}}. `stamps` remembers when each field was said.
    `tags` and `notes` are what people see: the shop's own (`shop_…`) with what people and workflows made of them.
    """

    sales_channel: str
    number: str
    placed_at: datetime | None = None
    promised_by: datetime | None = None
    ship_by: datetime | None = None
    currency: str | None = None
    total: int | None = None
    payment_status: str | None = None
    fulfillment_status: str = "unfulfilled"
    delivery_status: str = "not_shipped"
    ops_status: str = "new"
    ops_status_since: datetime | None = None
    tags: tuple[str, ...] = ()
    notes: str | None = None
    assignee: str | None = None
    customer: Mapping[str, object] = field(default_factory=dict)
    address: Mapping[str, object] = field(default_factory=dict)
    items: tuple[Mapping[str, object], ...] = ()
    custom: Mapping[str, object] = field(default_factory=dict)
    shop_tags: tuple[str, ...] = ()
    added_tags: tuple[str, ...] = ()
    removed_tags: tuple[str, ...] = ()
    shop_notes: str | None = None
    own_notes: str | None = None
    shop_notes_hidden: bool = False
    shop_fulfillment: str | None = None
    held: bool = False
    cancelled_at: datetime | None = None
    setters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    stamps: Mapping[str, datetime] = field(default_factory=dict)


class Change(Struct, frozen=True, kw_only=True):
    """A transition the fold saw: the derived event `type` it amounts to, and the field's value before and after."""

    type: str
    field: str
    from_: object
    to: object
