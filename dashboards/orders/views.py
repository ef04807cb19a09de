"""The pages of orders: the list, one order with its story, and the parts of it that are fetched when asked for."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboards.boards import snoozing
from dashboards.boards.topics import all_orders
from dashboards.orders import listing, why
from dashboards.orders.labels import GROUPS
from dashboards.orders.lines import Told
from dashboards.orders.reading import OrderView, cards_of, order_row, order_with_parcels, view_of
from dashboards.orders.telling import tell
from dashboards.orders.timeline import TABS, Span, Story, parcels_of
from postsale.events.models import Event, EventSubject
from postsale.live.topics import sign_topic
from postsale.orders.models import Order
from postsale.orders.queries import channels, has_orders
from postsale.tenants.access import WORKERS, member_of, members_only, require_role
from postsale.tenants.models import Member
from postsale.tenants.scope import entered_at
from postsale.tenants.shop import Shop
from postsale.web.paging import BadCursorError, read_cursor
from workflows.catalog.fields import DELIVERY_STATUSES, TRACKING_STATUSES
from workflows.catalog.names import channel_name
from workflows.history.addresses import address
from workflows.history.tracing.recorded import of_run

#: Entries of the story that are shown at once.
PAGE = 40
TAB_LABELS = {
    "all": "All", "carrier": "Carrier and shop", "workflows": "Workflows", "messages": "Messages", "people": "People",
}  # fmt: skip
_GROUPS = [("", "All"), *((group.key, group.label) for group in GROUPS)]
#: A message that waits longer than this to be sent is not about to leave: the page stops looking every few seconds.
SOON = timedelta(minutes=2)
#: Bytes of an event that a partner sent, shown as text.
MOST_RAW = 20_000


@require_GET
@members_only
def order_list(request: HttpRequest) -> HttpResponse:
    """The list of orders, or with `?cursor=` more of its rows."""
    member, shop = member_of(request), shop_of(request)
    since = entered_at()
    asked = listing.read(request.GET, shop)
    cursor = request.GET.get("cursor", "")
    try:
        found = listing.listed(shop, asked, cursor=cursor)
    except BadCursorError as error:
        raise BadRequest(str(error)) from error
    context: dict[str, Any] = {"asked": asked, "found": found, "more": asked.address(cursor=found.more)}
    if cursor and request.headers.get("HX-Request"):
        return render(request, "dashboards/orders/orders.html#rows", context)
    if "live" in request.GET:
        return render(request, "dashboards/orders/orders.html#rows", context)
    context |= {
        "groups": [(key, label, asked.address(group=key)) for key, label in _GROUPS], "connect_url": address("connections"),
        "channels": [(key, channel_name(key)) for key in channels(member.tenant_id)],
        "statuses": shop.ops_statuses.items(), "deliveries": DELIVERY_STATUSES,
        "trackings": TRACKING_STATUSES, "sorts": listing.SORT_LABELS.items(), "is_later": bool(cursor),
        "is_new_shop": not found.rows and not has_orders(member.tenant_id),
        "topic": sign_topic(all_orders(member.tenant_id), member_id=member.id), "since": since,
    }  # fmt: skip
    return render(request, "dashboards/orders/orders.html", context)


@require_GET
@members_only
def order_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """An order; with `?cursor=` more of its story, with `?live=1` what may have changed of the page."""
    context = order_context(request, pk)
    if "cursor" in request.GET and request.headers.get("HX-Request"):
        return render(request, "dashboards/orders/order.html#entries", context)
    part = "#live" if "live" in request.GET else ""
    return render(request, f"dashboards/orders/order.html{part}", context)


def order_context(request: HttpRequest, pk: UUID) -> dict[str, Any]:
    """All that an order's page shows, on the tab that the address names. Raises Http404, BadRequest."""
    member, shop, since = member_of(request), shop_of(request), entered_at()
    found = order_with_parcels(member.tenant_id, pk)
    if found is None:
        raise Http404("no such order")
    row, parcels = found
    tab = request.GET.get("tab", "all")
    if tab not in TABS:
        raise BadRequest(f"no tab {tab[:40]!r}")
    view = view_of(row, parcels, shop=shop, me=member.email)
    told, story = _told(request, view, tab, shop, member)
    now = timezone.now()
    return {
        "order": view, "told": told, "is_test": _is_test(view, told), "more": story.more and f"?tab={tab}&cursor={story.more}", "tab": tab,
        "unsettled": any(entry.is_pending and now - entry.at < SOON for entry in told),
        "cards": cards_of(row, view.parcels), "tabs": TAB_LABELS.items(), "may_work": member.role in WORKERS,
        "me": member.email, "members": sorted(shop.members), "statuses": shop.ops_statuses.items(),
        "waiting": (len(story.waiting), story.waiting[0].wake_at if story.waiting else None),
        "topic": sign_topic(all_orders(member.tenant_id), member_id=member.id), "since": since,
        "snoozes": snoozing.choices(shop),
    }  # fmt: skip


@require_GET
@members_only
def next_part(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What happens next with the order, unless what."""
    the_order(member_of(request), pk)
    steps = why.coming(pk, shop=shop_of(request), now=timezone.now())
    return render(request, "dashboards/orders/next.html", {"steps": steps})


@require_GET
@members_only
def why_part(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What every workflow makes of the order, and the smallest change that would make it act."""
    the_order(member_of(request), pk)
    answers = why.answers(pk, shop=shop_of(request), now=timezone.now())
    return render(request, "dashboards/orders/why.html", {"answers": answers})


@require_GET
@members_only
def start_part(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The workflows that may be started by hand for the order."""
    member = require_role(request, *WORKERS)
    context = {"order": the_order(member, pk), "workflows": why.startable(member.tenant_id)}
    return render(request, "dashboards/orders/start.html", context)


@require_GET
@members_only
def run_part(request: HttpRequest, pk: UUID, run: UUID) -> HttpResponse:
    """What a run's conditions needed and found."""
    the_order(member_of(request), pk)
    tables = of_run(member_of(request).tenant_id, run, shop=shop_of(request))
    return render(request, "dashboards/orders/conditions.html", {"tables": tables})


@require_GET
@members_only
def event_part(request: HttpRequest, pk: UUID, event: UUID) -> HttpResponse:
    """An event of the order as it came in."""
    member = member_of(request)
    the_order(member, pk)
    subjects = [pk, *parcels_of(member.tenant_id, pk)]
    about = EventSubject.objects.filter(tenant_id=member.tenant_id, subject_id__in=subjects, event_id=event)
    row = Event.objects.filter(tenant_id=member.tenant_id, id=event).first() if about.exists() else None
    if row is None:
        raise Http404("no such event of this order")
    raw = bytes(row.raw or b"")[:MOST_RAW].decode(errors="replace")
    body = json.dumps(row.data, indent=2, ensure_ascii=False, sort_keys=True)
    return render(request, "dashboards/orders/event.html", {"event": row, "body": body, "raw": raw})


def the_order(member: Member, pk: UUID) -> Order:
    """The shop's order. Raises Http404."""
    row = order_row(member.tenant_id, pk)
    if row is None:
        raise Http404("no such order")
    return row


def shop_of(request: HttpRequest) -> Shop:
    """The shop of the request, which the middleware loads when it is first asked for."""
    shop: Shop = request.shop  # type: ignore[attr-defined]
    return shop


def _is_test(view: OrderView, told: Sequence[Told]) -> bool:
    """Whether the shop or the carrier says that it is only a test."""
    return any(parcel.is_test for parcel in view.parcels) or any("Test" in entry.line.flags for entry in told)


def _told(request: HttpRequest, view: OrderView, tab: Any, shop: Shop, member: Member) -> tuple[list[Told], Story]:
    cursor = request.GET.get("cursor", "")
    try:
        before = read_cursor(cursor) if cursor else None
    except BadCursorError as error:
        raise BadRequest(str(error)) from error
    span = Span(
        tenant_id=member.tenant_id, order_id=view.id, parcels=frozenset(parcel.id for parcel in view.parcels),
        limit=PAGE, before=before, tab=tab, with_waiting=not cursor,
    )  # fmt: skip
    return tell(span, shop=shop, me=member.email)
