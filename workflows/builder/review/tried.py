"""What is known of a version's outcomes before it goes live: its newest back-test, and on what share of orders it acts."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

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
    """On how many orders it acts, per cent of those to which anything happened in its days (0 to 100)."""
    result = test.result or {}
    return 100 * int(result.get("orders", 0)) / max(1, int(result.get("all_orders", 0)))


def _tests(workflow: Workflow, document: dict[str, Any], states: tuple[str, ...]) -> QuerySet[Backtest]:
    return Backtest.objects.filter(
        tenant_id=workflow.tenant_id, workflow_id=workflow.id, state__in=states, document=storable(document)
    ).order_by("-id")
