"""`/api/v1/orders/{id}/timeline/`: everything that happened to an order and its parcels, newest first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import Q
from django.http import Http404
from msgspec import Struct
from rest_framework.request import Request
from rest_framework.response import Response

from dashboards.boards.models import CaseEntry
from postsale.events.models import Event, EventSubject
from postsale.orders.models import Order, OrderShipment
from postsale.web.asking import Page, Paging
from postsale.web.paging import write_cursor
from workflows.api.endpoint import READ, Endpoint, Operation
from workflows.definitions.models import Workflow
from workflows.runs.models import Outbox, Run

type Kind = Literal["event", "decision", "message", "edit", "case"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What is asked for: about whom, how many rows, and before which row."""

    tenant_id: int
    order_id: UUID
    parcels: frozenset[UUID]
    limit: int
    before: tuple[datetime, UUID] | None

    @property
    def about(self) -> Q:
        """Rows of the order, or of its parcels before they had one."""
        its_parcels = Q(shipment_id__in=self.parcels, order_id__isnull=True)
        return Q(tenant_id=self.tenant_id) & (Q(order_id=self.order_id) | its_parcels)

    def earlier(self, moment: str) -> Q:
        """Rows before the place where the page before ended, by their column `moment` and their id."""
        if self.before is None:
            return Q()
        at, last = self.before
        return Q(**{f"{moment}__lt": at}) | Q(**{moment: at, "id__lt": last})


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
        links = OrderShipment.objects.filter(tenant_id=self.tenant_id, order_id=pk)
        span = Span(
            tenant_id=self.tenant_id, order_id=pk, parcels=frozenset(links.values_list("shipment_id", flat=True)),
            limit=asked.limit + 1, before=self.place(asked) if asked.cursor else None,
        )  # fmt: skip
        found = sorted(_all(span), key=lambda told: (told[0].at, told[1]), reverse=True)
        more = None
        if len(found) > asked.limit:
            last, last_id = found[asked.limit - 1]
            more = self.address_of(write_cursor(last.at, last_id))
        return Response(Page(results=[row for row, _ in found[: asked.limit]], next=more))


type Told = tuple[TimelineRow, UUID]
"""A row, and the id that decides between rows of one moment."""


def _all(span: Span) -> Iterator[Told]:
    yield from _events(span)
    yield from _decisions(span)
    yield from _messages(span)
    yield from _cases(span)


def _events(span: Span) -> Iterator[Told]:
    subjects = EventSubject.objects.filter(tenant_id=span.tenant_id, subject_id__in=[span.order_id, *span.parcels])
    rows = Event.objects.filter(span.earlier("occurred_at"), tenant_id=span.tenant_id)
    rows = rows.filter(id__in=subjects.values("event_id")).defer("raw")
    for row in rows.order_by("-occurred_at", "-id")[: span.limit]:
        is_edit = row.source == "postsale"
        data = {
            "type": row.type, "source": row.source, "external_id": row.external_id, "actor": row.actor,
            "flags": row.flags, "is_backfill": row.is_backfill, **row.data,
        }  # fmt: skip
        told = TimelineRow(
            at=row.occurred_at, received_at=row.received_at, kind="edit" if is_edit else "event",
            words=_edit_words(row) if is_edit else _event_words(row), ref=Ref(type="event", id=row.id), data=data,
        )  # fmt: skip
        yield told, row.id


def _decisions(span: Span) -> Iterator[Told]:
    rows = list(Run.objects.filter(span.about, span.earlier("started_at")).order_by("-started_at", "-id")[: span.limit])
    named = Workflow.objects.filter(tenant_id=span.tenant_id, id__in={row.workflow_id for row in rows})
    names = dict(named.values_list("id", "name"))
    for row in rows:
        name = names.get(row.workflow_id, "A workflow")
        data = {"workflow": str(row.workflow_id), "version": row.version, "state": row.state, "reason": row.reason}
        told = TimelineRow(
            at=row.started_at, received_at=row.started_at, kind="decision", ref=Ref(type="run", id=row.id), data=data,
            words=f"{name}: {row.state}" + (f" ({row.reason})" if row.reason else ""),
        )  # fmt: skip
        yield told, row.id


def _messages(span: Span) -> Iterator[Told]:
    rows = Outbox.objects.filter(span.about, span.earlier("created_at")).order_by("-created_at", "-id")[: span.limit]
    for row in rows:
        about = f" “{row.subject}”" if row.subject else ""
        data = {"kind": row.kind, "to": row.to, "status": row.status, "reason": row.reason, "attempts": row.attempts}
        told = TimelineRow(
            at=row.created_at, received_at=row.created_at, kind="message", ref=Ref(type="message", id=row.id), data=data,
            words=f"{row.kind} to {row.to}{about}: {row.status}" + (f" ({row.reason})" if row.reason else ""),
        )  # fmt: skip
        yield told, row.id


def _cases(span: Span) -> Iterator[Told]:
    for row in CaseEntry.objects.filter(span.about, span.earlier("at")).order_by("-at", "-id")[: span.limit]:
        told = TimelineRow(
            at=row.at, received_at=row.at, kind="case", words=row.words or row.what, ref=Ref(type="case", id=row.case_id),
            data={"what": row.what, "by": row.by},
        )  # fmt: skip
        yield told, row.id


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
