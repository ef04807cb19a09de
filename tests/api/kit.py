"""Two shops that have one of everything, and clients that ask the API as a key or as a person would."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.test import Client
from django.utils.timezone import now as clock

from dashboards.analytics.models import Tally
from dashboards.boards.models import Board, Case, CaseEntry
from postsale.events.kinds import Reported
from postsale.events.models import Event, EventSubject, Quarantine
from postsale.orders.change import close_book, open_book
from postsale.tenants.ids import new_id
from postsale.tenants.scope import tenant
from tests.factories import PASSWORD, MadeTenant, make_connection, make_tenant
from workflows.definitions import publish, store
from workflows.replay.models import Backtest
from workflows.runs.models import Outbox, Run, StepRun

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
DOCUMENT: dict[str, Any] = {
    "format": "postsale.workflow/1",
    "name": "Late carrier handoff",
    "trigger": {"type": "label.created"},
    "once_per": "parcel",
    "steps": [
        {
            "id": "only_late",
            "kind": "condition",
            "if": {"field": "parcel.label_created_at", "op": "older_than", "value": {"days": 2}},
        },
        {"id": "surface", "kind": "action", "action": "board.add", "with": {"board": "late-shipments"}},
    ],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Furnished:
    """A shop and the ids of what is in it, by the words that addresses use."""

    shop: MadeTenant
    ids: Mapping[str, UUID]

    @property
    def api(self) -> "Api":
        """Its first key at work."""
        return Api(self.shop.api_key)


class Api:
    """Asks with an API key."""

    def __init__(self, secret: str) -> None:
        self._client = Client(headers={"Authorization": f"Bearer {secret}"})

    def ask(self, method: str, path: str, body: Any = None, *, kind: str = "application/json") -> Any:
        """One request; `path` is below /api/v1/ or whole, `body` is sent as JSON unless it is bytes."""
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        whole = path if path.startswith(("/", "http")) else f"/api/v1/{path}"
        return self._client.generic(method, whole, content, content_type=kind)

    def get(self, path: str) -> Any:
        """One GET that must succeed: its body."""
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.content
        return answer.json()


def person(email: str, *, checked: bool = True) -> Client:
    """A signed-in browser; `checked` False leaves its proof out."""
    client = Client(enforce_csrf_checks=not checked)
    assert client.login(email=email, password=PASSWORD)
    return client


def order_in(tenant_id: int, number: str, *, carrier: str = "ups", **more: Any) -> tuple[UUID, UUID]:
    """An order with a parcel that awaits its carrier, as the fold makes them; inside the tenant's transaction."""
    said = {
        "number": number,
        "sales_channel": "shopify-us",
        "customer": {"email": "a@b.example"},
        "total": "12.50",
        **more,
    }
    event = Reported(
        type="label.created", external_id=f"evt-{number}", occurred_at=NOW,
        data={"order": said, "parcel": {"carrier": carrier, "tracking_number": f"1Z{number}"}},
    )  # fmt: skip
    book = open_book(tenant_id, numbers=[number])
    turn = book.apply(event, source="shopify-us", received_at=NOW)
    close_book(tenant_id, book, now=NOW)
    assert turn.order is not None
    assert turn.parcel is not None
    return turn.order.id, turn.parcel.id


def furnish(slug: str | None = None) -> Furnished:
    """A shop with one of everything."""
    shop = make_tenant(slug=slug)
    connection = make_connection(shop.id)
    with tenant(shop.id):
        order_id, parcel_id = order_in(shop.id, "1001")
        workflow = store.save(DOCUMENT, workflow=None, by=shop.owner, now=NOW)
        publish.publish(workflow.id, mode="live", by=shop.owner, now=NOW)
        version = store.version_of(workflow, 1)
        ids = {
            "orders": order_id, "parcels": parcel_id, "workflows": workflow.id, "connections": connection.id,
            **_run(shop.id, workflow.id, version.id, order_id, parcel_id), **_story(shop.id, order_id, parcel_id),
        }  # fmt: skip
    return Furnished(shop=shop, ids=ids)


def _run(tenant_id: int, workflow_id: UUID, version_id: UUID, order_id: UUID, parcel_id: UUID) -> dict[str, UUID]:
    run = Run.objects.create(
        id=new_id(), tenant_id=tenant_id, workflow_id=workflow_id, version_id=version_id, version=1, order_id=order_id,
        shipment_id=parcel_id, event={"type": "label.created"}, state="done", subject=f"parcel:{parcel_id}",
        started_at=clock(), finished_at=clock(),
    )  # fmt: skip
    StepRun.objects.create(
        run_id=run.id, step="surface", tenant_id=tenant_id, position=0, kind="action", state="done", at=clock(),
        result={"action": "board.add", "words": "put on the board Late Shipments"},
    )  # fmt: skip
    message = Outbox.objects.create(
        id=new_id(), tenant_id=tenant_id, kind="email", to="a@b.example", subject="We are on it", status="dead",
        reason="550", attempts=10, run_id=run.id, step="surface", order_id=order_id, created_at=clock(),
    )  # fmt: skip
    asked = Backtest.objects.create(
        id=new_id(), tenant_id=tenant_id, document=DOCUMENT, from_at=NOW - timedelta(days=1), to_at=NOW, state="queued"
    )
    return {"runs": run.id, "messages": message.id, "backtests": asked.id}


def _story(tenant_id: int, order_id: UUID, parcel_id: UUID) -> dict[str, UUID]:
    board = Board.objects.get(tenant_id=tenant_id, slug="exceptions")
    case = Case.objects.create(
        tenant_id=tenant_id, board=board, subject=parcel_id, order_id=order_id, shipment_id=parcel_id,
        reason="the parcel has an exception", opened_at=NOW, last_seen_at=NOW,
    )  # fmt: skip
    CaseEntry.objects.create(
        tenant_id=tenant_id,
        case_id=case.id,
        order_id=order_id,
        shipment_id=parcel_id,
        at=NOW,
        what="opened",
        words="opened",
    )
    event = Event.objects.create(
        id=new_id(), tenant_id=tenant_id, type="label.created", source="shopify-us", external_id="evt-1001",
        occurred_at=NOW, received_at=clock(), data={"parcel": {"carrier": "ups", "tracking_number": "1Z1001"}},
    )  # fmt: skip
    EventSubject.objects.create(tenant_id=tenant_id, subject_id=order_id, event_id=event.id)
    Tally.objects.create(
        tenant_id=tenant_id, dashboard="operations", measure="late_handoffs", day=NOW.date(), carrier="ups",
        sales_channel="shopify-us", count=3,
    )  # fmt: skip
    kept = Quarantine.objects.create(tenant_id=tenant_id, received_at=NOW, event_id=event.id, reason="it was poison")
    return {"cases": case.id, "quarantine": kept.id}
