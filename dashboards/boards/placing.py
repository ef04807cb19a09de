"""Placing: what `board.add` and `board.remove` make of a card.

At most one card a board and subject: a repeat folds into it, a resolved one reopens with its memory, and a snoozed one
sleeps on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dashboards.boards.models import Case, CaseEntry
from dashboards.boards.saving import entry

SEVERITIES = ("info", "warning", "critical")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card that a run puts on a board. `look_at`: when time alone could end its `keep`."""

    board_id: UUID
    slug: str
    order_id: UUID | None
    shipment_id: UUID | None
    severity: str
    reason: str
    keep: Mapping[str, object] | None
    look_at: datetime | None
    event: Mapping[str, object]
    at: datetime
    run_id: UUID
    workflow_id: UUID
    workflow_name: str

    @property
    def subject(self) -> UUID:
        """The parcel, or else the order."""
        return self.shipment_id or self.order_id  # type: ignore[return-value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A run takes a subject's card off a board."""

    board_id: UUID
    slug: str
    subject: UUID
    at: datetime
    workflow_name: str


def open_card(tenant_id: int, card: Card) -> Case:
    """The subject's first card on the board."""
    return Case(
        tenant_id=tenant_id, board_id=card.board_id, subject=card.subject, order_id=card.order_id,
        shipment_id=card.shipment_id, severity=card.severity, reason=card.reason, opened_at=card.at,
        last_seen_at=card.at, keep=card.keep, event=dict(card.event), run_id=card.run_id, workflow_id=card.workflow_id,
    )  # fmt: skip


def fold_in(case: Case, card: Card) -> CaseEntry:
    """Another card of the same subject joins the one that is there."""
    is_back = case.state == "resolved"
    case.order_id = card.order_id or case.order_id
    case.reason, case.keep, case.event = card.reason, dict(card.keep) if card.keep else None, dict(card.event)
    case.run_id, case.workflow_id = card.run_id, card.workflow_id
    case.severity = card.severity if is_back else max(case.severity, card.severity, key=SEVERITIES.index)
    reopen(case, now=card.at) if is_back else _seen(case, now=card.at)
    return entry(case, "reopened" if is_back else "repeated", words=card.reason, by=by_workflow(card), now=card.at)


def take_off(case: Case, row: Removal) -> CaseEntry | None:
    """Resolve the card in the workflow's name; None when it isn't on the board."""
    if case.state == "resolved":
        return None
    words = f"taken off the board by {row.workflow_name}"
    close(case, by={"kind": "workflow", "name": row.workflow_name}, now=row.at)
    return entry(case, "removed", words=words, by={"kind": "workflow", "name": row.workflow_name}, now=row.at)


def reopen(case: Case, *, now: datetime) -> None:
    """Open again: assignee, count and history stay, the age begins anew."""
    case.state, case.opened_at = "open", now
    case.resolved_at = case.resolved_by = case.snoozed_until = case.scan_after = case.escalated_at = None
    _seen(case, now=now)


def close(case: Case, *, by: Mapping[str, object], now: datetime) -> None:
    """Resolve, and say by whom or by what."""
    case.state, case.resolved_at, case.resolved_by = "resolved", now, dict(by)
    case.snoozed_until = case.scan_after = None


def wake_up(case: Case) -> None:
    """Its sleep is over."""
    case.state, case.snoozed_until, case.scan_after = "open", None, None


def next_look(case: Case, horizon: datetime | None) -> datetime | None:
    """When to look at the card again without anything happening: its keep's horizon, or the end of its snooze."""
    if case.state == "resolved" and (case.resolved_by or {}).get("kind") != "cleared":
        return None
    return min((at for at in (horizon, case.snoozed_until) if at is not None), default=None)


def _seen(case: Case, *, now: datetime) -> None:
    case.count += 1
    case.last_seen_at = max(case.last_seen_at, now)


def by_workflow(card: Card) -> dict[str, object]:
    """Who placed a card."""
    return {"kind": "workflow", "name": card.workflow_name, "run": str(card.run_id)}
