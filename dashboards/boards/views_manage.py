"""Boards themselves: made, named, given hours, archived and brought back; and the views that people save."""

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST

from dashboards.boards import queries, wanted
from dashboards.boards.keeping import condition_of
from dashboards.boards.models import Board, BoardView
from dashboards.boards.saved import MOST, TooManyViewsError, remove_view, save_view
from dashboards.boards.topics import all_boards
from dashboards.boards.views import ALL, the_board
from postsale.live.push import push
from postsale.tenants import audit
from postsale.tenants.access import BUILDERS, member_of, members_only, require_role
from postsale.tenants.models import Member
from postsale.web.forms import ShopForm
from postsale.web.toasts import toast
from workflows.catalog.vocabulary import VOCABULARY
from workflows.definitions.names import names_of
from workflows.engine.sentences import condition_words

MOST_BOARDS = 100


class BoardForm(ShopForm):
    """What a person may say of a board."""

    name = forms.CharField(max_length=120, label="Name")
    sla_hours = forms.FloatField(
        min_value=0.25, max_value=24 * 90, required=False, label="Resolve within (hours)",
        help_text="Counted from when a card opens. Cards turn amber when less than a fifth of it is left, and red after it.",
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@members_only
def new_board(request: HttpRequest) -> HttpResponse:
    """Make a board."""
    member = require_role(request, *BUILDERS)
    form = BoardForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        board = _make(member, form.cleaned_data)
        if board is None:
            form.add_error(None, f"A shop has at most {MOST_BOARDS} boards. Archive one first.")
        else:
            _tell(member)
            toast(request, f"{board.name} is there. Workflows can put orders on it now.")
            return redirect("board", board.slug)
    status = 422 if form.errors else 200
    return render(request, "dashboards/boards/settings.html", {"form": form, "board": None}, status=status)


@require_http_methods(["GET", "POST"])
@members_only
def board_settings(request: HttpRequest, slug: str) -> HttpResponse:
    """Name, hours, what fills it, archiving."""
    member = require_role(request, *BUILDERS)
    board = the_board(member, slug)
    known = {"name": board.name, "sla_hours": board.settings.get("sla_hours")}
    form = BoardForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        _change(member, board, form.cleaned_data, known)
        toast(request, f"{board.name} saved.")
        return redirect("board_settings", slug)
    context = {"form": form, "board": board, "rule": _rule_words(board), "open": queries.counts(board)["open"]}
    return render(request, "dashboards/boards/settings.html", context, status=422 if form.errors else 200)


@require_POST
@members_only
def archive(request: HttpRequest, slug: str) -> HttpResponse:
    """Hide a board, or with `back` show it again."""
    member = require_role(request, *BUILDERS)
    board = the_board(member, slug)
    is_back = "back" in request.POST or "back" in request.GET
    now = timezone.now()
    board.archived_at = None if is_back else now
    board.save(update_fields=["archived_at"])
    act = "board.restored" if is_back else "board.archived"
    audit.write(member.tenant_id, actor=member.email, action=act, target=board.slug, now=now)
    _tell(member)
    if is_back:
        toast(request, f"{board.name} is back.")
        return redirect("board", slug)
    toast(request, f"{board.name} is archived.", undo=f"{reverse('board_archive', args=[slug])}?back")
    return redirect("boards")


@require_POST
@members_only
def save(request: HttpRequest, slug: str) -> HttpResponse:
    """Save the present view of a board under a name; shared ones are for those who work on boards."""
    member = member_of(request)
    board = the_board(member, slug)
    asked = wanted.read(request.POST)
    name = request.POST.get("name", "").strip()[:60]
    is_shared = "shared" in request.POST and member.role in BUILDERS
    if not name:
        toast(request, "A view needs a name.", is_problem=True)
    else:
        try:
            save_view(
                board,
                asked,
                name=name,
                member=member,
                is_shared=is_shared,
                opens_first="first" in request.POST,
                now=timezone.now(),
            )
            toast(request, f"View “{name}” saved.")
        except TooManyViewsError:
            toast(request, f"A board has at most {MOST} saved views. Remove one first.", is_problem=True)
    return redirect(f"{reverse('board', args=[slug])}?{asked.address}")


@require_POST
@members_only
def remove(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Forget a saved view: one's own, or a shared one by those who may share."""
    member = member_of(request)
    board = the_board(member, slug)
    try:
        view = BoardView.objects.get(tenant_id=member.tenant_id, board=board, id=pk)
        if view.member_id is None:
            require_role(request, *BUILDERS)
        toast(request, f"View “{remove_view(board, pk, member=member)}” removed.")
    except BoardView.DoesNotExist as error:
        raise Http404("no such view") from error
    return redirect("board", slug)


def _make(member: Member, said: dict[str, Any]) -> Board | None:
    rows = Board.objects.filter(tenant_id=member.tenant_id)
    taken = set(rows.values_list("slug", flat=True)) | {ALL, "new"}
    if len(taken) > MOST_BOARDS:
        return None
    base = slugify(said["name"])[:50] or "board"
    slug = next(s for s in (base, *(f"{base}-{n}" for n in range(2, MOST_BOARDS + 3))) if s not in taken)
    last = rows.aggregate(last=Max("position"))["last"]
    now = timezone.now()
    board = Board.objects.create(
        tenant_id=member.tenant_id, slug=slug, name=said["name"], position=(last or 0) + 1, created_at=now,
        settings=_settings({}, said),
    )  # fmt: skip
    audit.write(member.tenant_id, actor=member.email, action="board.created", target=slug, now=now)
    return board


def _change(member: Member, board: Board, said: dict[str, Any], before: dict[str, Any]) -> None:
    board.name, board.settings = said["name"], _settings(board.settings, said)
    board.save(update_fields=["name", "settings"])
    detail = {"before": before, "after": {"name": board.name, "sla_hours": board.settings.get("sla_hours")}}
    now = timezone.now()
    audit.write(member.tenant_id, actor=member.email, action="board.changed", target=board.slug, detail=detail, now=now)
    _tell(member)


def _settings(known: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in known.items() if key != "sla_hours"}
    return rest | ({"sla_hours": said["sla_hours"]} if said["sla_hours"] else {})


def _rule_words(board: Board) -> str:
    if board.rule is None:
        return ""
    words = condition_words(condition_of(board.rule), names_of(board.tenant_id), VOCABULARY)
    return words[:1].upper() + words[1:]


def _tell(member: Member) -> None:
    push([(all_boards(member.tenant_id), None)])
