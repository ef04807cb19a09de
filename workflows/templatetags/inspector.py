"""Small pieces of the inspector's forms: where problems are said, and the buttons beside conditions."""

import json

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from postsale.templatetags.shell import icon

register = template.Library()

_BUTTON = (
    '<button class="btn {}" type="button" hx-post="{}" hx-vals="{}" hx-target="#{}" hx-swap="outerHTML" '
    'hx-sync="closest form:queue all"{}>{}{}</button>'
)


@register.simple_tag(takes_context=True)
def slot(context: template.Context, error_id: str) -> SafeString:
    """The line where the problems of a control are said; empty when it has none."""
    words = (context.get("said") or {}).get(error_id, "")
    return format_html('<p class="err" id="{}">{}</p>', error_id, words)


@register.simple_tag(takes_context=True)
def act(
    context: template.Context, name: str, at: str, target: str, words: str, icon_name: str, focus: str
) -> SafeString:
    """A button with words that does `name` to the condition at `at` and shows `target` anew."""
    has_focus = bool(focus) and focus == f"{at}@{name}"
    return format_html(
        _BUTTON, "small", context["url"], _values(name, at), target, _focused(has_focus), icon(icon_name, 14), words
    )


@register.simple_tag(takes_context=True)
def act_icon(
    context: template.Context, name: str, at: str, target: str, words: str, what: str, icon_name: str, focus: str
) -> SafeString:
    """The same as an icon; its name says what it is done to."""
    label = format_html(' aria-label="{}: {}" title="{}"', words, what, words)
    has_focus = bool(focus) and focus == f"{at}@{name}"
    more = label + _focused(has_focus)
    return format_html(
        _BUTTON, "quiet icon small", context["url"], _values(name, at), target, more, icon(icon_name, 14), ""
    )


def _values(name: str, at: str) -> str:
    return json.dumps({"act": name, "at": at})


def _focused(has_focus: bool) -> SafeString:
    return SafeString(" autofocus" if has_focus else "")
