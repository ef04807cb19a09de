"""Lives of orders: the same from the same seed, plausible, and told in bodies that the partners' adapters read."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from easypost.util import validate_webhook

from dashboards.demo import bodies, life, telling
from dashboards.demo.bodies import Delivery
from dashboards.demo.life import Order
from postsale.integrations.registry import PARTNERS

END = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
START = END - timedelta(days=30)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(scope="module")
def lives() -> list[Order]:
    """Eight hundred of them."""
    return life.orders(seed=3, count=800, start=START, end=END)


@pytest.fixture(scope="module")
def told(lives: list[Order]) -> list[Delivery]:
    """All that is said of them."""
    return telling.deliveries(lives, seed=3)


def test_the_same_seed_makes_the_same_shop(lives: list[Order], told: list[Delivery]) -> None:
    again = life.orders(seed=3, count=800, start=START, end=END)
    other = life.orders(seed=4, count=800, start=START, end=END)

    assert (again == lives, telling.deliveries(again, seed=3) == told, other == lives) == (True, True, False)


def test_orders_come_from_three_channels_and_leave_with_five_carriers(lives: list[Order]) -> None:
    channels = Counter(order.channel.key for order in lives)
    carriers = {parcel.carrier for order in lives for parcel in order.parcels}

    assert {key: round(n / 800, 1) for key, n in channels.items()} == {
        "shopify-us": pytest.approx(0.55, abs=0.06), "shopify-eu": pytest.approx(0.27, abs=0.06),
        "marketplace": pytest.approx(0.18, abs=0.06),
    }  # fmt: skip
    assert carriers == {"USPS", "UPS", "FedEx", "DHLExpress", "DPD"}


def test_numbers_and_partners_ids_are_nobody_else_s(lives: list[Order]) -> None:
    tracking = [parcel.tracking_number for order in lives for parcel in order.parcels]

    assert len({order.number for order in lives}) == len({order.partner_id for order in lives}) == 800
    assert len(set(tracking)) == len(tracking)


def test_a_life_goes_from_the_order_to_the_label_to_the_scans(lives: list[Order]) -> None:
    wrong = [
        order.number
        for order in lives
        for parcel in order.parcels
        if not order.placed_at < parcel.label_at < parcel.scans[0].at
        or [scan.at for scan in parcel.scans] != sorted(scan.at for scan in parcel.scans)
        or parcel.scans[0].status != "accepted"
    ]

    assert wrong == []


def test_most_parcels_arrive_and_some_have_their_troubles(lives: list[Order]) -> None:
    parcels = [parcel for order in lives for parcel in order.parcels]
    ends = Counter(parcel.scans[-1].status for parcel in parcels)
    troubled = [p for p in parcels if "exception" in {scan.status for scan in p.scans}]
    late = [p for p in parcels if p.scans[0].at - p.label_at > timedelta(days=2)]

    assert ends["delivered"] / len(parcels) > 0.92
    assert 0.04 < len(troubled) / len(parcels) < 0.16
    assert 0.05 < len(late) / len(parcels) < 0.25


def test_some_bodies_come_twice_and_some_late(told: list[Delivery]) -> None:
    seen = Counter(each.event_id for each in told)
    twice = sum(n > 1 for n in seen.values()) / len(seen)

    assert 0.02 < twice < 0.05
    assert [each.at for each in told] == sorted(each.at for each in told)


def test_every_body_is_read_by_its_partner_s_adapter_without_a_flag(told: list[Delivery]) -> None:
    read = [
        event
        for each in told[:3_000]
        for event in PARTNERS[each.partner].read(each.headers, each.body, {"sales_channel": "here"}, now=END)
    ]

    assert {event.flags for event in read} == {()}
    assert {event.type for event in read} >= {"order.created", "order.paid", "label.created", "tracking.updated"}


def test_every_partner_lets_its_signed_body_in(told: list[Delivery]) -> None:
    first = {each.partner: each for each in reversed(told)}

    for partner, each in first.items():
        headers = bodies.signed(each, SECRET, now=END)
        PARTNERS[partner].verify(headers, each.body, [SECRET], path="/hooks/x/", now=END)
    easypost = first["easypost"]
    validate_webhook(
        easypost.body, {"X-Hmac-Signature": bodies.signed(easypost, SECRET, now=END)["x-hmac-signature"]}, SECRET
    )

    assert set(first) == {"shopify", "easypost", "generic"}


def test_a_parcel_s_body_has_its_whole_history(lives: list[Order]) -> None:
    order = next(each for each in lives if each.channel.key == "shopify-us" and len(each.parcels) == 1)

    sent = [each for each in telling.of_order(order) if each.partner == "easypost"]

    (last,) = PARTNERS["easypost"].read({}, sent[-1].body, {}, now=END)
    rows = last.data["history"]
    assert isinstance(rows, list)
    assert len(rows) == len(sent)


def test_who_wants_no_mail_says_so_once(lives: list[Order]) -> None:
    customer = replace(lives[0].customer, wants_news=False, email="ann@customer.example")
    told = [
        *telling.of_order(replace(lives[0], customer=customer)),
        *telling.of_order(replace(lives[1], customer=customer)),
    ]

    assert len({each.event_id for each in told if "opts out" in each.words}) == 1
