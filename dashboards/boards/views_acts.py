"""What people do with cards on a page: resolve, assign, snooze, reopen, note; each answers with a line that undoes it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from dashboards.boards import cases, queries, snoozing
from dashboards.boards.card import write_note
from dashboards.boards.models import Case
from dashboards.boards.views import ALL, card_answer, shown_board, the_boards
from postsale.tenants.access import WORKERS, members_only, require_role
from postsale.tenants.models import Member
from postsale.tenants.shop import load_shop

#: What one click may do at once.
MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What an act came to: in words, the cards, and the act (with its fields) that takes it back."""

    words: str
    changed: Sequence[Case]
    undo: str = ""
    fields: dict[str, str] = field(default_factory=dict)


type Act = Callable[[HttpRequest, Sequence[UUID], Member, datetime], Done]


@require_POST
@members_only
def act(request: HttpRequest, slug: str, what: str) -> HttpResponse:
    """Do `what` with the cards `case`; answers with a line that says so and can undo it."""
    member = require_role(request, *WORKERS)
    boards = the_boards(member, slug)
    ids = _ids(request)
    on_board = queries.by_ids(member.tenant_id, ids, board_=boards[0] if slug != ALL else None)
    if len(on_board) != len(ids):
        raise Http404("no such card on this board")
    context: dict[str, Any] = {"board": shown_board(boards, slug), "gone": [], "undo": []}
    try:
        done = ACTS[what](request, ids, member, timezone.now())
    except cases.CaseEditError as error:
        context["words"] = f"{error.problem[:1].upper()}{error.problem[1:]}. Expected {error.expected}."
        return render(request, "dashboards/boards/board.html#toast", context, status=422)
    gone = [case.id.hex for case in done.changed if case.state != "open"]
    undo = [case.id.hex for case in done.changed] if done.undo else []
    context |= {"words": done.words, "gone": gone, "undo": undo, "undo_by": done.undo, "fields": done.fields}
    return render(request, "dashboards/boards/board.html#toast", context)


@require_POST
@members_only
def note(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Write a note on the card; answers with the card."""
    member = require_role(request, *WORKERS)
    the_boards(member, slug)
    text = request.POST.get("note", "").strip()
    problem = (
        "Write something first." if not text else "A note has at most 1,000 characters." if len(text) > 1000 else ""
    )
    if not problem and not write_note(member, pk, text, now=timezone.now()):
        raise Http404("no such card")
    return card_answer(request, member, slug, pk, problem=problem)


def _ids(request: HttpRequest) -> list[UUID]:
    said = list(dict.fromkeys(request.POST.getlist("case")))
    if not 0 < len(said) <= MOST_AT_ONCE:
        raise BadRequest(f"between 1 and {MOST_AT_ONCE} cards at once, not {len(said)}")
    try:
        return [UUID(each) for each in said]
    except ValueError as error:
        raise Http404("no such card") from error


def _resolve(request: HttpRequest, ids: Sequence[UUID], member: Member, now: datetime) -> Done:
    done = cases.resolve(ids, member=member, reason=request.POST.get("reason", ""), now=now)
    return Done(words=f"{_many(done)} resolved.", changed=done, undo="reopen")


def _assign(request: HttpRequest, ids: Sequence[UUID], member: Member, now: datetime) -> Done:
    said = request.POST.get("assignee", "")
    assignee = member.email if said == "me" else None if said in ("", "nobody") else said
    had = dict(Case.objects.filter(tenant_id=member.tenant_id, id__in=ids).values_list("id", "assignee"))
    done = cases.assign(ids, member=member, assignee=assignee, now=now)
    who = "you" if assignee == member.email else assignee or "nobody"
    given = {each.id.hex: had[each.id] or "nobody" for each in done if had[each.id] != assignee}
    return Done(
        words=f"{_many(done)} assigned to {who}.", changed=done, undo="give_back" if given else "", fields=given
    )


def _give_back(request: HttpRequest, ids: Sequence[UUID], member: Member, now: datetime) -> Done:
    """Each card to whom it belonged before, by a field of its own; who has left the shop gets none."""
    groups: dict[str | None, list[UUID]] = {}
    members = set(load_shop(member.tenant_id).members)
    for each in ids:
        said = request.POST.get(each.hex, "")
        groups.setdefault(said if said in members else None, []).append(each)
    done = [
        case for owner, some in groups.items() for case in cases.assign(some, member=member, assignee=owner, now=now)
    ]
    return Done(words=f"{_many(done)} given back.", changed=done)


def _snooze(request: HttpRequest, ids: Sequence[UUID], member: Member, now: datetime) -> Done:
    shop = load_shop(member.tenant_id)
    said = request.POST.get("until", "tomorrow")
    until = snoozing.end_of(said, shop, now)
    done = cases.snooze(ids, member=member, until=until, now=now, is_for_scan=said == "moves")
    return Done(words=f"{_many(done)} {snoozing.words(said, until, shop)}.", changed=done, undo="reopen")


def _reopen(request: HttpRequest, ids: Sequence[UUID], member: Member, now: datetime) -> Done:
    done = cases.reopen(ids, member=member, now=now)
    return Done(words=f"{_many(done)} opened again.", changed=done)


def _many(done: Sequence[Case]) -> str:
    return "1 card" if len(done) == 1 else f"{len(done)} cards"


ACTS: dict[str, Act] = {
    "resolve": _resolve, "assign": _assign, "snooze": _snooze, "reopen": _reopen, "give_back": _give_back,
}  # fmt: skip
