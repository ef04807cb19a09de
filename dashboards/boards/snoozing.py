"""Snoozing: what a card may sleep until, as people choose it."""

from datetime import datetime, time, timedelta

from django.core.exceptions import BadRequest

from postsale.tenants.shop import Shop

#: A card that waits for its carrier wakes after this long all the same.
LONGEST_WAIT = timedelta(days=7)
_DAYS = {"tomorrow": 1, "days": 3, "week": 7}


def choices(shop: Shop) -> list[tuple[str, str]]:
    """(key, label) of what is offered besides a moment of one's own."""
    opens = f"{_opening(shop):%H:%M}"
    return [
        ("hour", "1 hour"), ("tomorrow", f"Tomorrow, {opens}"), ("moves", "Until the carrier moves"),
        ("days", f"In 3 days, {opens}"), ("week", f"In a week, {opens}"),
    ]  # fmt: skip


def end_of(said: str, shop: Shop, now: datetime) -> datetime:
    """When the sleep that was chosen ends at the latest: a key of `choices`, or a local moment that was picked.

    Raises BadRequest.
    """
    if said == "hour":
        return now + timedelta(hours=1)
    if said == "moves":
        return now + LONGEST_WAIT
    if said in _DAYS:
        day = now.astimezone(shop.zone).date() + timedelta(days=_DAYS[said])
        return datetime.combine(day, _opening(shop), tzinfo=shop.zone)
    try:
        return datetime.fromisoformat(said).replace(tzinfo=shop.zone)
    except ValueError as error:
        raise BadRequest(f"no such snooze: {said[:40]!r}") from error


def words(said: str, until: datetime, shop: Shop) -> str:
    """What was chosen, in a sentence: "snoozed until 24 Nov, 09:00"."""
    moment = f"{until.astimezone(shop.zone):%-d %b, %H:%M}"
    return f"snoozed until the carrier moves, {moment} at the latest" if said == "moves" else f"snoozed until {moment}"


def _opening(shop: Shop) -> time:
    return time.fromisoformat(shop.settings.get("opens", "09:00"))
