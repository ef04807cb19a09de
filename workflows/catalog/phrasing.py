"""How sentences say a field where its label alone would make bad English."""

from collections.abc import Mapping

#: A field as something that is so or so: "the number of delivery attempts is more than 2".
PHRASES: Mapping[str, str] = {
    "order.placed_at": "the placing of the order",
    "order.cancelled_at": "the cancellation",
    "order.notes": "the text of the notes",
    "customer.email": "the customer's e-mail address",
    "customer.first_name": "the customer's first name",
    "customer.last_name": "the customer's last name",
    "customer.phone": "the customer's phone number",
    "customer.locale": "the customer's language",
    "address.country": "the country it goes to",
    "address.region": "the region it goes to",
    "address.city": "the city it goes to",
    "address.postal_code": "the postal code it goes to",
    "parcel.status_since": "the last change of status",
    "parcel.label_created_at": "the creation of the label",
    "parcel.label_printed_at": "the printing of the label",
    "parcel.label_voided_at": "the voiding of the label",
    "parcel.packed_at": "the packing",
    "parcel.manifested_at": "the manifest",
    "parcel.handed_over_at": "the handover to the carrier",
    "parcel.signed_by": "the name of who signed",
    "parcel.attempts": "the number of delivery attempts",
    "parcel.parcels_in_order": "the number of parcels in the order",
    "event.from": "the value before",
    "event.to": "the value after",
    "event.source": "the source of the event",
    "history.exceptions": "the number of exceptions so far",
    "history.failed_attempts": "the number of failed attempts so far",
    "history.status_changes": "the number of status changes so far",
    "now.weekday": "today",
}

#: A moment at which something happened: with a time behind it, that it happened at all, that it did not.
HAPPENINGS: Mapping[str, tuple[str, str, str]] = {
    "order.placed_at": ("the order was placed", "the order was placed", "the order was never placed"),
    "order.cancelled_at": ("the order was cancelled", "the order was cancelled", "the order was not cancelled"),
    "parcel.status_since": (
        "the tracking status last changed", "the tracking status is known", "the tracking status is not known",
    ),
    "parcel.label_created_at": ("the label was created", "the label was created", "no label was created"),
    "parcel.label_printed_at": ("the label was printed", "the label was printed", "the label was not printed"),
    "parcel.label_voided_at": ("the label was voided", "the label was voided", "the label was not voided"),
    "parcel.packed_at": ("the parcel was packed", "the parcel was packed", "the parcel was not packed"),
    "parcel.manifested_at": (
        "the parcel was put on a manifest", "the parcel was put on a manifest", "the parcel is on no manifest",
    ),
    "parcel.handed_over_at": (
        "the carrier took the parcel", "the carrier took the parcel", "the carrier has not taken the parcel",
    ),
    "parcel.last_scan_at": (
        "the carrier last scanned the parcel", "the carrier scanned the parcel", "the carrier never scanned the parcel",
    ),
    "parcel.delivered_at": ("the parcel was delivered", "the parcel was delivered", "the parcel was not delivered"),
}  # fmt: skip

#: A yes-or-no field: that it is so, that it is not.
CLAIMS: Mapping[str, tuple[str, str]] = {
    "order.held": ("the order is on hold", "the order is not on hold"),
    "customer.consent.email": ("the customer agreed to e-mails", "the customer did not agree to e-mails"),
    "address.residential": ("it goes to a private address", "it does not go to a private address"),
    "parcel.action_required": ("somebody must act", "nobody must act"),
    "parcel.is_return": ("the parcel is a return", "the parcel is not a return"),
    "parcel.is_test": ("the parcel is only a test", "the parcel is not a test"),
    "history.was_exception": ("the parcel was an exception before", "the parcel never was an exception"),
    "history.was_delayed": ("the parcel was delayed before", "the parcel was never delayed"),
    "now.is_business_time": ("you are open", "you are closed"),
}

#: Whose: of items one, every one or none is asked about.
QUANTIFIED: Mapping[str, str] = {"any": "an item's", "all": "every item's", "none": "no item's"}
