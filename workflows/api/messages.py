"""`/api/v1/messages/`: the outbox, with what became of each message."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.http import Http404
from msgspec import Struct
from rest_framework.request import Request
from rest_framework.response import Response

from postsale.web.asking import Page, Paging, Word
from postsale.web.problems import refuse
from workflows.api.endpoint import BUILD, READ, Endpoint, Operation
from workflows.runs import again
from workflows.runs.models import Outbox

type Status = Literal["queued", "sent", "suppressed", "failed", "dead"]


class MessageShape(Struct, kw_only=True):
    """A message to the outside, or to a member."""

    id: UUID
    kind: str
    to: str
    subject: str
    status: Status
    reason: str
    attempts: int
    run: UUID | None
    step: str | None
    order: UUID | None
    parcel: UUID | None
    created_at: datetime
    sent_at: datetime | None


class MessageFilters(Paging, forbid_unknown_fields=True, kw_only=True):
    """What messages can be looked for by."""

    status: Status | None = None
    kind: Word | None = None
    order: UUID | None = None
    run: UUID | None = None


class Messages(Endpoint):
    """All messages."""

    operations = {
        "GET": Operation(
            words="Messages, newest first", right=READ, query=MessageFilters, answers={200: Page[MessageShape]}
        )
    }

    def get(self, request: Request) -> Response:
        """A page of the messages that fit every filter."""
        asked = self.query(MessageFilters)
        wanted = {"status": asked.status, "kind": asked.kind, "order_id": asked.order, "run_id": asked.run}
        rows = Outbox.objects.filter(tenant_id=self.tenant_id)
        rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
        return self.page(*self.newest(rows, asked), message_shape)


class OneMessage(Endpoint):
    """One message."""

    operations = {"GET": Operation(words="One message", right=READ, answers={200: MessageShape})}

    def get(self, request: Request, pk: UUID) -> Response:
        """The message."""
        return Response(message_shape(_the_message(self.tenant_id, pk)))


class Retry(Endpoint):
    """Sending again."""

    operations = {
        "POST": Operation(
            words="Send a failed or dead message again", right=BUILD, answers={200: MessageShape}, refusals=(409,)
        )
    }

    def post(self, request: Request, pk: UUID) -> Response:
        """The message, queued. Raises 404, 409."""
        before = _the_message(self.tenant_id, pk)
        try:
            again.retry_message(pk, tenant_id=self.tenant_id, now=self.now)
        except again.NotOverError as error:
            raise refuse(409, f"The message is {before.status}, so there is nothing to send again.") from error
        self.note("message.retried", target=str(pk))
        return Response(message_shape(_the_message(self.tenant_id, pk)))


def message_shape(row: Outbox) -> MessageShape:
    """The message as the API shows it; what it says stays inside."""
    return MessageShape(
        id=row.id, kind=row.kind, to=row.to, subject=row.subject, status=row.status, reason=row.reason,  # type: ignore[arg-type]
        attempts=row.attempts, run=row.run_id, step=row.step or None, order=row.order_id, parcel=row.shipment_id,
        created_at=row.created_at, sent_at=row.sent_at,
    )  # fmt: skip


def _the_message(tenant_id: int, pk: UUID) -> Outbox:
    found = Outbox.objects.filter(tenant_id=tenant_id, id=pk).first()
    if found is None:
        raise Http404
    return found
