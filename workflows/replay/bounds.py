"""How much a back-test may ask for: a schedule asks every order at each tick, so their product can't be endless."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from workflows.catalog.cron import ticks

#: So many times an order may be asked in one back-test; about a minute's work.
MOST_ASKED = 5_000_000
#: Clocks are not counted beyond this, and no back-test goes as far.
MOST_TICKS = 200_000


class TooMuchError(ValueError):
    """A back-test would take too long; the words say how many days would do."""


def refuse_endless(
    document: Mapping[str, Any], *, tenant_id: int, zone: ZoneInfo, from_at: datetime, to_at: datetime
) -> None:
    """Raises TooMuchError for a schedule that ticks too often over [from, to) for so many orders."""
    trigger = document["trigger"]
    if trigger.get("type") != "schedule":
        return
    times = sum(1 for _ in islice(ticks(str(trigger["at"]), since=from_at, until=to_at, zone=zone), MOST_TICKS))
    orders = max(1, _orders(tenant_id))
    if times < MOST_TICKS and times * orders <= MOST_ASKED:
        return
    often = f"{times:,}" if times < MOST_TICKS else f"more than {MOST_TICKS:,}"
    raise TooMuchError(
        f"this schedule comes {often} times in these days, and asks all {orders:,} orders each time: "
        f"try it {_what_fits(times, orders, to_at - from_at)}"
    )


def _what_fits(times: int, orders: int, span: timedelta) -> str:
    """What would do instead, when it comes so many `times` in `span`."""
    if times >= MOST_TICKS:
        return "over fewer days"
    fits = int(MOST_ASKED * max(span / timedelta(days=1), 1.0) / (times * orders))
    if not fits:
        return "with a schedule that comes less often"
    return f"over at most {fits} {'day' if fits == 1 else 'days'}"


def _orders(tenant_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from postsale_order where tenant_id = %s", [tenant_id])
        return int(cursor.fetchone()[0])
