"""Chance, from a seed: workflows that do something, and days of a shop's life for them to do it in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from postsale.events.kinds import Reported

type Json = dict[str, Any]

CHANNELS = ("shopify-us", "shopify-eu", "ebay")
CARRIERS = ("ups", "dhl_express", "usps")
#: What a parcel may go through, each way about as likely as in life.
JOURNEYS = (
    ("accepted", "in_transit", "out_for_delivery", "delivered"),
    ("accepted", "in_transit", "out_for_delivery", "delivered"),
    ("in_transit", "exception", "in_transit", "delivered"),
    ("accepted", "in_transit", "delayed", "exception"),
    ("accepted", "out_for_delivery", "failed_attempt", "available_for_pickup"),
    ("in_transit", "exception", "return_to_sender"),
    (),
)
OPS_STATUSES = ("exception", "waiting_on_carrier", "waiting_on_customer", "resolved")
TAGS = ("late", "vip", "gift", "seen")
ORDERS_A_DAY = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One event and when it is received."""

    at: datetime
    event: Reported


def days_of_life(rng: Random, *, start: datetime, days: int) -> list[Moment]:
    """The events of `days` days in the order in which they are received, no two of them at one time."""
    moments: list[Moment] = []
    for number in range(1, days * ORDERS_A_DAY + 1):
        placed_at = start + timedelta(seconds=rng.randrange(days * 86_400))
        moments.extend(_order(rng, str(1000 + number), placed_at))
    ends_at = start + timedelta(days=days)
    kept = sorted(
        (moment for moment in moments if moment.at < ends_at), key=lambda each: (each.at, each.event.external_id)
    )
    return [
        moment for before, moment in zip([None, *kept], kept, strict=False) if before is None or before.at != moment.at
    ]


def _order(rng: Random, number: str, placed_at: datetime) -> Iterator[Moment]:
    """An order, its label, its scans; now and then paid, tagged by the shop, cancelled or without an order at first."""
    order = {
        "number": number, "sales_channel": rng.choice(CHANNELS), "placed_at": placed_at.isoformat(),
        "total": f"{rng.randrange(5, 400)}.00", "currency": "USD", "tags": rng.sample(TAGS, rng.randrange(3)),
        "customer": {"email": f"buyer{rng.randrange(40)}@buyer.example", "first_name": "Bo"},
    }  # fmt: skip
    ref = {"number": number, "sales_channel": order["sales_channel"]}
    parcel = {"carrier": rng.choice(CARRIERS), "tracking_number": f"T{number}"}
    tell = _Teller(number)
    is_late = rng.random() < 0.1
    if not is_late:
        yield tell("order.created", placed_at, {"order": order})
    if rng.random() < 0.5:
        yield tell("order.paid", placed_at + _soon(rng, 5), {"order": {**ref, "payment_status": "paid"}})
    at = placed_at + _soon(rng, 30)
    yield tell("label.created", at, {"parcel": parcel} if is_late else {"parcel": parcel, "order": ref})
    if is_late:
        yield tell("order.created", at + _soon(rng, 40), {"order": order, "parcel": parcel})
    for status in rng.choice(JOURNEYS):
        at += _soon(rng, 40)
        yield tell("tracking.updated", at, {"parcel": {**parcel, "status": status}})
    if rng.random() < 0.1:
        yield tell("order.cancelled", at + _soon(rng, 10), {"order": ref})


class _Teller:
    def __init__(self, number: str) -> None:
        self.number = number
        self.told = 0

    def __call__(self, kind: str, at: datetime, data: Json) -> Moment:
        self.told += 1
        return Moment(
            at=at, event=Reported(type=kind, external_id=f"{self.number}-{self.told}", occurred_at=at, data=data)
        )


def _soon(rng: Random, hours: int) -> timedelta:
    return timedelta(seconds=rng.randrange(60, hours * 3600))


def workflow(rng: Random, name: str) -> Json:
    """A valid document that may well fire."""
    document: Json = {"format": "postsale.workflow/1", "name": name, "trigger": _trigger(rng)}
    document["once_per"] = rng.choice(("parcel", "parcel", "order", "event", "customer"))
    if rng.random() < 0.4:
        document["cooldown"] = rng.choice(({"hours": 12}, {"days": 1}, {"business_hours": 4}))
    steps = _Steps(rng)
    document["steps"] = [*([steps.gate(1)] if rng.random() < 0.6 else []), *steps.some(depth=0)]
    return document


def _trigger(rng: Random) -> Json:
    if rng.random() < 0.15:
        return {"type": "schedule", "at": rng.choice(("0 8 * * *", "30 17 * * mon-fri", "0 9 * * 1", "15 6,18 * * *"))}
    kind = rng.choice(
        (
            "label.created", "label.created", "tracking.status_changed", "tracking.status_changed", "order.created", "order.paid",
            "order.ops_status_changed", "order.tag_added", "tracking.delivered", "tracking.exception_raised",
            "order.delivery_status_changed", "order.cancelled",
        )
    )  # fmt: skip
    if kind == "tracking.status_changed" and rng.random() < 0.7:
        return {"type": kind, "to": rng.sample(("exception", "delayed", "in_transit", "delivered", "accepted"), 2)}
    if kind == "order.ops_status_changed" and rng.random() < 0.5:
        return {"type": kind, "to": [rng.choice(OPS_STATUSES)]}
    return {"type": kind}


def _duration(rng: Random) -> Json:
    unit, most = rng.choice((("minutes", 90), ("hours", 60), ("days", 4), ("business_hours", 20), ("business_days", 3)))
    return {unit: rng.randint(1, most)}


def _condition(rng: Random, depth: int = 0) -> Json:
    if depth == 2 or rng.random() < 0.6:
        return rng.choice(_LEAVES)(rng)
    children = [_condition(rng, depth + 1) for _ in range(rng.randint(1, 3))]
    kind = rng.choice(("all", "all", "any", "none", "at_least"))
    return {"at_least": rng.randint(1, len(children)), "of": children} if kind == "at_least" else {kind: children}


def _status(rng: Random) -> str:
    return rng.choice(("awaiting_carrier", "accepted", "in_transit", "exception", "delivered", "delayed"))


_LEAVES: tuple[Callable[[Random], Json], ...] = (
    lambda rng: {"field": "order.sales_channel", "op": "in", "value": rng.sample(CHANNELS, 2)},
    lambda rng: {"field": "order.total", "op": rng.choice(("gt", "lte")), "value": rng.randrange(50, 300)},
    lambda rng: {"field": "order.tags", "op": rng.choice(("has_any", "has_none")), "value": rng.sample(TAGS, 2)},
    lambda rng: {"field": "order.ops_status", "op": rng.choice(("is", "is_not")), "value": rng.choice(OPS_STATUSES)},
    lambda rng: {"field": "order.placed_at", "op": rng.choice(("older_than", "within_last")), "value": _duration(rng)},
    lambda rng: {"field": "parcel.carrier", "op": rng.choice(("is", "is_not")), "value": rng.choice(CARRIERS)},
    lambda rng: {"field": "parcel.tracking_status", "op": rng.choice(("is", "is_not")), "value": _status(rng)},
    lambda rng: {"field": "parcel.tracking_status", "op": "has_been", "value": _status(rng), "for": _duration(rng)},
    lambda rng: {"field": "parcel.label_created_at", "op": "older_than", "value": _duration(rng)},
    lambda rng: {"field": "parcel.status_since", "op": "older_than", "value": _duration(rng)},
    lambda rng: {"field": "history.exceptions", "op": "lt", "value": rng.randint(1, 2)},
    lambda rng: {"field": "now.is_business_time", "op": rng.choice(("is_true", "is_false"))},
)


class _Steps:
    """Steps with ids of their own."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.made = 0

    def some(self, *, depth: int) -> list[Json]:
        """One to three steps."""
        return [self.one(depth) for _ in range(self.rng.randint(1, 3 if depth == 0 else 2))]

    def one(self, depth: int) -> Json:
        """Any step; deep down no more branches."""
        makers = [self.action, self.action, self.action, self.wait, self.gate]
        return self.rng.choice(makers if depth > 1 else [*makers, self.branch])(depth)

    def gate(self, depth: int) -> Json:
        """A condition, sometimes with something to do when it doesn't hold."""
        step = {"id": self._id(), "kind": "condition", "if": _condition(self.rng)}
        return {**step, "else": self.some(depth=depth + 1)} if depth < 2 and self.rng.random() < 0.2 else step

    def branch(self, depth: int) -> Json:
        """A branch with an otherwise."""
        paths = [{"if": _condition(self.rng), "steps": self.some(depth=depth + 1)} for _ in range(2)]
        return {"id": self._id(), "kind": "branch", "paths": paths, "otherwise": self.some(depth=depth + 1)}

    def wait(self, depth: int) -> Json:
        """A wait of each kind."""
        step: Json = {"id": self._id(), "kind": "wait"}
        match self.rng.randrange(3):
            case 0:
                step["for"] = _duration(self.rng)
            case 1:
                step["until"] = {"field": "parcel.label_created_at", "offset": _duration(self.rng)}
            case _:
                kind = self.rng.choice(("tracking.status_changed", "tracking.delivered", "order.paid"))
                step["until_event"] = {"type": kind, "within": _duration(self.rng)}
                step["on_timeout"] = self.rng.choice(("continue", "stop"))
        return step

    def action(self, depth: int) -> Json:
        """Something that Postsale does inside."""
        rng = self.rng
        action, with_ = rng.choice(
            (
                ("order.set_status", {"status": rng.choice(OPS_STATUSES)}),
                ("order.add_tag", {"tag": rng.choice(TAGS)}),
                ("order.remove_tag", {"tag": rng.choice(TAGS)}),
                ("order.add_note", {"text": "Seen {{ order.number }} at {{ parcel.tracking_number }}"}),
                ("order.assign", {"role": "owner"}),
                ("board.add", {"board": rng.choice(("exceptions", "late-shipments"))}),
                ("dashboard.count", {"dashboard": "operations", "measure": "seen"}),
            )
        )
        step: Json = {"id": self._id(), "kind": "action", "action": action, "with": with_}
        if rng.random() < 0.3:
            step["on_error"] = rng.choice(("continue", "retry"))
        return step

    def _id(self) -> str:
        self.made += 1
        return f"s{self.made}"
