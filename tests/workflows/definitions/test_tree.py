"""Documents as nodes."""

import json
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from tests.workflows.generated import documents
from workflows.definitions.tree import document_of, head_of, nodes_of

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.json"))


def numbers() -> Callable[[], int]:
    return count().__next__


def there_and_back(document: dict[str, Any]) -> dict[str, Any]:
    nodes = nodes_of(document, numbers())
    return document_of(head_of(document), reversed(nodes))


@given(documents())
def test_every_document_is_the_same_after_being_nodes(document: dict[str, Any]) -> None:
    before = json.dumps(document, sort_keys=True)

    after = there_and_back(document)

    assert json.dumps(after, sort_keys=True) == before
    assert json.dumps(document, sort_keys=True) == before, "the document itself was touched"


@given(documents())
def test_parents_come_before_their_children(document: dict[str, Any]) -> None:
    known: set[int | None] = {None}

    for node in nodes_of(document, numbers()):
        assert node.parent in known
        known.add(node.id)


@given(documents())
def test_every_step_and_every_leaf_is_a_node(document: dict[str, Any]) -> None:
    said = Counter(_kinds_in(document["steps"]))

    nodes = Counter(
        node.kind for node in nodes_of(document, numbers()) if node.kind not in {"trigger", "group", "path"}
    )

    assert nodes == said


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_founding_stories_are_the_same_after_being_nodes(path: Path) -> None:
    document = json.loads(path.read_text())

    assert there_and_back(document) == document


LEAF = {"field": "order.number", "op": "is", "value": "1"}


@pytest.mark.parametrize(
    ("step", "kinds"),
    [
        ({"kind": "action", "action": "board.add", "with": {"until": "never"}}, ["action"]),
        ({"kind": "action", "action": "board.add", "with": {"until": LEAF}}, ["action", "leaf"]),
        ({"kind": "action", "action": "board.add", "with": {"until": {"none": [LEAF]}}}, ["action", "group", "leaf"]),
        ({"kind": "action", "action": "x.y", "with": {"until": {"none": [LEAF, 3]}}}, ["action"]),
        ({"kind": "action", "action": "x.y", "with": {"until": {"all": []}}}, ["action"]),
        ({"kind": "action", "action": "x.y", "with": {"until": {"date": "2026-11-20"}}}, ["action"]),
        ({"kind": "action", "action": "x.y", "with": "nothing"}, ["action"]),
        ({"kind": "condition", "if": LEAF, "else": []}, ["condition", "leaf"]),
        ({"kind": "wait", "until_event": {"type": "a.b", "within": {"days": 1}, "if": LEAF}}, ["wait", "leaf"]),
        ({"kind": "wait", "for": {"days": 1}}, ["wait"]),
        (
            {
                "kind": "branch",
                "paths": [{"if": {"at_least": 1, "of": [LEAF]}, "steps": [{"id": "in", "kind": "wait"}]}],
            },
            ["branch", "path", "group", "leaf", "wait"],
        ),
    ],
)
def test_what_is_no_step_path_or_condition_stays_where_it_is(step: dict[str, Any], kinds: list[str]) -> None:
    document = {"format": "postsale.workflow/1", "trigger": {"type": "manual"}, "steps": [{"id": "one"} | step]}

    nodes = nodes_of(document, numbers())

    assert [node.kind for node in nodes[1:]] == kinds
    assert document_of(head_of(document), nodes) == document


def test_the_head_holds_only_what_the_document_says() -> None:
    assert head_of({"name": "Late", "cooldown": {"days": 1}, "steps": []}) == {"name": "Late", "cooldown": {"days": 1}}


def _kinds_in(value: Any) -> list[str]:
    """The kinds of all steps, and "leaf" for each leaf, found by looking for their members anywhere."""
    if isinstance(value, list):
        return [kind for each in value for kind in _kinds_in(each)]
    if not isinstance(value, dict):
        return []
    below = [kind for each in value.values() for kind in _kinds_in(each)]
    if "kind" in value and "id" in value:
        return [value["kind"], *below]
    return ["leaf", *below] if {"field", "op"} <= value.keys() else below
