"""The page of a workflow's versions, what two of them differ in, restoring one, moving waiting runs."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from postsale.tenants import audit
from postsale.tenants.access import BUILDERS, member_of, members_only, require_role
from postsale.web.toasts import toast
from workflows.builder.difference import Change, difference
from workflows.builder.views_canvas import the_workflow
from workflows.definitions import publish, store
from workflows.definitions.models import Version, Workflow
from workflows.definitions.names import names_of
from workflows.runs.moving import move_waiting, waiting_elsewhere

#: Versions on the page, newest first.
MOST = 100
STATES = {"draft": ("Draft", ""), "published": ("Published", "ok"), "retired": ("Earlier", "mute")}


@require_GET
@members_only
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """All versions; `?old=&new=` also shows what differs between two of them."""
    workflow = the_workflow(request, pk)
    versions = list(store.versions_of(workflow)[:MOST])
    published = next((each for each in versions if each.number == workflow.published), None)
    context = {
        "workflow": workflow,
        "versions": [(each, *STATES[each.state]) for each in versions],
        "waiting": waiting_elsewhere(published) if published is not None else 0,
        "published": published,
        "may_build": member_of(request).role in BUILDERS and workflow.state != "archived",
    } | _compared(request, workflow, versions)
    return render(request, "workflows/builder/versions/page.html", context)


@require_POST
@members_only
def restore(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """Make an earlier version the draft."""
    member = require_role(request, *BUILDERS)
    workflow = the_workflow(request, pk)
    now = timezone.now()
    try:
        publish.restore(workflow.id, number=number, by=member.email, now=now)
    except Version.DoesNotExist as error:
        raise Http404("no such version") from error
    except store.ConflictError as error:
        toast(request, f"{error}.".capitalize(), is_problem=True)
        return redirect("workflow_versions", pk)
    audit.write(
        workflow.tenant_id, actor=member.email, action="workflow.restored", target=workflow.name,
        detail={"version": number}, now=now,
    )  # fmt: skip
    toast(request, f"Version {number} is the draft now. What is published has not changed.")
    return redirect("workflow", pk)


@require_POST
@members_only
def move(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Let the runs that wait with earlier versions go on with the published one."""
    member = require_role(request, *BUILDERS)
    workflow = the_workflow(request, pk)
    if workflow.published is None or workflow.state not in ("live", "watching", "paused"):
        raise Http404("nothing is published")
    now = timezone.now()
    version = store.version_of(workflow, "published")
    if not publish.acts(workflow):
        # What waits since it acted would act with a version that only watches.
        try:
            publish.ask_gates(workflow, version, by=member.email, now=now)
        except store.ConflictError as error:
            toast(request, f"{str(error)[:1].upper()}{str(error)[1:]}.", is_problem=True)
            return redirect("workflow_versions", pk)
    done = move_waiting(version, now=now)
    audit.write(
        workflow.tenant_id, actor=member.email, action="workflow.runs_moved", target=workflow.name,
        detail={"version": workflow.published, "moved": done.moved, "stayed": done.stayed}, now=now,
    )  # fmt: skip
    stayed = f" {done.stayed:,} stay where they are: the new version lacks their step." if done.stayed else ""
    toast(request, f"{done.moved:,} waiting runs go on with version {workflow.published}.{stayed}")
    return redirect("workflow_versions", pk)


def _compared(request: HttpRequest, workflow: Workflow, versions: list[Version]) -> dict[str, object]:
    by_number = {str(each.number): each for each in versions}
    old, new = by_number.get(request.GET.get("old", "")), by_number.get(request.GET.get("new", ""))
    if old is None or new is None:
        # What is asked most: what the newest changes in the one before it.
        if "old" in request.GET or len(versions) < 2:
            return {"old": None, "new": None}
        new, old = versions[0], versions[1]
    documents = store.documents_of([old.id, new.id])
    changes: list[Change] = difference(documents[old.id], documents[new.id], names_of(workflow.tenant_id))
    return {"old": old, "new": new, "changes": changes}
