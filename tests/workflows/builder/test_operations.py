"""What can be done on the canvas, as pure functions: nothing is lost, ids stay unique, all can be taken back."""

from copy import deepcopy
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflows.generated import documents, random_document
from workflows.builder.operations import RefusedError, find, lists_of, perform, steps_of
from workflows.builder.shapes import blank_document

type Json = dict[str, Any]

KINDS = ("condition", "branch", "wait", "wait_until", "wait_event", "email.customer", "board.add", "order.set_status")


def story() -> Json:
    """A trigger, a gate, a choice of two with an otherwise, a tag."""
    document = blank_document("Late")
    for op in (
        {"op": "insert", "kind": "condition", "list": "root", "index": 0},
        {"op": "insert", "kind": "branch", "list": "root", "index": 1},
        {"op": "add_path", "id": "choice"},
        {"op": "insert", "kind": "email.customer", "list": "choice.path.0", "index": 0},
        {"op": "insert", "kind": "notify.team", "list": "choice.otherwise", "index": 0},
        {"op": "insert", "kind": "order.add_tag", "list": "root", "index": 2},
    ):
        document = perform(document, op).document
    return document


def ids(document: Json, address: str = "root") -> list[str]:
    return [step["id"] for step in lists_of(document)[address]]


def random_op(document: Json, rng: Random) -> Json:
    """Something that a person might do next."""
    steps = [step["id"] for step in steps_of(document)]
    lists = lists_of(document)
    address = rng.choice(list(lists))
    place = {"list": address, "index": rng.randrange(len(lists[address]) + 1)}
    branches = [step["id"] for step in steps_of(document) if step["kind"] == "branch"]
    ops: list[Json] = [
        {"op": "insert", "kind": rng.choice(KINDS), **place},
        {"op": "paste", "steps": random_document(rng)["steps"], **place},
        {"op": "settings", "name": rng.choice("ab"), "cooldown": rng.choice([None, {"days": 2}])},
        {"op": "trigger", "trigger": {"type": rng.choice(["label.created", "manual"])}},
    ]
    if steps:
        step_id = rng.choice(steps)
        step = find(document, step_id)[2]
        ops += [
            {"op": "move", "id": step_id, **place}, {"op": "delete", "id": step_id}, {"op": "duplicate", "id": step_id},
            {"op": "update", "id": step_id, "step": {**step, "name": "Renamed", "id": rng.choice([step_id, "other"])}},
        ]  # fmt: skip
    if branches:
        step_id = rng.choice(branches)
        n, to = rng.randrange(3), rng.randrange(3)
        ops += [
            {"op": "add_path", "id": step_id}, {"op": "remove_path", "id": step_id, "n": n},
            {"op": "move_path", "id": step_id, "n": n, "to": to},
            {"op": "rename_path", "id": step_id, "n": n, "name": "VIP"},
            {"op": "add_otherwise", "id": step_id, "kind": "wait"},
        ]  # fmt: skip
    return rng.choice(ops)


@settings(max_examples=60, deadline=None)
@given(documents(), st.randoms(use_true_random=False))
def test_whatever_is_done_ids_stay_unique_and_all_can_be_taken_back(start: Json, rng: Random) -> None:
    document, back = deepcopy(start), []

    for _ in range(15):
        before = deepcopy(document)
        try:
            done = perform(document, random_op(document, rng))
        except RefusedError:
            assert document == before
            continue
        assert document == before
        assert perform(done.document, done.back).document == before
        document = done.document
        back.append(done.back)
        names = [step["id"] for step in steps_of(document)]
        assert len(names) == len(set(names))
        assert all(names)
        assert all(step.get(name, True) for step in steps_of(document) for name in ("else", "otherwise"))

    for op in reversed(back):
        document = perform(document, op).document
    assert document == start


@settings(max_examples=60, deadline=None)
@given(documents(), st.randoms(use_true_random=False))
def test_what_was_taken_back_can_be_done_again(start: Json, rng: Random) -> None:
    try:
        done = perform(start, random_op(start, rng))
    except RefusedError:
        return

    undone = perform(done.document, done.back)

    assert perform(undone.document, undone.back).document == done.document


def test_a_moved_step_stands_where_it_was_put() -> None:
    document = story()

    down = perform(document, {"op": "move", "id": "only_if", "list": "root", "index": 3}).document
    into = perform(document, {"op": "move", "id": "add_tag", "list": "choice.otherwise", "index": 1}).document

    assert ids(down) == ["choice", "add_tag", "only_if"]
    assert (ids(into), ids(into, "choice.otherwise")) == (["only_if", "choice"], ["notify_team", "add_tag"])


def test_a_list_that_is_left_empty_is_no_part_of_the_document() -> None:
    document = perform(story(), {"op": "delete", "id": "notify_team"}).document

    assert "otherwise" not in find(document, "choice")[2]
    assert lists_of(document)["choice.otherwise"] == []


def test_ids_are_readable_and_numbered_when_they_must_be() -> None:
    document = story()

    document = perform(document, {"op": "duplicate", "id": "choice"}).document
    document = perform(document, {"op": "duplicate", "id": "choice"}).document

    assert ids(document) == ["only_if", "choice", "choice_3", "choice_2", "add_tag"]
    assert ids(document, "choice_2.path.0") == ["email_customer_2"]


def test_settings_of_a_step_leave_the_steps_under_it_alone() -> None:
    step = {"id": "vip", "kind": "branch", "name": "VIP?", "paths": [{"name": "yes", "if": {"all": []}}, {"if": {}}]}

    document = perform(story(), {"op": "update", "id": "choice", "step": step}).document

    assert ids(document) == ["only_if", "vip", "add_tag"]
    assert (ids(document, "vip.path.0"), ids(document, "vip.otherwise")) == (["email_customer"], ["notify_team"])
    assert find(document, "vip")[2]["paths"][0]["name"] == "yes"


@pytest.mark.parametrize(
    ("op", "words"),
    [
        ({"op": "move", "id": "choice", "list": "choice.path.0", "index": 0}, "A step can't be moved into itself."),
        ({"op": "move", "id": "gone", "list": "root", "index": 0}, "This step is not there any more."),
        ({"op": "insert", "kind": "wait", "list": "choice.path.7", "index": 0}, "This path is not there any more."),
        ({"op": "insert", "kind": "wait", "list": "root", "index": 9}, "This place is not there any more."),
        ({"op": "insert", "kind": "wait", "list": "root", "index": True}, "This place is not there any more."),
        ({"op": "paste", "steps": "boo", "list": "root", "index": 0}, "not steps that were copied"),
        ({"op": "paste", "steps": [{"id": "x", "kind": "odd"}], "list": "root", "index": 0}, "not steps that were"),
        ({"op": "update", "id": "choice", "step": {"id": "choice", "kind": "wait"}}, "don't fit this step"),
        (
            {"op": "update", "id": "choice", "step": {"id": "choice", "kind": "branch", "paths": [{}]}},
            "number of paths",
        ),
        ({"op": "update", "id": "add_tag", "step": {"id": "choice", "kind": "action"}}, "Another step has"),
        ({"op": "remove_path", "id": "choice", "n": 5}, "This path is not there any more."),
        ({"op": "remove_path", "id": "add_tag", "n": 0}, "Only a step with paths"),
        ({"op": "settings", "name": " "}, "needs a name"),
        ({"op": "fly"}, "can't do that"),
        ({"op": "insert"}, "can't be done here any more"),
    ],
)
def test_what_can_not_be_done_says_why_in_words(op: Json, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        perform(story(), op)


def test_there_is_room_for_a_hundred_steps_and_five_levels() -> None:
    many = blank_document("Many")
    many["steps"] = [{"id": f"s{n}", "kind": "wait", "for": {"days": 1}} for n in range(100)]
    deep = blank_document("Deep")
    address = "root"
    for _level in range(6):
        done = perform(deep, {"op": "insert", "kind": "branch", "list": address, "index": 0})
        deep, address = done.document, f"{done.focus}.path.0"

    with pytest.raises(RefusedError, match="at most 100 steps"):
        perform(many, {"op": "insert", "kind": "wait", "list": "root", "index": 3})
    with pytest.raises(RefusedError, match="at most 5 deep"):
        perform(deep, {"op": "insert", "kind": "wait", "list": address, "index": 0})
