"""Renderers: how each kind of topic becomes rows; floors above put theirs here, the hub finds them by kind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as every watcher gets it. `key` sorts the list, greatest first."""

    id: str
    html: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What to show: rows that are there, ids that are not (any more) and why, and counts by name."""

    rows: Sequence[Row] = ()
    gone: Sequence[tuple[str, str]] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renderer:
    """Renders topics of one kind, in the tenant's transaction.

    `picture(key, ids)`: these rows, or with None the whole first page. `is_there(key)`: whether the tenant has it.
    """

    kind: str
    picture: Callable[[str, Sequence[UUID] | None], Picture]
    is_there: Callable[[str], bool]


RENDERERS: dict[str, Renderer] = {}


def register(renderer: Renderer) -> None:
    """Make a kind of topic known. Raises ValueError when it is already."""
    if renderer.kind in RENDERERS:
        raise ValueError(f"topic kind {renderer.kind!r} is registered twice")
    RENDERERS[renderer.kind] = renderer
