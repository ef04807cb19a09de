"""A shop's time: what "2 days later" and "4 business hours before" mean, safe over clock changes.

The rules are those of contract/semantics.md, "Deciding". Seconds are elapsed time; days keep the wall time of the
shop's zone; a wall time that the clocks skip moves forward by the gap (02:30 becomes 03:30), one that happens twice
means the first. Every instant that leaves this file is in UTC and between `EARLIEST` and `LATEST`: nothing overflows.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from workflows.engine.grammar import Duration

EARLIEST = datetime(1000, 1, 1, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)  # stands for "never" where there is no working time to count

_UTC = ZoneInfo("UTC")
_DAY = timedelta(days=1)
_FAR = 3_700  # as many days without working time (ten years) mean that there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A tenant's working time, as wall times of `zone`: open from `opens` until just before `closes` (00:00: midnight).

    `working_days` count from 0 = Monday; what comes after `cut_off` belongs to the next working day. The default is
    Mon-Fri 09:00-17:00 UTC without cut-off and holidays. Where there is no working time, "later" is never (`LATEST`).
    """

    zone: ZoneInfo = _UTC
    working_days: frozenset[int] = frozenset(range(5))
    opens: time = time(9)
    closes: time = time(17)
    cut_off: time | None = None
    holidays: Container[date] = frozenset()


def add(start: datetime, duration: Duration, calendar: Calendar) -> datetime:
    """The instant `duration` after `start`: calendar days, then elapsed seconds; or business days; or business hours.

    N business days: the wall time of `start`, N working days later; from outside of working hours or after the cut-off
    it counts from the next opening. Business hours pass inside working hours only and may end exactly at closing time.
    """
    start = clamp(start)
    if duration.business_days:
        return clamp(_move_business_days(start, duration.business_days, calendar, never=LATEST))
    if duration.business_hours:
        return clamp(_add_business_time(start, timedelta(hours=duration.business_hours), calendar))
    if duration.days:
        start = _move_days(start, duration.days, calendar)
    return clamp(start + timedelta(seconds=duration.seconds) if duration.seconds else start)


def subtract(end: datetime, duration: Duration, calendar: Calendar) -> datetime:
    """The instant `duration` before `end`: seconds first, then calendar days by wall time, the way back of `add`.

    Business units: the first instant *of working time* from which `add` reaches `end` or, where `end` lies outside of
    it, the next (days) or last (hours) working time. So "2 business days before Wednesday 09:00" is Monday 09:00, not
    Friday's closing, although `add` would come as far from there.
    """
    end = clamp(end)
    if duration.business_days:
        return clamp(_move_business_days(end, -duration.business_days, calendar, never=EARLIEST))
    if duration.business_hours:
        return clamp(_subtract_business_time(end, timedelta(hours=duration.business_hours), calendar))
    end = clamp(end - timedelta(seconds=duration.seconds))
    return clamp(_move_days(end, -duration.days, calendar)) if duration.days else end


def is_business_time(at: datetime, calendar: Calendar) -> bool:
    """Is the shop open at `at`? Open at `opens`, no longer at `closes`; the cut-off doesn't matter here."""
    at = clamp(at)
    return _opening_around(at, local_time(at, calendar).date(), calendar) is not None


def next_change(at: datetime, calendar: Calendar) -> datetime | None:
    """The first instant after `at` at which the shop opens or closes; None if it is always or never open."""
    at = clamp(at)
    edge: datetime | None = None
    for opens, closes in _openings(at, calendar):
        if edge is None and at < opens:
            return opens
        if edge is not None and opens > edge:
            return edge
        if edge is not None and edge - at > timedelta(days=400):
            return None
        edge = closes
    return edge


def local_time(at: datetime, calendar: Calendar) -> datetime:
    """`at` on the shop's clock."""
    return at.astimezone(calendar.zone)


def instant_of(day: date, wall: time, calendar: Calendar) -> datetime:
    """When the shop's clock shows `wall` on `day`: the first time if twice, moved forward by the gap if never."""
    return datetime.combine(day, wall.replace(fold=0), calendar.zone).astimezone(UTC)


def clamp(at: datetime) -> datetime:
    """`at` in UTC, moved into the years that can be reckoned with."""
    if EARLIEST <= at <= LATEST:
        return at if at.tzinfo is UTC else at.astimezone(UTC)
    return EARLIEST if at < EARLIEST else LATEST


def _move_days(start: datetime, days: int, calendar: Calendar) -> datetime:
    if calendar.zone is _UTC or calendar.zone.key == "UTC":
        return start + timedelta(days=days)
    local = local_time(start, calendar)
    return instant_of(local.date() + timedelta(days=days), local.timetz().replace(tzinfo=None), calendar)


def _move_business_days(at: datetime, days: int, calendar: Calendar, *, never: datetime) -> datetime:
    point = _working_point(at, calendar)
    if point is None:
        return never
    day = _move_working_days(point[0], days, calendar)
    return never if day is None else instant_of(day, point[1], calendar)


def _working_point(at: datetime, calendar: Calendar) -> tuple[date, time] | None:
    """The working day and wall time that `at` counts from: its own inside working hours, else the next opening."""
    local = local_time(at, calendar)
    wall = local.timetz().replace(tzinfo=None, fold=0)
    is_late = calendar.cut_off is not None and wall > calendar.cut_off
    around = _opening_around(at, local.date(), calendar)
    if around is not None and not is_late:
        return local.date(), wall
    for opens, _ in _openings(at, calendar):
        if opens > at:
            return local_time(opens, calendar).date(), calendar.opens
    return None


def _add_business_time(start: datetime, rest: timedelta, calendar: Calendar) -> datetime:
    for opens, closes in _openings(start, calendar):
        begin = max(start, opens)
        if closes - begin >= rest:
            return begin + rest
        rest -= closes - begin
    return LATEST


def _subtract_business_time(end: datetime, rest: timedelta, calendar: Calendar) -> datetime:
    for opens, closes in _openings(end, calendar, backward=True):
        finish = min(end, closes)
        if finish - opens >= rest:
            return finish - rest
        rest -= finish - opens
    return EARLIEST


def _openings(at: datetime, calendar: Calendar, *, backward: bool = False) -> Iterator[tuple[datetime, datetime]]:
    """The shop's openings that end after `at`, in order; `backward`: those that begin before it, the latest first."""
    step = -_DAY if backward else _DAY
    day = local_time(at, calendar).date() - step
    in_vain = 0
    while in_vain < _FAR:
        in_vain += 1
        if _is_working_day(day, calendar):
            opens, closes = _hours_of(day, calendar)
            if opens < closes and (opens < at if backward else closes > at):
                in_vain = 0
                yield opens, closes
        day += step


def _opening_around(at: datetime, day: date, calendar: Calendar) -> tuple[datetime, datetime] | None:
    """The opening hours of `day`, if it is a working day and `at` lies inside them."""
    if not _is_working_day(day, calendar):
        return None
    opens, closes = _hours_of(day, calendar)
    return (opens, closes) if opens <= at < closes else None


def _hours_of(day: date, calendar: Calendar) -> tuple[datetime, datetime]:
    ends_at_midnight = calendar.closes == time(0)
    return (
        instant_of(day, calendar.opens, calendar),
        instant_of(day + _DAY if ends_at_midnight else day, calendar.closes, calendar),
    )


def _is_working_day(day: date, calendar: Calendar) -> bool:
    return day.weekday() in calendar.working_days and day not in calendar.holidays


def _move_working_days(day: date, days: int, calendar: Calendar) -> date | None:
    """The `days`-th working day after `day` (before it, if negative); None if there is none for ten years."""
    step = _DAY if days > 0 else -_DAY
    left, in_vain = abs(days), 0
    while left:
        day += step
        in_vain += 1
        if _is_working_day(day, calendar):
            left, in_vain = left - 1, 0
        elif in_vain > _FAR:
            return None
    return day
