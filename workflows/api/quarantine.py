"""`/api/v1/quarantine/`: what came in and could not be read or decided, to be tried again."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.http import Http404
from msgspec import Struct
from rest_framework.request import Request
from rest_framework.response import Response

from postsale.events.enqueue import enqueue
from postsale.events.models import Event, Quarantine
from postsale.intake import replay
from postsale.web.asking import Page, Paging
from postsale.web.problems import refuse
from workflows.api.endpoint import BUILD, READ, Endpoint, Operation


class QuarantineShape(Struct, kw_only=True):
    """A body or an event that is kept, and why."""

    id: UUID
    received_at: datetime
    connection: UUID | None
    event: UUID | None
    reason: str
    state: Literal["open", "replayed"]
    replayed_at: datetime | None


class QuarantineFilters(Paging, forbid_unknown_fields=True, kw_only=True):
    """What can be looked for by."""

    state: Literal["open", "replayed"] | None = None
    connection: UUID | None = None


class Quarantined(Endpoint):
    """All of it."""

    operations = {
        "GET": Operation(
            words="What could not be read or decided, newest first", right=READ, query=QuarantineFilters,
            answers={200: Page[QuarantineShape]},
        )
    }  # fmt: skip

    def get(self, request: Request) -> Response:
        """A page."""
        asked = self.query(QuarantineFilters)
        wanted = {"state": asked.state, "connection_id": asked.connection}
        rows = Quarantine.objects.filter(tenant_id=self.tenant_id).defer("raw")
        rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
        return self.page(*self.newest(rows, asked), _shape)


class Replay(Endpoint):
    """Trying again."""

    operations = {
        "POST": Operation(
            words="Read it again with today's adapter, or decide it again", right=BUILD, answers={200: QuarantineShape},
            refusals=(409, 422),
        )
    }  # fmt: skip

    def post(self, request: Request, pk: UUID) -> Response:
        """The row, replayed. Raises 404, 409 when it was replayed before, 422 when it still can't be read."""
        kept = Quarantine.objects.select_for_update().filter(tenant_id=self.tenant_id, id=pk).first()
        if kept is None:
            raise Http404
        if kept.state != "open":
            raise refuse(409, "This was replayed already.")
        if kept.event_id is not None:
            self._decide_again(kept, kept.event_id)
        else:
            problem = replay.replay(self.tenant_id, pk, now=self.now).problem
            if problem:
                raise refuse(422, f"It still can't be read: {problem}.")
        self.note("quarantine.replayed", target=str(pk))
        return Response(_shape(Quarantine.objects.get(tenant_id=self.tenant_id, id=pk)))

    def _decide_again(self, kept: Quarantine, event_id: UUID) -> None:
        event = Event.objects.filter(tenant_id=self.tenant_id, id=event_id).only("id", "received_at").first()
        if event is None:
            raise refuse(422, "Its event is no longer kept.")
        enqueue(self.tenant_id, [(event.id, event.received_at)])
        kept.state, kept.replayed_at = "replayed", self.now
        kept.save(update_fields=["state", "replayed_at"])


def _shape(row: Quarantine) -> QuarantineShape:
    return QuarantineShape(
        id=row.id, received_at=row.received_at, connection=row.connection_id, event=row.event_id, reason=row.reason,
        state="replayed" if row.state == "replayed" else "open", replayed_at=row.replayed_at,
    )  # fmt: skip
