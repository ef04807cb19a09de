"""Who tells of an order's life, when, and how badly: the deliveries of every partner, with repeats and late bodies."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from dashboards.demo import bodies, odds, roads
from dashboards.demo.bodies import Delivery
from dashboards.demo.life import Order, Parcel
from dashboards.demo.odds import RATES, Rates

#: Shopify's word for what EasyPost has none for.
ATTEMPTED = "attempted_delivery"
#: One customer in so many has a question after the delivery.
WRITES_ONE_IN = 45
QUESTION = "It says delivered, but I can't find it anywhere. Could you have a look?"


def deliveries(orders: Iterable[Order], *, seed: int, rates: Rates = RATES) -> list[Delivery]:
    """Every delivery about the orders in the order of arrival."""
    found = [
        each
        for order in orders
        for each in botched(Random(f"post {seed} {order.number}"), of_order(order), rates=rates)  # noqa: S311 -- a game
    ]
    return sorted(found, key=lambda each: (each.at, each.event_id))


def of_order(order: Order) -> Iterator[Delivery]:
    """All that partners would tell of one order's life, each at once and in order."""
    is_paid_at_once = order.paid_at - order.placed_at < timedelta(minutes=30)
    yield _created(order, is_paid=is_paid_at_once)
    if not is_paid_at_once:
        yield _paid(order)
    if order.cancelled_at is not None:
        yield _cancelled(order, order.cancelled_at)
    if not order.customer.wants_news and order.customer.email:
        yield opted_out(order, at=order.placed_at + timedelta(hours=2))
    for nth, parcel in enumerate(order.parcels):
        yield label(order, parcel, nth=nth)
        yield from of_parcel(order, parcel, nth=nth)
    if order.partner_id // 8 % WRITES_ONE_IN == 0 and order.customer.email and order.parcels:
        yield from _question(order, order.parcels[0])


def of_parcel(order: Order, parcel: Parcel, *, nth: int) -> Iterator[Delivery]:
    """The carrier's news of a parcel, the label's registration first."""
    seen = [roads.scan("label", parcel.label_at, where="")]
    yield _tracked(order, parcel, seen, at=parcel.label_at + timedelta(seconds=70))
    for n, scan in enumerate(parcel.scans):
        at = scan.at + timedelta(seconds=40 + n)
        if scan.word:
            seen = [*seen, scan]
            yield _tracked(order, parcel, seen, at=at)
        else:
            yield attempted(order, parcel, scan, nth=nth, at=at)


def botched(rng: Random, told: Iterable[Delivery], *, rates: Rates = RATES) -> Iterator[Delivery]:
    """The same deliveries as the world brings them: some twice, some hours late and so after their successors."""
    for delivery in told:
        late = timedelta(hours=rng.uniform(0.5, 20)) if odds.happens(rng, rates.late_body) else timedelta()
        came = replace(delivery, at=delivery.at + late + timedelta(seconds=rng.uniform(0, 25)))
        yield came
        if odds.happens(rng, rates.duplicate):
            yield replace(came, at=came.at + timedelta(seconds=rng.uniform(1, 900)))


def label(order: Order, parcel: Parcel, *, nth: int) -> Delivery:
    """The label of a parcel, told by the shop."""
    at = parcel.label_at + timedelta(seconds=5)
    words = f"{order.number}: label {parcel.tracking_number} ({parcel.carrier})"
    if _is_shopify(order):
        body = bodies.shopify_fulfillment(order, parcel, nth=nth)
        return bodies.shopify("fulfillments/create", order, body, at=at, nth=nth, words=words)
    data = {
        "order": {"number": order.number, "sales_channel": order.channel.key},
        "parcel": {"carrier": parcel.carrier, "tracking_number": parcel.tracking_number, "service": parcel.service},
    }
    return _market(
        order,
        "label.created",
        data,
        key=f"label {parcel.tracking_number}",
        occurred_at=parcel.label_at,
        at=at,
        words=words,
    )


def attempted(order: Order, parcel: Parcel, scan: roads.Scan, *, nth: int, at: datetime) -> Delivery:
    """A delivery that was tried in vain: EasyPost has no word for it, so the shop tells."""
    words = f"{order.number}: {scan.text} ({parcel.tracking_number})"
    if _is_shopify(order):
        body = bodies.shopify_fulfillment_event(order, scan, nth=nth, status=ATTEMPTED)
        return bodies.shopify("fulfillment_events/create", order, body, at=at, nth=nth, words=words)
    data = {
        "parcel": {"carrier": parcel.carrier, "tracking_number": parcel.tracking_number, "status": scan.status,
                   "raw_text": scan.text, "location": {"city": scan.city, "country": scan.country}},
    }  # fmt: skip
    key = f"attempt {parcel.tracking_number} {scan.city}"
    return _market(order, "tracking.updated", data, key=key, occurred_at=scan.at, at=at, words=words)


def opted_out(order: Order, *, at: datetime) -> Delivery:
    """The customer doesn't want to be written to any more."""
    data = {"customer": {"email": order.customer.email}}
    words = f"{order.customer.email} opts out of mails"
    return bodies.generic(
        "customer.opted_out", data, connection="Marketplace", key=f"opted out {order.customer.email}", occurred_at=at,
        at=at, order=order.number, words=words,
    )  # fmt: skip


def message(order: Order, text: str, *, at: datetime) -> Delivery:
    """The customer writes about the order."""
    data = {
        "customer": {"email": order.customer.email}, "text": text,
        "order": {"number": order.number, "sales_channel": order.channel.key},
    }  # fmt: skip
    return bodies.generic(
        "customer.message_received", data, connection="Marketplace", key=f"message {order.number}", occurred_at=at, at=at,
        order=order.number, words=f"{order.number}: the customer writes: {text}",
    )  # fmt: skip


def _question(order: Order, parcel: Parcel) -> Iterator[Delivery]:
    """A day after the delivery."""
    last = parcel.scans[-1]
    if last.status == "delivered":
        yield message(order, QUESTION, at=last.at + timedelta(hours=20))


def _tracked(order: Order, parcel: Parcel, seen: list[roads.Scan], *, at: datetime) -> Delivery:
    words = f"{order.number}: {seen[-1].text} ({parcel.tracking_number})"
    return bodies.tracker(parcel, seen, order=order.number, at=at, words=words)


def _created(order: Order, *, is_paid: bool) -> Delivery:
    at = order.placed_at + timedelta(seconds=3)
    words = f"{order.number}: order of {order.total} {order.channel.currency}"
    if _is_shopify(order):
        body = bodies.shopify_order(order, at=order.placed_at, is_paid=is_paid)
        return bodies.shopify("orders/create", order, body, at=at, words=words)
    data = {"order": bodies.generic_order(order, is_paid=is_paid)}
    return _market(
        order, "order.created", data, key=f"created {order.number}", occurred_at=order.placed_at, at=at, words=words
    )


def _paid(order: Order) -> Delivery:
    at = order.paid_at + timedelta(seconds=2)
    words = f"{order.number}: paid"
    if _is_shopify(order):
        body = bodies.shopify_order(order, at=order.paid_at)
        return bodies.shopify("orders/paid", order, body, at=at, words=words)
    data = {"order": {"number": order.number, "sales_channel": order.channel.key, "payment_status": "paid"}}
    return _market(order, "order.paid", data, key=f"paid {order.number}", occurred_at=order.paid_at, at=at, words=words)


def _cancelled(order: Order, cancelled_at: datetime) -> Delivery:
    at = cancelled_at + timedelta(seconds=2)
    words = f"{order.number}: cancelled by the customer"
    if _is_shopify(order):
        body = bodies.shopify_order(order, at=cancelled_at)
        return bodies.shopify("orders/cancelled", order, body, at=at, words=words)
    data = {"order": {"number": order.number, "sales_channel": order.channel.key}, "reason": "customer"}
    return _market(
        order, "order.cancelled", data, key=f"cancelled {order.number}", occurred_at=cancelled_at, at=at, words=words
    )


def _market(
    order: Order, type_: str, data: bodies.Json, *, key: str, occurred_at: datetime, at: datetime, words: str
) -> Delivery:
    return bodies.generic(
        type_, data, connection=order.channel.connection, key=key, occurred_at=occurred_at, at=at, order=order.number,
        words=words,
    )  # fmt: skip


def _is_shopify(order: Order) -> bool:
    return order.channel.connection.startswith("Shopify")
