"""The fold of an order: last word by field, the shop's tags under ours, and an ops status that it never touches."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postsale.events.kinds import PAYMENT_STATUSES, Reported
from postsale.orders.edit import apply_edit
from postsale.orders.facts import Change, OrderFacts
from postsale.orders.fold import fold_order
from tests.postsale.orders.feeds import MUCH_LATER, hour, order, order_after

WORDS = st.sampled_from(["a", "b", "c"])
MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "payment_status": st.sampled_from(PAYMENT_STATUSES),
        "total": st.sampled_from(["1.50", 2, 3.25]),
        "currency": WORDS,
        "tags": st.lists(WORDS, max_size=3),
        "notes": WORDS,
        "promised_by": st.sampled_from(["2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z"]),
        "cancelled_at": st.sampled_from(["2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z"]),
        "customer": st.fixed_dictionaries(
            {},
            optional={"email": WORDS, "first_name": WORDS, "consent": st.fixed_dictionaries({"email": st.booleans()})},
        ),
        "address": st.fixed_dictionaries({}, optional={"country": WORDS, "city": WORDS | st.none()}),
        "items": st.lists(
            st.fixed_dictionaries({"sku": WORDS, "quantity": st.integers(1, 2), "price": st.just("2.00")})
        ),
        "custom": st.dictionaries(WORDS, st.integers(0, 2)),
        "fulfillment_status": st.sampled_from(["fulfilled", "partially_fulfilled"]),
        "number": st.sampled_from(["#1001", "1001"]),
    },
)
TYPES = ["order.created", "order.updated", "order.paid", "order.held", "order.released", "order.cancelled",
         "order.refunded", "customer.opted_out", "label.created"]  # fmt: skip
FEEDS = st.lists(
    st.builds(
        lambda at, type_, members: order(at, type_, **members), st.integers(0, 6), st.sampled_from(TYPES), MEMBERS
    ),
    min_size=1,
    max_size=10,
)


@given(FEEDS, st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_shuffling_and_doubling_a_feed_changes_nothing(feed: list[Reported], chance: object) -> None:
    shuffled = [*feed, *feed]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    calm, _ = order_after(*feed)
    wild, _ = order_after(*shuffled)

    assert wild == calm


@given(FEEDS)
@settings(max_examples=150, deadline=None)
def test_a_repeated_event_is_no_news(feed: list[Reported]) -> None:
    facts, _ = order_after(*feed)

    for event in feed:
        assert fold_order(facts, event, sales_channel="us", received_at=MUCH_LATER) == (facts, ())


def test_an_order_is_what_the_shop_says() -> None:
    facts, _ = order_after(
        order(
            0,
            "order.created",
            total="181.09",
            currency="USD",
            payment_status="paid",
            placed_at="2026-11-20T09:00:00Z",
            customer={"email": "a@b.example", "consent": {"email": True}, "shoe_size": 44},
            address={"country": "DE", "city": None, "planet": "earth"},
            items=[{"sku": "a", "quantity": 1, "price": "12.5"}, {"sku": "b", "price": "much"}, 3],
            custom={"gift": "yes"},
        )
    )

    assert (facts.number, facts.sales_channel, facts.total, facts.placed_at) == ("#1001", "us", 18109, hour(-1))
    assert facts.customer == {"email": "a@b.example", "consent": {"email": True}}
    assert facts.address == {"country": "DE"}
    assert facts.items == ({"sku": "a", "quantity": 1, "price": 1250}, {"sku": "b"})
    assert facts.custom == {"gift": "yes"}


def test_late_news_changes_only_what_is_not_known_better() -> None:
    facts, seen = order_after(
        order(5, promised_by="2026-12-05T00:00:00Z", customer={"email": "new@b.example"}),
        order(
            1, "order.created", promised_by="2026-12-01T00:00:00Z", customer={"email": "old@b.example", "phone": "1"}
        ),
    )

    assert facts.promised_by == hour(24 * 14 + 14)
    assert facts.customer == {"email": "new@b.example", "phone": "1"}
    assert seen == [[], []]


def test_an_unknown_number_gets_its_sharp_from_whoever_has_it() -> None:
    facts, _ = order_after(order(0, number="1001"), order(1, number="#1001"), order(2, number="1001"))

    assert facts.number == "#1001"


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([order(0, "order.paid")], "paid"),
        ([order(0, "order.refunded")], "refunded"),
        ([order(0, "order.refunded", payment_status="partially_refunded")], "partially_refunded"),
        ([order(0, "order.created", payment_status="unpaid"), order(0, "order.paid")], "paid"),
        ([order(0, payment_status="paid"), order(0, payment_status="unpaid")], "paid"),
        ([order(1, payment_status="authorized"), order(0, payment_status="paid")], "authorized"),
    ],
)
def test_the_payment_axis_follows_the_last_word(events: list[Reported], status: str) -> None:
    assert order_after(*events)[0].payment_status == status
    assert order_after(*reversed(events))[0].payment_status == status


@pytest.mark.parametrize(
    ("events", "types"),
    [
        ([order(0, payment_status="paid")], ["order.paid"]),
        ([order(0, "order.paid")], []),
        ([order(0, payment_status="authorized"), order(1, payment_status="paid")], ["order.paid"]),
        ([order(0, payment_status="refunded"), order(1, payment_status="paid")], []),
        ([order(0, payment_status="paid"), order(1, payment_status="refunded")], ["order.refunded"]),
        ([order(0, payment_status="paid"), order(1, "order.refunded")], []),
        ([order(0), order(1, cancelled_at="2026-11-20T10:00:00Z")], ["order.cancelled"]),
        ([order(0), order(1, "order.cancelled")], []),
        (
            [order(0, promised_by="2026-12-01T00:00:00Z"), order(1, promised_by="2026-12-02T00:00:00Z")],
            ["order.promise_changed"],
        ),
        ([order(0, address={"city": "Bonn"}), order(1, address={"city": "Köln"})], ["order.address_changed"]),
        ([order(0), order(1, address={"city": "Köln"})], []),
        ([order(0, tags=["a"]), order(1, tags=["b"])], ["order.tag_added", "order.tag_removed"]),
        ([order(0), order(1, tags=["b"])], []),
        ([order(0, "order.created"), order(1, tags=["b"])], ["order.tag_added"]),
        ([order(0, total="5"), order(1, "order.created", tags=["b"])], []),
        ([order(0, notes="a"), order(1, notes="b")], []),
    ],
)
def test_a_transition_is_told_once_and_never_as_the_events_own_type(events: list[Reported], types: list[str]) -> None:
    assert order_after(*events)[1][-1] == types


def test_a_refund_of_unknown_size_leaves_the_payment_axis_alone() -> None:
    facts, _ = order_after(order(0, payment_status="paid"), order(1, "order.refunded", number=None))

    assert facts.payment_status == "paid"


def test_a_cancelled_address_line_is_emptied() -> None:
    facts, _ = order_after(
        order(0, address={"city": "Bonn", "region": "NRW"}), order(1, address={"city": "Paris", "region": None})
    )

    assert facts.address == {"city": "Paris"}


def test_holding_and_releasing_follow_the_last_word() -> None:
    facts, _ = order_after(order(3, "order.released"), order(1, "order.held"), order(5, "order.held"))

    assert facts.held is True


def test_who_opts_out_no_longer_consents() -> None:
    event = replace(order(1, "customer.opted_out"), data={"customer": {"email": "a@b"}, "order": {"number": "#1001"}})

    facts, _ = order_after(order(0, customer={"email": "a@b", "consent": {"email": True}}), event)

    assert facts.customer == {"email": "a@b", "opted_out": True, "consent": {"email": False}}


def test_the_shops_tags_are_replaced_under_ours() -> None:
    facts, _ = order_after(order(0, tags=["vip", "new"]))
    facts, _ = apply_edit(facts, field="add_tag", value="watch", by={"kind": "workflow", "name": "W"}, at=hour(1))
    facts, _ = apply_edit(facts, field="remove_tag", value="vip", by={"kind": "person", "name": "P"}, at=hour(1))

    facts, changes = fold_order(facts, order(2, tags=["vip", "gift", 3]), sales_channel="us", received_at=MUCH_LATER)

    assert facts.tags == ("gift", "watch")
    assert [(change.type, change.from_, change.to) for change in changes] == [
        ("order.tag_added", None, "gift"),
        ("order.tag_removed", "new", None),
    ]
    assert facts.setters["tags"] == {"kind": "person", "name": "P", "at": hour(1).isoformat()}


def test_the_ops_status_and_our_notes_survive_the_shop() -> None:
    facts = OrderFacts(sales_channel="us", number="#1001")
    facts, changes = apply_edit(
        facts, field="ops_status", value="exception", by={"kind": "workflow", "name": "W"}, at=hour(0)
    )
    facts, _ = apply_edit(facts, field="add_note", value="called her", by={"kind": "person", "name": "P"}, at=hour(0))

    facts, _ = fold_order(facts, order(1, notes="leave at door"), sales_channel="us", received_at=MUCH_LATER)

    assert changes == (Change(type="order.ops_status_changed", field="order.ops_status", from_="new", to="exception"),)
    assert (facts.ops_status, facts.ops_status_since) == ("exception", hour(0))
    assert facts.notes == "leave at door\ncalled her"
    assert facts.setters["ops_status"]["kind"] == "workflow"


def test_a_parcels_event_makes_a_bare_order() -> None:
    facts, _ = order_after(order(0, "label.created"))

    assert facts == OrderFacts(sales_channel="us", number="#1001")
