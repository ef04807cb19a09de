"""Edits by people and workflows: each says its transition once, remembers who it was, and a no-op says nothing."""

import pytest

from postsale.orders.edit import apply_edit
from postsale.orders.facts import OrderFacts
from tests.postsale.orders.feeds import hour

ORDER = OrderFacts(
    sales_channel="us",
    number="1",
    tags=("shop", "own"),
    shop_tags=("shop",),
    added_tags=("own",),
    notes="n",
    shop_notes="n",
)
BY = {"kind": "person", "name": "Ada"}


@pytest.mark.parametrize(
    ("field", "value", "shown", "said"),
    [
        ("ops_status", "exception", "exception", [("order.ops_status_changed", "new", "exception")]),
        ("assignee", "ada@shop.example", "ada@shop.example", [("order.assigned", None, "ada@shop.example")]),
        ("add_tag", "vip", ("shop", "own", "vip"), [("order.tag_added", None, "vip")]),
        ("remove_tag", "own", ("shop",), [("order.tag_removed", "own", None)]),
        ("remove_tag", "shop", ("own",), [("order.tag_removed", "shop", None)]),
        (
            "tags",
            ["own", "x", "x"],
            ("own", "x"),
            [("order.tag_added", None, "x"), ("order.tag_removed", "shop", None)],
        ),
        ("tags", [], (), [("order.tag_removed", "shop", None), ("order.tag_removed", "own", None)]),
        ("notes", "mine", "mine", [("order.note_added", "n", "mine")]),
        ("notes", None, None, [("order.note_added", "n", None)]),
        ("add_note", "more", "n\nmore", [("order.note_added", None, "more")]),
    ],
)
def test_an_edit_shows_and_says_what_changed(field: str, value: object, shown: object, said: list[object]) -> None:
    facts, changes = apply_edit(ORDER, field=field, value=value, by=BY, at=hour(1))

    name = {"add_tag": "tags", "remove_tag": "tags", "add_note": "notes"}.get(field, field)
    assert getattr(facts, name) == shown
    assert [(change.type, change.from_, change.to) for change in changes] == said
    assert facts.setters[name] == {"kind": "person", "name": "Ada", "at": hour(1).isoformat()}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ops_status", "new"), ("assignee", None), ("assignee", ""), ("add_tag", "shop"), ("add_tag", ""),
        ("remove_tag", "none"), ("tags", ["shop", "own"]), ("notes", "n"), ("add_note", "  "), ("add_note", None),
    ],
)  # fmt: skip
def test_an_edit_that_says_nothing_new_changes_nothing(field: str, value: object) -> None:
    assert apply_edit(ORDER, field=field, value=value, by=BY, at=hour(1)) == (ORDER, ())


def test_a_removed_tag_can_be_added_again() -> None:
    facts, _ = apply_edit(ORDER, field="remove_tag", value="shop", by=BY, at=hour(1))

    facts, _ = apply_edit(facts, field="add_tag", value="shop", by=BY, at=hour(2))

    assert (facts.tags, facts.removed_tags) == (("shop", "own"), ())


def test_notes_add_up() -> None:
    facts, _ = apply_edit(ORDER, field="add_note", value="one", by=BY, at=hour(1))

    facts, _ = apply_edit(facts, field="add_note", value="two", by=BY, at=hour(2))

    assert facts.notes == "n\none\ntwo"


def test_tags_that_are_no_list_are_none() -> None:
    facts, _ = apply_edit(ORDER, field="tags", value=3, by=BY, at=hour(1))

    assert facts.tags == ()


def test_an_unknown_field_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        apply_edit(ORDER, field="total", value=1, by=BY, at=hour(1))
