"""Telling: a page of an order's story, each event with what the workflows made of it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.urls import reverse

from dashboards.boards.models import CaseEntry
from dashboards.orders import wording
from dashboards.orders.lines import Decision, Deed, Told
from dashboards.orders.timeline import Entry, Span, Story, story
from postsale.events.models import Event
from postsale.tenants.shop import Shop
from workflows.history.addresses import address
from workflows.history.words import humane, sentence_case
from workflows.runs.models import Outbox, Run

#: A report that reached us this much later than it happened is marked as late.
LATE = timedelta(hours=1)
_DEEDS: Mapping[str, tuple[str, str]] = {
    "done": ("check", "ok"), "failed": ("triangle-alert", "crit"), "suppressed": ("ban", "warn"),
    "waiting": ("hourglass", "info"), "skipped": ("circle-minus", ""),
}  # fmt: skip


def tell(span: Span, *, shop: Shop, me: str) -> tuple[list[Told], Story]:
    """A page of the story in words, and the story itself. At most four queries, however long it is."""
    found = story(span)
    return [_told(entry, span, found, shop=shop, me=me) for entry in found.entries], found


def _told(entry: Entry, span: Span, found: Story, *, shop: Shop, me: str) -> Told:
    row = entry.row
    match row:
        case Event():
            is_edit = entry.kind == "edit"
            line = (
                wording.edit_line(row, shop=shop, me=me)
                if is_edit
                else wording.event_line(row, is_only_parcel=len(span.parcels) < 2)
            )
            told = Told(
                id=row.id.hex, kind=entry.kind, at=entry.at, line=line,
                late=not is_edit and not row.is_backfill and entry.received_at - entry.at > LATE,
                body="" if is_edit else reverse("order_event", args=[span.order_id, row.id]),
                decisions=[_decision(run, shop) for run in found.below.get(row.id, ())],
            )  # fmt: skip
        case Run():
            own = _decision(row, shop)
            told = Told(id=row.id.hex, kind=entry.kind, at=entry.at, line=own.line, url=own.url, decision=own)
        case Outbox():
            told = Told(
                id=row.id.hex, kind=entry.kind, at=entry.at, line=wording.message_line(row, shop=shop),
                url=address("message", row.id), is_pending=row.status == "queued",
            )  # fmt: skip
        case CaseEntry():
            line = wording.case_line(row, shop=shop, board=getattr(row, "board_name", None) or "a board", me=me)
            told = Told(id=row.id.hex, kind=entry.kind, at=entry.at, line=line)
    return told


def _decision(run: Run, shop: Shop) -> Decision:
    """What a run of a story did, in words."""
    steps: Sequence[Mapping[str, Any]] = run.steps  # type: ignore[attr-defined]  # annotated by the story
    name = run.workflow_name or "A workflow"  # type: ignore[attr-defined]  # as above
    return Decision(
        id=run.id, line=wording.run_line(run, shop=shop, name=name),
        deeds=[_deed(step, shop) for step in steps if step["kind"] == "action"],
        has_conditions=any(step["kind"] == "condition" for step in steps), url=address("run", run.id),
    )  # fmt: skip


def _deed(step: Mapping[str, Any], shop: Shop) -> Deed:
    icon, tone = _DEEDS.get(step["state"], ("circle-dot", ""))
    said = step["error"] or str((step["result"] or {}).get("words") or step["step"].replace("_", " "))
    return Deed(words=sentence_case(humane(said, shop)), icon=icon, tone=tone)
