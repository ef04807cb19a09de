"""What carriers said of a parcel: kept sorted in carriers' time, replayed into one status, whatever came when."""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from postsale.events.kinds import STATUSES
from postsale.orders.facts import Scan

MAX_SCANS = 100
MAX_POINTS = 200

NOT_PHYSICAL = frozenset({"unknown", "awaiting_carrier", "cancelled", "expired"})
"""Statuses that don't show that the carrier has, or had, the parcel in its hands."""

LEAVES_DELIVERED = frozenset({"return_to_sender", "exception"})

type Point = tuple[datetime, str]
"""From this moment it was in this status, as a carrier says."""

# Of two bodies of one moment the one that is further along counts; a delivery counts last.
_RANK = {status: rank for rank, status in enumerate(sorted(STATUSES, key=lambda status: status == "delivered"))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What the scans amount to: the present status, the scans it began and stands with, the first delivery."""

    status: str
    entry: Scan | None
    latest: Scan | None
    delivered: Scan | None


def replay(scans: Iterable[Scan]) -> Story:
    """Walk through sorted scans. The last one decides, but `delivered` is left only for a return or an exception, or
    because a person says so."""
    status = "unknown"
    entry = latest = delivered = None
    for scan in scans:
        if status == "delivered" and scan.status not in {"delivered", *LEAVES_DELIVERED} and scan.by is None:
            continue
        if entry is None or scan.status != status:
            entry, status = scan, scan.status
        latest = scan
        if status == "delivered" and delivered is None:
            delivered = scan
    return Story(status=status, entry=entry, latest=latest, delivered=delivered)


def with_scan(scans: tuple[Scan, ...], scan: Scan) -> tuple[Scan, ...]:
    """The scans with one more, sorted; the same object if it was there. Long runs of one status lose their middle."""
    if scan in scans:
        return scans
    found = list(scans)
    insort(found, scan, key=_place)
    return tuple(_shortened(found, MAX_SCANS, lambda one: one.status))


def with_points(points: tuple[Point, ...], more: Iterable[Point]) -> tuple[Point, ...]:
    """The points and more of them, sorted, each once; shortened as scans are."""
    found = set(points).union(more)
    if len(found) == len(points):
        return points
    return tuple(_shortened(sorted(found), MAX_POINTS, lambda one: one[1]))


def since(points: tuple[Point, ...], status: str, at: datetime) -> datetime:
    """When the run of `status` that stands at `at` began: back through the points as long as they say the same."""
    began = at
    index = bisect_right(points, (at, "\uffff"))
    while index and points[index - 1][1] == status:
        index -= 1
        began = points[index][0]
    return began


def point_of(scan: Scan, rows: list[Point]) -> Point | None:
    """Where a body stands in time: nowhere of its own if its newest row says the same as the body itself."""
    if rows and max(rows)[1] == scan.status:
        return None
    return (scan.at, scan.status)


def rows_of(history: object) -> list[Point]:
    """The rows of a cumulative body that can be read."""
    found: list[Point] = []
    for row in history if isinstance(history, list) else ():
        at, status = (row.get("occurred_at"), row.get("status")) if isinstance(row, Mapping) else (None, None)
        if isinstance(at, str) and isinstance(status, str):
            found.append((datetime.fromisoformat(at), status))
    return found


def physical(points: Iterable[Point]) -> list[datetime]:
    """When the carrier had the parcel in its hands, in the order of the points."""
    return [at for at, status in points if status not in NOT_PHYSICAL]


def _place(scan: Scan) -> tuple[object, ...]:
    words = (scan.raw_status, scan.raw_detail, scan.raw_text, scan.exception_reason, scan.substatus)
    return (scan.at, scan.said_at or scan.at, _RANK.get(scan.status, -1), *(word or "" for word in words),
            scan.action_required is True, scan.is_unmapped, scan.by or "")  # fmt: skip


def _shortened[T](found: list[T], at_most: int, status_of: Callable[[T], str]) -> list[T]:
    """Cut to `at_most`: first from the middle of runs of one status, then simply the oldest but one."""
    while len(found) > at_most:
        for index in range(1, len(found) - 1):
            if status_of(found[index - 1]) == status_of(found[index]) == status_of(found[index + 1]):
                del found[index]
                break
        else:
            del found[1]
    return found
