"""What the lists of workflows, runs and messages may ask of the database: twelve questions, for one row as for thirty."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.workflows.history.kit import DAY, NOW, WAITING, WATCHED, Shop, make_shop

pytestmark = pytest.mark.django_db(transaction=True)

MOST = 12


@pytest.fixture
def shop() -> Shop:
    """A shop with a workflow that acts and one that watches, and an order that both met."""
    made = make_shop()
    made.workflow(WAITING)
    made.workflow(WATCHED, mode="watch")
    made.labels(1, at=NOW - DAY)
    return made


def asked(client: Client, address: str) -> list[str]:
    """What a page asks."""
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return [each["sql"] for each in seen.captured_queries if each["sql"] not in ("BEGIN", "COMMIT")]


@pytest.mark.parametrize(
    "address",
    ["/workflows/", "/workflows/?tab=watching", "/runs/", "/runs/?tab=waiting", "/messages/", "/messages/?tab=queued"],
)
def test_a_list_asks_no_more_than_twelve_times_however_long_it_is(shop: Shop, address: str) -> None:
    client = shop.owner
    client.get("/")  # the first page of a session notes which shop it is in

    one = asked(client, address)
    shop.labels(29, at=NOW - DAY, start=2001)
    for n in range(28):
        shop.workflow({**WATCHED, "name": f"Watch {n}"}, mode="watch")
    thirty = asked(client, address)

    assert len(one) <= MOST, "\n".join(one)
    assert len(thirty) <= MOST, "\n".join(thirty)
    assert len(thirty) == len(one)
