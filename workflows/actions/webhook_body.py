"""What a webhook says when its workflow does not: the order, the parcel and the event, named as the API names them."""

import json
from datetime import datetime

from workflows.actions.outbox_rows import event_of
from workflows.catalog.fields import FIELDS
from workflows.catalog.shelf import Moment
from workflows.catalog.variables import AGES, values_for_text

ITEM_FIELDS = ("sku", "name", "quantity", "price", "weight_g")


def default_body(moment: Moment) -> str:
    """The JSON: `{"order": {…} | null, "parcel": {…} | null, "event": {…}}`; money in the main unit, as decimal text."""
    order = _inside(moment, "order.")
    for part in ("customer", "address"):
        if found := _inside(moment, f"{part}."):
            order[part] = found
    if items := _items(moment):
        order["items"] = items
    parcel = _inside(moment, "parcel.")
    body = {
        "order": {"id": str(moment.order_id), **order} if moment.order_id is not None else None,
        "parcel": {"id": str(moment.shipment_id), **parcel} if moment.shipment_id is not None else None,
        "event": event_of(moment),
    }
    return json.dumps(body, default=_plain, ensure_ascii=False)


def _inside(moment: Moment, head: str) -> dict[str, object]:
    """The known fields below `head`, nested as their paths say; ages are left out, for they age on the way."""
    values = values_for_text(moment.facts, shop_name=moment.shop.name, now=moment.now, order_id=moment.order_id)
    found: dict[str, object] = {}
    for path in FIELDS:
        value = values.get(path) if path.startswith(head) and path not in AGES else None
        if value is None:
            continue
        *groups, name = path.removeprefix(head).split(".")
        inner = found
        for group in groups:
            inner = inner.setdefault(group, {})  # type: ignore[assignment]  # only groups stand under a group's name
        inner[name] = value
    return found


def _items(moment: Moment) -> list[dict[str, object]]:
    values = values_for_text(moment.facts, shop_name=moment.shop.name, now=moment.now, order_id=moment.order_id)
    columns = {name: values.get(f"items.{name}") for name in ITEM_FIELDS}
    known = {name: column for name, column in columns.items() if isinstance(column, tuple)}
    count = max(map(len, known.values()), default=0)
    rows = [{name: column[at] for name, column in known.items() if at < len(column)} for at in range(count)]
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
