"""What people do with many waiting runs at once: let the ticked ones go on, or cancel them."""

from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from postsale.tenants import audit
from postsale.tenants.access import BUILDERS, members_only, require_role
from postsale.web.toasts import toast
from workflows.history.addresses import is_list_of_runs
from workflows.runs import ending

#: So many runs are taken at once; more than a page shows after "Show more" a few times.
MOST = 500


@require_POST
@members_only
def act_on_many(request: HttpRequest) -> HttpResponse:
    """Resume or cancel (`what`) the ticked runs, as far as they still wait."""
    member = require_role(request, *BUILDERS)
    what, now = request.POST.get("what", ""), timezone.now()
    if what not in ("resume", "cancel"):
        raise BadRequest("no such act")
    try:
        ids = [UUID(each) for each in request.POST.getlist("run")[:MOST]]
    except ValueError as error:
        raise Http404("no such run") from error
    if what == "resume":
        n = ending.resume_many(ids, tenant_id=member.tenant_id, now=now)
    else:
        n = ending.cancel_many(ids, tenant_id=member.tenant_id, by=member.email, now=now)
    if n:
        action = "run.resumed" if what == "resume" else "run.cancelled"
        audit.write(
            member.tenant_id, actor=member.email, action=action, now=now, target="1 run" if n == 1 else f"{n} runs"
        )
    toast(request, _words(what, n, len(ids)), is_problem=n == 0)
    back = request.POST.get("back", "")
    return redirect(back if is_list_of_runs(back) else f"{reverse('runs')}?tab=waiting")


def _words(what: str, n: int, asked: int) -> str:
    if not asked:
        return "Tick the runs first."
    left = asked - n
    if what == "cancel":
        done = "1 run is cancelled." if n == 1 else f"{n:,} runs are cancelled."
        rest = f" {left:,} had gone on already." if left else ""
    else:
        done = "1 run goes on now." if n == 1 else f"{n:,} runs go on now."
        rest = f" {left:,} could not: they wait for their first decision, or have gone on already." if left else ""
    return (done if n else "None of them could.") + rest
