"""A workflow as one English sentence, the same for the builder, the lists and the API.

"When a label is created, once the label is created more than 2 days ago and if the tracking status is Carrier awaiting
package, put it on the board Late Shipments and notify the shipping manager."
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from typing import Protocol

from workflows.engine import durations
from workflows.engine.conditions import ABOUT
from workflows.engine.grammar import (
    Branch,
    Condition,
    Do,
    Duration,
    Gate,
    Group,
    Leaf,
    Plan,
    Step,
    Trigger,
    WaitEvent,
    WaitFor,
    WaitUntil,
)
from workflows.engine.leaf_words import LeafVocabulary, leaf_words, listed, value_label
from workflows.engine.schedules import schedule_words

#: How a sentence ends in which nothing is done.
NOTHING_MORE = "nothing more happens"


class ShopLabels(Protocol):
    """The shop's own names, key → label, and the zone in which it says when."""

    @property
    def boards(self) -> Mapping[str, str]: ...
    @property
    def dashboards(self) -> Mapping[str, str]: ...
    @property
    def ops_statuses(self) -> Mapping[str, str]: ...
    @property
    def zone(self) -> tzinfo: ...


class Vocabulary(LeafVocabulary, Protocol):
    """The words of everything that has a key."""

    def trigger(self, event_type: str) -> str:
        """Such as "a label is created"."""


class PlainVocabulary:
    """Words made from the keys themselves, for what nobody has labelled."""

    def field(self, path: str) -> str:
        if not path:
            return "…"
        return "the " + path.partition(".")[2].replace(".", " ").replace("_", " ")

    def claim(self, path: str) -> str:
        return self.field(path) + " is yes"

    def denial(self, path: str) -> str:
        return self.field(path) + " is no"

    def happening(self, path: str) -> tuple[str, str, str] | None:
        del path
        return None

    def value(self, path: str, value: str) -> str:
        return value.replace("_", " ") if path and " " not in value else value

    def trigger(self, event_type: str) -> str:
        if not event_type:
            return "…"
        return event_type.replace(".", " ").replace("_", " ") + " comes"


def sentence(plan: Plan, names: ShopLabels, vocabulary: Vocabulary | None = None) -> str:
    """What the plan does, in one sentence; `vocabulary` labels fields, values and triggers (default: their keys)."""
    said = _Speaker(names, vocabulary or PlainVocabulary()).plan(plan)
    return said[0].upper() + said[1:] + "."


def condition_words(condition: Condition, names: ShopLabels, vocabulary: Vocabulary | None = None) -> str:
    """A condition in words: "the tracking status is Exception and the order total is more than 50.00"."""
    return _Speaker(names, vocabulary or PlainVocabulary()).condition(condition)


def step_words(step: Step, names: ShopLabels, vocabulary: Vocabulary | None = None) -> str:
    """One step without what hangs below it: "wait 2 days", "put it on the board Late Shipments"."""
    return _Speaker(names, vocabulary or PlainVocabulary()).title(step)


def trigger_sentence(trigger: Trigger, names: ShopLabels, vocabulary: Vocabulary | None = None) -> str:
    """What starts a workflow, alone: "when a label is created"."""
    return _Speaker(names, vocabulary or PlainVocabulary()).trigger(trigger)


class _Speaker:
    """Says one plan."""

    def __init__(self, names: ShopLabels, vocabulary: Vocabulary) -> None:
        self.names = names
        self.vocabulary = vocabulary
        self.about = ""

    def plan(self, plan: Plan) -> str:
        self.about = plan.trigger.type
        return f"{self.trigger(plan.trigger)}, {self.steps(plan.steps)}{self._cooldown(plan)}"

    def trigger(self, trigger: Trigger) -> str:
        if trigger.type == "manual":
            return "when somebody starts it by hand"
        if trigger.type == "schedule":
            return schedule_words(trigger.at)
        path = ABOUT.get(trigger.type, "")
        to = f" to {self._one_of(path, trigger.to, 'or')}" if trigger.to else ""
        from_ = f" from {self._one_of(path, trigger.from_, 'or')}" if trigger.from_ else ""
        return f"when {self.vocabulary.trigger(trigger.type)}{from_}{to}"

    def steps(self, steps: Sequence[Step], *, inside: bool = False) -> str:
        """The steps in order: gates in a row are one "if", doings in a row one list; `inside` of a path or an else."""
        clauses = _Clauses()
        asked: list[str] = []
        elses: list[str] = []
        for at, step in enumerate(steps):
            match step:
                case Gate():
                    asked.append(self._asked(step.if_, starts=not asked))
                    if step.else_:
                        elses.append(self.steps(step.else_, inside=True))
                    if at + 1 == len(steps) or not isinstance(steps[at + 1], Gate):
                        clauses.ask(" ".join([" and ".join(asked), *(f"(otherwise {words})" for words in elses)]))
                        asked, elses = [], []
                case Branch():
                    clauses.choose(self._branch(step), is_open=at + 1 == len(steps) and not inside)
                case _:
                    clauses.do(self._doing(step))
        return clauses.said()

    def condition(self, condition: Condition, *, inside: bool = False) -> str:
        if isinstance(condition, Leaf):
            return self._leaf(condition)
        words = [self.condition(child, inside=inside or len(condition.of) > 1) for child in condition.of]
        if len(words) == 1:
            return f"it is not so that {words[0]}" if condition.kind == "none" else words[0]
        between = _between(condition)
        if between:
            said = between.join(words)
        else:
            many = "none" if condition.kind == "none" else f"at least {condition.k}"
            said = f"{many} of these: {'; '.join(words)}"
        return f"({said})" if inside else said

    def _asked(self, condition: Condition, *, starts: bool) -> str:
        """A gate: what time must bring is said with "once", what must be so with "if"."""
        parts = condition.of if isinstance(condition, Group) and condition.kind == "all" else (condition,)
        timed = [self._leaf(part, passed=True) for part in parts if isinstance(part, Leaf) and _is_timed(part)]
        plain = [self.condition(part, inside=len(parts) > 1) for part in parts if not _is_timed(part)]
        said = [f"{word} {' and '.join(words)}" for word, words in (("once", timed), ("if", plain)) if words]
        joined = " and ".join(said)
        return joined if starts else joined.removeprefix("if ")

    def _leaf(self, leaf: Leaf, *, passed: bool = False) -> str:
        if leaf.op == "older_than" and leaf.field == _OWN_AGE.get(self.about):
            return f"it is older than {durations.words(leaf.value)}"
        return leaf_words(
            leaf, self.vocabulary, statuses=self.names.ops_statuses, zone=self.names.zone, passed=passed
        )  # fmt: skip

    def _label(self, path: str, value: object) -> str:
        return value_label(path, value, self.vocabulary, self.names.ops_statuses)

    def _one_of(self, path: str, values: Sequence[object], word: str) -> str:
        return listed([self._label(path, value) for value in values], word)

    def title(self, step: Step) -> str:
        """The step alone."""
        match step:
            case Gate():
                return "only continue if"
            case Branch():
                return "choose a path"
            case Do():
                return self._action(step)
            case _:
                return self._doing(step)

    def _doing(self, step: WaitFor | WaitUntil | WaitEvent | Do) -> str:
        match step:
            case WaitFor():
                return f"wait {durations.words(step.for_)}"
            case WaitUntil():
                return f"wait until {self._shift(step.offset, before=step.before)}{self.vocabulary.field(step.field)}"
            case WaitEvent():
                return self._wait_event(step)
            case Do():  # pragma: no branch -- the last kind of step
                said = self._action(step)
                return f"{said} (only if {self.condition(step.guard)})" if step.guard is not None else said

    def _shift(self, offset: Duration | None, *, before: bool) -> str:
        if offset is None:
            return ""
        return f"{durations.words(offset)} {'before' if before else 'after'} "

    def _wait_event(self, step: WaitEvent) -> str:
        asked = f" and {self.condition(step.if_)}" if step.if_ is not None else ""
        said = f"wait until {self.vocabulary.trigger(step.type)}{asked}, at most {durations.words(step.within)}"
        return f"{said} (else stop)" if step.on_timeout == "stop" else said

    def _branch(self, step: Branch) -> str:
        paths = [f"if {self.condition(path.if_)}: {self.steps(path.steps, inside=True)}" for path in step.paths]
        if step.otherwise:
            paths.append(f"otherwise: {self.steps(step.otherwise, inside=True)}")
        return "; ".join(paths)

    def _cooldown(self, plan: Plan) -> str:
        if plan.cooldown is None:
            return ""
        return f", but at most once in {durations.words(plan.cooldown)} for the same {plan.once_per}"

    def _action(self, step: Do) -> str:
        said = _ACTION_WORDS.get(step.action)
        return said(self, step.with_) if said is not None else step.action.replace(".", " ").replace("_", " ")


class _Clauses:
    """The clauses of a list of steps: what is asked, chosen and done, joined so that their order is heard."""

    def __init__(self) -> None:
        self._clauses: list[str] = []
        self._doings: list[str] = []
        self._is_then = False
        self._is_over = False

    def ask(self, words: str) -> None:
        """A gate: what follows is done if it holds."""
        self._flush()
        self._add(words)
        self._is_then = self._is_over = False

    def choose(self, words: str, *, is_open: bool) -> None:
        """A branch; what nothing follows (`is_open`) needs no brackets."""
        self._flush()
        self._add(words if is_open else f"({words})")
        self._is_then = self._is_over = True

    def do(self, words: str) -> None:
        """Something that is done or waited for."""
        self._doings.append(words)

    def said(self) -> str:
        """All of them."""
        self._flush()
        if not self._is_over:
            self._add(NOTHING_MORE)
        return ", ".join(self._clauses)

    def _flush(self) -> None:
        if self._doings:
            self._add(listed(self._doings))
            self._doings = []
            self._is_then = self._is_over = True

    def _add(self, words: str) -> None:
        self._clauses.append(f"then {words}" if self._is_then else words)


def _board(speaker: _Speaker, with_: Mapping[str, object]) -> str:
    slug = str(with_.get("board"))
    return str(speaker.names.boards.get(slug, slug))


def _count(speaker: _Speaker, with_: Mapping[str, object]) -> str:
    slug = str(with_.get("dashboard"))
    measure = str(with_.get("measure")).replace("_", " ")
    return f"count it as {measure} on {speaker.names.dashboards.get(slug, slug)}"


def _notify(speaker: _Speaker, with_: Mapping[str, object]) -> str:
    to = with_.get("to")
    if not isinstance(to, Mapping):
        return "notify the team"
    if "member" in to:
        return f"notify {to['member']}"
    roles = to.get("roles")
    keys = roles if isinstance(roles, list) else [to.get("role", "team")]
    return "notify " + listed([f"the {str(key).replace('_', ' ')}" for key in keys])


def _assign(speaker: _Speaker, with_: Mapping[str, object]) -> str:
    return f"assign it to {with_['member']}" if "member" in with_ else f"assign it to the {_key(with_, 'role')}"


def _key(with_: Mapping[str, object], name: str) -> str:
    return str(with_.get(name)).replace("_", " ")


def _status(speaker: _Speaker, with_: Mapping[str, object]) -> str:
    key = str(with_.get("status"))
    return f"set the order status to {speaker.names.ops_statuses.get(key, key.replace('_', ' '))}"


_ACTION_WORDS: Mapping[str, Callable[[_Speaker, Mapping[str, object]], str]] = {
    "email.customer": lambda speaker, with_: "e-mail the customer",
    "notify.team": _notify,
    "webhook.call": lambda speaker, with_: f"call {with_.get('url')}",
    "order.set_status": _status,
    "order.add_tag": lambda speaker, with_: f"add the tag {with_.get('tag')}",
    "order.remove_tag": lambda speaker, with_: f"remove the tag {with_.get('tag')}",
    "order.add_note": lambda speaker, with_: "add a note",
    "order.assign": _assign,
    "board.add": lambda speaker, with_: f"put it on the board {_board(speaker, with_)}",
    "board.remove": lambda speaker, with_: f"take it off the board {_board(speaker, with_)}",
    "dashboard.count": _count,
}
# A trigger that makes something, and the moment from which that thing's age counts.
_OWN_AGE: Mapping[str, str] = {"label.created": "parcel.label_created_at", "order.created": "order.placed_at"}


def _between(group: Group) -> str:
    """The word between the questions of a group, "" where a word is not enough."""
    if group.kind == "all" or (group.kind == "at_least" and group.k == len(group.of)):
        return " and "
    return " or " if group.kind == "any" or (group.kind == "at_least" and group.k == 1) else ""


def _is_timed(condition: Condition) -> bool:
    """Is it only a question of time: an age, or how long something has been so?"""
    if not isinstance(condition, Leaf):
        return False
    return condition.op == "older_than" or (condition.for_ is not None and condition.op != "was")
