"""Today, for the person who looks; and a dashboard's measures."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboards.analytics import telling, today
from dashboards.analytics.models import Dashboard, Tally
from dashboards.analytics.today import PERIODS, Window
from dashboards.analytics.yours import yours
from dashboards.boards.showing import known
from dashboards.boards.topics import all_boards
from postsale.live.topics import sign_topic
from postsale.tenants.access import BUILDERS, WORKERS, member_of, members_only
from postsale.tenants.models import Member, Role

#: The longest span that a dashboard shows, in days.
LONGEST = 366


@require_GET
@members_only
def home(request: HttpRequest) -> HttpResponse:
    """Today; asked by htmx, only its figures."""
    member = member_of(request)
    now = timezone.now()
    zone = ZoneInfo(request.tenant.timezone)  # type: ignore[attr-defined]  # set by TenantMiddleware
    said = request.GET.get("days", "")
    window = Window(days=int(said) if said in map(str, PERIODS) else 14, last=now.astimezone(zone).date(), zone=zone)
    context = _figures(request, member, window, now=now)
    name = "dashboards/analytics/today.html"
    return render(request, f"{name}#figures" if request.headers.get("HX-Request") else name, context)


@require_GET
@members_only
def dashboard(request: HttpRequest, slug: str) -> HttpResponse:
    """The measures of one dashboard between two days, perhaps of one carrier or sales channel only."""
    member = member_of(request)
    found = Dashboard.objects.filter(tenant_id=member.tenant_id, slug=slug).first()
    if found is None:
        raise Http404("no such dashboard")
    last = _day(request.GET.get("to", "")) or timezone.localdate()
    first = _day(request.GET.get("from", "")) or last - timedelta(days=29)
    first = max(min(first, last), last - timedelta(days=LONGEST - 1))
    rows = Tally.objects.filter(tenant_id=member.tenant_id, dashboard=slug, day__gte=first, day__lte=last)
    wanted = {"carrier": request.GET.get("carrier", "")[:80], "sales_channel": request.GET.get("channel", "")[:120]}
    measures = today.measures_of(rows.filter(**{name: value for name, value in wanted.items() if value}))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    context = {
        "dashboard": found, "first": first, "last": last, "carrier": wanted["carrier"], "channel": wanted["sales_channel"],
        "carriers": _known(rows, "carrier"), "channels": _known(rows, "sales_channel"),
        "measures": [telling.measure_chart(measure, days) for measure in measures],
        "others": Dashboard.objects.filter(tenant_id=member.tenant_id).exclude(id=found.id).order_by("name")[:20],
    }  # fmt: skip
    return render(request, "dashboards/analytics/dashboard.html", context)


def _figures(request: HttpRequest, member: Member, window: Window, *, now: datetime) -> dict[str, Any]:
    tenant_id = member.tenant_id
    boards = today.boards_now(tenant_id, email=member.email, now=now)
    known(request, [(board.slug, board.name, board.open) for board in boards])
    outcomes, done = today.outcomes(tenant_id, window), today.closed(tenant_id, window)
    standing, glance = today.workflows(tenant_id, window), today.at_a_glance(tenant_id, window, email=member.email)
    builds = member.role in BUILDERS
    return {
        "member": member,
        "builds": builds,
        "works": member.role in WORKERS,
        "builds_first": member.role == Role.BUILDER,
        "periods": PERIODS,
        "window": window,
        "kpis": telling.kpis(boards, done, outcomes, window),
        "boards": boards,
        "chart": telling.outcome_chart(outcomes, window),
        "carriers": glance.carriers,
        "most": max((count for _, count in glance.carriers), default=0),
        "noise": telling.noise(glance.checked, glance.acted),
        "yours": yours(tenant_id, member.email),
        "mine": sum(board.mine for board in boards),
        "unassigned": sum(board.unassigned for board in boards),
        "attention": glance.attention,
        "failing": [each for each in standing if each.failed],
        "watching": telling.watching(standing),
        "drafts": [each for each in standing if each.state == "draft"],
        "measures": [
            telling.measure_chart(each, window.dates, is_half=True)
            for each in today.measures(tenant_id, first=window.first, last=window.last)[:4]
        ],
        "is_new": not standing and not glance.checked,
        "topic": sign_topic(all_boards(tenant_id), member_id=member.id),
    }


def _known(rows: Any, column: str) -> list[str]:
    return [each for each in rows.values_list(column, flat=True).distinct().order_by(column)[:50] if each]


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None
