"""What the shop's clock says: now.weekday ("mon" … "sun"), now.time_of_day ("HH:MM") and now.is_business_time.

These questions turn again and again, so their horizon is looked for: at each instant at which the clock could show
something else that matters, and wherever the zone's clocks are moved, until the answer differs.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from workflows.engine.calendar import Calendar, clamp, instant_of, is_business_time, local_time, next_change
from workflows.engine.compare import Test
from workflows.engine.values import several, wall_time_of

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAYS_AHEAD = 8
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Clock:
    """One face of the clock: the kind of what it shows, how to read it, and when it could show what matters."""

    kind: str
    shows: Callable[[datetime, Calendar], object]
    moments: Callable[[datetime, Calendar, object], Iterator[datetime]]


def horizon(clock: Clock, test: Test, said: object, now: datetime, calendar: Calendar) -> datetime | None:
    """The first instant after `now` at which `test`, which compares with `said`, answers otherwise than at `now`."""
    answer = test(clock.shows(now, calendar))
    for moment in clock.moments(now, calendar, said):
        if moment > now and test(clock.shows(moment, calendar)) is not answer:
            return moment
    return None


def _weekday(now: datetime, calendar: Calendar) -> str:
    return WEEKDAYS[local_time(now, calendar).weekday()]


def _time_of_day(now: datetime, calendar: Calendar) -> str:
    return f"{local_time(now, calendar):%H:%M}"


def _midnights(now: datetime, calendar: Calendar, _: object) -> Iterator[datetime]:
    yield from _when_clocks_show([time(0)], now, calendar)


def _times_said(now: datetime, calendar: Calendar, said: object) -> Iterator[datetime]:
    """When the clock reaches or leaves one of the minutes that are compared with, or starts again at midnight."""
    walls = {time(0)}
    for each in several(said) or (said,):
        reached = time.fromisoformat(wall_time_of(each) or "00:00")
        minute = (reached.hour * 60 + reached.minute + 1) % 1_440
        walls |= {reached, time(minute // 60, minute % 60)}
    yield from _when_clocks_show(walls, now, calendar)


def _openings_and_closings(now: datetime, calendar: Calendar, _: object) -> Iterator[datetime]:
    changes = next_change(now, calendar)
    if changes is not None:
        yield changes


def _when_clocks_show(walls: Iterable[time], now: datetime, calendar: Calendar) -> Iterator[datetime]:
    """The instants, in order, at which the shop's clock shows one of `walls` (both times if twice) or is moved."""
    today = local_time(now, calendar).date()
    walls = tuple(walls)
    for ahead in range(_DAYS_AHEAD + 1):
        day = today + timedelta(days=ahead)
        begins, ends = (instant_of(day + timedelta(days=more), time(0), calendar) for more in (0, 1))
        moments = {instant_of(day, wall, calendar) for wall in walls}
        moved = _moved_between(begins, ends, calendar)
        if moved is not None:
            again = {datetime.combine(day, wall.replace(fold=1), calendar.zone) for wall in walls}
            moments |= {moved} | {clamp(moment) for moment in again}
        # A wall time that is skipped has been moved forward, perhaps into the next day, and shows nothing that matters.
        yield from sorted(moment for moment in moments if begins <= moment < ends)


def _moved_between(begin: datetime, end: datetime, calendar: Calendar) -> datetime | None:
    """The second between two midnights at which the zone's clocks are moved, if they are."""
    before = local_time(begin, calendar).utcoffset()
    if before == local_time(end, calendar).utcoffset():
        return None
    while end - begin > _SECOND:
        middle = begin + timedelta(seconds=(end - begin) // _SECOND // 2)
        if local_time(middle, calendar).utcoffset() == before:
            begin = middle
        else:
            end = middle
    return end


CLOCKS: Mapping[str, Clock] = {
    "now.weekday": Clock("choice", _weekday, _midnights),
    "now.time_of_day": Clock("time", _time_of_day, _times_said),
    "now.is_business_time": Clock("bool", is_business_time, _openings_and_closings),
}
