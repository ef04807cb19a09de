"""The platform area: tenants, one tenant, how the installation is doing, what staff did. For staff only."""

import secrets
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboards.operations import acts, health, tenants
from dashboards.operations.forms import LimitsForm, SuspendForm, TenantForm, VisitForm
from dashboards.operations.models import PlatformEntry
from dashboards.operations.staff import staff_of, staff_only
from postsale.tenants.create import NotMadeError, create_tenant
from postsale.tenants.middleware import switch
from postsale.tenants.models import Tenant, User
from postsale.web.toasts import toast

LOG_PAGE = 50
STATES = (("", "All"), ("active", "Active"), ("suspended", "Suspended"))


@require_GET
@staff_only
def tenant_list(request: HttpRequest) -> HttpResponse:
    """Tenants, newest first, found by name or short name."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:120]
    state = request.GET.get("state", "") if request.GET.get("state", "") in dict(STATES) else ""
    before = request.GET.get("before", "")
    found, more = tenants.find(text, state=state, before=int(before) if before.isdecimal() and len(before) < 18 else 0)
    lines = tenants.described(found, now=timezone.now())
    context = {"lines": lines, "more": more, "text": text, "state": state, "states": STATES}
    return render(request, "dashboards/operations/tenants.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only
def tenant_new(request: HttpRequest) -> HttpResponse:
    """Make a tenant; what was made for it is shown once."""
    form = TenantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        owner = said["owner"].strip().lower()
        is_known = User.objects.filter(email=owner).exists()
        password = said["password"] or secrets.token_urlsafe(12)
        now = timezone.now()
        try:
            made = create_tenant(
                said["name"], slug=said["slug"], owner=owner, password=password, timezone=said["timezone"], now=now
            )
        except NotMadeError as error:
            form.add_error(None, f"{str(error)[:1].upper()}{str(error)[1:]}.")
        else:
            acts.note(
                staff_of(request), "tenant.created", now=now, target=made.slug, tenant_id=made.tenant_id, owner=owner
            )
            shown = "" if is_known or said["password"] else password
            context = {"made": made, "name": said["name"], "owner": owner, "password": shown, "is_known": is_known}
            return render(request, "dashboards/operations/made.html", context)
    status = 422 if form.errors else 200
    return render(request, "dashboards/operations/new.html", {"form": form}, status=status)


@require_GET
@staff_only
def tenant_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One tenant: figures, people, limits, what was done to it."""
    return _page(request, pk)


@require_POST
@staff_only
def suspend(request: HttpRequest, pk: int) -> HttpResponse:
    """Shut a shop, with a reason."""
    row = _tenant(pk)
    form = SuspendForm(request.POST)
    if not form.is_valid():
        return _page(request, pk, suspend_form=form)
    if acts.suspend(pk, reason=form.cleaned_data["reason"], actor=staff_of(request), now=timezone.now()):
        toast(request, f"{row.name} is suspended.")
    return redirect("platform_tenant", pk)


@require_POST
@staff_only
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a shop again."""
    row = _tenant(pk)
    if acts.resume(pk, actor=staff_of(request), now=timezone.now()):
        toast(request, f"{row.name} is open again.")
    return redirect("platform_tenant", pk)


@require_POST
@staff_only
def enter(request: HttpRequest, pk: int) -> HttpResponse:
    """Go into a shop that is open, with a reason, for an hour."""
    row = _tenant(pk)
    form = VisitForm(request.POST)
    if row.state != "active" or not form.is_valid():
        return _page(request, pk, visit_form=form)
    said = form.cleaned_data
    acts.enter(pk, user=cast("User", request.user), role=said["role"], reason=said["why"], now=timezone.now())
    switch(request, pk)
    return redirect("/")


@require_POST
@staff_only
def limits(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what a tenant may ask for."""
    row = _tenant(pk)
    form = LimitsForm(request.POST)
    if not form.is_valid():
        return _page(request, pk, limits_form=form)
    acts.set_limits(pk, form.limits(), actor=staff_of(request), now=timezone.now())
    toast(request, f"Limits of {row.name} saved. They hold within a second.")
    return redirect("platform_tenant", pk)


@require_GET
@staff_only
def operations(request: HttpRequest) -> HttpResponse:
    """How the installation is doing."""
    return render(request, "dashboards/operations/operations.html", {"health": health.look(now=timezone.now())})


@require_POST
@staff_only
def retry_dead(request: HttpRequest) -> HttpResponse:
    """Send dead messages again: one tenant's, or those of all that the page shows."""
    said = [int(each) for each in request.POST.getlist("tenant") if each.isdecimal() and len(each) < 18]
    known = tenants.names(said[: health.LOOKED_INTO])
    done = acts.retry_dead(list(known), actor=staff_of(request), now=timezone.now())
    toast(
        request,
        f"{done:,} message{'' if done == 1 else 's'} queued again." if done else "There was nothing to send again.",
    )
    return redirect("platform_operations")


@require_GET
@staff_only
def log(request: HttpRequest) -> HttpResponse:
    """What staff did, newest first."""
    offset = request.GET.get("from", "0")
    start = int(offset) if offset.isdecimal() and len(offset) < 9 else 0
    rows = list(PlatformEntry.objects.order_by("-at", "-id")[start : start + LOG_PAGE + 1])
    context = {"entries": rows[:LOG_PAGE], "more": start + LOG_PAGE if len(rows) > LOG_PAGE else 0}
    return render(request, "dashboards/operations/log.html", context)


def _tenant(pk: int) -> Tenant:
    row = tenants.one(pk)
    if row is None:
        raise Http404("no such tenant")
    return row


def _page(
    request: HttpRequest,
    pk: int,
    *,
    suspend_form: SuspendForm | None = None,
    limits_form: LimitsForm | None = None,
    visit_form: VisitForm | None = None,
) -> HttpResponse:
    row = _tenant(pk)
    context = {
        "line": tenants.described([row], now=timezone.now())[0],
        "people": tenants.people(pk),
        "acts": tenants.latest(pk),
        "reason": (row.settings.get("suspended") or {}).get("reason", ""),
        "suspend_form": suspend_form or SuspendForm(),
        "visit_form": visit_form or VisitForm(),
        "limits_form": limits_form or LimitsForm(initial=row.settings.get("limits") or {}),
    }
    status = 422 if suspend_form or limits_form or visit_form else 200
    return render(request, "dashboards/operations/tenant.html", context, status=status)
