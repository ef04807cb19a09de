"""The clock of a `schedule`: when its five fields of cron come round in the shop's time zone, also where clocks change.

A tick in the hour that the clocks skip comes right after it, one in the hour that they repeat comes once (but for
fields that are open, such as every minute): the rule of Debian's cron, by PyPI `cronsim`.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

_MINUTE = timedelta(minutes=1)
_INSTANT = timedelta(microseconds=1)


@lru_cache(maxsize=4096)
def next_tick(cron: str, after: datetime, zone: ZoneInfo) -> datetime | None:
    """The first tick after `after`, in UTC; None when there is none, or `cron` is no schedule."""
    try:
        found = next(CronSim(cron, after.astimezone(zone)), None)
    except CronSimError:
        return None
    return found.astimezone(UTC) if found is not None else None


def ticks(cron: str, *, since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Every tick from `since` on and before `until`, in UTC; none when `cron` is no schedule."""
    with suppress(CronSimError):
        for tick in CronSim(cron, (since - _INSTANT).astimezone(zone)):
            at = tick.astimezone(UTC)
            if at >= until:
                return
            yield at


def is_tick(cron: str, at: datetime, zone: ZoneInfo) -> bool:
    """Whether the schedule ticks at `at`."""
    return next_tick(cron, at - timedelta(microseconds=1), zone) == at


def last_tick(cron: str, *, since: datetime, until: datetime, zone: ZoneInfo) -> datetime:
    """The last tick from the tick `since` on and up to `until`: what is left of those that were missed."""
    try:
        backwards = (tick.astimezone(UTC) for tick in CronSim(cron, (until + _MINUTE).astimezone(zone), reverse=True))
        at = next((tick for tick in backwards if tick <= until), since)
    except CronSimError:
        return since
    while (later := next_tick(cron, at, zone)) is not None and later <= until:
        at = later
    return max(at, since)
