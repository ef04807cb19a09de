"""How the engine reads a subject: every field path of the catalogue, looked up in facts, lazily, as plain values."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from postsale.orders.facts import OrderFacts, ParcelFacts

#: DOMAIN.md section 3: whose fault an exception reason is.
FAULT = {
    "carrier": ("damaged", "lost", "missorted", "carrier_delay", "capacity", "vehicle", "not_scanned_at_handoff",
                "tracking_gap", "rejected_noncompliant", "reweighed"),
    "shipper": ("incorrect_data", "not_ready", "packaging", "prohibited_item", "label_unreadable", "duplicate_label"),
    "recipient": ("refused", "not_home", "business_closed", "moved", "incorrect_address", "access_restricted",
                  "id_check_failed", "pickup_missed", "asked_to_hold", "disputes_delivery"),
    "customs": ("customs_delay", "documents_missing", "duties_unpaid", "inspection", "prohibited_import"),
    "force": ("weather", "disaster", "strike"),
    "other": ("under_investigation", "unspecified"),
}  # fmt: skip
PARTY = {reason: party for party, reasons in FAULT.items() for reason in reasons}


class FactView(Mapping[str, object]):
    """The facts of one (order, parcel, event) as the engine sees them: dotted path → value, None or absent = missing.

    `event` is the run's event facts: {"type", "from", "to", "source", "changes": {field: (from, to)}}.
    """

    __slots__ = ("_cache", "event", "extra", "order", "order_id", "parcel", "parcels_in_order")

    def __init__(
        self,
        *,
        order: OrderFacts | None,
        parcel: ParcelFacts | None,
        event: Mapping[str, object],
        order_id: UUID | None = None,
        parcels_in_order: int | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        self.order = order
        self.parcel = parcel
        self.event = event
        self.order_id = order_id
        self.parcels_in_order = parcels_in_order
        self.extra = extra or {}
        self._cache: dict[str, object] = {}

    def __getitem__(self, path: str) -> object:
        try:
            return self._cache[path]
        except KeyError:
            pass
        value = self._read(path)
        self._cache[path] = value
        if value is None:
            raise KeyError(path)
        return value

    def get(self, path: str, default: object = None) -> object:
        """The value at `path`, or `default` when it is missing."""
        cache = self._cache
        if path in cache:
            value = cache[path]
        else:
            value = cache[path] = self._read(path)
        return default if value is None else value

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self.get(path) is not None

    def __iter__(self) -> Iterator[str]:
        return (path for path in (*READERS, *self.extra) if self.get(path) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _read(self, path: str) -> object:
        reader = READERS.get(path)
        if reader is not None:
            return reader(self)
        if path in self.extra:
            return self.extra[path]
        head, _, rest = path.partition(".")
        if head == "items":
            return _items(self, rest)
        if path.startswith("order.custom.") and self.order is not None:
            return _plain(self.order.custom.get(path[13:]))
        if head == "event":
            return _plain(self.event.get(rest))
        return None


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _items(view: FactView, rest: str) -> object:
    if view.order is None or not view.order.items:
        return None
    for quantifier in ("any.", "all.", "none."):
        rest = rest.removeprefix(quantifier)
    return tuple(item.get(rest) for item in view.order.items)


def _of_order(name: str) -> Callable[[FactView], object]:
    return lambda view: getattr(view.order, name) if view.order is not None else None


def _of_parcel(name: str) -> Callable[[FactView], object]:
    return lambda view: getattr(view.parcel, name) if view.parcel is not None else None


def _inside(part: str, name: str) -> Callable[[FactView], object]:
    return lambda view: getattr(view.order, part).get(name) if view.order is not None else None


def _consent(view: FactView) -> object:
    consent = view.order.customer.get("consent") if view.order is not None else None
    return consent.get("email") if isinstance(consent, Mapping) else None


def _location(name: str) -> Callable[[FactView], object]:
    return lambda view: view.parcel.location.get(name) if view.parcel is not None else None


def _tags(view: FactView) -> object:
    return view.order.tags if view.order is not None else None


def _item_count(view: FactView) -> object:
    if view.order is None or not view.order.items:
        return None
    counts = [item.get("quantity", 1) for item in view.order.items]
    return sum(count for count in counts if isinstance(count, int))


def _line_count(view: FactView) -> object:
    return len(view.order.items) or None if view.order is not None else None


def _history(view: FactView) -> object:
    if view.parcel is None:
        return None
    return tuple((scan_at, status) for scan_at, status in view.parcel.history) or tuple(
        (scan.at, scan.status) for scan in view.parcel.scans
    )


def _count(*statuses: str) -> Callable[[FactView], object]:
    def count(view: FactView) -> object:
        if view.parcel is None:
            return None
        entered, before = 0, ""
        for scan in view.parcel.scans:
            entered += scan.status in statuses and before not in statuses
            before = scan.status
        return entered

    return count


def _status_changes(view: FactView) -> object:
    if view.parcel is None:
        return None
    statuses = [scan.status for scan in view.parcel.scans]
    return sum(a != b for a, b in pairwise(statuses))


def _was(status: str) -> Callable[[FactView], object]:
    return lambda view: any(scan.status == status for scan in view.parcel.scans) if view.parcel is not None else None


def _changes(view: FactView) -> object:
    return view.event.get("changes") or {}


ORDER_FIELDS = ("number", "sales_channel", "placed_at", "promised_by", "ship_by", "currency", "total", "payment_status",
                "fulfillment_status", "delivery_status", "ops_status", "notes", "assignee", "cancelled_at", "held")  # fmt: skip
PARCEL_FIELDS = ("carrier", "tracking_number", "tracking_status", "status_since", "substatus", "raw_status",
                 "raw_detail", "raw_text", "exception_reason", "action_required", "label_created_at",
                 "label_printed_at", "label_voided_at", "packed_at", "manifested_at", "handed_over_at", "last_scan_at",
                 "delivered_at", "eta", "eta_original", "signed_by", "service", "weight_g", "cost", "warehouse",
                 "is_return", "is_test", "attempts")  # fmt: skip

READERS: dict[str, Callable[[FactView], object]] = {
    **{f"order.{name}": _of_order(name) for name in ORDER_FIELDS},
    **{f"parcel.{name}": _of_parcel(name) for name in PARCEL_FIELDS},
    **{
        f"customer.{name}": _inside("customer", name)
        for name in ("email", "first_name", "last_name", "phone", "locale")
    },
    **{
        f"address.{name}": _inside("address", name)
        for name in ("country", "region", "city", "postal_code", "residential")
    },
    **{f"parcel.location.{name}": _location(name) for name in ("city", "region", "country")},
    "order.tags": _tags,
    "order.age": _of_order("placed_at"),
    "order.item_count": _item_count,
    "order.line_count": _line_count,
    "order.ops_status@since": _of_order("ops_status_since"),
    "customer.consent.email": _consent,
    "parcel.label_age": _of_parcel("label_created_at"),
    "parcel.status_age": _of_parcel("status_since"),
    "parcel.time_since_last_scan": _of_parcel("last_scan_at"),
    "parcel.tracking_status@since": _of_parcel("status_since"),
    "parcel.tracking_status@history": _history,
    "parcel.fault_party": lambda view: (
        PARTY.get(view.parcel.exception_reason or "") if view.parcel is not None else None
    ),
    "parcel.parcels_in_order": lambda view: view.parcels_in_order,
    "history.exceptions": _count("exception"),
    "history.failed_attempts": _count("failed_attempt"),
    "history.status_changes": _status_changes,
    "history.was_exception": _was("exception"),
    "history.was_delayed": _was("delayed"),
    "event.changes": _changes,
    "event.type": lambda view: view.event.get("type"),
}


PLAIN = frozenset({str, int, float, bool})


def moment_text(value: object) -> object:
    """A value as JSON can carry it: datetimes as RFC 3339 text, tuples as lists."""
    if value is None or type(value) in PLAIN:  # most are, and whether something is a Mapping is dear to ask
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [moment_text(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): moment_text(item) for key, item in value.items()}
    return value
