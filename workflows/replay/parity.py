"""Parity: days lived through the live path under a virtual clock, then played back; both must have done the same.

The live half is claimed in batches of any size and served punctually or late, as chance has it: neither may matter.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from uuid import UUID

from django.db import connection

from postsale.events.record import record
from postsale.orders.change import open_book
from postsale.tenants.scope import tenant
from postsale.tenants.shop import load_shop
from workflows.definitions import publish, store
from workflows.definitions.compile import load_rules
from workflows.replay import chance, log
from workflows.replay.simulate import Rehearsal
from workflows.replay.virtual import decide_until

_TICK = timedelta(microseconds=1)
_LATEST = timedelta(hours=8)
_BY = "parity@postsale.example"


@dataclass(frozen=True, slots=True, order=True)
class Deed:
    """One step of one run: about whom, what, and when."""

    at: datetime
    workflow: str
    order: str
    parcel: str
    step: str
    kind: str
    state: str
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a comparison found; each difference in words."""

    events: int
    fired: int
    differences: tuple[str, ...]


def check(tenant_id: int, *, workflows: int, days: int, seed: int, start: datetime) -> Compared:
    """Live `days` days from `start` with random workflows in an empty tenant that no worker serves, and compare."""
    rng = Random(seed)  # noqa: S311 -- a game, not a secret
    with tenant(tenant_id):
        for number in range(workflows):
            document = chance.workflow(rng, f"Workflow {number}")
            draft = store.save(document, workflow=None, by=_BY, now=start - timedelta(hours=1))
            publish.publish(draft.id, mode="live", by=_BY, now=start - timedelta(hours=1))
    ends_at = start + timedelta(days=days)
    moments = chance.days_of_life(rng, start=start, days=days)
    _live(tenant_id, moments, rng, ends_at)
    played = _play(tenant_id, ends_at)
    lived, again = Counter(_lived(tenant_id)), Counter(_played(played))
    words = [f"only live: {deed}" for deed in sorted((lived - again).elements())]
    words += [f"only in the back-test: {deed}" for deed in sorted((again - lived).elements())]
    fired = len({(deed.workflow, deed.order, deed.parcel) for deed in lived})
    return Compared(events=len(moments), fired=fired, differences=(*words, *_facts_apart(tenant_id, played)))


def _live(tenant_id: int, moments: list[chance.Moment], rng: Random, ends_at: datetime) -> None:
    decided = moments[0].at
    for moment, following in pairwise([*moments, chance.Moment(at=ends_at, event=moments[-1].event)]):
        record(tenant_id, [moment.event], source="parity", now=moment.at)
        # Never so late that a tick of a schedule is missed: of those, live makes up for the last one only.
        if rng.random() < 0.3 or following.at - decided > _LATEST:
            decided = moment.at + (following.at - moment.at) * rng.random() - _TICK
            decide_until(tenant_id, decided)
    decide_until(tenant_id, ends_at - _TICK)


def _play(tenant_id: int, ends_at: datetime) -> Rehearsal:
    with tenant(tenant_id):
        rules = load_rules(tenant_id, publish.revision_of(tenant_id))
        rehearsal = Rehearsal(rules=rules, shop=load_shop(tenant_id), rehearsed=None)
        place = log.Place()
        while arrivals := log.page(tenant_id, place, until=ends_at):
            rehearsal.play(arrivals)
            place = log.place_of(arrivals, place)
        rehearsal.play_out(ends_at)
    return rehearsal


_LIVED = """
select s.at, r.workflow_id, r.order_id, r.shipment_id, s.step, s.kind, s.state, s.result->>'action'
from workflows_run r join workflows_steprun s on s.tenant_id = r.tenant_id and s.run_id = r.id where r.tenant_id = %s"""


def _lived(tenant_id: int) -> list[Deed]:
    with tenant(tenant_id), connection.cursor() as cursor:
        cursor.execute(_LIVED, [tenant_id])
        return [_deed(*row) for row in cursor.fetchall()]


def _played(rehearsal: Rehearsal) -> Iterator[Deed]:
    for run in rehearsal.enacted:
        order_id = run.order.id if run.order is not None else None
        parcel_id = run.parcel.id if run.parcel is not None else None
        for step in run.steps.values():
            action = (step.result or {}).get("action")
            yield _deed(step.at, run.workflow.id, order_id, parcel_id, step.step, step.kind, step.state, action)


def _deed(
    at: datetime,
    workflow_id: UUID,
    order_id: UUID | None,
    parcel_id: UUID | None,
    step: str,
    kind: str,
    state: str,
    action: str | None,
) -> Deed:
    return Deed(
        at=at, workflow=str(workflow_id), order=str(order_id or ""), parcel=str(parcel_id or ""), step=step, kind=kind,
        state=state, action=action or "",
    )  # fmt: skip


def _facts_apart(tenant_id: int, rehearsal: Rehearsal) -> Iterator[str]:
    """The orders that ended with other facts."""
    played = rehearsal.book.orders
    with tenant(tenant_id):
        lived = open_book(tenant_id, order_ids=list(played), lock=False).orders
    for order_id, state in played.items():
        row = lived.get(order_id)
        if row is None:
            yield f"order {state.facts.number} exists only in the back-test"
            continue
        for name in ("ops_status", "tags", "notes", "assignee", "delivery_status", "payment_status"):
            live, again = getattr(row.facts, name), getattr(state.facts, name)
            if live != again:
                yield f"order {state.facts.number}: {name} is {live!r} live and {again!r} in the back-test"
