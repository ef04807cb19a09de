"""Saved views: filters and order that somebody named, for themselves or for everybody."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from dashboards.boards.models import Board, BoardView
from dashboards.boards.wanted import Wanted
from postsale.tenants.models import Member

#: A tab bar holds so many; beyond them nobody finds anything.
MOST = 20


class TooManyViewsError(Exception):
    """The board has as many saved views as it may have."""


def views_of(board: Board, member: Member) -> list[BoardView]:
    """The member's own views of a board and the shared ones, oldest first. One query."""
    rows = BoardView.objects.filter(Q(member_id=member.id) | Q(member_id__isnull=True), tenant_id=board.tenant_id)
    return list(rows.filter(board=board).order_by("created_at", "id")[:MOST])


def save_view(board: Board, wanted: Wanted, *, name: str, member: Member, is_shared: bool, now: datetime) -> BoardView:
    """Keep what is wanted under `name`; the same name of the same person is replaced. Raises TooManyViewsError."""
    owner = None if is_shared else member.id
    known = BoardView.objects.filter(tenant_id=board.tenant_id, board=board, name=name, member_id=owner).first()
    if known is None and len(views_of(board, member)) >= MOST:
        raise TooManyViewsError
    view = known or BoardView(tenant_id=board.tenant_id, board=board, name=name, member_id=owner, created_at=now)
    view.query = wanted.query
    view.save()
    return view


def remove_view(board: Board, view_id: UUID, *, member: Member) -> str:
    """Forget a view: one's own, or a shared one. Returns its name. Raises BoardView.DoesNotExist."""
    rows = BoardView.objects.filter(Q(member_id=member.id) | Q(member_id__isnull=True), tenant_id=board.tenant_id)
    view = rows.get(board=board, id=view_id)
    name = view.name
    view.delete()
    return name
