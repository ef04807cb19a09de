"""The list of workflows and the acts on it."""

from collections.abc import Callable
from uuid import UUID

from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from postsale.tenants import audit
from postsale.tenants.access import BUILDERS, member_of, members_only, require_role, shop_of
from postsale.tenants.models import Member
from postsale.web.toasts import toast
from workflows.definitions import publish, store
from workflows.definitions.models import Version, Workflow
from workflows.definitions.portable import LONGEST
from workflows.history.addresses import address
from workflows.history.listing import acts, lines

LONGEST_SEARCH = 100


@require_GET
@members_only
def workflow_list(request: HttpRequest) -> HttpResponse:
    """Workflows of one tab, found by name, a page at a time."""
    member = member_of(request)
    tab = request.GET.get("tab", "all")
    if tab not in lines.TABS:
        raise BadRequest(f"There is no tab {tab[:40]!r}.")
    text = request.GET.get("q", "").replace("\0", "")[:LONGEST_SEARCH].strip()
    number = _page_number(request)
    page = lines.page(member.tenant_id, shop_of(request), tab=tab, text=text, number=number, now=timezone.now())
    context = {
        "tabs": [(key, label, page.counts[key]) for key, (label, _) in lines.TABS.items()],
        "tab": tab, "q": text, "lines": page.lines, "number": number, "next": number + 1 if page.has_more else None,
        "previous": number - 1 if number > 1 else None, "may_build": member.role in BUILDERS,
        "is_empty": not sum(page.counts.values()), "templates_url": address("templates"),
    }  # fmt: skip
    return render(request, "workflows/history/workflows.html", context)


@require_POST
@members_only
def new(request: HttpRequest) -> HttpResponse:
    """An empty draft, opened in the builder."""
    member = require_role(request, *BUILDERS)
    made = acts.begin(member.tenant_id, now=timezone.now())
    _note(member, "workflow.created", made)
    return redirect(_page_of(made))


@require_POST
@members_only
def act(request: HttpRequest, pk: UUID, what: str) -> HttpResponse:
    """Pause, resume, archive, restore or copy one workflow."""
    member = require_role(request, *BUILDERS)
    workflow = _the_workflow(member, pk)
    try:
        with transaction.atomic():
            ACTS[what](request, workflow, member)
    except store.ConflictError as error:
        toast(request, f"{str(error)[:1].upper()}{str(error)[1:]}.", is_problem=True)
    except (store.InvalidDocumentError, Version.DoesNotExist):
        toast(request, f"“{workflow.name}” is not finished yet, so there is nothing to copy.", is_problem=True)
    return redirect(_back(request))


@require_POST
@members_only
def pause_many(request: HttpRequest) -> HttpResponse:
    """Pause the ticked workflows."""
    member = require_role(request, *BUILDERS)
    try:
        ids = [UUID(each) for each in request.POST.getlist("workflow")[: lines.PAGE]]
    except ValueError as error:
        raise Http404("no such workflow") from error
    now = timezone.now()
    running = lines.of_states(member.tenant_id, ids, "live", "watching")
    for workflow in running:
        publish.pause(workflow.id, now=now)
        _note(member, "workflow.paused", workflow)
    words = "1 workflow is off now." if len(running) == 1 else f"{len(running)} workflows are off now."
    toast(request, words if running else "None of them was on.")
    return redirect(_back(request))


@require_GET
@members_only
def export(request: HttpRequest, pk: UUID, kind: str) -> HttpResponse:
    """The newest version as a file."""
    workflow = _the_workflow(member_of(request), pk)
    try:
        name, text = acts.take_out(workflow, "yaml" if kind == "yaml" else "json")
    except Version.DoesNotExist as error:
        raise Http404("Nothing is stored of this workflow yet.") from error
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type=f"{acts.TYPES[kind]}; charset=utf-8", headers=headers)


@require_http_methods(["GET", "POST"])
@members_only
def bring_in(request: HttpRequest) -> HttpResponse:
    """A form for a document, pasted or as a file; what is wrong with it is listed, else it becomes a draft."""
    member = require_role(request, *BUILDERS)
    if request.method == "GET":
        return render(request, "workflows/history/import.html", {"text": "", "problems": ()})
    text = _said(request)
    made, problems = acts.bring_in(text, by=member.email, now=timezone.now())
    if made is None:
        context = {"text": text, "problems": problems}
        return render(request, "workflows/history/import.html", context, status=422)
    _note(member, "workflow.created", made)
    toast(request, f"“{made.name}” is here as a draft. Nothing runs until you publish it.")
    return redirect(_page_of(made))


def _pause(request: HttpRequest, workflow: Workflow, member: Member) -> None:
    publish.pause(workflow.id, now=timezone.now())
    _note(member, "workflow.paused", workflow)
    toast(
        request,
        f"“{workflow.name}” is off. Runs that wait go on.",
        undo=reverse("workflow_act", args=[workflow.id, "resume"]),
    )


def _resume(request: HttpRequest, workflow: Workflow, member: Member) -> None:
    resumed = publish.resume(workflow.id, now=timezone.now())
    _note(member, "workflow.resumed", workflow)
    words = "watches again" if resumed.state == "watching" else "is on again"
    toast(request, f"“{workflow.name}” {words}.", undo=reverse("workflow_act", args=[workflow.id, "pause"]))


def _archive(request: HttpRequest, workflow: Workflow, member: Member) -> None:
    archived = publish.archive(workflow.id, now=timezone.now())
    _note(member, "workflow.archived", workflow)
    n = len(archived.cancelled)
    cancelled = f" {n} waiting {'run was' if n == 1 else 'runs were'} cancelled." if n else ""
    toast(
        request,
        f"“{workflow.name}” is archived.{cancelled}",
        undo=reverse("workflow_act", args=[workflow.id, "restore"]),
    )


def _restore(request: HttpRequest, workflow: Workflow, member: Member) -> None:
    publish.unarchive(workflow.id, now=timezone.now())
    _note(member, "workflow.unarchived", workflow)
    toast(request, f"“{workflow.name}” is back, switched off.")


def _copy(request: HttpRequest, workflow: Workflow, member: Member) -> None:
    made = acts.copy(workflow, by=member.email, now=timezone.now())
    _note(member, "workflow.created", made)
    toast(request, f"“{made.name}” is here as a draft.", undo=reverse("workflow_act", args=[made.id, "archive"]))


ACTS: dict[str, Callable[[HttpRequest, Workflow, Member], None]] = {
    "pause": _pause, "resume": _resume, "archive": _archive, "restore": _restore, "copy": _copy,
}  # fmt: skip


def _the_workflow(member: Member, pk: UUID) -> Workflow:
    found = Workflow.objects.filter(tenant_id=member.tenant_id, id=pk).first()
    if found is None:
        raise Http404("There is no such workflow.")
    return found


def _note(member: Member, action: str, workflow: Workflow) -> None:
    audit.write(
        member.tenant_id, actor=member.email, action=action, now=timezone.now(), target=str(workflow.id),
        detail={"name": workflow.name},
    )  # fmt: skip


def _said(request: HttpRequest) -> str:
    upload = request.FILES.get("file")
    if upload is not None:
        content: bytes = upload.read(LONGEST + 1)
        return content.decode("utf-8", "replace").replace("\0", "")
    return request.POST.get("text", "").replace("\0", "")


def _page_number(request: HttpRequest) -> int:
    said = request.GET.get("page", "1")
    return min(max(int(said), 1), 10_000) if said.isascii() and said.isdigit() and len(said) < 6 else 1


def _back(request: HttpRequest) -> str:
    """The list as it was left; only its own query is believed."""
    query = request.POST.get("query", "")
    return (
        f"{reverse('workflows')}?{query}" if query and len(query) < 300 and "\n" not in query else reverse("workflows")
    )


def _page_of(workflow: Workflow) -> str:
    return address("workflow", workflow.id) or reverse("workflows")
