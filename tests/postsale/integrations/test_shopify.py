"""Shopify: the HMAC with Shopify's own test vector, and orders, fulfilments and their events in canonical form."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from postsale.events.kinds import Reported
from postsale.integrations.base import BadSignature, Unreadable
from postsale.integrations.registry import partner
from postsale.integrations.shopify.statuses import FULFILLMENT_EVENTS, PAYMENTS

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
SHOPIFY = partner("shopify")
ORDER = {
    "id": 820982911946154508,
    "name": "#1001",
    "email": "jane@example.com",
    "created_at": "2026-07-01T07:00:00-05:00",
    "updated_at": "2026-07-01T07:30:00-05:00",
    "currency": "USD",
    "total_price": "181.09",
    "financial_status": "paid",
    "fulfillment_status": None,
    "tags": "vip, gift ,",
    "note": "ring twice",
    "customer": {
        "first_name": "Jane",
        "email": "other@example.com",
        "email_marketing_consent": {"state": "subscribed"},
    },
    "shipping_address": {"country_code": "CA", "province_code": None, "city": "Ottawa", "zip": "K2P"},
    "line_items": [{"sku": "A", "name": "Thing", "quantity": 2, "current_quantity": 1, "price": "9.50", "grams": 50}],
    "note_attributes": [{"name": "Gift note!", "value": "hi"}],
}
FULFILLMENT = {
    "id": 255858046,
    "order_id": 450789469,
    "name": "#1001.2",
    "status": "success",
    "created_at": "2026-07-01T06:00:00-05:00",
    "updated_at": "2026-07-01T06:30:00-05:00",
    "tracking_company": "UPS",
    "tracking_number": "1Z1",
    "tracking_numbers": ["1Z1"],
    "shipment_status": None,
    "line_items": [{"sku": "A", "name": "Thing", "quantity": 1}],
}


def read(topic: str, value: object, settings: Any = None, **headers: str) -> list[Reported]:
    sent = {
        "x-shopify-topic": topic,
        "x-shopify-event-id": "e1",
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return SHOPIFY.read(sent, raw, settings or {}, now=NOW)


def order_of(event: Reported) -> Any:
    return event.data["order"]


def parcel_of(event: Reported) -> Any:
    return event.data["parcel"]


def verify(headers: dict[str, str], raw: bytes, *secrets: str) -> None:
    SHOPIFY.verify(headers, raw, secrets, path="/", now=NOW)


@pytest.mark.parametrize("header", ["x-shopify-hmac-sha256", "shopify-hmac-sha256"])
def test_shopifys_own_vector_verifies_under_both_headers(header: str) -> None:
    verify({header: "B23tXN681gZ0qIWNRrgtzBE9XSDo5yaUu6wfmhu3a7g="}, b'{"foo": "bar"}', "new", "test_secret_key")


@pytest.mark.parametrize(
    "signature", ["", "x", "é" * 5000, base64.b64encode(hmac.digest(b"k", b"{} ", hashlib.sha256)).decode()]
)
def test_a_wrong_signature_is_refused(signature: str) -> None:
    with pytest.raises(BadSignature):
        verify({"x-shopify-hmac-sha256": signature}, b"{}", "k")


def test_an_order_is_read_whole() -> None:
    (event,) = read("orders/create", ORDER, {"sales_channel": "shopify-us"})

    assert (event.type, event.external_id) == ("order.created", "orders/create:e1")
    assert event.occurred_at == datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
    assert event.data == {
        "order": {
            "sales_channel": "shopify-us", "number": "#1001", "placed_at": "2026-07-01T12:00:00Z", "currency": "USD",
            "total": "181.09", "payment_status": "paid", "tags": ["vip", "gift"], "notes": "ring twice",
            "customer": {"email": "jane@example.com", "first_name": "Jane", "consent": {"email": True}},
            "address": {"country": "CA", "region": None, "city": "Ottawa", "postal_code": "K2P"},
            "items": [{"sku": "A", "name": "Thing", "quantity": 1, "price": "9.50", "weight_g": 50}],
            "custom": {"gift_note": "hi"},
        },
        "refs": {"order": {"order": "820982911946154508"}},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("topic", "type_"),
    [("orders/create", "order.created"), ("orders/updated", "order.updated"), ("orders/paid", "order.paid"),
     ("orders/cancelled", "order.cancelled"), ("orders/fulfilled", "order.updated"),
     ("orders/partially_fulfilled", "order.updated")],
)  # fmt: skip
def test_a_topic_has_its_type(topic: str, type_: str) -> None:
    assert read(topic, ORDER)[0].type == type_


@pytest.mark.parametrize(("financial", "ours"), [*PAYMENTS.items(), (None, None)])
def test_the_payment_axis_is_mapped(financial: str | None, ours: str | None) -> None:
    assert order_of(read("orders/updated", {**ORDER, "financial_status": financial})[0]).get("payment_status") == ours


def test_a_payment_status_we_do_not_know_is_flagged() -> None:
    assert read("orders/updated", {**ORDER, "financial_status": "bartered"})[0].flags == ("unmapped",)


def test_a_cancelled_order_says_when_and_why() -> None:
    (event,) = read(
        "orders/cancelled", {**ORDER, "cancelled_at": "2026-07-01T07:10:00-05:00", "cancel_reason": "fraud"}
    )

    assert (order_of(event)["cancelled_at"], event.data["reason"]) == ("2026-07-01T12:10:00Z", "fraud")


@pytest.mark.parametrize(
    "change",
    [
        {"customer": None},
        {"shipping_address": None},
        {"line_items": None},
        {"line_items": [None, {"quantity": "x"}]},
        {"tags": None},
        {"tags": ["a", 3]},
        {"note": None},
        {"email": None},
        {"email": "not one"},
        {"total_price": None},
        {"total_price": "much"},
        {"note_attributes": [{"name": None}, {"name": "x", "value": {}}]},
        {"updated_at": None},
        {"updated_at": "x", "created_at": None},
        {"id": None},
        {"name": None, "order_number": 1001},
        {"currency": 3},
    ],
)
def test_nulls_and_wrong_types_do_no_harm(change: dict[str, object]) -> None:
    (event,) = read("orders/updated", {**ORDER, **change})

    assert order_of(event)["number"].removeprefix("#") == "1001"


@pytest.mark.parametrize(
    ("state", "consent"), [("unsubscribed", {"email": False}), ("not_subscribed", None), (None, None)]
)
def test_consent_is_known_only_where_it_was_given_or_taken(state: str | None, consent: object) -> None:
    customer = {"email_marketing_consent": {"state": state}}

    assert order_of(read("orders/updated", {**ORDER, "customer": customer})[0])["customer"].get("consent") == consent


def test_a_fulfilment_is_a_label() -> None:
    (event,) = read("fulfillments/create", FULFILLMENT, {"sales_channel": "us"})

    assert (event.type, event.external_id, event.flags) == ("label.created", "fulfillments/create:e1", ())
    assert event.data == {
        "order": {"sales_channel": "us", "number": "#1001"},
        "parcel": {"carrier": "UPS", "tracking_number": "1Z1", "items": [{"sku": "A", "name": "Thing", "quantity": 1}],
                   "label_created_at": "2026-07-01T11:00:00Z"},
        "refs": {"parcel": {"fulfillment": "255858046"}, "order": {"order": "450789469"}},
        "restated": True,
    }  # fmt: skip


def test_several_tracking_numbers_are_several_parcels() -> None:
    events = read("fulfillments/create", {**FULFILLMENT, "tracking_numbers": ["1Z1", "1Z2", None]})

    assert [
        (event.external_id, parcel_of(event)["tracking_number"], len(parcel_of(event)["items"])) for event in events
    ] == [
        ("fulfillments/create:e1:1Z1", "1Z1", 1),
        ("fulfillments/create:e1:1Z2", "1Z2", 0),
    ]
    assert [event.data["refs"]["parcel"] for event in events] == [  # type: ignore[index]
        {"fulfillment": "255858046"},
        {"fulfillment": "255858046/2"},
    ]


def test_a_shipment_status_is_the_carriers_word_beside_the_label() -> None:
    label, scan = read("fulfillments/update", {**FULFILLMENT, "shipment_status": "out_for_delivery"})

    assert (label.type, label.flags) == ("label.created", ("restated",))
    assert (scan.type, scan.external_id) == ("tracking.updated", "fulfillments/update:e1:scan")
    assert parcel_of(scan) == {
        "carrier": "UPS", "tracking_number": "1Z1", "status": "out_for_delivery", "raw_status": "out_for_delivery",
        "occurred_at": "2026-07-01T11:30:00Z",
    }  # fmt: skip


def test_a_cancelled_fulfilment_voids_its_label() -> None:
    (event,) = read("fulfillments/update", {**FULFILLMENT, "status": "cancelled"})

    assert (event.type, parcel_of(event)["occurred_at"]) == ("label.voided", "2026-07-01T11:30:00Z")


@pytest.mark.parametrize("status", ["failure", "error"])
def test_a_failed_fulfilment_is_no_exception(status: str) -> None:
    (event,) = read("fulfillments/update", {**FULFILLMENT, "status": status})

    assert event.flags == ("not_understood",)


def test_a_fulfilment_without_a_number_tells_its_order() -> None:
    (event,) = read("fulfillments/create", {**FULFILLMENT, "tracking_number": None, "tracking_numbers": []})

    assert (event.type, order_of(event)["number"]) == ("order.updated", "#1001")


def test_a_fulfilment_without_a_name_is_linked_by_ids() -> None:
    (event,) = read("fulfillments/create", {**FULFILLMENT, "name": None, "tracking_company": None})

    assert "order" not in event.data
    assert parcel_of(event)["carrier"] == "other"


@pytest.mark.parametrize(("status", "canonical"), FULFILLMENT_EVENTS.items())
def test_a_fulfilment_event_is_mapped_by_the_table(status: str, canonical: str) -> None:
    value = {"fulfillment_id": 7, "order_id": 8, "status": status, "happened_at": "2026-07-01T06:39:30-05:00"}

    (event,) = read("fulfillment_events/create", value)

    assert (event.type, parcel_of(event)["status"], event.flags) == ("tracking.updated", canonical, ())
    assert parcel_of(event)["occurred_at"] == "2026-07-01T11:39:30Z"
    assert event.data["refs"] == {"parcel": {"fulfillment": "7"}, "order": {"order": "8"}}


def test_an_unknown_fulfilment_event_stays_visible() -> None:
    (event,) = read("fulfillment_events/create", {"fulfillment_id": 7, "status": "abducted", "city": "Roswell"})

    assert (parcel_of(event)["status"], parcel_of(event)["raw_status"], event.flags) == (
        "unknown",
        "abducted",
        ("unmapped",),
    )
    assert parcel_of(event)["location"] == {"city": "Roswell"}


def test_a_refund_is_known_by_its_orders_id() -> None:
    (event,) = read("refunds/create", {"order_id": 8, "created_at": "2026-07-01T10:00:00Z", "note": "broke"})

    assert (event.type, event.data["refs"], event.data["reason"]) == (
        "order.refunded",
        {"order": {"order": "8"}},
        "broke",
    )


@pytest.mark.parametrize("topic", ["customers/update", "orders/delete", "app/uninstalled"])
def test_other_topics_are_kept_and_not_understood(topic: str) -> None:
    (event,) = read(topic, {"id": 1})

    assert (event.type, event.flags) == (topic, ("not_understood",))


def test_ids_fall_back_from_event_to_webhook_to_body() -> None:
    raw = json.dumps(ORDER).encode()
    topic = {"x-shopify-topic": "orders/create"}

    by_webhook = SHOPIFY.read({**topic, "x-shopify-webhook-id": "w1"}, raw, {}, now=NOW)[0]
    by_body = SHOPIFY.read(topic, raw, {}, now=NOW)[0]

    assert by_webhook.external_id == "orders/create:w1"
    assert by_body.external_id == f"orders/create:sha256:{hashlib.sha256(raw).hexdigest()}"


@pytest.mark.parametrize(
    ("domain", "sent", "holds"),
    [("shop1.myshopify.com", "shop1.myshopify.com", True), ("shop1", "Shop1.myshopify.com", True),
     ("https://shop1.myshopify.com/", "shop1.myshopify.com", True), ("", "any.myshopify.com", True),
     ("shop1", "shop2.myshopify.com", False), ("shop1", "", False)],
)  # fmt: skip
def test_another_shops_webhook_is_refused_where_a_shop_is_set(domain: str, sent: str, holds: bool) -> None:
    settings = {"shop_domain": domain, "anything": [1]}

    if holds:
        assert len(read("orders/create", ORDER, settings, x_shopify_shop_domain=sent)) == 1
    else:
        with pytest.raises(BadSignature):
            read("orders/create", ORDER, settings, x_shopify_shop_domain=sent)


def test_a_test_notification_is_flagged() -> None:
    assert read("orders/create", ORDER, x_shopify_test="true")[0].flags == ("test",)


@pytest.mark.parametrize(
    ("topic", "value"),
    [
        ("orders/create", b""), ("orders/create", []), ("orders/create", {}), ("", ORDER), ("orders/create", b"{"),
        ("orders/create", {**ORDER, "note": "x" * 65_537}), ("orders/create", {**ORDER, "note": "\x00"}),
        ("fulfillment_events/create", {"status": "delivered"}), ("refunds/create", {}), ("orders/create", b"[" * 1000),
        ("fulfillments/create", {"status": "success"}), ("orders/create", b'{"name":"1","name":"2"}'),
    ],
)  # fmt: skip
def test_a_hostile_body_is_unreadable(topic: str, value: object) -> None:
    with pytest.raises(Unreadable):
        read(topic, value)
