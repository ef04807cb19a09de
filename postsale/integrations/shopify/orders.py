"""A Shopify order in canonical form. Nulls are what Shopify doesn't know; tags are one text with commas."""

import re
from collections.abc import Mapping

from postsale.events.kinds import Reported
from postsale.integrations.base import UNMAPPED, Unreadable, items_of, moment, moment_text, part, told, words
from postsale.integrations.shopify.statuses import FULFILLMENTS, PAYMENTS
from postsale.integrations.shopify.webhook import Webhook

_CONSENT = {"subscribed": True, "unsubscribed": False}


def read_order(webhook: Webhook, type_: str) -> list[Reported]:
    """The order as one event of `type_`, at its `updated_at`."""
    body = webhook.body
    number = words(body.get("name")) or words(body.get("order_number")) or words(body.get("number"))
    if number is None:
        raise Unreadable("name is missing: the order has no number")
    financial = words(body.get("financial_status"))
    payment = PAYMENTS.get((financial or "").lower())
    is_unmapped = financial is not None and payment is None
    order = webhook.order(
        number=number,
        placed_at=moment_text(body.get("processed_at")) or moment_text(body.get("created_at")),
        cancelled_at=moment_text(body.get("cancelled_at")),
        currency=words(body.get("currency")),
        total=_money(body.get("total_price")),
        payment_status=payment,
        fulfillment_status=FULFILLMENTS.get((words(body.get("fulfillment_status")) or "").lower()),
        tags=_tags(body.get("tags")),
        notes=words(body.get("note")),
        customer=_customer(body),
        address=_address(body),
        items=[_item(item) for item in items_of(body.get("line_items"))] if "line_items" in body else None,
        custom=_custom(body),
    )
    data = told(order=order, reason=words(body.get("cancel_reason")) if type_ == "order.cancelled" else None)
    if (order_id := words(body.get("id"))) is not None:
        data["refs"] = {"order": {"order": order_id}}
    at = moment(body.get("updated_at")) or moment(body.get("created_at")) or webhook.said_at
    return [webhook.report(type_, data, at=at, flags=(UNMAPPED,) if is_unmapped else ())]


def _tags(value: object) -> list[str] | None:
    if isinstance(value, list):
        return [tag.strip() for tag in value if isinstance(tag, str) and tag.strip()]
    if not isinstance(value, str):
        return None
    return [tag.strip() for tag in value.split(",") if tag.strip()]


def _customer(body: Mapping[str, object]) -> dict[str, object]:
    """The order's e-mail is the customer's; consent is known only where someone gave it or took it back."""
    customer, shipping = part(body, "customer"), part(body, "shipping_address")
    state = words(part(customer, "email_marketing_consent").get("state"))
    return told(
        email=words(body.get("email")) or words(body.get("contact_email")) or words(customer.get("email")),
        first_name=words(customer.get("first_name")) or words(shipping.get("first_name")),
        last_name=words(customer.get("last_name")) or words(shipping.get("last_name")),
        phone=words(body.get("phone")) or words(customer.get("phone")) or words(shipping.get("phone")),
        locale=words(body.get("customer_locale")),
        consent=told(email=_CONSENT.get((state or "").lower())),
    )


def _address(body: Mapping[str, object]) -> dict[str, object] | None:
    """The whole address each time: what a new one lacks must not stay of the old one."""
    shipping = part(body, "shipping_address")
    if not shipping:
        return None
    return {
        "country": words(shipping.get("country_code")) or words(shipping.get("country")),
        "region": words(shipping.get("province_code")) or words(shipping.get("province")),
        "city": words(shipping.get("city")),
        "postal_code": words(shipping.get("zip")),
    }


def _item(line: Mapping[str, object]) -> dict[str, object]:
    quantity = line.get("current_quantity")
    return told(
        sku=words(line.get("sku")),
        name=words(line.get("name")) or words(line.get("title")),
        quantity=quantity if isinstance(quantity, int) else line.get("quantity"),
        price=_money(line.get("price")),
        weight_g=line.get("grams"),
    )


def _custom(body: Mapping[str, object]) -> dict[str, object]:
    """Note attributes by a name that fits a field path: `order.custom.gift_note`."""
    found: dict[str, object] = {}
    for attribute in items_of(body.get("note_attributes")):
        name = re.sub(r"[\W_]+", "_", (words(attribute.get("name")) or "").lower()).strip("_")
        value = attribute.get("value")
        if name and isinstance(value, (str, int, float, bool)):
            found[name] = value
    return found


def _money(value: object) -> object:
    return value if isinstance(value, (str, int, float)) and value != "" else None
