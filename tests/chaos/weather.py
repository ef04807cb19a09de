"""What happens to a house while it works: events of every kind, shuffled and doubled, and faults of every process."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil

from postsale.service.database import Server
from tests.stories.house import House

CHANNELS = ("shopify-us", "shopify-us", "etsy")
#: What carriers say of a parcel, in carrier time; the fold must find the last one whatever comes in first.
TALES = (
    ("in_transit", "exception"),
    ("in_transit", "exception", "in_transit", "delivered"),
    ("accepted", "in_transit", "out_for_delivery", "delivered"),
    ("exception",),
    (),
    (),
)
DELIVERED = {
    "format": "postsale.workflow/1", "name": "Delivered", "once_per": "parcel",
    "trigger": {"type": "tracking.status_changed", "to": ["delivered"]},
    "steps": [
        {"id": "breathe", "kind": "wait", "for": {"seconds": 2}},
        {"id": "note", "kind": "action", "action": "order.add_note", "with": {"text": "{{ parcel.tracking_number }} came"}},
        {"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "arrived"}},
        {"id": "count", "kind": "action", "action": "dashboard.count",
         "with": {"dashboard": "operations", "measure": "arrivals"}},
    ],
}  # fmt: skip


def events(rng: random.Random, count: int, *, now: datetime) -> list[dict[str, Any]]:
    """At least `count` different CloudEvents about parcels with one order each, shuffled, a tenth of them doubled."""
    made: list[dict[str, Any]] = []
    for n in range(count):
        if len(made) >= count:
            break
        made += _parcel(rng, n, now=now)
    doubled = [*made, *rng.sample(made, len(made) // 10)]
    rng.shuffle(doubled)
    return doubled


def last_words(said: Sequence[dict[str, Any]]) -> dict[str, str]:
    """What each parcel's status must be in the end: the carrier's last word by the carrier's clock."""
    found: dict[str, tuple[str, str]] = {}
    for event in said:
        parcel = event["data"].get("parcel")
        if parcel:
            word = (event["time"], parcel["status"]) if "status" in parcel else ("", "awaiting_carrier")
            found[parcel["tracking_number"]] = max(found.get(parcel["tracking_number"], word), word)
    return {number: status for number, (_, status) in found.items()}


def _parcel(rng: random.Random, n: int, *, now: datetime) -> list[dict[str, Any]]:
    number, tracking = f"{n}", f"1Z{n:06}"
    order = {
        "number": number, "sales_channel": rng.choice(CHANNELS),
        "customer": {"email": f"c{n}@customer.example", "first_name": "Ann"},
    }  # fmt: skip
    parcel = {"carrier": rng.choice(["ups", "USPS"]), "tracking_number": tracking}
    label_at = now - rng.choice([
        timedelta(days=3), timedelta(days=2) - timedelta(seconds=rng.uniform(1, 20)), timedelta(hours=5),
    ])  # fmt: skip
    found = [
        _event("order.created", f"order-{n}", label_at - timedelta(hours=1), {"order": order}),
        _event("label.created", f"label-{n}", label_at, {"order": order, "parcel": parcel}),
    ]
    for step, status in enumerate(rng.choice(TALES)):
        at = now - timedelta(hours=4) + timedelta(minutes=step * 10, seconds=rng.uniform(0, 60))
        data = {"parcel": parcel | {"status": status}}
        found.append(_event("tracking.updated", f"scan-{n}-{step}", at, data))
    return found


def _event(type_: str, name: str, at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": name, "source": "chaos", "type": type_, "data": data,
        "time": at.astimezone(UTC).isoformat(),
    }  # fmt: skip


def faults(rng: random.Random, count: int) -> list[Callable[[House], None]]:
    """`count` faults in an order of chance; each kind comes once before any comes again."""
    found: list[Callable[[House], None]] = []
    while len(found) < count:
        found += rng.sample(KINDS, len(KINDS))
    return found[:count]


def kill_a_worker(house: House) -> None:
    """kill -9 of one of django-q2's children, whichever it is."""
    _kill(random.choice(house.workers()))  # noqa: S311 -- no secret


def kill_the_cluster(house: House) -> None:
    """kill -9 of django-q2's first process."""
    _kill(house.child("qcluster"))


def kill_the_web_server(house: House) -> None:
    """kill -9 in the middle of requests."""
    _kill(house.child("service.server"))


def crash_the_database(house: House) -> None:
    """An immediate restart of PostgreSQL: every connection breaks, nothing is said goodbye to."""
    words = Server(house.data)._pg_ctl("restart", "-m", "immediate", "-l", str(house.data / "pg/start.log"))
    assert words is None, words


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return


KINDS: tuple[Callable[[House], None], ...] = (
    kill_a_worker,
    kill_the_cluster,
    kill_the_web_server,
    crash_the_database,
)
