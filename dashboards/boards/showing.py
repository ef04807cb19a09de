"""Showing: a card as a row of HTML, rendered once for everybody, and the boards' links with their counts."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.http import HttpRequest
from django.template import loader
from django.urls import reverse
from django.utils import timezone

from dashboards.boards import listing, queries
from dashboards.boards.models import Board
from dashboards.boards.queries import CaseLine
from dashboards.boards.topics import BOARD, BOARDS, all_boards
from postsale.live.renderers import Picture, Renderer, Row
from postsale.live.topics import sign_topic
from postsale.tenants.models import Member
from postsale.tenants.scope import current_tenant
from postsale.tenants.shop import load_shop
from postsale.web.navigation import Link, Section

#: Where a request keeps what its page knows of the boards.
KNOWN = "boards_known"


def rows(lines: Iterable[CaseLine]) -> list[Row]:
    """Each card as the row that every watcher sees: nothing in it depends on who looks."""
    template = loader.get_template("dashboards/boards/board.html#row")
    return [Row(id=line.id.hex, key=line.sort_key, html=template.render({"card": line}).strip()) for line in lines]


def board_picture(slug: str, ids: Sequence[UUID] | None) -> Picture:
    """The open cards among `ids`, and why the others are gone; with None the first page."""
    board = queries.board(_tenant(), slug)
    if board is None:
        return Picture(gone=[(each.hex, "the board is gone") for each in ids or ()])
    with timezone.override(load_shop(board.tenant_id).zone):
        return _picture(board, ids, listing.counts([board], now=timezone.now()))  # noqa: TID251 -- a topic is an edge


def _picture(board: Board, ids: Sequence[UUID] | None, counts: Mapping[str, int]) -> Picture:
    if ids is None:
        lines, more = queries.page(board)
        return Picture(rows=rows(lines), counts=counts, more=more)
    lines = queries.by_ids(board.tenant_id, ids, board_=board)
    there = [line for line in lines if line.state == "open"]
    gone = {line.id: why_gone(line) for line in lines if line.state != "open"}
    lost = {each: "gone" for each in ids if each not in {line.id for line in lines}}
    return Picture(rows=rows(there), gone=[(each.hex, why) for each, why in (gone | lost).items()], counts=counts)


def why_gone(line: CaseLine) -> str:
    """In words: what made a card leave the open ones."""
    if line.state == "snoozed":
        return (
            f"Snoozed until {timezone.localtime(line.snoozed_until):%-d %b, %H:%M}" if line.snoozed_until else "Snoozed"
        )
    by = line.resolved_by or {}
    return (
        f"Cleared: {by.get('name', '')}" if by.get("kind") == "cleared" else f"Resolved by {by.get('name', 'someone')}"
    )


def boards_picture(_key: str, _ids: Sequence[UUID] | None) -> Picture:
    """How many cards are open on each board."""
    return Picture(counts={line.slug: line.open for line in queries.boards(_tenant())})


def known(request: HttpRequest, boards: Sequence[tuple[str, str, int]]) -> None:
    """Spare the sidebar its question: a page that has read the boards anyway says their slugs, names and open cards."""
    setattr(request, KNOWN, boards)


def board_links(request: HttpRequest) -> list[Section]:
    """The sidebar's boards; nothing for who is in no shop."""
    member = getattr(request, "member", None)
    if not isinstance(member, Member):
        return []
    said: Sequence[tuple[str, str, int]] | None = getattr(request, KNOWN, None)
    if said is None:
        said = [(line.slug, line.name, line.open) for line in queries.boards(member.tenant_id)]
    links = [
        Link(label=name, url=reverse("board", args=[slug]), icon="bookmark", count=count, count_name=slug)
        for slug, name, count in said
    ]
    topic = sign_topic(all_boards(member.tenant_id), member_id=member.id)
    overview = Link(label="All boards", url=reverse("boards"), icon="inbox", place=0)
    return [Section(heading="Boards", links=[overview, *links], topic=topic)]


def _tenant() -> int:
    tenant_id = current_tenant()
    if tenant_id is None:
        raise RuntimeError("topics are rendered inside a tenant's transaction")
    return tenant_id


BOARD_RENDERER = Renderer(
    kind=BOARD, picture=board_picture, is_there=lambda slug: queries.board(_tenant(), slug) is not None
)
BOARDS_RENDERER = Renderer(kind=BOARDS, picture=boards_picture, is_there=lambda key: key == "all")
