"""The canvas: a working copy as nested lists of cards, ready to be shown. Templates only walk it."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from workflows.builder.draft import Working
from workflows.builder.finished import finished_part
from workflows.builder.names import title_of
from workflows.builder.operations import steps_of
from workflows.builder.problems import Problem
from workflows.builder.summaries import asked, summary_of, trigger_words
from workflows.catalog.vocabulary import VOCABULARY
from workflows.definitions.names import Names
from workflows.engine.document import parse
from workflows.engine.sentences import NOTHING_MORE, sentence

type Json = dict[str, Any]

#: (hue, icon) by kind of step or key of action; actions that are not named here look like any action.
LOOKS: Mapping[str, tuple[str, str]] = {
    "trigger": ("trigger", "zap"), "condition": ("cond", "funnel"), "branch": ("cond", "split"),
    "wait": ("flow", "hourglass"), "wait_until": ("flow", "calendar-clock"), "wait_event": ("flow", "bell"),
    "email.customer": ("action", "mail"), "notify.team": ("action", "bell-ring"), "webhook.call": ("action", "webhook"),
    "order.set_status": ("action", "flag"), "order.add_tag": ("action", "tag"), "order.remove_tag": ("action", "tags"),
    "order.add_note": ("action", "sticky-note"), "order.assign": ("action", "user-check"),
    "board.add": ("action", "layers"), "board.remove": ("action", "circle-minus"),
    "dashboard.count": ("action", "chart-column"),
}  # fmt: skip
#: The members of an action that its sentence speaks of.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "webhook.call": ("url",), "order.set_status": ("status",), "order.add_tag": ("tag",), "order.remove_tag": ("tag",),
    "board.add": ("board",), "board.remove": ("board",), "dashboard.count": ("measure", "dashboard"),
}  # fmt: skip
_ANY_ACTION = ("action", "sparkles")


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """A list of steps: its address, what people call it, its cards."""

    address: str
    where: str
    cards: tuple["Card", ...]

    @property
    def is_unbegun(self) -> bool:
        """Whether it is the whole workflow, and nothing stands in it yet."""
        return self.address == "root" and not self.cards


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A path under a card. `n` is None for the otherwise; `ends`: what happens below it, "" for going on."""

    label: str
    asked: str
    steps: Steps
    n: int | None = None
    is_first: bool = False
    is_last: bool = False
    ends: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One step. `unless` holds the steps of a gate that does not let the run on; None for other kinds."""

    id: str
    hue: str
    icon: str
    title: str
    summary: str
    problems: tuple[Problem, ...]
    ways: tuple[Way, ...] = ()
    unless: Way | None = None
    is_branch: bool = False

    @property
    def problem(self) -> str:
        """The first thing to put right, "" for nothing."""
        return self.problems[0].words if self.problems else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """A whole workflow."""

    trigger: Card
    steps: Steps
    sentence: str
    count: int


def canvas_of(working: Working) -> Canvas:
    """The cards of `working`, and the sentence that says what it does."""
    painter = _Painter(working.names, working.problems)
    steps = painter.steps("root", "Main path", working.document["steps"])
    return Canvas(
        trigger=painter.trigger(working.document["trigger"]), steps=steps, sentence=sentence_of(working),
        count=painter.count,
    )  # fmt: skip


def card_of(working: Working, step: Json) -> Card:
    """The card of one step (or of the trigger: {"type": …}), without what hangs under it."""
    painter = _Painter(working.names, working.problems)
    return painter.card(step, is_alone=True) if "kind" in step else painter.trigger(step)


def sentence_of(working: Working) -> str:
    """What the workflow does, in one sentence; while it is unfinished, what is known of it."""
    plan, _ = parse(_with_gaps(working.document) if working.problems else working.document)
    if plan is not None:
        return sentence(plan, working.names, VOCABULARY).replace("….", "…")
    finished = _finished_sentence(working)
    if finished:
        return finished
    start = trigger_words(working.document["trigger"], working.names)
    if not start:
        return "Choose what starts this workflow, then add steps."
    count = len(working.document["steps"])
    return f"{start[:1].upper()}{start[1:]}, …" if count else f"{start[:1].upper()}{start[1:]}: add what is to follow."


def _finished_sentence(working: Working) -> str:
    """What the finished steps do, left open at its end; "" when there are none."""
    unfinished = {problem.step_id for problem in working.problems if problem.step_id}
    part = finished_part(working.document, unfinished)
    plan = parse(part)[0] if part is not None and "trigger" not in unfinished else None
    if plan is None:
        return ""
    return sentence(plan, working.names, VOCABULARY).removesuffix(".").removesuffix(f", {NOTHING_MORE}") + ", …"


def _with_gaps(document: Json) -> Json:
    """A copy in which what an action still needs is an ellipsis, as a sentence says it."""
    copy = deepcopy(document)
    for step in steps_of(copy):
        if step["kind"] == "action" and isinstance(step.get("with"), dict):
            step["with"] = dict.fromkeys(NEEDED.get(str(step.get("action")), ()), "…") | step["with"]
    return copy


def look_of(kind: str) -> tuple[str, str]:
    """The hue and icon of a kind of step, or of an action by its key."""
    return LOOKS.get(kind, _ANY_ACTION)


def kind_of(step: Json) -> str:
    """What the palette calls a step: its action's key, or its kind, waits by what they wait for."""
    if step["kind"] == "action":
        return str(step.get("action"))
    if step["kind"] == "wait":
        return "wait_until" if "until" in step else "wait_event" if "until_event" in step else "wait"
    return str(step["kind"])


class _Painter:
    """Makes cards; counts them."""

    def __init__(self, names: Names, problems: Sequence[Problem]) -> None:
        self.names = names
        self.count = 0
        self.problems: dict[str | None, list[Problem]] = {}
        for problem in problems:
            self.problems.setdefault(problem.step_id, []).append(problem)

    def trigger(self, trigger: Json) -> Card:
        hue, icon = LOOKS["trigger"]
        words = trigger_words(trigger, self.names)
        title = f"{words[:1].upper()}{words[1:]}" if words else "What starts it?"
        problems = tuple(self.problems.get("trigger", ()))
        return Card(id="trigger", hue=hue, icon=icon, title=title, summary="", problems=problems)

    def steps(self, address: str, where: str, steps: Sequence[Json]) -> Steps:
        return Steps(address=address, where=where, cards=tuple(self.card(step) for step in steps))

    def card(self, step: Json, *, is_alone: bool = False) -> Card:
        self.count += 1
        hue, icon = look_of(kind_of(step))
        title = title_of(step)
        is_branch = step["kind"] == "branch"
        return Card(
            id=step["id"], hue=hue, icon=icon, title=title, summary=summary_of(step, self.names),
            problems=tuple(self.problems.get(step["id"], ())), is_branch=is_branch,
            ways=self.ways(step, title) if is_branch and not is_alone else (),
            unless=self.unless(step, title) if step["kind"] == "condition" and not is_alone else None,
        )  # fmt: skip

    def ways(self, step: Json, title: str) -> tuple[Way, ...]:
        ways = []
        many = len(step["paths"]) > 1
        for n, path in enumerate(step["paths"]):
            label = path.get("name") or (f"Path {n + 1}" if many else "If true")
            where = f"{label}, under {title}"
            steps = self.steps(f"{step['id']}.path.{n}", where, path["steps"])
            ways.append(
                Way(
                    label=label, asked=asked(path.get("if"), self.names) if many else "", steps=steps, n=n,
                    is_first=n == 0, is_last=n == len(step["paths"]) - 1,
                )
            )  # fmt: skip
        otherwise = self.steps(f"{step['id']}.otherwise", f"Otherwise, under {title}", step.get("otherwise", ()))
        return (*ways, Way(label="Otherwise", asked="", steps=otherwise))

    def unless(self, step: Json, title: str) -> Way:
        steps = self.steps(f"{step['id']}.else", f"If not, under {title}", step.get("else", ()))
        return Way(label="If not", asked="", steps=steps, ends="Stop")
