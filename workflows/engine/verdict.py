"""A verdict: one evaluation of one condition, with its reasons and the moment time alone could change it."""

from datetime import datetime

from msgspec import Struct


class Verdict(Struct, frozen=True, kw_only=True):
    """`holds` is True, False or None (unknown: a value is missing).

    `horizon` is the next instant (strictly after the evaluation) at which time alone could change `holds`;
    None: time alone never will. A leaf carries field, op, expected and found; a group carries its children.
    `problem` says, in words, why a leaf could not be compared (a text against a number), else "".
    """

    holds: bool | None
    words: str
    at: datetime
    horizon: datetime | None = None
    children: tuple["Verdict", ...] = ()
    field: str = ""
    op: str = ""
    expected: object = None
    found: object = None
    problem: str = ""
