"""Search (Ctrl+K): each floor adds what it can find; the shell shows the hits of all, grouped."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from postsale.web.navigation import sections

#: How much is read of what somebody types, and shown of each group.
LONGEST = 100
MOST = 8
#: Groups in the order in which they are shown; others follow.
ORDER = ("Orders", "Workflows", "Boards", "Pages", "Actions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Something found: where it leads, under which heading, and a line that tells it apart from its neighbours. With
    `sends` (perhaps nothing) it is an act that is posted there at once."""

    label: str
    url: str
    icon: str
    group: str
    sub: str = ""
    sends: Mapping[str, str] | None = None


type Source = Callable[[HttpRequest, str], Sequence[Hit]]

_sources: list[Source] = []


def add(source: Source) -> None:
    """Let `source` be asked: with the request and the text (stripped, perhaps empty); it answers its best hits first."""
    if source not in _sources:
        _sources.append(source)


def found(request: HttpRequest, text: str) -> list[tuple[str, list[Hit]]]:
    """The hits for `text`, a few a group."""
    hits = [hit for source in _sources for hit in source(request, text)]
    hits.sort(key=lambda hit: (ORDER.index(hit.group) if hit.group in ORDER else len(ORDER), hit.group))
    return [(group, list(alike)[:MOST]) for group, alike in groupby(hits, key=lambda hit: hit.group)]


def pages(request: HttpRequest, text: str) -> list[Hit]:
    """The pages in the sidebar whose name has `text` in it; boards with their counts are found as boards."""
    links = [link for section in sections(request) for link in section.links if link.count is None]
    wanted = text.casefold()
    return [
        Hit(label=link.label, url=link.url, icon=link.icon, group="Pages")
        for link in links
        if wanted in link.label.casefold()
    ]


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """The hits for `?q=` as a list of links, for the dialog."""
    if getattr(request, "member", None) is None:
        return HttpResponse(status=403)
    text = request.GET.get("q", "").replace("\0", "")[:LONGEST].strip()
    return render(request, "postsale/found.html", {"text": text, "groups": found(request, text)})


add(pages)
