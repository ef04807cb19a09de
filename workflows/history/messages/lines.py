"""Messages as their list shows them: filtered, newest first, a page at a time along one of the outbox's indexes."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from postsale.orders.identity import order_key
from postsale.orders.models import Order
from postsale.tenants.shop import Shop
from postsale.web.paging import read_cursor, write_cursor
from workflows.history.messages.fates import KINDS, MessageLine, message_lines
from workflows.runs.models import Outbox

PAGE = 50
MOST_COUNTED = 1_000
#: So many given-up messages are sent again at once.
MOST_AT_ONCE = 500
#: The tabs: key → (label, statuses).
TABS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "all": ("All", ()),
    "queued": ("Waiting to leave", ("queued",)),
    "sent": ("Sent", ("sent",)),
    "suppressed": ("Not sent", ("suppressed",)),
    "failed": ("Trying again", ("failed",)),
    "dead": ("Given up", ("dead",)),
}
COUNTED = ("queued", "failed", "dead")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilters:
    """What is looked for. `number` is an order's number."""

    tab: str = "all"
    kind: str = ""
    number: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the tab is asked."""
        return bool(self.kind or self.number)


def page(tenant_id: int, filters: MessageFilters, shop: Shop, *, cursor: str = "") -> tuple[list[MessageLine], str]:
    """A page of messages and the cursor of the next one ("" after the last). Raises BadCursorError."""
    rows = Outbox.objects.filter(_wanted(tenant_id, filters), tenant_id=tenant_id).defer(
        "content", "guard", "event", "letter", "answers"
    )
    if cursor:
        rows = rows.filter(id__lt=read_cursor(cursor)[1])
    found = list(rows.order_by("-id")[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    more = write_cursor(last.created_at, last.id) if last is not None else ""
    return message_lines(tenant_id, found[:PAGE], shop, orders=_numbers(tenant_id, found[:PAGE])), more


def counts(tenant_id: int) -> dict[str, int]:
    """How many wait, are tried again or were given up, up to MOST_COUNTED; one query each."""
    rows = Outbox.objects.filter(tenant_id=tenant_id).order_by()
    return {tab: rows.filter(status__in=TABS[tab][1])[:MOST_COUNTED].count() for tab in COUNTED}


def _wanted(tenant_id: int, filters: MessageFilters) -> Q:
    wanted = Q()
    if statuses := TABS[filters.tab][1]:
        wanted &= Q(status__in=statuses)
    if filters.kind in KINDS:
        wanted &= Q(kind=filters.kind)
    if filters.number:
        numbers = Order.objects.filter(tenant_id=tenant_id, number_key=order_key(filters.number))
        wanted &= Q(order_id__in=list(numbers.values_list("id", flat=True)[:100]))
    return wanted


def _numbers(tenant_id: int, found: list[Outbox]) -> dict[UUID, str]:
    ids = {each.order_id for each in found if each.order_id is not None}
    return dict(Order.objects.filter(tenant_id=tenant_id, id__in=ids).values_list("id", "number"))
