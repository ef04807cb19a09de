"""The step machine: gates, paths, waits and effects, one move at a time, the same after every trip through JSON."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflows.generated import documents
from workflows.catalog.fields import kind_of
from workflows.engine.calendar import Calendar
from workflows.engine.document import parse
from workflows.engine.grammar import Plan
from workflows.engine.machine import Move, Program, State, advance, again, assemble, begin, fail, hears, transfer, wake

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
CALENDAR = Calendar()
HOUR = timedelta(hours=1)
FACTS: dict[str, object] = {
    "parcel.tracking_status": "awaiting_carrier",
    "parcel.eta": NOW + 5 * HOUR,
    "order.sales_channel": "shopify-us",
}


def plan_of(*steps: dict[str, Any]) -> Plan:
    trigger = {"type": "label.created"}
    plan, problems = parse({"format": "postsale.workflow/1", "name": "x", "trigger": trigger, "steps": list(steps)})
    assert problems == []
    assert plan is not None
    return plan


def program_of(*steps: dict[str, Any]) -> Program:
    return assemble(plan_of(*steps), kind_of)


def status(value: str) -> dict[str, Any]:
    return {"field": "parcel.tracking_status", "op": "is", "value": value}


def act(id_: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "kind": "action", "action": "order.add_tag", "with": {"tag": "late"}} | more


def gate(id_: str, condition: dict[str, Any], *otherwise: dict[str, Any]) -> dict[str, Any]:
    step = {"id": id_, "kind": "condition", "if": condition}
    return step | {"else": list(otherwise)} if otherwise else step


def wait(id_: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "kind": "wait"} | more


def move(program: Program, state: State, facts: Mapping[str, object] = FACTS, now: datetime = NOW) -> Move:
    """One advance, from a state that has been through the database."""
    return advance(program, json.loads(json.dumps(state)), facts, now, CALENDAR)


def walk(program: Program, facts: Mapping[str, object] = FACTS) -> tuple[list[str], Move]:
    """The effects offered until the run waits or ends, and the last move."""
    effects: list[str] = []
    last = move(program, begin(program), facts)
    while last.effect is not None:
        effects.append(last.effect.id)
        last = move(program, last.state, facts)
    return effects, last


def steps_of(last: Move) -> list[tuple[str, str, str]]:
    return [(trail.step, trail.kind, trail.state) for trail in last.trail]


def test_actions_come_one_after_the_other_and_then_the_run_is_done() -> None:
    effects, last = walk(program_of(act("a"), act("b")))

    assert effects == ["a", "b"]
    assert (last.finished, last.reason, last.trail) == ("done", "", ())


def test_a_gate_that_holds_lets_the_run_through_and_leaves_its_verdict() -> None:
    first = move(program_of(gate("late", status("awaiting_carrier")), act("a")), {"pc": 0})

    assert first.effect is not None
    assert first.effect.id == "a"
    assert steps_of(first) == [("late", "condition", "done")]
    assert first.trail[0].verdict is not None
    assert first.trail[0].verdict.holds is True


@pytest.mark.parametrize("facts", [FACTS | {"parcel.tracking_status": "delivered"}, {}], ids=["false", "unknown"])
def test_a_gate_that_does_not_hold_stops_the_run(facts: Mapping[str, object]) -> None:
    effects, last = walk(program_of(gate("late", status("awaiting_carrier")), act("a")), facts)

    assert effects == []
    assert last.finished == "stopped"
    assert steps_of(last) == [("late", "condition", "stopped")]
    assert last.reason == last.trail[0].words
    assert "parcel.tracking_status" in last.reason


def test_the_else_steps_of_a_gate_run_before_the_run_stops_with_the_gates_reason() -> None:
    program = program_of(
        gate("late", status("delivered"), act("a"), wait("w", **{"for": {"hours": 1}}), act("b")), act("c")
    )

    first = move(program, begin(program))
    second = move(program, first.state)
    third = move(program, second.state, now=NOW + HOUR)
    last = move(program, third.state, now=NOW + HOUR)

    assert first.effect is not None
    assert third.effect is not None
    assert (first.effect.id, second.wake_at, third.effect.id) == ("a", NOW + HOUR, "b")
    assert (last.finished, last.reason) == ("stopped", first.trail[0].words)


def test_a_gate_with_else_steps_that_holds_passes_them_by() -> None:
    effects, last = walk(program_of(gate("late", status("awaiting_carrier"), act("a")), act("b")))

    assert (effects, last.finished, last.reason) == (["b"], "done", "")


def branch(*, otherwise: bool = True) -> dict[str, Any]:
    step = {
        "id": "how",
        "kind": "branch",
        "paths": [
            {
                "name": "lost",
                "if": {"field": "parcel.exception_reason", "op": "is", "value": "lost"},
                "steps": [act("a")],
            },
            {"if": status("awaiting_carrier"), "steps": [act("b")]},
            {"if": status("awaiting_carrier"), "steps": [act("c")]},
        ],
    }
    return step | {"otherwise": [act("d")]} if otherwise else step


@pytest.mark.parametrize(
    ("facts", "otherwise", "expected", "path"),
    [
        (FACTS | {"parcel.exception_reason": "lost"}, True, ["a", "z"], 0),
        (FACTS, True, ["b", "z"], 1),
        ({"parcel.tracking_status": "delivered"}, True, ["d", "z"], None),
        ({}, True, ["d", "z"], None),
        ({}, False, ["z"], None),
    ],
)
def test_the_first_path_that_holds_is_taken_and_unknown_is_not_holding(
    facts: Mapping[str, object], otherwise: bool, expected: list[str], path: int | None
) -> None:
    program = program_of(branch(otherwise=otherwise), act("z"))

    first = move(program, begin(program), facts)
    effects, last = walk(program, facts)

    assert effects == expected
    assert last.finished == "done"
    assert first.trail[0].result["path"] == path
    assert first.trail[0].verdict is not None
    assert first.trail[0].verdict.holds is (path is not None)


def test_a_wait_for_a_span_ends_at_its_time_and_not_before() -> None:
    program = program_of(wait("w", **{"for": {"hours": 2}}), act("a"))

    begun = move(program, begin(program))
    early = move(program, begun.state, now=NOW + HOUR)
    late = move(program, early.state, now=NOW + 2 * HOUR)

    assert (begun.wake_at, begun.waits_for, steps_of(begun)) == (NOW + 2 * HOUR, None, [("w", "wait", "waiting")])
    assert (early.wake_at, early.trail, early.state) == (NOW + 2 * HOUR, (), begun.state)
    assert steps_of(late) == [("w", "wait", "done")]
    assert late.effect is not None


@pytest.mark.parametrize(
    ("until", "due"),
    [
        ({"field": "parcel.eta"}, NOW + 5 * HOUR),
        ({"field": "parcel.eta", "offset": {"hours": 2}}, NOW + 7 * HOUR),
        ({"field": "parcel.eta", "offset": {"hours": 2}, "before": True}, NOW + 3 * HOUR),
        ({"field": "order.custom.pickup"}, NOW + 8 * HOUR),
    ],
)
def test_a_wait_until_a_field_ends_at_its_moment(until: dict[str, Any], due: datetime) -> None:
    program = program_of(wait("w", until=until))
    facts = {**FACTS, "order.custom.pickup": (NOW + 8 * HOUR).isoformat()}

    assert move(program, begin(program), facts).wake_at == due


def test_a_wait_until_a_past_moment_goes_on_at_once() -> None:
    program = program_of(wait("w", until={"field": "parcel.eta"}), act("a"))

    first = move(program, begin(program), {"parcel.eta": NOW - HOUR})

    assert steps_of(first) == [("w", "wait", "done")]
    assert first.effect is not None


@pytest.mark.parametrize("value", [None, "soon", "2026-11-20T10:00:00", 5])
def test_a_wait_until_a_missing_moment_stops_with_the_reason(value: object) -> None:
    program = program_of(wait("w", until={"field": "order.custom.pickup"}), act("a"))

    last = move(program, begin(program), {"order.custom.pickup": value})

    assert (last.finished, steps_of(last)) == ("stopped", [("w", "wait", "stopped")])
    assert last.reason == "order.custom.pickup is missing, so there is no moment to wait for"


def test_a_wait_until_a_field_follows_the_field() -> None:
    program = program_of(wait("w", until={"field": "parcel.eta"}), act("a"))
    begun = move(program, begin(program))
    later = {"parcel.eta": NOW + 9 * HOUR}

    moved = move(program, wake(program, begun.state, event_type=None, now=NOW + 5 * HOUR), later, NOW + 5 * HOUR)
    lost = move(program, begun.state, {}, NOW + HOUR)

    assert (moved.wake_at, steps_of(moved)) == (NOW + 9 * HOUR, [("w", "wait", "waiting")])
    assert lost.wake_at == NOW + 5 * HOUR


def event_wait(**more: Any) -> dict[str, Any]:
    event = {"type": "tracking.delivered", "within": {"hours": 4}}
    return wait("w", until_event=event | more.pop("event", {}), **more)


def test_a_wait_for_an_event_ends_with_it() -> None:
    program = program_of(event_wait(), act("a"))
    begun = move(program, begin(program))

    woken = wake(program, begun.state, event_type="tracking.delivered", now=NOW + HOUR)
    after = move(program, woken, now=NOW + HOUR)

    assert (begun.wake_at, begun.waits_for) == (NOW + 4 * HOUR, "tracking.delivered")
    assert (steps_of(after), after.trail[0].words) == ([("w", "wait", "done")], "tracking.delivered came")
    assert after.effect is not None


@pytest.mark.parametrize(
    ("on_timeout", "finished", "state"), [("continue", None, "done"), ("stop", "stopped", "stopped")]
)
def test_a_wait_for_an_event_that_never_came_ends_as_told(on_timeout: str, finished: str | None, state: str) -> None:
    program = program_of(event_wait(on_timeout=on_timeout), act("a"))
    begun = move(program, begin(program))

    after = move(program, begun.state, now=NOW + 4 * HOUR)

    assert (after.finished, steps_of(after)) == (finished, [("w", "wait", state)])
    assert after.trail[0].words == "no tracking.delivered came in time"


def test_only_the_awaited_event_is_heard_and_only_while_waiting() -> None:
    program = program_of(event_wait(event={"if": status("delivered")}), act("a"))
    begun = move(program, begin(program))

    def heard(state: State, event_type: str, facts: Mapping[str, object]) -> bool:
        return hears(program, state, event_type=event_type, facts=facts, now=NOW, calendar=CALENDAR)

    delivered = {"parcel.tracking_status": "delivered"}
    assert heard(begun.state, "tracking.delivered", delivered) is True
    assert heard(begun.state, "tracking.delivered", FACTS) is False
    assert heard(begun.state, "tracking.delivered", {}) is False
    assert heard(begun.state, "tracking.reversed", delivered) is False
    assert heard(begin(program), "tracking.delivered", delivered) is False
    assert heard({"pc": 1}, "tracking.delivered", delivered) is False


def test_an_event_without_a_condition_is_heard_whatever_the_facts() -> None:
    program = program_of(event_wait())
    begun = move(program, begin(program))

    assert hears(program, begun.state, event_type="tracking.delivered", facts={}, now=NOW, calendar=CALENDAR) is True


def test_waking_what_does_not_wait_or_not_for_this_changes_nothing() -> None:
    program = program_of(wait("w", **{"for": {"hours": 2}}), act("a"))
    begun = move(program, begin(program))

    assert wake(program, begin(program), event_type=None, now=NOW) == begin(program)
    assert wake(program, begun.state, event_type="tracking.delivered", now=NOW) == begun.state
    assert wake(program, begun.state, event_type=None, now=NOW + 2 * HOUR) == begun.state


def test_a_person_may_end_a_wait_early() -> None:
    program = program_of(wait("w", **{"for": {"hours": 2}}), act("a"))
    begun = move(program, begin(program))

    after = move(program, wake(program, begun.state, event_type=None, now=NOW + HOUR), now=NOW + HOUR)

    assert after.trail[0].words == "woken before 2026-11-23 12:00 UTC"
    assert after.effect is not None


def test_an_action_whose_guard_does_not_hold_is_left_out() -> None:
    program = program_of(act("a", guard=status("delivered")), act("b", guard=status("awaiting_carrier")))

    effects, _ = walk(program)
    first = move(program, begin(program))

    assert effects == ["b"]
    assert steps_of(first) == [("a", "action", "skipped")]
    assert first.trail[0].words.startswith("left out by its guard: ")


@pytest.mark.parametrize(
    ("said", "told", "finished", "reason"),
    [
        (None, None, "stopped", "no such board"),
        ("stop", None, "stopped", "no such board"),
        ("retry", None, "stopped", "no such board"),
        ("continue", None, None, ""),
        ("continue", "stop", "stopped", "no such board"),
        ("stop", "continue", None, ""),
    ],
)
def test_what_follows_a_failed_action_is_for_on_error_to_say(
    said: str | None, told: Any, finished: str | None, reason: str
) -> None:
    program = program_of(act("a", **({"on_error": said} if said else {})), act("b"))
    first = move(program, begin(program))

    failed = fail(program, first.state, reason="no such board", on_error=told)

    assert (failed.finished, failed.reason) == (finished, reason)
    if finished is None:
        after = move(program, failed.state)
        assert after.effect is not None
        assert after.effect.id == "b"


def test_a_retry_offers_the_same_effect_again() -> None:
    program = program_of(act("a"), act("b"))
    first = move(program, begin(program))

    second = move(program, again(program, first.state))

    assert second == first


def test_nothing_can_fail_or_be_tried_again_where_no_effect_is_pending() -> None:
    program = program_of(gate("g", status("awaiting_carrier")), act("a"))

    with pytest.raises(KeyError):
        fail(program, begin(program), reason="x")
    with pytest.raises(KeyError):
        again(program, {"pc": 1, "doing": 0})


def test_a_state_without_a_whole_counter_is_refused() -> None:
    with pytest.raises(TypeError, match="a program counter is a whole number"):
        move(program_of(act("a")), {"pc": "0"})


def test_the_leading_gates_are_known() -> None:
    program = program_of(gate("a", status("x")), gate("b", status("y")), act("c"), gate("d", status("z")))

    assert [each.id for each in program.leading] == ["a", "b"]


STATUSES = ("awaiting_carrier", "in_transit", "exception", "delivered", None)


def journey(program: Program, seed: int, *, through_json: bool) -> list[Move]:
    """All moves of a run on facts and times that the seed chooses."""
    rng = Random(seed)  # noqa: S311 -- a seed
    now, state, moves = NOW, begin(program), []
    for _ in range(60):
        facts = {
            "parcel.tracking_status": rng.choice(STATUSES),
            "parcel.eta": rng.choice((None, NOW + HOUR, NOW + 40 * HOUR)),
            "order.total": rng.choice((None, 1_000, 9_000)),
            "order.sales_channel": rng.choice(("ups", "shopify-us")),
        }
        made = advance(program, json.loads(json.dumps(state)) if through_json else state, facts, now, CALENDAR)
        moves.append(made)
        state = made.state
        if made.finished is not None:
            break
        if made.waits_for is not None and rng.random() < 0.5:
            state = wake(program, state, event_type=made.waits_for, now=now)
        elif made.wake_at is not None:
            now = made.wake_at
    return moves


@given(documents(), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_a_run_is_the_same_whenever_it_is_repeated_and_wherever_it_was_stored(document: Any, seed: int) -> None:
    plan, _ = parse(document)
    assert plan is not None

    first = journey(assemble(plan, kind_of), seed, through_json=False)
    second = journey(assemble(plan, kind_of), seed, through_json=True)

    assert second == first
    for made in first:
        standing = [made.effect is not None, made.wake_at is not None, made.finished is not None]
        assert standing.count(True) == 1


WAIT = {"id": "nap", "kind": "wait", "for": {"days": 1}}
TAG = {"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "x"}}


@pytest.mark.parametrize(
    ("steps", "pc"),
    [
        ((TAG, TAG | {"id": "tag_2"}, WAIT), 2),
        ((WAIT | {"for": {"days": 9}}, TAG), 0),
        ((WAIT | {"id": "other"}, TAG), None),
        ((WAIT | {"until": {"field": "parcel.eta"}, "for": None}, TAG), None),
    ],
)
def test_a_run_moves_to_the_same_wait_of_another_program_with_its_moment(
    steps: tuple[Any, ...], pc: int | None
) -> None:
    plain = [{key: value for key, value in step.items() if value is not None} for step in steps]
    old, new = program_of(WAIT, TAG), program_of(*plain)
    waiting = advance(old, begin(old), FACTS, NOW, CALENDAR).state

    assert transfer(old, new, waiting) == (None if pc is None else waiting | {"pc": pc})


def test_what_does_not_wait_does_not_move() -> None:
    program = program_of(TAG, WAIT)

    assert transfer(program, program, begin(program)) is None
