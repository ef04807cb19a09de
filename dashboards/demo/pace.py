"""The demo shop's partners, one thread beside a running Postsale: they go on sending, signed and over HTTP, gently.

It reads of the database which demo shop there is and how to sign, and sends one webhook at a time; it touches no other
tenant and never holds a transaction while it sends. POSTSALE_DEMO_PACE=0 keeps it from starting.
"""

import threading
from collections import deque
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connections
from django.utils import timezone

from dashboards.demo import living, sending
from dashboards.demo.bodies import Delivery
from dashboards.demo.living import Plan, Stream
from dashboards.demo.opening import SLUG
from dashboards.demo.sending import Hook, NotRunningError
from postsale.tenants.find import tenant_id_of
from postsale.tenants.models import Tenant
from postsale.tenants.scope import tenant

log = structlog.get_logger(__name__)

#: Between two deliveries at least (seconds), however many are due.
BREATH = 1.0
#: How often to look for the demo shop when there is none, or nobody answers (seconds).
PATIENCE = 20.0
#: What was not told for longer than this is not told any more.
MEMORY = timedelta(days=2)
AHEAD = timedelta(minutes=30)
#: Where we are; nothing else is kept.
FILE = "demo-pace"


class Pace(threading.Thread):
    """Tells what is due, for ever."""

    def __init__(self, *, url: str, folder: Path) -> None:
        super().__init__(name="demo pace", daemon=True)
        self._url, self._file = url, folder / FILE
        self._stream: Stream | None = None
        self._rest = threading.Event()

    def run(self) -> None:
        """Look for the demo shop, tell what is due, rest."""
        while not self._rest.wait(BREATH):
            try:
                self._tell_some(timezone.now())  # noqa: TID251 -- a thread of its own is an edge
            except (DatabaseError, NotRunningError) as error:
                log.info("demo_pace_waits", error=type(error).__name__)
                self._rest.wait(PATIENCE)
            except Exception:
                log.exception("demo_pace_failed")
                self._rest.wait(PATIENCE)

    def end(self) -> None:
        """Stop before the next delivery."""
        self._rest.set()

    def _tell_some(self, now: datetime) -> None:
        """Half an hour's worth of deliveries, each when it is due."""
        found = self._demo(now)
        if found is None:
            self._rest.wait(PATIENCE)
            return
        plan, hooks = found
        if self._stream is None or self._stream.plan != plan:
            self._stream = Stream(plan)
        since = max(self._place(), plan.seeded_at, now - MEMORY)
        missed = living.newest_only(self._stream.between(since, now))
        self._tell(deque([*missed, *self._stream.between(now, now + AHEAD)]), hooks, until=now + AHEAD)

    def _tell(self, told: deque[Delivery], hooks: dict[str, Hook], *, until: datetime) -> None:
        with sending.at(self._url, hooks) as sender:
            while not self._rest.wait(BREATH):
                now = timezone.now()  # noqa: TID251 -- as above
                if told and told[0].at <= now:
                    delivery = told.popleft()
                    if not sender.send(delivery, now=now).is_accepted:
                        return  # the shop is gone, or its secrets are others: look again
                    self._file.write_text(max(delivery.at, self._place()).isoformat(), encoding="ascii")
                elif now >= until:
                    return

    def _demo(self, now: datetime) -> tuple[Plan, dict[str, Hook]] | None:
        try:
            tenant_id = tenant_id_of(SLUG)
            if tenant_id is None:
                return None
            with tenant(tenant_id):
                held = Tenant.objects.get(id=tenant_id)
                plan = living.plan_of(held.settings) if held.is_demo and held.state == "active" else None
                return None if plan is None else (plan, sending.hooks(tenant_id, now=now))
        finally:
            connections.close_all()

    def _place(self) -> datetime:
        try:
            return datetime.fromisoformat(self._file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return datetime.min.replace(tzinfo=timezone.get_default_timezone())


def start(**_: object) -> Pace | None:
    """Begin, unless it is switched off."""
    if not settings.POSTSALE_DEMO_PACE:
        return None
    pace = Pace(url=f"http://{settings.HOST}:{settings.PORT}", folder=Path(settings.POSTSALE_DATA))
    pace.start()
    return pace
