"""The doors: setting up a new installation, making another shop, joining by invitation, and one's own account."""

from datetime import datetime
from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from postsale.backoffice.entrance import claim
from postsale.backoffice.entrance.forms import Account, FirstShop, Join, NewShop
from postsale.tenants import people
from postsale.tenants.create import found_shop
from postsale.tenants.middleware import perhaps_without_shop, switch, without_tenant
from postsale.tenants.models import Role, User
from postsale.tenants.people import Asked, NotAllowedError
from postsale.web import preferences
from postsale.web.toasts import toast

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@without_tenant
@never_cache
@sensitive_post_parameters("password", "token")
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """The first shop of an installation and whoever runs it; gone once there is somebody."""
    token = str(request.POST.get("token") or request.GET.get("token", ""))
    if not claim.is_open():
        raise Http404
    if not claim.fits(token):
        words = {"wrong": bool(token)}
        return render(request, "postsale/backoffice/setup_token.html", words, status=403 if token else 200)
    form = FirstShop(request.POST if "shop" in request.POST else None)
    if form.is_bound and form.is_valid():
        user = _first(form.cleaned_data, now=timezone.now())
        if user is None:
            raise Http404
        tenant_id = found_shop(
            form.cleaned_data["shop"], owner=user, timezone=form.cleaned_data["timezone"], now=timezone.now()
        )
        _enter(request, user, tenant_id)
        return redirect(_place("welcome"))
    context = {"form": form, "token": token}
    return render(request, "postsale/backoffice/setup.html", context)


@without_tenant
@login_required
@require_http_methods(["GET", "POST"])
def new_shop(request: HttpRequest) -> HttpResponse:
    """Another shop for somebody with an account: where strangers may sign up, or by the installation's staff."""
    user = cast("User", request.user)
    if not (settings.POSTSALE_SIGNUP or user.is_staff):
        raise Http404
    form = NewShop(request.POST or None)
    if form.is_bound and form.is_valid():
        tenant_id = found_shop(
            form.cleaned_data["shop"], owner=user, timezone=form.cleaned_data["timezone"], now=timezone.now()
        )
        switch(request, tenant_id)
        return redirect(_place("welcome"))
    return render(request, "postsale/backoffice/shop_new.html", {"form": form})


@without_tenant
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Join a shop: with the account that the address has, or with a new one that is made here."""
    now = timezone.now()
    asked = people.asked(token, now=now)
    if asked is None:
        return render(request, "postsale/backoffice/invitation_gone.html", status=404)
    user = request.user
    if user.is_authenticated and user.email == asked.email:
        return _joined(request, token, now) if request.method == "POST" else _asking(request, asked)
    form = None if user.is_authenticated or asked.has_account else Join(request.POST or None)
    if form is not None and form.is_bound and form.is_valid():
        said = form.cleaned_data
        made = people.register(asked.email, name=said["name"], password=said["password"], now=now)
        login(request, made, backend=BACKEND)
        return _joined(request, token, now)
    return _asking(request, asked, form=form)


@perhaps_without_shop
@login_required
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """One's own name, looks and ways to sign in."""
    user = cast("User", request.user)
    form = Account(initial={"name": user.name, **preferences.read(user)})
    if request.method == "POST":
        form = Account(request.POST)
        if form.is_valid():
            said = dict(form.cleaned_data)
            user.name = said.pop("name")
            user.preferences = {**preferences.read(user), **preferences.checked(said)}
            user.save(update_fields=["name", "preferences"])
            toast(request, "Saved.")
            return redirect("account")
    kinds = set(Authenticator.objects.filter(user_id=user.pk).values_list("type", flat=True))
    context: dict[str, Any] = {
        "form": form, "has_codes": Authenticator.Type.TOTP in kinds, "has_keys": Authenticator.Type.WEBAUTHN in kinds,
        "is_verified": EmailAddress.objects.filter(user_id=user.pk, email=user.email, verified=True).exists(),
    }  # fmt: skip
    return render(request, "postsale/backoffice/account.html", context)


def _first(said: dict[str, Any], *, now: datetime) -> User | None:
    """The account of whoever came first; None for the second of two who set up at once."""
    with transaction.atomic():
        claim.only_one()
        if not claim.is_open():
            return None
        user = User.objects.create_superuser(said["email"], said["password"], date_joined=now)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _enter(request: HttpRequest, user: User, tenant_id: int) -> None:
    login(request, user, backend=BACKEND)
    switch(request, tenant_id)


def _joined(request: HttpRequest, token: str, now: datetime) -> HttpResponse:
    user = cast("User", request.user)
    try:
        member = people.accept(token, user=user, now=now)
    except NotAllowedError as error:
        context = {"words": str(error)}
        return render(request, "postsale/backoffice/invitation_gone.html", context, status=404)
    switch(request, member.tenant_id)
    toast(request, f"Welcome. You are {Role(member.role).label.lower()} here.")
    return redirect(_place("start"))


def _asking(request: HttpRequest, asked: Asked, *, form: Join | None = None) -> HttpResponse:
    context = {"asked": asked, "role": Role(asked.role).label.lower(), "form": form, "here": request.path}
    return render(request, "postsale/backoffice/invitation.html", context)


def _place(name: str) -> str:
    """The page of a floor above, or the front page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return "/"
