"""Loading a batch: its events, its deadlines, the runs that wait on its subjects and the places they hold, in bulk."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from postsale.orders.book import Book
from workflows.definitions.compile import BrokenVersionError, CompiledWorkflow, compile_version
from workflows.definitions.models import Version
from workflows.runs.state import Arrival, Key, Keys, RunState

EVENTS = """
select i.seq, e.id, e.type, coalesce(e.connection_id::text, e.source), e.external_id, e.occurred_at, e.received_at,
  e.data::text, e.is_backfill, e.lineage::text, e.actor::text, i.event_id
from (select seq, event_id from postsale_inbox where tenant = %s order by seq limit %s) i
left join postsale_event e on e.id = i.event_id order by i.seq"""


def arrivals(tenant_id: int, *, limit: int, decode: Any) -> list[Arrival]:
    """The next events of a lane, in order."""
    with connection.cursor() as cursor:
        cursor.execute(EVENTS, [tenant_id, limit])
        rows = cursor.fetchall()
    return [
        Arrival(
            seq=row[0], id=row[1], type=row[2], source=row[3], external_id=row[4], occurred_at=row[5],
            received_at=row[6], data=decode(row[7]), is_backfill=row[8],
            lineage=decode(row[9]) if row[9] else None, actor=decode(row[10]) if row[10] else None,
        )
        for row in rows if row[1] is not None
    ]  # fmt: skip


type DeadlineRow = tuple[str, UUID, datetime, UUID | None, UUID | None]
"""(kind, target, due_at, order_id, shipment_id)."""

#: Deadlines that ask for a walk through all orders: `workflows.runs.walk` takes them page by page.
WALKS = ("clock", "sweep")


def due(tenant_id: int, *, until: datetime, limit: int) -> list[DeadlineRow]:
    """The lane's deadlines up to `until`, earliest first; walks are not among them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select kind, target, due_at, order_id, shipment_id from postsale_deadline "
            "where tenant = %s and due_at <= %s and kind <> all(%s) order by due_at, kind, target limit %s",
            [tenant_id, until, list(WALKS), limit],
        )
        return list(cursor.fetchall())


def waiting_ids(tenant_id: int, book: Book) -> set[UUID]:
    """The runs that wait on the subjects of the book."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select target from postsale_deadline where tenant = %s and kind = 'run' and order_id = any(%s) union "
            "select target from postsale_deadline where tenant = %s and kind = 'run' and shipment_id = any(%s)",
            [tenant_id, list(book.orders), tenant_id, list(book.parcels)],
        )
        return {target for (target,) in cursor.fetchall()}


def let_go(tenant_id: int, run_ids: Sequence[UUID], *, later: datetime) -> None:
    """These deadlines woke nobody: those of runs that don't wait any more go; those of runs that this code can't read (a
    newer one stored them) come again `later`."""
    if run_ids:
        with connection.cursor() as cursor:
            cursor.execute(
                "delete from postsale_deadline where tenant = %s and kind = 'run' and target = any(%s) and not exists "
                "(select from workflows_run run where run.tenant_id = %s and run.id = target and run.state = 'waiting')",
                [tenant_id, list(run_ids), tenant_id],
            )
            cursor.execute(
                "update postsale_deadline set due_at = %s where tenant = %s and kind = 'run' and target = any(%s)",
                [later, tenant_id, list(run_ids)],
            )


def put_off(tenant_id: int, targets: Sequence[UUID], *, later: datetime) -> None:
    """These deadlines, which are not of runs, come again `later`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update postsale_deadline set due_at = %s where tenant = %s and kind <> 'run' and target = any(%s)",
            [later, tenant_id, list(targets)],
        )


RUNS = """
select id, version_id, order_id, shipment_id, event_id, event::text, is_watch, state, machine::text, subject, nth, reason,
  started_at, wake_at from workflows_run where id = any(%s) and state = 'waiting'"""


def runs(ids: Iterable[UUID], book: Book, *, decode: Any) -> list[RunState]:
    """Waiting runs by id, their subjects taken from the book."""
    wanted = list(ids)
    if not wanted:
        return []
    with connection.cursor() as cursor:
        cursor.execute(RUNS, [wanted])
        rows = cursor.fetchall()
    found = []
    for row in rows:
        workflow = _pinned(row[1])
        if workflow is None:
            continue
        kept = decode(row[8])
        run = RunState(
            id=row[0], workflow=workflow, order=book.orders.get(row[2]) if row[2] else None,
            parcel=book.parcels.get(row[3]) if row[3] else None, event_id=row[4], event=decode(row[5]),
            lineage=kept["lineage"], is_watch=row[6], state=row[7], subject=row[9], nth=row[10], reason=row[11],
            started_at=row[12], wake_at=row[13], is_new=False, is_dirty=False,
        )  # fmt: skip
        run.recall(kept)
        found.append(run)
    return found


def _pinned(version_id: UUID) -> CompiledWorkflow | None:
    try:
        return compile_version(version_id)
    except (Version.DoesNotExist, BrokenVersionError):
        return None


def keys(tenant_id: int, book: Book, more: Sequence[str] = ()) -> Keys:
    """The places of once_per that the book's subjects hold."""
    subjects = {f"order:{order_id}" for order_id in book.orders} | {f"parcel:{parcel_id}" for parcel_id in book.parcels}
    for state in book.orders.values():
        if email := state.facts.customer.get("email"):
            subjects.add(f"customer:{str(email).strip().lower()}"[:120])
    subjects.update(more)
    held = Keys()
    if not subjects:
        return held
    with connection.cursor() as cursor:
        cursor.execute(
            "select workflow_id, is_watch, subject, nth, run_id, fired_at from workflows_runkey "
            "where tenant_id = %s and subject = any(%s) order by nth",
            [tenant_id, list(subjects)],
        )
        for workflow_id, is_watch, subject, nth, run_id, fired_at in cursor.fetchall():
            held.add(
                Key(
                    workflow_id=workflow_id,
                    is_watch=is_watch,
                    subject=subject,
                    nth=nth,
                    run_id=run_id,
                    fired_at=fired_at,
                )
            )
    return held
