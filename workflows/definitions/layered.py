"""The match index of a set that changes a little now and then: a big layer that stays, a small one with what is new.

Building the index of 10,000 workflows takes half a second, and a publish changes one of them. So the big layer is kept
until much has changed; what it says of workflows that have changed since is not listened to.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from uuid import UUID

from workflows.engine import index
from workflows.engine.grammar import Condition, Trigger

#: How much may differ from the big layer before it is built anew: so many workflows, or this part of them.
FEW = 64
PART = 1 / 20

type Entry = tuple[UUID, Trigger, Condition | None]


@dataclass(frozen=True, slots=True)
class LayeredIndex[W]:
    """Finds the ids of the workflows that an event could concern, in the order of their ids."""

    base: index.Index[UUID]
    held: Mapping[UUID, W]
    fresh: index.Index[UUID] | None = None
    stale: frozenset[UUID] = frozenset()

    def sift(
        self, event_type: str, from_: object, to: object, facts: Mapping[str, object]
    ) -> tuple[list[UUID], Set[UUID]]:
        """Every workflow whose trigger takes the event and whose leading condition could hold or be patient; and those
        among them that are in doubt: of the others it holds."""
        found, doubtful = self.base.sift(event_type, from_, to, facts)
        if self.fresh is None:
            return found, doubtful
        kept = [key for key in found if key not in self.stale]
        more, more_doubtful = self.fresh.sift(event_type, from_, to, facts)
        return sorted([*kept, *more]), (doubtful - self.stale) | more_doubtful


def layered[W](
    workflows: Mapping[UUID, W],
    *,
    before: LayeredIndex[W] | None,
    entry_of: Callable[[W], Entry],
    build: Callable[[Sequence[Entry]], index.Index[UUID]],
) -> LayeredIndex[W]:
    """The index of `workflows` (in the order of their ids), on top of `before` when little has changed since."""
    if before is not None:
        changed = [each for key, each in workflows.items() if before.held.get(key) is not each]
        gone = before.held.keys() - workflows.keys()
        if len(changed) + len(gone) <= max(FEW, len(workflows) * PART):
            entries = [entry_of(each) for each in changed]
            stale = gone | {key for key, _, _ in entries}
            return LayeredIndex(before.base, before.held, build(entries), frozenset(stale))
    return LayeredIndex(build([entry_of(each) for each in workflows.values()]), workflows)
