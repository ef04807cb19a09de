"""Back-tests: what one document would have done over [from, to), asked for by people, worked on by a worker.

The queue is a deadline row without a moment (kind "backtest"): ids only, found across tenants. A worker's claim is
`beat_at`, by the database's clock: renewed with each page, and gone when somebody cancels or takes over.
"""

import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import Any
from uuid import UUID

import msgspec
import structlog
from django.db import connection

from postsale.events.record import CHANNEL
from postsale.service import heartbeat
from postsale.tenants.ids import new_id
from postsale.tenants.scope import tenant
from postsale.tenants.shop import Shop, load_shop
from workflows.definitions.compile import compile_document, rules_from
from workflows.definitions.models import Version, Workflow
from workflows.definitions.store import ConflictError, checked, document_of, tenant_at_work, version_of
from workflows.definitions.tree import Json
from workflows.replay import bounds, log
from workflows.replay.funnel import Funnel
from workflows.replay.models import Backtest, BacktestRun
from workflows.replay.outcome import difference, summary
from workflows.replay.show import step_json
from workflows.runs.state import StepRow

LEASE_SECONDS = 60
_ROWS = 1_000
_TICK = timedelta(microseconds=1)
_HOUR = timedelta(hours=1)
_PAGE_OF_TICKS = 50

logger = structlog.get_logger(__name__)


def create(
    document: object,
    *,
    from_at: datetime,
    to_at: datetime,
    now: datetime,
    workflow_id: UUID | None = None,
    options: Mapping[str, object] | None = None,
) -> Backtest:
    """Ask for a back-test of `document` (of `workflow_id`, if it is one's); `options` as `Backtest` says.

    Raises InvalidDocumentError, ValueError (times), bounds.TooMuchError (a schedule that would ask too often).
    """
    if from_at >= to_at:
        raise ValueError("'from' must be before 'to'")
    tenant_id = tenant_at_work()
    _, said, _ = checked(document, tenant_id)
    bounds.refuse_endless(said, tenant_id=tenant_id, zone=load_shop(tenant_id).zone, from_at=from_at, to_at=to_at)
    asked = Backtest.objects.create(
        tenant_id=tenant_id, document=said, workflow_id=workflow_id, from_at=from_at, to_at=to_at, created_at=now,
        options=dict(options or {}),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into postsale_deadline (kind, target, tenant) values ('backtest', %s, %s)", [asked.id, tenant_id]
        )
        cursor.execute("select pg_notify(%s, '')", [CHANNEL])
    return asked


def create_of(
    workflow: Workflow,
    which: Any,
    *,
    from_at: datetime,
    to_at: datetime,
    now: datetime,
    options: Mapping[str, object] | None = None,
) -> Backtest:
    """Ask for a back-test of a stored version ("draft", "published", "newest" or a number).

    Raises Version.DoesNotExist, InvalidDocumentError, ValueError (times), bounds.TooMuchError.
    """
    document = document_of(version_of(workflow, which))
    return create(document, from_at=from_at, to_at=to_at, now=now, workflow_id=workflow.id, options=options)


def cancel(backtest_id: UUID) -> Backtest:
    """Stop a back-test. Raises ConflictError when it is over, Backtest.DoesNotExist."""
    tenant_id = tenant_at_work()
    held = Backtest.objects.select_for_update().get(tenant_id=tenant_id, id=backtest_id)
    if held.state not in ("queued", "running"):
        raise ConflictError(f"this back-test is {held.state} already")
    held.state = "cancelled"
    held.save(update_fields=["state"])
    _leave_queue(backtest_id)
    return held


def run_next() -> UUID | None:
    """Work on the back-test that has waited longest, to its end; None when there is nothing to do."""
    with connection.cursor() as cursor:
        cursor.execute("select target, tenant from postsale_deadline where kind = 'backtest' order by target")
        waiting: list[tuple[UUID, int]] = cursor.fetchall()
    for backtest_id, tenant_id in waiting:
        work = claimed(tenant_id, backtest_id)
        if work is not None:
            _run(work)
            return backtest_id
    return None


@dataclass(slots=True)
class Work:
    """A claimed back-test; `beat` is the claim."""

    asked: Backtest
    beat: datetime

    @property
    def tenant_id(self) -> int:
        """Whose it is."""
        return self.asked.tenant_id

    def goes_on(self, progress: float) -> bool:
        """Renew the claim and show `progress` (0…1). False: cancelled, or another worker's by now."""
        with connection.cursor() as cursor:
            cursor.execute(_BEAT, [min(progress, 1.0), self.asked.id, self.beat])
            row = cursor.fetchone()
        if row is None:
            return False
        self.beat = row[0]
        return True


_CLAIM = f"""
update workflows_backtest set state = 'running', beat_at = clock_timestamp(), progress = 0
where tenant_id = %s and id = %s and (state = 'queued'
  or (state = 'running' and beat_at < clock_timestamp() - interval '{LEASE_SECONDS} seconds'))
returning beat_at"""  # noqa: S608 -- a constant of ours
_BEAT = """
update workflows_backtest set beat_at = clock_timestamp(), progress = %s
where id = %s and state = 'running' and beat_at = %s returning beat_at"""


def claimed(tenant_id: int, backtest_id: UUID) -> Work | None:
    """The back-test, claimed; None when another works on it or there is nothing left to do."""
    with tenant(tenant_id), connection.cursor() as cursor:
        cursor.execute(_CLAIM, [tenant_id, backtest_id])
        row = cursor.fetchone()
        if row is not None:
            return Work(Backtest.objects.get(tenant_id=tenant_id, id=backtest_id), row[0])
        gone = not Backtest.objects.filter(
            tenant_id=tenant_id, id=backtest_id, state__in=("queued", "running")
        ).exists()
        if gone:
            _leave_queue(backtest_id)
        return None


def _run(work: Work) -> None:
    try:
        done = _rehearse(work)
        if done is not None:
            _finish(work, done)
    except Exception as error:  # a worker must go on
        logger.exception("backtest_failed", tenant=work.tenant_id, backtest=str(work.asked.id))
        with tenant(work.tenant_id):
            Backtest.objects.filter(tenant_id=work.tenant_id, id=work.asked.id, state="running").update(
                state="failed", error=f"{type(error).__name__}: {error}"[:2000]
            )
            _leave_queue(work.asked.id)
    finally:
        gc.unfreeze()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What was asked for, played to its end; beside it the version that it is held against, when there is one."""

    asked: Funnel
    other: Funnel | None


def _rehearse(work: Work) -> Rehearsed | None:
    """Play the log page by page, each in a short transaction of its own; None when the work was taken away."""
    asked = work.asked
    with tenant(work.tenant_id):
        shop = load_shop(work.tenant_id)
        events = log.count(work.tenant_id, until=asked.to_at)
        compared = _compared(asked)
    main = _funnel(asked, asked.document, shop)
    other = _funnel(asked, compared, shop) if compared is not None else None
    both = [each for each in (main, other) if each is not None]
    # A tick asks every order, so there may be much to do between two events: short pages, to show that we live.
    size = _PAGE_OF_TICKS if any(each.rules.scheduled for each in both) else log.PAGE
    place, seen = log.Place(), 0
    while True:
        heartbeat.beat()
        progress = seen / events if events else 0
        with tenant(work.tenant_id):
            arrivals = log.page(work.tenant_id, place, until=asked.to_at, from_at=asked.from_at, limit=size)
        upto = arrivals[0].received_at if arrivals else asked.to_at
        if not _tick_away(work, both, since=max(place.at, asked.from_at), until=upto, progress=progress):
            return None
        with tenant(work.tenant_id):
            if not work.goes_on(progress):
                return None
            for each in both:
                if arrivals:
                    each.play(arrivals)
                else:
                    each.play_out(asked.to_at)
            if not arrivals:
                return Rehearsed(asked=main, other=other)
        gc.freeze()  # what a page leaves stays to the end: the collector need not walk through all of it at every page
        place, seen = log.place_of(arrivals, place), seen + len(arrivals)


def _tick_away(work: Work, both: Sequence[Funnel], *, since: datetime, until: datetime, progress: float) -> bool:
    """Let clocks tick in a stretch without events, an hour in each transaction; False: the work was taken away."""
    at = since
    while at + _HOUR < until and any(each.rules.scheduled for each in both):
        at += _HOUR
        heartbeat.beat()
        with tenant(work.tenant_id):
            if not work.goes_on(progress):
                return False
            for each in both:
                each.advance_to(at, inclusive=False)
    return True


def _funnel(asked: Backtest, document: Json, shop: Shop) -> Funnel:
    workflow = compile_document(document, workflow_id=asked.workflow_id or new_id(), version_id=new_id(), number=0)
    return Funnel(
        workflow=workflow, shop=shop, channels=asked.options.get("channels") or (),
        rules=rules_from([workflow], tenant_id=asked.tenant_id), ticks_after=asked.from_at - _TICK,
    )  # fmt: skip


def _compared(asked: Backtest) -> Json | None:
    """The document that the asked one is held against; None when there is none, or it is the same."""
    number = asked.options.get("compare")
    if not isinstance(number, int) or asked.workflow_id is None:
        return None
    version = Version.objects.filter(tenant_id=asked.tenant_id, workflow_id=asked.workflow_id, number=number).first()
    document = document_of(version) if version is not None else None
    return None if document == asked.document else document


def _finish(work: Work, done: Rehearsed) -> None:
    asked, rehearsal = work.asked, done.asked
    runs = sorted(rehearsal.enacted, key=lambda run: (rehearsal.fired_at(run), run.id))
    rows = [
        BacktestRun(
            tenant_id=asked.tenant_id, backtest_id=asked.id, position=position,
            order_id=run.order.id if run.order is not None else None,
            shipment_id=run.parcel.id if run.parcel is not None else None,
            at=rehearsal.fired_at(run), steps=[step_json(step) for step in sorted(run.steps.values(), key=_position)],
        )
        for position, run in enumerate(runs)
    ]  # fmt: skip
    result = summary(rehearsal, runs, rows)
    if done.other is not None:
        result["compared"] = difference(rehearsal, done.other) | {"version": asked.options.get("compare")}
    with tenant(asked.tenant_id):
        if not work.goes_on(1.0):
            return
        _store(asked, rows)
        Backtest.objects.filter(tenant_id=asked.tenant_id, id=asked.id).update(state="done", result=result)
        _leave_queue(asked.id)


def _store(asked: Backtest, runs: Sequence[BacktestRun]) -> None:
    with connection.cursor() as cursor:
        for some in batched(runs, _ROWS):
            rows = [
                {
                    "position": run.position, "order_id": run.order_id, "shipment_id": run.shipment_id, "at": run.at,
                    "steps": run.steps,
                }
                for run in some
            ]  # fmt: skip
            cursor.execute(_RUNS, [asked.tenant_id, asked.id, msgspec.json.encode(rows).decode()])


_RUNS = """
insert into workflows_backtestrun (tenant_id, backtest_id, position, order_id, shipment_id, at, steps)
select %s, %s, r.* from jsonb_to_recordset(%s::jsonb)
  as r(position int, order_id uuid, shipment_id uuid, at timestamptz, steps jsonb)"""


def _position(step: StepRow) -> int:
    return step.position


def _leave_queue(backtest_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute("delete from postsale_deadline where kind = 'backtest' and target = %s", [backtest_id])
