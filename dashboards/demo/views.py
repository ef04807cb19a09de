"""The page of stories: read what one does and what to watch, play it, see it come; and the demo's own end."""

import secrets
from contextvars import Context
from typing import Any

from django.contrib.auth import logout
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from dashboards.boards.models import Board
from dashboards.demo import removal, sending, sign_ins
from dashboards.demo import stories as shelf
from dashboards.demo.playing import STAGE, Play
from postsale.orders.models import Order
from postsale.tenants.access import BUILDERS, member_of, members_only, require_role
from postsale.tenants.models import Member, Role
from postsale.web.toasts import toast
from workflows.definitions.models import Workflow

#: How many lines of a story on its way are shown, newest first, and how many of its orders.
LINES, ORDERS = 12, 12


@require_GET
@members_only
def stories(request: HttpRequest) -> HttpResponse:
    """Every story, with what it touches in this shop."""
    member = member_of(request)
    context = {
        "cards": _cards(member), "may_play": _is_demo(request) and member.role in BUILDERS, "is_demo": _is_demo(request),
        "may_remove": _is_demo(request) and member.role == Role.OWNER, **_progress(member),
    }  # fmt: skip
    return render(request, "dashboards/demo/stories.html", context)


@require_POST
@members_only
def play(request: HttpRequest, key: str) -> HttpResponse:
    """Let a story begin, and show how it comes."""
    member = require_role(request, *BUILDERS)
    story = shelf.STORIES.get(key)
    if story is None:
        raise Http404("no such story")
    if not _is_demo(request):
        toast(request, "Stories play in demo shops only, so that your own figures stay true.", is_problem=True)
        return redirect("stories")
    now = timezone.now()
    told = shelf.deliveries(story, seed=secrets.randbelow(10_000), now=now)
    if not STAGE.begin(member.tenant_id, Play(story, told), sending.hooks(member.tenant_id, now=now, make=True)):
        toast(request, "A story is still on its way. Wait until it has ended.", is_problem=True)
    if request.headers.get("HX-Request"):
        return render(request, "dashboards/demo/stories.html#progress", _progress(member))
    return redirect("stories")


@require_GET
@members_only
def progress(request: HttpRequest) -> HttpResponse:
    """How far the story is: asked again and again while it plays."""
    return render(request, "dashboards/demo/stories.html#progress", _progress(member_of(request)))


@require_POST
@members_only
def remove(request: HttpRequest) -> HttpResponse:
    """Take the demo shop away, after this request's own transaction; its owner is signed out with it."""
    member = require_role(request, Role.OWNER)
    if not _is_demo(request):
        raise Http404("no demo shop")
    # A fresh context: what is done after the commit is still done in the tenant's, and this must not be.
    transaction.on_commit(lambda: Context().run(_remove, request, member.tenant_id))
    return HttpResponseRedirect("/")


def _remove(request: HttpRequest, tenant_id: int) -> None:
    removal.remove_demo(tenant_id)
    sign_ins.forget()
    logout(request)


def _is_demo(request: HttpRequest) -> bool:
    return bool(request.tenant.is_demo)  # type: ignore[attr-defined]  # the tenant's middleware sets it


def _cards(member: Member) -> list[dict[str, Any]]:
    """Each story with the boards and workflows of this shop that it speaks of."""
    boards = dict(Board.objects.filter(tenant_id=member.tenant_id).values_list("slug", "name"))
    workflows = {
        name: {"id": id_, "name": name, "state": state}
        for id_, name, state in Workflow.objects.filter(tenant_id=member.tenant_id)
        .exclude(state="archived")
        .values_list("id", "name", "state")
    }
    return [
        {
            "story": story, "board": boards.get(story.board), "orders": story.orders,
            "workflows": [workflows[name] for name in story.workflows if name in workflows],
        }
        for story in shelf.STORIES.values()
    ]  # fmt: skip


def _progress(member: Member) -> dict[str, Any]:
    """What plays or played last, and its orders as far as they exist by now."""
    playing = STAGE.of(member.tenant_id)
    if playing is None:
        return {"play": None}
    numbers = playing.orders[:ORDERS]
    found = Order.objects.filter(tenant_id=member.tenant_id, number__in=numbers).order_by("id")
    return {
        "play": playing, "lines": list(reversed(playing.said[-LINES:])), "sent": len(playing.said),
        "found": list(found), "more": len(playing.orders) - len(numbers),
    }  # fmt: skip
