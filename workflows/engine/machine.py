"""The step machine: a plan becomes a flat program once, and a run walks it one decision at a time.

Pure: a program and a small JSON-able state in, a `Move` out; no effect is done here, no clock is read. The same
program, state, facts and time always give the same move, and a state may travel through JSON at any point.

How a driver uses it: `begin`, then `advance` again and again. When a move carries an `effect`, do it, then advance with
the move's state; when it could not be done, `fail` says what follows, and `again` gives the state that offers it once
more. When a move carries `wake_at`, advance at that time, and before on news of the subject, for a wait until a field
follows the field; when it carries `waits_for`, ask `hears` of every such event and then `wake`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from workflows.engine.calendar import Calendar, add, subtract
from workflows.engine.conditions import keep_condition, leading_gates
from workflows.engine.evaluate import Check, compile_condition
from workflows.engine.grammar import Branch, Do, Gate, Plan, Step, WaitEvent, WaitFor, WaitUntil
from workflows.engine.verdict import Verdict

__all__ = [
    "Move",
    "Program",
    "State",
    "Trail",
    "advance",
    "again",
    "assemble",
    "begin",
    "fail",
    "follows",
    "hears",
    "keep_condition",
    "transfer",
    "wake",
]

type Facts = Mapping[str, object]
type Kinds = Callable[[str], str]
type State = dict[str, object]
type Finished = Literal["done", "stopped"]


class Trail(Struct, frozen=True, kw_only=True):
    """What became of one step: its state, its verdict if it asked something, and all of it in words."""

    step: str
    kind: str
    state: Literal["done", "waiting", "skipped", "stopped"]
    words: str
    verdict: Verdict | None = None
    result: Mapping[str, object] = field(default_factory=dict)


class Move(Struct, frozen=True, kw_only=True):
    """How far a run came: the steps passed, the state to keep, and why it stands still.

    Either `effect` is to be done, or the run waits (`wake_at`, perhaps also `waits_for` an event type), or it is
    `finished`; `reason` says why it stopped.
    """

    trail: tuple[Trail, ...]
    state: State
    effect: Do | None = None
    wake_at: datetime | None = None
    waits_for: str | None = None
    finished: Finished | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """A plan made ready to run: instructions with jumps. `leading` are the gates at its head."""

    leading: tuple[Gate, ...]
    instructions: tuple["Instruction", ...]


def assemble(plan: Plan, kinds: Kinds) -> Program:
    """`plan` as a program; `kinds` tells the kind of a field. The same plan always gives the same program."""
    code: list[Instruction] = []
    _write(plan.steps, code, kinds)
    code.append(_Halt("done"))
    return Program(leading=leading_gates(plan), instructions=tuple(code))


def begin(program: Program) -> State:
    """The state of a run of `program` that has not taken a step."""
    return {"pc": 0}


def advance(program: Program, state: State, facts: Facts, now: datetime, calendar: Calendar) -> Move:
    """Run on until an action is to be done, something is waited for, or the end is reached."""
    at = {key: value for key, value in state.items() if key != "doing"}
    trail: list[Trail] = []
    while True:
        here = program.instructions[_pc(at)]
        result = here.take(_Moment(at, facts, now, calendar))
        trail.extend(result.trail)
        if isinstance(result, Move):
            return replace(result, trail=tuple(trail))
        at = result.state


def fail(
    program: Program, state: State, *, reason: str, on_error: Literal["stop", "continue", "retry"] | None = None
) -> Move:
    """What follows when the effect that `state` was given with could not be done for good.

    The step's own `on_error` decides unless the caller does: continue leaves a move to advance from; stop, and retry
    when the driver has given up on it, end the run. Raises KeyError when no effect is pending in `state`.
    """
    do = _pending(program, state)
    goes_on = (on_error or do.on_error) == "continue"
    at: State = {key: value for key, value in state.items() if key != "doing"}
    return Move(trail=(), state=at, finished=None if goes_on else "stopped", reason="" if goes_on else reason)


def again(program: Program, state: State) -> State:
    """The state that offers the effect of `state` once more (a retry). Raises KeyError when none is pending."""
    _pending(program, state)
    at = {key: value for key, value in state.items() if key != "doing"}
    return at | {"pc": state["doing"]}


def hears(program: Program, state: State, *, event_type: str, facts: Facts, now: datetime, calendar: Calendar) -> bool:
    """Does an event of `event_type`, with `facts` as they are after it, end the wait in which `state` stands?"""
    here = program.instructions[_pc(state)]
    if not isinstance(here, _WaitEvent) or "wake_at" not in state or here.step.type != event_type:
        return False
    return here.check is None or here.check.holds(facts, now, calendar) is True


def follows(program: Program, state: State) -> bool:
    """Does `state` stand at a wait until a field: should news of the subject be looked at before its time?"""
    return isinstance(program.instructions[_pc(state)], _WaitUntil) and "wake_at" in state


def wake(program: Program, state: State, *, event_type: str | None, now: datetime) -> State:
    """The state after the wait ended: by its event, or (None) by time; before its time that means a person said so.

    A state that doesn't wait, or not for this event, is given back as it is; so is one whose time has come, for
    `advance` sees that itself (and may find that the field it waits for has moved on).
    """
    here = program.instructions[_pc(state)]
    waited_for = here.step.type if isinstance(here, _WaitEvent) else None
    due = _moment_in(state, "wake_at")
    if due is None or (event_type != waited_for if event_type is not None else due <= now):
        return state
    return state | {"woken": "time" if event_type is None else "event"}


def transfer(old: Program, new: Program, state: State) -> State | None:
    """`state` of a run that waits in `old`, at the same step in `new`; None where `new` has no such wait.

    The wait keeps the moment it had, also where the new version would wait longer or shorter.
    """
    here = old.instructions[_pc(state)]
    if not isinstance(here, _WaitFor | _WaitUntil | _WaitEvent):
        return None
    for at, there in enumerate(new.instructions):
        if type(there) is type(here) and there.step.id == here.step.id:
            return state | {"pc": at}
    return None


class _Moment(Struct, frozen=True):
    state: State
    facts: Facts
    now: datetime
    calendar: Calendar

    def step_to(self, pc: int, trail: tuple[Trail, ...] = (), **more: object) -> "_Step":
        """On to `pc`: what a wait remembered is forgotten, why the run will stop is not."""
        kept = {key: value for key, value in self.state.items() if key == "reason"}
        return _Step(kept | more | {"pc": pc}, trail)

    def stop(self, trail: Trail) -> Move:
        return Move(trail=(trail,), state=self.step_to(_pc(self.state)).state, finished="stopped", reason=trail.words)


class _Step(Struct, frozen=True):
    state: State
    trail: tuple[Trail, ...] = ()


@dataclass(frozen=True, slots=True)
class _Ask:
    """A gate: on when it holds, else to `otherwise`, where its else steps and a halt stand."""

    step: Gate
    check: Check
    otherwise: int

    def take(self, moment: _Moment) -> "_Step | Move":
        verdict = self.check.verdict(moment.facts, moment.now, moment.calendar)
        holds = verdict.holds is True
        state: Literal["done", "stopped"] = "done" if holds else "stopped"
        trail = Trail(step=self.step.id, kind="condition", state=state, words=verdict.words, verdict=verdict)
        if holds:
            return moment.step_to(_pc(moment.state) + 1, (trail,))
        if not self.step.else_:
            return moment.stop(trail)
        return moment.step_to(self.otherwise, (trail,), reason=verdict.words)


@dataclass(frozen=True, slots=True)
class _Choose:
    """A branch: to the first path whose condition holds, else to `otherwise`."""

    step: Branch
    checks: tuple[Check, ...]
    targets: tuple[int, ...]
    otherwise: int

    def take(self, moment: _Moment) -> "_Step | Move":
        asked: list[Verdict] = []
        for at, (path, check, target) in enumerate(zip(self.step.paths, self.checks, self.targets, strict=True)):
            verdict = check.verdict(moment.facts, moment.now, moment.calendar)
            asked.append(verdict)
            if verdict.holds is True:
                words = f"path {path.name or at + 1}: {verdict.words}"
                return moment.step_to(target, (self._trail(words, asked, moment.now, path=at, name=path.name),))
        words = "no path holds" + (", otherwise" if self.step.otherwise else ", goes on")
        return moment.step_to(self.otherwise, (self._trail(words, asked, moment.now, path=None),))

    def _trail(self, words: str, asked: list[Verdict], now: datetime, **result: object) -> Trail:
        verdict = Verdict(holds=asked[-1].holds is True, words=words, at=now, children=tuple(asked))
        return Trail(step=self.step.id, kind="branch", state="done", words=words, verdict=verdict, result=result)


@dataclass(frozen=True, slots=True)
class _Jump:
    to: int

    def take(self, moment: _Moment) -> "_Step | Move":
        return moment.step_to(self.to)


@dataclass(frozen=True, slots=True)
class _Halt:
    finished: Finished

    def take(self, moment: _Moment) -> "_Step | Move":
        reason = str(moment.state.get("reason", ""))
        return Move(trail=(), state=moment.state, finished=self.finished, reason=reason)


@dataclass(frozen=True, slots=True)
class _Act:
    """An action: offered as an effect, unless its guard doesn't hold."""

    step: Do
    guard: Check | None

    def take(self, moment: _Moment) -> "_Step | Move":
        pc = _pc(moment.state)
        if self.guard is not None:
            verdict = self.guard.verdict(moment.facts, moment.now, moment.calendar)
            if verdict.holds is not True:
                words = f"left out by its guard: {verdict.words}"
                skipped = Trail(step=self.step.id, kind="action", state="skipped", words=words, verdict=verdict)
                return moment.step_to(pc + 1, (skipped,))
        return Move(trail=(), state=moment.step_to(pc + 1, doing=pc).state, effect=self.step)


@dataclass(frozen=True, slots=True)
class _WaitFor:
    step: WaitFor

    def take(self, moment: _Moment) -> "_Step | Move":
        due = _moment_in(moment.state, "wake_at") or add(moment.now, self.step.for_, moment.calendar)
        return _sleep(moment, step=self.step, due=due)


@dataclass(frozen=True, slots=True)
class _WaitUntil:
    """A wait that follows its field: read again at every look, so that a moved moment moves the wait."""

    step: WaitUntil

    def take(self, moment: _Moment) -> "_Step | Move":
        due = self._due(moment) or _moment_in(moment.state, "wake_at")
        if due is None:
            words = f"{self.step.field} is missing, so there is no moment to wait for"
            return moment.stop(Trail(step=self.step.id, kind="wait", state="stopped", words=words))
        return _sleep(moment, step=self.step, due=due)

    def _due(self, moment: _Moment) -> datetime | None:
        start = _as_moment(moment.facts.get(self.step.field))
        if start is None or self.step.offset is None:
            return start
        shift = subtract if self.step.before else add
        return shift(start, self.step.offset, moment.calendar)


@dataclass(frozen=True, slots=True)
class _WaitEvent:
    step: WaitEvent
    check: Check | None

    def take(self, moment: _Moment) -> "_Step | Move":
        if moment.state.get("woken") == "event":
            words = f"{self.step.type} came"
            trail = Trail(step=self.step.id, kind="wait", state="done", words=words, result={"event": self.step.type})
            return moment.step_to(_pc(moment.state) + 1, (trail,))
        due = _moment_in(moment.state, "wake_at") or add(moment.now, self.step.within, moment.calendar)
        slept = _sleep(moment, step=self.step, due=due)
        if isinstance(slept, Move):
            return replace(slept, waits_for=self.step.type)
        words = f"no {self.step.type} came in time"
        stops = self.step.on_timeout == "stop"
        trail = replace(slept.trail[0], words=words, state="stopped" if stops else "done", result={"event": None})
        return moment.stop(trail) if stops else replace(slept, trail=(trail,))


type Instruction = _Ask | _Choose | _Jump | _Halt | _Act | _WaitFor | _WaitUntil | _WaitEvent


def _sleep(moment: _Moment, *, step: WaitFor | WaitUntil | WaitEvent, due: datetime) -> _Step | Move:
    """Wait until `due`, or go on when it has come or somebody woke the run."""
    woken = moment.state.get("woken") == "time"
    words = f"{due.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if due <= moment.now or woken:
        early = f"woken before {words}" if due > moment.now else f"waited until {words}"
        trail = Trail(step=step.id, kind="wait", state="done", words=early, result={"until": _written(due)})
        return moment.step_to(_pc(moment.state) + 1, (trail,))
    state = moment.state | {"wake_at": _written(due)}
    fresh = state != moment.state
    waits = Trail(
        step=step.id, kind="wait", state="waiting", words=f"waits until {words}", result={"until": _written(due)}
    )
    return Move(trail=(waits,) if fresh else (), state=state, wake_at=due)


def _write(steps: tuple[Step, ...], code: list[Instruction], kinds: Kinds) -> None:
    """Append the instructions of `steps`; targets that are not known yet are filled in when their code stands."""
    for step in steps:
        match step:
            case Gate():
                _write_gate(step, code, kinds)
            case Branch():
                _write_branch(step, code, kinds)
            case WaitFor():
                code.append(_WaitFor(step))
            case WaitUntil():
                code.append(_WaitUntil(step))
            case WaitEvent():
                code.append(_WaitEvent(step, compile_condition(step.if_, kinds) if step.if_ is not None else None))
            case Do():  # pragma: no branch -- the last kind of step
                code.append(_Act(step, compile_condition(step.guard, kinds) if step.guard is not None else None))


def _write_gate(step: Gate, code: list[Instruction], kinds: Kinds) -> None:
    here = len(code)
    check = compile_condition(step.if_, kinds)
    code.append(_Ask(step, check, here))
    if step.else_:
        code.append(_Jump(here))
        code[here] = _Ask(step, check, len(code))
        _write(step.else_, code, kinds)
        code.append(_Halt("stopped"))
        code[here + 1] = _Jump(len(code))


def _write_branch(step: Branch, code: list[Instruction], kinds: Kinds) -> None:
    here = len(code)
    checks = tuple(compile_condition(path.if_, kinds) for path in step.paths)
    code.append(_Jump(here))
    targets: list[int] = []
    ends: list[int] = []
    for path in step.paths:
        targets.append(len(code))
        _write(path.steps, code, kinds)
        ends.append(len(code))
        code.append(_Jump(here))
    otherwise = len(code)
    _write(step.otherwise, code, kinds)
    code[here] = _Choose(step, checks, tuple(targets), otherwise)
    for end in ends:
        code[end] = _Jump(len(code))


def _pending(program: Program, state: State) -> Do:
    here = program.instructions[_number(state["doing"])]
    if not isinstance(here, _Act):
        raise KeyError("doing")
    return here.step


def _pc(state: State) -> int:
    return _number(state["pc"])


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"a program counter is a whole number, not {value!r}")
    return value


def _moment_in(state: State, key: str) -> datetime | None:
    return _as_moment(state.get(key))


def _as_moment(value: object) -> datetime | None:
    """`value` as an aware moment: a datetime, or RFC 3339 text (custom fields hold text); None when it is neither."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, datetime) and value.tzinfo is not None else None


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
