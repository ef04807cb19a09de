"""What the API shows: shapes, pages, filters, the same number of queries however many rows."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from postsale.tenants.scope import tenant
from tests.api.kit import furnish, order_in

pytestmark = pytest.mark.django_db(transaction=True)

LISTS = [
    "orders/", "parcels/", "workflows/", "runs/", "messages/", "connections/", "members/", "keys/", "quarantine/",
    "boards/", "boards/exceptions/cases/", "backtests/",
]  # fmt: skip


def test_an_order_shows_its_axes_its_parcels_and_its_amounts() -> None:
    shop = furnish()

    order = shop.api.get(f"orders/{shop.ids['orders']}/")

    assert {name: order[name] for name in ("number", "sales_channel", "ops_status", "delivery_status", "total", "tags")} == {
        "number": "1001", "sales_channel": "shopify-us", "ops_status": "new", "delivery_status": "awaiting_carrier",
        "total": "12.50", "tags": [],
    }  # fmt: skip
    assert [(each["tracking_number"], each["tracking_status"], each["orders"]) for each in order["parcels"]] == [
        ("1Z1001", "awaiting_carrier", [order["id"]])
    ]
    assert order["parcels"][0]["label_created_at"] == "2026-11-20T10:00:00Z"


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", ["1002", "1001"]),
        ("number=1002", ["1002"]),
        ("number=%231002", ["1002"]),
        ("sales_channel=ebay", []),
        ("ops_status=new", ["1002", "1001"]),
        ("tracking_status=delivered", []),
        ("tracking_number=1Z1001", ["1001"]),
        ("tracking_status=awaiting_carrier&tracking_number=1Z1002", ["1002"]),
        ("tag=vip", ["1002"]),
        ("placed_after=2026-11-19", ["1002"]),
        ("placed_after=2026-11-19T00:00:00+01:00&placed_before=2026-11-20", ["1002"]),
        ("email=A@B.example", ["1002", "1001"]),
    ],
)
def test_orders_are_found_by_every_filter(query: str, numbers: list[str]) -> None:
    shop = furnish()
    with tenant(shop.shop.id):
        order_in(shop.shop.id, "1002", tags=["vip"], placed_at="2026-11-19T12:00:00Z")

    found = shop.api.get(f"orders/?{query}")

    assert [order["number"] for order in found["results"]] == numbers


@pytest.mark.parametrize(
    "query",
    [
        "orders/?colour=red", "orders/?limit=0", "orders/?limit=1001", "orders/?limit=ten", "orders/?cursor=nonsense",
        "orders/?ops_status=lost", "orders/?tracking_status=lost", "orders/?placed_after=yesterday",
        "orders/?number=1&number=2", "orders/?number=%00", "runs/?status=over", "runs/?workflow=7", "messages/?status=gone",
        "boards/exceptions/cases/?state=closed", "boards/exceptions/cases/?cursor=x", "workflows/?state=on",
        "measures/", "measures/?measure=Late", "measures/?measure=late&from=soon", "members/?role=owner", "backtests/?state=x",
    ],
)  # fmt: skip
def test_a_bad_filter_is_refused_and_named(query: str) -> None:
    shop = furnish()

    answer = shop.api.ask("GET", query)

    assert (answer.status_code, answer["content-type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("path", LISTS)
def test_every_list_may_be_asked_without_filters_and_has_one_shape(path: str) -> None:
    found = furnish().api.get(path)

    assert sorted(found) == ["next", "results"]
    assert len(found["results"]) > 0


def test_pages_hold_every_row_once() -> None:
    shop = furnish()
    with tenant(shop.shop.id):
        for number in range(2000, 2004):
            order_in(shop.shop.id, str(number))

    pages: list[list[str]] = []
    address: str | None = "orders/?limit=2&ops_status=new"
    while address:
        page = shop.api.get(address)
        pages.append([order["number"] for order in page["results"]])
        address = page["next"]

    assert pages == [["2003", "2002"], ["2001", "2000"], ["1001"]]


@pytest.mark.parametrize("path", ["orders/", "parcels/"])
def test_thirty_orders_cost_as_many_queries_as_one(path: str) -> None:
    shop = furnish()
    shop.api.get(path)
    with CaptureQueriesContext(connection) as one:
        shop.api.get(path)
    with tenant(shop.shop.id):
        for number in range(2000, 2029):
            order_in(shop.shop.id, str(number))

    with CaptureQueriesContext(connection) as thirty:
        found = shop.api.get(path)

    assert len(found["results"]) == 30
    assert len(thirty) == len(one)


def test_the_timeline_tells_everything_newest_first_and_page_by_page() -> None:
    shop = furnish()
    address: str | None = f"orders/{shop.ids['orders']}/timeline/?limit=1"
    rows: list[dict[str, Any]] = []

    whole = shop.api.get(f"orders/{shop.ids['orders']}/timeline/")
    while address:
        page = shop.api.get(address)
        rows += page["results"]
        address = page["next"]

    assert [row["kind"] for row in rows] == ["message", "decision", "event", "case"]
    assert rows == whole["results"]
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)
    assert sorted(rows[0]) == ["at", "data", "kind", "received_at", "ref", "words"]


def test_a_run_shows_its_steps_and_what_became_of_their_messages() -> None:
    shop = furnish()

    run = shop.api.get(f"runs/{shop.ids['runs']}/")
    listed = shop.api.get(f"runs/?workflow={shop.ids['workflows']}&order={shop.ids['orders']}&status=done")

    assert (run["workflow"], run["version"], run["state"]) == (str(shop.ids["workflows"]), 1, "done")
    assert [(step["id"], step["kind"], step["state"], step["attempts"]) for step in run["steps"]] == [
        ("surface", "action", "done", 1)
    ]
    assert [message["status"] for message in run["steps"][0]["messages"]] == ["dead"]
    assert listed["results"] == [run]


def test_boards_count_their_open_cards() -> None:
    boards = furnish().api.get("boards/")["results"]

    assert [(board["slug"], board["rule"], board["open"]) for board in boards] == [
        ("exceptions", None, 1),
        ("late-shipments", None, 0),
    ]


def test_a_measure_is_counted_by_day_carrier_and_channel() -> None:
    shop = furnish()

    found = shop.api.get("measures/?dashboard=operations&measure=late_handoffs&from=2026-11-20T08:00:00Z&to=2026-11-20")
    never = shop.api.get("measures/?measure=never_counted")
    later = shop.api.get("measures/?measure=late_handoffs&from=2026-11-21")

    assert found == {
        "total": 3,
        "series": [{"at": "2026-11-20T00:00:00Z", "count": 3}],
        "by": {"carrier": {"ups": 3}, "sales_channel": {"shopify-us": 3}},
    }
    assert never == {"total": 0, "series": [], "by": {"carrier": {}, "sales_channel": {}}}
    assert later["total"] == 0


def test_verdicts_and_what_is_upcoming_are_told_of_an_order() -> None:
    shop = furnish()

    verdicts = shop.api.get(f"orders/{shop.ids['orders']}/verdicts/?limit=1")
    upcoming = shop.api.get(f"orders/{shop.ids['orders']}/upcoming/")

    assert [(row["workflow"], row["outcome"]) for row in verdicts["results"]] == [(str(shop.ids["workflows"]), "fired")]
    assert (verdicts["next"], upcoming) == (None, {"results": [], "next": None})


def test_the_description_needs_no_sign_in_and_the_page_for_people_no_script() -> None:
    nobody = Client()

    schema = nobody.get("/api/v1/schema/")
    docs = nobody.get("/api/v1/docs/")

    assert (schema.status_code, schema.json()["openapi"]) == (200, "3.1.0")
    assert {"/api/v1/events/", "/hooks/{token}/", "/api/v1/orders/{id}/timeline/"} <= set(schema.json()["paths"])
    assert docs.status_code == 200
    assert b"<script" not in docs.content
