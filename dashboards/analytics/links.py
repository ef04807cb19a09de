"""Where figures stand in the sidebar."""

from django.http import HttpRequest
from django.urls import reverse

from postsale.web.navigation import Link, Section


def today_link(request: HttpRequest) -> list[Section]:
    """Today; nothing for who is in no shop."""
    if getattr(request, "member", None) is None:
        return []
    return [Section(heading="", links=[Link(label="Today", url=reverse("today"), icon="gauge", place=10)])]
