"""Feeds: a connection that used to send and has fallen silent is told of, once a silence, as the event `feed.silent`.

Each connection that sends has one deadline (kind "feed"); the intake sets it with the first event after a silence. Too
long is: four times the usual (median) gap between its busy hours of the last four weeks, at least 24 hours, and longer
than the second-longest silence of those weeks, so that a shop's weekends alarm nobody.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from uuid import UUID

from django.db import connection

from postsale.integrations.models import Connection
from workflows.catalog.shelf import Announced, Due, Happening, Unit, Watcher

KIND = "feed"
LEAST = timedelta(hours=24)
LOOKS_BACK = timedelta(days=28)
#: Fewer busy hours than this are no habit.
FEWEST_HOURS = 3


def follow(unit: Unit, story: Sequence[Happening], due: Sequence[Due]) -> Sequence[Announced]:
    """Look at the connections whose deadline has come: set it again, or say that they are silent."""
    if not due:
        return ()
    feeds = Connection.objects.filter(tenant_id=unit.tenant_id, id__in=[each.target for each in due])
    later: dict[UUID, datetime] = {}
    told: list[Announced] = []
    for feed in feeds.exclude(state="disabled").exclude(last_event_at=None).order_by("id"):
        last_at = feed.last_event_at or unit.now
        patience = LEAST if unit.now < last_at + LEAST else patience_with(unit.tenant_id, feed.id, last_at)
        if patience is not None and unit.now < last_at + patience:
            later[feed.id] = last_at + patience
        elif patience is not None:
            told.append(_silent(feed, last_at, patience))
    _set([each.target for each in due], later)
    return told


def patience_with(tenant_id: int, feed_id: UUID, last_at: datetime) -> timedelta | None:
    """How long the feed may be silent after `last_at`; None: it has no habit yet."""
    with connection.cursor() as cursor:
        cursor.execute(BUSY_HOURS, [tenant_id, last_at - LOOKS_BACK, last_at, feed_id])
        hours: list[datetime] = [hour for (hour,) in cursor.fetchall()]
    if len(hours) < FEWEST_HOURS:
        return None
    gaps = sorted((after - before) / timedelta(hours=1) for before, after in pairwise(hours))
    return max(LEAST, timedelta(hours=4 * median(gaps)), timedelta(hours=gaps[-2] + 1))


def _silent(feed: Connection, last_at: datetime, patience: timedelta) -> Announced:
    return Announced(
        type="feed.silent", external_id=f"{feed.id}:silent:{last_at.isoformat()}", at=last_at + patience,
        order_id=None, shipment_id=None, from_=None, to=feed.name,
        data={
            "connection": str(feed.id), "name": feed.name, "partner": feed.partner,
            "last_event_at": last_at.isoformat(), "usual_silence_hours": round(patience / timedelta(hours=1), 1),
        },
    )  # fmt: skip


def _set(targets: Sequence[UUID], later: dict[UUID, datetime]) -> None:
    over = [target for target in targets if target not in later]
    with connection.cursor() as cursor:
        cursor.execute(f"delete from postsale_deadline where kind = '{KIND}' and target = any(%s)", [over])  # noqa: S608
        if later:
            cursor.execute(AGAIN, [list(later), list(later.values())])


BUSY_HOURS = """
select distinct date_trunc('hour', received_at) from postsale_event
where tenant_id = %s and received_at > %s and received_at <= %s and connection_id = %s order by 1"""
AGAIN = f"""
update postsale_deadline d set due_at = s.at from unnest(%s::uuid[], %s::timestamptz[]) s(target, at)
where d.kind = '{KIND}' and d.target = s.target"""  # noqa: S608 -- a constant of ours

FEEDS = Watcher(key="feed", follow=follow, kinds=(KIND,))
