"""Whom it is about: what an event may set off, the pairs of order and parcel that a trigger speaks of, and what a run
is counted by."""

from collections.abc import Iterable, Iterator, Mapping

from postsale.orders.book import OrderState, ParcelState, Turn
from workflows.definitions.compile import CompiledWorkflow
from workflows.runs.state import NO_LINEAGE, Arrival, Spark

#: What a workflow can't decide about before a parcel has its order.
OF_THE_ORDER = frozenset({"order", "customer", "items", "address"})

type Pair = tuple[OrderState | None, ParcelState | None]


def sparks_of(turn: Turn, arrival: Arrival, changes: Mapping[str, tuple[object, object]]) -> Iterator[Spark]:
    """What an event sets off: itself, if reported and no mere repetition, and each transition that the fold saw."""
    lineage = arrival.lineage or NO_LINEAGE
    derived = {change.type for change, _, _ in turn.changes}
    if arrival.type not in derived and turn.waits_for is None and not turn.is_repeat:
        for each in (turn.parcel, *turn.more):
            yield Spark(type=arrival.type, from_=None, to=None, order=turn.order, parcel=each, arrival=arrival,
                        changes=changes, lineage=lineage)  # fmt: skip
    for change, order, parcel in turn.changes:
        yield Spark(type=change.type, from_=change.from_, to=change.to, order=order, parcel=parcel, arrival=arrival,
                    changes=changes, lineage=lineage)  # fmt: skip


def pairs_of(spark: Spark) -> list[Pair]:
    """The subjects a trigger speaks about: a parcel with each of its orders, an order with each of its parcels."""
    if spark.parcel is not None:
        if spark.order is not None:
            return [(spark.order, spark.parcel)]
        return [(order, spark.parcel) for order in spark.parcel.orders.values()] or [(None, spark.parcel)]
    if spark.order is None:
        return [(None, None)]
    return [(spark.order, parcel) for parcel in spark.order.parcels.values()] or [(spark.order, None)]


def subject_by(workflow: CompiledWorkflow, spark: Spark, order: OrderState | None, parcel: ParcelState | None) -> str:
    """What a run that `spark` starts is counted by."""
    customer = spark.arrival.data.get("customer") if order is None and parcel is None else None
    if workflow.plan.once_per == "customer" and isinstance(customer, Mapping) and customer.get("email"):
        return f"customer:{str(customer['email']).strip().lower()}"[:120]
    return subject_of(workflow.plan.once_per, str(spark.arrival.id), order, parcel)


def subject_of(once_per: str, event_id: str, order: OrderState | None, parcel: ParcelState | None) -> str:
    """What a run is counted by: the event, the parcel, the order or the customer, as far as there is one."""
    if once_per == "event":
        return f"event:{event_id}"
    if once_per == "customer" and order is not None and order.facts.customer.get("email"):
        return f"customer:{str(order.facts.customer['email']).strip().lower()}"[:120]
    if once_per == "parcel" and parcel is not None:
        return f"parcel:{parcel.id}"
    if order is not None:
        return f"order:{order.id}"
    return f"parcel:{parcel.id}" if parcel is not None else f"event:{event_id}"


def ticked(
    workflow: CompiledWorkflow, orders: Iterable[OrderState], parcels: Iterable[ParcelState] = ()
) -> Iterator[Pair]:
    """What a tick asks a workflow about: orders, each with each of its parcels where it reads parcels; parcels without
    an order where it reads nothing else."""
    for order in orders:
        mine: list[ParcelState | None] = [*order.parcels.values()] if "parcel" in workflow.reads else []
        yield from ((order, parcel) for parcel in mine or [None])
    if takes_parcels_alone(workflow):
        yield from ((None, parcel) for parcel in parcels if not parcel.orders)


def takes_parcels_alone(workflow: CompiledWorkflow) -> bool:
    """Whether the workflow can decide about a parcel that has no order."""
    return "parcel" in workflow.reads and not workflow.reads & OF_THE_ORDER


def text_of(value: object) -> str | None:
    """What a trigger's `to` and `from` are compared with."""
    return value if isinstance(value, str) else None
