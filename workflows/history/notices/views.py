"""The notices of the member who looks."""

from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from postsale.live.push import push
from postsale.orders.models import Order
from postsale.tenants.access import member_of, members_only
from postsale.web.paging import BadCursorError
from postsale.web.toasts import toast
from workflows.history.addresses import address
from workflows.history.notices import reading


@require_GET
@members_only
def notice_list(request: HttpRequest) -> HttpResponse:
    """The member's notices, newest first."""
    member = member_of(request)
    try:
        found, more = reading.page(member, cursor=request.GET.get("cursor", ""))
    except BadCursorError as error:
        raise BadRequest("This page of the list can't be found any more.") from error
    ids = {each.order_id for each in found if each.order_id is not None}
    orders = dict(Order.objects.filter(tenant_id=member.tenant_id, id__in=ids).values_list("id", "number"))
    notices = [
        (each, orders.get(each.order_id, "") if each.order_id else "", address("order", each.order_id) if each.order_id else "")
        for each in found
    ]  # fmt: skip
    unread = reading.unread(member.tenant_id, member.id)
    context = {"notices": notices, "more": more, "unread": unread}
    return render(request, "workflows/history/notices.html", context)


@require_POST
@members_only
def mark_read(request: HttpRequest) -> HttpResponse:
    """Mark one notice (`notice`) or all of them as read."""
    member = member_of(request)
    said = request.POST.get("notice", "")
    try:
        ids = [UUID(said)] if said else None
    except ValueError as error:
        raise Http404("There is no such notice.") from error
    n = reading.mark_read(member, ids, now=timezone.now())
    if n:
        push([(reading.topic_of(member), None)])
    if ids is None:
        toast(request, f"{n} marked as read." if n else "Everything was read already.")
    return redirect("notifications")
