"""One order's life from the basket to the door, drawn from the odds: what truly happens, whoever reports it, and when."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from dashboards.demo import odds, roads, stock
from dashboards.demo.odds import RATES, Rates
from dashboards.demo.roads import Scan
from dashboards.demo.stock import Channel, Place

#: The demo shop's own clock.
ZONE = ZoneInfo("America/New_York")
#: Orders a weekday, Monday first, and an hour of the day: people shop in the evening and on Sundays.
BY_WEEKDAY = (1.12, 1.02, 1.0, 0.98, 0.95, 0.82, 1.11)
BY_HOUR = (1, 1, 1, 1, 1, 2, 3, 5, 7, 8, 9, 10, 11, 10, 9, 9, 9, 10, 11, 12, 13, 12, 8, 4)
#: The packing table's hours.
OPENS, CLOSES = 8, 18
FIT_TO_SHIP = timedelta(minutes=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer."""

    first_name: str
    last_name: str
    email: str | None
    wants_news: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """So many of one ware."""

    ware: stock.Ware
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A parcel: when its label was made, and every scan of the carrier, oldest first."""

    carrier: str
    service: str
    tracking_number: str
    label_at: datetime
    scans: tuple[Scan, ...]
    lines: tuple[Line, ...]

    @property
    def grams(self) -> int:
        """What is in it, and the box."""
        return 140 + sum(line.ware.grams * line.quantity for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as it will have been at the end of its life."""

    number: str
    partner_id: int
    channel: Channel
    placed_at: datetime
    paid_at: datetime
    cancelled_at: datetime | None
    customer: Person
    address: Place
    lines: tuple[Line, ...]
    tags: tuple[str, ...]
    note: str
    parcels: tuple[Parcel, ...] = field(default=())

    @property
    def total(self) -> int:
        """What the customer pays, in whole units of the currency."""
        return sum(line.ware.price * line.quantity for line in self.lines) + 6


def orders(
    *, seed: int, count: int, start: datetime, end: datetime, rates: Rates = RATES, first: int = 0
) -> list[Order]:
    """`count` orders placed between `start` and `end`, in their order; the same for the same seed and times.

    They are numbered after the `first` ones of each channel.
    """
    rng = Random(f"orders {seed}")  # noqa: S311 -- a game, not a secret
    moments = sorted(_moments(rng, count=count, start=start, end=end))
    people = _people(rng, max(1, round(count * 0.8)), rates)
    made: dict[str, int] = {}
    found = []
    for at in moments:
        channel = rng.choices(list(stock.CHANNELS.values()), [each.share for each in stock.CHANNELS.values()])[0]
        made[channel.key] = made.get(channel.key, first) + 1
        own = Random(f"{seed} {channel.key} {made[channel.key]}")  # noqa: S311 -- as above
        nth = made[channel.key]
        found.append(order(own, channel=channel, nth=nth, placed_at=at, customer=rng.choice(people), rates=rates))
    return found


def order(
    rng: Random, *, channel: Channel, nth: int, placed_at: datetime, customer: Person, rates: Rates = RATES
) -> Order:
    """The `nth` order of a channel, with its whole future."""
    address = rng.choice(channel.places)
    paid_at = placed_at + timedelta(hours=odds.approval_hours(rng))
    lines = _basket(rng)
    cancelled_at = paid_at + timedelta(hours=rng.uniform(0.5, 6)) if odds.happens(rng, rates.cancelled) else None
    made = Order(
        number=_number(channel, nth), partner_id=_partner_id(channel, nth), channel=channel, placed_at=placed_at,
        paid_at=paid_at, cancelled_at=cancelled_at, customer=customer, address=address, lines=lines, tags=_tags(rng, lines),
        note=rng.choice(NOTES) if odds.happens(rng, 0.06) else "",
    )  # fmt: skip
    return made if cancelled_at is not None else replace(made, parcels=parcels(rng, made, rates=rates))


def parcels(rng: Random, made: Order, *, rates: Rates) -> tuple[Parcel, ...]:
    """One parcel, or two when the order is split."""
    if len(made.lines) > 1 and odds.happens(rng, rates.split / 0.4):
        return (
            _parcel(rng, made, made.lines[:1], nth=0, rates=rates),
            _parcel(rng, made, made.lines[1:], nth=1, rates=rates),
        )
    return (_parcel(rng, made, made.lines, nth=0, rates=rates),)


def is_open(at: datetime) -> bool:
    """Whether somebody stands at the packing table."""
    local = at.astimezone(ZONE)
    return OPENS <= local.hour < CLOSES and local.weekday() < 6


def _parcel(rng: Random, made: Order, lines: Sequence[Line], *, nth: int, rates: Rates) -> Parcel:
    names, weights = zip(*made.channel.carriers, strict=True)
    carrier = stock.CARRIERS[rng.choices(names, weights)[0]]
    paid_at = made.paid_at
    handed_over_at = _by_day(
        rng, paid_at + timedelta(hours=odds.handoff_hours(rng, paid_at.astimezone(ZONE).weekday()))
    )
    if odds.happens(rng, rates.handed_over_before_approval):
        handed_over_at = max(made.placed_at + timedelta(hours=1), paid_at - timedelta(hours=rng.uniform(1, 12)))
    handed_over_at = max(handed_over_at, made.placed_at + timedelta(minutes=40))
    label_at = _label_at(rng, made, handed_over_at)
    scans = roads.scans(
        rng, carrier=carrier, home="EU" if made.channel.key == stock.EU.key else "US", to=made.address,
        handed_over_at=handed_over_at, zone=ZONE, rates=rates,
    )  # fmt: skip
    return Parcel(
        carrier=carrier.name, service=carrier.service, label_at=label_at, scans=scans, lines=tuple(lines),
        tracking_number=tracking(carrier, made.partner_id * 2 + nth),
    )  # fmt: skip


def _label_at(rng: Random, made: Order, handed_over_at: datetime) -> datetime:
    """Somewhere on the second half of the way to the carrier, when somebody packs."""
    earliest = min(made.paid_at, handed_over_at - FIT_TO_SHIP)
    at = earliest + (handed_over_at - earliest) * rng.betavariate(4, 1.7)
    for hours in (0, 3, 6, 9, 12, 15):
        moved = at - timedelta(hours=hours)
        if moved >= earliest and is_open(moved):
            return moved
    return max(min(at, handed_over_at - FIT_TO_SHIP), made.placed_at + timedelta(minutes=5))


def _by_day(rng: Random, at: datetime) -> datetime:
    """The same day, at an hour in which vans come; a Sunday's van mostly comes on Monday."""
    local = at.astimezone(ZONE)
    if not 9 <= local.hour < 19:
        local = local.replace(hour=rng.randrange(10, 18), minute=rng.randrange(60))
    if local.weekday() == 6 and rng.random() < 0.8:
        local += timedelta(days=1)
    return max(at - timedelta(hours=10), local.astimezone(UTC))


def _moments(rng: Random, *, count: int, start: datetime, end: datetime) -> list[datetime]:
    """Moments weighted by weekday and hour of the shop's clock, and growing a little."""
    found: list[datetime] = []
    whole = end - start
    while len(found) < count:
        at = start + whole * rng.random() ** 0.93
        local = at.astimezone(ZONE)
        if rng.random() < BY_WEEKDAY[local.weekday()] * BY_HOUR[local.hour] / (13 * 1.12):
            found.append(at)
    return found


def person(rng: Random, rates: Rates = RATES) -> Person:
    """A customer with an address that no mail ever reaches (RFC 2606)."""
    first, last = rng.choice(stock.FIRST_NAMES), rng.choice(stock.LAST_NAMES)
    email = f"{first}.{last}{rng.randrange(2, 99)}@customer.example".lower()
    return Person(
        first_name=first, last_name=last, email=None if odds.happens(rng, rates.without_email) else email,
        wants_news=not odds.happens(rng, rates.opted_out),
    )  # fmt: skip


def _people(rng: Random, count: int, rates: Rates) -> list[Person]:
    return [person(rng, rates) for _ in range(count)]


def _basket(rng: Random) -> tuple[Line, ...]:
    wares = rng.sample(stock.WARES, rng.choices((1, 2, 3, 4), (60, 25, 11, 4))[0])
    return tuple(Line(ware=ware, quantity=rng.choices((1, 2, 3), (84, 13, 3))[0]) for ware in wares)


def _tags(rng: Random, lines: Sequence[Line]) -> tuple[str, ...]:
    gift = ["gift"] if any("Gift" in line.ware.name for line in lines) or rng.random() < 0.05 else []
    return (
        *gift,
        *(["returning customer"] if rng.random() < 0.22 else []),
        *(["wholesale"] if rng.random() < 0.02 else []),
    )


def _number(channel: Channel, nth: int) -> str:
    number = channel.first_number + nth
    match channel.key:
        case "shopify-us":
            return f"#{number}"
        case "shopify-eu":
            return f"#EU{number}"
    return f"114-{number * 7919 % 10_000_000:07}-{number:07}"


def _partner_id(channel: Channel, nth: int) -> int:
    """The partner's own id, of the length that Shopify's have; no two channels share one."""
    return 5_820_000_000_000 + list(stock.CHANNELS).index(channel.key) * 10**10 + (channel.first_number + nth) * 8


def tracking(carrier: stock.Carrier, number: int) -> str:
    """The `number`th of a carrier's tracking numbers."""
    return carrier.prefix + f"{number * 48_271 % 10**carrier.digits:0{carrier.digits}}"


NOTES = (
    "Please leave it with the neighbour.",
    "It is a gift: no invoice in the box, please.",
    "The bell is broken, please knock.",
    "Could you wrap the candle separately?",
    "Back door, round the garden.",
)
