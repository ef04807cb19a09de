"""The fields that a workflow may ask about (contract/semantics.md "Conditions", DOMAIN.md section 6), one row each.

A path is what documents write, e.g. "parcel.tracking_status". How a field is read is in catalog/reading.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from workflows.catalog.phrasing import PHRASES
from workflows.catalog.reading import FAULT

type Kind = Literal[
    "text", "choice", "number", "money", "datetime", "age", "bool", "set", "any", "time"
]  # fmt: skip
type Reads = Literal["order", "parcel", "customer", "items", "address", "event", "now", "history"]
type Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: its path, its kind of value, and the words that forms, sentences and explanations use for it.

    `choices` are (key, label), empty where any text will do; `settled` fields never change once they are known;
    `phrase` is how a sentence says it ("the tracking status").
    """

    path: str
    kind: Kind
    label: str
    help: str
    reads: Reads
    choices: Choices = ()
    unit: str = ""
    settled: bool = False

    @property
    def phrase(self) -> str:
        """How a sentence says it: "the tracking status"."""
        return PHRASES.get(self.path) or f"the {self.label[0].lower()}{self.label[1:]}"


def kind_of(path: str) -> str:
    """The kind of the values at `path`: "items:money" for one amount an item, "any" for what nobody knows."""
    field = FIELDS.get(path) or field_at(path)
    if field is None:
        return "any"
    return f"items:{field.kind}" if field.reads == "items" else field.kind


def is_settled(path: str) -> bool:
    """Can the value at `path` never change once it is known (contract/semantics.md "Deciding")?"""
    field = field_at(path)
    return field is not None and field.settled


def known(path: str) -> bool:
    """Is there such a field? Any `order.custom.<name>` is one."""
    return path.startswith(CUSTOM) or field_at(path) is not None


def field_at(path: str) -> Field | None:
    """The field at `path`, for items whatever the quantifier (`items.any.sku` is `items.sku`)."""
    field = FIELDS.get(path)
    if field is None and path.startswith("items."):
        quantifier, _, rest = path.removeprefix("items.").partition(".")
        return FIELDS.get(f"items.{rest}") if quantifier in QUANTIFIERS else None
    return field


def suggest(path: str) -> str | None:
    """The field that was probably meant by the unknown `path`."""
    close = get_close_matches(path, FIELDS, n=1, cutoff=0.6)
    if close:
        return close[0]
    name = path.rpartition(".")[2]
    return next((each for each in FIELDS if each.rpartition(".")[2] == name), None)


# Moments whose label is a participle, as nouns.
CUSTOM = "order.custom."
QUANTIFIERS = ("any", "all", "none")

#: DOMAIN.md section 2, with the labels that people read.
TRACKING_STATUSES: Choices = (
    ("unknown", "Unknown"),
    ("awaiting_carrier", "Carrier awaiting package"),
    ("accepted", "Accepted"),
    ("in_transit", "In transit"),
    ("out_for_delivery", "Out for delivery"),
    ("available_for_pickup", "Available for pickup"),
    ("failed_attempt", "Failed attempt"),
    ("delayed", "Delayed"),
    ("exception", "Exception"),
    ("return_to_sender", "Return to sender"),
    ("delivered", "Delivered"),
    ("cancelled", "Cancelled"),
    ("expired", "Expired"),
)
#: DOMAIN.md section 4 and contract/semantics.md (`partially_paid`).
PAYMENT_STATUSES: Choices = (
    ("unpaid", "Unpaid"),
    ("authorized", "Authorized"),
    ("partially_paid", "Partially paid"),
    ("paid", "Paid"),
    ("partially_refunded", "Partially refunded"),
    ("refunded", "Refunded"),
    ("disputed", "Disputed"),
    ("failed", "Failed"),
)
FULFILLMENT_STATUSES: Choices = (
    ("unfulfilled", "Unfulfilled"),
    ("on_hold", "On hold"),
    ("partially_fulfilled", "Partially fulfilled"),
    ("fulfilled", "Fulfilled"),
    ("cancelled", "Cancelled"),
)
DELIVERY_STATUSES: Choices = (
    ("not_shipped", "Not shipped"),
    ("awaiting_carrier", "Carrier awaiting package"),
    ("in_progress", "In progress"),
    ("partially_delivered", "Partially delivered"),
    ("delivered", "Delivered"),
    ("exception", "Exception"),
    ("returning", "Returning"),
    ("returned", "Returned"),
    ("mixed", "Mixed"),
)
WEEKDAYS: Choices = (
    ("mon", "Monday"),
    ("tue", "Tuesday"),
    ("wed", "Wednesday"),
    ("thu", "Thursday"),
    ("fri", "Friday"),
    ("sat", "Saturday"),
    ("sun", "Sunday"),
)


def _labelled(key: str) -> tuple[str, str]:
    return key, key.replace("_", " ").capitalize()


EXCEPTION_REASONS: Choices = tuple(_labelled(reason) for reasons in FAULT.values() for reason in reasons)
FAULT_PARTIES: Choices = tuple(_labelled(party) for party in FAULT)


def _field(
    path: str,
    kind: Kind,
    label: str,
    help_: str,
    *,
    choices: Choices = (),
    unit: str = "",
    settled: bool = False,
) -> Field:
    head = path.partition(".")[0]
    reads: Mapping[str, Reads] = {
        "order": "order",
        "customer": "customer",
        "address": "address",
        "items": "items",
        "event": "event",
        "now": "now",
        "history": "history",
    }
    return Field(
        path=path,
        kind=kind,
        label=label,
        help=help_,
        reads=reads.get(head, "parcel"),
        choices=choices,
        unit=unit,
        settled=settled,
    )


_ORDER = (
    _field("order.number", "text", "Order number", "As the sales channel shows it.", settled=True),
    _field("order.sales_channel", "choice", "Sales channel", "The store or marketplace it came from.", settled=True),
    _field("order.placed_at", "datetime", "Order placed", "When the customer ordered.", settled=True),
    _field("order.age", "age", "Order age", "How long ago the customer ordered."),
    _field("order.promised_by", "datetime", "Promised delivery", "When the customer was told it would arrive."),
    _field("order.ship_by", "datetime", "Ship-by date", "When it must have left."),
    _field("order.currency", "choice", "Currency", "Three letters, e.g. EUR.", settled=True),
    _field("order.total", "money", "Order total", "All that the customer pays.", unit="order currency"),
    _field("order.payment_status", "choice", "Payment status", "How it is paid.", choices=PAYMENT_STATUSES),
    _field(
        "order.fulfillment_status",
        "choice",
        "Fulfillment status",
        "How much of it has left.",
        choices=FULFILLMENT_STATUSES,
    ),
    _field(
        "order.delivery_status",
        "choice",
        "Delivery status",
        "How far its parcels are, all together.",
        choices=DELIVERY_STATUSES,
    ),
    _field("order.ops_status", "choice", "Order status", "Your own status; people and workflows set it."),
    _field("order.tags", "set", "Tags", "The order's tags."),
    _field("order.notes", "text", "Notes", "Notes on the order."),
    _field("order.assignee", "text", "Assignee", "The e-mail address of whoever looks after it."),
    _field("order.held", "bool", "On hold", "Whether it is held."),
    _field("order.cancelled_at", "datetime", "Cancelled", "When it was cancelled."),
    _field("order.item_count", "number", "Number of items", "All pieces ordered.", unit="items"),
    _field("order.line_count", "number", "Number of lines", "Different things ordered.", unit="lines"),
)
_CUSTOMER = (
    _field("customer.email", "text", "Customer e-mail", "The customer's address.", settled=True),
    _field("customer.first_name", "text", "First name", "The customer's first name."),
    _field("customer.last_name", "text", "Last name", "The customer's last name."),
    _field("customer.phone", "text", "Phone", "The customer's telephone number."),
    _field("customer.locale", "choice", "Customer language", "E.g. en or de-AT."),
    _field("customer.consent.email", "bool", "E-mail consent", "Whether the customer agreed to e-mails."),
)
_ADDRESS = (
    _field("address.country", "choice", "Country", "Two letters, e.g. US."),
    _field("address.region", "choice", "Region", "State or province."),
    _field("address.city", "text", "City", "Where it goes."),
    _field("address.postal_code", "text", "Postal code", "Where it goes."),
    _field("address.residential", "bool", "Residential", "Whether it is a private address."),
)
_ITEMS = (
    _field("items.sku", "text", "Item SKU", "Of any item; use items.all or items.none for others."),
    _field("items.name", "text", "Item name", "Of any item."),
    _field("items.quantity", "number", "Item quantity", "Of any item.", unit="pieces"),
    _field("items.price", "money", "Item price", "Of any item, for one piece.", unit="order currency"),
    _field("items.weight_g", "number", "Item weight", "Of any item.", unit="g"),
)
_PARCEL = (
    _field("parcel.carrier", "choice", "Carrier", "Who carries it, e.g. ups.", settled=True),
    _field("parcel.tracking_number", "text", "Tracking number", "As the carrier gave it.", settled=True),
    _field(
        "parcel.tracking_status",
        "choice",
        "Tracking status",
        "Where it stands, whatever the carrier calls it.",
        choices=TRACKING_STATUSES,
    ),
    _field("parcel.status_since", "datetime", "Status since", "Since when it has its tracking status."),
    _field("parcel.status_age", "age", "Status age", "How long it has had its tracking status."),
    _field("parcel.substatus", "text", "Substatus", "A finer word for the tracking status."),
    _field("parcel.raw_status", "text", "Carrier's status", "The carrier's own word."),
    _field("parcel.raw_detail", "text", "Carrier's detail", "The carrier's own code for details."),
    _field("parcel.raw_text", "text", "Carrier's text", "The carrier's own sentence."),
    _field("parcel.exception_reason", "choice", "Exception reason", "Why it is stuck.", choices=EXCEPTION_REASONS),
    _field("parcel.fault_party", "choice", "Fault party", "Whose fault the reason is.", choices=FAULT_PARTIES),
    _field("parcel.action_required", "bool", "Action required", "Whether somebody must act."),
    _field("parcel.label_created_at", "datetime", "Label created", "When its label was made.", settled=True),
    _field("parcel.label_age", "age", "Label age", "How long ago its label was made."),
    _field("parcel.label_printed_at", "datetime", "Label printed", "When its label was printed."),
    _field("parcel.label_voided_at", "datetime", "Label voided", "When its label was voided."),
    _field("parcel.packed_at", "datetime", "Packed", "When it was packed."),
    _field("parcel.manifested_at", "datetime", "Manifested", "When it was put on a manifest."),
    _field("parcel.handed_over_at", "datetime", "Handed over", "When the carrier took it: the first physical scan."),
    _field("parcel.last_scan_at", "datetime", "Last scan", "When the carrier last saw it."),
    _field("parcel.time_since_last_scan", "age", "Time since last scan", "How long the carrier has been silent."),
    _field("parcel.delivered_at", "datetime", "Delivery", "When it was delivered."),
    _field("parcel.eta", "datetime", "Estimated delivery", "When the carrier thinks it will arrive."),
    _field("parcel.eta_original", "datetime", "First estimated delivery", "What the carrier thought at first."),
    _field("parcel.signed_by", "text", "Signed by", "Who signed for it."),
    _field("parcel.service", "choice", "Service", "The carrier's service."),
    _field("parcel.weight_g", "number", "Parcel weight", "Its weight.", unit="g"),
    _field("parcel.cost", "money", "Label cost", "What its label cost.", unit="order currency"),
    _field("parcel.warehouse", "choice", "Warehouse", "Where it leaves from."),
    _field("parcel.location.city", "text", "Parcel's city", "Where the carrier last saw it."),
    _field("parcel.location.region", "choice", "Parcel's region", "Where the carrier last saw it."),
    _field("parcel.location.country", "choice", "Parcel's country", "Where the carrier last saw it."),
    _field("parcel.is_return", "bool", "Is a return", "Whether it comes back to you."),
    _field("parcel.is_test", "bool", "Is a test", "Whether it is only a test."),
    _field("parcel.attempts", "number", "Delivery attempts", "How often the carrier tried in vain."),
    _field("parcel.parcels_in_order", "number", "Parcels in the order", "How many parcels the order has."),
)
_EVENT = (
    _field("event.type", "choice", "Event type", "What happened.", settled=True),
    _field("event.from", "choice", "Event from", "The value before.", settled=True),
    _field("event.to", "choice", "Event to", "The value after.", settled=True),
    _field("event.source", "choice", "Event source", "Who said so.", settled=True),
)
_HISTORY = (
    _field("history.exceptions", "number", "Exceptions so far", "How often it became an exception."),
    _field("history.failed_attempts", "number", "Failed attempts so far", "How often delivery failed."),
    _field("history.status_changes", "number", "Status changes so far", "How often the tracking status changed."),
    _field("history.was_exception", "bool", "Was an exception", "Whether it ever was an exception."),
    _field("history.was_delayed", "bool", "Was delayed", "Whether it ever was delayed."),
)
_NOW = (
    _field("now.weekday", "choice", "Weekday", "Today, in your time zone.", choices=WEEKDAYS),
    _field("now.time_of_day", "time", "Time of day", "HH:MM, in your time zone."),
    _field("now.is_business_time", "bool", "Business time", "Whether you are open."),
)

FIELDS: Mapping[str, Field] = {
    field.path: field for field in (*_ORDER, *_CUSTOMER, *_ADDRESS, *_ITEMS, *_PARCEL, *_EVENT, *_HISTORY, *_NOW)
}
