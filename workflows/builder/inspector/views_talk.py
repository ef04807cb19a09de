"""What answers while a workflow is built: how many events match, how a text reads, what one real order would meet."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_GET

from postsale.orders.models import Order
from postsale.tenants.access import member_of, members_only
from postsale.web.frames import LETTER
from workflows.builder import draft, pills
from workflows.builder.inspector import forms
from workflows.builder.inspector.controls import Json
from workflows.builder.inspector.preview import Preview, preview
from workflows.builder.inspector.views import ROOM, shop_request, step_of, workflow_of
from workflows.builder.live_line import count_matches
from workflows.builder.operations import steps_of
from workflows.catalog.vocabulary import VOCABULARY
from workflows.definitions.models import Workflow

KEPT = "tried_order"


@members_only
@require_GET
def matches(request: HttpRequest, pk: UUID, where: str) -> HttpResponse:
    """The line under the condition `?at=` of a step."""
    workflow = workflow_of(request, pk)
    working = draft.load(workflow, member=member_of(request))
    step = step_of(working.document, where)
    condition = forms.condition_at(step, request.GET.get("at", "if")) if step is not None else None
    line = count_matches(
        condition, working.document["trigger"], shop=shop_request(request).shop, names=working.names, now=timezone.now()
    )
    return render(request, f"{ROOM}matches.html", {"line": line})


@members_only
@require_GET
def letter(request: HttpRequest, pk: UUID, where: str) -> HttpResponse:
    """The texts of a step, filled in with the order that is being tried."""
    workflow = workflow_of(request, pk)
    step, shown = _preview(request, workflow, where)
    kind = {"email.customer": "mail", "notify.team": "notice"}.get(str((step or {}).get("action")), "")
    context = {"preview": shown, "kind": kind, "step": step, "workflow": workflow, "where": where}
    return render(request, f"{ROOM}preview.html", context)


@members_only
@require_GET
@csp_override(LETTER)
@xframe_options_sameorigin
def letter_page(request: HttpRequest, pk: UUID, where: str) -> HttpResponse:
    """The letter alone, for the frame: no scripts, no forms, nothing from elsewhere, an origin of its own."""
    _, shown = _preview(request, workflow_of(request, pk), where)
    return HttpResponse(shown.html if shown is not None else "")


def _preview(request: HttpRequest, workflow: Workflow, where: str) -> tuple[Json | None, Preview | None]:
    """The step, and its texts on the order that is being tried; None for what there isn't."""
    working = draft.load(workflow, member=member_of(request))
    step, trigger = step_of(working.document, where), working.document["trigger"]
    order_id = _chosen(request, workflow, trigger)
    if order_id is None or step is None:
        return step, None
    shop = shop_request(request).shop
    return step, preview(step, order_id, trigger=trigger, shop=shop, now=timezone.now())


@members_only
@require_GET
def tried(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How the run would go on one real order, and a pill for every card. `?number=` chooses another order, `?off=1`
    ends it."""
    workflow = workflow_of(request, pk)
    working = draft.load(workflow, member=member_of(request))
    tenant_id, asked = shop_request(request).tenant_id, request.GET.get("number")
    context = {"workflow": workflow, "number": asked or "", "orders": [], "tried": None, "step_ids": _ids(working)}
    if request.GET.get("off"):
        _keep(request, workflow, None)
        return render(request, f"{ROOM}try.html", context)
    if asked is None and _kept(request, workflow) is None:
        return render(request, f"{ROOM}try.html", context)
    found = pills.found_orders(tenant_id, asked.strip()[:200].replace("\0", "")) if asked and asked.strip() else []
    order_id = found[0].id if found else _chosen(request, workflow, working.document["trigger"])
    if asked and asked.strip() and not found:
        context["nothing"] = f"There is no order {asked.strip()[:60]}."
    elif order_id is None:
        context["nothing"] = "There are no orders yet to try it on."
    else:
        order = Order.objects.only("id", "number", "sales_channel").get(tenant_id=tenant_id, id=order_id)
        _keep(request, workflow, order_id)
        context |= {
            "channel": VOCABULARY.value("order.sales_channel", order.sales_channel),
            "order": order, "number": order.number, "tried": pills.try_on(working, order_id, now=timezone.now()),
            "others": [
                f"{each.number} ({VOCABULARY.value('order.sales_channel', each.sales_channel)})"
                for each in found if each.id != order_id
            ],
        }  # fmt: skip
    return render(request, f"{ROOM}try.html", context)


@members_only
@require_GET
def numbers(request: HttpRequest) -> HttpResponse:
    """The orders whose number begins with `?number=`, as suggestions."""
    text = request.GET.get("number", "").strip()[:200].replace("\0", "")
    orders = pills.found_orders(shop_request(request).tenant_id, text)
    return render(request, f"{ROOM}numbers.html", {"orders": orders})


def _ids(working: draft.Working) -> list[str]:
    return [step["id"] for step in steps_of(working.document)]


def _chosen(request: HttpRequest, workflow: Workflow, trigger: dict[str, object]) -> UUID | None:
    """The order that the person tries this workflow on: the one they chose, else the newest that would trigger."""
    tenant_id = shop_request(request).tenant_id
    kept = _kept(request, workflow)
    if kept is not None and Order.objects.filter(tenant_id=tenant_id, id=kept).exists():
        return kept
    return pills.newest_order(tenant_id, trigger)


def _kept(request: HttpRequest, workflow: Workflow) -> UUID | None:
    kept = request.session.get(KEPT)
    said = kept.get(str(workflow.id)) if isinstance(kept, dict) else None
    return UUID(said) if isinstance(said, str) else None


def _keep(request: HttpRequest, workflow: Workflow, order_id: UUID | None) -> None:
    """Remembered with the session, for this workflow alone."""
    said = str(order_id) if order_id is not None else None
    if (request.session.get(KEPT) or {}).get(str(workflow.id)) != said:
        request.session[KEPT] = {str(workflow.id): said} if said else {}
