"""The pages of messages: their list, one of them as it was sent, and sending again."""

from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_GET, require_POST

from postsale.orders.models import Order
from postsale.tenants import audit
from postsale.tenants.access import WORKERS, member_of, members_only, require_role, shop_of
from postsale.tenants.models import Member
from postsale.web.paging import BadCursorError
from postsale.web.toasts import toast
from workflows.definitions.models import Workflow
from workflows.history.addresses import address
from workflows.history.messages import lines
from workflows.history.messages.fates import KINDS, message_lines
from workflows.history.messages.letters import call_of, letter_of
from workflows.history.policies import LETTER, WITH_FRAME
from workflows.runs import again
from workflows.runs.models import Outbox, Run


@require_GET
@members_only
def message_list(request: HttpRequest) -> HttpResponse:
    """Messages that fit the filters, newest first."""
    member = member_of(request)
    filters = _filters(request)
    shop = shop_of(request)
    try:
        found, more = lines.page(member.tenant_id, filters, shop, cursor=request.GET.get("cursor", ""))
    except BadCursorError as error:
        raise BadRequest("This page of the list can't be found any more.") from error
    query = request.GET.copy()
    query.pop("cursor", None)
    context = {
        "lines": found, "more": more and f"?{query.urlencode()}&cursor={more}", "filters": filters,
        "may_send": member.role in WORKERS, "has_orders": bool(address("order", UUID(int=0))),
    }  # fmt: skip
    if request.headers.get("HX-Request"):
        return render(request, "workflows/history/messages.html#rows", context)
    counts = lines.counts(member.tenant_id)
    context |= {
        "tabs": [(key, label, counts.get(key)) for key, (label, _) in lines.TABS.items()], "kinds": KINDS.items(),
        "most": lines.MOST_COUNTED, "dead": counts["dead"],
    }  # fmt: skip
    return render(request, "workflows/history/messages.html", context)


@require_GET
@members_only
@csp_override(WITH_FRAME)
def message_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One message: what became of it, what it says, and what it came from."""
    member = member_of(request)
    message = _the_message(member, pk)
    shop = shop_of(request)
    run = Run.objects.filter(tenant_id=member.tenant_id, id=message.run_id).first() if message.run_id else None
    of_run = Workflow.objects.filter(tenant_id=member.tenant_id, id=run.workflow_id).first() if run else None
    order = Order.objects.filter(tenant_id=member.tenant_id, id=message.order_id).first() if message.order_id else None
    [line] = message_lines(member.tenant_id, [message], shop)
    context = {
        "line": line, "message": message, "run": run, "workflow": of_run, "order": order,
        "order_url": address("order", message.order_id) if message.order_id else "",
        "letter": letter_of(message, shop) if message.kind == "email" and message.content else None,
        "call": call_of(message) if message.kind == "webhook" else None,
        "may_send": member.role in WORKERS and line.may_retry,
    }  # fmt: skip
    return render(request, "workflows/history/message.html", context)


@require_GET
@members_only
@csp_override(LETTER)
@xframe_options_sameorigin
def letter_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The HTML of an e-mail alone, for the frame: no scripts, no forms, nothing from elsewhere, an origin of its own."""
    member = member_of(request)
    message = _the_message(member, pk)
    html = letter_of(message, shop_of(request)).html if message.kind == "email" else ""
    if not html:
        raise Http404("This message has no HTML.")
    return HttpResponse(html)


@require_POST
@members_only
def retry(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send a message again that failed or was given up."""
    member = require_role(request, *WORKERS)
    _the_message(member, pk)
    try:
        again.retry_message(pk, tenant_id=member.tenant_id, now=timezone.now())
    except again.NotOverError:
        toast(request, "There is nothing to send again: it is on its way, or it was sent.", is_problem=True)
    else:
        _note(member, str(pk))
        toast(request, "The message is on its way again.")
    return redirect(reverse("message", args=[pk]))


@require_POST
@members_only
def retry_given_up(request: HttpRequest) -> HttpResponse:
    """Send all given-up messages again, the newest first, as many as one click may."""
    member = require_role(request, *WORKERS)
    n = again.retry_given_up(tenant_id=member.tenant_id, most=lines.MOST_AT_ONCE, now=timezone.now())
    if n:
        _note(member, f"{n} messages")
    words = "1 message is on its way again." if n == 1 else f"{n} messages are on their way again."
    toast(request, words if n else "Nothing was given up.")
    return redirect(reverse("messages"))


def _filters(request: HttpRequest) -> lines.MessageFilters:
    tab, kind = request.GET.get("tab", "all"), request.GET.get("kind", "")
    if tab not in lines.TABS or (kind and kind not in KINDS):
        raise BadRequest("There are no such messages.")
    number = request.GET.get("order", "").replace("\0", "").strip()[:200]
    return lines.MessageFilters(tab=tab, kind=kind, number=number)


def _the_message(member: Member, pk: UUID) -> Outbox:
    found = Outbox.objects.filter(tenant_id=member.tenant_id, id=pk).first()
    if found is None:
        raise Http404("There is no such message.")
    return found


def _note(member: Member, target: str) -> None:
    audit.write(member.tenant_id, actor=member.email, action="message.retried", now=timezone.now(), target=target)
