"""`/connections/`: partners' accounts, how they are doing, what they sent, and what of it could not be read."""

import secrets
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from postsale.backoffice.partners import knock
from postsale.backoffice.partners.forms import ConnectionForm, SecretForm
from postsale.backoffice.partners.guides import GROUPS, guide_of, guides
from postsale.backoffice.partners.state import calls_of, state_of
from postsale.backoffice.partners.unread import Unread, unread
from postsale.events.models import Quarantine
from postsale.intake import replay
from postsale.integrations import connections as lines
from postsale.integrations.models import Connection
from postsale.integrations.outgoing import new_secret
from postsale.integrations.registry import PARTNERS
from postsale.integrations.samples import sample
from postsale.tenants import audit
from postsale.tenants.access import BUILDERS, KEEPERS, member_of, members_only, require_role
from postsale.tenants.middleware import TenantRequest
from postsale.tenants.sealed import UnsealError
from postsale.web.paging import BadCursorError, read_cursor, write_cursor
from postsale.web.toasts import toast

PAGE = 20
#: Connections that the list shows, and bodies that one press of "Read all again" takes.
MOST = 200
AT_ONCE = 100
#: How much of a body a page shows.
SHOWN = 20_000


@members_only
@require_GET
def connections(request: TenantRequest) -> HttpResponse:
    """Every connection by group, with its state in words."""
    member = member_of(request)
    found = list(Connection.objects.filter(tenant_id=request.tenant_id).order_by("name", "id")[:MOST])
    groups = []
    for group in GROUPS:
        rows = [
            {"row": row, "guide": guide_of(row.partner), "state": state_of(row)}
            for row in found
            if row.partner in PARTNERS and guide_of(row.partner).group == group
        ]
        groups.append((group, rows))
    context = {"groups": [each for each in groups if each[1]], "any": found, "may": member.role in KEEPERS}
    return render(request, "postsale/backoffice/connections.html", context)


@members_only
@require_GET
def choose(request: TenantRequest) -> HttpResponse:
    """The partners that there are."""
    require_role(request, *KEEPERS)
    return render(request, "postsale/backoffice/connection_new.html", {"groups": guides()})


@members_only
@require_http_methods(["GET", "POST"])
def connect(request: TenantRequest, partner: str) -> HttpResponse:
    """Add a connection to one partner."""
    member = require_role(request, *KEEPERS)
    if partner not in PARTNERS:
        raise Http404
    guide = guide_of(partner)
    form = ConnectionForm(request.POST or None, guide=guide, is_new=True, initial={"name": guide.label[:40]})
    if request.method == "POST" and form.is_valid():
        now, given = timezone.now(), form.cleaned_data["secret"]
        secret = given or new_secret()
        made = lines.create(
            request.tenant_id, partner=partner, name=form.cleaned_data["name"], secret=secret, settings=form.settings(),
            now=now,
        )  # fmt: skip
        detail = {"partner": partner, "name": made.name}
        audit.write(
            request.tenant_id,
            actor=member.email,
            action="connection.created",
            target=str(made.id),
            detail=detail,
            now=now,
        )
        toast(request, f"{made.name} is added. Now give its address to the partner.")
        return redirect("connection", made.id) if given else _one(request, made, secret=secret)
    context = {"guide": guide, "form": form}
    return render(request, "postsale/backoffice/connect.html", context)


@members_only
@require_http_methods(["GET", "POST"])
def connection(request: TenantRequest, pk: UUID) -> HttpResponse:
    """One connection; a POST changes its name and settings."""
    found = _found(request, pk)
    if request.method == "POST":
        member, now = require_role(request, *KEEPERS), timezone.now()
        form = ConnectionForm(request.POST, guide=guide_of(found.partner), is_new=False)
        if not form.is_valid():
            return _one(request, found, form=form)
        before = {"name": found.name, **found.settings}
        lines.change(found, name=form.cleaned_data["name"], settings={**_others(found), **form.settings()})
        after = {"name": found.name, **found.settings}
        changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        detail = {"before": {n: before.get(n) for n in changed}, "after": {n: after.get(n) for n in changed}}
        audit.write(
            request.tenant_id,
            actor=member.email,
            action="connection.changed",
            target=found.name,
            detail=detail,
            now=now,
        )
        toast(request, "Saved.")
        return redirect("connection", pk)
    return _one(request, found)


@members_only
@require_GET
def calls(request: TenantRequest, pk: UUID) -> HttpResponse:
    """The last calls and the state, for a page that is open."""
    found = _found(request, pk)
    context = {"row": found, "state": state_of(found), "calls": calls_of(found)}
    return render(request, "postsale/backoffice/connection.html#calls", context)


@members_only
@require_POST
def rotate(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Another secret; the former one is accepted for a day."""
    member, now, found = require_role(request, *KEEPERS), timezone.now(), _found(request, pk)
    form = SecretForm(request.POST, guide=guide_of(found.partner))
    if not form.is_valid():
        return _one(request, found, secret_form=form)
    given = form.cleaned_data["secret"]
    secret = given or new_secret()
    lines.rotate(found, secret, now=now)
    audit.write(request.tenant_id, actor=member.email, action="connection.secret_changed", target=found.name, now=now)
    toast(request, "The new secret counts from now on; the former one is accepted for 24 hours.")
    return redirect("connection", pk) if given else _one(request, found, secret=secret)


@members_only
@require_POST
def switch(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Pause it, or let it go on."""
    member, found = require_role(request, *KEEPERS), _found(request, pk)
    is_open = found.state == "disabled"
    lines.switch(found, is_open=is_open)
    action = "connection.resumed" if is_open else "connection.paused"
    audit.write(request.tenant_id, actor=member.email, action=action, target=found.name, now=timezone.now())
    toast(request, f"{found.name} is {'open again' if is_open else 'paused: what is sent now is refused'}.")
    return redirect("connection", pk)


@members_only
@require_POST
def remove(request: TenantRequest, pk: UUID) -> HttpResponse:
    """End it."""
    member, found = require_role(request, *KEEPERS), _found(request, pk)
    name = found.name
    lines.remove(found)
    audit.write(request.tenant_id, actor=member.email, action="connection.removed", target=name, now=timezone.now())
    toast(request, f"{name} is removed. Its orders and parcels stay.")
    return redirect("connections")


@members_only
@require_POST
def test_event(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Send a rightly signed body of that partner to its own address over HTTP, and say what came back."""
    member, now, found = require_role(request, *BUILDERS), timezone.now(), _found(request, pk)
    said: dict[str, Any] = {"row": found}
    try:
        secret = lines.secret_of(found)
    except UnsealError as error:
        said["answer"] = knock.Answer(is_taken=False, words=f"Its secret can't be read: {error}.")
    else:
        sent = sample(found.partner, secret=secret, settings=found.settings, mark=secrets.token_hex(4), now=now)
        if sent is None:
            raise Http404
        said["answer"] = knock.send(lines.hook_url(found), sent)
        detail = {"answer": said["answer"].words}
        audit.write(
            request.tenant_id, actor=member.email, action="connection.tested", target=found.name, detail=detail, now=now
        )
    if request.headers.get("HX-Request"):
        return render(request, "postsale/backoffice/connection.html#tested", said)
    return _one(request, found, **said)


@members_only
@require_GET
def body(request: TenantRequest, pk: UUID) -> HttpResponse:
    """A quarantined body as it came in: bounded, and never anything but text."""
    kept = Quarantine.objects.filter(tenant_id=request.tenant_id, id=pk).first()
    if kept is None:
        raise Http404
    raw = bytes(kept.raw or b"")
    own = Connection.objects.filter(tenant_id=request.tenant_id)
    context: dict[str, Any] = {
        "kept": kept, "why": unread(kept.reason), "text": raw[:SHOWN].decode("utf-8", "replace"), "size": len(raw),
        "is_cut": len(raw) > SHOWN,
        "headers": sorted(kept.headers.items()), "may": member_of(request).role in BUILDERS,
        "connection": own.filter(id=kept.connection_id).first() if kept.connection_id else None,
    }  # fmt: skip
    return render(request, "postsale/backoffice/quarantined.html", context)


@members_only
@require_POST
def replay_one(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Read one body again."""
    kept = Quarantine.objects.filter(tenant_id=request.tenant_id, id=pk, connection_id__isnull=False).first()
    if kept is None or kept.connection_id is None:
        raise Http404
    done, problem = _replayed(request, [pk])
    words = "It could be read now, and is among the orders." if done else f"Still not. {unread(problem).words}"
    toast(request, words, is_problem=not done)
    return redirect("connection", kept.connection_id) if done else redirect("quarantined", pk)


@members_only
@require_POST
def replay_all(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Read again what is in quarantine of one connection, oldest first, as much as fits into one go."""
    _found(request, pk)
    rows = Quarantine.objects.filter(tenant_id=request.tenant_id, connection_id=pk, state="open", event_id=None)
    wanted = list(rows.order_by("received_at", "id").values_list("id", flat=True)[:AT_ONCE])
    done, _ = _replayed(request, wanted)
    left = len(wanted) - done
    words = [f"{done} read again." if done else "", f"{left} still can't be read." if left else ""]
    toast(request, " ".join(filter(None, words)) or "There was nothing to read again.", is_problem=bool(left))
    return redirect("connection", pk)


def _replayed(request: TenantRequest, wanted: list[UUID]) -> tuple[int, str]:
    member, now = require_role(request, *BUILDERS), timezone.now()
    done, problem = 0, ""
    for each in wanted:
        found = replay.replay(request.tenant_id, each, now=now)
        problem = found.problem or problem
        done += not found.problem
    if done:
        detail = {"count": done}
        audit.write(request.tenant_id, actor=member.email, action="quarantine.replayed", detail=detail, now=now)
    return done, problem


def _found(request: TenantRequest, pk: UUID) -> Connection:
    found = Connection.objects.filter(tenant_id=request.tenant_id, id=pk).first()
    if found is None or found.partner not in PARTNERS:
        raise Http404
    return found


def _others(found: Connection) -> dict[str, Any]:
    """Settings of a connection that the form doesn't show."""
    return {name: value for name, value in found.settings.items() if name not in guide_of(found.partner).asks}


def _one(request: TenantRequest, found: Connection, **said: Any) -> HttpResponse:
    member, guide = member_of(request), guide_of(found.partner)
    kept, more = _quarantine(request, found)
    initial = {"name": found.name, **found.settings}
    context = {
        "row": found, "guide": guide, "state": state_of(found), "calls": calls_of(found),
        "url": lines.hook_url(found), "is_local": _is_local(lines.hook_url(found)),
        "form": ConnectionForm(guide=guide, is_new=False, initial=initial), "secret_form": SecretForm(guide=guide),
        "tail": _tail(found) if member.role in KEEPERS else "", "may": member.role in KEEPERS,
        "may_replay": member.role in BUILDERS, "kept": kept, "more": more,
        "in_grace": found.grace_until if found.grace_until and found.grace_until > timezone.now() else None, **said,
    }  # fmt: skip
    return render(request, "postsale/backoffice/connection.html", context)


def _quarantine(request: HttpRequest, found: Connection) -> tuple[list[tuple[Quarantine, Unread]], str]:
    rows = Quarantine.objects.filter(tenant_id=found.tenant_id, connection_id=found.id, state="open")
    rows = rows.defer("raw", "headers").order_by("-received_at", "-id")
    if cursor := request.GET.get("cursor"):
        try:
            at, _ = read_cursor(cursor)
        except BadCursorError as error:
            raise BadRequest(str(error)) from error
        rows = rows.filter(received_at__lt=at)
    kept = list(rows[: PAGE + 1])
    more = write_cursor(kept[PAGE - 1].received_at, kept[PAGE - 1].id) if len(kept) > PAGE else ""
    return [(each, unread(each.reason)) for each in kept[:PAGE]], more


def _tail(found: Connection) -> str:
    try:
        return lines.tail_of(lines.secret_of(found))
    except UnsealError:
        return ""


def _is_local(url: str) -> bool:
    """Whether no partner on the internet could reach it."""
    return urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}
