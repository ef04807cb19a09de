"""What can wake a workflow: the 46 event types of DOMAIN.md section 5, custom events, the clock, a person's hand."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from workflows.catalog.fields import FIELDS, Choices
from workflows.engine.conditions import ABOUT

type Subject = Literal["order", "parcel", "customer", "shop"]
type Origin = Literal["reported", "derived", "time", "person"]

_CUSTOM = re.compile(r"custom\.[a-z][a-z0-9_]{0,39}").fullmatch


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerType:
    """One event type: what it is about, where it comes from, and how a sentence says it ("a label is created").

    `field` is what a trigger's `to` and `from` speak about, None where they have no meaning; `starts` says whether a
    workflow may be triggered by it.
    """

    type: str
    label: str
    phrase: str
    subject: Subject
    origin: Origin
    starts: bool = True

    @property
    def field(self) -> str | None:
        return ABOUT.get(self.type)

    @property
    def choices(self) -> Choices:
        """The values that `to` and `from` may name, (key, label); empty: any (the shop's statuses, tags, members)."""
        about = FIELDS.get(ABOUT.get(self.type, ""))
        return about.choices if about is not None else ()


def trigger_of(event_type: str) -> TriggerType | None:
    """The row of an event type; custom events, whatever their name, have one too."""
    known = TRIGGERS.get(event_type)
    if known is not None or not _CUSTOM(event_type):
        return known
    name = event_type.partition(".")[2].replace("_", " ")
    return TriggerType(
        type=event_type, label=name.capitalize(), phrase=f"{name} is reported", subject="order", origin="reported"
    )


def suggest(event_type: str) -> str | None:
    """The event type that was probably meant."""
    return next(iter(get_close_matches(event_type, TRIGGERS, n=1, cutoff=0.6)), None)


def _row(key: str, phrase: str, subject: Subject, origin: Origin = "derived", *, starts: bool = True) -> TriggerType:
    label = phrase.removeprefix("an ").removeprefix("a ").removeprefix("the ")
    return TriggerType(
        type=key, label=label[0].upper() + label[1:], phrase=phrase, subject=subject, origin=origin, starts=starts
    )


_ROWS = (
    _row("order.created", "an order is created", "order", "reported"),
    _row("order.paid", "an order is paid", "order", "reported"),
    _row("order.updated", "an order is updated", "order", "reported"),
    _row("order.address_changed", "an order's address changes", "order"),
    _row("order.held", "an order is put on hold", "order", "reported"),
    _row("order.released", "an order is released", "order", "reported"),
    _row("order.cancelled", "an order is cancelled", "order", "reported"),
    _row("order.refunded", "an order is refunded", "order", "reported"),
    _row("order.fulfillment_changed", "the fulfillment status changes", "order"),
    _row("order.delivery_status_changed", "the delivery status changes", "order"),
    _row("order.ops_status_changed", "the order status changes", "order"),
    _row("order.tag_added", "a tag is added", "order"),
    _row("order.tag_removed", "a tag is removed", "order"),
    _row("order.note_added", "a note is added", "order"),
    _row("order.promise_changed", "the promised date changes", "order"),
    _row("order.assigned", "an order is assigned", "order"),
    _row("label.created", "a label is created", "parcel", "reported"),
    _row("label.printed", "a label is printed", "parcel", "reported"),
    _row("label.voided", "a label is voided", "parcel", "reported"),
    _row("shipment.created", "a parcel is created", "parcel"),
    _row("shipment.packed", "a parcel is packed", "parcel", "reported"),
    _row("shipment.manifested", "a parcel is manifested", "parcel", "reported"),
    _row("shipment.handed_off", "a parcel is handed off", "parcel", "reported"),
    _row("shipment.split", "an order is split into parcels", "parcel"),
    _row("tracking.status_changed", "the tracking status changes", "parcel"),
    _row("tracking.scan_received", "a scan is received", "parcel"),
    _row("tracking.first_scan", "a parcel is scanned for the first time", "parcel"),
    _row("tracking.exception_raised", "a parcel becomes an exception", "parcel"),
    _row("tracking.exception_cleared", "a parcel's exception is cleared", "parcel"),
    _row("tracking.delivered", "a parcel is delivered", "parcel"),
    _row("tracking.eta_changed", "the estimated delivery changes", "parcel"),
    _row("tracking.number_changed", "the tracking number changes", "parcel"),
    _row("tracking.registration_failed", "tracking can't be registered", "parcel"),
    _row("tracking.reversed", "a delivery is reversed", "parcel"),
    _row("return.requested", "a return is requested", "order", "reported"),
    _row("return.label_created", "a return label is created", "order", "reported"),
    _row("return.received", "a return is received", "order", "reported"),
    _row("customer.message_received", "a customer's message is received", "customer", "reported"),
    _row("customer.replied", "a customer replies", "customer"),
    _row("customer.opted_out", "a customer opts out", "customer", "reported"),
    _row("exception.opened", "an exception is opened", "order"),
    _row("exception.escalated", "an exception is escalated", "order"),
    _row("exception.resolved", "an exception is resolved", "order"),
    _row("exception.reopened", "an exception is reopened", "order"),
    _row("feed.silent", "a feed falls silent", "shop"),
    _row("workflow.failed", "a workflow fails", "shop"),
)
_MORE = (
    # Not one of the 46, for the transitions in it are; but it is reported, and a trigger may name what is reported.
    _row("tracking.updated", "a carrier reports anything", "parcel", "reported"),
    _row("schedule", "the clock says so", "order", "time"),
    _row("manual", "somebody starts it by hand", "order", "person"),
)

EVENT_TYPES: tuple[str, ...] = tuple(row.type for row in _ROWS)
TRIGGERS: Mapping[str, TriggerType] = {row.type: row for row in (*_ROWS, *_MORE)}
