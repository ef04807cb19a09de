"""`/settings/audit/`: who did what, in words; filtered, paged, and exported as a stream."""

import csv
import io
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from asgiref.sync import sync_to_async
from django.core.exceptions import BadRequest
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from postsale.backoffice.guide import tabs_for
from postsale.backoffice.people.forms import LogFilters
from postsale.backoffice.people.words import ACTIONS, ACTORS, changes_of, words_of
from postsale.tenants import audit
from postsale.tenants.access import KEEPERS, members_only, require_role
from postsale.tenants.middleware import TenantRequest
from postsale.tenants.models import AuditEntry
from postsale.tenants.scope import in_tenant
from postsale.web.paging import BadCursorError, read_cursor, write_cursor
from postsale.web.sheets import harmless

PAGE = 50
CHUNK = 500
COLUMNS = ("at", "actor", "action", "target", "before", "after", "detail")


@members_only
@require_GET
def audit_log(request: TenantRequest) -> HttpResponse:
    """A page of the log, newest first."""
    member = require_role(request, *KEEPERS)
    form, filters = _asked(request)
    rows = _rows(request.tenant_id, filters, request.GET.get("cursor", ""))[: PAGE + 1]
    found = list(rows)
    query = request.GET.copy()
    query.pop("cursor", None)
    lines = [
        {
            "row": row,
            "actor": ACTORS.get(row.actor, row.actor),
            "words": words_of(row.action, row.target, row.detail),
            "changes": changes_of(row.detail),
        }
        for row in found[:PAGE]
    ]
    last = found[PAGE - 1] if len(found) > PAGE else None
    context = {
        "tabs": tabs_for(member.role), "tab": "settings_audit", "lines": lines, "form": form, "query": query.urlencode(),
        "more": write_cursor(last.at, last.id) if last else "", "actions": sorted(ACTIONS.items(), key=lambda a: a[1][0]),
        "is_filtered": bool(query),
    }  # fmt: skip
    return render(request, "postsale/backoffice/audit.html", context)


@members_only
@require_GET
def export(request: TenantRequest) -> StreamingHttpResponse:
    """The filtered log as CSV, read and sent a chunk at a time."""
    member = require_role(request, *KEEPERS)
    _, filters = _asked(request)
    audit.write(request.tenant_id, actor=member.email, action="audit.exported", now=timezone.localtime())
    name = f"{request.tenant.slug}-audit-{timezone.localdate():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        _exported(request.tenant_id, filters),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Accel-Buffering": "no"},
    )


async def _exported(tenant_id: int, filters: Q) -> AsyncIterator[bytes]:
    cursor = ""
    read = sync_to_async(in_tenant(_chunk))
    yield _csv([COLUMNS])
    while True:
        lines, cursor = await read(tenant_id, tenant_id, filters, cursor)
        if lines:
            yield lines
        if not cursor:
            return


def _chunk(tenant_id: int, filters: Q, cursor: str) -> tuple[bytes, str]:
    rows = list(_rows(tenant_id, filters, cursor)[:CHUNK])
    more = write_cursor(rows[-1].at, rows[-1].id) if len(rows) == CHUNK else ""
    return _csv([_cells(row) for row in rows]), more


def _cells(row: AuditEntry) -> tuple[str, ...]:
    before, after = (row.detail.get(name, "") for name in ("before", "after"))
    rest = {name: value for name, value in row.detail.items() if name not in {"before", "after"}}
    return (row.at.isoformat(), row.actor, row.action, row.target, str(before), str(after), str(rest or ""))


def _csv(rows: list[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([[harmless(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8", "replace")


def _asked(request: HttpRequest) -> tuple[Mapping[str, str], Q]:
    """What was typed, and the filter that it means; dates that are none filter nothing."""
    form = LogFilters(request.GET)
    form.is_valid()
    said = form.cleaned_data
    wanted = Q()
    if actor := said.get("actor", "").replace("\0", ""):
        wanted &= Q(actor__icontains=actor)
    if action := said.get("action", "").replace("\0", ""):
        wanted &= Q(action=action)
    if since := said.get("since"):
        wanted &= Q(at__gte=_midnight(since))
    if until := said.get("until"):
        wanted &= Q(at__lt=_midnight(until + timedelta(days=1)))
    typed = {name: request.GET.get(name, "")[:254] for name in form.fields}
    return typed, wanted


def _midnight(day: Any) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


def _rows(tenant_id: int, filters: Q, cursor: str) -> QuerySet[AuditEntry]:
    rows = AuditEntry.objects.filter(filters, tenant_id=tenant_id).order_by("-at", "-id")
    if not cursor:
        return rows
    try:
        at, last = read_cursor(cursor)
    except BadCursorError as error:
        raise BadRequest(str(error)) from error
    return rows.filter(Q(at__lt=at) | Q(at=at, id__lt=last))
