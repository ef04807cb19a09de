"""How the platform's figures are put in words."""

from collections.abc import Mapping
from typing import Any

from django import template

from dashboards.operations.health import size_words

register = template.Library()
#: Acts that their names don't tell.
ACTS = {"entered": "Went in", "left": "Went out", "resumed": "Opened again", "limits": "Limits changed"}


@register.filter
def size(count: float) -> str:
    """Bytes in words."""
    return size_words(count)


@register.filter
def said(detail: Mapping[str, Any]) -> str:
    """What an entry of a log adds, in words."""
    return "; ".join(
        f"{key.replace('_', ' ')}: {_plain(value)}" for key, value in detail.items() if value not in ("", None)
    )


@register.filter
def act_words(action: str) -> str:
    """An act as people say it: tenant.messages_retried → Messages retried."""
    return ACTS.get(action.rpartition(".")[2]) or action.rpartition(".")[2].replace("_", " ").capitalize()


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key.replace('_', ' ')} {each:g}" for key, each in value.items()) or "default"
    return str(value)
