"""Both founding stories from outside: commands, signed webhooks, real workers, real SMTP, and the API to look with."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from postsale.service.database import Server
from tests import databases
from tests.stories import partners
from tests.stories.house import PASSWORD, House, Shop
from tests.stories.postbox import Postbox, postbox
from tests.workflows.runs.kit import example

SECRET = "sécret of the shop"
MANAGER = "mara@north.example"
TWO_DAYS = timedelta(days=2)

# One worker runs them all: they share a house.
pytestmark = pytest.mark.xdist_group("stories")


@pytest.fixture(scope="module")
def box() -> Iterator[Postbox]:
    """Where the letters arrive."""
    with postbox() as listening:
        yield listening


@pytest.fixture(scope="module")
def house(_template: tuple[Server, str], box: Postbox) -> Iterator[House]:
    """A running house on a database of its own."""
    running, source = _template
    with databases.copy(running, source) as database, tempfile.TemporaryDirectory(prefix="stories-") as folder:
        made = House(Path(folder), EMAIL_URL=box.url, **database.environment)
        made.create_tenant("first").close()  # so that nothing is seeded
        with made:
            yield made


@pytest.fixture(scope="module")
def shop(house: House) -> Iterator[Shop]:
    """A shop with a shipping manager and both workflows."""
    north = house.create_tenant("north")
    house.command(
        "add_member", "--tenant", north.slug, "--email", MANAGER, "--role", "shipping_manager", "--password", PASSWORD
    )
    for name in ("shipment_exception", "late_handoff"):
        north.publish(example(name))
    yield north
    north.close()


@pytest.fixture(scope="module")
def easypost(shop: Shop) -> str:
    """The address of EasyPost's hook."""
    return shop.connect("easypost", SECRET)


def test_an_exception_of_the_channel_is_acknowledged_before_the_customer_asks(
    shop: Shop, easypost: str, box: Postbox
) -> None:
    _sell(shop, channel="shopify-us", number="1001", tracking="1ZUS0001", email="ann@customer.example")
    _say_exception(easypost, "1ZUS0001", event="evt_us_1")

    letter = shop.comes(lambda: box.to("ann@customer.example"), "a letter to the customer")[0]
    order = shop.comes(lambda: _order(shop, "1001", ops_status="exception"), "the order's exception")
    card = shop.comes(lambda: _card(shop, "exceptions", order), "a card on the board")

    assert letter["subject"] == f"Your order {order['number']}: we are looking into a delivery problem"
    assert [part in _text(letter) for part in ("Hello Ann,", "your parcel 1ZUS0001")] == [True, True]
    assert (order["last_set_by"]["ops_status"]["kind"], order["parcels"][0]["tracking_status"]) == (
        "workflow", "exception",
    )  # fmt: skip
    assert (card["state"], card["severity"], card["tracking_number"]) == ("open", "critical", "1ZUS0001")


def test_an_exception_of_another_channel_does_nothing(shop: Shop, easypost: str, box: Postbox) -> None:
    _sell(shop, channel="shopify-eu", number="2001", tracking="1ZEU0001", email="eva@customer.example")
    _say_exception(easypost, "1ZEU0001", event="evt_eu_1")
    order = shop.comes(lambda: _order(shop, "2001", tracking_status="exception"), "the exception in the facts")
    rows = shop.comes(lambda: _decided(shop, order), "a decision")

    assert [(row["name"], row["outcome"]) for row in rows] == [("Shipment exception", "not_fired")]
    assert (order["ops_status"], _card(shop, "exceptions", order), box.to("eva@customer.example")) == ("new", None, [])
    assert _runs(shop, "Shipment exception", order) == []


def test_a_repeated_webhook_changes_nothing_and_a_changed_one_is_refused(
    shop: Shop, easypost: str, box: Postbox
) -> None:
    _sell(shop, channel="shopify-us", number="1002", tracking="1ZUS0002", email="bob@customer.example")
    webhook = _exception("1ZUS0002", event="evt_us_2")
    body, headers = webhook

    answers = [partners.send(easypost, webhook) for _ in range(5)]
    changed = partners.send(easypost, (body.replace(b"1ZUS0002", b"1ZUS0003"), headers))
    shop.comes(lambda: box.to("bob@customer.example"), "a letter to the customer")
    order = shop.comes(lambda: _order(shop, "1002", ops_status="exception"), "the order's exception")
    card = shop.comes(lambda: _card(shop, "exceptions", order), "a card on the board")

    assert answers == [HTTPStatus.OK] * 5
    assert changed == HTTPStatus.UNAUTHORIZED
    assert (len(box.to("bob@customer.example")), card["count"]) == (1, 1)
    assert _runs(shop, "Shipment exception", order) == ["done"]
    assert shop.rows("parcels/", tracking_number="1ZUS0003") == []


def test_a_label_that_waits_for_three_days_surfaces_at_once(shop: Shop, box: Postbox) -> None:
    before = shop.get("measures/", measure="late_handoffs")["total"]
    _create_label(shop, "3001", "1ZLATE1", at=datetime.now(UTC) - timedelta(days=3))

    order = shop.comes(lambda: _order(shop, "3001"), "the order")
    card = shop.comes(lambda: _card(shop, "late-shipments", order), "a card on the board")
    (letter,) = shop.comes(lambda: _about(box, order), "a letter to the shipping manager")
    measure = shop.get("measures/", dashboard="operations", measure="late_handoffs")

    assert (card["state"], card["severity"], card["tracking_number"]) == ("open", "warning", "1ZLATE1")
    assert "The label of parcel 1ZLATE1 (ups) is 3 days old" in _text(letter)
    assert measure["total"] == before + 1
    assert measure["by"]["carrier"] == {"ups": before + 1}


def test_a_label_surfaces_in_the_moment_in_which_it_is_two_days_old(shop: Shop, box: Postbox) -> None:
    at = datetime.now(UTC) - TWO_DAYS + timedelta(seconds=10)
    _create_label(shop, "3002", "1ZLATE2", at=at)

    order = shop.comes(lambda: _order(shop, "3002"), "the order")
    upcoming = shop.comes(lambda: shop.rows(f"orders/{order['id']}/upcoming/"), "what is to come")
    early = _card(shop, "late-shipments", order)
    card = shop.comes(lambda: _card(shop, "late-shipments", order), "a card on the board")

    assert [(row["name"], _moment(row["at"])) for row in upcoming] == [("Late carrier handoff", at + TWO_DAYS)]
    assert early is None
    assert _moment(card["opened_at"]) == at + TWO_DAYS
    assert shop.comes(lambda: _about(box, order), "a letter to the shipping manager")[0]["to"] == MANAGER


def test_a_label_that_the_carrier_took_in_time_never_surfaces(shop: Shop, easypost: str, box: Postbox) -> None:
    at = datetime.now(UTC) - TWO_DAYS + timedelta(seconds=10)
    _create_label(shop, "3003", "1ZTAKEN", at=at)
    took = partners.tracker(
        "1ZTAKEN", event="evt_taken", status="in_transit", detail="accepted_at_facility",
        at=datetime.now(UTC) - timedelta(minutes=1), secret=SECRET,
    )  # fmt: skip
    assert partners.send(easypost, took) == HTTPStatus.OK
    _create_label(shop, "3004", "1ZLATE4", at=at + timedelta(milliseconds=1))

    other = shop.comes(lambda: _order(shop, "3004"), "the other order")
    shop.comes(lambda: _card(shop, "late-shipments", other), "the other order's card, which comes later")
    order = _order(shop, "3003")

    assert order is not None
    assert (order["parcels"][0]["tracking_status"] != "awaiting_carrier", _card(shop, "late-shipments", order)) == (
        True,
        None,
    )
    assert (shop.rows("runs/", order=order["id"]), _about(box, order)) == ([], [])


def _sell(shop: Shop, *, channel: str, number: str, tracking: str, email: str) -> None:
    """A Shopify shop sells and ships: both of its webhooks are let in."""
    secret, at, order_id = f"shpss_{number}", datetime.now(UTC) - timedelta(hours=5), int(number) * 10
    hook = shop.connect("shopify", secret, sales_channel=channel)
    order = partners.shopify_order(number, order_id=order_id, email=email, at=at)
    parcel = partners.shopify_fulfillment(number, tracking, order_id=order_id, email=email, at=at)
    answers = [
        partners.send(hook, partners.shopify("orders/create", f"{number}-1", order, secret=secret)),
        partners.send(hook, partners.shopify("fulfillments/create", f"{number}-2", parcel, secret=secret)),
    ]
    assert answers == [HTTPStatus.OK] * 2


def _exception(tracking: str, *, event: str) -> partners.Webhook:
    at = datetime.now(UTC) - timedelta(minutes=1)
    return partners.tracker(tracking, event=event, status="failure", detail="damaged", at=at, secret=SECRET)


def _say_exception(hook: str, tracking: str, *, event: str) -> None:
    assert partners.send(hook, _exception(tracking, event=event)) == HTTPStatus.OK


def _create_label(shop: Shop, number: str, tracking: str, *, at: datetime) -> None:
    event = {
        "specversion": "1.0", "id": f"label-{tracking}", "source": "warehouse", "type": "label.created",
        "time": at.isoformat(),
        "data": {
            "order": {"number": number, "sales_channel": "shopify-us", "customer": {"email": f"{number}@customer.example"}},
            "parcel": {"carrier": "UPS", "tracking_number": tracking},
        },
    }  # fmt: skip
    answer = shop.post("events/", event, status=HTTPStatus.ACCEPTED)
    assert (answer["accepted"], answer["duplicates"]) == (1, 0)


def _order(shop: Shop, number: str, **filters: str) -> dict[str, Any] | None:
    """The order as its own page shows it, once it is there."""
    found = shop.rows("orders/", number=number, **filters)
    return dict(shop.get(f"orders/{found[0]['id']}/")) if found else None


def _card(shop: Shop, board: str, order: dict[str, Any]) -> dict[str, Any] | None:
    return next((row for row in shop.rows(f"boards/{board}/cases/") if row["order"] == order["id"]), None)


def _runs(shop: Shop, workflow: str, order: dict[str, Any]) -> list[str]:
    """The states of a workflow's runs for an order."""
    return [run["state"] for run in shop.rows("runs/", workflow=shop.workflows[workflow], order=order["id"])]


def _decided(shop: Shop, order: dict[str, Any]) -> list[dict[str, Any]]:
    """The verdicts on a shipment's exception, once there is one."""
    rows = shop.rows(f"orders/{order['id']}/verdicts/")
    return [row for row in rows if row["name"] == "Shipment exception" and row["outcome"] != "never_triggered"]


def _about(box: Postbox, order: dict[str, Any]) -> list[EmailMessage]:
    """The letters to the shipping manager about an order."""
    return [letter for letter in box.to(MANAGER) if letter["subject"] == f"Late handoff: order {order['number']}"]


def _text(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def _moment(said: str) -> datetime:
    return datetime.fromisoformat(said)
