"""Why, why not, what next: `/verdicts/` and `/upcoming/` of an order, `/try/` of a workflow."""

from typing import Any
from uuid import UUID

from django.http import Http404
from msgspec import Struct
from rest_framework.request import Request
from rest_framework.response import Response

from postsale.orders.models import Order
from postsale.web.asking import Page, Paging, Word
from postsale.web.paging import write_cursor
from postsale.web.problems import refuse
from workflows.api.endpoint import READ, Endpoint, Operation
from workflows.api.verdicts import shown_steps, shown_verdict
from workflows.api.workflows import refusals, the_workflow, which_version
from workflows.definitions.compile import BrokenVersionError
from workflows.definitions.store import document_of, version_of
from workflows.replay.attempt import try_document
from workflows.replay.explain import verdicts
from workflows.replay.upcoming import upcoming


class Trying(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which version would do what about which order."""

    order: UUID
    version: Word | int = "newest"


class Verdicts(Endpoint):
    """What every workflow makes of an order."""

    operations = {
        "GET": Operation(
            words="One row a workflow: fired, waiting or not, why, and what would change it", right=READ, query=Paging,
            answers={200: Page[dict[str, Any]]},
        )
    }  # fmt: skip

    def get(self, request: Request, pk: UUID) -> Response:
        """A page of verdicts, the oldest workflow first. Raises 404."""
        asked = self.query(Paging)
        after = self.place(asked)[1] if asked.cursor else None
        try:
            rows = verdicts(pk, now=self.now, after=after, limit=asked.limit + 1)
        except Order.DoesNotExist as error:
            raise Http404 from error
        more = None
        if len(rows) > asked.limit:
            more = self.address_of(write_cursor(self.now, UUID(rows[asked.limit - 1]["workflow"])))
        shown = [{**row, "verdict": shown_verdict(row["verdict"])} for row in rows[: asked.limit]]
        return Response(Page(results=shown, next=more))


class Upcoming(Endpoint):
    """What waits about an order."""

    operations = {
        "GET": Operation(
            words="What fires when, unless what; the next first", right=READ, query=Paging,
            answers={200: Page[dict[str, Any]]},
        )
    }  # fmt: skip

    def get(self, request: Request, pk: UUID) -> Response:
        """A page of what waits; a cursor is the run that the page before ended with. Raises 404."""
        asked = self.query(Paging)
        last = str(self.place(asked)[1]) if asked.cursor else None
        try:
            rows = upcoming(pk, now=self.now)
        except Order.DoesNotExist as error:
            raise Http404 from error
        start = next((index + 1 for index, row in enumerate(rows) if row["run"] == last), 0)
        shown, rest = rows[start : start + asked.limit], rows[start + asked.limit :]
        more = self.address_of(write_cursor(self.now, UUID(shown[-1]["run"]))) if rest else None
        return Response(Page(results=shown, next=more))


class Try(Endpoint):
    """A rehearsal for one order."""

    operations = {
        "POST": Operation(
            words="What a version would do about an order now; nothing happens", right=READ, body=Trying,
            answers={200: dict[str, Any]}, refusals=(409,),
        )
    }  # fmt: skip

    def post(self, request: Request, pk: UUID) -> Response:
        """The verdict and the actions. Raises 404, 409 for a version that can't be run any more, 422."""
        workflow = the_workflow(self.tenant_id, pk)
        said = self.body(Trying)
        with refusals():
            document = document_of(version_of(workflow, which_version(str(said.version))))
        try:
            told = shown_steps(try_document(document, said.order, now=self.now))
        except Order.DoesNotExist as error:
            raise Http404 from error
        except BrokenVersionError as error:
            raise refuse(409, f"This version can't be run any more: {error}.") from error
        return Response({**told, "verdict": shown_verdict(told["verdict"])})
