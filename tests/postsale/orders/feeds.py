"""Short words for the events that tests of the fold tell."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from postsale.events.kinds import Reported
from postsale.orders.facts import Change, OrderFacts, ParcelFacts
from postsale.orders.fold import fold_order, fold_parcel

START = datetime(2026, 11, 20, 10, tzinfo=UTC)
MUCH_LATER = START + timedelta(days=300)


def hour(hours: float) -> datetime:
    """So many hours after the start."""
    return START + timedelta(hours=hours)


def written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def scan(at: float, status: str, *, rows: Iterable[tuple[float, str]] = (), **more: object) -> Reported:
    """A carrier's body at that hour, with what its rows say."""
    data: dict[str, object] = {
        "parcel": {
            "carrier": "ups",
            "tracking_number": "1Z",
            "status": status,
            "occurred_at": written(hour(at)),
            **more,
        }
    }
    if rows:
        data["history"] = [{"status": word, "occurred_at": written(hour(row_at))} for row_at, word in rows]
    return Reported(type="tracking.updated", external_id=f"scan {at} {status}", occurred_at=hour(at), data=data)


def label(at: float, type_: str = "label.created", **more: object) -> Reported:
    """Something that happened to the label at that hour."""
    data = {"parcel": {"carrier": "ups", "tracking_number": "1Z", **more}}
    return Reported(type=type_, external_id=f"{type_} {at}", occurred_at=hour(at), data=data)


def order(at: float, type_: str = "order.updated", **members: object) -> Reported:
    """What a shop says of an order at that hour."""
    data = {"order": {"number": "#1001", **members}}
    return Reported(type=type_, external_id=f"{type_} {at}", occurred_at=hour(at), data=data)


def parcel_after(*events: Reported) -> tuple[ParcelFacts, list[list[str]]]:
    """The parcel after the events, and the types of the transitions that each of them brought."""
    facts: ParcelFacts | None = None
    seen: list[list[str]] = []
    for event in events:
        facts, changes = fold_parcel(facts, event, received_at=MUCH_LATER)
        seen.append(types(changes))
    assert facts is not None
    return facts, seen


def order_after(*events: Reported) -> tuple[OrderFacts, list[list[str]]]:
    """The order after the events, and the types of the transitions that each of them brought."""
    facts: OrderFacts | None = None
    seen: list[list[str]] = []
    for event in events:
        facts, changes = fold_order(facts, event, sales_channel="us", received_at=MUCH_LATER)
        seen.append(types(changes))
    assert facts is not None
    return facts, seen


def types(changes: Iterable[Change]) -> list[str]:
    return [change.type for change in changes]
