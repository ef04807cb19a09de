"""The one task of django-q2: drain. A wake-up carries no data and may be lost, doubled or late without harm.

It decides and delivers until nothing is left, then lingers on LISTEN, so that the next event doesn't have to wait for
the broker; a back-test takes its turn when nothing live is waiting.
"""

import time

import structlog
from django.db import InterfaceError, OperationalError, connection, connections
from django.utils import timezone

from postsale.events.record import CHANNEL
from postsale.service import heartbeat, stopping
from workflows.replay import backtest
from workflows.runs import deliver, process

log = structlog.get_logger(__name__)

#: A drain ends after this long (seconds), so that its cluster sees its workers come back; the next wake-up follows.
BUDGET = 20.0
#: How long an idle drain waits for a NOTIFY before it looks at the clock again (deadlines, retries).
LINGER = 0.25
#: The advisory lock of whoever runs a back-test.
BACK_TESTING = 7465_0003


def drain(budget: float = BUDGET) -> int:
    """Handle what there is, until `budget` seconds are over; returns how much. The rows are the queue: a lost
    database only ends it."""
    handled = 0
    ends = time.monotonic() + budget
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"listen {CHANNEL}")
        while time.monotonic() < ends and not stopping.is_asked():
            heartbeat.beat()
            done = process.process_some() + deliver.deliver(now=timezone.now())
            handled += done
            if not done and not _back_test():
                _linger()
    except (OperationalError, InterfaceError) as error:
        log.warning("database_away", error=(str(error).splitlines() or [type(error).__name__])[0])
        connections.close_all()
    return handled


def _back_test() -> bool:
    """One back-test, to its end, while nothing live waits here; one at a time, so that another worker stays free."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [BACK_TESTING])
        if not cursor.fetchone()[0]:
            return False
        try:
            return backtest.run_next() is not None
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [BACK_TESTING])


def _linger() -> None:
    raw = connection.connection
    if raw is not None:
        for _ in raw.notifies(timeout=LINGER, stop_after=1):
            break
