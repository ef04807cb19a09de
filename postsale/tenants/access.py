"""Who may open a page: members of a shop, some pages only with certain roles."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from postsale.tenants.models import Member, Role
from postsale.tenants.shop import Shop

#: Those who keep the shop's settings, people and connections.
KEEPERS = (Role.OWNER, Role.ADMIN)
#: Those who build and publish workflows and arrange boards.
BUILDERS = (*KEEPERS, Role.BUILDER)
#: Those who work with orders and cards; viewers look.
WORKERS = (*BUILDERS, Role.SHIPPING_MANAGER)

type View[R: HttpRequest, **P] = Callable[Concatenate[R, P], HttpResponseBase]


def members_only[R: HttpRequest, **P](view: View[R, P]) -> View[R, P]:
    """`view` for members of a shop: others sign in first, or learn that they belong to none yet."""

    @wraps(view)
    def guarded(request: R, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            path = request.get_full_path()
            return redirect("account_login") if path == "/" else redirect_to_login(path)
        if getattr(request, "member", None) is None:
            return render(request, "postsale/no_shop.html", status=403)
        return view(request, *args, **kwargs)

    return cast("View[R, P]", guarded)


def member_of(request: HttpRequest) -> Member:
    """The member behind a request that `members_only` let through."""
    member = getattr(request, "member", None)
    if not isinstance(member, Member):
        raise PermissionDenied("You are not a member of this shop.")
    return member


def shop_of(request: HttpRequest) -> Shop:
    """The shop of the request, which the middleware knows."""
    shop: Shop = request.shop  # type: ignore[attr-defined]
    return shop


def require_role(request: HttpRequest, *roles: str) -> Member:
    """The member behind the request. Raises PermissionDenied, which names the roles, for another role."""
    member = member_of(request)
    if member.role not in roles:
        raise PermissionDenied(f"Your role may look, but not do this. Ask someone who is {_either(roles)}.")
    return member


def _either(roles: tuple[str, ...]) -> str:
    names = [Role(role).label.lower() for role in roles]
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]
