"""Who may enter the platform area: staff. To everybody else it is not there."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from postsale.tenants.middleware import without_tenant
from postsale.tenants.models import Member, User
from postsale.tenants.scope import person
from postsale.web.navigation import Link, Section

type View[**P] = Callable[Concatenate[HttpRequest, P], HttpResponse]


def staff_only[**P](view: View[P]) -> View[P]:
    """`view` for staff, outside of any tenant; 404 for everybody else."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not (request.user.is_authenticated and request.user.is_active and request.user.is_staff):
            raise Http404
        return view(request, *args, **kwargs)

    return cast("View[P]", without_tenant(guarded))


def staff_of(request: HttpRequest) -> str:
    """The address of the staff member who acts."""
    return cast("User", request.user).email


def platform_links(request: HttpRequest) -> list[Section]:
    """The platform's part of the sidebar, for staff."""
    if not (request.user.is_authenticated and request.user.is_staff):
        return []
    links = [
        Link(label="Tenants", url=reverse("platform"), icon="building-2", place=10),
        Link(label="Operations", url=reverse("platform_operations"), icon="server", place=20),
        Link(label="Platform log", url=reverse("platform_log"), icon="history", place=30),
    ]
    if getattr(request, "tenant_id", None) is None and _has_shop(request.user):
        links.append(Link(label="Back to your shop", url="/", icon="arrow-left", place=90))
    return [Section(heading="Platform", links=links)]


def _has_shop(user: User) -> bool:
    with person(user.pk):
        return Member.objects.filter(user_id=user.pk).exists()
