"""Shopify's fulfilments (labels), their events (the carrier's words) and refunds in canonical form.

A fulfilment's `status` is the label's record, not the parcel: only `shipment_status` speaks of the parcel.
"""

import re
from collections.abc import Mapping

from postsale.events.kinds import Reported
from postsale.integrations.base import UNMAPPED, Unreadable, items_of, moment, moment_text, not_understood, told, words
from postsale.integrations.shopify.statuses import canonical
from postsale.integrations.shopify.webhook import Webhook

_NAME = re.compile(r"(.+)\.\d+")
_HAS_A_LABEL = frozenset({"success", "pending", "open"})


def read_fulfillment(webhook: Webhook) -> list[Reported]:
    """A label for each tracking number, voided for a cancelled fulfilment, and the carrier's word where there is one.

    Without a tracking number there is no parcel yet: the order is told that something happened. A fulfilment that
    failed is kept, not understood: it is no carrier's exception.
    """
    body = webhook.body
    status = (words(body.get("status")) or "success").lower()
    at = moment(body.get("updated_at")) or moment(body.get("created_at")) or webhook.said_at
    numbers = _numbers(body)
    if status != "cancelled" and status not in _HAS_A_LABEL:
        return [not_understood(webhook.topic, body, external_id=webhook.key, occurred_at=at, now=webhook.now)]
    order, refs = _order_of(webhook)
    if not numbers:
        if "number" not in order and "order" not in refs:
            raise Unreadable("neither name nor order_id says which order it is")
        return [webhook.report("order.updated", told(order=order, refs=_without_parcel(refs)), at=at)]
    found: list[Reported] = []
    for index, number in enumerate(numbers):
        # What is in the fulfilment is counted once, with its first parcel.
        items = _items(body) if index == 0 else []
        parcel = told(carrier=words(body.get("tracking_company")) or "other", tracking_number=number)
        data = told(order=order if "number" in order else None, refs=_of_parcel(refs, index))
        suffix = f":{number}" if len(numbers) > 1 else ""
        found += _parcel_events(webhook, data, {**parcel, "items": items}, status=status, suffix=suffix)
    return found


def read_fulfillment_event(webhook: Webhook) -> list[Reported]:
    """The carrier's word on a fulfilment; it names the order and the parcel only by Shopify's ids."""
    body = webhook.body
    fulfillment_id, order_id = words(body.get("fulfillment_id")), words(body.get("order_id"))
    if fulfillment_id is None:
        raise Unreadable("fulfillment_id is missing")
    raw = words(body.get("status"))
    status, is_known = canonical(raw)
    at = moment(body.get("happened_at")) or moment(body.get("created_at")) or webhook.said_at
    parcel = told(
        status=status,
        occurred_at=moment_text(at.isoformat()),
        raw_status=raw,
        raw_text=words(body.get("message")),
        exception_reason="unspecified" if status == "exception" else None,
        eta=moment_text(body.get("estimated_delivery_at")),
        location=told(
            city=words(body.get("city")), region=words(body.get("province")), country=words(body.get("country"))
        ),
        unmapped=None if is_known else True,
    )
    refs: dict[str, object] = {"parcel": {"fulfillment": fulfillment_id}}
    if order_id is not None:
        refs["order"] = {"order": order_id}
    flags = () if is_known else (UNMAPPED,)
    return [webhook.report("tracking.updated", {"parcel": parcel, "refs": refs}, at=at, flags=flags)]


def read_refund(webhook: Webhook) -> list[Reported]:
    """A refund names its order only by id; how much of it is refunded, the order's own update says a moment later."""
    order_id = words(webhook.body.get("order_id"))
    if order_id is None:
        raise Unreadable("order_id is missing")
    at = moment(webhook.body.get("created_at")) or webhook.said_at
    data: dict[str, object] = {"order": webhook.order(), "refs": {"order": {"order": order_id}}}
    if (note := words(webhook.body.get("note"))) is not None:
        data["reason"] = note
    return [webhook.report("order.refunded", data, at=at)]


def _parcel_events(
    webhook: Webhook, data: Mapping[str, object], parcel: Mapping[str, object], *, status: str, suffix: str
) -> list[Reported]:
    body = webhook.body
    created = moment(body.get("created_at")) or webhook.said_at
    at = moment(body.get("updated_at")) or created
    if status == "cancelled":
        voided = {**parcel, "occurred_at": moment_text(at.isoformat())}
        return [webhook.report("label.voided", {**data, "parcel": voided}, at=at, suffix=suffix)]
    label = {**parcel, "label_created_at": moment_text(created.isoformat())}
    restated = () if webhook.topic == "fulfillments/create" else ("restated",)
    # Shopify says it with every body: only the first one that Postsale hears sets anything off (`Turn.is_repeat`).
    said = {**data, "parcel": label, "restated": True}
    found = [webhook.report("label.created", said, at=at, suffix=suffix, flags=restated)]
    raw = words(body.get("shipment_status"))
    if raw is not None:
        canonical_status, is_known = canonical(raw)
        word = told(
            status=canonical_status,
            raw_status=raw,
            occurred_at=moment_text(at.isoformat()),
            exception_reason="unspecified" if canonical_status == "exception" else None,
            unmapped=None if is_known else True,
        )
        scan = {"carrier": parcel["carrier"], "tracking_number": parcel["tracking_number"], **word}
        flags = () if is_known else (UNMAPPED,)
        found.append(
            webhook.report("tracking.updated", {**data, "parcel": scan}, at=at, suffix=f"{suffix}:scan", flags=flags)
        )
    return found


def _order_of(webhook: Webhook) -> tuple[dict[str, object], dict[str, object]]:
    """The order's number, which is the fulfilment's name without its count ("#1001.1"), and the partner's ids."""
    body = webhook.body
    name = _NAME.fullmatch(words(body.get("name")) or "")
    order = webhook.order(number=name.group(1) if name else None)
    refs: dict[str, object] = {}
    if (fulfillment_id := words(body.get("id"))) is not None:
        refs["parcel"] = {"fulfillment": fulfillment_id}
    if (order_id := words(body.get("order_id"))) is not None:
        refs["order"] = {"order": order_id}
    return order, refs


def _of_parcel(refs: Mapping[str, object], index: int) -> dict[str, object]:
    """The ids of one of the fulfilment's parcels: the first has the fulfilment's own, the others its siblings'
    (`postsale.orders.book.siblings_of`), so that a later word on the fulfilment reaches them all."""
    said = refs.get("parcel")
    if index == 0 or not isinstance(said, Mapping):
        return dict(refs)
    return {**refs, "parcel": {name: f"{value}/{index + 1}" for name, value in said.items()}}


def _without_parcel(refs: Mapping[str, object]) -> dict[str, object]:
    return {kind: ids for kind, ids in refs.items() if kind != "parcel"}


def _numbers(body: Mapping[str, object]) -> list[str]:
    several = body.get("tracking_numbers")
    found = [words(number) for number in several] if isinstance(several, list) else []
    found.append(words(body.get("tracking_number")))
    return [number for number in dict.fromkeys(found) if number is not None]


def _items(body: Mapping[str, object]) -> list[dict[str, object]]:
    return [
        told(sku=words(line.get("sku")), name=words(line.get("name")), quantity=line.get("quantity"))
        for line in items_of(body.get("line_items"))
    ]
