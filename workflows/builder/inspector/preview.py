"""A letter as it would arrive: its texts filled in with a real order, by the sandbox that fills them in for good."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from postsale.orders.change import open_book
from postsale.tenants.shop import Shop
from workflows.builder.recent import recent_of
from workflows.catalog.texts import TextError, render
from workflows.catalog.variables import values_for_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """One text, filled in; or (`is_problem`) why it can't be."""

    label: str
    text: str
    is_problem: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The texts of a step for one order; `number` is that order's."""

    number: str
    to: str
    texts: tuple[Filled, ...]


#: Member of `with` → its label, and whether it is one line.
TEXTS: Mapping[str, tuple[str, bool]] = {
    "subject": ("Subject", True), "body": ("Text", False), "text": ("Note", False), "tag": ("Tag", True),
    "reason": ("Why", False),
}  # fmt: skip


def preview(
    with_: Mapping[str, object], order_id: UUID, *, trigger: Mapping[str, object], shop: Shop, now: datetime
) -> Preview | None:
    """The texts in `with_` for that order and its newest parcel; None when there is no such order."""
    book = open_book(shop.id, order_ids=[order_id], lock=False)
    order = book.orders.get(order_id)
    if order is None:
        return None
    parcel = next(reversed(order.parcels.values()), None)
    to = trigger.get("to")
    event = {"type": trigger.get("type"), "to": to[0] if isinstance(to, list) and to else None}
    view = recent_of(order, parcel, event).view
    values = values_for_text(view, shop_name=shop.name, now=now, order_id=order_id)
    texts = tuple(
        _filled(label, str(with_[key]), values, shop, is_line=is_line)
        for key, (label, is_line) in TEXTS.items()
        if isinstance(with_.get(key), str) and str(with_[key]).strip()
    )
    return Preview(number=order.facts.number, to=str(order.facts.customer.get("email") or ""), texts=texts)


def _filled(label: str, source: str, values: Mapping[str, object], shop: Shop, *, is_line: bool) -> Filled:
    try:
        return Filled(label=label, text=render(source, values, escape="header" if is_line else "text", zone=shop.zone))
    except TextError as error:
        return Filled(label=label, text=str(error), is_problem=True)
