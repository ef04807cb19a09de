"""The trace of a run: every step of its pinned version in order, what became of it, and what it led to.

Pure but for the rows it is given: `workflows.history.tracing.reading` gathers them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from postsale.tenants.shop import Shop
from workflows.catalog.vocabulary import VOCABULARY
from workflows.definitions.names import Names
from workflows.engine.grammar import Branch, Do, Gate, Plan, Step, WaitEvent
from workflows.engine.sentences import step_words
from workflows.history.messages.fates import MessageLine
from workflows.history.tracing.tables import Asked, failing, rows
from workflows.history.words import humane, sentence_case
from workflows.runs.models import Run, StepRun

type State = Literal[
    "done", "would", "not_met", "waiting", "failed", "suppressed", "skipped", "not_reached", "not_yet", "now"
]

BADGES: Mapping[State, tuple[str, str, str]] = {
    "done": ("Done", "ok", "circle-check"),
    "would": ("Would do", "info", "eye"),
    "not_met": ("Not met", "warn", "circle-x"),
    "waiting": ("Waiting", "info", "hourglass"),
    "failed": ("Failed", "crit", "circle-alert"),
    "suppressed": ("Not sent", "warn", "ban"),
    "skipped": ("Left out", "mute", "circle-minus"),
    "not_reached": ("Not reached", "mute", "circle-minus"),
    "not_yet": ("Not yet", "mute", "circle-dot"),
    "now": ("As of now", "info", "hourglass"),
}
_WORDS: Mapping[tuple[str, State], str] = {("condition", "done"): "Met", ("wait", "done"): "Waited"}
ICONS = {"condition": "funnel", "branch": "split", "wait": "hourglass"}
ACTION_ICONS = {
    "email.customer": "mail", "notify.team": "bell-ring", "webhook.call": "webhook", "order.set_status": "tag",
    "order.add_tag": "tags", "order.remove_tag": "tags", "order.add_note": "sticky-note", "order.assign": "user-check",
    "board.add": "bookmark", "board.remove": "bookmark", "dashboard.count": "chart-column",
}  # fmt: skip
#: Actions whose title says all that there is to say once they are done.
PLAIN = ("board.add", "board.remove", "dashboard.count", "order.add_note", "order.add_tag", "order.remove_tag")
KINDS = {"condition": "k-cond", "branch": "k-cond", "wait": "k-flow", "action": "k-action"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One step as the page shows it, or with `kind` "path" the heading of the steps below it."""

    id: str
    kind: str
    depth: int
    title: str
    state: State
    icon: str = "split"
    name: str = ""
    at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""
    table: Sequence[Asked] = ()
    messages: Sequence[MessageLine] = ()
    board: str = ""
    error: str = ""
    attempts: int = 1

    @property
    def badge(self) -> str:
        """What became of it, in one or two words."""
        return _WORDS.get((self.kind, self.state), BADGES[self.state][0])

    @property
    def tone(self) -> str:
        """The badge's colour."""
        return BADGES[self.state][1]

    @property
    def mark(self) -> str:
        """The icon beside the line."""
        return BADGES[self.state][2]

    @property
    def hue(self) -> str:
        """The colour of its kind."""
        return KINDS.get(self.kind, "k-flow")

    @property
    def is_faint(self) -> bool:
        """Whether nothing happened there."""
        return self.state in ("not_reached", "not_yet", "skipped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All that a trace is made from. `now_verdicts`: what the leading gates say today, while the run waits for them."""

    run: Run
    plan: Plan
    shop: Shop
    names: Names
    steps: Mapping[str, StepRun]
    messages: Mapping[str, Sequence[MessageLine]]
    now_verdicts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    waits_since: Mapping[str, datetime] = field(default_factory=dict)


def lines(told: Told) -> list[Line]:
    """Every step in the order of the document, those not reached included."""
    return list(_lines(told, told.plan.steps, 0))


def has_acted(found: Sequence[Line]) -> bool:
    """Whether it did anything (in watch mode: would have)."""
    return any(line.kind == "action" and line.state in ("done", "would", "suppressed") for line in found)


def first_of(found: Sequence[Line], *states: State) -> Line | None:
    """The first step in one of `states`."""
    return next((line for line in found if line.state in states), None)


def why_not(line: Line) -> str:
    """What a gate needed and what was found, in a sentence each: for the head of the page."""
    said = [_claim(row) for row in failing(line.table)[:3]]
    return " ".join(said)


def _claim(row: Asked) -> str:
    if row.result == "missing":
        return f"{row.field} is missing; it {row.needed} was needed."
    return f"{row.field}: needed “{row.needed}”, found “{row.found}”."


def _lines(told: Told, steps: Sequence[Step], depth: int) -> Iterator[Line]:
    for step in steps:
        line = _line(told, step, depth)
        yield line
        if isinstance(step, Gate) and step.else_:
            yield _path(told, f"{step.id}-else", "Otherwise, and then stop", depth, is_taken=line.state == "not_met")
            yield from _lines(told, step.else_, depth + 1)
        if isinstance(step, Branch):
            yield from _paths(told, step, depth)


def _paths(told: Told, step: Branch, depth: int) -> Iterator[Line]:
    row = told.steps.get(step.id)
    taken = (row.result or {}).get("path") if row is not None else None
    asked = list((row.verdict or {}).get("children") or ()) if row is not None else []
    for at, path in enumerate(step.paths):
        verdict = asked[at] if at < len(asked) else None
        table = rows(path.if_, verdict, shop=told.shop, names=told.names)
        title = f"If: {path.name}" if path.name else f"Path {at + 1}: if"
        yield _path(told, f"{step.id}-{at}", title, depth, is_taken=row is not None and taken == at, table=table)
        yield from _lines(told, path.steps, depth + 1)
    if step.otherwise:
        is_taken = row is not None and taken is None
        yield _path(told, f"{step.id}-otherwise", "Otherwise", depth, is_taken=is_taken)
        yield from _lines(told, step.otherwise, depth + 1)


def _path(told: Told, id_: str, title: str, depth: int, *, is_taken: bool, table: Sequence[Asked] = ()) -> Line:
    state: State = "done" if is_taken else _unreached(told)
    return Line(
        id=id_, kind="path", depth=depth, title=title, state=state, table=table, words="Taken" if is_taken else ""
    )


def _line(told: Told, step: Step, depth: int) -> Line:
    kind = "condition" if isinstance(step, Gate) else "branch" if isinstance(step, Branch) else "wait"
    kind = "action" if isinstance(step, Do) else kind
    row = told.steps.get(step.id)
    state = _state(told, step, row)
    title = _title(told, step)
    icon = ACTION_ICONS.get(step.action, "zap") if isinstance(step, Do) else ICONS[kind]
    result = (row.result or {}) if row is not None else {}
    return Line(
        id=step.id, kind=kind, depth=depth, title=title, state=state, icon=icon, name=step.name,
        at=row.at if row is not None and row.state != "waiting" else None,
        since=told.waits_since.get(step.id), until=_until(result), words=_said(told, step, row, state),
        table=_table(told, step, row), messages=told.messages.get(step.id, ()),
        board=str(result.get("board") or _board(step)), attempts=row.attempts if row is not None else 1,
        error=sentence_case(humane(row.error, told.shop)) if row is not None else "",
    )  # fmt: skip


def _title(told: Told, step: Step) -> str:
    words = sentence_case(step_words(step, told.names, VOCABULARY))
    if isinstance(step, Do) and step.action == "dashboard.count":
        measure = str(step.with_.get("measure"))
        return words.replace(measure, measure.replace("_", " "))
    return words


def _state(told: Told, step: Step, row: StepRun | None) -> State:
    if row is None:
        return "now" if step.id in told.now_verdicts else _unreached(told)
    if row.kind == "condition":
        return "done" if row.state == "done" else "not_met"
    if row.kind == "action" and row.state == "skipped":
        return "would" if told.run.is_watch and row.verdict is None else "skipped"
    known: Mapping[str, State] = {"done": "done", "waiting": "waiting", "failed": "failed", "suppressed": "suppressed"}
    return known.get(row.state, "skipped")


def _unreached(told: Told) -> State:
    return "not_yet" if told.run.state in ("running", "waiting") else "not_reached"


def _table(told: Told, step: Step, row: StepRun | None) -> list[Asked]:
    verdict = row.verdict if row is not None else told.now_verdicts.get(step.id)
    if isinstance(step, Gate):
        return rows(step.if_, verdict, shop=told.shop, names=told.names)
    if isinstance(step, Do) and step.guard is not None and verdict is not None:
        return rows(step.guard, verdict, shop=told.shop, names=told.names)
    return []


def _said(told: Told, step: Step, row: StepRun | None, state: State) -> str:
    """The recorded words, where the table, the messages and the times don't say it already."""
    if row is None or isinstance(step, Gate):
        return ""
    if isinstance(step, Branch):
        return "" if (row.result or {}).get("path") is not None else "No path held."
    words = str((row.result or {}).get("words", ""))
    if isinstance(step, WaitEvent) and state == "done":
        came = (row.result or {}).get("event") is not None
        return f"{sentence_case(VOCABULARY.trigger(step.type))}: {'it came' if came else 'it did not come in time'}."
    if not isinstance(step, Do):
        return "Ended before its time." if words.startswith("woken before") else ""
    if state == "would":
        return "Watch mode: nothing was done."
    if state == "skipped":
        return "Left out: its own condition did not hold." if row.verdict is not None else "Left out."
    says_it_already = told.messages.get(step.id) or row.error or (state == "done" and step.action in PLAIN)
    return "" if says_it_already else sentence_case(humane(words, told.shop))


def _until(result: Mapping[str, Any]) -> datetime | None:
    said = result.get("until")
    return datetime.fromisoformat(said) if isinstance(said, str) else None


def _board(step: Step) -> str:
    return str(step.with_.get("board", "")) if isinstance(step, Do) and step.action == "board.add" else ""
