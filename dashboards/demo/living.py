"""The demo shop's days after its seeding: the lives that were begun go on, and new orders come, all from the same seed.

What is told when is a function of the seed and the moment alone, so that nothing has to be kept but where we are. Lives
go on more quickly than in the world, so that whoever looks for some minutes sees parcels move.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from dashboards.demo import life, roads, stock, telling
from dashboards.demo.bodies import Delivery
from dashboards.demo.life import Order
from dashboards.demo.roads import Scan

ORDERS_A_DAY = 60
#: Of so many new orders one lives at the world's own pace, late handoffs and all.
SLOW_ONE_IN = 4
#: The longest lives that are told to their end.
REACH = timedelta(days=25)
#: Who tells may go back by this much.
KEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """How much quicker than in the world lives go on, and how often a parcel on its road is seen."""

    times: float
    seen_every: timedelta


#: A week's journey of a new order takes half a day, what is left of the begun ones a bit more.
NEW = Tempo(times=12, seen_every=timedelta(minutes=20))
BEGUN = Tempo(times=6, seen_every=timedelta(minutes=150))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a demo shop was seeded with; kept in its tenant's settings."""

    seed: int
    orders: int
    days: int
    seeded_at: datetime

    def as_setting(self) -> dict[str, Any]:
        """The plan as JSON."""
        return {"seed": self.seed, "orders": self.orders, "days": self.days, "seeded_at": self.seeded_at.isoformat()}


def plan_of(settings: Mapping[str, Any]) -> Plan | None:
    """The plan in a tenant's settings; None when it has none."""
    said = settings.get("demo")
    if not isinstance(said, Mapping):
        return None
    return Plan(
        seed=int(said["seed"]), orders=int(said["orders"]), days=int(said["days"]),
        seeded_at=datetime.fromisoformat(said["seeded_at"]),
    )  # fmt: skip


@dataclass(slots=True)
class Stream:
    """The deliveries of one demo shop, in the order in which they come."""

    plan: Plan
    _begun: list[Delivery] | None = None
    _days: dict[int, list[Delivery]] = field(default_factory=dict)

    def between(self, after: datetime, until: datetime) -> list[Delivery]:
        """What is told after `after` and up to `until`; `after` may go back by KEPT at most."""
        first, last, seeded_on = _ordinal(after - REACH), _ordinal(until), _ordinal(self.plan.seeded_at)
        self._days = {day: _after(told, after - KEPT) for day, told in self._days.items() if day >= first}
        for day in range(max(first, seeded_on), last + 1):
            if day not in self._days:
                self._days[day] = _after(self._of_day(day, nth=day - seeded_on), after - KEPT)
        self._begun = self._of_the_begun() if self._begun is None else _after(self._begun, after - KEPT)
        told = [each for part in (self._begun, *self._days.values()) for each in part if after < each.at <= until]
        return sorted(told, key=lambda each: each.at)

    def _of_the_begun(self) -> list[Delivery]:
        """What is left of the lives that the seeding began."""
        plan = self.plan
        start = plan.seeded_at - timedelta(days=plan.days)
        lives = life.orders(seed=plan.seed, count=plan.orders, start=start, end=plan.seeded_at)
        seen = [quickened(each, BEGUN, since=plan.seeded_at) for each in lives]
        return _after(telling.deliveries(seen, seed=plan.seed), plan.seeded_at)

    def _of_day(self, day: int, *, nth: int) -> list[Delivery]:
        start = datetime.fromordinal(day).replace(tzinfo=UTC)
        lives = life.orders(
            seed=self.plan.seed * 100_000 + nth, count=ORDERS_A_DAY, start=start, end=start + timedelta(days=1),
            first=self.plan.orders + nth * ORDERS_A_DAY,
        )  # fmt: skip
        new = [each for each in lives if each.placed_at > self.plan.seeded_at]
        seen = [each if _is_slow(each) else quickened(each, NEW, since=each.placed_at) for each in new]
        return telling.deliveries(seen, seed=self.plan.seed)


def _after(told: Sequence[Delivery], at: datetime) -> list[Delivery]:
    return [each for each in told if each.at > at]


def quickened(order: Order, tempo: Tempo, *, since: datetime) -> Order:
    """The same life, at `tempo` from `since` on."""

    def sooner(at: datetime) -> datetime:
        return at if at <= since else (since + (at - since) / tempo.times).replace(microsecond=0)

    parcels = tuple(
        replace(
            each, label_at=sooner(each.label_at),
            scans=tuple(_seen_often([replace(scan, at=sooner(scan.at)) for scan in each.scans], tempo, since=since)),
        )
        for each in order.parcels
    )  # fmt: skip
    cancelled_at = sooner(order.cancelled_at) if order.cancelled_at else None
    return replace(order, paid_at=sooner(order.paid_at), cancelled_at=cancelled_at, parcels=parcels)


def newest_only(told: Sequence[Delivery]) -> list[Delivery]:
    """Without what a later body of the same parcel says again: for who was away for a while."""
    newest = {each.subject: n for n, each in enumerate(told)}
    return [each for n, each in enumerate(told) if not each.subject or newest[each.subject] == n]


def _is_slow(order: Order) -> bool:
    return order.partner_id // 8 % SLOW_ONE_IN == 0


def _seen_often(scans: Sequence[Scan], tempo: Tempo, *, since: datetime) -> Iterator[Scan]:
    rng = Random(f"{scans[0].at}")  # noqa: S311 -- a game, not a secret
    for scan, following in zip(scans, [*scans[1:], None], strict=True):
        yield scan
        if following is None or scan.status not in ("accepted", "in_transit"):
            continue
        hubs = stock.HUBS["EU" if scan.country in roads.EUROPE else "US"]
        at = max(scan.at, since) + tempo.seen_every * rng.uniform(0.3, 1.6)
        while at < following.at - timedelta(minutes=5):
            yield roads.scan(rng.choice(("arrived", "departed")), at, where=rng.choice(hubs))
            at += tempo.seen_every * rng.uniform(0.7, 1.4)


def _ordinal(at: datetime) -> int:
    return at.astimezone(UTC).toordinal()
