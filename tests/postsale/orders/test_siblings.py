"""A fulfilment with several tracking numbers: the carrier's word on the fulfilment reaches each of its parcels."""

from datetime import UTC, datetime, timedelta
from typing import Any

from postsale.events.kinds import Reported
from postsale.orders.book import Book
from postsale.tenants.ids import new_id

T = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)


def tell(book: Book, kind: str, data: dict[str, Any], hour: int) -> Any:
    """Apply one event of the shop's connection."""
    at = T + timedelta(hours=hour)
    event = Reported(type=kind, external_id=f"e{hour}", occurred_at=at, data=data)
    return book.apply(event, source="shop", received_at=at)


def label(number: str, ref: str) -> dict[str, Any]:
    """A label of order #1."""
    return {
        "order": {"number": "#1", "sales_channel": "us"}, "parcel": {"carrier": "ups", "tracking_number": number},
        "refs": {"parcel": {"fulfillment": ref}},
    }  # fmt: skip


def test_a_word_on_the_fulfilment_reaches_every_parcel_of_it() -> None:
    book = Book(new_id)
    tell(book, "label.created", label("1Z1", "7"), 0)
    tell(book, "label.created", label("1Z2", "7/2"), 1)
    tell(book, "label.created", label("1Z3", "8"), 2)
    said = {"parcel": {"status": "delivered"}, "refs": {"parcel": {"fulfillment": "7"}}}

    turn = tell(book, "tracking.updated", said, 3)

    statuses = {each.facts.tracking_number: each.facts.tracking_status for each in book.parcels.values()}
    assert statuses == {"1Z1": "delivered", "1Z2": "delivered", "1Z3": "awaiting_carrier"}
    assert [each.facts.tracking_number for each in (turn.parcel, *turn.more)] == ["1Z1", "1Z2"]
    delivered = [
        parcel.facts.tracking_number for change, _, parcel in turn.changes if change.type == "tracking.delivered"
    ]
    assert delivered == ["1Z1", "1Z2"]


def test_a_word_on_one_of_them_by_its_number_stays_with_it() -> None:
    book = Book(new_id)
    tell(book, "label.created", label("1Z1", "7"), 0)
    tell(book, "label.created", label("1Z2", "7/2"), 1)
    said = {
        "parcel": {"carrier": "ups", "tracking_number": "1Z1", "status": "delivered"},
        "refs": {"parcel": {"fulfillment": "7"}},
    }

    turn = tell(book, "tracking.updated", said, 3)

    assert turn.more == ()


def test_a_label_that_its_partner_says_again_is_a_repetition_until_it_is_void() -> None:
    book = Book(new_id)
    again = label("1Z1", "7") | {"restated": True}

    turns = [
        tell(book, "label.created", again, 0),
        tell(book, "label.created", again, 1),
        tell(book, "label.created", label("1Z1", "7"), 2),
        tell(book, "label.voided", label("1Z1", "7"), 3),
        tell(book, "label.created", again, 4),
    ]

    assert [turn.is_repeat for turn in turns] == [False, True, False, False, False]
