"""The smallest change in words that would make a verdict hold: an answer to "why did this not happen?"."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from workflows.engine.verdict import Verdict
from workflows.engine.words import if_words, moment_words


def smallest_flip(verdict: Verdict, labels: Callable[[str], str] = str) -> str | None:
    """What would have to be otherwise, as little as possible: "if parcel.tracking_status were awaiting_carrier".

    Where time alone brings it: "at 2026-11-20 10:00 UTC"; both together: "at … if …". None if the verdict holds, or if
    nothing could make it hold.
    """
    change = _change(verdict, wanted=True, labels=labels)
    return change.words() if change is not None and change.size else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What must be otherwise: some fields, and perhaps the time."""

    ifs: tuple[str, ...] = ()
    at: datetime | None = None

    @property
    def size(self) -> int:
        return len(self.ifs) + (self.at is not None)

    def words(self) -> str:
        parts = [f"at {moment_words(self.at)}"] if self.at is not None else []
        if self.ifs:
            parts.append(f"if {' and '.join(self.ifs)}")
        return " ".join(parts)


def _change(verdict: Verdict, *, wanted: bool, labels: Callable[[str], str]) -> _Change | None:
    """The smallest change after which `verdict` is `wanted`; None if there is none."""
    if verdict.holds is wanted:
        return _Change()
    if not verdict.children:
        return _leaf_change(verdict, wanted=wanted, labels=labels)
    turned = wanted is not (verdict.op == "none")
    changes = [_change(child, wanted=turned, labels=labels) for child in verdict.children]
    possible = sorted((change for change in changes if change is not None), key=lambda change: change.size)
    need = _needed(verdict, wanted=wanted)
    return _together(possible[: max(need, 0)]) if need <= len(possible) else None


def _leaf_change(verdict: Verdict, *, wanted: bool, labels: Callable[[str], str]) -> _Change:
    # Time turns what is false into true and back, but what is unknown only into true.
    if verdict.horizon is not None and (wanted or verdict.holds is not None):
        return _Change(at=verdict.horizon)
    return _Change(ifs=(if_words(labels(verdict.field), verdict.op, verdict.expected, held=wanted),))


def _needed(group: Verdict, *, wanted: bool) -> int:
    """How many of a group's children must be as is needed of them for the group to be `wanted`."""
    count = len(group.children)
    if group.op == "none":
        return count if wanted else 1
    need = group.expected if isinstance(group.expected, int) else 1 if group.op == "any" else count
    return need if wanted else count - need + 1


def _together(changes: Sequence[_Change]) -> _Change:
    times = [change.at for change in changes if change.at is not None]
    return _Change(ifs=tuple(part for change in changes for part in change.ifs), at=max(times, default=None))
