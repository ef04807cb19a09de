"""A patient trigger: when only time stands in the way, the instant at which to decide.

The rule is that of contract/semantics.md, "Deciding": *Patient trigger*.
"""

from collections.abc import Callable
from datetime import datetime

from workflows.engine.calendar import Calendar
from workflows.engine.evaluate import Check
from workflows.engine.search import TRUE, GivenUpError, Search
from workflows.engine.tree import Facts, Question


def patience(
    check: Check, facts: Facts, now: datetime, calendar: Calendar, is_settled: Callable[[str], bool]
) -> datetime | None:
    """The first instant after `now` at which `check` could hold once time has passed; None where waiting doesn't help.

    Leaves that time can turn answer as they will on today's facts. The others count as favourable (in `none`: as false)
    unless they can't change any more: what `is_settled` and known, and what the event at hand is or changed. None also
    when this hopeful reading holds already: then it isn't time that stands in the way. And None for conditions whose
    times never meet.
    """

    def may_change(asked: Question) -> bool:
        if asked.horizon is not None or asked.leaf.op in _OF_THE_EVENT:
            return False
        field = asked.leaf.field
        return not is_settled(field) or (not field.startswith("event.") and facts.get(field) is None)

    search = Search(facts=facts, calendar=calendar, is_free=may_change)
    try:
        first = search.first(check.node, TRUE, now)
    except GivenUpError:
        return None
    return first if first is not None and first > now else None


_OF_THE_EVENT = ("changed", "changed_to", "changed_from")
