"""Showing orders elsewhere: their link in the sidebar, in the search, and the hint that tells open pages of changes."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models.fields.json import KT
from django.http import HttpRequest
from django.urls import reverse

from dashboards.boards.models import Board
from dashboards.boards.topics import ORDERS, all_orders
from dashboards.orders.labels import delivery_badge
from postsale.live.push import push
from postsale.live.renderers import Picture, Renderer, Row
from postsale.orders.models import Order
from postsale.orders.queries import named
from postsale.tenants.access import member_of
from postsale.web.navigation import Link, Section
from postsale.web.search import MOST, Hit
from workflows.catalog.names import channel_name
from workflows.catalog.shelf import Announced, Due, Happening, Unit


def follow(unit: Unit, story: Sequence[Happening], due: Sequence[Due]) -> Sequence[Announced]:
    """Tell the open pages of the orders that a batch changed; backfilled history moves nothing."""
    if not unit.is_backfill:
        tell(unit.tenant_id, {each.order_id for moment in story for each in moment.changes if each.order_id})
    return ()


def tell(tenant_id: int, order_ids: Iterable[UUID]) -> None:
    """Tell the open pages of these orders to look again, when this transaction commits."""
    changed = list(order_ids)
    if changed:
        push([(all_orders(tenant_id), changed)])


def picture(_key: str, ids: Sequence[UUID] | None) -> Picture:
    """Which orders changed; their pages fetch what they show themselves, each in its own way."""
    return Picture(rows=[Row(id=each.hex, html="", key="") for each in ids or ()])


ORDERS_RENDERER = Renderer(kind=ORDERS, picture=picture, is_there=lambda key: key == "all")


def order_links(request: HttpRequest) -> list[Section]:
    """The sidebar's link to the list."""
    return [Section(heading="", links=[Link(label="Orders", url=reverse("orders"), icon="package", place=20)])]


def search_orders(request: HttpRequest, text: str) -> list[Hit]:
    """Orders whose number, e-mail, tracking number or customer's name begins with `text`. Two queries."""
    tenant_id = member_of(request).tenant_id
    ids = named(tenant_id, text, limit=MOST) if text else []
    if not ids:
        return []
    rows = Order.objects.filter(tenant_id=tenant_id, id__in=ids).defer("body")
    rows = rows.annotate(first=KT("body__customer__first_name"), last=KT("body__customer__last_name"))
    return [
        Hit(
            label=f"Order {row.number}", url=reverse("order", args=[row.id]), icon="package", group="Orders",
            sub=" · ".join(
                part
                for part in (
                    " ".join(filter(None, (row.first, row.last))) or row.email, channel_name(row.sales_channel),
                    delivery_badge(row.delivery_status).label,
                )
                if part
            ),
        )
        for row in rows.order_by("-placed_at", "-id")
    ]  # fmt: skip


def search_boards(request: HttpRequest, text: str) -> list[Hit]:
    """Boards with `text` in their name. One query: a shop has few."""
    wanted = text.casefold()
    rows = Board.objects.filter(tenant_id=member_of(request).tenant_id, archived_at__isnull=True)
    return [
        Hit(label=board.name, url=reverse("board", args=[board.slug]), icon="bookmark", group="Boards")
        for board in rows.order_by("position", "created_at", "id")
        if text and wanted in board.name.casefold()
    ]
