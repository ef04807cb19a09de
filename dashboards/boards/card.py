"""One card in full: its reason, what the run that placed it found, the parcel and order, what happened to it, notes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from dashboards.boards.models import Board, Case, CaseEntry
from dashboards.boards.queries import CaseLine, lines
from dashboards.boards.saving import entry
from postsale.orders.models import Order, Shipment
from postsale.tenants.models import Member
from postsale.tenants.shop import Shop
from workflows.catalog.fields import field_at
from workflows.catalog.vocabulary import VOCABULARY
from workflows.engine import durations
from workflows.runs.models import StepRun

#: How much of a card's history the drawer shows.
LATEST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One comparison of a verdict, in the merchant's words; `holds` None: the value was missing."""

    field: str
    needed: str
    found: str
    holds: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """All that the drawer shows of a card."""

    line: CaseLine
    findings: Sequence[Finding]
    history: Sequence[CaseEntry]
    notes: Sequence[CaseEntry]
    order: Order | None
    parcel: Shipment | None
    ops_status: str


def card_of(boards: Sequence[Board], pk: UUID, *, shop: Shop) -> Card | None:
    """The card with this id on one of `boards`, or None. Eight queries."""
    tenant_id = shop.id
    case = Case.objects.filter(tenant_id=tenant_id, id=pk, board__in=[board.id for board in boards]).first()
    if case is None:
        return None
    entries = CaseEntry.objects.filter(tenant_id=tenant_id, case_id=case.id).order_by("-at", "-id")
    order = Order.objects.filter(tenant_id=tenant_id, id=case.order_id).first() if case.order_id else None
    parcel = Shipment.objects.filter(tenant_id=tenant_id, id=case.shipment_id).first() if case.shipment_id else None
    return Card(
        line=lines([case], {board.id: board for board in boards})[0],
        findings=list(_findings(tenant_id, case, shop)),
        history=list(entries.exclude(what="noted")[:LATEST]),
        notes=list(entries.filter(what="noted")[:LATEST]),
        order=order,
        parcel=parcel,
        ops_status=shop.ops_statuses.get(order.ops_status, order.ops_status) if order else "",
    )


def write_note(member: Member, pk: UUID, text: str, *, now: datetime) -> bool:
    """Add a person's note to the card's history, where its order's timeline shows it; False: there is no such card."""
    case = Case.objects.filter(tenant_id=member.tenant_id, id=pk).first()
    if case is None:
        return False
    entry(case, "noted", words=text, by={"kind": "person", "name": member.email}, now=now).save()
    return True


def _findings(tenant_id: int, case: Case, shop: Shop) -> Iterator[Finding]:
    if case.run_id is None:
        return
    steps = StepRun.objects.filter(tenant_id=tenant_id, run_id=case.run_id, verdict__isnull=False)
    for step in steps.order_by("position")[:20]:
        yield from _leaves(step.verdict or {}, shop)


def _leaves(verdict: Mapping[str, Any], shop: Shop) -> Iterator[Finding]:
    children = verdict.get("children") or ()
    if not children and verdict.get("field"):
        path, holds = str(verdict["field"]), verdict.get("holds")
        field = field_at(path)
        found = verdict.get("found")
        yield Finding(
            field=field.label if field else path.rpartition(".")[2].replace("_", " ").capitalize(),
            needed=f"{_OPS.get(str(verdict.get('op')), str(verdict.get('op')).replace('_', ' '))} "
            f"{_shown(path, verdict.get('expected'), shop)}".strip(),
            found="missing" if found is None else _shown(path, found, shop),
            holds=holds if isinstance(holds, bool) else None,
        )
    for child in children:
        yield from _leaves(child, shop)


def _shown(path: str, value: object, shop: Shop) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return durations.words(value)
    if isinstance(value, list | tuple):
        return " or ".join(_shown(path, each, shop) for each in value)
    if isinstance(value, str):
        return _moment(value, shop) or VOCABULARY.value(path, value)
    return str(value)


def _moment(text: str, shop: Shop) -> str:
    if len(text) < 19 or text[4:5] != "-" or text[10:11] != "T":
        return ""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return f"{at.astimezone(shop.zone):%-d %b %Y, %H:%M}" if at.tzinfo else ""


_OPS = {
    "is": "is", "is_not": "is not", "is_any_of": "is", "is_none_of": "is none of", "equals": "is", "not_equals": "is not",
    "gt": "more than", "gte": "at least", "lt": "less than", "lte": "at most", "has": "includes", "has_any": "includes",
    "has_all": "includes all of", "has_none": "includes none of", "older_than": "is older than",
}  # fmt: skip
