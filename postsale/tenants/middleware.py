"""Lets every view run inside its tenant's transaction: the key's tenant, else the signed-in member's."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from postsale.tenants import visiting
from postsale.tenants.entering import enter
from postsale.tenants.find import tenant_id_of
from postsale.tenants.keys import Holder, find_holder
from postsale.tenants.models import Member, Tenant
from postsale.tenants.scope import person, tenant
from postsale.tenants.shop import Shop, load_shop
from postsale.web.problems import ProblemDocument, answer

type View = Callable[..., HttpResponseBase]

#: Views of these packages serve people without a tenant: signing in, health, files, the API's description.
OPEN = ("allauth.", "django.", "drf_spectacular.", "postsale.service.", "servestatic.")
SESSION = "tenant"
#: Where people arrive, by the names of the addresses.
ARRIVALS = ("today", "start")
#: A member's `last_seen_at` is written no more often than this.
SEEN_AGAIN = timedelta(minutes=10)


class TenantRequest(HttpRequest):
    """A request as views inside a tenant see it. `member` is None for a key, `key` is None for a person."""

    tenant_id: int
    tenant: Tenant
    shop: Shop
    member: Member | None
    key: Holder | None


def without_tenant[V: Callable[..., Any]](view: V) -> V:
    """Marks a view that needs no tenant, or opens its own transactions (streams, long polls)."""
    view.without_tenant = True  # type: ignore[attr-defined]
    return view


def perhaps_without_shop[V: Callable[..., Any]](view: V) -> V:
    """Marks a view that also serves people who belong to no shop: `member` and `tenant` are None then."""
    view.perhaps_without_shop = True  # type: ignore[attr-defined]
    return view


class TenantMiddleware:
    """Opens the transaction around the view itself, so that an exception in it rolls everything back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        """Nothing is known before the view is."""
        request.tenant_id = request.tenant = request.shop = request.member = request.key = None
        return self.get_response(request)

    def process_view(self, request: Any, view: View, args: Any, kwargs: Any) -> HttpResponseBase | None:
        """Answer by the view in its tenant; None leaves an open view, or nobody's request, to Django."""
        if getattr(view, "without_tenant", False) or view.__module__.startswith(OPEN):
            return None
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._by_key(request, secret.strip(), view, args, kwargs)
        if not request.user.is_authenticated:
            return None
        if request.method == "GET" and (slug := request.GET.get("shop")):
            return _led_to(request, slug)
        return self._by_person(request, view, args, kwargs)

    def _by_key(self, request: Any, secret: str, view: View, args: Any, kwargs: Any) -> HttpResponseBase:
        holder = find_holder(secret)
        if holder is None:
            return answer(UNKNOWN_KEY)
        request.key = holder
        request.csrf_processing_done = True  # a key is never sent by a browser on its own
        with tenant(holder.tenant_id) as tenant_id:
            request.tenant = Tenant.objects.get(id=tenant_id)
            request.shop = SimpleLazyObject(lambda: load_shop(tenant_id))
            return _answered(request, view, args, kwargs)

    def _by_person(self, request: Any, view: View, args: Any, kwargs: Any) -> HttpResponseBase | None:
        wanted = request.session.get(SESSION)
        if isinstance(wanted, int):
            with tenant(wanted) as tenant_id:
                if _enter(request, tenant_id):
                    return _answered(request, view, args, kwargs)
        with person(request.user.pk):
            first = Member.objects.filter(user_id=request.user.pk).order_by("created_at", "id").first()
        if first is None:
            return None if getattr(view, "perhaps_without_shop", False) else _shopless(request)
        request.session[SESSION] = first.tenant_id
        with tenant(first.tenant_id) as tenant_id:
            if _enter(request, tenant_id):
                return _answered(request, view, args, kwargs)
        return _shopless(request)


def switch(request: Any, tenant_id: int) -> bool:
    """Let the session's person work in another of their tenants from now on; False when they are no member there."""
    with person(request.user.pk):
        is_theirs = Member.everybody.filter(user_id=request.user.pk, tenant_id=tenant_id).exists()
    if is_theirs:
        request.session[SESSION] = tenant_id
    return is_theirs


def actor_of(request: Any) -> str:
    """Who acts, for the audit log: the member's address or the key's name."""
    return request.member.email if request.member else f"key {request.key.prefix}…"


def _led_to(request: Any, slug: str) -> HttpResponseBase:
    """A link that names its shop (mails do): go there with the session in that shop, if it is one of the person's."""
    tenant_id = tenant_id_of(slug)
    if tenant_id is not None:
        switch(request, tenant_id)
    rest = request.GET.copy()
    del rest["shop"]
    return HttpResponseRedirect(f"{request.path}?{rest.urlencode()}" if rest else request.path)


UNKNOWN_KEY = ProblemDocument(
    status=401,
    detail="This API key is unknown or was revoked.",
    headers={"WWW-Authenticate": 'Bearer realm="postsale"'},
)
SUSPENDED = ProblemDocument(status=403, detail="This shop is suspended; please talk to whoever runs this Postsale.")
NOBODYS = ProblemDocument(
    status=403, detail="You are signed in, but not a member of any shop; ask its owner to add you."
)


def _answered(request: Any, view: View, args: Any, kwargs: Any) -> HttpResponseBase:
    request.tenant_id = request.tenant.id
    if request.tenant.state != "active":
        return _shut(request, SUSPENDED, "postsale/suspended.html")
    with timezone.override(ZoneInfo(request.tenant.timezone)):
        response = view(request, *args, **kwargs)
        render = getattr(response, "render", None)
        if callable(render):  # a template asks the database, too, and must do so in here
            response = render()
    if response.status_code >= 500:
        transaction.set_rollback(True)
    return response


def _shopless(request: Any) -> HttpResponseBase:
    """Who belongs to no shop learns what to do; staff have the platform to look after."""
    if request.user.is_staff and request.resolver_match.url_name in ARRIVALS:
        return HttpResponseRedirect(reverse("platform"))
    return _shut(request, NOBODYS, "postsale/no_shop.html")


def _shut(request: Any, document: ProblemDocument, template: str) -> HttpResponseBase:
    """Why there is no way in: a page for people, a problem document for programs."""
    is_page = not request.path.startswith("/api/") and request.key is None and request.accepts("text/html")
    return render(request, template, status=document.status) if is_page else answer(document)


def _enter(request: Any, tenant_id: int) -> bool:
    """Whether the session's person is a member here; then the request knows it, and the list of members when."""
    found = enter(tenant_id, user_id=request.user.pk)
    if found is None or found.member is None:
        return False
    request.tenant, request.shop, request.member = found.tenant, found.shop, found.member
    member = found.member
    now = timezone.now()  # noqa: TID251 -- a middleware is an edge
    if member.visits_until is not None and member.visits_until <= now:
        visiting.leave(member, by=member.email, now=now)
        request.member = None
        return False
    if member.last_seen_at is None or now - member.last_seen_at > SEEN_AGAIN:
        Member.everybody.filter(tenant_id=tenant_id, id=member.id).update(last_seen_at=now)
    return True
