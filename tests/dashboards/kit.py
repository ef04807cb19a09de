"""What the tests of boards start from: a shop with its first boards, orders with a parcel, cards, a moment to act."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Literal
from uuid import UUID, uuid4

from dashboards.boards.models import Board, Case
from dashboards.boards.placing import Card, Removal
from dashboards.boards.refresh import follow
from postsale.orders.models import Order, Shipment
from postsale.tenants.create import create_tenant
from postsale.tenants.ids import new_id
from postsale.tenants.models import Member
from postsale.tenants.scope import tenant
from postsale.tenants.shop import Shop, load_shop
from workflows.catalog.shelf import Due, Happening, SubjectChange
from workflows.engine.grammar import Condition

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
PASSWORD = "harbour-lights-88"
IS_EXCEPTION = {"field": "parcel.tracking_status", "op": "is", "value": "exception"}


def make_shop(slug: str = "north") -> Shop:
    """A tenant with an owner `owner@<slug>.example`."""
    made = create_tenant(slug.title(), slug=slug, owner=f"owner@{slug}.example", password=PASSWORD, now=NOW)
    with tenant(made.tenant_id):
        return load_shop(made.tenant_id)


def owner_of(shop: Shop) -> Member:
    """The shop's owner; inside the tenant's transaction."""
    return Member.objects.get(tenant_id=shop.id, email=f"owner@{shop.slug}.example")


def make_order(shop: Shop, number: str = "1001", *, status: str = "exception") -> tuple[Order, Shipment]:
    """An order and its parcel; inside the tenant's transaction."""
    order = Order.objects.create(
        tenant_id=shop.id, sales_channel="shopify-us", number=number, number_key=number, fulfillment_status="fulfilled",
        delivery_status="in_progress", ops_status="new",
    )  # fmt: skip
    parcel = Shipment.objects.create(
        tenant_id=shop.id, carrier="ups", tracking_number=f"1Z{number}", tracking_status=status
    )
    return order, parcel


def board_of(shop: Shop, slug: str = "exceptions") -> Board:
    """One of the shop's boards; inside the tenant's transaction."""
    return Board.objects.get(tenant_id=shop.id, slug=slug)


def card(
    board: Board,
    *,
    order: UUID | None,
    parcel: UUID | None,
    severity: str = "warning",
    reason: str = "the parcel has an exception",
    keep: Mapping[str, object] | None = None,
    look_at: datetime | None = None,
    at: datetime = NOW,
) -> Card:
    """A card as `board.add` hands it over."""
    return Card(
        board_id=board.id, slug=board.slug, order_id=order, shipment_id=parcel, severity=severity,
        reason=reason, keep=keep, look_at=look_at, at=at, run_id=new_id(),
        event={"type": "tracking.status_changed", "to": "exception"}, workflow_id=uuid4(),
        workflow_name="Shipment exception",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The transaction that writers and watchers run in."""

    shop: Shop
    now: datetime = NOW
    is_backfill: bool = False

    @property
    def upto(self) -> datetime:
        """The batch decides up to now."""
        return self.now

    @property
    def tenant_id(self) -> int:
        """The shop's id."""
        return self.shop.id


def store(unit: Batch, rows: Sequence[Card | Removal]) -> None:
    """Hand rows to the boards, all at once."""
    follow(unit, [Happening(at=unit.now, rows={"case": rows})], [])


def changed(unit: Batch, changes: Sequence[SubjectChange]) -> None:
    """Tell the boards that these subjects changed now."""
    follow(unit, [Happening(at=unit.now, changes=changes)], [])


def due(unit: Batch, case: Case, facts: Mapping[str, object]) -> None:
    """Let the moment of a card come."""
    came = Due(
        kind="case", target=case.id, at=unit.now, order_id=case.order_id, shipment_id=case.shipment_id, facts=facts
    )
    follow(unit, [], [came])


def place(shop: Shop, cards: Sequence[Card | Removal]) -> list[Case]:
    """Store cards as a batch of the shop would, in a transaction of its own."""
    with tenant(shop.id):
        store(Batch(shop=shop), cards)
        return list(Case.objects.filter(tenant_id=shop.id).order_by("id"))


@dataclass(slots=True, kw_only=True)
class Standing:
    """A run that stands at an action's step; what it writes is kept in `rows`."""

    shop: Shop
    with_: Mapping[str, object]
    facts: Mapping[str, object] = field(default_factory=dict)
    order_id: UUID | None = None
    shipment_id: UUID | None = None
    keep: Condition | None = None
    guard: Condition | None = None
    now: datetime = NOW
    reason: str = "parcel.tracking_status is exception"
    step: str = "surface"
    run_id: UUID = field(default_factory=new_id)
    workflow_id: UUID = field(default_factory=uuid4)
    workflow_name: str = "Shipment exception"
    event: Mapping[str, object] = field(default_factory=lambda: {"type": "tracking.status_changed", "to": "exception"})
    rows: list[tuple[str, Any]] = field(default_factory=list)

    def text(self, source: str, *, escape: Literal["text", "html", "header"] = "text") -> str:
        """The text with its one variable filled in."""
        return source.replace("{{ order.number }}", "1001")

    def edit(self, field: str, value: object, *, overwrite: bool = False) -> bool:
        """Board actions edit nothing."""
        raise AssertionError(f"{field} was edited")

    def look_up[T](self, load: Callable[[int], T]) -> T:
        """Ask now."""
        return load(self.shop.id)

    def write(self, writer: str, row: object) -> None:
        """Keep the row."""
        self.rows.append((writer, row))


NAMES = SimpleNamespace(
    boards={"exceptions": "Exceptions"}, dashboards={"operations": "Operations"}, ops_statuses={}, members=frozenset()
)
