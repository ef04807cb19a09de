"""A person's correction of a parcel's status: it counts like a scan of its moment, and may also take a delivery back."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from postsale.events.kinds import Reported
from postsale.orders.facts import ParcelFacts
from postsale.orders.fold import correct_parcel, fold_parcel

T = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MIA = "mia@shop.example"


def after(*statuses: tuple[int, str], facts: ParcelFacts | None = None) -> ParcelFacts:
    """The parcel after scans of (hour, status)."""
    for hour, status in statuses:
        at = T + hour * HOUR
        data = {"parcel": {"carrier": "ups", "tracking_number": "1Z1", "status": status, "occurred_at": at.isoformat()}}
        event = Reported(type="tracking.updated", external_id=f"{hour}", occurred_at=at, data=data)
        facts, _ = fold_parcel(facts, event, received_at=at)
    assert facts is not None
    return facts


def test_a_delivery_that_was_none_is_taken_back() -> None:
    facts, changes = correct_parcel(
        after((0, "in_transit"), (1, "delivered")), status="exception", by=MIA, at=T + 5 * HOUR
    )

    assert (facts.tracking_status, facts.status_since) == ("exception", T + 5 * HOUR)
    assert facts.setters == {"tracking_status": {"kind": "person", "name": MIA, "at": (T + 5 * HOUR).isoformat()}}
    assert [change.type for change in changes] == [
        "tracking.status_changed", "tracking.exception_raised", "tracking.reversed",
    ]  # fmt: skip


def test_a_correction_is_no_scan_of_the_carrier() -> None:
    before = after((0, "awaiting_carrier"))

    facts, changes = correct_parcel(before, status="in_transit", by=MIA, at=T + 5 * HOUR)

    assert (facts.tracking_status, facts.handed_over_at, facts.last_scan_at) == ("in_transit", None, None)
    assert [change.type for change in changes] == ["tracking.status_changed"]


def test_the_carriers_next_word_goes_on_from_there_and_is_the_carriers() -> None:
    corrected, _ = correct_parcel(
        after((0, "in_transit"), (1, "delivered")), status="in_transit", by=MIA, at=T + 5 * HOUR
    )

    facts = after((6, "out_for_delivery"), facts=corrected)

    assert (corrected.tracking_status, facts.tracking_status, facts.setters) == ("in_transit", "out_for_delivery", {})


def test_an_old_word_that_comes_again_changes_nothing() -> None:
    corrected, _ = correct_parcel(
        after((0, "in_transit"), (1, "delivered")), status="in_transit", by=MIA, at=T + 5 * HOUR
    )

    assert after((1, "delivered"), facts=corrected) == corrected


def test_delivered_again_after_a_correction_fires_no_second_delivery() -> None:
    corrected, _ = correct_parcel(
        after((0, "in_transit"), (1, "delivered")), status="in_transit", by=MIA, at=T + 5 * HOUR
    )
    at = T + 9 * HOUR
    data = {
        "parcel": {"carrier": "ups", "tracking_number": "1Z1", "status": "delivered", "occurred_at": at.isoformat()}
    }

    _, changes = fold_parcel(
        corrected, Reported(type="tracking.updated", external_id="9", occurred_at=at, data=data), received_at=at
    )

    assert [change.type for change in changes] == ["tracking.scan_received", "tracking.status_changed"]


def test_what_is_so_already_is_no_correction() -> None:
    before = after((0, "delivered"))

    assert correct_parcel(before, status="delivered", by=MIA, at=T + HOUR) == (before, ())


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_scans_around_a_correction_may_come_in_any_order(order: tuple[int, ...]) -> None:
    scans = [(0, "in_transit"), (1, "delivered"), (8, "out_for_delivery")]
    corrected, _ = correct_parcel(after((2, "unknown")), status="delayed", by=MIA, at=T + 5 * HOUR)

    facts = after(*(scans[place] for place in order), facts=corrected)

    assert facts == after(*scans, facts=corrected)
