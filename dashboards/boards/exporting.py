"""A board's cards as CSV, page after page, so that a large board costs no memory."""

import csv
import io
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.http import StreamingHttpResponse

from dashboards.boards import listing
from dashboards.boards.models import Board
from dashboards.boards.queries import CaseLine
from dashboards.boards.wanted import Wanted
from postsale.tenants.scope import in_thread, tenant
from postsale.web.paging import BadCursorError
from postsale.web.sheets import harmless

HEAD = (
    "order", "sales_channel", "board", "severity", "reason", "workflow", "carrier", "tracking_number", "tracking_status",
    "state", "owner", "opened_at", "due_at", "last_seen_at", "times_seen", "resolved_at", "resolved_by",
)  # fmt: skip
PAGE = 500


def csv_of(
    tenant_id: int, boards: Sequence[UUID], wanted: Wanted, *, email: str, now: datetime, name: str, is_async: bool
) -> StreamingHttpResponse:
    """The wanted cards of the boards with these ids; each page is read in a transaction of its own."""

    def page(cursor: str) -> tuple[str, str]:
        rows = list(Board.objects.filter(tenant_id=tenant_id, id__in=boards))
        try:
            found, more = listing.page(rows, wanted, email=email, now=now, cursor=cursor, limit=PAGE)
        except BadCursorError:
            return "", ""
        return _text([_cells(line) for line in found]), more

    def pages() -> Iterator[str]:
        yield _text([HEAD])
        cursor = ""
        while True:
            with tenant(tenant_id):
                text, cursor = page(cursor)
            yield text
            if not cursor:
                return

    async def pages_in_threads() -> AsyncIterator[str]:
        yield _text([HEAD])
        cursor = ""
        while True:
            text, cursor = await in_thread(page)(tenant_id, cursor)
            yield text
            if not cursor:
                return

    answer = StreamingHttpResponse(pages_in_threads() if is_async else pages(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _cells(line: CaseLine) -> tuple[object, ...]:
    moments = [
        at.isoformat(timespec="seconds") if at else "" for at in (line.opened_at, line.due_at, line.last_seen_at)
    ]
    resolved = line.resolved_at.isoformat(timespec="seconds") if line.resolved_at else ""
    return (
        line.order_number, line.sales_channel, line.board_name, line.severity, line.reason, line.workflow_name,
        line.carrier, line.tracking_number, line.tracking_status, line.state, line.assignee or "", *moments,
        line.count, resolved, (line.resolved_by or {}).get("name", ""),
    )  # fmt: skip


def _text(rows: Sequence[Sequence[object]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue()
