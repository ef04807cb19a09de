"""The checker's page for the whole shop, and the hints beside one working copy."""

from collections.abc import Mapping
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from postsale.tenants.access import member_of, members_only
from workflows.builder import draft
from workflows.builder.checker import looking
from workflows.builder.views_canvas import the_workflow


@require_GET
@members_only
def page(request: HttpRequest) -> HttpResponse:
    """All findings of what is published."""
    report = looking.of_shop(member_of(request).tenant_id, now=timezone.now())
    told = {pk for finding in report.between for pk in (finding.workflow_id, *finding.others)}
    context = {
        "between": [(finding, _named(finding.workflow_id, *finding.others, names=report.names)) for finding in report.between],
        "checked": [each for each in report.checked if each.findings],
        "quiet": sum(not each.findings and each.workflow.id not in told for each in report.checked),
        "is_empty": not report.checked,
    }  # fmt: skip
    return render(request, "workflows/builder/checker/page.html", context)


@require_GET
@members_only
def hints(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What looks wrong in the working copy as it is now."""
    workflow = the_workflow(request, pk)
    working = draft.load(workflow, member=member_of(request))
    found = looking.of_document(working.document, workflow=workflow, names=working.names, now=timezone.now())
    return render(request, "workflows/builder/checker/hints.html", {"findings": found, "workflow": workflow})


def _named(*ids: UUID | None, names: Mapping[UUID, str]) -> list[tuple[UUID, str]]:
    return [(each, names[each]) for each in ids if each is not None and each in names]
