"""How a card's values are put in words."""

from datetime import datetime

from django import template
from django.utils import timezone

register = template.Library()

TONES = {"info": "info", "warning": "warn", "critical": "crit"}
SIGNS = {"info": "info", "warning": "triangle-alert", "critical": "circle-alert"}
#: DOMAIN.md section 2: the one status whose name is not simply its key.
STATUS_LABELS = {"awaiting_carrier": "Carrier awaiting package"}


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
def iso(at: datetime) -> str:
    """RFC 3339, for scripts."""
    return at.isoformat()


@register.filter
def short_age(at: datetime) -> str:
    """How long ago: 5m, 3h, 12d."""
    age = timezone.now() - at  # noqa: TID251 -- a page is an edge; the browser takes over from here
    minutes = max(0, int(age.total_seconds() // 60))
    return f"{minutes}m" if minutes < 60 else f"{minutes // 60}h" if minutes < 48 * 60 else f"{minutes // 1440}d"


@register.filter
def before_at(address: str) -> str:
    """The part of an address that people recognise."""
    return address.partition("@")[0]
