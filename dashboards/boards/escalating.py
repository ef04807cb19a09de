"""Escalating: a card that nobody resolves grows more severe with age, where its board says after how long.

`Board.settings["escalate_after"]` is a duration as documents write it ({"hours": 24}, {"business_days": 2}). After each
such span that the card is open without a break it goes one severity up, until it is critical.
"""

from datetime import datetime
from functools import lru_cache

import msgspec

from dashboards.boards.models import Board, Case
from dashboards.boards.placing import SEVERITIES
from postsale.tenants.shop import Shop
from workflows.catalog.calendars import calendar_of
from workflows.catalog.shelf import Announced
from workflows.engine.calendar import add
from workflows.engine.grammar import Duration
from workflows.engine.phrases import Phrases
from workflows.engine.reading import Reader


def escalates_at(case: Case, board: Board | None, shop: Shop) -> datetime | None:
    """When the card goes one severity up; None: never, as it stands."""
    said = board.settings.get("escalate_after") if board is not None else None
    if said is None or case.state != "open" or case.severity == SEVERITIES[-1]:
        return None
    after = _duration(msgspec.json.encode(said))
    return add(case.escalated_at or case.opened_at, after, calendar_of(shop)) if after is not None else None


def escalate(case: Case, board: Board, *, at: datetime) -> Announced:
    """One severity up, and what the log is told of it."""
    before = case.severity
    case.severity = SEVERITIES[SEVERITIES.index(before) + 1]
    case.escalated_at = at
    return Announced(
        type="exception.escalated", external_id=f"{case.id}:escalated:{at.isoformat()}", at=at,
        order_id=case.order_id, shipment_id=case.shipment_id, from_=before, to=case.severity,
        data={"board": board.slug, "case": str(case.id), "reason": case.reason},
    )  # fmt: skip


@lru_cache(maxsize=256)
def _duration(said: bytes) -> Duration | None:
    reader = Reader()
    duration = Phrases(reader).duration(msgspec.json.decode(said), "escalate_after")
    return None if reader.problems else duration
