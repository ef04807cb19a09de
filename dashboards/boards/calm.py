"""Calm: what an empty board can say, so that nobody wonders whether it still looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum

from dashboards.boards.models import Board, Case
from dashboards.boards.queries import CaseLine, lines
from postsale.tenants.shop import Shop
from workflows.runs.models import Occasion

DAYS = 30
LATEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Calm:
    """How much was checked in the last `days` days, and the cards that ended last without a person."""

    days: int
    checked: int
    ended: Sequence[CaseLine]


def news(boards: Sequence[Board], *, shop: Shop, now: datetime) -> Calm:
    """What happened while nothing needed anybody. Three queries."""
    first = now.astimezone(shop.zone).date() - timedelta(days=DAYS - 1)
    checked = Occasion.objects.filter(tenant_id=shop.id, day__gte=first).aggregate(n=Sum("count"))["n"] or 0
    known = {board.id: board for board in boards}
    rows = Case.objects.filter(tenant_id=shop.id, board__in=list(known), state="resolved", resolved_at__isnull=False)
    ended = list(rows.exclude(resolved_by__kind="person").order_by("-resolved_at")[:LATEST])
    return Calm(days=DAYS, checked=checked, ended=lines(ended, known))
