"""The pages of boards: the list, a board, more of its cards, and what people do with cards."""

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from dashboards.boards import cases, queries
from dashboards.boards.models import Board, Case
from dashboards.boards.topics import board_topic
from postsale.live.push import clock
from postsale.live.topics import sign_topic
from postsale.tenants.access import WORKERS, member_of, members_only, require_role
from postsale.tenants.models import Member
from postsale.tenants.shop import Shop, load_shop
from postsale.web.paging import BadCursorError

#: What one click may do at once.
MOST_AT_ONCE = 500
VIEWS = (
    ("open", "All open"),
    ("mine", "Mine"),
    ("unassigned", "Unassigned"),
    ("snoozed", "Snoozed"),
    ("resolved", "Resolved"),
)

type Act = Callable[[HttpRequest, Sequence[UUID], Member, datetime], tuple[str, list[Case]]]


@require_GET
@members_only
def home(request: HttpRequest) -> HttpResponse:
    """Where people land: their boards."""
    return redirect("boards")


@require_GET
@members_only
def board_list(request: HttpRequest) -> HttpResponse:
    """All boards with their open cards' counts."""
    return render(request, "dashboards/boards/boards.html", {"boards": queries.boards(member_of(request).tenant_id)})


@require_GET
@members_only
def board_page(request: HttpRequest, slug: str) -> HttpResponse:
    """A board, or with `?cursor=` more of its rows."""
    member = member_of(request)
    since = clock()
    board = the_board(member, slug)
    view = request.GET.get("view", "open")
    if view not in dict(VIEWS):
        raise BadRequest(f"no view {view[:40]!r}")
    cards, more = _cards(board, view, member, request.GET.get("cursor", ""))
    context = {"board": board, "cards": cards, "more": more, "view": view}
    if "cursor" in request.GET:
        return render(request, "dashboards/boards/board.html#rows", context)
    context |= {
        "views": VIEWS,
        "counts": queries.counts(board),
        "may_work": member.role in WORKERS,
        "member": member,
        "members": sorted(load_shop(member.tenant_id).members),
        "topic": sign_topic(board_topic(board.tenant_id, board.slug), member_id=member.id) if view == "open" else "",
        "since": since,
    }
    return render(request, "dashboards/boards/board.html", context)


@require_POST
@members_only
def act(request: HttpRequest, slug: str, what: str) -> HttpResponse:
    """Resolve, assign, snooze or reopen the cards `case`; answers with a line that says so and can undo it."""
    member = require_role(request, *WORKERS)
    board = the_board(member, slug)
    ids = _ids(request)
    on_board = [line.id for line in queries.by_ids(member.tenant_id, ids, board_=board)]
    if len(on_board) != len(ids):
        raise Http404("no such card on this board")
    try:
        words, changed = ACTS[what](request, ids, member, timezone.now())
    except cases.CaseEditError as error:
        context = {"words": f"{error.problem}. Expected {error.expected}.", "board": board, "gone": [], "undo": []}
        return render(request, "dashboards/boards/board.html#toast", context, status=422)
    gone = [case.id.hex for case in changed if case.state != "open"]
    return render(
        request, "dashboards/boards/board.html#toast", {"words": words, "board": board, "gone": gone, "undo": gone}
    )


def the_board(member: Member, slug: str) -> Board:
    """The tenant's board. Raises Http404."""
    board = queries.board(member.tenant_id, slug)
    if board is None:
        raise Http404("no such board")
    return board


def snooze_end(choice: str, shop: Shop, now: datetime) -> datetime:
    """When a snooze ends: in an hour, or at the shop's opening in one, three or seven days. Raises BadRequest."""
    if choice == "hour":
        return now + timedelta(hours=1)
    days = {"tomorrow": 1, "days": 3, "week": 7}.get(choice)
    if days is None:
        raise BadRequest(f"no such snooze: {choice[:40]!r}")
    day = now.astimezone(shop.zone).date() + timedelta(days=days)
    opens = time.fromisoformat(shop.settings.get("opens", "09:00"))
    return datetime.combine(day, opens, tzinfo=shop.zone)


def _cards(board: Board, view: str, member: Member, cursor: str) -> tuple[list[queries.CaseLine], str]:
    assignee = {"mine": member.email, "unassigned": ""}.get(view)
    state = view if view in ("snoozed", "resolved") else "open"
    try:
        return queries.page(board, state=state, assignee=assignee, cursor=cursor)
    except BadCursorError as error:
        raise BadRequest(str(error)) from error


def _ids(request: HttpRequest) -> list[UUID]:
    said = list(dict.fromkeys(request.POST.getlist("case")))
    if not 0 < len(said) <= MOST_AT_ONCE:
        raise BadRequest(f"between 1 and {MOST_AT_ONCE} cards at once, not {len(said)}")
    try:
        return [UUID(each) for each in said]
    except ValueError as error:
        raise Http404("no such card") from error


def _resolve(request: HttpRequest, ids: Sequence[UUID], member: Member, now: datetime) -> tuple[str, list[Case]]:
    done = cases.resolve(ids, member=member, reason=request.POST.get("reason", ""), now=now)
    return f"{_many(done)} resolved.", done


def _assign(request: HttpRequest, ids: Sequence[UUID], member: Member, now: datetime) -> tuple[str, list[Case]]:
    said = request.POST.get("assignee", "")
    assignee = member.email if said == "me" else said or None
    done = cases.assign(ids, member=member, assignee=assignee, now=now)
    return f"{_many(done)} assigned to {assignee or 'nobody'}.", done


def _snooze(request: HttpRequest, ids: Sequence[UUID], member: Member, now: datetime) -> tuple[str, list[Case]]:
    shop = load_shop(member.tenant_id)
    until = snooze_end(request.POST.get("until", "tomorrow"), shop, now)
    done = cases.snooze(ids, member=member, until=until, now=now)
    return f"{_many(done)} snoozed until {until.astimezone(shop.zone):%-d %b, %H:%M}.", done


def _reopen(request: HttpRequest, ids: Sequence[UUID], member: Member, now: datetime) -> tuple[str, list[Case]]:
    done = cases.reopen(ids, member=member, now=now)
    return f"{_many(done)} opened again.", done


def _many(done: Sequence[Case]) -> str:
    return "1 card" if len(done) == 1 else f"{len(done)} cards"


ACTS: dict[str, Act] = {"resolve": _resolve, "assign": _assign, "snooze": _snooze, "reopen": _reopen}
