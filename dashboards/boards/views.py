"""The pages of boards: the list, a board, more of its cards, one card in the drawer, and a board's cards as a file."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboards.boards import calm, exporting, listing, queries, snoozing, wanted
from dashboards.boards.card import card_of
from dashboards.boards.models import Board
from dashboards.boards.placing import SEVERITIES
from dashboards.boards.saved import first_of, views_of
from dashboards.boards.showing import known, rows
from dashboards.boards.topics import board_topic
from dashboards.boards.wanted import ENDED_BY, PERIODS, SORTS, VIEWS, Wanted
from postsale.live.topics import sign_topic
from postsale.tenants import audit
from postsale.tenants.access import BUILDERS, WORKERS, member_of, members_only
from postsale.tenants.models import Member
from postsale.tenants.scope import entered_at
from postsale.tenants.shop import Shop
from postsale.web.paging import BadCursorError

#: The page of all boards' cards together; no board may be called so.
ALL = "all"
#: The views that are empty when nothing needs anybody.
CALM = ("open", "todo", "mine", "unassigned", "overdue")


@require_GET
@members_only
def board_list(request: HttpRequest) -> HttpResponse:
    """All boards with their open cards' counts, and the archived ones for those who may bring them back."""
    member = member_of(request)
    may_manage = member.role in BUILDERS
    archived = Board.objects.filter(tenant_id=member.tenant_id, archived_at__isnull=False).order_by("name")
    boards = queries.boards(member.tenant_id)
    known(request, [(board.slug, board.name, board.open) for board in boards])
    context = {
        "boards": boards,
        "may_manage": may_manage,
        "archived": list(archived[:50]) if may_manage else [],
    }
    return render(request, "dashboards/boards/boards.html", context)


@require_GET
@members_only
def board_page(request: HttpRequest, slug: str) -> HttpResponse:
    """A board, or with `?cursor=` more of its rows. `all` is every board's cards."""
    member = member_of(request)
    since, now = entered_at(), timezone.localtime()
    boards = the_boards(member, slug)
    saved = views_of(boards[0], member) if slug != ALL else []
    first = first_of(saved)
    if first is not None and not request.GET:
        return redirect(f"{request.path}?{first.query or 'view=open'}")
    asked = wanted.read(request.GET)
    try:
        cards, more = listing.page(boards, asked, email=member.email, now=now, cursor=request.GET.get("cursor", ""))
    except BadCursorError as error:
        raise BadRequest(str(error)) from error
    context = {
        "board": shown_board(boards, slug),
        "cards": cards,
        "more": more and f"?{asked.query}&cursor={more}",
        "wanted": asked,
    }
    if "cursor" in request.GET:
        return render(request, "dashboards/boards/board.html#rows", context)
    board = boards[0] if slug != ALL else None
    shop: Shop = request.shop  # type: ignore[attr-defined]  # set by TenantMiddleware
    context |= _around(boards, board, asked, member=member, shop=shop, now=now, since=since) | {"saved": saved}
    if not cards and not asked.filters and asked.view in CALM:
        context["calm"] = calm.news(boards, shop=shop, now=now)
    return render(request, "dashboards/boards/board.html", context)


@require_GET
@members_only
def now_part(request: HttpRequest, slug: str) -> HttpResponse:
    """The cards as they are now, as the socket would say it: for browsers that have none, and pages without a topic."""
    member = member_of(request)
    boards = the_boards(member, slug)
    asked = wanted.read(request.GET)
    now = timezone.localtime()
    cards, more = listing.page(boards, asked, email=member.email, now=now)
    return JsonResponse({
        "rows": [{"id": row.id, "key": row.key, "html": row.html} for row in rows(cards)], "gone": [], "whole": True,
        "more": more, "counts": listing.counts(boards, now=now),
    })  # fmt: skip


@require_GET
@members_only
def card(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """One card, for the drawer."""
    member = member_of(request)
    return card_answer(request, member, slug, pk)


@require_GET
@members_only
def export(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The wanted cards as CSV, sent as they are read."""
    member = member_of(request)
    boards = the_boards(member, slug)
    asked, now = wanted.read(request.GET), timezone.localtime()
    audit.write(member.tenant_id, actor=member.email, action="board.exported", target=slug, now=now)
    return exporting.csv_of(
        member.tenant_id, [board.id for board in boards], asked, email=member.email, now=now,
        name=f"{slug}-{asked.view}.csv", is_async=hasattr(request, "scope"),
    )  # fmt: skip


def card_answer(request: HttpRequest, member: Member, slug: str, pk: UUID, *, problem: str = "") -> HttpResponse:
    """The drawer's content for a card. Raises Http404."""
    boards = the_boards(member, slug)
    shop: Shop = request.shop  # type: ignore[attr-defined]  # set by TenantMiddleware
    found = card_of(boards, pk, shop=shop)
    if found is None:
        raise Http404("no such card on this board")
    context = {
        "it": found, "shop": shop, "board": shown_board(boards, slug), "may_work": member.role in WORKERS, "problem": problem,
        "members": sorted(shop.members), "member": member, "snoozes": snoozing.choices(shop),
    }  # fmt: skip
    return render(request, "dashboards/boards/card.html", context, status=422 if problem else 200)


def the_board(member: Member, slug: str) -> Board:
    """The tenant's board. Raises Http404."""
    board = queries.board(member.tenant_id, slug)
    if board is None:
        raise Http404("no such board")
    return board


def the_boards(member: Member, slug: str) -> list[Board]:
    """The board called `slug`, or for "all" every one that is not archived. Raises Http404."""
    if slug != ALL:
        return [the_board(member, slug)]
    rows = Board.objects.filter(tenant_id=member.tenant_id, archived_at__isnull=True)
    return list(rows.order_by("position", "created_at", "id"))


def shown_board(boards: Sequence[Board], slug: str) -> dict[str, Any]:
    """What pages say of the board, or of all of them."""
    if slug == ALL:
        has_sla = any(queries.sla_of(board) for board in boards)
        return {"slug": ALL, "name": "All cards", "is_all": True, "sla_hours": has_sla, "archived_at": None}
    board = boards[0]
    return {
        "slug": slug, "name": board.name, "is_all": False, "sla_hours": queries.sla_of(board),
        "archived_at": board.archived_at,
    }  # fmt: skip


def _around(
    boards: Sequence[Board],
    board: Board | None,
    asked: Wanted,
    *,
    member: Member,
    shop: Shop,
    now: datetime,
    since: int,
) -> dict[str, Any]:
    counted = listing.of_views(listing.counts(boards, now=now), member.email)
    views = [
        {"key": key, "label": label, "query": asked.with_view(key).address, "count": counted.get(key)}
        for key, label in VIEWS.items()
        if key != "overdue" or any(queries.sla_of(each) for each in boards)
    ]
    is_live = board is not None and asked.is_live
    return {
        "views": views,
        "counts": counted,
        "choices": listing.choices(boards),
        "sorts": SORTS,
        "ended_by": ENDED_BY,
        "ended_in": PERIODS,
        "severities": [(key, key.title()) for key in reversed(SEVERITIES)],
        "fits": asked.in_words_of_rows(member.email),
        "may_work": member.role in WORKERS,
        "may_manage": member.role in BUILDERS and board is not None,
        "member": member,
        "members": sorted(shop.members),
        "snoozes": snoozing.choices(shop),
        "earliest": _minute(shop, now + timedelta(minutes=5)),
        "latest": _minute(shop, now + timedelta(days=365)),
        "topic": sign_topic(board_topic(board.tenant_id, board.slug), member_id=member.id) if board and is_live else "",
        "since": since,
    }


def _minute(shop: Shop, at: datetime) -> str:
    return f"{at.astimezone(shop.zone):%Y-%m-%dT%H:%M}"
