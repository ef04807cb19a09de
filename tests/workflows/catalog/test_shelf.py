"""The shelf."""

from dataclasses import dataclass

import pytest

from workflows.catalog.shelf import ACTIONS, WATCHERS, WRITERS, Registry


@dataclass(frozen=True)
class Thing:
    key: str


def test_a_thing_is_found_by_its_key_and_stands_there_once() -> None:
    shelf: Registry[Thing] = Registry("thing")
    added = shelf.add(Thing("a"))

    assert shelf["a"] is added
    assert ("a" in shelf, "b" in shelf, list(shelf)) == (True, False, [added])
    with pytest.raises(ValueError, match="twice"):
        shelf.add(Thing("a"))
    with pytest.raises(KeyError):
        shelf["b"]


def test_every_action_of_the_contract_is_on_the_shelf() -> None:
    assert {action.key for action in ACTIONS} == {
        "email.customer", "notify.team", "webhook.call", "order.set_status", "order.add_tag", "order.remove_tag",
        "order.add_note", "order.assign", "board.add", "board.remove", "dashboard.count",
    }  # fmt: skip
    assert {writer.key for writer in WRITERS} == {"failures", "outbox", "tally"}
    assert {watcher.key for watcher in WATCHERS} == {"case", "feed", "order"}
