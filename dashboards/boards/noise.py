"""Noise: how many cards a workflow made, and on how many of them people worked."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from dashboards.boards.models import Case

#: So many of the newest cards are looked at; beyond that the share tells as much.
MOST = 5_000


def cards_and_work(tenant_id: int, workflow_ids: Collection[UUID], since: datetime) -> Mapping[UUID, tuple[int, int]]:
    """workflow → (cards it made, of those: assigned, snoozed or resolved by a person), opened after `since`. One query."""
    newest = Case.objects.filter(tenant_id=tenant_id, opened_at__gte=since).order_by("-opened_at")[:MOST]
    worked = Q(assignee__isnull=False) | Q(snoozed_until__isnull=False) | Q(resolved_by__kind="person")
    rows = Case.objects.filter(tenant_id=tenant_id, id__in=newest.values("id"), workflow_id__in=workflow_ids).order_by()
    counted = rows.values_list("workflow_id").annotate(made=Count("id"), worked=Count("id", filter=worked))
    return {workflow_id: (made, done) for workflow_id, made, done in counted}
