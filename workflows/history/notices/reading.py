"""A member's notices, the number of unread ones, and its live topic."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from postsale.live.renderers import Picture, Renderer
from postsale.live.topics import Topic
from postsale.tenants.models import Member
from postsale.tenants.scope import current_tenant
from postsale.web.paging import read_cursor, write_cursor
from workflows.actions.outbox_rows import NOTICES
from workflows.runs.models import Notification

PAGE = 50
#: Beyond this the bell says "99+".
MOST_COUNTED = 100
#: What live messages call the number beside the bell.
COUNT_NAME = "notices"


def page(member: Member, *, cursor: str = "") -> tuple[list[Notification], str]:
    """A page of the member's notices, newest first, and the cursor of the next one. Raises BadCursorError."""
    rows = Notification.objects.filter(tenant_id=member.tenant_id, member_id=member.id)
    if cursor:
        at, _ = read_cursor(cursor)
        rows = rows.filter(created_at__lt=at)
    found = list(rows.order_by("-created_at", "-id")[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    return found[:PAGE], write_cursor(last.created_at, last.id) if last is not None else ""


def unread(tenant_id: int, member_id: UUID) -> int:
    """How many notices the member has not read, at most MOST_COUNTED."""
    rows = Notification.objects.filter(tenant_id=tenant_id, member_id=member_id, read_at=None)
    return rows.order_by()[:MOST_COUNTED].count()


def mark_read(member: Member, ids: Sequence[UUID] | None, *, now: datetime) -> int:
    """Mark the member's notices `ids` (None: all) as read; how many were not."""
    rows = Notification.objects.filter(tenant_id=member.tenant_id, member_id=member.id, read_at=None)
    return (rows if ids is None else rows.filter(id__in=ids)).update(read_at=now)


def topic_of(member: Member) -> Topic:
    """What the bell of a member watches."""
    return Topic(tenant_id=member.tenant_id, kind=NOTICES, key=member.id.hex)


def picture(key: str, _ids: Sequence[UUID] | None) -> Picture:
    """How many notices the member `key` has not read."""
    return Picture(counts={COUNT_NAME: unread(_tenant(), UUID(hex=key))})


def is_there(key: str) -> bool:
    """Whether `key` is a member of the tenant."""
    return Member.everybody.filter(tenant_id=_tenant(), id=key).exists()


def _tenant() -> int:
    tenant_id = current_tenant()
    if tenant_id is None:
        raise RuntimeError("topics are rendered inside a tenant's transaction")
    return tenant_id


RENDERER = Renderer(kind=NOTICES, picture=picture, is_there=is_there)
