"""What every page's template needs: icons, the sidebar, fields of forms, moments, small charts, toasts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms, template
from django.contrib.messages import get_messages
from django.forms.boundfield import BoundField
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from postsale.web import charts, preferences
from postsale.web.icons import NAMES, sprite
from postsale.web.navigation import Section, current, sections
from postsale.web.toasts import undo_of

register = template.Library()


@register.simple_tag
def icon(name: str, size: int = 16) -> str:
    """A Lucide icon from the sprite, silent to screen readers. Raises TemplateSyntaxError for an unknown one."""
    if name not in NAMES:
        raise template.TemplateSyntaxError(f"Unknown icon {name!r}: add it to postsale.web.icons.NAMES")
    url = reverse("icons", args=[sprite()[1]])
    return format_html(
        '<svg width="{}" height="{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        size,
        size,
        url,
        name,
    )


@register.simple_tag(takes_context=True)
def navigation(context: template.Context) -> list[dict[str, Any]]:
    """The sidebar's sections for this request, each with the address of its current link."""
    request = context.get("request")
    found: list[Section] = sections(request) if isinstance(request, HttpRequest) else []
    here = current([link for section in found for link in section.links], request.path) if request else ""
    return [{"heading": s.heading, "topic": s.topic, "links": s.links, "current": here} for s in found]


@register.simple_tag(takes_context=True)
def prefers(context: template.Context) -> Mapping[str, Any]:
    """What the person who looks prefers: theme, density, single_keys."""
    return preferences.read(getattr(context.get("request"), "user", None))


@register.inclusion_tag("postsale/toasts.html", takes_context=True)
def toasts(context: template.Context, *, oob: bool = False) -> dict[str, Any]:
    """What was just done, once; `oob` when a partial brings it along."""
    request = context.get("request")
    said = get_messages(request) if isinstance(request, HttpRequest) else ()
    lines = [{"words": str(each), "undo": undo_of(each), "is_problem": each.level_tag == "error"} for each in said]
    return {"lines": lines, "oob": oob, "csrf_token": context.get("csrf_token", "")}


@register.inclusion_tag("postsale/field.html")
def field(bound: BoundField, *, hint: str = "") -> dict[str, Any]:
    """A field of a form with its label, hint and errors, tied together for screen readers."""
    described = [f"{bound.auto_id}_hint"] if (hint or bound.help_text) else []
    described += [f"{bound.auto_id}_error"] if bound.errors else []
    attributes: dict[str, Any] = {"aria-describedby": " ".join(described)} if described else {}
    if bound.errors:
        attributes["aria-invalid"] = "true"
    if bound.field.required and not isinstance(bound.field.widget, forms.CheckboxInput):
        attributes["aria-required"] = "true"
    many = isinstance(bound.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    return {
        "bound": bound,
        "control": bound.as_widget(attrs=attributes),
        "hint": hint or bound.help_text,
        "is_check": isinstance(bound.field.widget, forms.CheckboxInput),
        "is_many": many,
        "is_hidden": bound.is_hidden,
    }


@register.inclusion_tag("postsale/form_errors.html")
def form_errors(form: forms.BaseForm) -> dict[str, Any]:
    """What is wrong with a form as a whole."""
    return {"errors": form.non_field_errors()}


@register.simple_tag
def moment(at: datetime | None, *, none: str = "\N{EN DASH}") -> str:
    """A moment in words of age ("3 h ago", "in 2 days"), exact in the shop's zone when pointed at."""
    if at is None:
        return none
    there = timezone.localtime(at)
    exact = f"{there:%-d %b %Y, %H:%M} {there.tzname()}"
    now = timezone.now()  # noqa: TID251 -- a page is an edge
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), exact, ago(at, now=now))


def ago(at: datetime, *, now: datetime) -> str:
    """How long ago, or ahead: "just now", "5 min ago", "in 3 h", "4 days ago"; from 30 days on the date."""
    seconds = (now - at).total_seconds()
    if abs(seconds) < 45:
        return "just now"
    for unit, size, until in (("min", 60, 3570), ("h", 3600, 129_600), ("days", 86_400, 2_592_000)):
        if abs(seconds) < until:
            count = max(1, round(abs(seconds) / size))
            return f"{count} {unit} ago" if seconds > 0 else f"in {count} {unit}"
    return f"{timezone.localtime(at):%-d %b %Y}"


@register.simple_tag
def sparkline(values: Sequence[float]) -> SafeString:
    """A small line."""
    return charts.sparkline(values)


@register.simple_tag
def hbar(value: float, most: float) -> SafeString:
    """A horizontal bar."""
    return charts.bar(value, most)


@register.filter
def count(value: float | None) -> str:
    """A number with its thousands apart: 1,204."""
    return "\N{EN DASH}" if value is None else f"{value:,}"
