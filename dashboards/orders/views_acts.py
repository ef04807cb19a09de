"""What people do about an order: its status, tags, owner and notes, and its cards. Each act says what it did, and most can
be undone by one click. A browser with scripts stays on the page and gets it as it is now; others are sent back to it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from dashboards.boards import cases, snoozing
from dashboards.boards.models import Case
from dashboards.orders.showing import tell
from dashboards.orders.timeline import parcels_of
from dashboards.orders.views import order_context, shop_of, the_order
from postsale.orders.edit_by_person import edit_order, hold_order
from postsale.orders.facts import OrderFacts
from postsale.tenants import audit
from postsale.tenants.access import WORKERS, members_only, require_role
from postsale.tenants.models import Member
from postsale.tenants.shop import Shop
from postsale.web.toasts import toast
from workflows.definitions.models import Workflow
from workflows.runs.start import NotStartedError, start_manually

LONGEST_TAG = 255
LONGEST_NOTE = 10_000
#: The act that takes each one back, and with which value: the old one, or the same one again.
_UNDO = {"ops_status": "ops_status", "assignee": "assignee", "add_tag": "remove_tag", "remove_tag": "add_tag"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is asked: a field of `postsale.orders.edit`, its new value, and (for an undo) what it must still be."""

    field: str
    value: str
    was: str | None


class RefusedError(ValueError):
    """What a person asked can't be done; the message says why, and what to do."""


@require_POST
@members_only
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change one thing of the order; an undo says the same in its address. Answers with the order's page."""
    member, shop = require_role(request, *WORKERS), shop_of(request)
    the_order(member, pk)
    said = _said(request)
    try:
        _check(said, shop)
        hold_order(pk)
        before = msgspec.convert(the_order(member, pk).body, OrderFacts)
        _check_unchanged(said, before)
    except RefusedError as problem:
        toast(request, str(problem), is_problem=True)
        return _page(request, pk)
    by = {"kind": "person", "name": member.email}
    value: object = said.value or None if said.field == "assignee" else said.value
    if edit_order(pk, {said.field: value}, by, timezone.now()):
        tell(member.tenant_id, [pk])
        toast(request, _done(said, shop, member), undo=_undo(said, before, pk) if said.was is None else "")
    return _page(request, pk)


@require_POST
@members_only
def act_on_card(request: HttpRequest, pk: UUID, card: UUID, what: str) -> HttpResponse:
    """Resolve, snooze, take, release or reopen a card of the order. Answers with the order's page."""
    member = require_role(request, *WORKERS)
    the_order(member, pk)
    if what not in CARD_ACTS:
        raise Http404("nothing of that name can be done to a card")
    case = Case.objects.filter(tenant_id=member.tenant_id, id=card).select_related("board").first()
    if case is None or (case.order_id != pk and case.shipment_id not in parcels_of(member.tenant_id, pk)):
        raise Http404("no such card of this order")
    try:
        words, undo = CARD_ACTS[what](request, case, member, timezone.now())
    except cases.CaseEditError as error:
        toast(request, f"{error.problem[:1].upper()}{error.problem[1:]}. Expected {error.expected}.", is_problem=True)
    else:
        address = reverse("order_card", args=[pk, card, undo]) if undo else ""
        toast(request, words, undo=address)
    return _page(request, pk)


@require_POST
@members_only
def start(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Run a workflow for the order by hand. Answers with the order's page."""
    member, now = require_role(request, *WORKERS), timezone.now()
    the_order(member, pk)
    try:
        wanted = UUID(request.POST.get("workflow", ""))
    except ValueError as error:
        raise Http404("no such workflow") from error
    workflow = get_object_or_404(Workflow, tenant_id=member.tenant_id, id=wanted)
    try:
        runs = start_manually(workflow, pk, by=member.email, now=now)
    except NotStartedError as problem:
        toast(request, str(problem), is_problem=True)
        return _page(request, pk)
    detail = {"order": str(pk), "runs": [str(run) for run in runs]}
    audit.write(
        member.tenant_id, actor=member.email, action="workflow.started", now=now, target=str(workflow.id), detail=detail
    )
    tell(member.tenant_id, [pk])
    toast(request, f"“{workflow.name}” started. What it does appears in the timeline.")
    return _page(request, pk)


def _page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The order as it is now: where scripts run only what may have changed of its page, with what was just done."""
    if not request.headers.get("HX-Request"):
        return redirect("order", pk)
    return render(request, "dashboards/orders/acted.html", order_context(request, pk))


def _said(request: HttpRequest) -> Said:
    for said in (request.POST, request.GET):
        for field in (*_UNDO, "add_note"):
            if field in said:
                return Said(field=field, value=said[field].replace("\0", "").strip(), was=request.GET.get("was"))
    raise BadRequest("nothing to change was named")


def _check(said: Said, shop: Shop) -> None:
    match said.field:
        case "ops_status" if said.value not in shop.ops_statuses:
            raise RefusedError("Your shop has no such status. Pick one from the list.")
        case "assignee" if said.value and said.value not in shop.members:
            raise RefusedError(f"{said.value[:80]} is not a member of this shop. Pick one from the list.")
        case "add_tag" if not said.value or len(said.value) > LONGEST_TAG:
            raise RefusedError(f"A tag has between 1 and {LONGEST_TAG} characters.")
        case "add_note" if not said.value or len(said.value) > LONGEST_NOTE:
            raise RefusedError(f"A note has between 1 and {LONGEST_NOTE:,} characters.")
        case _:
            return


def _check_unchanged(said: Said, facts: OrderFacts) -> None:
    if said.was is not None and _now(said.field, facts) != said.was:
        raise RefusedError("Somebody has changed it since, so nothing was undone.")


def _now(field: str, facts: OrderFacts) -> str:
    return str(getattr(facts, field, "") or "")


def _done(said: Said, shop: Shop, member: Member) -> str:
    match said.field:
        case "ops_status":
            return f"Status set to {shop.ops_statuses[said.value]}."
        case "assignee":
            who = "you" if said.value == member.email else said.value
            return f"Assigned to {who}." if said.value else "Assigned to nobody."
        case "add_tag":
            return f"Tag “{said.value}” added."
        case "remove_tag":
            return f"Tag “{said.value}” removed."
        case _:
            return "Note added."


def _undo(said: Said, before: OrderFacts, pk: UUID) -> str:
    """The address that takes it back, "" for a note."""
    back = _UNDO.get(said.field)
    if back is None:
        return ""
    query = {back: said.value} if back != said.field else {back: _now(said.field, before), "was": said.value}
    return f"{reverse('order_edit', args=[pk])}?{urlencode(query)}"


type CardAct = Callable[[HttpRequest, Case, Member, datetime], tuple[str, str]]


def _resolve(request: HttpRequest, case: Case, member: Member, now: datetime) -> tuple[str, str]:
    cases.resolve([case.id], member=member, reason=request.POST.get("reason", ""), now=now)
    return f"Card on {case.board.name} resolved.", "reopen"


def _snooze(request: HttpRequest, case: Case, member: Member, now: datetime) -> tuple[str, str]:
    shop = shop_of(request)
    said = request.POST.get("until", "tomorrow")
    until = snoozing.end_of(said, shop, now)
    cases.snooze([case.id], member=member, until=until, now=now, is_for_scan=said == "moves")
    return f"Card on {case.board.name} {snoozing.words(said, until, shop)}.", "reopen"


def _take(request: HttpRequest, case: Case, member: Member, now: datetime) -> tuple[str, str]:
    had = case.assignee
    cases.assign([case.id], member=member, assignee=member.email, now=now)
    return f"Card on {case.board.name} assigned to you.", "" if had else "release"


def _release(request: HttpRequest, case: Case, member: Member, now: datetime) -> tuple[str, str]:
    cases.assign([case.id], member=member, assignee=None, now=now)
    return f"Card on {case.board.name} assigned to nobody.", ""


def _reopen(request: HttpRequest, case: Case, member: Member, now: datetime) -> tuple[str, str]:
    cases.reopen([case.id], member=member, now=now)
    return f"Card on {case.board.name} opened again.", ""


CARD_ACTS: dict[str, CardAct] = {
    "resolve": _resolve, "snooze": _snooze, "take": _take, "release": _release, "reopen": _reopen,
}  # fmt: skip
