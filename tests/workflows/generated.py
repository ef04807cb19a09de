"""Valid workflow documents at random: `random_document` for seeds, `documents` for hypothesis."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from random import Random

from hypothesis import strategies as st

from workflows.catalog.fields import FIELDS, Field
from workflows.catalog.shelf import ShopNames
from workflows.catalog.triggers import TRIGGERS

type Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class SomeShop:
    """The names of a shop that has what every new one has."""

    boards: Mapping[str, str] = field(
        default_factory=lambda: {"exceptions": "Exceptions", "late-shipments": "Late Shipments"}
    )
    dashboards: Mapping[str, str] = field(default_factory=lambda: {"operations": "Operations"})
    ops_statuses: Mapping[str, str] = field(
        default_factory=lambda: {"new": "New", "exception": "Exception", "resolved": "Resolved"}
    )
    members: frozenset[str] = frozenset({"mia@shop.example"})
    zone: tzinfo = UTC


SHOP = SomeShop()


def documents(shop: ShopNames = SHOP) -> st.SearchStrategy[Json]:
    """Any valid document."""
    return st.builds(random_document, st.randoms(use_true_random=False), st.just(shop))


def conditions(shop: ShopNames = SHOP) -> st.SearchStrategy[Json]:
    """Any valid condition."""
    return st.builds(lambda rng: random_condition(rng, shop), st.randoms(use_true_random=False))


def random_document(rng: Random, shop: ShopNames = SHOP) -> Json:
    """A valid document, all chosen by `rng`."""
    document: Json = {
        "format": "postsale.workflow/1",
        "name": rng.choice(("Late handoff", "Ünusual näme 📦", "x")),
        "trigger": _trigger(rng, shop),
    }
    if rng.random() < 0.5:
        document["description"] = rng.choice(("", "What it is for."))
    if rng.random() < 0.5:
        document["once_per"] = rng.choice(("event", "parcel", "order", "customer"))
    if rng.random() < 0.3:
        document["cooldown"] = random_duration(rng)
    document["steps"] = _Steps(rng, shop).some(depth=0)
    return document


def random_duration(rng: Random) -> Json:
    """A duration as people write them, in any unit."""
    if rng.random() < 0.4:
        business: tuple[Json, ...] = ({"business_days": rng.randint(1, 5)}, {"business_hours": rng.choice((1, 2.5, 8))})
        return rng.choice(business)
    units = rng.sample(("seconds", "minutes", "hours", "days", "weeks"), rng.randint(1, 2))
    return {unit: rng.randint(1, 50) for unit in units}


def random_condition(rng: Random, shop: ShopNames = SHOP, *, depth: int = 0) -> Json:
    """A leaf, or a group at most three deep."""
    if depth == 3 or rng.random() < 0.55:
        return random_leaf(rng, shop)
    children = [random_condition(rng, shop, depth=depth + 1) for _ in range(rng.randint(1, 3))]
    kind = rng.choice(("all", "all", "any", "none", "at_least"))
    return {"at_least": rng.randint(1, len(children)), "of": children} if kind == "at_least" else {kind: children}


def random_leaf(rng: Random, shop: ShopNames = SHOP) -> Json:
    """A question about any field, with an operator that fits it."""
    if rng.random() < 0.05:
        return {"field": "order.custom.gift_note", "op": "is", "value": "yes"}
    asked = rng.choice(tuple(FIELDS.values()))
    return {"field": asked.path} | _QUESTIONS[asked.kind](rng, asked, shop)


def _word(rng: Random, asked: Field, shop: ShopNames) -> str:
    if asked.path == "order.ops_status":
        return rng.choice(sorted(shop.ops_statuses))
    if asked.choices:
        return rng.choice(asked.choices)[0]
    return rng.choice(("ups", "dhl", "shopify-us", "EUR", "US", "vip"))


def _about_text(rng: Random, asked: Field, shop: ShopNames) -> Json:
    op = rng.choice(("is", "is_not", "in", "not_in", "contains", "starts_with", "ends_with", "matches", "is_empty"))
    if op == "is_empty":
        return {"op": op}
    if op == "matches":
        return {"op": op, "value": "^[a-z]+-[0-9]{1,3}$"}
    return {"op": op, "value": ["1Z", "x"] if op.endswith("in") and op in ("in", "not_in") else "1Z"}


def _about_choice(rng: Random, asked: Field, shop: ShopNames) -> Json:
    op = rng.choice(("is", "is", "is_not", "in", "not_in", "is_not_empty", "has_been", "changed", "changed_to"))
    word = _word(rng, asked, shop)
    if asked.reads == "now":
        return {"op": "is", "value": word}
    match op:
        case "in" | "not_in":
            return {"op": op, "value": [word, _word(rng, asked, shop)]}
        case "is_not_empty" | "changed":
            return {"op": op}
        case "has_been":
            return {"op": op, "value": word, "for": random_duration(rng)}
    return {"op": op, "value": word}


def _about_number(rng: Random, asked: Field, shop: ShopNames) -> Json:
    op = rng.choice(("is", "gt", "gte", "lt", "lte", "between"))
    return {"op": op, "value": [1, 20] if op == "between" else rng.randint(0, 30)}


def _about_money(rng: Random, asked: Field, shop: ShopNames) -> Json:
    op = rng.choice(("is", "gt", "gte", "lt", "lte", "between"))
    return {"op": op, "value": ["1.50", 20] if op == "between" else rng.choice(("12.50", 30, 7.25))}


def _about_moment(rng: Random, asked: Field, shop: ShopNames) -> Json:
    op = rng.choice(("older_than", "within_last", "within_next", "before", "after", "is_empty"))
    if op == "is_empty":
        return {"op": op}
    at = rng.choice(("2026-11-20", "2026-11-20T10:00:00Z"))
    return {"op": op, "value": at if op in ("before", "after") else random_duration(rng)}


def _about_age(rng: Random, asked: Field, shop: ShopNames) -> Json:
    return {"op": rng.choice(("gt", "gte", "lt", "lte")), "value": {"hours": rng.randint(1, 90)}}


def _about_flag(rng: Random, asked: Field, shop: ShopNames) -> Json:
    return {"op": rng.choice(("is_true", "is_false"))}


def _about_set(rng: Random, asked: Field, shop: ShopNames) -> Json:
    op = rng.choice(("has", "has_any", "has_all", "has_none"))
    return {"op": op, "value": "vip" if op == "has" else ["vip", "gift"]}


def _about_time(rng: Random, asked: Field, shop: ShopNames) -> Json:
    return {"op": rng.choice(("gt", "gte", "lt", "lte")), "value": "09:30"}


_QUESTIONS: Mapping[str, Callable[[Random, Field, ShopNames], Json]] = {
    "text": _about_text,
    "choice": _about_choice,
    "number": _about_number,
    "money": _about_money,
    "datetime": _about_moment,
    "age": _about_age,
    "bool": _about_flag,
    "set": _about_set,
    "time": _about_time,
}


def _trigger(rng: Random, shop: ShopNames) -> Json:
    if rng.random() < 0.1:
        others: tuple[Json, ...] = (
            {"type": "manual"},
            {"type": "schedule", "at": "0 9 * * 1-5"},
            {"type": "custom.restocked"},
        )
        return rng.choice(others)
    # The schema of version 1 has no words for what happens to the shop itself.
    known = [row for row in TRIGGERS.values() if row.type not in ("feed.silent", "workflow.failed")]
    row = rng.choice([row for row in known if row.starts and row.origin in ("reported", "derived")])
    trigger: Json = {"type": row.type}
    if row.field is not None:
        values = [key for key, _ in row.choices] or (
            sorted(shop.ops_statuses) if row.field == "order.ops_status" else ["vip"]
        )
        for key in ("to", "from"):
            if rng.random() < 0.5:
                trigger[key] = rng.sample(values, rng.randint(1, min(3, len(values))))
    return trigger


class _Steps:
    """Steps with ids of their own, at most about thirty."""

    def __init__(self, rng: Random, shop: ShopNames) -> None:
        self.rng = rng
        self.shop = shop
        self.made = 0

    def some(self, *, depth: int) -> list[Json]:
        return [self.one(depth=depth) for _ in range(self.rng.randint(1, 4 if depth == 0 else 2))]

    def one(self, *, depth: int) -> Json:
        rng = self.rng
        self.made += 1
        step: Json = {"id": f"s{self.made}"}
        if rng.random() < 0.2:
            step["name"] = rng.choice(("", "A name"))
        makers = [self._gate, self._wait, self._action, self._action]
        if depth < 3 and self.made < 20:
            makers.append(self._branch)
        return step | rng.choice(makers)(depth)

    def _gate(self, depth: int) -> Json:
        step: Json = {"kind": "condition", "if": random_condition(self.rng, self.shop)}
        if depth < 3 and self.rng.random() < 0.3:
            step["else"] = self.some(depth=depth + 1)
        return step

    def _branch(self, depth: int) -> Json:
        paths: list[Json] = []
        for _ in range(self.rng.randint(1, 3)):
            path: Json = {"if": random_condition(self.rng, self.shop), "steps": self.some(depth=depth + 1)}
            if self.rng.random() < 0.5:
                path["name"] = self.rng.choice(("", "express"))
            paths.append(path)
        step: Json = {"kind": "branch", "paths": paths}
        if self.rng.random() < 0.5:
            step["otherwise"] = self.some(depth=depth + 1)
        return step

    def _wait(self, depth: int) -> Json:
        rng = self.rng
        step: Json = {"kind": "wait"}
        match rng.randint(0, 2):
            case 0:
                step["for"] = random_duration(rng)
            case 1:
                until: Json = {"field": rng.choice(("parcel.eta", "order.promised_by", "parcel.label_created_at"))}
                if rng.random() < 0.5:
                    until["offset"] = random_duration(rng)
                if rng.random() < 0.5:
                    until["before"] = rng.random() < 0.5
                step["until"] = until
            case _:
                event: Json = {"type": rng.choice(("tracking.status_changed", "tracking.delivered", "custom.answer"))}
                event["within"] = random_duration(rng)
                if rng.random() < 0.3:
                    event["if"] = random_condition(rng, self.shop)
                step["until_event"] = event
                if rng.random() < 0.5:
                    step["on_timeout"] = rng.choice(("continue", "stop"))
        return step

    def _action(self, depth: int) -> Json:
        rng = self.rng
        action, with_ = rng.choice(_actions(rng, self.shop))
        step: Json = {"kind": "action", "action": action, "with": with_}
        if rng.random() < 0.5:
            step["on_error"] = rng.choice(("continue", "stop", "retry"))
        if rng.random() < 0.2:
            step["guard"] = random_condition(rng, self.shop)
        return step


def _actions(rng: Random, shop: ShopNames) -> tuple[tuple[str, Json], ...]:
    board = rng.choice(sorted(shop.boards))
    return (
        ("email.customer", {"subject": "Order {{ order.number }}", "body": "Hello."}),
        ("notify.team", {"to": {"role": "shipping_manager"}, "subject": "Look", "body": "{{ order.number }}"}),
        ("webhook.call", {"url": "https://hooks.example/in"}),
        ("order.set_status", {"status": rng.choice(sorted(shop.ops_statuses))}),
        ("order.add_tag", {"tag": "late"}),
        ("order.remove_tag", {"tag": "late"}),
        ("order.add_note", {"text": "Seen {{ order.number }}."}),
        ("order.assign", {"member": min(shop.members)} if shop.members else {"role": "owner"}),
        ("board.add", {"board": board, "severity": "critical", "until": "never"}),
        ("board.remove", {"board": board}),
        ("dashboard.count", {"dashboard": min(shop.dashboards), "measure": "late_handoffs"}),
    )
