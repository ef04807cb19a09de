"""Seeding: the demo shop lives its days through the live path under a virtual clock, in one transaction.

Partners' bodies go through their adapters into the log, the lane is decided slice by slice as a worker would, the
outbox is settled, people work. Nobody sees anything of it before all of it is there, and nothing leaves.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from random import Random

from dashboards.demo import life, opening, people, post, telling
from dashboards.demo.bodies import Delivery
from dashboards.demo.living import Plan
from dashboards.demo.removal import remove_demo
from postsale.events.models import Quarantine
from postsale.events.record import Arrival, arrival, record_past
from postsale.integrations.base import Unreadable
from postsale.integrations.models import Connection
from postsale.integrations.registry import PARTNERS
from postsale.tenants.ids import born_at_once
from postsale.tenants.models import Tenant
from postsale.tenants.scope import tenant
from postsale.tenants.shop import load_shop
from workflows.replay.virtual import decide_until
from workflows.runs.models import Notification

ORDERS, DAYS, SEED = 1_200, 30, 7
#: When the people of the shop look at their boards, on its clock; what comes in between is decided together.
ROUNDS = (time(10, 45), time(16, 30))
#: When the help desk's address was gone, in days of DAYS.
HELPDESK_GONE = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """The tenant and what its days came to."""

    tenant_id: int
    orders: int
    deliveries: int
    decided: int


def seed(*, password: str, now: datetime, orders: int = ORDERS, days: int = DAYS, seed_: int = SEED) -> Seeded:
    """Open the demo shop `days` ago and let it live until `now`: all of it, or nothing is left of it.

    Raises NotMadeError when it is there already.
    """
    start = now - timedelta(days=days)
    with born_at_once(start - timedelta(hours=1)):
        made = opening.open_shop(password=password, now=start - timedelta(hours=1))
    try:
        return _live(made.tenant_id, Plan(seed=seed_, orders=orders, days=days, seeded_at=now))
    except BaseException:
        remove_demo(made.tenant_id)
        raise


def _live(tenant_id: int, plan: Plan) -> Seeded:
    start, now = plan.seeded_at - timedelta(days=plan.days), plan.seeded_at
    lives = life.orders(seed=plan.seed, count=plan.orders, start=start, end=now)
    told = [each for each in telling.deliveries(lives, seed=plan.seed) if each.at < now]
    with tenant(tenant_id):
        Tenant.objects.filter(id=tenant_id).update(settings={**opening.SETTINGS, "demo": plan.as_setting()})
        decided = _Days(tenant_id, told, start=start, now=now, seed_=plan.seed).live()
    return Seeded(tenant_id=tenant_id, orders=len(lives), deliveries=len(told), decided=decided)


class _Days:
    """The days of one shop, slice by slice."""

    def __init__(self, tenant_id: int, told: Sequence[Delivery], *, start: datetime, now: datetime, seed_: int) -> None:
        self.tenant_id, self.told, self.start, self.now = tenant_id, told, start, now
        self.rng = Random(f"people {seed_}")  # noqa: S311 -- a game, not a secret
        self.lines: Mapping[str, Connection] = {
            each.name: each for each in Connection.objects.filter(tenant_id=tenant_id)
        }
        self.acts = deque(opening.acts())

    def live(self) -> int:
        """Live them all; returns how many events and deadlines were decided."""
        decided = 0
        self._act(self.start)
        for arrivals, until in self._slices():
            with born_at_once(arrivals[0][0] if arrivals else until):
                record_past(self.tenant_id, arrivals)
                decided += decide_until(self.tenant_id, until)
            with born_at_once(until):
                post.settle(self.tenant_id, self.rng, gone_from=self._day(HELPDESK_GONE))
                people.work(load_shop(self.tenant_id), self.rng, now=until, is_last=until == self.now)
                self._act(until)
        self._finish()
        return decided

    def _slices(self) -> Iterator[tuple[list[tuple[datetime, Arrival]], datetime]]:
        """What arrives up to each round of the people, and when that is; at last what arrives up to now."""
        told = deque(self.told)
        for until in (*_rounds(self.start, self.now), self.now):
            part = []
            while told and told[0].at < until:
                part.append(told.popleft())
            yield [each for delivery in part for each in self._read(delivery)], until

    def _read(self, delivery: Delivery) -> Iterator[tuple[datetime, Arrival]]:
        line = self.lines[delivery.connection]
        reported = PARTNERS[line.partner].read(dict(delivery.headers), delivery.body, line.settings, now=delivery.at)
        for n, each in enumerate(reported):
            raw = delivery.body if n == 0 else None
            came = arrival(each, source=line.partner, connection_id=line.id, raw=raw)
            yield delivery.at + timedelta(microseconds=n), came

    def _act(self, until: datetime) -> None:
        while self.acts and self._day(self.acts[0].day) <= until:
            opening.perform(self.tenant_id, self.acts.popleft(), now=until)

    def _day(self, day: float) -> datetime:
        """A day of the usual thirty; a shorter life has shorter ones."""
        return self.start + (self.now - self.start) * (day / DAYS)

    def _finish(self) -> None:
        """What is not decided: read notifications, connections that were heard of, two bodies that can't be read."""
        seen_until = self.now - timedelta(hours=9)
        Notification.objects.filter(tenant_id=self.tenant_id, created_at__lt=seen_until).update(read_at=seen_until)
        newest = {each.connection: each.at for each in self.told}
        for name, line in self.lines.items():
            Connection.objects.filter(tenant_id=self.tenant_id, id=line.id).update(last_event_at=newest.get(name))
        for ago, body in (
            (timedelta(days=4, hours=2), b'{"description":"tracker.updated","result":{}}'),
            (timedelta(hours=7), b'{"id":"evt_x","descr'),
        ):
            self._set_aside(body, self.now - ago)

    def _set_aside(self, body: bytes, at: datetime) -> None:
        line = self.lines["EasyPost"]
        try:
            PARTNERS[line.partner].read({}, body, line.settings, now=at)
        except Unreadable as error:
            with born_at_once(at):
                Quarantine.objects.create(
                    tenant_id=self.tenant_id, received_at=at, connection_id=line.id, reason=error.reason, raw=body,
                    headers={"content-type": "application/json", "user-agent": "EasyPost/Webhook"},
                )  # fmt: skip


def _rounds(start: datetime, end: datetime) -> Iterator[datetime]:
    day = start.astimezone(life.ZONE).date()
    while True:
        for wall in ROUNDS if day.weekday() < 5 else ROUNDS[1:2]:
            at = datetime.combine(day, wall, tzinfo=life.ZONE).astimezone(UTC)
            if at >= end:
                return
            if at > start:
                yield at
        day += timedelta(days=1)
