"""Conditions, compiled once to closures and asked of facts: quickly (`holds`) or with all their reasons (`verdict`).

Three values: True, False and None = unknown. A missing value is unknown, and unknown is not true; all, any, none and
at_least count by Kleene's rules, so an unknown matters only where it could decide. Pure: facts and `now` come in.

`facts` maps dotted field paths to values; beside them "<field>@since" (datetime), "<field>@history" (tuple of
(datetime, value), oldest first) and "event.changes" (field → (from, to)). Absent and None are the same: missing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from workflows.engine import words
from workflows.engine.calendar import Calendar
from workflows.engine.grammar import Condition, Group, Leaf
from workflows.engine.leaves import question_of
from workflows.engine.search import Search
from workflows.engine.tree import Bunch, Facts, Holds, Node, Question, is_timed
from workflows.engine.turns import Answer
from workflows.engine.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A compiled condition. `holds(facts, now, calendar)` is the answer alone; the methods say more, at more cost."""

    condition: Condition
    holds: Holds
    node: Node

    def verdict(self, facts: Facts, now: datetime, calendar: Calendar) -> Verdict:
        """The answer with the tree of its reasons in words, and its horizon. A group's `op` is its kind ("all")."""
        return _verdict(self.node, Search(facts=facts, calendar=calendar), now)

    def horizon(self, facts: Facts, now: datetime, calendar: Calendar) -> datetime | None:
        """The next instant after `now` at which time alone changes the answer; None: it never does.

        For times that never meet (at 9 and at 10 o'clock), the next at which it might: `search.MOST_LEAPS`.
        """
        return Search(facts=facts, calendar=calendar).horizon(self.node, now)


def compile_condition(condition: Condition, kinds: Callable[[str], str], labels: Callable[[str], str] = str) -> Check:
    """`condition`, ready to be asked. `kinds` says what a field's values are, `labels` what people call it.

    Never raises for a condition of the grammar: a leaf that can't be asked is unknown and its verdict says the problem.
    """
    node = _compile(condition, kinds, labels)
    return Check(condition=condition, holds=node.holds, node=node)


def _compile(condition: Condition, kinds: Callable[[str], str], labels: Callable[[str], str]) -> Node:
    if isinstance(condition, Leaf):
        return question_of(condition, kinds, labels(condition.field))
    children = tuple(_compile(child, kinds, labels) for child in condition.of)
    need = {"all": len(children), "any": 1, "none": len(children)}.get(condition.kind, condition.k)
    return Bunch(
        kind=condition.kind,
        need=need,
        of=children,
        holds=_holds(condition, children),
        is_timed=any(map(is_timed, children)),
    )


def _holds(group: Group, children: tuple[Node, ...]) -> Holds:
    # Time is dearer to ask than a text, and no order of asking changes the answer.
    asked = tuple(child.holds for child in sorted(children, key=is_timed))
    if group.kind == "at_least":
        return _at_least(asked, group.k)
    wanted = group.kind == "any"
    return _until(asked, stop=group.kind != "all", stopped=wanted, passed=not wanted)


def _until(asked: tuple[Holds, ...], *, stop: bool, stopped: bool, passed: bool) -> Holds:
    """`stopped` as soon as one answers `stop`; else unknown if one was; else `passed`."""

    def holds(facts: Facts, now: datetime, calendar: Calendar) -> Answer:
        answer: Answer = passed
        for ask in asked:
            held = ask(facts, now, calendar)
            if held is stop:
                return stopped
            if held is None:
                answer = None
        return answer

    return holds


def _at_least(asked: tuple[Holds, ...], need: int) -> Holds:
    def holds(facts: Facts, now: datetime, calendar: Calendar) -> Answer:
        answers = [ask(facts, now, calendar) for ask in asked]
        sure = answers.count(True)
        return True if sure >= need else None if sure + answers.count(None) >= need else False

    return holds


def _verdict(node: Node, search: Search, now: datetime) -> Verdict:
    if isinstance(node, Question):
        return _leaf_verdict(node, search, now)
    children = tuple(_verdict(child, search, now) for child in node.of)
    holds = node.holds(search.facts, now, search.calendar)
    said = [(child.holds, child.words) for child in children]
    return Verdict(
        holds=holds,
        words=words.of_group(node.kind, node.need, said, holds=holds),
        at=now,
        horizon=search.horizon(node, now),
        children=children,
        op=node.kind,
        expected=node.need if node.kind == "at_least" else None,
    )


def _leaf_verdict(asked: Question, search: Search, now: datetime) -> Verdict:
    leaf, facts, calendar = asked.leaf, search.facts, search.calendar
    holds = asked.holds(facts, now, calendar)
    found = asked.found(facts, now, calendar)
    missing, problem = asked.unknown(facts, calendar) if holds is None else ("", "")
    return Verdict(
        holds=holds,
        words=words.of_leaf(leaf, asked.label, asked.kind, found, holds, missing, problem),
        at=now,
        horizon=search.horizon(asked, now),
        field=leaf.field,
        op=leaf.op,
        expected=words.expected_of(leaf),
        found=found,
        problem=problem,
    )
