"""What every page's template needs: icons and the sidebar."""

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from postsale.web.icons import NAMES, sprite
from postsale.web.navigation import Section, sections

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
def navigation(context: template.Context) -> list[Section]:
    """The sidebar's sections for this request."""
    request = context.get("request")
    return sections(request) if isinstance(request, HttpRequest) else []
