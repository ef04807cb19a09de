"""The sidebar: each floor adds its links when it starts; the shell shows what they say of this request."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from django.http import HttpRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A place to go. `count` (by the name that live messages call it) stands beside it; None: nothing to count.

    `place` sorts the links under one heading; `roles` are the members' roles that see it (none named: everybody).
    """

    label: str
    url: str
    icon: str
    place: int = 50
    count: int | None = None
    count_name: str = ""
    roles: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Links under one heading ("" for the first ones), sorted by `place`; `topic` is the signed topic of their counts."""

    heading: str
    links: Sequence[Link]
    topic: str = ""
    place: int = 20


type Source = Callable[[HttpRequest], Sequence[Section]]

#: Where the sections stand that more than one floor fills.
PLACES = {"": 10, "Boards": 20, "Set up": 30, "Platform": 40}

_sources: list[Source] = []


def add(source: Source) -> None:
    """Let `source` say what it has for the sidebar."""
    if source not in _sources:
        _sources.append(source)


def sections(request: HttpRequest) -> list[Section]:
    """What this request's member finds in the sidebar: one section a heading, only links that the role may use."""
    member = getattr(request, "member", None)
    role = member.role if member else ""
    said = [_for_role(section, role) for source in _sources for section in source(request)]
    if member is None:
        said = [section for section in said if section.heading == "Platform"]
    said.sort(key=lambda section: (PLACES.get(section.heading, section.place), section.heading))
    merged = [_merged(list(alike)) for _, alike in groupby(said, key=lambda section: section.heading)]
    return [section for section in merged if section.links]


def current(links: Sequence[Link], path: str) -> str:
    """The address of the link that the page at `path` belongs to: the longest that leads there."""
    fits = [link.url for link in links if path == link.url or (link.url != "/" and path.startswith(link.url))]
    return max(fits, key=len, default="")


def _for_role(section: Section, role: str) -> Section:
    return replace(section, links=[link for link in section.links if not link.roles or role in link.roles])


def _merged(alike: list[Section]) -> Section:
    links = sorted((link for section in alike for link in section.links), key=lambda link: link.place)
    return replace(alike[0], links=links, topic=next((section.topic for section in alike if section.topic), ""))
