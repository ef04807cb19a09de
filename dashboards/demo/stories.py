"""Stories that a shop may meet, told by its partners: what happens, and what to watch. Seeded: one seed, one story."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from dashboards.demo import bodies, life, roads, stock, telling
from dashboards.demo.bodies import Delivery
from dashboards.demo.life import Line, Order, Parcel
from dashboards.demo.stock import Channel

type Beats = Sequence[tuple[str, float, str]]
"""Scans as (a key of roads.WORDS, days after the label, place)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story: `happens` and `watch` in the merchant's words, `board` to look at, how many orders, how long ago it began."""

    key: str
    title: str
    happens: str
    watch: str
    board: str
    workflows: tuple[str, ...]
    orders: int
    days: float
    tell: Callable[["Scene"], Iterator[Delivery]]


@dataclass(slots=True, kw_only=True)
class Scene:
    """Where and when a story plays. `began_at`: the moment of its first label."""

    rng: Random
    began_at: datetime
    now: datetime
    orders: int
    code: str
    serial: int
    tags: tuple[str, ...] = ()
    made: int = 0

    def order(self, channel: Channel = stock.US, *, placed_at: datetime | None = None, lines: int = 1) -> Order:
        """The next order, placed half a day before the label unless said otherwise, and paid at once."""
        self.made += 1
        placed_at = placed_at or self.began_at - timedelta(hours=12)
        wares = self.rng.sample(stock.WARES, lines)
        return Order(
            number=f"#{self.code}{self.serial}-{self.made}", partner_id=_id(f"{self.code} {self.serial} {self.made}"),
            channel=channel, placed_at=placed_at, paid_at=placed_at, cancelled_at=None, customer=_customer(self.rng),
            address=self.rng.choice(channel.places), lines=tuple(Line(ware=ware, quantity=1) for ware in wares),
            tags=self.tags, note="",
        )  # fmt: skip

    def parcel(
        self, order: Order, beats: Beats = (), *, carrier: str = "UPS", label_at: datetime | None = None, nth: int = 0,
        lines: Sequence[Line] = (),
    ) -> Parcel:  # fmt: skip
        """The order's nth parcel with its scans."""
        label_at, known = label_at or self.began_at, stock.CARRIERS[carrier]
        number = life.tracking(known, order.partner_id + nth)
        scans = tuple(roads.scan(key, label_at + timedelta(days=days), where=where) for key, days, where in beats)
        return Parcel(
            carrier=carrier, service=known.service, tracking_number=number, label_at=label_at, scans=scans,
            lines=tuple(lines or order.lines),
        )  # fmt: skip

    def tell(self, order: Order, *parcels: Parcel) -> Iterator[Delivery]:
        """All that partners say about the order and its parcels."""
        yield from telling.of_order(replace(order, parcels=parcels))

    def tell_of_an_old_one(self, order: Order, parcel: Parcel) -> Iterator[Delivery]:
        """The same, but of the label only after the first scan: nobody takes the handoff for a late one."""
        scanned_at = parcel.scans[0].at
        for delivery in self.tell(order, parcel):
            is_label = order.placed_at + timedelta(minutes=30) < delivery.at < scanned_at
            yield replace(delivery, at=scanned_at + timedelta(minutes=2)) if is_label else delivery


def deliveries(
    story: Story, *, seed: int, now: datetime, orders: int = 0, days: float = 0, tags: tuple[str, ...] = ()
) -> list[Delivery]:
    """The story's deliveries in its own order; none is later than `now`."""
    now = now.replace(microsecond=0)
    scene = Scene(
        rng=Random(f"{story.key} {seed}"),  # noqa: S311 -- a game, not a secret
        began_at=now - timedelta(days=days or story.days), now=now, orders=orders or story.orders,
        code="".join(word[0] for word in story.key.split("_")).upper(), serial=seed % 1_000_000, tags=tags,
    )  # fmt: skip
    told = [_as_partner(each) for each in story.tell(scene)]
    return sorted((each for each in told if each.at <= now), key=lambda each: each.at)


def _as_partner(delivery: Delivery) -> Delivery:
    """To whatever connection the tenant has with that partner; the demo's own two Shopify shops are told apart."""
    return delivery if delivery.partner == "shopify" else replace(delivery, connection=delivery.partner)


def _id(text: str) -> int:
    """A partner's id, far from those of the demo's own orders."""
    return 7_000_000_000_000 + int.from_bytes(hashlib.sha256(text.encode()).digest()[:5]) * 16


def _customer(rng: Random) -> life.Person:
    person = life.person(rng)
    email = person.email or f"{person.first_name}.{person.last_name}@customer.example".lower()
    return replace(person, email=email, wants_news=True)


#: All within two days of the label, so that a story about something else is none about a late handoff, too.
MOVES: Beats = (("accepted", 0.2, "Brattleboro, VT"), ("arrived", 0.5, "Albany, NY"))


def _late_handoff(scene: Scene) -> Iterator[Delivery]:
    for _ in range(scene.orders):
        order = scene.order()
        yield from scene.tell(order, scene.parcel(order, carrier=scene.rng.choice(("UPS", "USPS", "FedEx"))))


def _exception(scene: Scene) -> Iterator[Delivery]:
    for _ in range(scene.orders):
        order = scene.order()
        kind = scene.rng.choice(("damaged", "missorted", "held", "unexplained"))
        yield from scene.tell(order, scene.parcel(order, (*MOVES, (kind, 1.2, "Memphis, TN"))))


def _exception_recovers(scene: Scene) -> Iterator[Delivery]:
    for _ in range(scene.orders):
        order = scene.order()
        beats = (
            *MOVES,
            ("missorted", 0.9, "Memphis, TN"),
            ("cleared", 1.4, "Memphis, TN"),
            ("arrived", 1.7, "Columbus, OH"),
        )
        yield from scene.tell(order, scene.parcel(order, beats))


def _weekend_gap(scene: Scene) -> Iterator[Delivery]:
    """A label of Friday afternoon that Monday's van takes: the last such weekend that is over."""
    local = scene.now.astimezone(life.ZONE)
    monday = local.replace(hour=8, minute=30, second=0) - timedelta(days=local.weekday())
    if monday > local - timedelta(hours=1):
        monday -= timedelta(weeks=1)
    friday = (monday - timedelta(days=3)).replace(hour=16, minute=40).astimezone(UTC)
    for n in range(scene.orders):
        label_at = friday - timedelta(minutes=11 * n)
        order = scene.order(placed_at=label_at - timedelta(hours=5))
        gap = (monday.astimezone(UTC) - label_at) / timedelta(days=1)
        yield from scene.tell(
            order,
            scene.parcel(
                order, (("accepted", gap, "Brattleboro, VT"), ("delivered", gap + 2.2, "Durham, NC")), label_at=label_at
            ),
        )


def _lost(scene: Scene) -> Iterator[Delivery]:
    for _ in range(scene.orders):
        order = scene.order()
        yield from scene.tell_of_an_old_one(
            order, scene.parcel(order, (*MOVES, ("departed", 1.0, "Albany, NY"), ("lost", 8.5, "Newark, NJ")))
        )


def _false_delivered(scene: Scene) -> Iterator[Delivery]:
    for _ in range(scene.orders):
        order = scene.order()
        parcel = scene.parcel(
            order,
            (*MOVES, ("out", 0.9, "Austin, TX"), ("delivered", 1.1, "Austin, TX"), ("unexplained", 1.7, "Austin, TX")),
        )
        yield from scene.tell(order, parcel)
        text = "Your page says delivered, but nothing is here. Where is my parcel?"
        yield telling.message(order, text, at=parcel.label_at + timedelta(days=1.4))


def _customs_hold(scene: Scene) -> Iterator[Delivery]:
    for _ in range(scene.orders):
        order = replace(
            scene.order(stock.EU), address=scene.rng.choice([p for p in stock.EUROPEAN if p.country in ("GB", "CH")])
        )
        beats = (
            ("accepted", 0.2, "Eindhoven, NL"),
            ("arrived", 0.8, "Liège, BE"),
            ("customs", 1.5, f"{order.address.city}, {order.address.country}"),
        )
        yield from scene.tell(order, scene.parcel(order, beats, carrier="DHLExpress"))


def _address_correction(scene: Scene) -> Iterator[Delivery]:
    for _ in range(scene.orders):
        order = scene.order()
        beats = (*MOVES, ("address", 0.9, "Oakland, CA"), ("cleared", 1.5, "Oakland, CA"), ("out", 1.75, "Oakland, CA"))
        yield from scene.tell(order, scene.parcel(order, beats))
        at = scene.began_at + timedelta(days=1.3)
        right = replace(order, address=replace(order.address, postal_code=f"{scene.rng.randrange(10_000, 99_999)}"))
        body = bodies.shopify_order(right, at=at)
        words = f"{order.number}: the customer's address is corrected"
        yield bodies.shopify("orders/updated", order, body, at=at, words=words)


def _split_shipment(scene: Scene) -> Iterator[Delivery]:
    for _ in range(scene.orders):
        order = scene.order(lines=2)
        first = scene.parcel(
            order, (*MOVES, ("out", 1.2, "Durham, NC"), ("delivered", 1.4, "Durham, NC")), lines=order.lines[:1]
        )
        label_at = scene.began_at + timedelta(hours=16)
        second = scene.parcel(
            order,
            (("accepted", 0.9, "Brattleboro, VT"),),
            lines=order.lines[1:],
            nth=1,
            carrier="USPS",
            label_at=label_at,
        )
        yield from scene.tell(order, first, second)


def _carrier_outage(scene: Scene) -> Iterator[Delivery]:
    for n in range(scene.orders):
        label_at = scene.began_at - timedelta(minutes=23 * n)
        order = scene.order(placed_at=label_at - timedelta(hours=9))
        beats: Beats = () if n % 3 else (("accepted", 0.3, "Brattleboro, VT"), ("delayed", 1.2, "Louisville, KY"))
        yield from scene.tell(order, scene.parcel(order, beats, label_at=label_at))


def _storm(scene: Scene) -> Iterator[Delivery]:
    for n in range(scene.orders):
        order = scene.order()
        beats: list[tuple[str, float, str]] = [*MOVES, ("weather", 0.9 + n / 2_000, "Memphis, TN")]
        if n % 5 == 0:
            beats.append(("held", 1.2 + n / 2_000, "Memphis, TN"))
        if n % 10 == 0:
            beats.append(("cleared", 1.6 + n / 2_000, "Memphis, TN"))
        yield from scene.tell(
            order, scene.parcel(order, tuple(beats), carrier=scene.rng.choice(("UPS", "FedEx", "USPS")))
        )


_EXCEPTION, _LATE = ("Shipment exception",), ("Late carrier handoff",)
STORIES: dict[str, Story] = {
    story.key: story
    for story in (
        Story(
            key="late_handoff", title="Late handoff", orders=3, days=3, board="late-shipments", workflows=_LATE,
            tell=_late_handoff,
            happens="Labels are three days old, and the carrier still awaits the packages.",
            watch="Each parcel becomes a card on Late Shipments at once, is counted, and the shipping manager is told.",
        ),
        Story(
            key="exception", title="Shipment exception", orders=1, days=1.9, board="exceptions", workflows=_EXCEPTION,
            tell=_exception,
            happens="A parcel from the US shop is on its way when the carrier reports an exception.",
            watch="The customer is written to, the order's status becomes Exception, and a card stands on Exceptions.",
        ),
        Story(
            key="exception_recovers", title="An exception that recovers", orders=1, days=1.9, board="exceptions",
            workflows=(*_EXCEPTION, "Back on track"),
            tell=_exception_recovers,
            happens="The carrier sends a parcel the wrong way, notices, and brings it back on its way.",
            watch="The card goes by itself and says why. A mail about a trouble that is over is not sent any more; good news is.",
        ),
        Story(
            key="weekend_gap", title="A weekend in between", orders=2, days=4, board="late-shipments", workflows=_LATE,
            tell=_weekend_gap,
            happens="A label of Friday afternoon is picked up on Monday. Nobody was late, but two calendar days went by.",
            watch="The card comes and goes on Late Shipments: two business days instead of two days would have kept it away.",
        ),
        Story(
            key="lost", title="A lost parcel", orders=1, days=9, board="exceptions", workflows=("Stalled in transit", *_EXCEPTION),
            tell=_lost,
            happens="Scans stop for more than a week. Then the carrier says that the parcel can't be found.",
            watch="Stalled in transit puts it on Late Shipments first; the carrier's word puts it on Exceptions.",
        ),
        Story(
            key="false_delivered", title="Delivered, but not there", orders=1, days=1.9, board="exceptions",
            workflows=("Delivered, but the customer writes",),
            tell=_false_delivered,
            happens="The carrier says delivered, the customer writes that nothing came, and the carrier takes it back.",
            watch="The order is tagged and stands on Exceptions; its timeline shows delivered, the message, and the reversal.",
        ),
        Story(
            key="customs_hold", title="Held by customs", orders=1, days=1.9, board="exceptions", workflows=("Customs hold",),
            tell=_customs_hold,
            happens="A parcel of the European shop crosses a border, and customs misses a document.",
            watch="The customer is asked for it, and the order waits for them on Exceptions.",
        ),
        Story(
            key="address_correction", title="A wrong address", orders=1, days=1.9, board="exceptions", workflows=_EXCEPTION,
            tell=_address_correction,
            happens="The carrier can't find the address. The customer corrects it, and the parcel goes out again.",
            watch="The card on Exceptions clears when the parcel moves; the order's page shows the new address.",
        ),
        Story(
            key="split_shipment", title="One order, two parcels", orders=1, days=1.9, board="late-shipments", workflows=(),
            tell=_split_shipment,
            happens="An order leaves in two parcels with two carriers. The first is there, the second is on its way.",
            watch="The order's page shows both parcels, and its delivery status says partially delivered.",
        ),
        Story(
            key="carrier_outage", title="A carrier stands still", orders=12, days=2.5, board="late-shipments", workflows=_LATE,
            tell=_carrier_outage,
            happens="One carrier doesn't come for two days: a dozen labels wait, and what it took is delayed.",
            watch="Late Shipments fills with one carrier's parcels; the chart of late handoffs shows which.",
        ),
        Story(
            key="storm", title="A winter storm", orders=60, days=1.9, board="exceptions", workflows=_EXCEPTION,
            tell=_storm,
            happens="Sixty parcels are delayed by weather within minutes; some are held, and some of those move again.",
            watch="Hundreds of webhooks come in at once. A delay alone is no exception: only the held ones stay on the board.",
        ),
    )
}  # fmt: skip
