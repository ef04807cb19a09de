"""A second person decides what was asked for, or whoever asked takes it back."""

from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from postsale.tenants.access import BUILDERS, members_only, require_role
from postsale.web.toasts import toast
from workflows.builder.review import deeds
from workflows.builder.views_canvas import the_workflow
from workflows.definitions import store


@require_POST
@members_only
def decide(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Approve (it goes live), decline with words, or withdraw (`what`) the review of revision `rev`."""
    member = require_role(request, *BUILDERS)
    workflow = the_workflow(request, pk)
    what, rev, now = request.POST.get("what", ""), request.POST.get("rev", ""), timezone.now()
    if what not in ("approve", "decline", "withdraw") or not rev.isdecimal() or len(rev) > 9:
        raise BadRequest("no such act")
    try:
        if what == "approve":
            done = deeds.approve(workflow, member=member, rev=int(rev), now=now)
            toast(request, f"Approved. “{done.name}” is on and decides about everything that happens from now on.")
        elif what == "decline":
            review = deeds.decline(workflow, member=member, rev=int(rev), words=request.POST.get("words", ""), now=now)
            toast(request, f"Declined. {review.asked_by} was told why.")
        else:
            deeds.take_back(workflow, member=member, rev=int(rev), now=now)
            toast(request, "Taken back. Nobody is asked for a review any more.")
    except (store.ConflictError, store.InvalidDocumentError) as error:
        toast(request, f"{str(error)[:1].upper()}{str(error)[1:].rstrip('.')}.", is_problem=True)
    return redirect("workflow", pk=workflow.id)
