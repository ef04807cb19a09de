"""Who was woken, when, by what: an order's own events played again, with nobody acting on them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from postsale.orders.book import OrderState, ParcelState
from postsale.tenants.shop import Shop
from workflows.catalog.fields import is_settled, kind_of
from workflows.catalog.reading import FactView
from workflows.definitions.compile import CompiledRules, CompiledWorkflow
from workflows.definitions.layered import Entry, layered
from workflows.engine import index
from workflows.engine.verdict import Verdict
from workflows.replay import log
from workflows.replay.simulate import Rehearsal
from workflows.runs.state import Spark


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A workflow's trigger came: when, about which parcel, with which event facts, and what its gates said to that."""

    at: datetime
    parcel_id: UUID | None
    event: Mapping[str, object]
    verdict: Verdict | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Testimony:
    """The last sighting of each workflow, parcel by parcel; and of those that nothing woke since they were switched on,
    when their trigger came last before that."""

    seen: Mapping[UUID, Mapping[UUID | None, Sighting]]
    early: Mapping[UUID, datetime]


class Witness(Rehearsal):
    """Plays events without starting anything, and notes whom they wake, or would have before they were switched on."""

    def __init__(self, *, workflows: Sequence[CompiledWorkflow], shop: Shop) -> None:
        self.since = {workflow.id: workflow.live_since for workflow in workflows}
        listening = [workflow if workflow.plan.trigger.type == "schedule" else replace(workflow, live_since=None)
                     for workflow in workflows]  # fmt: skip
        super().__init__(rules=_by_trigger(listening, shop), shop=shop, rehearsed=[])
        self.seen: dict[UUID, dict[UUID | None, Sighting]] = {}
        self.early: dict[UUID, datetime] = {}

    def _consider(
        self,
        workflow: CompiledWorkflow,
        spark: Spark,
        order: OrderState | None,
        parcel: ParcelState | None,
        view: FactView,
        now: datetime,
        *,
        holds: bool,
    ) -> None:
        since = self.since[workflow.id]
        if since is not None and now <= since:
            self.early[workflow.id] = now
            return
        parcel_id = parcel.id if parcel is not None else None
        gates = workflow.leading
        self.seen.setdefault(workflow.id, {})[parcel_id] = Sighting(
            at=now, parcel_id=parcel_id, event=spark.facts(),
            verdict=gates.verdict(view, now, self.calendar) if gates is not None else None,
        )  # fmt: skip


def witness(
    shop: Shop, workflows: Iterable[CompiledWorkflow], *, order_id: UUID, parcel_ids: Iterable[UUID]
) -> Testimony:
    """What last woke each of `workflows` about an order and its parcels. Runs in the tenant's transaction."""
    present = Witness(workflows=list(workflows), shop=shop)
    present.play(log.about(shop.id, [order_id, *parcel_ids]))
    return Testimony(seen=present.seen, early=present.early)


def _by_trigger(workflows: Iterable[CompiledWorkflow], shop: Shop) -> CompiledRules:
    """Rules that are found by their trigger alone, whatever their conditions say."""
    by_id = {workflow.id: workflow for workflow in sorted(workflows, key=lambda workflow: workflow.id.int)}
    found = layered(by_id, before=None, entry_of=_entry_of, build=_build)
    return CompiledRules(tenant_id=shop.id, revision=0, by_id=by_id, index=found)


def _entry_of(workflow: CompiledWorkflow) -> Entry:
    return workflow.id, workflow.plan.trigger, None


def _build(entries: Sequence[Entry]) -> index.Index[UUID]:
    return index.build(entries, kinds=kind_of, is_settled=is_settled)
