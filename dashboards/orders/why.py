"""Why, why not, what next: the answers of workflows/replay about one order, as its page shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from dashboards.orders.labels import Badge
from postsale.tenants.shop import Shop
from workflows.definitions.compile import load_rules
from workflows.definitions.publish import revision_of
from workflows.history.addresses import address
from workflows.history.tracing.recorded import asked
from workflows.history.tracing.tables import Asked
from workflows.history.words import humane, sentence_case
from workflows.replay.explain import verdicts
from workflows.replay.upcoming import upcoming

_OUTCOMES: Mapping[str, Badge] = {
    "fired": Badge(label="Acted", tone="ok", icon="check"),
    "waiting": Badge(label="Waiting", tone="info", icon="hourglass"),
    "not_fired": Badge(label="Did not act", tone="", icon="circle-minus"),
    "never_triggered": Badge(label="Never triggered", tone="", icon="circle-dot"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one workflow makes of the order; `flip` is the smallest change that would make it act."""

    name: str
    version: int | None
    outcome: Badge
    words: str
    flip: str
    table: Sequence[Asked]
    url: str
    run_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """Something that waits: when it goes on (None: when something happens), what then, unless what."""

    at: datetime | None
    name: str
    words: str
    unless: str
    run_url: str


def answers(order_id: UUID, *, shop: Shop, now: datetime) -> list[Answer]:
    """One row for every workflow, those that acted first. Raises Order.DoesNotExist."""
    order = list(_OUTCOMES)
    rows = sorted(verdicts(order_id, now=now), key=lambda row: (order.index(row["outcome"]), row["name"].casefold()))
    return [_answer(row, shop) for row in rows]


def coming(order_id: UUID, *, shop: Shop, now: datetime) -> list[Coming]:
    """What waits about the order, the next first. Raises Order.DoesNotExist."""
    return [
        Coming(
            at=datetime.fromisoformat(row["at"]) if row["at"] else None, name=row["name"],
            words=sentence_case(humane(row["words"], shop)), unless=humane(row["unless"], shop),
            run_url=address("run", UUID(row["run"])),
        )
        for row in upcoming(order_id, now=now)
    ]  # fmt: skip


def startable(tenant_id: int) -> list[tuple[UUID, str]]:
    """The workflows that people start by hand: (id, name), by name."""
    ready = load_rules(tenant_id, revision_of(tenant_id)).by_id.values()
    found = [(each.id, each.name) for each in ready if each.plan.trigger.type == "manual"]
    return sorted(found, key=lambda each: each[1].casefold())


def _answer(row: Mapping[str, Any], shop: Shop) -> Answer:
    return Answer(
        name=row["name"], version=row["version"], outcome=_OUTCOMES[row["outcome"]],
        words=sentence_case(humane(row["words"], shop)), flip=humane(row["flip"] or "", shop),
        table=asked(row["verdict"], shop), url=address("workflow", UUID(row["workflow"])),
        run_url=address("run", UUID(row["run"])) if row["run"] else "",
    )  # fmt: skip
