"""Walking through all orders, page by page: for a schedule's tick, and for a watcher that must look at everything once.

Where the walk stands is in its deadline row (the last order, then the last parcel without one), moved in the same
transaction that decides the page: a worker that dies repeats nothing and leaves nothing out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import connection

from postsale.orders.change import open_book
from postsale.tenants.ids import new_id
from workflows.catalog.calendars import calendar_of
from workflows.catalog.cron import is_tick, last_tick, next_tick
from workflows.catalog.reading import FactView
from workflows.catalog.shelf import WATCHERS, SubjectChange, Unit
from workflows.definitions import clocks
from workflows.definitions.clocks import Clock
from workflows.definitions.compile import CompiledRules, CompiledWorkflow
from workflows.engine.grammar import Condition, Group, Leaf
from workflows.runs import load, store
from workflows.runs.decide import Decider
from workflows.runs.subjects import takes_parcels_alone, ticked

log = structlog.get_logger(__name__)

LAST = UUID(int=(1 << 128) - 1)
NIL = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Size:
    """How many orders a page has; `skips`: the page is passed over, for it killed its workers."""

    orders: int
    skips: bool = False


def tick(
    unit: Unit, rules: CompiledRules, clock: Clock, *, until: datetime, size: Size, decode: Callable[[str], Any]
) -> int:
    """One page of the tick that `clock` shows; returns how many things were done (at least one, so that work goes on)."""
    tenant_id, workflow, zone = unit.tenant_id, rules.by_id.get(clock.workflow_id), unit.shop.zone
    if workflow is None or workflow.plan.trigger.type != "schedule":
        clocks.stop(tenant_id, clock.workflow_id)
        return 1
    cron = workflow.plan.trigger.at
    if clock.after_order is None:
        if not is_tick(cron, clock.at, zone):  # it was set for another time zone, or by another version
            _to_next(tenant_id, clock, cron, unit)
            return 1
        last = last_tick(cron, since=clock.at, until=until, zone=zone)
        if last > clock.at:
            clocks.move(tenant_id, replace(clock, at=last))
            return 1
    page = _page(tenant_id, workflow, clock, size.orders)
    if size.skips:
        log.error("tick_page_passed_over", tenant=tenant_id, workflow=str(workflow.id), subjects=list(map(str, page)))
    else:
        _decide(unit, rules, workflow, clock, page, decode)
    if len(page) == size.orders:
        clocks.move(tenant_id, _after(clock, page[-1]))
    elif clock.after_parcel is None and takes_parcels_alone(workflow):
        clocks.move(tenant_id, replace(clock, after_order=LAST, after_parcel=NIL))
    else:
        _to_next(tenant_id, clock, cron, unit)
    return len(page) + 1


def _after(clock: Clock, subject: UUID) -> Clock:
    if clock.after_parcel is not None:
        return replace(clock, after_parcel=subject)
    return replace(clock, after_order=subject)


def _to_next(tenant_id: int, clock: Clock, cron: str, unit: Unit) -> None:
    at = next_tick(cron, clock.at, unit.shop.zone)
    if at is None:
        clocks.stop(tenant_id, clock.workflow_id)
    else:
        clocks.move(tenant_id, Clock(workflow_id=clock.workflow_id, at=at))


def _decide(
    unit: Unit,
    rules: CompiledRules,
    workflow: CompiledWorkflow,
    clock: Clock,
    page: Sequence[UUID],
    decode: Callable[[str], Any],
) -> None:
    if not page:
        return
    is_of_parcels = clock.after_parcel is not None
    book = open_book(
        unit.tenant_id, order_ids=() if is_of_parcels else page, parcel_ids=page if is_of_parcels else ()
    )  # fmt: skip
    waiting = load.runs(load.waiting_ids(unit.tenant_id, book), book, decode=decode)
    decider = Decider(
        book=book, rules=rules, shop=unit.shop, calendar=calendar_of(unit.shop), new_id=new_id,
        keys=load.keys(unit.tenant_id, book, more=[run.subject for run in waiting]),
    )  # fmt: skip
    for run in waiting:
        decider.wait(run)
        run.is_dirty = False
    orders = [] if is_of_parcels else [book.orders[each] for each in page if each in book.orders]
    parcels = [book.parcels[each] for each in page if each in book.parcels] if is_of_parcels else []
    decider.tick(workflow, clock.at, ticked(workflow, orders, parcels))
    store.batch(unit, decider)


def _page(tenant_id: int, workflow: CompiledWorkflow, clock: Clock, size: int) -> list[UUID]:
    """The next orders that the first gate may hold for, in the order of their ids; or parcels without an order."""
    with connection.cursor() as cursor:
        if clock.after_parcel is not None:
            cursor.execute(PARCELS, [tenant_id, clock.after_parcel, size])
        else:
            narrowed, values = _narrowed(workflow)
            cursor.execute(ORDERS.format(narrowed), [tenant_id, clock.after_order or NIL, *values, size])
        return [row_id for (row_id,) in cursor.fetchall()]


ORDERS = "select o.id from postsale_order o where o.tenant_id = %s and o.id > %s{} order by o.id limit %s"
PARCELS = """
select s.id from postsale_shipment s where s.tenant_id = %s and s.id > %s and not exists (
  select from postsale_ordershipment l where l.tenant_id = s.tenant_id and l.shipment_id = s.id)
order by s.id limit %s"""

_OF_ORDERS = ("ops_status", "payment_status", "fulfillment_status", "delivery_status")


def _narrowed(workflow: CompiledWorkflow) -> tuple[str, list[list[str]]]:
    """What the first gate says plainly about statuses, as SQL: leaves out only orders for which it can't hold."""
    words, values = "", []
    for leaf in _plain_leaves(workflow.first.condition if workflow.first is not None else None):
        said = leaf.value if isinstance(leaf.value, list | tuple) else [leaf.value]
        if leaf.op not in ("is", "in", "equals") or not all(isinstance(each, str) for each in said):
            continue
        head, _, name = leaf.field.partition(".")
        if head == "order" and name in _OF_ORDERS:
            words += f" and lower(o.{name}) = any(%s)"
        elif leaf.field == "parcel.tracking_status":
            words += (
                " and exists (select from postsale_ordershipment l join postsale_shipment s on s.tenant_id = l.tenant_id"
                " and s.id = l.shipment_id where l.tenant_id = o.tenant_id and l.order_id = o.id"
                " and s.tracking_status = any(%s))"
            )
        else:
            continue
        values.append([str(each).lower() for each in said])
    return words, values


def _plain_leaves(condition: Condition | None) -> Iterator[Leaf]:
    if isinstance(condition, Leaf):
        yield condition
    elif isinstance(condition, Group) and condition.kind == "all":
        for child in condition.of:
            yield from _plain_leaves(child)


def sweep(unit: Unit, *, size: Size) -> int:
    """One page of the sweep that has waited longest: its watcher looks at each order and parcel as they are now."""
    tenant_id = unit.tenant_id
    with connection.cursor() as cursor:
        cursor.execute(SWEEP, [tenant_id, unit.now])
        row: tuple[UUID, UUID | None, UUID | None] | None = cursor.fetchone()
    if row is None:
        return 0
    target, after_order, after_parcel = row
    with connection.cursor() as cursor:
        statement, after = (ORDERS.format(""), after_order) if after_parcel is None else (PARCELS, after_parcel)
        cursor.execute(statement, [tenant_id, after or NIL, size.orders])
        page = [row_id for (row_id,) in cursor.fetchall()]
    is_of_parcels = after_parcel is not None
    if page and not size.skips:
        changes = list(_as_they_are(tenant_id, page, is_of_parcels=is_of_parcels))
        for watcher in WATCHERS:
            watcher.sweep(unit, target, changes)
    with connection.cursor() as cursor:
        if len(page) == size.orders:
            place = (after_order, page[-1]) if is_of_parcels else (page[-1], None)
            cursor.execute(SWEPT, [*place, tenant_id, target])
        elif not is_of_parcels:
            cursor.execute(SWEPT, [LAST, NIL, tenant_id, target])
        else:
            cursor.execute(OVER, [tenant_id, target])
    return len(page) + 1


SWEEP = """
select target, order_id, shipment_id from postsale_deadline
where tenant = %s and kind = 'sweep' and due_at <= %s order by due_at, target limit 1"""
SWEPT = """
update postsale_deadline set order_id = %s, shipment_id = %s where kind = 'sweep' and tenant = %s and target = %s"""
OVER = "delete from postsale_deadline where kind = 'sweep' and tenant = %s and target = %s"


def _as_they_are(tenant_id: int, page: Sequence[UUID], *, is_of_parcels: bool) -> Iterator[SubjectChange]:
    book = open_book(tenant_id, order_ids=() if is_of_parcels else page, parcel_ids=page if is_of_parcels else ())
    for order in book.orders.values():
        for parcel in (None, *order.parcels.values()):
            facts = FactView(
                order=order.facts, parcel=parcel.facts if parcel is not None else None, event={}, order_id=order.id,
                parcels_in_order=len(order.parcels),
            )  # fmt: skip
            yield SubjectChange(order_id=order.id, shipment_id=parcel.id if parcel is not None else None, facts=facts)
    for parcel in book.parcels.values():
        if not parcel.orders:
            yield SubjectChange(
                order_id=None, shipment_id=parcel.id, facts=FactView(order=None, parcel=parcel.facts, event={})
            )
