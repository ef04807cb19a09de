"""How a card's values are put in words."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone

from dashboards.boards.models import CaseEntry
from dashboards.boards.queries import CaseLine
from workflows.catalog.fields import TRACKING_STATUSES

register = template.Library()

TONES = {"info": "info", "warning": "warn", "critical": "crit"}
SIGNS = {"info": "info", "warning": "triangle-alert", "critical": "circle-alert"}
STATUS_LABELS = dict(TRACKING_STATUSES)
#: Carriers write themselves so; others in capitals when they are short.
CARRIERS = {
    "fedex": "FedEx",
    "dhl_express": "DHL Express",
    "dhl_ecommerce": "DHL eCommerce",
    "royal_mail": "Royal Mail",
}
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
    return STATUS_LABELS.get(key, key.replace("_", " ").capitalize())


@register.filter
def carrier(key: str) -> str:
    """A carrier's name."""
    known = CARRIERS.get(key.lower())
    return known or (key.upper() if len(key) <= 5 else key.replace("_", " ").title() if key.islower() else key)


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


@register.filter
def due_tone(line: CaseLine) -> str:
    """ "over" past its time, "soon" with less than a fifth of it left, else ""."""
    if line.due_at is None:
        return ""
    left = line.due_at - timezone.now()  # noqa: TID251 -- as above
    return "over" if left.total_seconds() < 0 else "soon" if left < (line.due_at - line.opened_at) / 5 else ""


@register.filter
def before_at(address: str) -> str:
    """The part of an address that people recognise."""
    return address.partition("@")[0]


@register.filter
def told(entry: CaseEntry) -> str:
    """A line of a card's history: what happened, by whom, in words."""
    what = HAPPENED.get(entry.what, entry.what.capitalize())
    by = (entry.by or {}).get("name", "") if (entry.by or {}).get("kind") != "cleared" else ""
    words = "" if entry.words.casefold() == entry.what else entry.words
    said = ": ".join(part for part in (what, words) if part)
    said = said[:1].upper() + said[1:]
    return f"{said} ({by})" if by and by not in said else said


def _span(minutes: int) -> str:
    if minutes < 60:
        return f"{minutes}m"
    hours, rest = divmod(minutes, 60)
    return f"{hours}h {rest}m" if hours < 48 else f"{hours // 24}d {hours % 24}h"
