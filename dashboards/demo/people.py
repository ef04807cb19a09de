"""What the demo's people do in office hours: take cards, resolve them with a reason, let them sleep, write notes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from dashboards.boards import cases
from dashboards.boards.models import Case
from dashboards.demo.opening import BUILDER, MANAGER, OWNER
from postsale.orders.edit_by_person import edit_order
from postsale.tenants.models import Member
from postsale.tenants.shop import Shop
from workflows.catalog.calendars import calendar_of
from workflows.engine.calendar import add, is_business_time
from workflows.engine.grammar import Duration

MOST_AT_ONCE = 8
REASONS = {
    "exceptions": (
        "Address confirmed by phone, the carrier delivers tomorrow.",
        "Carrier opened a trace, a replacement is on its way.",
        "Customer will pick it up at the depot.",
        "Refunded, the customer was fine with it.",
        "False alarm: the parcel moves.",
    ),
    "late-shipments": (
        "It was in the cage: handed over with today's pickup.",
        "Pickup was skipped, rebooked for this afternoon.",
        "Driver confirmed he has it, the scan will follow.",
    ),
}
NOTES = (
    "Called the carrier, they look for it. Back on it tomorrow morning.",
    "Customer answered: it is not urgent.",
    "Offered a replacement, waiting for the customer.",
    "Third late pickup on this route this month.",
    "Photos of the damage asked for.",
)
TAGS = ("carrier claim", "priority", "call back")
STATUSES = ("waiting_on_carrier", "waiting_on_customer", "resolved")


def work(shop: Shop, rng: Random, *, now: datetime, is_last: bool = False) -> int:
    """Look after a few open cards, as people do, in the tenant's transaction; nobody does at night. Returns how many.

    The last round is one whatever the hour: whoever opens the demo sees people at work.
    """
    calendar = calendar_of(shop)
    if not is_business_time(now, calendar) and not is_last:
        return 0
    cards = list(
        Case.objects.select_related("board")
        .filter(tenant_id=shop.id, state="open", opened_at__lt=now - timedelta(minutes=30))
        .order_by("opened_at")
    )
    members = {each.email: each for each in Member.objects.filter(tenant_id=shop.id)}
    share = 0.45 if is_last else 0.28
    chosen = [card for card in cards if rng.random() < share][:MOST_AT_ONCE]
    tomorrow = add(now, Duration(business_hours=8), calendar)
    for card in chosen:
        _look_after(card, rng, members[_who(card, rng)], now=now, tomorrow=tomorrow)
    for card in cards[1:9:3] if is_last else ():
        cases.snooze([card.id], member=members[MANAGER.email], until=tomorrow, now=now)
    return len(chosen)


def _look_after(card: Case, rng: Random, member: Member, *, now: datetime, tomorrow: datetime) -> None:
    age, chance = now - card.opened_at, rng.random()
    if card.assignee is None and chance < 0.8:
        cases.assign([card.id], member=member, assignee=member.email, now=now)
    elif age > timedelta(hours=26) and chance < 0.75:
        reasons: Sequence[str] = REASONS.get(card.board.slug, REASONS["exceptions"])
        cases.resolve([card.id], member=member, reason=rng.choice(reasons), now=now)
    elif chance > 0.9:
        cases.snooze([card.id], member=member, until=tomorrow, now=now)
    if card.order_id is not None and rng.random() < 0.3:
        by = {"kind": "person", "name": member.email}
        field, value = rng.choices(
            (("add_note", rng.choice(NOTES)), ("add_tag", rng.choice(TAGS)), ("ops_status", rng.choice(STATUSES))),
            (60, 22, 18),
        )[0]
        edit_order(card.order_id, {field: value}, by, now)


def _who(card: Case, rng: Random) -> str:
    if card.assignee is not None and rng.random() < 0.85:
        return card.assignee
    return rng.choices((MANAGER.email, OWNER.email, BUILDER.email), (80, 14, 6))[0]
