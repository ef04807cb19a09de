"""The pages of back-tests: ask, watch it work, read what came out, look into each bar."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from postsale.tenants.access import BUILDERS, member_of, members_only, require_role
from postsale.tenants.shop import load_shop
from postsale.web.toasts import toast
from workflows.builder.inspector.offers import seen_in
from workflows.builder.rehearsal import reading
from workflows.builder.rehearsal.asking import RehearsalForm, ask, choosable, the_test
from workflows.builder.views_canvas import the_workflow
from workflows.catalog.names import channel_name
from workflows.definitions.models import Workflow
from workflows.definitions.names import Names, names_of
from workflows.definitions.store import ConflictError, InvalidDocumentError
from workflows.replay import backtest
from workflows.replay.bounds import TooMuchError
from workflows.replay.models import Backtest, BacktestRun

#: Rows shown of what it would have done; of each side of a difference.
SHOWN, SHOWN_OF_A_SIDE = 25, 10


@require_http_methods(["GET", "POST"])
@members_only
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Back-tests of a workflow: `?test=` shows one (default: the newest); POST asks for a new one."""
    member = member_of(request)
    workflow = the_workflow(request, pk)
    versions = choosable(workflow)
    channels = tuple(seen_in(member.tenant_id).get("order.sales_channel", ()))
    if request.method == "POST":
        require_role(request, *BUILDERS)
        form = RehearsalForm(versions, channels, request.POST)
        if form.is_valid():
            try:
                test = ask(workflow, form, now=timezone.now())
            except InvalidDocumentError as error:
                form.add_error(None, f"This version can't run any more: {error.problems[0]}")
            except TooMuchError as error:
                form.add_error("days", f"{str(error)[:1].upper()}{str(error)[1:]}.")
            else:
                return redirect(f"{reverse('workflow_backtest', args=[pk])}?test={test.id}")
        newest = None
    else:
        newest = the_test(workflow, _asked_for(request))
        said = newest.options if newest else {}
        initial = {
            "version": request.GET.get("version") or str(said.get("number") or (versions[0].number if versions else "")),
            "days": str(said.get("days", 30)), "channels": said.get("channels", ()),
            "against": str(said.get("compare", "")) if said.get("compare") != workflow.published else "",
        }  # fmt: skip
        form = RehearsalForm(versions, channels, initial=initial)
    context = {
        "workflow": workflow, "form": form, "may_build": member.role in BUILDERS, "has_versions": bool(versions),
        "is_first": newest is None,
    }  # fmt: skip
    return render(request, "workflows/builder/rehearsal/page.html", context | _shown(workflow, newest))


@require_GET
@members_only
def progress(request: HttpRequest, pk: UUID, test: UUID) -> HttpResponse:
    """How far it is; the whole answer once it is done."""
    workflow = the_workflow(request, pk)
    context = {"workflow": workflow, "may_build": member_of(request).role in BUILDERS}
    return render(
        request, "workflows/builder/rehearsal/page.html#outcome", context | _shown(workflow, _test(workflow, test))
    )


@require_POST
@members_only
def cancel(request: HttpRequest, pk: UUID, test: UUID) -> HttpResponse:
    """Stop it."""
    require_role(request, *BUILDERS)
    workflow = the_workflow(request, pk)
    found = _test(workflow, test)
    try:
        backtest.cancel(found.id)
    except ConflictError as error:
        toast(request, f"{error}.".capitalize(), is_problem=True)
    return redirect(f"{reverse('workflow_backtest', args=[pk])}?test={found.id}")


@require_GET
@members_only
def stage(request: HttpRequest, pk: UUID, test: UUID, key: str) -> HttpResponse:
    """The orders behind one bar: those that stopped there; for `acted`, `added`, `removed` those it is about."""
    tenant_id = member_of(request).tenant_id
    found = _test(the_workflow(request, pk), test)
    result = found.result or {}
    lists = {stage["id"]: stage["first"] for stage in result.get("funnel", ())}
    lists |= {name: result.get("compared", {}).get(name, ()) for name in ("added", "removed")}
    lists["acted"] = result.get("runs", ())
    if key not in lists:
        raise Http404("no such part of a back-test")
    rows = lists[key]
    context = {"lines": reading.lines(tenant_id, rows, [""] * len(rows)), "key": key}
    return render(request, "workflows/builder/rehearsal/stage.html", context)


def _shown(workflow: Workflow, test: Backtest | None) -> dict[str, Any]:
    """What a template shows of a back-test."""
    if test is None:
        return {"test": None}
    names = names_of(workflow.tenant_id)
    channels = [channel_name(str(each)) for each in test.options.get("channels") or ()]
    shown: dict[str, Any] = {
        "test": test, "percent": round(100 * test.progress), "number": test.options.get("number"), "channels": channels,
    }  # fmt: skip
    if test.state != "done" or test.result is None:
        return shown
    chart, table = reading.days_chart(test, load_shop(workflow.tenant_id).zone)
    stages = reading.stages(test, names)
    return shown | {
        "result": test.result, "stages": stages, "most": max([s.count for s in stages[1:]], default=0),
        "sentence": reading.sentence_of(test, names), "steps": reading.step_lines(test, names),
        "chart": chart, "days": table, "warnings": reading.warnings(test), "compared": test.result.get("compared"),
        "lines": _lines(test, names),
    }  # fmt: skip


def _lines(test: Backtest, names: Names) -> list[reading.Line]:
    rows = BacktestRun.objects.filter(tenant_id=test.tenant_id, backtest_id=test.id).order_by("-position")[:SHOWN]
    said = [
        {"order": str(row.order_id) if row.order_id else None, "parcel": str(row.shipment_id) if row.shipment_id else None,
         "at": row.at.isoformat(), "steps": row.steps}
        for row in rows
    ]  # fmt: skip
    plan = reading.plan_of(test)
    return reading.lines(test.tenant_id, said, [reading.does_words(row, plan, names) for row in said])


def _test(workflow: Workflow, pk: UUID) -> Backtest:
    found = the_test(workflow, pk)
    if found is None:
        raise Http404("no such back-test")
    return found


def _asked_for(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET["test"]) if "test" in request.GET else None
    except ValueError as error:
        raise Http404("no such back-test") from error
