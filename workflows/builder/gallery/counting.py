"""How many of this shop's orders a template would have acted on: back-tests of the last 30 days, kept for a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from workflows.definitions.store import InvalidDocumentError
from workflows.replay import backtest
from workflows.replay.models import Backtest

SPAN = timedelta(days=30)
KEPT = timedelta(days=1)
#: Shops with more events than this in the span are asked before every template is counted.
MOST_UNASKED = 60_000

_EVENTS = """
select count(*) from (
  select 1 from postsale_event where tenant_id = %s and received_at >= %s limit %s) as seen"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What is known: `state` is `none`, `counting`, `done` or `impossible`; `orders` of `all_orders` were acted on, by
    `fired` runs."""

    state: str
    fired: int = 0
    orders: int = 0
    all_orders: int = 0


NOTHING = Count(state="none")


def known(tenant_id: int, *, now: datetime) -> Mapping[str, Count]:
    """Template key → what the newest back-test of it found."""
    rows = Backtest.objects.filter(tenant_id=tenant_id, options__has_key="template", created_at__gte=now - KEPT)
    found: dict[str, Count] = {}
    for row in rows.order_by("id").only("options", "state", "result"):
        found[row.options["template"]] = _count(row)
    return found


def start(key: str, document: Mapping[str, Any], *, now: datetime) -> Count:
    """Let a worker count."""
    try:
        backtest.create(document, from_at=now - SPAN, to_at=now, now=now, options={"template": key})
    except InvalidDocumentError:
        return Count(state="impossible")
    return Count(state="counting")


def is_small(tenant_id: int, *, now: datetime) -> bool:
    """Whether all templates may be counted without being asked to."""
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, [tenant_id, now - SPAN, MOST_UNASKED + 1])
        (events,) = cursor.fetchone()
    return bool(0 < events <= MOST_UNASKED)


def _count(row: Backtest) -> Count:
    if row.state in ("queued", "running"):
        return Count(state="counting")
    if row.state != "done" or row.result is None:
        return Count(state="impossible")
    said = row.result
    return Count(
        state="done", fired=said.get("fired", 0), orders=said.get("orders", 0), all_orders=said.get("all_orders", 0)
    )
