"""The builder's pages: builders change, others look, strangers see nothing; nobody overwrites anybody."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from postsale.tenants.models import AuditEntry
from postsale.tenants.scope import tenant
from tests.factories import PASSWORD, make_member, make_tenant
from tests.workflows.builder.conftest import NOW, House, a_document, stored
from workflows.builder.models import Draft
from workflows.definitions import publish
from workflows.definitions.models import Workflow

WAIT = {"op": "insert", "kind": "wait", "list": "root", "index": 1}


@pytest.fixture
def workflow(house: House) -> Workflow:
    with tenant(house.id):
        return stored()


def signed_in(email: str) -> Client:
    client = Client()
    assert client.login(username=email, password=PASSWORD)
    return client


@pytest.fixture
def owner(house: House) -> Client:
    return signed_in(house.made.owner)


def do(client: Client, workflow: Workflow, op: dict[str, Any], rev: int = 1) -> Any:
    return client.post(f"/workflows/{workflow.id}/do/", {"op": json.dumps(op), "rev": rev})


def rev_of(house: House, workflow: Workflow) -> int:
    with tenant(house.id):
        return Draft.objects.get(workflow_id=workflow.id).rev


def test_the_page_shows_cards_palette_and_sentence_to_builders(owner: Client, workflow: Workflow) -> None:
    page = owner.get(f"/workflows/{workflow.id}/").content.decode()

    assert 'data-id="channel"' in page
    assert 'data-kind="email.customer"' in page
    assert "When a label is created, if the sales channel is Shopify US, add the tag late-0." in page
    assert 'id="publish-button"' in page


@pytest.mark.parametrize("role", ["viewer", "shipping_manager"])
def test_others_look_and_can_not_change(house: House, workflow: Workflow, role: str) -> None:
    client = signed_in(make_member(house.id, role=role).email)

    page = client.get(f"/workflows/{workflow.id}/").content.decode()

    assert 'data-id="channel"' in page
    assert not any(part in page for part in ('class="slot"', 'id="publish-button"', "data-kind=", "data-menu=", "/do/"))
    assert do(client, workflow, WAIT).status_code == 403
    for what in ("publish", "discard", "standing"):
        assert client.post(f"/workflows/{workflow.id}/{what}/", {}).status_code == 403
    assert rev_of(house, workflow) == 1


def test_a_stranger_and_another_shop_find_nothing(workflow: Workflow) -> None:
    other = signed_in(make_tenant().owner)

    assert Client().get(f"/workflows/{workflow.id}/").status_code == 302
    for path in (f"{workflow.id}/", f"{workflow.id}/flow/", f"{workflow.id}/publish/", f"{uuid4()}/"):
        assert other.get(f"/workflows/{path}").status_code == 404
    assert do(other, workflow, WAIT).status_code == 404


def test_an_operation_answers_with_the_canvas_and_all_around_it(owner: Client, workflow: Workflow) -> None:
    answer = do(owner, workflow, WAIT)

    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'data-focus="wait"' in text
    assert 'data-words="Added Wait"' in text
    assert '<input type="hidden" id="rev" name="rev" value="2">' in text
    assert all(f'id="{part}"' in text for part in ("flow", "sentence", "draft-state", "draft-acts", "problems"))


def test_two_people_do_not_overwrite_each_other(house: House, owner: Client, workflow: Workflow) -> None:
    owner.get(f"/workflows/{workflow.id}/")
    do(signed_in(house.priya.email), workflow, WAIT)

    answer = do(owner, workflow, WAIT)

    text = answer.content.decode()
    assert answer.status_code == 409
    assert answer["HX-Retarget"] == "#flow"
    assert "Priya changed this workflow. Showing the latest." in text
    assert 'data-id="wait"' in text
    assert rev_of(house, workflow) == 2


def test_what_can_not_be_done_says_so_and_shows_the_canvas(owner: Client, workflow: Workflow) -> None:
    owner.get(f"/workflows/{workflow.id}/")

    answer = do(owner, workflow, {"op": "delete", "id": "gone"})

    assert answer.status_code == 422
    assert "This step is not there any more." in answer.content.decode()


@pytest.mark.parametrize(
    "said",
    [
        {"op": "{", "rev": 1},
        {"op": "[]", "rev": 1},
        {"op": "{}", "rev": "x"},
        {"op": "{}"},
        {"op": "[" * 9999, "rev": 1},
    ],
)
def test_nonsense_is_a_bad_request(owner: Client, workflow: Workflow, said: dict[str, Any]) -> None:
    assert owner.post(f"/workflows/{workflow.id}/do/", said).status_code == 400


def test_publishing_says_what_changes_and_who_changed_it(house: House, owner: Client, workflow: Workflow) -> None:
    with tenant(house.id):
        publish.publish(workflow.id, mode="live", by=house.made.owner, now=NOW)
    do(signed_in(house.priya.email), workflow, WAIT)

    text = owner.get(f"/workflows/{workflow.id}/publish/").content.decode()

    assert "What changes from version 1" in text
    assert "priya@shop.example" in text
    assert "Added Wait" in text
    assert "so it would stop acting" in text


def test_what_was_taken_back_is_no_change_to_publish(house: House, owner: Client, workflow: Workflow) -> None:
    with tenant(house.id):
        publish.publish(workflow.id, mode="live", by=house.made.owner, now=NOW)

    changed = do(owner, workflow, WAIT).content.decode()
    back = do(owner, workflow, {"op": "undo"}, rev=2).content.decode()

    assert "Unpublished changes" in changed
    assert "Unpublished changes" not in back
    assert "Nothing has changed since it was published" in back


@pytest.mark.parametrize(("mode", "state"), [("watch", "watching"), ("live", "live")])
def test_publishing_watches_first_or_acts(
    house: House, owner: Client, workflow: Workflow, mode: str, state: str
) -> None:
    owner.get(f"/workflows/{workflow.id}/")

    answer = owner.post(f"/workflows/{workflow.id}/publish/", {"mode": mode, "rev": 1})

    assert answer["Location"] == f"/workflows/{workflow.id}/"
    with tenant(house.id):
        now = Workflow.objects.get(id=workflow.id)
        assert (now.state, now.published, now.draft) == (state, 1, None)
        assert AuditEntry.objects.filter(action="workflow.published", target=str(workflow.id)).count() == 1


def test_what_has_problems_or_changed_meanwhile_is_not_published(
    house: House, owner: Client, workflow: Workflow
) -> None:
    owner.get(f"/workflows/{workflow.id}/")
    do(owner, workflow, {**WAIT, "kind": "branch"})

    stale = owner.post(f"/workflows/{workflow.id}/publish/", {"mode": "live", "rev": 1}, follow=True)
    broken = owner.post(f"/workflows/{workflow.id}/publish/", {"mode": "live", "rev": 2}, follow=True)

    assert "Somebody changed this workflow meanwhile" in stale.content.decode()
    assert "This workflow has problems" in broken.content.decode()
    assert "2 problems to put right first" in broken.content.decode()
    with tenant(house.id):
        assert Workflow.objects.get(id=workflow.id).state == "draft"


def test_it_can_be_paused_go_on_go_back_and_be_archived(house: House, owner: Client, workflow: Workflow) -> None:
    def state_after(what: str) -> str:
        owner.post(f"/workflows/{workflow.id}/standing/", {"what": what})
        with tenant(house.id):
            return str(Workflow.objects.get(id=workflow.id).state)

    with tenant(house.id):
        publish.publish(workflow.id, mode="live", by=house.made.owner, now=NOW)
    do(owner, workflow, WAIT)

    back = owner.post(f"/workflows/{workflow.id}/discard/", {"rev": 2}, follow=True).content.decode()

    assert "Back to version 1" in back
    assert 'data-id="wait"' not in back
    assert [state_after(what) for what in ("pause", "resume", "archive")] == ["paused", "live", "archived"]
    assert owner.post(f"/workflows/{workflow.id}/standing/", {"what": "fly"}).status_code == 400
    assert 'class="slot"' not in owner.get(f"/workflows/{workflow.id}/").content.decode()


def test_the_page_asks_as_often_for_30_steps_as_for_one(house: House, owner: Client) -> None:
    counts = []
    for tags in (1, 30):
        with tenant(house.id):
            workflow = stored(a_document(tags=tags))
        owner.get(f"/workflows/{workflow.id}/")
        with CaptureQueriesContext(connection) as queries:
            owner.get(f"/workflows/{workflow.id}/")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_a_new_workflow_can_be_opened_before_anything_is_stored(house: House, owner: Client) -> None:
    with tenant(house.id):
        made = Workflow.objects.create(tenant_id=house.id, name="New workflow")

    page = owner.get(f"/workflows/{UUID(str(made.id))}/").content.decode()

    assert "What starts it?" in page
    assert "2 problems to put right first" in page
