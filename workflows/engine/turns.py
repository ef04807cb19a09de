"""Turns: how the answer to one question runs through time while the facts stay as they are.

A `Turns` begins with an answer and changes it at instants, in order. So an answer and its horizon, "the next instant at
which time alone changes it", come from one value and can't disagree.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from workflows.engine.calendar import LATEST

type Answer = bool | None

TICK = timedelta(microseconds=1)  # the smallest step of time: what ends *after* an instant ends one tick later


class Turns(NamedTuple):
    """`first` holds from the beginning of time; each of `later` (instant, answer) differs from the one before."""

    first: Answer
    later: tuple[tuple[datetime, Answer], ...] = ()

    def at(self, now: datetime) -> Answer:
        """The answer at `now`."""
        answer = self.first
        for instant, turned in self.later:
            if instant > now:
                break
            answer = turned
        return answer

    def after(self, now: datetime) -> datetime | None:
        """The first instant after `now` at which the answer changes; None: never."""
        return next((instant for instant, _ in self.later if instant > now), None)


UNKNOWN = Turns(None)
NEVER = Turns(False)
ALWAYS = Turns(True)


def since(start: datetime, *, before: Answer = False) -> Turns:
    """True from `start` on."""
    return Turns(before, ((start, True),))


def until(end: datetime) -> Turns:
    """True before `end`."""
    return Turns(True, ((end, False),))


def within(start: datetime, end: datetime) -> Turns:
    """True from `start` until just before `end`; never, if that is no time at all."""
    return Turns(False, ((start, True), (end, False))) if start < end else NEVER


def within_any(spans: Iterable[tuple[datetime, datetime | None]]) -> Turns:
    """True inside any of the `spans` (from, until; None: for ever)."""
    joined: list[tuple[datetime, datetime]] = []
    for start, end in sorted((start, end or LATEST) for start, end in spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    turns = [turn for start, end in joined for turn in ((start, True), (end, False))]
    if turns and turns[-1][0] == LATEST:
        turns.pop()
    return Turns(False, tuple(turns))


def just_after(instant: datetime) -> datetime:
    """The first instant after `instant`."""
    return min(instant + TICK, LATEST)
