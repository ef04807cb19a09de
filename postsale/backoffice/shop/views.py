"""`/settings/`: the shop, its mail, its calendar, its statuses. Everybody looks; owners and admins change."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import holidays
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.csp import CSP
from django.utils.text import slugify
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from postsale.backoffice.guide import tabs_for
from postsale.backoffice.shop.forms import Mail, Notices, SettingsForm, ShopDetails, WorkingTime, words_of
from postsale.integrations import post_office
from postsale.integrations.branded import dressed
from postsale.tenants import audit, settings
from postsale.tenants.access import KEEPERS, member_of, members_only, require_role
from postsale.tenants.middleware import TenantRequest
from postsale.tenants.settings_rules import flaws_of
from postsale.tenants.settings_shapes import Changes, OpsStatus, Settings
from postsale.tenants.shop import load_shop
from postsale.web.toasts import toast

SAMPLE = """Hello Ann,

your parcel is on its way again: the carrier had not scanned it for two days, so we asked them to look. You can follow it \
at https://tracking.example/1Z999.

We are sorry for the delay."""


@members_only
@require_http_methods(["GET", "POST"])
def shop(request: TenantRequest) -> HttpResponse:
    """Name and time zone, and the limits that whoever runs this installation set."""
    now_in_force = settings.read(request.tenant)
    return _form(request, ShopDetails, "shop", {"limits": now_in_force.limits, "slug": request.tenant.slug})


@members_only
@require_http_methods(["GET", "POST"])
def mail(request: TenantRequest) -> HttpResponse:
    """The sender, redirect mode, how letters look."""
    return _form(
        request, Mail, "mail", {"me": member_of(request).email, "default": post_office.default_sender(request.shop)}
    )


@members_only
@require_http_methods(["GET", "POST"])
def notices(request: TenantRequest) -> HttpResponse:
    """Who is told when a workflow fails."""
    said = settings.read(request.tenant).failures
    return _form(request, Notices, "notices", {"is_chosen": said is not None})


@members_only
@require_http_methods(["GET", "POST"])
def calendar(request: TenantRequest) -> HttpResponse:
    """Working time and days off."""
    days = days_off(settings.read(request.tenant), today=timezone.localdate())
    return _form(request, WorkingTime, "calendar", {"days": days})


@members_only
@require_GET
def regions(request: TenantRequest) -> HttpResponse:
    """The choice of a region of `?country=`, for the calendar's form."""
    form = WorkingTime(initial={"country": request.GET.get("country", "")[:8]})
    return render(request, "postsale/backoffice/calendar.html#regions", {"form": form})


@members_only
@require_http_methods(["GET", "POST"])
def statuses(request: TenantRequest) -> HttpResponse:
    """The statuses of orders: renamed, put in order, added."""
    found = settings.read(request.tenant).ops_statuses
    flaws: Sequence[str] = ()
    if request.method == "POST":
        member = require_role(request, *KEEPERS)
        wanted = _asked_statuses(request, found)
        now = timezone.now()
        _, said = settings.change(request.tenant_id, Changes(ops_statuses=wanted), actor=member.email, now=now)
        if not said:
            toast(request, "Statuses saved.")
            return redirect("settings_statuses")
        flaws, found = [f"{_label(wanted, flaw.path)}: {words_of(flaw)}" for flaw in said], wanted
    return _page(request, "statuses", {"statuses": found, "flaws": flaws})


@members_only
@require_POST
def send_test(request: TenantRequest) -> HttpResponse:
    """Send a test letter with what stands in the form, saved or not, and say what became of it."""
    member = require_role(request, *KEEPERS)
    form, now = Mail(request.POST), timezone.now()
    form.is_valid()
    said: dict[str, Any] = {"me": member.email}
    to = request.POST.get("to", "").strip() or member.email
    before = settings.read(request.tenant)
    try:
        wanted = settings.merged(before, Changes(sender=form.changes().sender, redirect_mail_to=to))
    except KeyError:
        wanted = before
    flaws = [flaw for flaw in flaws_of(wanted, before) if flaw.path.startswith(("sender", "redirect"))]
    if form.errors.keys() & {"sender_name", "sender_address", "reply_to"} or flaws:
        words = [words_of(flaw) for flaw in flaws] or [str(line) for lines in form.errors.values() for line in lines]
        said["problems"] = words
    elif wait := post_office.tests_left(request.tenant_id):
        said["problems"] = [f"That were many tests. Try again in {int(wait // 60) + 1} minutes."]
    else:
        posted = post_office.send_test(request.shop, to=to, sender=wanted.sender, now=now)
        detail = {"sent": posted.is_sent, "words": posted.words}
        audit.write(request.tenant_id, actor=member.email, action="mail.tested", target=to, detail=detail, now=now)
        said["posted"] = posted
    if request.headers.get("HX-Request"):
        return render(request, "postsale/backoffice/mail.html#tested", said)
    return _page(request, "mail", {"form": form, "may": True, **said})


@csp_override({"default-src": [CSP.NONE], "style-src": [CSP.UNSAFE_INLINE], "sandbox": True})  # type: ignore[dict-item]
@members_only
@require_GET
def preview(request: TenantRequest) -> HttpResponse:
    """How a letter looks to a customer: with a policy of its own, for letters bring their style along."""
    text, html = dressed(SAMPLE, load_shop(request.tenant_id))
    return HttpResponse(html) if html else HttpResponse(text, content_type="text/plain; charset=utf-8")


def days_off(now_in_force: Settings, *, today: date) -> list[tuple[date, str]]:
    """The next days off of the shop, with their names: public holidays and own ones, a year ahead."""
    said, end = now_in_force.calendar, today + timedelta(days=365)
    found: dict[date, str] = {}
    if said.country:
        years = (today.year, today.year + 1)
        found.update(holidays.country_holidays(said.country, subdiv=said.subdivision, years=years))
    found.update({date.fromisoformat(day): "Your own day off" for day in said.holidays})
    return sorted((day, name) for day, name in found.items() if today <= day <= end)[:8]


def _form(request: TenantRequest, kind: type[SettingsForm], page: str, more: dict[str, Any]) -> HttpResponse:
    """Show one form of the settings, or save it and come back."""
    may = member_of(request).role in KEEPERS
    now_in_force = settings.read(request.tenant)
    form = kind(initial=kind.filled(now_in_force))
    if request.method == "POST":
        member = require_role(request, *KEEPERS)
        form = kind(request.POST, initial=form.initial)
        if form.is_valid() and _saved(request, form, actor=member.email, now=timezone.now()):
            toast(request, "Saved.")
            return redirect(f"settings_{page}")
    if not may:
        for field in form.fields.values():
            field.disabled = True
    return _page(request, page, {"form": form, "may": may, **more})


def _saved(request: TenantRequest, form: SettingsForm, *, actor: str, now: datetime) -> bool:
    _, flaws = settings.change(request.tenant_id, form.changes(), actor=actor, now=now)
    form.refuse(flaws)
    return not flaws


def _page(request: HttpRequest, page: str, said: dict[str, Any]) -> HttpResponse:
    role = member_of(request).role
    context = {"tabs": tabs_for(role), "tab": f"settings_{page}", "may": role in KEEPERS, **said}
    return render(request, f"postsale/backoffice/{page}.html", context)


def _asked_statuses(request: HttpRequest, found: Sequence[OpsStatus]) -> list[OpsStatus]:
    """The statuses as the form has them: new labels, one moved up or down, one more."""
    wanted = [OpsStatus(key=each.key, label=request.POST.get(f"label-{each.key}", each.label)) for each in found]
    for name, step in (("up", -1), ("down", 1)):
        at = next((index for index, each in enumerate(wanted) if each.key == request.POST.get(name)), None)
        if at is not None and 0 <= at + step < len(wanted):
            wanted[at], wanted[at + step] = wanted[at + step], wanted[at]
    if label := request.POST.get("new", "").strip():
        key = re.sub(r"[^a-z0-9]+", "_", slugify(label)).strip("_")[:36]
        taken = {each.key for each in wanted}
        key = key if key[:1].isalpha() else f"own_{key}".rstrip("_")
        free = (key, *(f"{key}_{number}" for number in range(2, 99)))
        wanted.append(OpsStatus(key=next(name for name in free if name not in taken), label=label))
    return wanted


def _label(wanted: Sequence[OpsStatus], path: str) -> str:
    index = re.search(r"\[(\d+)\]", path)
    return f"“{wanted[int(index[1])].label}”" if index and int(index[1]) < len(wanted) else "Statuses"
