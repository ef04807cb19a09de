"""The book: the orders and parcels of one batch (or one replay) in memory, and how an event finds and changes them.

Pure: no database, no clock. `change.py` fills a book from rows and writes it back; a replay starts with an empty one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from postsale.events.kinds import Reported
from postsale.orders.derive import derive_order
from postsale.orders.facts import Change, OrderFacts, ParcelFacts
from postsale.orders.fold import apply_edit, correct_parcel, fold_order, fold_parcel
from postsale.orders.identity import carrier_key, order_key

UNKNOWN_CARRIERS = frozenset({"other", "unknown"})
#: Parcels that one partner's id (a fulfilment's) may stand for.
MOST_SIBLINGS = 20


@dataclass(slots=True, eq=False)
class OrderState:
    """An order in the book: its facts now, its parcels, and what must be written. `kept_tags` are those of its row."""

    id: UUID
    facts: OrderFacts
    kept_tags: tuple[str, ...] = ()
    parcels: dict[UUID, "ParcelState"] = field(default_factory=dict)
    is_new: bool = False
    is_dirty: bool = False


@dataclass(slots=True, eq=False)
class ParcelState:
    """A parcel in the book: its facts now, its orders, and what must be written."""

    id: UUID
    facts: ParcelFacts
    orders: dict[UUID, OrderState] = field(default_factory=dict)
    is_new: bool = False
    is_dirty: bool = False


type RefKey = tuple[str, str]
"""(namespace, a partner's own id)."""


class Turn(Struct, frozen=True, kw_only=True):
    """What one event did to the book: its subjects, the transitions with the order they belong to, a new link; `more`
    are the other parcels that it speaks of by the id of what they were sent in. `is_repeat`: a partner says a known
    label once more."""

    order: OrderState | None
    parcel: ParcelState | None
    changes: tuple[tuple[Change, OrderState | None, ParcelState | None], ...] = ()
    linked: tuple[OrderState, ParcelState] | None = None
    waits_for: RefKey | None = None
    more: tuple[ParcelState, ...] = ()
    is_repeat: bool = False


def refs_of(data: Mapping[str, Any], source: str) -> dict[str, RefKey]:
    """The partner ids an event carries: {"order": (namespace, value), "parcel": …}; namespaces are a source's own."""
    found: dict[str, RefKey] = {}
    for kind, refs in (data.get("refs") or {}).items():
        for name, value in refs.items():
            found[kind] = (f"{source}:{name}", str(value))
    return found


def siblings_of(ref: RefKey) -> list[RefKey]:
    """The ids of the further parcels that share a partner's id: "7" → "7/2", "7/3", …"""
    namespace, value = ref
    return [] if "/" in value else [(namespace, f"{value}/{n}") for n in range(2, MOST_SIBLINGS + 1)]


class Book:
    """Orders and parcels by identity, by partner's id and by row id; grows as events name new ones."""

    def __init__(self, new_id: Callable[[], UUID]) -> None:
        self.new_id = new_id
        self.orders: dict[UUID, OrderState] = {}
        self.parcels: dict[UUID, ParcelState] = {}
        self.by_number: dict[str, dict[str, OrderState]] = {}
        self.by_tracking: dict[str, dict[str, ParcelState]] = {}
        self.refs: dict[RefKey, UUID] = {}
        self.new_refs: dict[RefKey, UUID] = {}
        self.new_links: list[tuple[UUID, UUID, datetime]] = []

    def add_order(self, state: OrderState) -> OrderState:
        """Put an order into the book."""
        self.orders[state.id] = state
        self.by_number.setdefault(order_key(state.facts.number), {})[state.facts.sales_channel] = state
        return state

    def add_parcel(self, state: ParcelState) -> ParcelState:
        """Put a parcel into the book."""
        self.parcels[state.id] = state
        self.by_tracking.setdefault(state.facts.tracking_number, {})[state.facts.carrier] = state
        return state

    def link(self, order: OrderState, parcel: ParcelState) -> None:
        """Join an order and a parcel that the rows already join."""
        order.parcels[parcel.id] = parcel
        parcel.orders[order.id] = order

    def apply(self, event: Reported, *, source: str, received_at: datetime) -> Turn:
        """Fold one reported event into its subjects, creating and linking them as it says."""
        refs = refs_of(event.data, source)
        parcel = self._parcel(event, refs)
        order = self._order(event, refs)
        if parcel is None and order is None:
            waits_for = refs.get("parcel") or refs.get("order")
            return Turn(order=None, parcel=None, waits_for=waits_for)
        if parcel is None and "parcel" in refs and event.type.startswith(("tracking.", "label.", "shipment.")):
            return Turn(order=order, parcel=None, waits_for=refs["parcel"])
        changes: list[tuple[Change, OrderState | None, ParcelState | None]] = []
        linked = None
        is_repeat = "restated" in event.data and parcel is not None and _has_label(parcel.facts)
        if order is not None:
            order.facts, seen = self._folded(order, fold_order(
                None if order.is_new and not order.is_dirty else order.facts, event,
                sales_channel=order.facts.sales_channel, received_at=received_at))  # fmt: skip
            changes += [(change, order, None) for change in seen]
        if parcel is not None and event.data.get("parcel"):
            before = parcel.facts
            parcel.facts, seen = fold_parcel(
                None if parcel.is_new and not parcel.is_dirty else before, event, received_at=received_at
            )
            parcel.facts = replace(parcel.facts, carrier=before.carrier, tracking_number=before.tracking_number)
            parcel.is_dirty = parcel.is_dirty or parcel.is_new or parcel.facts != before
            changes += [(change, order, parcel) for change in seen]
        if order is not None and parcel is not None and order.id not in parcel.orders:
            self.link(order, parcel)
            self.new_links.append((order.id, parcel.id, received_at))
            linked = (order, parcel)
            if len(order.parcels) == 2:
                split = Change(type="shipment.split", field="order.parcels_in_order", from_=1, to=2)
                changes.append((split, order, parcel))
        more = self._siblings(event, refs)
        for sibling in more:
            sibling.facts, seen = fold_parcel(sibling.facts, event, received_at=received_at)
            sibling.is_dirty = True
            changes += [(change, order, sibling) for change in seen]
        affected = parcel.orders.values() if parcel is not None else ([order] if order is not None else [])
        for touched in list(affected):
            changes += self.derive(touched, parcel)
        self._remember(refs, order, parcel)
        return Turn(
            order=order, parcel=parcel, changes=tuple(changes), linked=linked, more=tuple(more), is_repeat=is_repeat
        )

    def _siblings(self, event: Reported, refs: Mapping[str, RefKey]) -> list[ParcelState]:
        """The other parcels of what an event without a tracking number speaks of."""
        if "parcel" not in refs or not event.data.get("parcel") or _said(event, "parcel").get("tracking_number"):
            return []
        known = (self.refs.get(ref) for ref in siblings_of(refs["parcel"]))
        return [self.parcels[each] for each in known if each is not None and each in self.parcels]

    def derive(
        self, order: OrderState, parcel: ParcelState | None
    ) -> list[tuple[Change, OrderState | None, ParcelState | None]]:
        """Bring an order's derived axes up to its parcels."""
        order.facts, seen = self._folded(order, derive_order(order.facts, [p.facts for p in order.parcels.values()]))
        return [(change, order, parcel) for change in seen]

    def edit(
        self, order: OrderState, *, field: str, value: object, by: Mapping[str, str], at: datetime
    ) -> tuple[Change, ...]:
        """Change what people and workflows may change."""
        order.facts, seen = self._folded(order, apply_edit(order.facts, field=field, value=value, by=by, at=at))
        return seen

    def correct(
        self, parcel: ParcelState, *, status: str, by: str, at: datetime
    ) -> list[tuple[Change, OrderState | None, ParcelState | None]]:
        """Set a parcel's status because a person says so, and bring its orders up to it."""
        parcel.facts, seen = correct_parcel(parcel.facts, status=status, by=by, at=at)
        if not seen:
            return []
        parcel.is_dirty = True
        changes: list[tuple[Change, OrderState | None, ParcelState | None]] = [(each, None, parcel) for each in seen]
        for order in list(parcel.orders.values()):
            changes += self.derive(order, parcel)
        return changes

    def _folded(
        self, order: OrderState, result: tuple[OrderFacts, tuple[Change, ...]]
    ) -> tuple[OrderFacts, tuple[Change, ...]]:
        facts, seen = result
        order.is_dirty = order.is_dirty or order.is_new or facts != order.facts
        return facts, seen

    def _order(self, event: Reported, refs: Mapping[str, RefKey]) -> OrderState | None:
        said = _said(event, "order")
        number = said.get("number")
        if not number:
            known = self.refs.get(refs["order"]) if "order" in refs else None
            return self.orders.get(known) if known else None
        channels = self.by_number.get(order_key(number), {})
        channel = said.get("sales_channel")
        if channel is None and len(channels) == 1:
            return next(iter(channels.values()))
        channel = channel or "unknown"
        if channel in channels:
            return channels[channel]
        facts = OrderFacts(sales_channel=channel, number=number)
        return self.add_order(OrderState(id=self.new_id(), facts=facts, is_new=True))

    def _parcel(self, event: Reported, refs: Mapping[str, RefKey]) -> ParcelState | None:
        said = _said(event, "parcel")
        number = said.get("tracking_number")
        if not number:
            known = self.refs.get(refs["parcel"]) if "parcel" in refs else None
            return self.parcels.get(known) if known else None
        carrier = carrier_key(said.get("carrier"))
        known_ones = self.by_tracking.get(number, {})
        if carrier in known_ones:
            return known_ones[carrier]
        if len(known_ones) == 1:
            only = next(iter(known_ones.values()))
            if carrier in UNKNOWN_CARRIERS:
                return only
            if only.facts.carrier in UNKNOWN_CARRIERS:
                self._name_carrier(only, carrier)
                return only
        return self.add_parcel(
            ParcelState(id=self.new_id(), facts=ParcelFacts(carrier=carrier, tracking_number=number), is_new=True)
        )

    def _name_carrier(self, parcel: ParcelState, carrier: str) -> None:
        others = self.by_tracking[parcel.facts.tracking_number]
        del others[parcel.facts.carrier]
        parcel.facts = replace(parcel.facts, carrier=carrier)
        parcel.is_dirty = True
        others[carrier] = parcel

    def _remember(self, refs: Mapping[str, RefKey], order: OrderState | None, parcel: ParcelState | None) -> None:
        for kind, state in (("order", order), ("parcel", parcel)):
            if state is not None and kind in refs and self.refs.get(refs[kind]) is None:
                self.refs[refs[kind]] = state.id
                self.new_refs[refs[kind]] = state.id


def _has_label(facts: ParcelFacts) -> bool:
    return facts.label_created_at is not None and facts.tracking_status != "cancelled"


def _said(event: Reported, what: str) -> Mapping[str, Any]:
    said = event.data.get(what)
    return said if isinstance(said, Mapping) else {}


def identities(events: Iterable[tuple[Mapping[str, Any], str]]) -> tuple[set[str], set[str], set[RefKey]]:
    """What a batch must look up before it folds: order number keys, tracking numbers and partner ids of (data,
    source)."""
    numbers: set[str] = set()
    tracking: set[str] = set()
    refs: set[RefKey] = set()
    for data, source in events:
        if number := (data.get("order") or {}).get("number"):
            numbers.add(order_key(number))
        code = (data.get("parcel") or {}).get("tracking_number")
        if code:
            tracking.add(code)
        named = refs_of(data, source)
        refs.update(named.values())
        if "parcel" in named and not code:  # with a tracking number it speaks of that parcel alone
            refs.update(siblings_of(named["parcel"]))
    return numbers, tracking, refs
