"""The list of orders: found by what people know of them, narrowed by filters, page by page, as fast with many as with one."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboards.orders import listing
from postsale.orders import queries
from postsale.orders.queries import Wanted, find, named
from postsale.tenants.scope import tenant
from postsale.tenants.shop import load_shop
from tests.dashboards.orders.kit import NOW, browser, order_of, publish, scan
from tests.factories import make_tenant

pytestmark = pytest.mark.django_db(transaction=True)


def numbers(html: str) -> list[str]:
    """The order numbers of a list, as they stand there."""
    return re.findall(r'<th scope="row">\s*<a href="/orders/[0-9a-f-]+/">([^<]+)</a>', html)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1001", ["1001"]), ("#1001", ["1001"]), ("10", ["1002", "1001"]), ("anna@mil", ["1001"]),
        ("ANNA@MILLER.EXAMPLE", ["1001"]), ("1Z1002", ["1002"]), ("1z1002", ["1002"]), ("mill", ["1001"]),
        ("Anna Mil", ["1001"]), ("van der", ["1002"]), ("nobody", []), ("%", []), ("' or true --", []),
    ],
)  # fmt: skip
def test_an_order_is_found_by_the_beginning_of_what_people_know(text: str, found: list[str]) -> None:
    shop = make_tenant()
    order_of(shop, "1001", last="Miller", at=NOW - timedelta(hours=6))
    order_of(shop, "1002", last="van der Berg", at=NOW - timedelta(hours=5), customer={"last_name": "van der  Berg"})

    page = browser(shop.owner).get("/orders/", {"q": text}).content.decode()

    assert numbers(page) == found


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"channel": "amazon"}, ["1002"]), ({"status": "exception"}, ["1003"]), ({"tracking": "exception"}, ["1003"]),
        ({"group": "problem"}, ["1003"]), ({"group": "before"}, ["1002", "1001"]), ({"tag": "vip"}, ["1001"]),
        ({"delivery": "exception"}, ["1003"]), ({"sort": "oldest"}, ["1001", "1002", "1003"]),
        ({"sort": "added"}, ["1003", "1002", "1001"]), ({"since": f"{NOW + timedelta(days=1):%Y-%m-%d}"}, []),
        ({"until": f"{NOW + timedelta(days=1):%Y-%m-%d}"}, ["1003", "1002", "1001"]), ({"tag": "vip", "q": "1002"}, []),
        ({"status": "no such", "group": "none", "since": "soon", "sort": "x"}, ["1003", "1002", "1001"]),
    ],
)  # fmt: skip
def test_filters_narrow_the_list(said: dict[str, str], found: list[str]) -> None:
    shop = make_tenant()
    publish(shop)
    order_of(shop, "1001", at=NOW - timedelta(hours=6), tags=["vip"])
    order_of(shop, "1002", at=NOW - timedelta(hours=5), sales_channel="amazon")
    order_of(shop, "1003", at=NOW - timedelta(hours=4))
    scan(shop, "1003", "exception")

    page = browser(shop.owner).get("/orders/", said).content.decode()

    assert numbers(page) == found


def test_a_row_says_what_people_look_for() -> None:
    shop = make_tenant()
    publish(shop)
    order_of(shop, "1001", tags=["vip", "gift"])
    scan(shop, "1001", "exception")

    with tenant(shop.id):
        row = listing.listed(load_shop(shop.id), listing.Asked()).rows[0]

    assert (row.customer, row.channel, row.tags, row.cards) == ("Anna Miller", "Shopify US", ["vip", "gift"], 1)
    assert (row.ops.label, row.delivery.label) == ("Exception", "Exception")
    assert [(each.carrier, each.tracking_number, each.badge.label) for each in row.parcels] == [
        ("UPS", "1Z1001", "Exception")
    ]


def test_the_last_changed_order_can_be_asked_for_first() -> None:
    shop = make_tenant()
    for n in (1, 2, 3):
        order_of(shop, f"100{n}", at=NOW - timedelta(hours=6 - n))
    scan(shop, "1001", "exception")

    rows = browser(shop.owner).get("/orders/?sort=changed").context["found"].rows

    assert [row.number for row in rows] == ["1001", "1003", "1002"]


@pytest.mark.parametrize("sort", queries.SORTS)
def test_pages_never_shift_or_repeat_and_unplaced_orders_come_last(sort: str) -> None:
    shop = make_tenant()
    for n in range(7):
        order_of(shop, str(1001 + n), at=NOW - timedelta(hours=9 - n // 2))
    order_of(shop, "2001", at=NOW - timedelta(hours=1), placed_at=None)
    order_of(shop, "2002", at=NOW - timedelta(hours=1), placed_at=None)
    seen: list[str] = []
    cursor = ""

    with tenant(shop.id):
        whole = [row.number for row in find(shop.id, Wanted(sort=sort)).rows]
        for _ in range(10):
            page = find(shop.id, Wanted(sort=sort), cursor=cursor, limit=2)
            seen += [row.number for row in page.rows]
            cursor = page.more
            if not cursor:
                break

    assert seen == whole
    assert sorted(seen) == [*(str(1001 + n) for n in range(7)), "2001", "2002"]
    if sort in ("placed", "oldest"):
        assert seen[-2:] == ["2002", "2001"]


def test_the_list_asks_as_often_for_thirty_orders_as_for_one() -> None:
    shop = make_tenant()
    client = browser(shop.owner)
    order_of(shop, "1000")
    client.get("/orders/")

    with CaptureQueriesContext(connection) as one:
        client.get("/orders/")
    for n in range(1, 30):
        order_of(shop, str(1000 + n))
    with CaptureQueriesContext(connection) as thirty:
        page = client.get("/orders/")

    assert len(numbers(page.content.decode())) == 30
    assert len(thirty) == len(one)


def test_a_text_that_leads_to_too_many_orders_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = make_tenant()
    for n in range(3):
        order_of(shop, str(1001 + n))
    monkeypatch.setattr(queries, "MOST_FOUND", 2)

    with tenant(shop.id):
        page = find(shop.id, Wanted(text="10"))

    assert page.is_cut
    assert len(page.rows) == 2


def test_channels_are_hopped_through() -> None:
    shop, other = make_tenant(), make_tenant()
    for n, channel in enumerate(("shopify-us", "amazon", "shopify-us", "ebay")):
        order_of(shop, str(1001 + n), sales_channel=channel)
    order_of(other, "1", sales_channel="etsy")

    with tenant(shop.id):
        assert queries.channels(shop.id) == ["amazon", "ebay", "shopify-us"]
        assert named(shop.id, "", limit=5) == []


def test_a_new_shop_is_told_what_to_do_and_no_match_how_to_go_back() -> None:
    shop = make_tenant()
    client = browser(shop.owner)

    empty = client.get("/orders/").content.decode()
    order_of(shop)
    none = client.get("/orders/?tag=nothing").content.decode()

    assert "No orders yet" in empty
    assert "No orders match" in none
    assert '<a class="btn" href="/orders/">Clear filters</a>' in none


def test_members_see_their_own_orders_and_strangers_none() -> None:
    shop, other = make_tenant(), make_tenant()
    order_of(shop, "1001")

    assert numbers(browser(shop.owner).get("/orders/").content.decode()) == ["1001"]
    assert numbers(browser(other.owner).get("/orders/?q=1001").content.decode()) == []
    assert Client().get("/orders/").headers["Location"] == "/accounts/login/?next=/orders/"


def test_a_broken_cursor_is_refused() -> None:
    assert browser(make_tenant().owner).get("/orders/?cursor=x").status_code == 400


def test_the_search_finds_orders_and_boards() -> None:
    shop = make_tenant()
    pk = order_of(shop, "1001")
    client = browser(shop.owner)

    orders = client.get("/search/", {"q": "#100"}).content.decode()
    boards = client.get("/search/", {"q": "excep"}).content.decode()

    assert f'href="/orders/{pk}/"' in orders
    assert "Anna Miller · Shopify US" in orders
    assert 'href="/boards/exceptions/"' in boards
