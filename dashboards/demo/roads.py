"""A parcel's way from the carrier's first scan to its end: hubs, troubles, the door. Times are whole seconds."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from random import Random
from typing import Literal

from dashboards.demo import odds, stock
from dashboards.demo.odds import Rates
from dashboards.demo.stock import Carrier, Place

type Home = Literal["US", "EU"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What the carrier says: our canonical `status`, EasyPost's words for it, its own sentence, and where."""

    at: datetime
    status: str
    word: str
    detail: str
    text: str
    city: str
    country: str


#: (EasyPost's status, its detail, the carrier's sentence) of each kind of scan; our status first.
WORDS: dict[str, tuple[str, str, str, str]] = {
    "label": ("awaiting_carrier", "pre_transit", "label_created", "Shipping label created, carrier awaiting package"),
    "accepted": ("accepted", "in_transit", "received_at_origin_facility", "Picked up, received at origin facility"),
    "arrived": ("in_transit", "in_transit", "arrived_at_facility", "Arrived at facility"),
    "departed": ("in_transit", "in_transit", "departed_facility", "Departed facility"),
    "cleared": ("in_transit", "in_transit", "departed_facility", "Released, on its way again"),
    "out": ("out_for_delivery", "out_for_delivery", "out_for_delivery", "Out for delivery"),
    "delivered": ("delivered", "delivered", "arrived_at_destination", "Delivered, front door or porch"),
    "handed_over": ("delivered", "delivered", "arrived_at_destination", "Delivered, handed to resident"),
    "attempted": ("failed_attempt", "", "", "Delivery attempted, nobody at home"),
    "pickup": ("available_for_pickup", "available_for_pickup", "arrived_at_pickup_location", "Ready at the pickup point"),
    "delayed": ("delayed", "in_transit", "delayed", "Delayed, on track for a later delivery"),
    "weather": ("delayed", "in_transit", "weather_delay", "Delayed by severe weather"),
    "address": ("exception", "in_transit", "address_correction", "Incorrect address, the carrier is asking for a correction"),
    "damaged": ("exception", "in_transit", "damaged", "Damaged in transit, being repacked"),
    "missorted": ("exception", "in_transit", "missorted", "Sent to the wrong facility, being rerouted"),
    "held": ("exception", "in_transit", "held", "Held at the facility"),
    "customs": ("exception", "failure", "awaiting_information", "Held by customs, a document is missing"),
    "unexplained": ("exception", "failure", "delivery_exception", "Exception: delivery could not be completed"),
    "lost": ("exception", "in_transit", "lost", "The parcel can't be located, a search was started"),
    "returning": ("return_to_sender", "return_to_sender", "return", "On its way back to the sender"),
}  # fmt: skip
#: What an exception is about, and how many in a hundred are.
EXCEPTIONS = {"address": 30, "missorted": 24, "held": 18, "damaged": 12, "unexplained": 16}


def scan(key: str, at: datetime, *, where: str) -> Scan:
    """A scan of WORDS at a place ("Memphis, TN", "Köln, DE")."""
    status, word, detail, text = WORDS[key]
    city, _, region = where.partition(", ")
    return Scan(
        at=at.astimezone(UTC).replace(microsecond=0), status=status, word=word, detail=detail, text=text, city=city,
        country=region if region in EUROPE else "US",
    )  # fmt: skip


EUROPE = frozenset(place.country for place in stock.EUROPEAN)


def scans(
    rng: Random, *, carrier: Carrier, home: Home, to: Place, handed_over_at: datetime, zone: tzinfo, rates: Rates
) -> tuple[Scan, ...]:
    """Every physical scan of a parcel, oldest first; its trouble, if it has one, among them."""
    days = odds.transit_days(rng, median=carrier.median_days)
    arrives_at = _daytime(rng, handed_over_at + timedelta(days=max(0.7, days)), zone)
    door, hubs = f"{to.city}, {to.region if to.country == 'US' else to.country}", stock.HUBS[home]
    road = [scan("accepted", handed_over_at, where=_home(home))]
    stops = rng.sample(hubs, rng.choices((1, 2, 3), (60, 32, 8))[0])
    for n, hub in enumerate(stops, 1):
        at = handed_over_at + (arrives_at - handed_over_at) * (n / (len(stops) + 1) * rng.uniform(0.82, 1.0))
        road.append(scan("arrived", at, where=hub))
        if rng.random() < 0.25:
            road.append(scan("departed", at + timedelta(hours=rng.uniform(2, 7)), where=hub))
    is_abroad = home == "EU" and to.country not in stock.UNION
    road, ends_at, is_over = _trouble(rng, road, arrives_at, hubs, is_abroad=is_abroad, rates=rates)
    if not is_over:
        road += _to_the_door(rng, ends_at, door, zone, rates)
    return tuple(sorted(road, key=lambda each: each.at))


def _trouble(
    rng: Random, road: list[Scan], arrives_at: datetime, hubs: tuple[str, ...], *, is_abroad: bool, rates: Rates
) -> tuple[list[Scan], datetime, bool]:
    """The road up to the last mile, when that begins, and whether the parcel never gets there."""
    where = rng.choice(hubs)
    starts_at = road[-1].at + timedelta(hours=rng.uniform(4, 16))
    if odds.happens(rng, rates.lost):
        return [*road, scan("lost", starts_at + timedelta(days=4), where=where)], arrives_at, True
    if is_abroad and odds.happens(rng, rates.customs):
        freed_at = starts_at + timedelta(days=rng.uniform(0.8, 4))
        customs = [scan("customs", starts_at, where=where), scan("cleared", freed_at, where=where)]
        return [*road, *customs], max(arrives_at, freed_at + timedelta(days=1.2)), False
    if odds.happens(rng, rates.exception):
        kind = rng.choices(list(EXCEPTIONS), list(EXCEPTIONS.values()))[0]
        road = [*road, scan(kind, starts_at, where=where)]
        if odds.happens(rng, rates.recovers):
            freed_at = starts_at + timedelta(days=min(5.0, rng.lognormvariate(0.45, 0.6)))
            return [*road, scan("cleared", freed_at, where=where)], max(arrives_at, freed_at + timedelta(days=1)), False
        stuck_for = timedelta(days=rng.uniform(2, 6))
        if rng.random() < 0.55:
            return [*road, scan("returning", starts_at + stuck_for, where=where)], arrives_at, True
        return [*road, scan("cleared", starts_at + stuck_for, where=where)], starts_at + stuck_for * 1.3, False
    if odds.happens(rng, rates.delayed):
        kind = "weather" if rng.random() < 0.4 else "delayed"
        later = arrives_at + timedelta(days=rng.uniform(0.6, 2.5))
        return (
            [*road, scan(kind, starts_at, where=where), scan("arrived", later - timedelta(hours=16), where=where)],
            later,
            False,
        )
    return road, arrives_at, False


def _to_the_door(rng: Random, arrives_at: datetime, door: str, zone: tzinfo, rates: Rates) -> list[Scan]:
    arrives_at = _daytime(rng, arrives_at, zone)
    out_at = arrives_at - timedelta(hours=rng.uniform(1.5, 5))
    if odds.happens(rng, rates.returned):
        return [scan("out", out_at, where=door), scan("returning", arrives_at + timedelta(days=1), where=door)]
    if not odds.happens(rng, rates.failed_attempt):
        return [scan("out", out_at, where=door), *_delivered(rng, arrives_at, door, rates)]
    tried = [scan("out", out_at, where=door), scan("attempted", arrives_at, where=door)]
    if rng.random() < 0.3:
        waits_at = arrives_at + timedelta(hours=rng.uniform(3, 20))
        fetched_at = waits_at + timedelta(days=rng.uniform(0.4, 5))
        return [*tried, scan("pickup", waits_at, where=door), *_delivered(rng, fetched_at, door, rates)]
    again_at = _daytime(rng, arrives_at + timedelta(days=1), zone)
    return [*tried, scan("out", again_at - timedelta(hours=3), where=door), *_delivered(rng, again_at, door, rates)]


def _delivered(rng: Random, at: datetime, door: str, rates: Rates) -> list[Scan]:
    first = scan("delivered" if rng.random() < 0.7 else "handed_over", at, where=door)
    if not odds.happens(rng, rates.two_delivered_scans):
        return [first]
    return [first, scan("delivered", at + timedelta(minutes=1), where=door)]


def _daytime(rng: Random, at: datetime, zone: tzinfo) -> datetime:
    """The same day at an hour in which parcels are brought."""
    local = at.astimezone(zone)
    if 9 <= local.hour < 20:
        return at
    return local.replace(hour=rng.randrange(10, 19), minute=rng.randrange(60)).astimezone(UTC)


def _home(home: Home) -> str:
    place = stock.HOME[home]
    return f"{place.city}, {place.region if home == 'US' else place.country}"
