"""Saved views: filters and order that somebody named, for themselves or for everybody."""

from collections.abc import Sequence
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


def first_of(views: Sequence[BoardView]) -> BoardView | None:
    """The view that the board opens with: one's own, else a shared one."""
    return min((view for view in views if view.opens_first), key=lambda view: view.member_id is None, default=None)


def save_view(
    board: Board, wanted: Wanted, *, name: str, member: Member, is_shared: bool, opens_first: bool, now: datetime
) -> BoardView:
    """Keep what is wanted under `name`; the same name of the same person is replaced, and so is the view that opened the
    board for the same people. Raises TooManyViewsError."""
    owner = None if is_shared else member.id
    known = BoardView.objects.filter(tenant_id=board.tenant_id, board=board, name=name, member_id=owner).first()
    if known is None and len(views_of(board, member)) >= MOST:
        raise TooManyViewsError
    view = known or BoardView(tenant_id=board.tenant_id, board=board, name=name, member_id=owner, created_at=now)
    if opens_first:
        BoardView.objects.filter(tenant_id=board.tenant_id, board=board, member_id=owner).update(opens_first=False)
    view.query, view.opens_first = wanted.query, opens_first
    view.save()
    return view


def remove_view(board: Board, view_id: UUID, *, member: Member) -> str:
    """Forget a view: one's own, or a shared one. Returns its name. Raises BoardView.DoesNotExist."""
    rows = BoardView.objects.filter(Q(member_id=member.id) | Q(member_id__isnull=True), tenant_id=board.tenant_id)
    view = rows.get(board=board, id=view_id)
    name = view.name
    view.delete()
    return name
