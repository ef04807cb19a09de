"""Why, or why not: what one workflow makes of any order, with the smallest change that would make it act."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from postsale.orders.identity import order_key
from postsale.orders.models import Order
from postsale.tenants.access import member_of, members_only, shop_of
from workflows.definitions.models import Workflow
from workflows.history.addresses import address
from workflows.history.tracing.recorded import asked
from workflows.history.words import humane, sentence_case
from workflows.replay.explain import verdicts

#: outcome → (label, tone, icon).
OUTCOMES: Mapping[str, tuple[str, str, str]] = {
    "fired": ("Acted", "ok", "check"),
    "waiting": ("Waiting", "info", "hourglass"),
    "not_fired": ("Did not act", "", "circle-minus"),
    "never_triggered": ("Never triggered", "", "circle-dot"),
}
LONGEST = 200


@require_GET
@members_only
def why(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask with `?order=` (a number, or an id): why the workflow acted on it, or did not."""
    member = member_of(request)
    workflow = Workflow.objects.filter(tenant_id=member.tenant_id, id=pk).first()
    if workflow is None:
        raise Http404("There is no such workflow.")
    said = request.GET.get("order", "").replace("\0", "").strip()[:LONGEST]
    order = _order(member.tenant_id, said) if said else None
    context = {
        "workflow": workflow, "workflow_url": address("workflow", pk), "said": order.number if order else said,
        "order": order, "order_url": address("order", order.id) if order else "", "is_unknown": bool(said) and order is None,
    } | (_answer(request, workflow, order) if order is not None else {})  # fmt: skip
    return render(request, "workflows/history/why.html", context)


def _answer(request: HttpRequest, workflow: Workflow, order: Order) -> dict[str, Any]:
    shop = shop_of(request)
    rows = verdicts(order.id, now=timezone.now(), only=workflow.id)
    if not rows:
        return {"words": "This workflow is archived, so it looks at nothing any more."}
    [row] = rows
    label, tone, icon = OUTCOMES[row["outcome"]]
    return {
        "label": label, "tone": tone, "icon": icon, "words": sentence_case(humane(row["words"], shop)),
        "flip": humane(row["flip"] or "", shop), "table": asked(row["verdict"], shop),
        "run_url": address("run", UUID(row["run"])) if row["run"] else "",
    }  # fmt: skip


def _order(tenant_id: int, said: str) -> Order | None:
    """The order with that id, or the newest with that number."""
    rows = Order.objects.filter(tenant_id=tenant_id)
    try:
        return rows.filter(id=UUID(said)).first()
    except ValueError:
        return rows.filter(number_key=order_key(said)).order_by("-id").first()
