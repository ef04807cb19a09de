"""The pages of runs: their lists, the trace of one, and what people may do about it."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_POST

from postsale.tenants import audit
from postsale.tenants.access import BUILDERS, member_of, members_only, require_role, shop_of
from postsale.tenants.models import Member
from postsale.tenants.shop import Shop
from postsale.web.paging import BadCursorError
from postsale.web.toasts import toast
from workflows.definitions.models import Workflow
from workflows.history.addresses import address, is_list_of_runs
from workflows.history.tracing import reading, runs
from workflows.history.tracing.headlines import headline
from workflows.history.tracing.showing import about_of, event_data, title_of
from workflows.history.words import event_words
from workflows.runs import again, ending
from workflows.runs.models import Run

#: A waiting run whose time comes within this span is looked at again by its open page.
SOON = timedelta(minutes=10)
MOST_NAMES = 500


@require_GET
@members_only
def run_list(request: HttpRequest) -> HttpResponse:
    """All runs that fit the filters."""
    return _listed(request, None)


@require_GET
@members_only
def workflow_runs(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The runs of one workflow."""
    workflow = Workflow.objects.filter(tenant_id=member_of(request).tenant_id, id=pk).first()
    if workflow is None:
        raise Http404("There is no such workflow.")
    return _listed(request, workflow)


@require_GET
@members_only
def run_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The trace of a run; asked by htmx, only its changing part."""
    member = member_of(request)
    now = timezone.now()
    trace = reading.read(member.tenant_id, pk, shop_of(request), now=now)
    if trace is None:
        raise Http404("There is no such run.")
    run = trace.run
    may_build = member.role in BUILDERS
    context = {
        "trace": trace, "run": run, "head": headline(trace), "title": title_of(trace), "about": about_of(trace),
        "trigger": event_words(run.event, trace.shop), "event_data": event_data(trace),
        "is_live": run.state == "running" or (run.state == "waiting" and run.wake_at is not None and run.wake_at < now + SOON),
        "may_retry": may_build and run.state == "failed",
        "may_cancel": may_build and run.state == "waiting", "may_resume": may_build and runs.can_resume(run),
        "order_url": address("order", run.order_id) if run.order_id else "",
        "version_url": address("workflow_versions", run.workflow_id), "workflow_url": address("workflow", run.workflow_id),
    }  # fmt: skip
    part = "#trace" if request.headers.get("HX-Request") else ""
    return render(request, f"workflows/history/run.html{part}", context)


@require_POST
@members_only
def act(request: HttpRequest, pk: UUID, what: str) -> HttpResponse:
    """Retry, cancel or resume a run."""
    member = require_role(request, *BUILDERS)
    if not Run.objects.filter(tenant_id=member.tenant_id, id=pk).exists():
        raise Http404("There is no such run.")
    doing, action, words = ACTS[what]
    try:
        with transaction.atomic():
            doing(pk, member, timezone.now())
    except (ending.NotWaitingError, again.NotOverError):
        toast(request, "That is no longer possible: the run has gone on meanwhile.", is_problem=True)
    else:
        audit.write(member.tenant_id, actor=member.email, action=action, now=timezone.now(), target=str(pk))
        toast(request, words)
    return redirect(
        request.POST["back"] if is_list_of_runs(request.POST.get("back", "")) else reverse("run", args=[pk])
    )


def _retry(pk: UUID, member: Member, now: datetime) -> None:
    again.retry_run(pk, tenant_id=member.tenant_id, now=now)


def _cancel(pk: UUID, member: Member, now: datetime) -> None:
    ending.cancel(pk, tenant_id=member.tenant_id, by=member.email, now=now)


def _resume(pk: UUID, member: Member, now: datetime) -> None:
    ending.resume_now(pk, tenant_id=member.tenant_id, now=now)


type Act = tuple[Callable[[UUID, Member, datetime], None], str, str]
ACTS: dict[str, Act] = {
    "retry": (_retry, "run.retried", "The failed step is done again now."),
    "cancel": (_cancel, "run.cancelled", "The run is cancelled."),
    "resume": (_resume, "run.resumed", "The run goes on now."),
}


def _listed(request: HttpRequest, workflow: Workflow | None) -> HttpResponse:
    member = member_of(request)
    shop = shop_of(request)
    filters = _filters(request, shop, workflow)
    try:
        names = dict(_names(member)) if workflow is None else {workflow.id: workflow.name}
        found, more = runs.page(member.tenant_id, filters, shop, names=names, cursor=request.GET.get("cursor", ""))
    except BadCursorError as error:
        raise BadRequest("This page of the list can't be found any more.") from error
    query = request.GET.copy()
    query.pop("cursor", None)
    context: dict[str, Any] = {
        "lines": found, "more": more and f"?{query.urlencode()}&cursor={more}", "filters": filters, "workflow": workflow,
        "may_build": member.role in BUILDERS, "asked": request.GET,
    }  # fmt: skip
    if request.headers.get("HX-Request"):
        return render(request, "workflows/history/runs.html#rows", context)
    counts = runs.counts(member.tenant_id, filters.workflow)
    context |= {
        "tabs": [(key, label, counts.get(key)) for key, (label, _) in runs.TABS.items()],
        "most": runs.MOST_COUNTED, "names": names.items() if workflow is None else (),
        "workflow_url": address("workflow", workflow.id) if workflow is not None else "",
    }  # fmt: skip
    return render(request, "workflows/history/runs.html", context)


def _names(member: Member) -> list[tuple[UUID, str]]:
    rows = Workflow.objects.filter(tenant_id=member.tenant_id).order_by("name").values_list("id", "name")
    return list(rows[:MOST_NAMES])


def _filters(request: HttpRequest, shop: Shop, workflow: Workflow | None) -> runs.RunFilters:
    tab = request.GET.get("tab", "all")
    if tab not in runs.TABS:
        raise BadRequest(f"There is no tab {tab[:40]!r}.")
    last = _day(request.GET.get("to", ""))
    return runs.RunFilters(
        tab=tab, workflow=workflow.id if workflow is not None else _id(request.GET.get("workflow", "")),
        number=request.GET.get("order", "").replace("\0", "").strip()[:200],
        since=_start(_day(request.GET.get("from", "")), shop),
        until=_start(last + timedelta(days=1) if last is not None else None, shop),
    )  # fmt: skip


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day is not None and 1990 < day.year < 2200 else None


def _start(day: date | None, shop: Shop) -> datetime | None:
    return datetime.combine(day, time(), tzinfo=shop.zone) if day is not None else None
