"""`/api/v1/orders/{id}/timeline/`: everything that happened to an order and its parcels, newest first."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import Http404
from msgspec import Struct
from rest_framework.request import Request
from rest_framework.response import Response

from dashboards.boards.models import CaseEntry
from dashboards.orders.timeline import Entry, Kind, Span, parcels_of, story
from postsale.events.models import Event
from postsale.orders.models import Order
from postsale.web.asking import Page, Paging
from workflows.api.endpoint import READ, Endpoint, Operation
from workflows.definitions.models import Workflow
from workflows.runs.models import Outbox, Run


class Ref(Struct, kw_only=True):
    """What a row tells of."""

    type: Literal["event", "run", "message", "case"]
    id: UUID


class TimelineRow(Struct, kw_only=True):
    """One thing that happened `at` its own time; `received_at` is when we heard of it."""

    at: datetime
    received_at: datetime
    kind: Kind
    words: str
    ref: Ref
    data: dict[str, Any]


class Timeline(Endpoint):
    """The story of one order."""

    operations = {
        "GET": Operation(
            words="Events, decisions, messages, edits and cards, newest first", right=READ, query=Paging,
            answers={200: Page[TimelineRow]},
        )
    }  # fmt: skip

    def get(self, request: Request, pk: UUID) -> Response:
        """A page of the story. Raises 404."""
        asked = self.query(Paging)
        if not Order.objects.filter(tenant_id=self.tenant_id, id=pk).exists():
            raise Http404
        span = Span(
            tenant_id=self.tenant_id, order_id=pk, parcels=parcels_of(self.tenant_id, pk), limit=asked.limit,
            before=self.place(asked) if asked.cursor else None,
        )  # fmt: skip
        found = story(span)
        names = self._names(found.entries)
        more = self.address_of(found.more) if found.more else None
        return Response(Page(results=[_row(entry, names) for entry in found.entries], next=more))

    def _names(self, found: Sequence[Entry]) -> dict[UUID, str]:
        runs = {entry.row.workflow_id for entry in found if isinstance(entry.row, Run)}
        return dict(Workflow.objects.filter(tenant_id=self.tenant_id, id__in=runs).values_list("id", "name"))


def _row(entry: Entry, names: Mapping[UUID, str]) -> TimelineRow:
    words, ref, data = _told(entry.row, names)
    return TimelineRow(at=entry.at, received_at=entry.received_at, kind=entry.kind, words=words, ref=ref, data=data)


def _told(row: Event | Run | Outbox | CaseEntry, names: Mapping[UUID, str]) -> tuple[str, Ref, dict[str, Any]]:
    match row:
        case Event():
            data = {
                "type": row.type, "source": row.source, "external_id": row.external_id, "actor": row.actor,
                "flags": row.flags, "is_backfill": row.is_backfill, **row.data,
            }  # fmt: skip
            words = _edit_words(row) if row.source == "postsale" else _event_words(row)
            return words, Ref(type="event", id=row.id), data
        case Run():
            data = {"workflow": str(row.workflow_id), "version": row.version, "state": row.state, "reason": row.reason}
            words = f"{names.get(row.workflow_id, 'A workflow')}: {row.state}"
            return words + (f" ({row.reason})" if row.reason else ""), Ref(type="run", id=row.id), data
        case Outbox():
            data = {
                "kind": row.kind, "to": row.to, "status": row.status, "reason": row.reason, "attempts": row.attempts,
            }  # fmt: skip
            about = f" “{row.subject}”" if row.subject else ""
            words = f"{row.kind} to {row.to}{about}: {row.status}"
            return words + (f" ({row.reason})" if row.reason else ""), Ref(type="message", id=row.id), data
        case CaseEntry():
            return row.words or row.what, Ref(type="case", id=row.case_id), {"what": row.what, "by": row.by}


def _event_words(row: Event) -> str:
    parcel: Mapping[str, Any] = row.data.get("parcel") or {}
    said = [str(parcel[name]) for name in ("status", "raw_text", "raw_status") if parcel.get(name)]
    about = f" of parcel {parcel['tracking_number']}" if parcel.get("tracking_number") else ""
    return f"{row.type}{about} from {row.source}" + (f": {', '.join(said[:2])}" if said else "")


def _edit_words(row: Event) -> str:
    by = (row.actor or {}).get("name", "someone")
    changed: Mapping[str, Any] = row.data.get("changed") or {}
    field = str(changed.get("field", "the order")).removeprefix("order.").replace("_", " ")
    return f"{by} changed {field} from {_shown(changed.get('from'))} to {_shown(changed.get('to'))}"


def _shown(value: object) -> str:
    return "nothing" if value in (None, "") else str(value)
