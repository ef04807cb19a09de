"""The shelf: every action of the contract that belongs to this floor is on it, once."""

from workflows.actions.register import register
from workflows.catalog.shelf import ACTIONS, WRITERS

OURS = (
    "email.customer", "notify.team", "webhook.call", "order.set_status", "order.add_tag", "order.remove_tag",
    "order.add_note", "order.assign",
)  # fmt: skip


def test_registering_again_changes_nothing() -> None:
    register()
    before = [action.key for action in ACTIONS]

    register()

    assert [action.key for action in ACTIONS] == before
    assert [key for key in OURS if key not in before] == []
    assert "outbox" in WRITERS


def test_what_leaves_says_so() -> None:
    register()

    outside = [key for key in OURS if ACTIONS[key].is_outside]

    assert outside == ["email.customer", "notify.team", "webhook.call"]
