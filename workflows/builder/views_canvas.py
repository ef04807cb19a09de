"""The builder's page, and the one address where the canvas changes."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_GET, require_POST

from postsale.live.topics import sign_topic
from postsale.tenants.access import BUILDERS, member_of, members_only, require_role
from postsale.web.frames import WITH_FRAME
from workflows.builder import draft, showing
from workflows.builder.canvas import canvas_of
from workflows.builder.draft import RefusedError, StaleError
from workflows.builder.palette import palette
from workflows.definitions.models import Workflow

LONGEST = 400_000


def the_workflow(request: HttpRequest, pk: UUID) -> Workflow:
    """The shop's workflow. Raises Http404."""
    member = member_of(request)
    found = Workflow.objects.filter(tenant_id=member.tenant_id, id=pk).first()
    if found is None:
        raise Http404("no such workflow")
    return found


@require_GET
@members_only
@csp_override(WITH_FRAME)
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The builder: for those who build with palette and inspector, for others to look at."""
    member = member_of(request)
    workflow = the_workflow(request, pk)
    working = draft.load(workflow, member=member)
    context = showing.context_of(request, working) | {
        "canvas": canvas_of(working),
        "palette": palette(),
        "topic": sign_topic(draft.topic(workflow), member_id=member.id),
        "opened": request.GET.get("step", ""),
    }
    return render(request, "workflows/builder/canvas.html", context)


@require_GET
@members_only
def fresh(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The canvas as it is now, for a page that heard of a change: it says who made it."""
    working = draft.load(the_workflow(request, pk), member=member_of(request))
    return showing.flow(request, working, news=showing.who_changed(request, working.edited_by))


@require_POST
@members_only
def do(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Do the operation `op` (JSON) to revision `rev`: the canvas anew; 409 when somebody was faster, 422 with words."""
    member = require_role(request, *BUILDERS)
    workflow = the_workflow(request, pk)
    op, rev = asked_of(request)
    try:
        working = draft.apply(workflow, member=member, op=op, rev=rev, now=timezone.now())
    except StaleError as error:
        return showing.stale(request, error)
    except RefusedError as error:
        return showing.refused(request, draft.load(workflow, member=member), str(error))
    return showing.flow(request, working)


def asked_of(request: HttpRequest) -> tuple[Mapping[str, Any], int]:
    """The operation and the revision that a request names. Raises BadRequest."""
    text, rev = request.POST.get("op", ""), request.POST.get("rev", "")
    if len(text) > LONGEST or not rev.isdecimal() or len(rev) > 9:
        raise BadRequest("not an operation")
    try:
        op = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRequest("not an operation") from error
    if not isinstance(op, dict):
        raise BadRequest("not an operation")
    return op, int(rev)
