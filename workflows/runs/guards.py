"""Asking again, just before a message leaves, whether what it says is still so: on the newest facts of its subject."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import msgspec

from postsale.orders.change import open_book
from postsale.tenants.shop import Shop
from workflows.catalog.calendars import calendar_of
from workflows.catalog.fields import kind_of
from workflows.catalog.reading import FactView
from workflows.engine.evaluate import Check, compile_condition
from workflows.engine.phrases import Phrases
from workflows.engine.reading import Reader
from workflows.engine.verdict import Verdict

#: A stored guard joins a step's own with the gates passed, so it may nest deeper than people may write.
DEEPER = -8


def facts_today(
    tenant_id: int, *, order_id: UUID | None, parcel_id: UUID | None, event: Mapping[str, object]
) -> FactView:
    """The subject as it is now. Must run in the tenant's transaction; locks nothing."""
    order_ids = [order_id] if order_id is not None else []
    parcel_ids = [parcel_id] if parcel_id is not None else []
    book = open_book(tenant_id, order_ids=order_ids, parcel_ids=parcel_ids, lock=False)
    order = book.orders.get(order_id) if order_id is not None else None
    parcel = book.parcels.get(parcel_id) if parcel_id is not None else None
    return FactView(
        order=order.facts if order is not None else None,
        parcel=parcel.facts if parcel is not None else None,
        event=_as_it_was(event),
        order_id=order_id,
        parcels_in_order=len(order.parcels) if order is not None else None,
    )


def still_holds(guard: Mapping[str, object], facts: FactView, *, shop: Shop, now: datetime) -> Verdict:
    """The verdict on a stored guard (a condition in document form). Raises ValueError when it is none."""
    return _check(msgspec.json.encode(guard)).verdict(facts, now, calendar_of(shop))


@lru_cache(maxsize=1024)
def _check(document: bytes) -> Check:
    reader = Reader()
    condition = Phrases(reader).condition(msgspec.json.decode(document), "", depth=DEEPER)
    if condition is None or reader.problems:
        raise ValueError(f"not a condition: {reader.problems[:1]}")
    return compile_condition(condition, kind_of)


def _as_it_was(event: Mapping[str, object]) -> dict[str, object]:
    """The event's facts as the engine had them: each change is a pair."""
    changes = event.get("changes")
    pairs = {name: tuple(pair) for name, pair in changes.items()} if isinstance(changes, Mapping) else {}
    return {**event, "changes": pairs}
