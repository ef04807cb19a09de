"""`/api/v1/runs/`: what ran, step by step; cancelled, tried again, resumed by hand."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import Http404
from msgspec import Struct
from rest_framework.request import Request
from rest_framework.response import Response

from postsale.web.asking import Page, Paging
from postsale.web.problems import refuse
from workflows.api.endpoint import BUILD, READ, Endpoint, Operation
from workflows.api.verdicts import shown_verdict
from workflows.runs import again, ending
from workflows.runs.models import Outbox, Run, StepRun

type State = Literal["running", "waiting", "done", "stopped", "failed", "cancelled", "watched"]


class StepMessage(Struct, kw_only=True):
    """What became of a message that a step handed over."""

    id: UUID
    kind: str
    to: str
    status: str
    reason: str


class StepShape(Struct, kw_only=True):
    """One step of a run."""

    id: str
    kind: str
    state: str
    at: datetime
    verdict: dict[str, Any] | None
    result: dict[str, Any] | None
    error: str | None
    attempts: int
    messages: list[StepMessage]


class RunShape(Struct, kw_only=True):
    """A run with its steps, in the order in which they were reached."""

    id: UUID
    workflow: UUID
    version: int
    order: UUID | None
    parcel: UUID | None
    event: UUID | None
    trigger: dict[str, Any]
    state: State
    reason: str
    is_watch: bool
    started_at: datetime
    finished_at: datetime | None
    wake_at: datetime | None
    steps: list[StepShape]


class RunFilters(Paging, forbid_unknown_fields=True, kw_only=True):
    """What runs can be looked for by."""

    workflow: UUID | None = None
    order: UUID | None = None
    parcel: UUID | None = None
    status: State | None = None


class Runs(Endpoint):
    """All runs."""

    operations = {
        "GET": Operation(words="Runs, newest first", right=READ, query=RunFilters, answers={200: Page[RunShape]})
    }

    def get(self, request: Request) -> Response:
        """A page of the runs that fit every filter."""
        asked = self.query(RunFilters)
        wanted = {
            "workflow_id": asked.workflow, "order_id": asked.order, "shipment_id": asked.parcel, "state": asked.status,
        }  # fmt: skip
        rows = Run.objects.filter(tenant_id=self.tenant_id)
        found, more = self.newest(rows.filter(**{name: value for name, value in wanted.items() if value}), asked)
        return Response(Page(results=run_shapes(self.tenant_id, found), next=more))


class OneRun(Endpoint):
    """One run."""

    operations = {
        "GET": Operation(words="One run: every step with its verdict or result", right=READ, answers={200: RunShape})
    }

    def get(self, request: Request, pk: UUID) -> Response:
        """The run."""
        return Response(the_run(self.tenant_id, pk))


class _Act(Endpoint):
    """Something that is done to a run."""

    act: Callable[..., None]
    done: str

    def post(self, request: Request, pk: UUID) -> Response:
        """The run as it is now. Raises 404, 409."""
        before = the_run(self.tenant_id, pk)
        try:
            type(self).act(pk, tenant_id=self.tenant_id, now=self.now, **self.words())
        except (ending.NotWaitingError, again.NotOverError) as error:
            raise refuse(409, f"The run is {before.state}, so this can't be done to it.") from error
        self.note(self.done, target=str(pk))
        return Response(the_run(self.tenant_id, pk))

    def words(self) -> dict[str, Any]:
        """What else the act wants to know."""
        return {}


class Cancel(_Act):
    """Cancelling."""

    act = staticmethod(ending.cancel)
    done = "run.cancelled"
    operations = {
        "POST": Operation(words="Cancel a waiting run", right=BUILD, answers={200: RunShape}, refusals=(409,))
    }

    def words(self) -> dict[str, Any]:
        """Who cancels."""
        return {"by": self.member.email}


class Retry(_Act):
    """Trying again."""

    act = staticmethod(again.retry_run)
    done = "run.retried"
    operations = {
        "POST": Operation(words="Do the failed step again", right=BUILD, answers={200: RunShape}, refusals=(409,))
    }


class ResumeNow(_Act):
    """Not waiting any longer."""

    act = staticmethod(ending.resume_now)
    done = "run.resumed"
    operations = {
        "POST": Operation(words="Let a waiting run go on now", right=BUILD, answers={200: RunShape}, refusals=(409,))
    }


def the_run(tenant_id: int, pk: UUID) -> RunShape:
    """The tenant's run. Raises Http404."""
    found = Run.objects.filter(tenant_id=tenant_id, id=pk).first()
    if found is None:
        raise Http404
    return run_shapes(tenant_id, [found])[0]


def run_shapes(tenant_id: int, rows: list[Run]) -> list[RunShape]:
    """The runs as the API shows them, in their order. Two queries, however many."""
    ids = [row.id for row in rows]
    messages: dict[tuple[UUID | None, str], list[StepMessage]] = {}
    for message in Outbox.objects.filter(tenant_id=tenant_id, run_id__in=ids).order_by("id"):
        shown = StepMessage(
            id=message.id, kind=message.kind, to=message.to, status=message.status, reason=message.reason
        )
        messages.setdefault((message.run_id, message.step), []).append(shown)
    steps: dict[UUID, list[StepShape]] = {}
    for step in StepRun.objects.filter(tenant_id=tenant_id, run_id__in=ids).order_by("run_id", "position"):
        steps.setdefault(step.run_id, []).append(_step(step, messages.get((step.run_id, step.step), [])))
    return [_run(row, steps.get(row.id, [])) for row in rows]


def _run(row: Run, steps: list[StepShape]) -> RunShape:
    return RunShape(
        id=row.id, workflow=row.workflow_id, version=row.version, order=row.order_id, parcel=row.shipment_id,
        event=row.event_id, trigger=row.event, state=row.state, reason=row.reason, is_watch=row.is_watch,  # type: ignore[arg-type]
        started_at=row.started_at, finished_at=row.finished_at, wake_at=row.wake_at, steps=steps,
    )  # fmt: skip


def _step(row: StepRun, messages: list[StepMessage]) -> StepShape:
    return StepShape(
        id=row.step, kind=row.kind, state=row.state, at=row.at, verdict=shown_verdict(row.verdict), result=row.result,
        error=row.error or None, attempts=row.attempts, messages=messages,
    )  # fmt: skip
