"""Letting a workflow decide, and going back to what decides: what changed is said before it happens."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from postsale.tenants import audit
from postsale.tenants.access import BUILDERS, member_of, members_only, require_role
from postsale.web.toasts import toast
from workflows.builder import draft, log, outlook, showing
from workflows.builder.canvas import sentence_of
from workflows.builder.difference import Change, difference
from workflows.builder.draft import RefusedError, StaleError, Working
from workflows.builder.models import Draft
from workflows.builder.review import deeds
from workflows.builder.views_canvas import the_workflow
from workflows.definitions import publish as publishing_
from workflows.definitions import store
from workflows.definitions.models import Workflow

STANDINGS: Mapping[str, tuple[Callable[..., object], str, str]] = {
    "pause": (publishing_.pause, "workflow.paused", "“{name}” is paused. What waits goes on; nothing new starts."),
    "resume": (publishing_.resume, "workflow.resumed", "“{name}” goes on with what happens from now on."),
    "archive": (publishing_.archive, "workflow.archived", "“{name}” is archived."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Editor:
    """What one person did since the last publishing."""

    name: str
    changes: tuple[str, ...]
    more: int


@require_http_methods(["GET", "POST"])
@members_only
def publishing(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The dialog's content: what changed, who changed it, how to go live; or, with POST, do it."""
    member = require_role(request, *BUILDERS)
    workflow = the_workflow(request, pk)
    working = draft.load(workflow, member=member)
    if request.method == "POST":
        return _publish(request, working)
    context = showing.context_of(request, working) | {
        "sentence": sentence_of(working),
        "changes": _changes(working),
        "editors": _editors(workflow),
    }
    context |= outlook.context_of(working, member=member, now=timezone.now())
    return render(request, "workflows/builder/publish.html", context)


def _publish(request: HttpRequest, working: Working) -> HttpResponse:
    workflow = working.workflow
    mode = request.POST.get("mode", "watch")
    if mode not in MODES:
        raise BadRequest("no such mode")
    if request.POST.get("rev") != str(working.rev):
        toast(
            request,
            "Somebody changed this workflow meanwhile. Look at it again before you publish it.",
            is_problem=True,
        )
    elif working.problems:
        toast(request, "This workflow has problems. Put them right first.", is_problem=True)
    else:
        try:
            toast(request, MODES[mode](request, working, timezone.now()))
        except (store.ConflictError, store.InvalidDocumentError) as error:
            toast(request, f"It could not be published: {error}.", is_problem=True)
    return redirect("workflow", pk=workflow.id)


def _watch(request: HttpRequest, working: Working, now: datetime) -> str:
    done = _put(request, working, "watch", now=now)
    return f"“{done.name}” watches now: it notes what it would do, and does nothing."


def _go_live(request: HttpRequest, working: Working, now: datetime) -> str:
    done = _put(request, working, "live", now=now)
    moved = deeds.move(done, by=member_of(request).email, now=now) if "move" in request.POST else 0
    more = f" {moved:,} that waited {'goes' if moved == 1 else 'go'} on with it." if moved else ""
    return f"“{done.name}” is on. It decides about everything that happens from now on.{more}"


def _ask_review(request: HttpRequest, working: Working, now: datetime) -> str:
    note, moves = request.POST.get("note", ""), "move" in request.POST
    deeds.ask(working.workflow, member=member_of(request), rev=working.rev, note=note, moves_waiting=moves, now=now)
    return "Asked for a review. It goes live when somebody else approves it."


def _put(request: HttpRequest, working: Working, mode: publishing_.Mode, *, now: datetime) -> Workflow:
    member, workflow = member_of(request), working.workflow
    done = publishing_.publish(workflow.id, mode=mode, by=member.email, now=now, seen=working.seen)
    audit.write(
        member.tenant_id, actor=member.email, action="workflow.published", now=now, target=str(workflow.id),
        detail={"mode": mode, "version": done.published},
    )  # fmt: skip
    return done


MODES: Mapping[str, Callable[[HttpRequest, Working, datetime], str]] = {
    "watch": _watch, "live": _go_live, "review": _ask_review,
}  # fmt: skip


@require_POST
@members_only
def stand(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Pause it, let it go on, or archive it (`what`)."""
    member = require_role(request, *BUILDERS)
    workflow = the_workflow(request, pk)
    what = request.POST.get("what", "")
    if what not in STANDINGS:
        raise BadRequest("no such act")
    act, done, words = STANDINGS[what]
    try:
        act(workflow.id, now=timezone.now())
    except store.ConflictError as error:
        toast(request, f"{str(error)[:1].upper()}{str(error)[1:]}.", is_problem=True)
    else:
        audit.write(member.tenant_id, actor=member.email, action=done, now=timezone.now(), target=str(workflow.id))
        toast(request, words.format(name=workflow.name))
    return redirect("workflows") if what == "archive" else redirect("workflow", pk=workflow.id)


@require_POST
@members_only
def discard(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Go back to the published version; the person's Undo brings the draft back."""
    member = require_role(request, *BUILDERS)
    workflow = the_workflow(request, pk)
    rev = request.POST.get("rev", "")
    try:
        draft.discard(workflow, member=member, rev=int(rev) if rev.isdecimal() else 0, now=timezone.now())
    except StaleError:
        toast(request, "Somebody changed this workflow meanwhile. Look at it first.", is_problem=True)
    except RefusedError as error:
        toast(request, str(error), is_problem=True)
    else:
        toast(request, f"Back to version {workflow.published}. Undo brings your changes back.")
    return redirect("workflow", pk=workflow.id)


def _changes(working: Working) -> list[Change]:
    if working.published is None:
        return []
    old = store.document_of(store.version_of(working.workflow, "published"))
    return difference(old, working.document, working.names)


def _editors(workflow: Workflow, *, most: int = 5) -> list[Editor]:
    """Who did what since the version that decides was published, each person's last changes first."""
    held = Draft.objects.get(tenant_id=workflow.tenant_id, workflow_id=workflow.id)
    since = store.version_of(workflow, "published").published_at if workflow.published is not None else None
    done: dict[str, list[str]] = {}
    for row in reversed(log.since(held, since)):
        words = done.setdefault(row.by, [])
        if row.words not in words:
            words.append(row.words)
    return [Editor(name=by, changes=tuple(words[:most]), more=max(0, len(words) - most)) for by, words in done.items()]
