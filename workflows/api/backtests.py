"""`/api/v1/backtests/`: what a document would have done over a span of the past."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import Http404
from msgspec import UNSET, Struct, UnsetType, field
from rest_framework.request import Request
from rest_framework.response import Response

from postsale.web.asking import Moment, Page, Paging, Word
from postsale.web.problems import Flaw, refuse
from workflows.api.endpoint import BUILD, READ, Endpoint, Operation
from workflows.api.verdicts import shown_steps
from workflows.api.workflows import refusals, the_workflow, which_version
from workflows.replay import backtest
from workflows.replay.bounds import TooMuchError
from workflows.replay.models import Backtest, BacktestRun
from workflows.replay.show import run_json

type State = Literal["queued", "running", "done", "failed", "cancelled"]


class BacktestShape(Struct, kw_only=True):
    """A back-test; `result` when it is done."""

    id: UUID
    state: State
    progress: float
    workflow: UUID | None
    from_: datetime = field(name="from")
    to: datetime
    created_at: datetime
    result: dict[str, Any] | None
    error: str | None


class NewBacktest(Struct, forbid_unknown_fields=True, kw_only=True):
    """Either a document, or a workflow and which of its versions; over `from` ≤ t < `to`."""

    from_: Moment = field(name="from")
    to: Moment
    document: dict[str, Any] | UnsetType = UNSET
    workflow: UUID | UnsetType = UNSET
    version: Word | int = "newest"


class BacktestFilters(Paging, forbid_unknown_fields=True, kw_only=True):
    """What back-tests can be looked for by."""

    workflow: UUID | None = None
    state: State | None = None


class Backtests(Endpoint):
    """All back-tests."""

    operations = {
        "GET": Operation(
            words="Back-tests, newest first", right=READ, query=BacktestFilters, answers={200: Page[BacktestShape]}
        ),
        "POST": Operation(
            words="Ask for a back-test", right=BUILD, body=NewBacktest, answers={202: BacktestShape}, refusals=(404,)
        ),
    }

    def get(self, request: Request) -> Response:
        """A page of the back-tests."""
        asked = self.query(BacktestFilters)
        rows = Backtest.objects.filter(tenant_id=self.tenant_id)
        wanted = {"workflow_id": asked.workflow, "state": asked.state}
        rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
        return self.page(*self.newest(rows, asked), _shape)

    def post(self, request: Request) -> Response:
        """The back-test, queued. Raises 404, 422."""
        said = self.body(NewBacktest)
        if (said.document is UNSET) == (said.workflow is UNSET):
            flaw = Flaw(
                path="", problem="needs one of 'document' and 'workflow'", expected="a document or a workflow's id"
            )
            raise refuse(422, "The body has problems.", errors=[flaw])
        try:
            with refusals():
                made = self._made(said)
        except TooMuchError as error:
            raise refuse(
                422, "The body has problems.", errors=[Flaw(path="from", problem=str(error), expected="fewer days")]
            ) from error
        except ValueError as error:
            flaw = Flaw(path="to", problem=str(error), expected="a moment after 'from'")
            raise refuse(422, "The body has problems.", errors=[flaw]) from error
        self.note("backtest.created", target=str(made.id))
        return Response(_shape(made), status=202)

    def _made(self, said: NewBacktest) -> Backtest:
        if isinstance(said.workflow, UUID):
            workflow = the_workflow(self.tenant_id, said.workflow)
            which = which_version(str(said.version))
            return backtest.create_of(workflow, which, from_at=said.from_, to_at=said.to, now=self.now)
        return backtest.create(said.document, from_at=said.from_, to_at=said.to, now=self.now)


class OneBacktest(Endpoint):
    """One back-test."""

    operations = {"GET": Operation(words="One back-test", right=READ, answers={200: BacktestShape})}

    def get(self, request: Request, pk: UUID) -> Response:
        """The back-test."""
        return Response(_shape(_the_backtest(self.tenant_id, pk)))


class Cancel(Endpoint):
    """Stopping."""

    operations = {
        "POST": Operation(words="Stop a back-test", right=BUILD, answers={200: BacktestShape}, refusals=(409,))
    }

    def post(self, request: Request, pk: UUID) -> Response:
        """The back-test, cancelled. Raises 404, 409."""
        _the_backtest(self.tenant_id, pk)
        with refusals():
            return Response(_shape(backtest.cancel(pk)))


class BacktestRuns(Endpoint):
    """The runs that would have happened."""

    operations = {
        "GET": Operation(
            words="The runs that would have happened, in their order", right=READ, query=Paging,
            answers={200: Page[dict[str, Any]]},
        )
    }  # fmt: skip

    def get(self, request: Request, pk: UUID) -> Response:
        """A page of the runs. Raises 404."""
        asked = self.query(Paging)
        _the_backtest(self.tenant_id, pk)
        rows = BacktestRun.objects.filter(tenant_id=self.tenant_id, backtest_id=pk).order_by("position")
        if asked.cursor:
            rows = rows.filter(position__gt=_position(asked.cursor))
        found = list(rows[: asked.limit + 1])
        more = self.address_of(str(found[asked.limit - 1].position)) if len(found) > asked.limit else None
        return self.page(found[: asked.limit], more, lambda row: shown_steps(run_json(row)))


def _shape(row: Backtest) -> BacktestShape:
    result = row.result and {**row.result, "runs": [shown_steps(run) for run in row.result.get("runs", ())]}
    return BacktestShape(
        id=row.id, state=row.state, progress=row.progress, workflow=row.workflow_id,  # type: ignore[arg-type]
        from_=row.from_at, to=row.to_at, created_at=row.created_at, result=result, error=row.error or None,
    )  # fmt: skip


def _position(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise refuse(400, f"The cursor can't be read: {cursor[:40]!r}.")
    return int(cursor)


def _the_backtest(tenant_id: int, pk: UUID) -> Backtest:
    found = Backtest.objects.filter(tenant_id=tenant_id, id=pk).first()
    if found is None:
        raise Http404
    return found
