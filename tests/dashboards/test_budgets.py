"""What the pages that people live in may ask of the database: twelve questions each, whatever there is to see."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from postsale.tenants.scope import tenant
from tests.dashboards.orders.kit import NOW, browser, order_of, publish, scan
from tests.factories import MadeTenant, make_tenant

pytestmark = pytest.mark.django_db(transaction=True)

MOST = 12


@pytest.fixture
def shop() -> MadeTenant:
    """A shop with two parcels in trouble and one on its way."""
    made = make_tenant()
    publish(made)
    for n, number in enumerate(("1001", "1002", "1003")):
        order_of(made, number, at=NOW - timedelta(hours=6 - n), tags=["vip"])
    scan(made, "1001", "exception")
    scan(made, "1002", "exception")
    return made


@pytest.mark.parametrize(
    "address",
    [
        "/", "/boards/exceptions/", "/boards/all/", "/boards/exceptions/?view=resolved", "/orders/", "/orders/?q=1001",
        "/orders/?tag=vip&group=problem", "/orders/?delivery=exception", "/orders/{order}/", "/orders/{order}/?tab=workflows",
    ],
)  # fmt: skip
def test_a_page_asks_no_more_than_twelve_times(shop: MadeTenant, address: str) -> None:
    with tenant(shop.id), connection.cursor() as cursor:
        cursor.execute("select id from postsale_order where number = '1001'")
        (row,) = cursor.fetchall()
    client = browser(shop.owner)
    client.get("/")  # the first page of a session notes which shop it is in

    with CaptureQueriesContext(connection) as asked:
        page = client.get(address.format(order=row[0]))

    said = [each["sql"] for each in asked.captured_queries if each["sql"] not in ("BEGIN", "COMMIT")]
    assert page.status_code == 200
    assert len(said) <= MOST, "\n".join(said)
