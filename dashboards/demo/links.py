"""Where stories are found: in the sidebar of demo shops, and by search."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse

from dashboards.demo.stories import STORIES
from postsale.tenants.access import BUILDERS
from postsale.web.navigation import Link, Section
from postsale.web.search import Hit

#: Where stories play: their orders would spoil the figures of a shop that sells.
ENOUGH = 3


def story_link(request: HttpRequest) -> list[Section]:
    """The link to the stories, in demo shops."""
    if not may_tell(request):
        return []
    link = Link(label="Try a story", url=reverse("stories"), icon="clapperboard", place=60, roles=BUILDERS)
    return [Section(heading="Set up", links=[link])]


def search_stories(request: HttpRequest, text: str) -> Sequence[Hit]:
    """Stories by their words, for those who may play one; none for nothing typed."""
    wanted = text.casefold()
    if len(wanted) < ENOUGH or not may_tell(request):
        return []
    return [
        Hit(
            label=story.title,
            url=f"{reverse('stories')}#{story.key}",
            icon="clapperboard",
            group="Actions",
            sub="Story",
        )
        for story in STORIES.values()
        if wanted in f"{story.title} {story.happens}".casefold()
    ]


def may_tell(request: HttpRequest) -> bool:
    """Whether stories play in this request's shop, and its member may play one."""
    member, tenant = getattr(request, "member", None), getattr(request, "tenant", None)
    return member is not None and tenant is not None and tenant.is_demo and member.role in BUILDERS
