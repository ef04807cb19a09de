"""Messages on their way out, for tests: a tenant with an order and its parcel, and messages stored as actions store them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from msgspec.structs import replace

from postsale.orders.book import Book, OrderState, ParcelState
from postsale.orders.change import close_book, open_book
from postsale.orders.facts import OrderFacts, ParcelFacts
from postsale.tenants.ids import new_id
from postsale.tenants.scope import tenant
from postsale.tenants.shop import Shop, load_shop
from tests.factories import make_tenant
from workflows.actions.outbox_rows import Message, store
from workflows.runs.models import Dispatch, Outbox, StepRun

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
IS_EXCEPTION = {"field": "parcel.tracking_status", "op": "is", "value": "exception"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The transaction that a writer runs in."""

    shop: Shop
    now: datetime = NOW
    is_backfill: bool = False

    @property
    def tenant_id(self) -> int:
        """The shop's id."""
        return self.shop.id

    @property
    def upto(self) -> datetime:
        """The batch decides up to now."""
        return self.now


@dataclass(slots=True, kw_only=True)
class Leaving:
    """One tenant whose messages leave: an order, its parcel with an exception, and a run."""

    tenant_id: int
    order_id: UUID = field(default_factory=new_id)
    parcel_id: UUID = field(default_factory=new_id)
    run_id: UUID = field(default_factory=new_id)

    def write(self, **changed: Any) -> UUID:
        """Store one message with its step, as a batch would; an e-mail to the customer unless said otherwise."""
        usual: dict[str, Any] = {
            "kind": "email", "is_customer": True, "to": "ann@customer.example", "subject": "Order 1001",
            "content": {"text": "Hello Ann."}, "run_id": self.run_id, "step": "tell", "order_id": self.order_id,
            "shipment_id": self.parcel_id, "at": NOW, "event": {"type": "tracking.status_changed", "changes": {}},
        }  # fmt: skip
        message = Message(**(usual | changed))
        with tenant(self.tenant_id):
            store(Batch(shop=load_shop(self.tenant_id)), [message])
            StepRun.objects.get_or_create(
                run_id=self.run_id, step=message.step, tenant_id=self.tenant_id,
                defaults={"position": 0, "kind": "action", "state": "done", "at": NOW, "result": {"words": "queued"}},
            )  # fmt: skip
            newest = Outbox.objects.filter(tenant_id=self.tenant_id).order_by("-id").first()
        assert newest is not None
        return newest.id

    def webhook(self, url: str, **content: Any) -> UUID:
        """Store one call."""
        said = {"url": url, "headers": {"X-Shop": "north"}, "body": '{"a": 1}', **content}
        return self.write(kind="webhook", is_customer=False, to=url, subject="", content=said)

    def move_on(self, status: str) -> None:
        """The parcel's status changes."""
        with tenant(self.tenant_id):
            book = open_book(self.tenant_id, parcel_ids=[self.parcel_id])
            state = book.parcels[self.parcel_id]
            state.facts, state.is_dirty = replace(state.facts, tracking_status=status), True
            close_book(self.tenant_id, book, now=NOW)

    def message(self, outbox_id: UUID) -> Outbox:
        """The message as it stands."""
        with tenant(self.tenant_id):
            return Outbox.objects.get(tenant_id=self.tenant_id, id=outbox_id)

    def fate(self, outbox_id: UUID) -> tuple[str, int, str]:
        """Its status, attempts and reason."""
        row = self.message(outbox_id)
        return row.status, row.attempts, row.reason

    def step(self) -> tuple[str, Mapping[str, Any]]:
        """The step's state and result."""
        with tenant(self.tenant_id):
            row = StepRun.objects.get(tenant_id=self.tenant_id, run_id=self.run_id, step="tell")
        return row.state, row.result or {}


def leaving(**settings: Any) -> Leaving:
    """A tenant with these settings, its order and the parcel with an exception."""
    made = Leaving(tenant_id=make_tenant(name="North", settings=settings).id)
    book = Book(new_id)
    order = book.add_order(
        OrderState(
            id=made.order_id,
            facts=OrderFacts(sales_channel="shopify-us", number="1001", customer={"email": "ann@customer.example"}),
            is_new=True,
        )
    )
    facts = ParcelFacts(carrier="ups", tracking_number="1Z1", tracking_status="exception", status_since=NOW)
    parcel = book.add_parcel(ParcelState(id=made.parcel_id, facts=facts, is_new=True))
    book.link(order, parcel)
    book.new_links.append((order.id, parcel.id, NOW))
    with tenant(made.tenant_id):
        close_book(made.tenant_id, book, now=NOW)
    return made


def queued() -> list[tuple[int, timedelta]]:
    """What stands in the queue: attempts, and how far off its next one is, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        [now] = cursor.fetchone()
    return [(row.attempts, row.next_at - now) for row in Dispatch.objects.order_by("outbox_id")]


def make_due(*, after_attempts: int | None = None) -> None:
    """Let the time pass until everything in the queue is due; `after_attempts` have been made by then."""
    changes: dict[str, Any] = {"next_at": NOW - timedelta(days=300)}
    Dispatch.objects.update(**changes if after_attempts is None else {**changes, "attempts": after_attempts})
