"""What the pages at the door need to know."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def may_sign_up() -> bool:
    """Whether strangers may make an account and a shop for themselves."""
    return bool(settings.POSTSALE_SIGNUP)
