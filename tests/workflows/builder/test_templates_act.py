"""What the newer templates do, from the events of a shop to the letters, cards and notes that come of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from postsale.models import Event
from postsale.tenants.scope import tenant
from tests.factories import MadeTenant, make_tenant
from tests.workflows.replay.kit import decide, tell
from tests.workflows.runs.kit import rows
from workflows.definitions import publish, store
from workflows.definitions.library import templates
from workflows.models import Outbox

pytestmark = pytest.mark.django_db(transaction=True)

T = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def shop() -> MadeTenant:
    return make_tenant(name="Juniper & Co", now=T - 48 * HOUR)


def uses(shop: MadeTenant, key: str, **said: Any) -> None:
    """The shop publishes a template."""
    with tenant(shop.id):
        made = store.save(templates()[key].document(**said), workflow=None, by=shop.owner, now=T - HOUR)
        publish.publish(made.id, mode="live", by=shop.owner, now=T - HOUR)


def label(shop: MadeTenant, tracking: str, *, at: datetime, pieces: int = 1, **parcel: Any) -> None:
    """A label of order 1001."""
    order = {
        "number": "1001", "sales_channel": "marketplace", "customer": {"email": "ann@buyer.example", "first_name": "Ann"},
        "items": [{"sku": "C1", "name": "Candle", "quantity": pieces}],
    }  # fmt: skip
    tell(
        shop.id,
        "label.created",
        {"order": order, "parcel": {"carrier": "ups", "tracking_number": tracking, **parcel}},
        at=at,
    )


def scan(shop: MadeTenant, tracking: str, status: str, *, at: datetime, **more: Any) -> None:
    """The carrier speaks of a parcel."""
    tell(
        shop.id,
        "tracking.updated",
        {"parcel": {"carrier": "ups", "tracking_number": tracking, "status": status, **more}},
        at=at,
    )


def letters(shop: MadeTenant) -> list[Outbox]:
    return [each for each in rows(shop.id, Outbox) if each.kind == "email"]


def test_a_split_order_is_told_of_in_one_letter(shop: MadeTenant) -> None:
    uses(shop, "split_order")
    for n in range(3):
        label(shop, f"1Z{n}", at=T + n * HOUR / 2, pieces=6)

    decide(shop.id, until=T + 4 * HOUR)

    [letter] = letters(shop)
    assert (letter.to, letter.subject) == ("ann@buyer.example", "Your order 1001 comes in 3 parcels")
    assert letter.content["text"].startswith("Hello Ann,\n\nYour order 1001 comes in 3 parcels, which may arrive")


def test_a_second_label_in_place_of_a_voided_one_is_no_split(shop: MadeTenant) -> None:
    uses(shop, "split_order")
    label(shop, "1Z1", at=T, pieces=6)
    label(shop, "1Z2", at=T + HOUR / 2, pieces=6)
    tell(shop.id, "label.voided", {"parcel": {"carrier": "ups", "tracking_number": "1Z2"}}, at=T + HOUR)

    decide(shop.id, until=T + 4 * HOUR)

    assert letters(shop) == []


@pytest.mark.parametrize(("pieces", "acts"), [(1, True), (2, False)])
def test_a_second_label_for_one_piece_is_noted_with_its_cost(shop: MadeTenant, pieces: int, acts: bool) -> None:
    uses(shop, "duplicate_label")
    label(shop, "1Z1", at=T, pieces=pieces, cost="7.10")
    label(shop, "1Z2", at=T + HOUR, pieces=pieces, cost="7.10")

    decide(shop.id, until=T + 2 * HOUR)

    noted = [each.data["changed"]["to"] for each in rows(shop.id, Event, type="order.note_added")]
    assert noted == ["A second label was made: 1Z2, 7.10. If it does not replace the first one, void it."] * acts


@pytest.mark.parametrize(
    ("channel", "shipped", "told"),
    [("marketplace", False, True), ("marketplace", True, False), ("shopify-us", False, False)],
)
def test_what_a_marketplace_waits_for_is_told_of_half_a_day_before(
    shop: MadeTenant, channel: str, shipped: bool, told: bool
) -> None:
    uses(shop, "ship_by_guard")
    order = {"number": "1001", "sales_channel": channel, "ship_by": (T + 24 * HOUR).isoformat(),
             "items": [{"sku": "C1", "name": "Candle", "quantity": 1}]}  # fmt: skip
    tell(shop.id, "order.created", {"order": order}, at=T)
    if shipped:
        parcel = {"carrier": "ups", "tracking_number": "1Z1"}
        tell(shop.id, "shipment.handed_off", {"order": order, "parcel": parcel}, at=T + HOUR)

    decide(shop.id, until=T + 11 * HOUR)
    early = letters(shop)
    decide(shop.id, until=T + 13 * HOUR)

    assert early == []
    assert [each.subject for each in letters(shop)] == ["Must leave soon: order 1001"] * told


@pytest.mark.parametrize(
    ("reason", "subject", "asks"),
    [
        ("duties_unpaid", "Your order 1001: customs needs something from you", "Duties have to be paid"),
        ("documents_missing", "Your order 1001: customs needs something from you", "A document is missing."),
        ("inspection", "Your order 1001 is held by customs", "You don't have to do anything."),
    ],
)
def test_customs_asks_only_for_what_the_customer_can_give(
    shop: MadeTenant, reason: str, subject: str, asks: str
) -> None:
    uses(shop, "customs_hold")
    label(shop, "1Z1", at=T)
    scan(shop, "1Z1", "exception", at=T + HOUR, exception_reason=reason)

    decide(shop.id, until=T + 2 * HOUR)

    [letter] = letters(shop)
    assert letter.subject == subject
    assert asks in letter.content["text"]
    assert letter.content["text"].endswith("Best wishes,\nJuniper & Co\n")
