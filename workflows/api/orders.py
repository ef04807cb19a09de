"""`/api/v1/orders/` and `/api/v1/parcels/`: looking, and what people may edit."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from msgspec import UNSET, Meta, Struct, UnsetType
from rest_framework.request import Request
from rest_framework.response import Response

from postsale.orders.edit_by_person import correct_parcel, edit_order, hold_order, hold_parcel
from postsale.orders.identity import order_key
from postsale.orders.models import Order, Shipment
from postsale.orders.queries import has_tag
from postsale.web.asking import Moment, Page, Paging, Word
from postsale.web.problems import Flaw, FlawLike, refuse
from workflows.api.endpoint import CARDS, READ, Endpoint, Operation
from workflows.api.shapes import OrderShape, ParcelShape, order_shapes, parcel_shapes

type TrackingStatus = Literal[
    "unknown", "awaiting_carrier", "accepted", "in_transit", "out_for_delivery", "available_for_pickup", "failed_attempt",
    "delayed", "exception", "return_to_sender", "delivered", "cancelled", "expired",
]  # fmt: skip
type FulfillmentStatus = Literal["unfulfilled", "on_hold", "partially_fulfilled", "fulfilled", "cancelled"]
type DeliveryStatus = Literal[
    "not_shipped", "awaiting_carrier", "in_progress", "partially_delivered", "delivered", "exception", "returning",
    "returned", "mixed",
]  # fmt: skip
type PaymentStatus = Literal[
    "unpaid", "authorized", "paid", "partially_paid", "partially_refunded", "refunded", "disputed", "failed"
]


class OrderFilters(Paging, forbid_unknown_fields=True, kw_only=True):
    """What orders can be looked for by; a `number` is found with and without "#"."""

    number: Word | None = None
    sales_channel: Word | None = None
    ops_status: Word | None = None
    payment_status: PaymentStatus | None = None
    fulfillment_status: FulfillmentStatus | None = None
    delivery_status: DeliveryStatus | None = None
    tracking_status: TrackingStatus | None = None
    tracking_number: Word | None = None
    email: Word | None = None
    tag: Word | None = None
    assignee: Word | None = None
    placed_after: Moment | None = None
    placed_before: Moment | None = None


class ParcelFilters(Paging, forbid_unknown_fields=True, kw_only=True):
    """What parcels can be looked for by."""

    tracking_number: Word | None = None
    carrier: Word | None = None
    tracking_status: TrackingStatus | None = None


class OrderEdit(Struct, forbid_unknown_fields=True, kw_only=True):
    """What people may edit; what isn't sent stays. `tags` are all tags from now on."""

    ops_status: str | UnsetType = UNSET
    tags: Annotated[list[Annotated[str, Meta(min_length=1, max_length=255)]], Meta(max_length=250)] | UnsetType = UNSET
    notes: Annotated[str, Meta(max_length=65536)] | UnsetType | None = UNSET
    assignee: str | UnsetType | None = UNSET


class ParcelEdit(Struct, forbid_unknown_fields=True, kw_only=True):
    """A person's correction of what the carrier says."""

    tracking_status: TrackingStatus


class Orders(Endpoint):
    """All orders."""

    operations = {
        "GET": Operation(words="Orders, newest first", right=READ, query=OrderFilters, answers={200: Page[OrderShape]})
    }

    def get(self, request: Request) -> Response:
        """A page of the orders that fit every filter."""
        asked = self.query(OrderFilters)
        if asked.ops_status is not None and asked.ops_status not in self.shop.ops_statuses:
            raise refuse(400, "The filters can't be read.", errors=[self._unknown_status(asked.ops_status)])
        rows, more = self.newest(_found(Order.objects.filter(tenant_id=self.tenant_id), asked), asked)
        return Response(Page(results=order_shapes(self.tenant_id, rows), next=more))

    def _unknown_status(self, said: str) -> FlawLike:
        expected = f"one of {', '.join(self.shop.ops_statuses)}"
        return Flaw(path="ops_status", problem=f"{said[:80]!r} is not an ops status", expected=expected)


class OneOrder(Endpoint):
    """One order."""

    operations = {
        "GET": Operation(words="One order", right=READ, answers={200: OrderShape}),
        "PATCH": Operation(words="Change what people may edit", right=CARDS, body=OrderEdit, answers={200: OrderShape}),
    }

    def get(self, request: Request, pk: UUID) -> Response:
        """The order."""
        return Response(self._shape(pk))

    def patch(self, request: Request, pk: UUID) -> Response:
        """The order, changed. Raises 404, 422."""
        self._shape(pk)
        said = self.body(OrderEdit)
        changes = {name: value for name in said.__struct_fields__ if (value := getattr(said, name)) is not UNSET}
        flaws = list(self._flaws(changes))
        if flaws:
            raise refuse(422, "The body has problems.", errors=flaws)
        hold_order(pk)
        edit_order(pk, changes, {"kind": "person", "name": self.member.email}, datetime.now(tz=UTC))
        return Response(self._shape(pk))

    def _shape(self, pk: UUID) -> OrderShape:
        row = Order.objects.filter(tenant_id=self.tenant_id, id=pk).first()
        if row is None:
            raise Http404
        return order_shapes(self.tenant_id, [row])[0]

    def _flaws(self, changes: dict[str, Any]) -> list[FlawLike]:
        flaws: list[FlawLike] = []
        status, assignee = changes.get("ops_status"), changes.get("assignee")
        if status is not None and status not in self.shop.ops_statuses:
            expected = f"one of {', '.join(self.shop.ops_statuses)}"
            flaws.append(Flaw(path="ops_status", problem=f"{status[:80]!r} is not an ops status", expected=expected))
        if assignee and assignee not in self.shop.members:
            expected = "the e-mail address of a member, or null"
            flaws.append(Flaw(path="assignee", problem=f"{assignee[:80]!r} is not a member", expected=expected))
        return flaws


class Parcels(Endpoint):
    """All parcels."""

    operations = {
        "GET": Operation(
            words="Parcels, newest first", right=READ, query=ParcelFilters, answers={200: Page[ParcelShape]}
        )
    }

    def get(self, request: Request) -> Response:
        """A page of the parcels that fit every filter."""
        asked = self.query(ParcelFilters)
        rows = Shipment.objects.filter(tenant_id=self.tenant_id)
        for name in ("tracking_number", "carrier", "tracking_status"):
            if (value := getattr(asked, name)) is not None:
                rows = rows.filter(**{name: value})
        found, more = self.newest(rows, asked)
        return Response(Page(results=parcel_shapes(self.tenant_id, found), next=more))


class OneParcel(Endpoint):
    """One parcel."""

    operations = {
        "GET": Operation(words="One parcel", right=READ, answers={200: ParcelShape}),
        "PATCH": Operation(
            words="Correct its tracking status", right=CARDS, body=ParcelEdit, answers={200: ParcelShape}
        ),
    }

    def get(self, request: Request, pk: UUID) -> Response:
        """The parcel."""
        return Response(self._shape(pk))

    def patch(self, request: Request, pk: UUID) -> Response:
        """The parcel, corrected. Raises 404, 422."""
        before = self._shape(pk).tracking_status
        status = self.body(ParcelEdit).tracking_status
        hold_parcel(pk)
        by = {"kind": "person", "name": self.member.email}
        if correct_parcel(pk, status=status, by=by, now=datetime.now(tz=UTC)):
            self.note("parcel.corrected", target=str(pk), before=before, after=status)
        return Response(self._shape(pk))

    def _shape(self, pk: UUID) -> ParcelShape:
        found = parcel_shapes(self.tenant_id, Shipment.objects.filter(tenant_id=self.tenant_id, id=pk))
        if not found:
            raise Http404
        return found[0]


def _found(rows: QuerySet[Order], asked: OrderFilters) -> QuerySet[Order]:
    exact = {
        "number_key": order_key(asked.number) if asked.number is not None else None,
        "sales_channel": asked.sales_channel,
        "ops_status": asked.ops_status,
        "payment_status": asked.payment_status,
        "fulfillment_status": asked.fulfillment_status,
        "delivery_status": asked.delivery_status,
        "email": asked.email.strip().lower() if asked.email is not None else None,
        "body__assignee": asked.assignee,
        "placed_at__gte": asked.placed_after,
        "placed_at__lt": asked.placed_before,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value is not None})
    if asked.tag is not None:
        rows = rows.filter(has_tag(asked.tag))
    for name in ("tracking_status", "tracking_number"):
        if (value := getattr(asked, name)) is not None:
            rows = rows.filter(id__in=_with_parcel(rows, name, value))
    return rows


def _with_parcel(rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order, UUID]:
    return rows.filter(**{f"ordershipment__shipment__{name}": value}).values_list("id", flat=True)
