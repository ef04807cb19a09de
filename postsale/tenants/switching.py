"""The menu of shops in the top bar: whose they are, and going to another one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from postsale.tenants import visiting
from postsale.tenants.access import member_of, members_only
from postsale.tenants.middleware import switch, without_tenant
from postsale.tenants.models import Member, Role, Tenant
from postsale.tenants.scope import person
from postsale.web import preferences
from postsale.web.toasts import toast


@without_tenant
@require_http_methods(["GET", "POST"])
def shops(request: HttpRequest) -> HttpResponse:
    """The person's shops as a menu; a POST with `shop` (a tenant's id) goes there."""
    user_id = request.user.pk
    if user_id is None:
        return redirect("account_login")
    if request.method == "POST":
        said = request.POST.get("shop", "")
        if said.isascii() and said.isdecimal() and len(said) < 16:
            switch(request, int(said))
        return redirect("/")
    with person(user_id):
        roles = dict(Member.objects.filter(user_id=user_id).values_list("tenant_id", "role")[:500])
        names = dict(Tenant.objects.filter(id__in=roles).values_list("id", "name"))
    lines = [
        {"tenant_id": tenant_id, "name": names.get(tenant_id, "?"), "role": Role(role).label}
        for tenant_id, role in roles.items()
    ]
    lines.sort(key=lambda line: str(line["name"]).casefold())
    return render(request, "postsale/shops.html", {"shops": lines})


@require_POST
@members_only
def leave(request: HttpRequest) -> HttpResponse:
    """Staff leave the shop that they visit."""
    member = member_of(request)
    if member.visits_until is not None:
        visiting.leave(member, by=member.email, now=timezone.now())  # noqa: TID251 -- a view is an edge
        toast(request, "You left the shop.")
    return redirect("/")


@without_tenant
@require_POST
def prefer(request: HttpRequest) -> HttpResponse:
    """Keep what a person prefers to see, and go back to the page they were on."""
    user = request.user
    if user.is_authenticated:
        said: dict[str, object] = {name: request.POST[name] for name in ("theme", "density") if name in request.POST}
        if "single_keys" in request.POST:
            said["single_keys"] = request.POST["single_keys"] == "on"
        user.preferences = preferences.read(user) | preferences.checked(said)
        user.save(update_fields=["preferences"])
    back = request.POST.get("next", "/")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "/")
