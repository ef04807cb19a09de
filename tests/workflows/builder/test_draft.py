"""The working copy: stored as the draft whenever nothing is wrong with it, and never silently overwritten."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from postsale.tenants.models import Member
from postsale.tenants.scope import tenant
from tests.workflows.builder.conftest import NOW, House, a_document, stored
from workflows.builder import draft
from workflows.builder.draft import RefusedError, StaleError, Working
from workflows.builder.models import DraftOperation
from workflows.builder.operations import steps_of
from workflows.definitions import publish, store
from workflows.definitions.models import Workflow

WAIT = {"op": "insert", "kind": "wait", "list": "root", "index": 1}


def act(working: Working, op: dict[str, Any], member: Member, minutes: int = 0) -> Working:
    return draft.apply(working.workflow, member=member, op=op, rev=working.rev, now=NOW + timedelta(minutes=minutes))


def ids(working: Working) -> list[str]:
    return [step["id"] for step in steps_of(working.document)]


def draft_of(workflow: Workflow) -> dict[str, Any]:
    return store.document_of(store.version_of(workflow, "draft"))


def test_a_change_is_stored_as_the_draft_when_nothing_is_wrong_with_it(house: House) -> None:
    with tenant(house.id):
        working = draft.load(stored(), member=house.owner)

        after = act(working, WAIT, house.owner)

        assert ids(after) == ["channel", "wait", "tag_0"]
        assert (after.problems, after.focus, after.can_undo, after.can_redo) == ((), "wait", True, False)
        assert draft_of(after.workflow) == after.document


def test_an_unfinished_step_is_kept_in_the_copy_and_says_what_it_needs(house: House) -> None:
    with tenant(house.id):
        working = draft.load(stored(), member=house.owner)

        after = act(working, {"op": "insert", "kind": "email.customer", "list": "root", "index": 2}, house.owner)

        assert [(each.step_id, each.words) for each in after.problems] == [
            ("email_customer", "Needs a subject"),
            ("email_customer", "Needs a text"),
        ]
        assert draft_of(after.workflow) == a_document()
        assert draft.load(after.workflow, member=house.priya).document == after.document


def test_a_workflow_that_nobody_has_begun_asks_for_a_start_and_a_step(house: House) -> None:
    with tenant(house.id):
        workflow = Workflow.objects.create(tenant_id=house.id, name="New workflow")

        working = draft.load(workflow, member=house.owner)

        assert [each.words for each in working.problems] == ["Add at least one step", "Choose what starts the workflow"]


def test_undo_and_redo_are_per_person_and_outlive_the_page(house: House) -> None:
    with tenant(house.id):
        working = draft.load(stored(), member=house.owner)
        working = act(working, WAIT, house.owner)
        working = act(working, {"op": "duplicate", "id": "tag_0"}, house.priya)

        mine = draft.load(working.workflow, member=house.owner)
        undone = act(mine, {"op": "undo"}, house.owner)
        redone = act(undone, {"op": "redo"}, house.owner)

        assert (ids(undone), undone.can_undo, undone.can_redo) == (["channel", "tag_0", "tag_2"], False, True)
        assert (ids(redone), redone.can_redo) == (["channel", "wait", "tag_0", "tag_2"], False)
        assert undone.words == "Undone: Added Wait"


def test_what_others_have_built_upon_is_let_go(house: House) -> None:
    with tenant(house.id):
        working = act(draft.load(stored(), member=house.owner), WAIT, house.owner)
        working = act(working, {"op": "delete", "id": "wait"}, house.priya)

        with pytest.raises(RefusedError, match="can't be taken back any more"):
            act(working, {"op": "undo"}, house.owner)

        assert draft.load(working.workflow, member=house.owner).can_undo is False


def test_a_new_change_forgets_what_was_undone(house: House) -> None:
    with tenant(house.id):
        working = act(draft.load(stored(), member=house.owner), WAIT, house.owner)
        working = act(working, {"op": "undo"}, house.owner)

        after = act(working, {"op": "duplicate", "id": "tag_0"}, house.owner)

        assert (after.can_undo, after.can_redo) == (True, False)


def test_typing_on_is_one_change(house: House) -> None:
    with tenant(house.id):
        working = draft.load(stored(), member=house.owner)
        step = {"id": "tag_0", "kind": "action", "action": "order.add_tag"}
        for tag in ("l", "la", "lat"):
            working = act(working, {"op": "update", "id": "tag_0", "step": {**step, "with": {"tag": tag}}}, house.owner)

        undone = act(working, {"op": "undo"}, house.owner)

        assert undone.document == a_document()
        assert undone.can_undo is False


def test_another_revision_is_refused_and_shows_the_latest(house: House) -> None:
    with tenant(house.id):
        working = draft.load(stored(), member=house.owner)
        newer = act(working, WAIT, house.priya)

        with pytest.raises(StaleError) as caught:
            act(working, WAIT, house.owner)

        assert caught.value.by == "priya@shop.example"
        assert (caught.value.working.document, caught.value.working.rev) == (newer.document, newer.rev)


def test_a_persons_own_hands_do_not_get_in_each_others_way(house: House) -> None:
    with tenant(house.id):
        working = draft.load(stored(), member=house.owner)
        act(working, WAIT, house.owner)

        after = act(working, {"op": "duplicate", "id": "tag_0"}, house.owner)
        mixed = act(after, WAIT, house.priya)

        assert ids(after) == ["channel", "wait", "tag_0", "tag_2"]
        act(mixed, WAIT, house.priya)
        with pytest.raises(StaleError):
            act(working, WAIT, house.priya)


def test_what_the_api_writes_is_a_new_revision_that_the_last_editor_may_take_back(house: House) -> None:
    with tenant(house.id):
        working = act(draft.load(stored(), member=house.owner), {**WAIT, "kind": "email.customer"}, house.owner)
        store.save(a_document(tags=3), workflow=working.workflow, by="api@shop.example", now=NOW)

        with pytest.raises(StaleError) as caught:
            act(working, WAIT, house.owner)
        back = act(caught.value.working, {"op": "undo"}, house.owner)

        assert caught.value.by == "api@shop.example"
        assert ids(caught.value.working) == ["channel", "tag_0", "tag_1", "tag_2"]
        assert back.document == working.document


def test_a_published_workflow_goes_on_from_its_version_and_can_go_back_to_it(house: House) -> None:
    with tenant(house.id):
        working = act(draft.load(stored(), member=house.owner), WAIT, house.owner)
        publish.publish(working.workflow.id, mode="live", by=house.owner.email, now=NOW)
        working = draft.load(Workflow.objects.get(id=working.workflow.id), member=house.owner)
        published = working.document
        working = act(working, {"op": "delete", "id": "tag_0"}, house.owner)

        back = draft.discard(working.workflow, member=house.owner, rev=working.rev, now=NOW)

        assert (back.document, back.published, back.state) == (published, 1, "live")
        with pytest.raises(RefusedError, match="Nothing has changed since version 1"):
            draft.discard(back.workflow, member=house.owner, rev=back.rev, now=NOW)
        assert act(back, {"op": "undo"}, house.owner).document == working.document


def test_an_archived_workflow_and_one_never_published_say_so(house: House) -> None:
    with tenant(house.id):
        working = draft.load(stored(), member=house.owner)

        with pytest.raises(RefusedError, match="never published"):
            draft.discard(working.workflow, member=house.owner, rev=working.rev, now=NOW)
        publish.archive(working.workflow.id, now=NOW)
        with pytest.raises(RefusedError, match="archived"):
            act(working, WAIT, house.owner)


@pytest.mark.parametrize("op", [{"op": "put"}, {"op": "replace", "document": {}}, {"op": None}, {}])
def test_a_page_may_not_ask_for_everything(house: House, op: dict[str, Any]) -> None:
    with tenant(house.id):
        working = draft.load(stored(), member=house.owner)

        with pytest.raises(RefusedError):
            act(working, op, house.owner)

        assert DraftOperation.objects.count() == 0


def test_a_change_costs_as_many_queries_with_30_steps_as_with_one(house: House) -> None:
    counts = []
    with tenant(house.id):
        for tags in (1, 30):
            working = draft.load(stored(a_document(tags=tags)), member=house.owner)
            working = act(working, WAIT, house.owner)
            with CaptureQueriesContext(connection) as queries:
                act(working, WAIT, house.owner, minutes=1)
            counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] < 40
