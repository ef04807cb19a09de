"""The sidebar: each floor adds its links when it starts; the shell shows what they say of this request."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A place to go. `count` (by the name that live messages call it) stands beside it; None: nothing to count."""

    label: str
    url: str
    icon: str
    count: int | None = None
    count_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Links under one heading ("" for the first ones); `topic` is the signed topic of their counts."""

    heading: str
    links: Sequence[Link]
    topic: str = ""


type Source = Callable[[HttpRequest], Sequence[Section]]

_sources: list[Source] = []


def add(source: Source) -> None:
    """Let `source` have its place in the sidebar, after those who came before."""
    if source not in _sources:
        _sources.append(source)


def sections(request: HttpRequest) -> list[Section]:
    """What this request's member finds in the sidebar; nothing for who is not a member."""
    if getattr(request, "member", None) is None:
        return []
    return [section for source in _sources for section in source(request)]
