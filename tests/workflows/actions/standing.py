"""A run that stands at an action's step, for tests: real facts, real texts; what it hands to writers is kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Literal
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from postsale.orders.facts import OrderFacts, ParcelFacts
from postsale.tenants.ids import new_id
from postsale.tenants.shop import Shop
from workflows.catalog.reading import FactView
from workflows.catalog.shelf import ActionFailedError
from workflows.catalog.texts import TextError, render
from workflows.catalog.variables import values_for_text
from workflows.engine.grammar import Condition

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
ORDER = OrderFacts(
    sales_channel="shopify-us", number="1001", currency="USD", total=12_550, placed_at=NOW - timedelta(days=3),
    customer={"email": "ann@customer.example", "first_name": "Ann"}, address={"country": "US"},
    items=({"sku": "A-1", "name": "Mug", "quantity": 2, "price": 1_250},),
)  # fmt: skip
PARCEL = ParcelFacts(
    carrier="ups", tracking_number="1Z1", tracking_status="exception", status_since=NOW, location={"city": "Reno"}
)
EVENT: Mapping[str, object] = {
    "type": "tracking.status_changed", "from": "in_transit", "to": "exception", "source": "api",
    "changes": {"parcel.tracking_status": ("in_transit", "exception")},
}  # fmt: skip
MEMBERS = {"olga@shop.example": "owner", "otto@shop.example": "owner", "mia@shop.example": "shipping_manager"}
NAMES = SimpleNamespace(boards={}, dashboards={}, ops_statuses={}, members=frozenset(MEMBERS))


def a_shop(tenant_id: int = 1, **settings: Any) -> Shop:
    """A shop with two owners and a shipping manager."""
    return Shop(
        id=tenant_id, slug="north", name="North", zone=ZoneInfo("UTC"), is_demo=False, revision=1, settings=settings,
        members=MEMBERS, member_ids={email: uuid4() for email in MEMBERS},
    )  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Standing:
    """workflows.catalog.shelf.Moment for one order and its parcel; `known` answers what an action looks up."""

    with_: Mapping[str, object]
    shop: Shop = field(default_factory=a_shop)
    order: OrderFacts | None = ORDER
    parcel: ParcelFacts | None = PARCEL
    known: Any = field(default_factory=dict)
    keep: Condition | None = None
    guard: Condition | None = None
    event: Mapping[str, object] = field(default_factory=lambda: EVENT)
    now: datetime = NOW
    reason: str = "the parcel has an exception"
    step: str = "tell"
    run_id: UUID = field(default_factory=new_id)
    workflow_id: UUID = field(default_factory=uuid4)
    workflow_name: str = "Shipment exception"
    order_id: UUID | None = field(default_factory=new_id)
    shipment_id: UUID | None = field(default_factory=new_id)
    rows: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def facts(self) -> FactView:
        """The facts, read as in a run."""
        return FactView(order=self.order, parcel=self.parcel, event=self.event, order_id=self.order_id)

    def text(self, source: str, *, escape: Literal["text", "html", "header"] = "text") -> str:
        """The text, rendered in the sandbox."""
        values = values_for_text(self.facts, shop_name=self.shop.name, now=self.now, order_id=self.order_id)
        try:
            return render(source, values, escape=escape, zone=self.shop.zone)
        except TextError as problem:
            raise ActionFailedError(str(problem)) from problem

    def edit(self, field: str, value: object, *, overwrite: bool = False) -> bool:
        """Actions that leave edit nothing."""
        raise AssertionError(f"{field} was edited")

    def look_up[T](self, load: Callable[[int], T]) -> T:
        """What the test says there is."""
        return self.known  # type: ignore[no-any-return]

    def write(self, writer: str, row: object) -> None:
        """Keep the row."""
        self.rows.append((writer, row))
