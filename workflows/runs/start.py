"""Starting by hand: a person runs a workflow whose trigger is `manual` for one order; a worker takes it up at once.

The run is there as soon as the transaction is through, and holds its place of `once_per`: asked twice, it runs once.
Where its conditions don't hold it ends as stopped, with the verdict in its trace, and gives the place back.
"""

from datetime import datetime
from uuid import UUID

from django.db import connection

from postsale.orders.change import open_book
from postsale.orders.edit_by_person import UnknownOrderError
from postsale.tenants.ids import new_id
from postsale.tenants.shop import load_shop
from workflows.catalog.calendars import calendar_of
from workflows.definitions.compile import BrokenVersionError, CompiledWorkflow, compile_version
from workflows.definitions.models import Version, Workflow
from workflows.definitions.store import tenant_at_work
from workflows.runs import load, persist
from workflows.runs.state import Key, RunState
from workflows.runs.subjects import subject_of, ticked


class NotStartedError(Exception):
    """It can't be run now; the message says why, in words for the person who asked."""


def start_manually(workflow: Workflow, order_id: UUID, *, by: str, now: datetime) -> list[UUID]:
    """Run `workflow` for the order (for each of its parcels, where it counts by parcels); the ids of the runs.

    In the tenant's transaction. Raises NotStartedError, UnknownOrderError.
    """
    tenant_id = tenant_at_work()
    ready = _ready(workflow)
    book = open_book(tenant_id, order_ids=[order_id])
    order = book.orders.get(order_id)
    if order is None:
        raise UnknownOrderError(order_id)
    keys, calendar = load.keys(tenant_id, book), calendar_of(load_shop(tenant_id))
    runs: list[RunState] = []
    for _, parcel in ticked(ready, [order]):
        run_id = new_id()
        subject = subject_of(ready.plan.once_per, str(run_id), order, parcel)
        nth = keys.place(ready, is_watch=ready.is_watch, subject=subject, now=now, calendar=calendar)
        if nth is None:
            continue
        event: dict[str, object] = {
            "type": "manual",
            "from": None,
            "to": None,
            "source": "postsale",
            "by": by,
            "changes": {},
        }
        keys.add(Key(workflow_id=ready.id, is_watch=ready.is_watch, subject=subject, nth=nth, run_id=run_id,
                     fired_at=None, is_new=True))  # fmt: skip
        runs.append(RunState(
            id=run_id, workflow=ready, order=order, parcel=parcel, event_id=None, event=event, is_watch=ready.is_watch,
            lineage={"root": str(run_id), "depth": 0, "chain": []}, subject=subject, started_at=now, nth=nth,
            state="waiting", phase="start", wake_at=now, reason=f"started by {by}",
        ))  # fmt: skip
    if not runs:
        again = "it may run again later" if ready.plan.cooldown is not None else "it runs once only"
        raise NotStartedError(f"“{workflow.name}” has run here already, and {again}.")
    persist.runs(tenant_id, runs)
    persist.keys(tenant_id, keys)
    with connection.cursor() as cursor:
        cursor.execute("select pg_notify('postsale_work', '')")
    return [run.id for run in runs]


def _ready(workflow: Workflow) -> CompiledWorkflow:
    if workflow.state not in ("live", "watching"):
        raise NotStartedError(f"“{workflow.name}” is {workflow.state}; publish it first.")
    version = Version.objects.get(
        tenant_id=workflow.tenant_id, workflow_id=workflow.id, number=workflow.published or 0
    )  # fmt: skip
    try:
        ready = compile_version(version.id)
    except BrokenVersionError as error:
        raise NotStartedError(f"“{workflow.name}” can't be read any more; publish it anew.") from error
    if ready.plan.trigger.type != "manual":
        raise NotStartedError(f"“{workflow.name}” is not started by hand: its trigger is another.")
    return ready if ready.is_watch is (workflow.state == "watching") else _watching(ready, workflow)


def _watching(ready: CompiledWorkflow, workflow: Workflow) -> CompiledWorkflow:
    return CompiledWorkflow(
        id=ready.id, version_id=ready.version_id, number=ready.number, name=ready.name, plan=ready.plan,
        reads=ready.reads, is_watch=workflow.state == "watching", live_since=workflow.live_since,
    )  # fmt: skip
