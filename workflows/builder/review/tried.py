"""What is known of a version's outcomes before it goes live: its newest back-test, and on what share of orders it acts."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from postsale.orders.models import Order
from workflows.definitions.models import Workflow
from workflows.definitions.store import storable
from workflows.replay.models import Backtest

#: A back-test of the last 30 days: so long, and not older than this.
SPAN, SLACK, FRESH = timedelta(days=30), timedelta(hours=2), timedelta(days=7)


def newest_test(workflow: Workflow, document: dict[str, Any], *, is_done: bool = True) -> Backtest | None:
    """The newest back-test of exactly this document, finished or (`is_done` False) still under way."""
    return _tests(workflow, document, ("done",) if is_done else ("queued", "running")).first()


def month_test(workflow: Workflow, document: dict[str, Any], *, now: datetime) -> Backtest | None:
    """The newest finished back-test of this document over the last 30 days and all sales channels."""
    recent = _tests(workflow, document, ("done",)).filter(to_at__gte=now - FRESH, to_at__lte=now + SLACK)
    return next(
        (test for test in recent[:20] if abs(test.to_at - test.from_at - SPAN) <= SLACK and not test.options.get("channels")),
        None,
    )  # fmt: skip


def share_of(test: Backtest) -> float:
    """On how many orders it acts, per cent of those that came in during its days (0 to 100)."""
    acted = int((test.result or {}).get("orders", 0))
    return min(100.0, 100 * acted / max(1, orders_of(test))) if acted else 0.0


def orders_of(test: Backtest) -> int:
    """How many orders came in during the days of a back-test: were placed, or first heard of where nobody said when."""
    span = (test.from_at, test.to_at)
    came = Q(placed_at__range=span) | Q(placed_at=None, created_at__range=span)
    return Order.objects.filter(came, tenant_id=test.tenant_id).count()


def _tests(workflow: Workflow, document: dict[str, Any], states: tuple[str, ...]) -> QuerySet[Backtest]:
    return Backtest.objects.filter(
        tenant_id=workflow.tenant_id, workflow_id=workflow.id, state__in=states, document=storable(document)
    ).order_by("-id")
