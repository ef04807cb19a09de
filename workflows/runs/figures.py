"""Figures: what each day brought to look at and what each workflow made of it, kept up as it happens, so that no page
has to count runs or events.

A batch adds its own counts up in memory and stores them in two statements; a tenant's lane has one worker, so nobody
waits for a counter. Days are those of the shop's time zone.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from workflows.engine.conditions import ABOUT

type What = Literal["acted", "watched", "failed"]

LONGEST = 255


@dataclass(slots=True, kw_only=True)
class Tally:
    """What one batch saw and did. `seen`: occasions by (day, event type, from, to); `done`: runs by (day, workflow,
    what)."""

    zone: ZoneInfo
    seen: Counter[tuple[date, str, str, str]] = field(default_factory=Counter)
    done: Counter[tuple[date, UUID, What]] = field(default_factory=Counter)

    def see(self, event_type: str, from_: str | None, to: str | None, *, at: datetime) -> None:
        """One more thing happened that a workflow may be triggered by; from and to only where triggers ask for them."""
        if event_type not in ABOUT:
            from_ = to = None
        self.seen[at.astimezone(self.zone).date(), event_type, (from_ or "")[:LONGEST], (to or "")[:LONGEST]] += 1

    def note(self, workflow_id: UUID, what: What, *, at: datetime) -> None:
        """One more run acted for the first time (or would have, in watch mode), or failed."""
        self.done[at.astimezone(self.zone).date(), workflow_id, what] += 1


def store(tenant_id: int, tally: Tally) -> None:
    """Add a batch's counts to the tenant's figures, at most two statements."""
    with connection.cursor() as cursor:
        if tally.seen:
            keys = sorted(tally.seen)
            columns = [[key[at] for key in keys] for at in range(4)]
            cursor.execute(SEEN, [tenant_id, *columns, [tally.seen[key] for key in keys]])
        if tally.done:
            rows = sorted({(day, workflow_id) for day, workflow_id, _ in tally.done})
            counts = [[tally.done[*row, what] for row in rows] for what in ("acted", "watched", "failed")]
            cursor.execute(DONE, [tenant_id, [day for day, _ in rows], [key for _, key in rows], *counts])


SEEN = """
insert into workflows_occasion (tenant_id, day, type, came_from, came_to, count)
select %s, seen.* from unnest(%s::date[], %s::text[], %s::text[], %s::text[], %s::bigint[]) as seen
on conflict (tenant_id, day, type, came_from, came_to) do update set count = workflows_occasion.count + excluded.count"""

DONE = """
insert into workflows_figure (tenant_id, day, workflow_id, acted, watched, failed)
select %s, done.* from unnest(%s::date[], %s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[]) as done
on conflict (tenant_id, workflow_id, day) do update set acted = workflows_figure.acted + excluded.acted,
  watched = workflows_figure.watched + excluded.watched, failed = workflows_figure.failed + excluded.failed"""
