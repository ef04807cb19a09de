"""The canvas says what the document says: the same steps in the same lists, read back from the markup."""

from html.parser import HTMLParser
from random import Random
from typing import Any

import pytest
from django.template.loader import render_to_string

from postsale.tenants.scope import tenant
from tests.workflows.builder.conftest import NOW, House, a_document, stored
from tests.workflows.generated import SomeShop, random_document
from workflows.builder import draft
from workflows.builder.canvas import canvas_of, card_of, sentence_of
from workflows.builder.difference import Change, difference
from workflows.builder.operations import lists_of, perform
from workflows.builder.palette import palette
from workflows.builder.problems import problems_in
from workflows.builder.shapes import blank_document, blank_step
from workflows.catalog.shelf import ACTIONS
from workflows.definitions.models import Workflow
from workflows.definitions.names import names_of


class Outline(HTMLParser):
    """The lists of the canvas by address, each with the ids of its steps."""

    def __init__(self) -> None:
        super().__init__()
        self.lists: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.places: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "ol":
            self.open.append(said["data-list"])
            self.lists[said["data-list"]] = []
        if tag == "li" and "data-id" in said:
            self.lists[self.open[-1]].append(said["data-id"])
        if tag == "button" and said.get("class") == "slot":
            self.places.append((said["data-list"], int(said["data-index"])))

    def handle_endtag(self, tag: str) -> None:
        if tag == "ol":
            self.open.pop()


def outline(working: draft.Working) -> Outline:
    context = {"working": working, "canvas": canvas_of(working), "may_build": True}
    read = Outline()
    read.feed(render_to_string("workflows/builder/flow.html", context))
    return read


@pytest.mark.parametrize("seed", range(25))
def test_the_markup_has_the_lists_and_steps_of_the_document(house: House, seed: int) -> None:
    with tenant(house.id):
        names = names_of(house.id)
        shop = SomeShop(
            boards=names.boards, dashboards=names.dashboards, ops_statuses=names.ops_statuses, members=names.members
        )
        document: dict[str, Any] = random_document(Random(seed), shop)  # noqa: S311 -- a test's chance
        working = draft.load(stored(document), member=house.owner)

        read = outline(working)

        said = {address: [step["id"] for step in steps] for address, steps in lists_of(document).items()}
        assert working.document == document
        assert {address: ids for address, ids in read.lists.items() if ids} == {
            a: ids for a, ids in said.items() if ids
        }
        assert set(read.places) == {(address, at) for address, ids in said.items() for at in range(len(ids) + 1)}


def test_each_action_of_the_shelf_can_be_added_and_says_what_it_needs(house: House) -> None:
    with tenant(house.id):
        working = draft.load(stored(), member=house.owner)
        kinds = [item.kind for group in palette() for item in group.items]

        needs = {}
        for kind in kinds:
            done = perform(working.document, {"op": "insert", "kind": kind, "list": "root", "index": 0})
            after = draft.Working(
                workflow=working.workflow, document=done.document, rev=1, names=working.names, can_undo=False,
                can_redo=False, published=None, state="draft", edited_by="",
                problems=problems_in(done.document, working.names),
            )  # fmt: skip
            needs[kind] = [problem.words for problem in after.problems_of(done.focus)]

    assert set(kinds) == {action.key for action in ACTIONS} | {
        "condition", "branch", "wait", "wait_until", "wait_event",
    }  # fmt: skip
    assert needs["wait"] == []
    assert needs["branch"] == ["“If true”: choose what to look at", "“If true” has no steps yet"]
    assert all(words for kind, words in needs.items() if kind != "wait")
    assert not any("'" in line or "expected" in line for words in needs.values() for line in words)


def test_cards_speak_the_shops_words(house: House) -> None:
    steps = [
        {"id": "a", "kind": "wait", "for": {"business_days": 2}},
        {"id": "b", "kind": "wait", "until": {"field": "order.placed_at", "offset": {"days": 1}}},
        {"id": "c", "kind": "wait", "until_event": {"type": "tracking.delivered", "within": {"days": 3}},
         "on_timeout": "stop"},
        {"id": "d", "kind": "action", "action": "board.add", "with": {"board": "late-shipments", "severity": "warning"}},
        {"id": "e", "kind": "action", "action": "email.customer", "name": "Say sorry",
         "with": {"subject": "Order {{ order.number }}", "body": "Hello"}},
        {"id": "f", "kind": "action", "action": "notify.team",
         "with": {"to": {"role": "shipping_manager"}, "subject": "Look", "body": "Look"}},
    ]  # fmt: skip
    with tenant(house.id):
        working = draft.load(stored(a_document() | {"steps": steps}), member=house.owner)

        cards = [card_of(working, step) for step in working.document["steps"]]

    assert [(card.title, card.summary) for card in cards] == [
        ("Wait", "2 business days"),
        ("Wait until", "1 day after the placing of the order"),
        ("Wait for an event", "A parcel is delivered, at most 3 days, then stop"),
        ("Put on a board", "Late Shipments · Warning"),
        ("Say sorry", "Order [order number]"),
        ("Notify the team", "Shipping manager: Look"),
    ]


def test_an_unfinished_workflow_has_a_sentence_too(house: House) -> None:
    with tenant(house.id):
        workflow = Workflow.objects.create(tenant_id=house.id, name="New workflow")
        working = draft.load(workflow, member=house.owner)

        assert sentence_of(working) == "Choose what starts this workflow, then add steps."
        for op in (
            {"op": "trigger", "trigger": {"type": "label.created"}},
            {"op": "insert", "kind": "order.set_status", "list": "root", "index": 0},
        ):
            working = draft.apply(workflow, member=house.owner, op=op, rev=working.rev, now=NOW)
        assert sentence_of(working) == "When a label is created, set the order status to …"


def test_what_changed_is_said_once_for_each_thing(house: House) -> None:
    old = a_document(tags=2)
    ops: list[dict[str, Any]] = [
        {"op": "trigger", "trigger": {"type": "order.created"}},
        {"op": "settings", "name": "Later"},
        {"op": "delete", "id": "tag_1"},
        {"op": "update", "id": "tag_0", "step": {**old["steps"][1], "with": {"tag": "very-late"}}},
        {"op": "insert", "kind": "wait", "list": "root", "index": 0},
    ]
    new = old
    for op in ops:
        new = perform(new, op).document
    with tenant(house.id):
        names = names_of(house.id)

    assert difference(old, new, names) == [
        Change(kind="changed", title="Name", was="Late", now="Later"),
        Change(kind="changed", title="What starts it", was="when a label is created", now="when an order is created"),
        Change(kind="added", title="Wait", now="1 day"),
        Change(kind="changed", title="Add a tag", was="late-0", now="very-late"),
        Change(kind="removed", title="Add a tag", was="late-1"),
    ]
    assert difference(old, old, names) == []


def test_a_step_that_others_made_way_for_has_not_moved(house: House) -> None:
    old = a_document(tags=2)
    with tenant(house.id):
        names = names_of(house.id)
    moved = perform(old, {"op": "move", "id": "channel", "list": "root", "index": 3}).document

    assert "moved" in [change.kind for change in difference(old, moved, names)]


def test_new_steps_have_the_outline_of_steps() -> None:
    assert blank_document("x")["steps"] == []
    assert blank_step("board.add")["with"] == {"severity": "warning"}


def test_the_sentence_says_what_is_finished_and_stays_open(house: House) -> None:
    with tenant(house.id):
        workflow = stored()
        op = {"op": "insert", "kind": "branch", "list": "root", "index": 2}
        working = draft.load(workflow, member=house.owner)
        working = draft.apply(workflow, member=house.owner, op=op, rev=working.rev, now=NOW)

        said = sentence_of(working)

    assert said == "When a label is created, if the sales channel is Shopify US, add the tag late-0, …"
