"""Answers of the builder: the canvas anew, or the pieces that a change of one step touches, out of band."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from postsale.tenants.access import BUILDERS, member_of
from postsale.web.toasts import toast
from workflows.builder.canvas import canvas_of, card_of, sentence_of
from workflows.builder.draft import StaleError, Working
from workflows.builder.operations import steps_of
from workflows.builder.review import deeds
from workflows.definitions import store

STATES: Mapping[str, tuple[str, str, str]] = {
    "draft": ("Draft", "", "pencil"),
    "live": ("On", "ok", "circle-play"),
    "watching": ("Watching", "info", "eye"),
    "paused": ("Paused", "warn", "circle-pause"),
    "archived": ("Archived", "", "archive"),
}


def may_build(request: HttpRequest, working: Working) -> bool:
    """Whether this member may change this workflow."""
    return member_of(request).role in BUILDERS and working.state != "archived"


def context_of(request: HttpRequest, working: Working, *, news: str = "") -> dict[str, Any]:
    """What every template of the builder reads; `news` stands where else it says that everything is saved."""
    label, tone, icon = STATES[working.state]
    has_changes = bool(working.problems) or _differs(working)
    return {
        "working": working,
        "workflow": working.workflow,
        "may_build": may_build(request, working),
        "state": {"label": label, "tone": tone, "icon": icon},
        "has_changes": has_changes,
        "blocked": _why_not(working, has_changes=has_changes),
        "review": (review := deeds.waiting(working.workflow, rev=working.rev)),
        "is_my_review": review is not None and review.asked_by == member_of(request).email,
        "request": request,
        "news": news,
    }


def flow(request: HttpRequest, working: Working, *, status: int = 200, news: str = "") -> HttpResponse:
    """The whole canvas, and all that stands around it out of band."""
    context = context_of(request, working, news=news) | {"canvas": canvas_of(working), "oob": True}
    return HttpResponse(render_to_string("workflows/builder/answer.html", context, request), status=status)


def pieces(request: HttpRequest, working: Working, *, step_ids: Iterable[str] = ()) -> SafeString:
    """For the answer to a change of a step's settings: its card ("trigger" has one, too), the sentence, the top bar.

    Out of band: append it to what the request itself asked for.
    """
    context = context_of(request, working) | {"oob": True, "sentence": sentence_of(working)}
    wanted = set(step_ids)
    steps = [step for step in steps_of(working.document) if step["id"] in wanted]
    if "trigger" in wanted:
        steps.append(working.document["trigger"])
    cards = [
        render_to_string("workflows/builder/card.html", context | {"card": card_of(working, step)}, request)
        for step in steps
    ]
    around = render_to_string("workflows/builder/around.html", context, request)
    return mark_safe("".join((*cards, around)))  # noqa: S308 -- rendered templates


def stale(request: HttpRequest, error: StaleError) -> HttpResponse:
    """The 409 for a change that came too late: the canvas as it is now, and who was faster."""
    toast(request, f"{who_changed(request, error.by)}. Showing the latest.")
    return _whole(flow(request, error.working, status=409))


def who_changed(request: HttpRequest, by: str) -> str:
    """Who changed it, in words for this member: "Priya changed this workflow"."""
    if by == member_of(request).email:
        return "You changed this workflow in another window"
    return f"{_name(by or 'Somebody else')} changed this workflow"


def refused(request: HttpRequest, working: Working, words: str) -> HttpResponse:
    """The 422 for what can't be done: the canvas as it is, and why."""
    toast(request, words, is_problem=True)
    return _whole(flow(request, working, status=422))


def _whole(response: HttpResponse) -> HttpResponse:
    response["HX-Retarget"] = "#flow"
    response["HX-Reswap"] = "outerHTML"
    return response


def _name(email: str) -> str:
    """ "Priya" for priya@shop.example; whole words for what is no address."""
    name = email.partition("@")[0]
    return name.replace(".", " ").replace("_", " ").title() if "@" in email else email


def _differs(working: Working) -> bool:
    """Whether the working copy says something else than what decides."""
    workflow = working.workflow
    if workflow.draft is None or workflow.published is None:
        return workflow.draft is not None
    return store.document_of(store.version_of(workflow, "published")) != working.document


def _why_not(working: Working, *, has_changes: bool) -> str:
    """Why it can't be published now, "" when it can."""
    count = len(working.problems)
    if count:
        return "1 problem to put right first" if count == 1 else f"{count} problems to put right first"
    if not has_changes and working.state in ("live", "paused"):
        return "Nothing has changed since it was published"
    return ""
