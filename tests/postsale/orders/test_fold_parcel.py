"""The fold of a parcel: one end state for every order of arrival, and transitions that fire once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postsale.events.kinds import STATUSES, Reported
from postsale.orders.facts import Change
from postsale.orders.fold import fold_parcel
from tests.postsale.orders.feeds import MUCH_LATER, hour, label, parcel_after, scan

HOURS = st.integers(0, 40)
ROWS = st.lists(st.tuples(HOURS, st.sampled_from(STATUSES)), max_size=4)
SCANS = st.builds(
    lambda at, status, rows, eta, word: scan(at, status, rows=rows, eta=f"2026-12-{eta:02}T00:00:00Z", raw_detail=word),
    HOURS, st.sampled_from(STATUSES), ROWS, st.integers(1, 5), st.sampled_from([None, "a", "b"]),
)  # fmt: skip
LABELS = st.builds(
    label, HOURS,
    st.sampled_from(["label.created", "label.printed", "label.voided", "shipment.packed", "shipment.manifested",
                     "shipment.handed_off", "return.label_created"]),
    service=st.sampled_from(["ground", "air"]), weight_g=st.integers(1, 3), cost=st.sampled_from(["1.50", 2, None]),
)  # fmt: skip
FEEDS = st.lists(SCANS | LABELS, min_size=1, max_size=14)


def is_delivery(event: Reported) -> bool:
    return "'delivered'" in repr(event.data)


UNDELIVERED = SCANS.filter(lambda event: not is_delivery(event))


@given(FEEDS, st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_shuffling_and_doubling_a_feed_changes_nothing(feed: list[Reported], chance: object) -> None:
    shuffled = [*feed, *feed]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    calm, _ = parcel_after(*feed)
    wild, seen = parcel_after(*shuffled)

    assert wild == calm
    assert sum(types.count("tracking.delivered") for types in seen) <= 1
    assert sum(types.count("tracking.first_scan") for types in seen) <= 1
    assert sum(types.count("shipment.created") for types in seen) == 1


@given(FEEDS)
@settings(max_examples=150, deadline=None)
def test_a_repeated_event_is_no_news(feed: list[Reported]) -> None:
    facts, _ = parcel_after(*feed)

    for event in feed:
        assert fold_parcel(facts, event, received_at=MUCH_LATER) == (facts, ())


@given(st.lists(UNDELIVERED | LABELS, max_size=14), UNDELIVERED)
@settings(max_examples=150, deadline=None)
def test_an_older_scan_never_moves_the_status_unless_it_is_the_delivery(feed: list[Reported], late: Reported) -> None:
    facts, _ = parcel_after(*[*feed, scan(50, "in_transit")])

    after, changes = fold_parcel(facts, late, received_at=MUCH_LATER)

    assert after.tracking_status == facts.tracking_status
    assert [change for change in changes if change.field == "parcel.tracking_status"] == []


def test_a_label_makes_an_unknown_parcel_wait_for_its_carrier() -> None:
    facts, seen = parcel_after(label(0))

    assert (facts.tracking_status, facts.status_since, facts.label_created_at) == ("awaiting_carrier", hour(0), hour(0))
    assert seen == [["shipment.created", "tracking.status_changed"]]


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([label(0), scan(1, "unknown")], "awaiting_carrier"),
        ([scan(1, "in_transit"), label(5)], "in_transit"),
        ([label(0), label(1, "label.voided")], "cancelled"),
        ([label(0), scan(1, "awaiting_carrier"), label(2, "label.voided")], "cancelled"),
        ([label(0), scan(1, "in_transit"), label(2, "label.voided")], "in_transit"),
        ([label(0), label(1, "label.voided"), label(2)], "awaiting_carrier"),
        ([label(1, "label.voided")], "cancelled"),
        ([label(0, "label.printed")], "awaiting_carrier"),
        ([label(0), scan(3, "expired")], "expired"),
        ([scan(1, "in_transit"), scan(2, "unknown", raw_status="?")], "unknown"),
        ([scan(1, "delivered"), scan(2, "in_transit")], "delivered"),
        ([scan(1, "delivered"), scan(2, "return_to_sender")], "return_to_sender"),
        ([scan(1, "delivered"), scan(2, "exception")], "exception"),
        ([scan(2, "delivered"), scan(1, "exception")], "delivered"),
        ([scan(2, "delivered"), scan(2, "exception")], "delivered"),
        ([scan(1, "delivered"), scan(0.5, "in_transit")], "delivered"),
        ([scan(2, "out_for_delivery", rows=[(1, "in_transit"), (1.5, "in_transit")])], "out_for_delivery"),
        ([Reported(type="custom.note", external_id="1", occurred_at=hour(0), data={})], "unknown"),
    ],
)
def test_the_status_is_what_carriers_and_labels_make_it(events: list[Reported], status: str) -> None:
    forward, _ = parcel_after(*events)
    backward, _ = parcel_after(*reversed(events))

    assert forward.tracking_status == status
    assert backward == forward


def test_rows_say_since_when_and_when_it_was_handed_over() -> None:
    facts, _ = parcel_after(
        scan(9, "in_transit", rows=[(6, "in_transit"), (1, "awaiting_carrier"), (4, "in_transit"), (3, "exception")])
    )

    assert facts.status_since == hour(4)
    assert facts.handed_over_at == hour(3)
    assert facts.last_scan_at == hour(6)


def test_a_status_that_came_back_counts_from_its_return() -> None:
    facts, _ = parcel_after(scan(1, "in_transit"), scan(2, "exception"), scan(3, "in_transit"), scan(4, "in_transit"))

    assert facts.status_since == hour(3)


def test_a_recovered_exception_is_raised_and_cleared_once() -> None:
    _, seen = parcel_after(
        scan(1, "in_transit"),
        scan(2, "exception"),
        scan(3, "exception"),
        scan(4, "in_transit"),
        scan(4.5, "in_transit"),
    )

    assert seen[1:] == [
        ["tracking.scan_received", "tracking.status_changed", "tracking.exception_raised"],
        ["tracking.scan_received"],
        ["tracking.scan_received", "tracking.status_changed", "tracking.exception_cleared"],
        ["tracking.scan_received"],
    ]


def test_an_exception_that_turns_back_is_not_cleared() -> None:
    _, seen = parcel_after(scan(1, "exception"), scan(2, "return_to_sender"))

    assert seen[1] == ["tracking.scan_received", "tracking.status_changed"]


def test_a_delivery_fires_once_also_when_it_is_reversed_and_repeated() -> None:
    facts, seen = parcel_after(scan(1, "delivered"), scan(1.1, "delivered"), scan(2, "exception"), scan(3, "delivered"))

    assert seen == [
        [
            "shipment.created",
            "tracking.first_scan",
            "tracking.scan_received",
            "tracking.status_changed",
            "tracking.delivered",
        ],
        ["tracking.scan_received"],
        ["tracking.scan_received", "tracking.status_changed", "tracking.exception_raised", "tracking.reversed"],
        ["tracking.scan_received", "tracking.status_changed", "tracking.exception_cleared"],
    ]
    assert facts.delivered_at == hour(1)


def test_a_delivery_counts_however_late_we_hear_of_it() -> None:
    facts, seen = parcel_after(scan(1, "out_for_delivery"), scan(9, "in_transit"), scan(5, "delivered"))

    assert facts.tracking_status == "delivered"
    assert seen[2] == ["tracking.status_changed", "tracking.delivered"]


def test_a_stale_exception_after_the_delivery_raises_nothing() -> None:
    _, seen = parcel_after(scan(5, "delivered"), scan(2, "exception"))

    assert seen[1] == []


def test_the_carriers_own_words_are_those_of_the_newest_scan_of_the_status() -> None:
    facts, _ = parcel_after(
        scan(
            1,
            "exception",
            raw_status="EX",
            raw_detail="held",
            raw_text="At customs",
            exception_reason="customs_delay",
            action_required=True,
            substatus="s",
        ),
        scan(0, "in_transit", raw_status="IT"),
    )

    assert (facts.raw_status, facts.raw_detail, facts.raw_text) == ("EX", "held", "At customs")
    assert (facts.exception_reason, facts.action_required, facts.substatus) == ("customs_delay", True, "s")


def test_the_eta_moves_and_remembers_where_it_began() -> None:
    facts, seen = parcel_after(
        scan(1, "in_transit", eta="2026-12-01T00:00:00Z"), scan(2, "in_transit", eta="2026-12-03T00:00:00Z")
    )

    assert (facts.eta_original, facts.eta) == (hour(10 * 24 + 14), hour(12 * 24 + 14))
    assert seen[1] == ["tracking.scan_received", "tracking.eta_changed"]


def test_unmapped_words_and_attempts_are_counted() -> None:
    facts, _ = parcel_after(
        scan(1, "failed_attempt"), scan(2, "failed_attempt", rows=[(1, "failed_attempt"), (2, "failed_attempt")]),
        scan(3, "unknown", raw_status="?", unmapped=True),
        replace(scan(4, "unknown", raw_status="??"), flags=("unmapped",)),
    )  # fmt: skip

    assert (facts.attempts, facts.unmapped) == (2, 2)


def test_reported_fields_belong_to_the_latest_that_said_them() -> None:
    late = label(3, service="air", weight_g=20, cost="7.25", warehouse="west", items=[{"sku": "a", "quantity": 2}, "b"])
    early = label(1, "shipment.packed", service="ground", location={"city": "Berlin", "zip": 3}, is_return=None)

    facts, _ = parcel_after(late, early)

    assert (facts.service, facts.weight_g, facts.cost, facts.warehouse) == ("air", 20, 725, "west")
    assert facts.items == ({"sku": "a", "quantity": 2},)
    assert facts.location == {"city": "Berlin"}
    assert facts.packed_at == hour(1)


def test_a_label_may_say_when_it_was_made() -> None:
    facts, _ = parcel_after(label(5, label_created_at="2026-11-20T11:00:00Z"))

    assert facts.label_created_at == hour(1)
    assert facts.status_since == hour(1)


def test_a_return_label_makes_it_a_return() -> None:
    facts, _ = parcel_after(label(0, "return.label_created"))

    assert (facts.is_return, facts.tracking_status) == (True, "awaiting_carrier")


def test_a_scan_from_the_future_counts_as_a_day_ahead_at_most() -> None:
    facts, _ = fold_parcel(None, scan(100, "in_transit"), received_at=hour(1))

    assert facts.scans[0].at == hour(1) + timedelta(hours=24)


def test_a_change_says_field_from_and_to() -> None:
    _, changes = fold_parcel(parcel_after(label(0))[0], scan(1, "exception"), received_at=MUCH_LATER)

    assert changes[2] == Change(
        type="tracking.status_changed", field="parcel.tracking_status", from_="awaiting_carrier", to="exception"
    )


def test_hundreds_of_scans_keep_their_beginning_and_their_end() -> None:
    feed = [scan(0, "accepted"), *[scan(at, "in_transit") for at in range(1, 300)], scan(301, "delivered")]

    facts, seen = parcel_after(*feed)

    assert (len(facts.scans), len(facts.history)) == (100, 200)
    assert facts.handed_over_at == hour(0)
    assert facts.tracking_status == "delivered"
    assert sum(types.count("tracking.delivered") for types in seen) == 1


def test_a_parcel_that_changes_all_the_time_forgets_the_oldest_but_its_delivery() -> None:
    feed = [
        scan(0, "accepted"),
        scan(1, "delivered"),
        *[scan(at, ("exception", "return_to_sender")[at % 2]) for at in range(2, 300)],
        scan(400, "delivered"),
    ]

    _, seen = parcel_after(*feed)

    assert sum(types.count("tracking.delivered") for types in seen) == 1


@pytest.mark.parametrize(
    "history", [None, "x", [3], [{"status": "delivered"}], [{"occurred_at": "2026-11-20T10:00:00Z"}]]
)
def test_rows_that_say_nothing_are_passed_over(history: object) -> None:
    event = scan(1, "in_transit")
    event = replace(event, data={**event.data, "history": history})

    facts, _ = parcel_after(event)

    assert facts.history == ((hour(1), "in_transit"),)
