"""The rows about pages at size: how long the server takes and how often it asks, beside a shop with hardly anything in it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from statistics import median
from time import perf_counter, process_time

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from postsale.orders.models import Order
from postsale.service.database import Server
from postsale.tenants.models import Member, User
from postsale.tenants.scope import tenant
from tests.bench.figures import Figure
from tests.bench.house import fresh
from tests.bench.plenty import EVENTS, fill
from tests.bench.shops import ShopAtWork, open_shop

FEW = 1_000
TIMES = 9
GOAL = "≤ 150 ms and ≤ 12 queries, each address"
#: What the transaction itself says; every page has one.
FRAME = ("BEGIN", "COMMIT")

type Addresses = Callable[[ShopAtWork, Order, datetime], Sequence[str]]


def pages(running: Server, *, full: bool) -> list[Figure]:
    """Order search, a board, an order's timeline and Today, asked of Django in this process by a signed-in owner."""
    orders = 1_000_000 if full else 100_000
    call_command("collectstatic", interactive=False, verbosity=0)
    with fresh(running) as name:
        shops = [open_shop(workflows=1), open_shop(workflows=1)]
        now = [fill(running, name, shop, orders=number) for shop, number in zip(shops, (FEW, orders), strict=True)]
        few, many = (_Visitor(shop, at) for shop, at in zip(shops, now, strict=True))
        return [_figure(row, addresses, few, many, orders=orders) for row, addresses in ROWS.items()]


class _Visitor:
    """The shop's owner, signed in, and an order with a story."""

    def __init__(self, shop: ShopAtWork, now: datetime) -> None:
        self.shop, self.now = shop, now
        with tenant(shop.id):
            owner = Member.objects.get(tenant_id=shop.id)
            about = Order.objects.filter(tenant_id=shop.id, delivery_status="exception").order_by("-id")
            order = about.first()
        if order is None:
            raise RuntimeError("no order is in trouble")
        self.order = order
        self.client = Client(HTTP_HOST="127.0.0.1")
        self.client.force_login(User.objects.get(id=owner.user_id))

    def visit(self, addresses: Sequence[str]) -> dict[str, tuple[float, int]]:
        """Each address: the median milliseconds and the number of queries."""
        return {address: (self._milliseconds(address), self._queries(address)) for address in addresses}

    def _milliseconds(self, address: str) -> float:
        self._ask(address)
        spans = []
        for _ in range(TIMES):
            began = perf_counter()
            self._ask(address)
            spans.append(1000 * (perf_counter() - began))
        return median(spans)

    def _queries(self, address: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            self._ask(address)
        return sum(each["sql"] not in FRAME for each in asked.captured_queries)

    def _ask(self, address: str) -> None:
        answer = self.client.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answers {answer.status_code}")


def _figure(row: str, addresses: Addresses, few: _Visitor, many: _Visitor, *, orders: int) -> Figure:
    cpu = process_time()
    found = [who.visit(addresses(who.shop, who.order, who.now)) for who in (few, many)]
    cpu = process_time() - cpu
    small, big = (max(each.values()) for each in found)
    asked = len(found) * len(found[0]) * (TIMES + 2)
    return Figure(
        name=row, value=big[0], unit="ms", against=f"{FEW:,} orders", limit=small[0], goal=GOAL,
        more={
            "orders": orders, "events": orders * EVENTS, "queries": max(queries for _, queries in found[1].values()),
            "python_cpu_ms_per_page": round(1000 * cpu / asked, 1),
            "addresses": {_said(address): [round(ms, 1), n] for address, (ms, n) in found[1].items()},
        },
    )  # fmt: skip


def _said(address: str) -> str:
    """An address without ids."""
    return address if len(address) < 45 else "/orders/…/" + address.partition("?")[2]


def _orders(shop: ShopAtWork, order: Order, now: datetime) -> Sequence[str]:
    asked = (
        "", f"q={order.number}", f"q={(order.email or '')[:9]}", "q=lee77", f"q=1Z{shop.id}0000000000000", "sort=oldest",
        "channel=shopify-de&status=exception", "status=waiting_on_customer", "delivery=returning", "delivery=mixed",
        "tag=wholesale", "tag=fraud-check", "tag=unheard-of", "group=before", "group=moving", "group=problem", "group=done",
        "tag=wholesale&delivery=returning&channel=amazon", f"since={now:%Y-%m-01}&tracking=delayed",
    )  # fmt: skip
    return [f"/orders/?{each}" for each in asked]


def _board(shop: ShopAtWork, order: Order, now: datetime) -> Sequence[str]:
    asked = ("exceptions/", "exceptions/?sort=severity", "exceptions/?view=resolved", "exceptions/?q=lost", "all/")
    return [f"/boards/{each}" for each in asked]


def _timeline(shop: ShopAtWork, order: Order, now: datetime) -> Sequence[str]:
    return [f"/orders/{order.id}/", f"/orders/{order.id}/?tab=carrier", f"/orders/{order.id}/?tab=workflows"]


def _today(shop: ShopAtWork, order: Order, now: datetime) -> Sequence[str]:
    return ["/", "/?days=30"]


ROWS: dict[str, Addresses] = {
    "page_orders": _orders, "page_board": _board, "page_timeline": _timeline, "page_today": _today,
}  # fmt: skip
