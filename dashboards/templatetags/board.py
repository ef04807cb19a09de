"""How a card's values are put in words."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from django import template
from django.utils import timezone

from dashboards.boards.models import CaseEntry
from dashboards.boards.queries import CaseLine
from postsale.tenants.shop import Shop
from workflows.catalog.fields import EXCEPTION_REASONS, TRACKING_STATUSES
from workflows.catalog.names import carrier_name, channel_name, key_words
from workflows.history.words import humane

register = template.Library()

TONES = {"info": "info", "warning": "warn", "critical": "crit"}
SIGNS = {"info": "info", "warning": "triangle-alert", "critical": "circle-alert"}
STATUS_LABELS = dict(TRACKING_STATUSES)
REASON_LABELS = dict(EXCEPTION_REASONS)
#: What a card's history calls things, as people say them.
HAPPENED = {
    "opened": "Put on the board", "repeated": "Seen again", "cleared": "Cleared by itself", "reopened": "Opened again",
    "assigned": "", "snoozed": "", "resolved": "Resolved", "removed": "", "woke": "Woke up", "escalated": "Escalated",
}  # fmt: skip


@register.filter
def tone(severity: str) -> str:
    """The colour of a severity."""
    return TONES.get(severity, "")


@register.filter
def sign(severity: str) -> str:
    """The icon of a severity."""
    return SIGNS.get(severity, "info")


@register.filter
def status(key: str) -> str:
    """A tracking status in words."""
    return STATUS_LABELS.get(key, key_words(key))


@register.filter
def trouble(key: str) -> str:
    """An exception's reason in words: "Customs hold"."""
    return REASON_LABELS.get(key, key_words(key))


@register.filter
def carrier(key: str) -> str:
    """A carrier's name."""
    return carrier_name(key)


@register.filter
def channel(key: str) -> str:
    """A sales channel's name."""
    return channel_name(key)


@register.filter
def iso(at: datetime) -> str:
    """RFC 3339, for scripts."""
    return at.isoformat()


@register.filter
def as_json(value: Mapping[str, Any]) -> str:
    """JSON, for an attribute that a script reads."""
    return json.dumps(value)


@register.filter
def short_age(at: datetime) -> str:
    """How long ago: 5m, 3h, 12d."""
    age = timezone.now() - at  # noqa: TID251 -- a page is an edge; the browser takes over from here
    minutes = max(0, int(age.total_seconds() // 60))
    return f"{minutes}m" if minutes < 60 else f"{minutes // 60}h" if minutes < 48 * 60 else f"{minutes // 1440}d"


@register.filter
def due_words(at: datetime) -> str:
    """How long it is until then, or has been since: "3h 5m left", "14h 18m over"."""
    left = at - timezone.now()  # noqa: TID251 -- as above
    minutes = int(abs(left.total_seconds()) // 60)
    return f"{_span(minutes)} {'left' if left.total_seconds() >= 0 else 'over'}"


class HasDue(Protocol):
    """A card with its time."""

    @property
    def opened_at(self) -> datetime: ...
    @property
    def due_at(self) -> datetime | None: ...


@register.filter
def due_tone(line: HasDue) -> str:
    """ "over" past its time, "soon" with less than a fifth of it left, else ""."""
    if line.due_at is None:
        return ""
    left = line.due_at - timezone.now()  # noqa: TID251 -- as above
    return "over" if left.total_seconds() < 0 else "soon" if left < (line.due_at - line.opened_at) / 5 else ""


@register.filter
def ended_by(line: CaseLine) -> str:
    """Who or what ended a card, in a word or two."""
    by = line.resolved_by or {}
    return before_at(str(by.get("name") or "Somebody")) if by.get("kind") == "person" else "Itself"


@register.filter
def ended_words(line: CaseLine) -> str:
    """The same in full: "cleared: the tracking status is Delivered"."""
    by = line.resolved_by or {}
    name = str(by.get("name") or "")
    if by.get("kind") == "person":
        return f"resolved by {name or 'somebody'}"
    return f"taken off by {name}" if by.get("kind") == "workflow" else f"cleared: {name}" if name else "cleared"


@register.filter
def before_at(address: str) -> str:
    """The part of an address that people recognise."""
    return address.partition("@")[0]


@register.filter
def told(entry: CaseEntry, shop: Shop) -> str:
    """A line of a card's history: what happened, by whom, in words, on the shop's clock."""
    what = HAPPENED.get(entry.what, entry.what.capitalize())
    by = (entry.by or {}).get("name", "") if (entry.by or {}).get("kind") != "cleared" else ""
    words = "" if entry.words.casefold() == entry.what else humane(entry.words, shop)
    said = ": ".join(part for part in (what, words) if part)
    said = said[:1].upper() + said[1:]
    return f"{said} ({by})" if by and by not in said else said


def _span(minutes: int) -> str:
    if minutes < 60:
        return f"{minutes}m"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours}h {rest}m" if rest else f"{hours}h"
    return f"{hours // 24}d {hours % 24}h" if hours % 24 else f"{hours // 24}d"
