"""What becomes of a card may itself set off workflows: it is told to the log where a published workflow listens.

The event carries on the lineage of the run that placed the card, so that a workflow can't come back to itself by a
board. Nothing is stored where nobody listens.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from dashboards.boards.models import Case, CaseEntry
from workflows.catalog.shelf import Announced
from workflows.runs.models import Run

#: A line of a card's history → the event that it amounts to (DOMAIN.md section 5).
TYPES: Mapping[str, str] = {
    "opened": "exception.opened", "reopened": "exception.reopened", "resolved": "exception.resolved",
    "cleared": "exception.resolved", "removed": "exception.resolved",
}  # fmt: skip


def told(
    tenant_id: int,
    entries: Sequence[CaseEntry],
    cases: Mapping[UUID, Case],
    *,
    slugs: Mapping[UUID, str],
    listened: Collection[str],
) -> list[Announced]:
    """What of `entries` must be told, where the event types `listened` start workflows; at most one query."""
    found = [(TYPES[line.what], line, cases[line.case_id]) for line in entries if line.what in TYPES]
    found = [each for each in found if each[0] in listened]
    if not found:
        return []
    lineages = _lineages(tenant_id, [case.run_id for _, _, case in found if case.run_id is not None])
    return [
        Announced(
            type=type_, external_id=f"{case.id}:{line.what}:{line.at.isoformat()}", at=line.at, order_id=case.order_id,
            shipment_id=case.shipment_id, from_=None, to=slugs.get(case.board_id),
            data={"board": slugs.get(case.board_id), "case": str(case.id), "reason": line.words, "by": line.by},
            lineage=lineages.get(case.run_id) if case.run_id is not None else None,
        )
        for type_, line, case in found
    ]  # fmt: skip


def _lineages(tenant_id: int, runs: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """The lineage of what each run led to."""
    rows = Run.objects.filter(tenant_id=tenant_id, id__in=runs).values_list("id", "workflow_id", "event_id", "machine")
    return {pk: _goes_on(workflow_id, event_id, machine) for pk, workflow_id, event_id, machine in rows}


def _goes_on(workflow_id: UUID, event_id: UUID | None, machine: Mapping[str, Any]) -> dict[str, Any]:
    lineage = machine.get("lineage") or {}
    return {
        "root": lineage.get("root") or str(event_id or ""), "depth": int(lineage.get("depth", 0)) + 1,
        "chain": [*lineage.get("chain", ()), str(workflow_id)],
    }  # fmt: skip
