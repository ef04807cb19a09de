"""Templates, back-tests, versions and the checker in the browser: who may do what, and that every number is true."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from postsale.tenants.models import User
from postsale.tenants.scope import tenant
from tests.factories import make_member, make_tenant
from tests.workflows.builder.conftest import House, a_document, stored
from tests.workflows.replay.kit import DAY, HOUR, SHIPMENT_EXCEPTION, START, decide, label, scan
from workflows.definitions import publish, store
from workflows.definitions.library import templates
from workflows.definitions.models import Workflow
from workflows.replay import backtest, bounds
from workflows.replay.models import Backtest

pytestmark = pytest.mark.django_db(transaction=True)


def client_of(email: str) -> Client:
    """The browser of a person."""
    client = Client()
    client.force_login(User.objects.get(email=email))
    return client


def viewer_of(house: House) -> Client:
    """A browser of somebody who only looks."""
    return client_of(make_member(house.id, role="viewer").email)


def stranger() -> Client:
    """A browser of another shop's owner."""
    return client_of(make_tenant().owner)


def draft_of(house: House, document: dict[str, Any] | None = None) -> UUID:
    """A stored draft."""
    with tenant(house.id):
        return stored(document).id


def lived(house: House) -> UUID:
    """A shop with two exceptions of two channels, and the workflow for one of them as a draft."""
    for number, channel in (("1001", "shopify-us"), ("1002", "ebay")):
        label(house.id, number, at=START, channel=channel)
        scan(house.id, number, "exception", at=START + HOUR, channel=channel)
    decide(house.id, until=START + DAY)
    return draft_of(house, dict(SHIPMENT_EXCEPTION))


def rehearsed(house: House, workflow_id: UUID) -> Backtest:
    """A finished back-test of the workflow's draft over the days in which something happened."""
    with tenant(house.id):
        workflow = Workflow.objects.get(tenant_id=house.id, id=workflow_id)
        asked = backtest.create_of(
            workflow, "newest", from_at=START, to_at=START + 10 * DAY, now=START, options={"number": 1, "days": 30}
        )
    assert backtest.run_next() == asked.id
    return asked


def test_every_template_is_in_the_gallery_with_its_sentence(house: House) -> None:
    page = client_of(house.made.owner).get("/workflows/templates/").content.decode()

    assert [template.title in page for template in templates().values()] == [True] * len(templates())
    assert page.count('class="said"') == len(templates())


def test_a_viewer_sees_templates_but_no_way_to_use_them(house: House) -> None:
    client = viewer_of(house)

    assert "/workflows/templates/late_handoff/" not in client.get("/workflows/templates/").content.decode().replace(
        "/count/", ""
    )
    assert client.get("/workflows/templates/late_handoff/").status_code == 403


def test_a_template_is_counted_on_the_shops_own_orders(house: House) -> None:
    client = client_of(house.made.owner)

    asked = client.post("/workflows/templates/late_handoff/count/").content.decode()
    backtest.run_next()
    done = client.get("/workflows/templates/late_handoff/count/").content.decode()

    assert "Counting on your orders" in asked
    assert "Would have acted on <b>0</b>" in " ".join(done.split())


def test_a_template_becomes_a_draft_with_what_was_filled_in(house: House) -> None:
    client = client_of(house.priya.email)

    answer = client.post("/workflows/templates/unshipped/", {"days": "5"})

    with tenant(house.id):
        workflow = Workflow.objects.get(tenant_id=house.id)
        document = store.document_of(store.version_of(workflow, "draft"))
    assert (answer.status_code, answer["Location"]) == (302, f"/workflows/{workflow.id}/")
    assert document["steps"][0]["if"]["all"][0]["value"] == {"business_days": "5"} or "5" in str(document["steps"][0])


def test_an_input_that_does_not_fit_is_said_beside_its_field(house: House) -> None:
    page = client_of(house.priya.email).post("/workflows/templates/unshipped/", {"days": "0"}).content.decode()

    assert 'aria-invalid="true"' in page
    with tenant(house.id):
        assert Workflow.objects.filter(tenant_id=house.id).count() == 0


def test_the_sentence_follows_what_is_typed(house: House) -> None:
    said = client_of(house.priya.email).get("/workflows/templates/unshipped/sentence/", {"days": "9"}).content.decode()

    assert "9 business days" in said


def test_a_back_test_is_asked_for_worked_on_and_read(house: House) -> None:
    client, pk = client_of(house.priya.email), lived(house)

    answer = client.post(f"/workflows/{pk}/backtest/", {"version": "1", "days": "90"})
    waiting = client.get(answer["Location"]).content.decode()
    backtest.run_next()
    done = client.get(answer["Location"]).content.decode()

    assert "Waiting for its turn" in waiting
    assert "When the tracking status changes to Exception" in done
    assert "Show as table" in done


def test_the_funnel_opens_its_orders(house: House) -> None:
    pk = lived(house)
    test = rehearsed(house, pk)
    client = client_of(house.priya.email)

    page = client.get(f"/workflows/{pk}/backtest/", {"test": str(test.id)}).content.decode()
    stopped = client.get(f"/workflows/{pk}/backtest/{test.id}/only_channel/").content.decode()
    acted = client.get(f"/workflows/{pk}/backtest/{test.id}/acted/").content.decode()

    assert "1 stopped here" in page
    assert ("1002" in stopped, "1001" in stopped, "1001" in acted, "1002" in acted) == (True, False, True, False)
    assert client.get(f"/workflows/{pk}/backtest/{test.id}/nowhere/").status_code == 404


def test_a_back_test_can_be_cancelled_once(house: House) -> None:
    pk = draft_of(house)
    client = client_of(house.priya.email)
    test = client.post(f"/workflows/{pk}/backtest/", {"version": "1", "days": "7"})["Location"].partition("test=")[2]

    client.post(f"/workflows/{pk}/backtest/{test}/cancel/")
    again = client.post(f"/workflows/{pk}/backtest/{test}/cancel/", follow=True).content.decode()

    assert "This back-test was cancelled." in again
    assert "cancelled already" in again


@pytest.mark.parametrize("said", [{"version": "9", "days": "7"}, {"version": "1", "days": "8"}, {"version": "x"}, {}])
def test_a_version_or_span_that_there_is_not_is_refused_in_the_form(house: House, said: dict[str, str]) -> None:
    pk = draft_of(house)

    answer = client_of(house.priya.email).post(f"/workflows/{pk}/backtest/", said)

    assert answer.status_code == 200
    with tenant(house.id):
        assert Backtest.objects.filter(tenant_id=house.id).count() == 0


def test_a_schedule_that_would_ask_too_often_is_refused_with_what_would_do(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_ASKED", 9)
    pk = draft_of(house, a_document() | {"trigger": {"type": "schedule", "at": "0 8 * * *"}})

    answer = client_of(house.made.owner).post(f"/workflows/{pk}/backtest/", {"version": "1", "days": "90"})

    assert "try it over at most 9 days." in answer.content.decode()


def test_only_builders_ask_for_back_tests_and_only_of_their_shop(house: House) -> None:
    pk = lived(house)
    test = rehearsed(house, pk)
    paths = [f"/workflows/{pk}/backtest/", f"/workflows/{pk}/backtest/{test.id}/", f"/workflows/{pk}/backtest/{test.id}/acted/",
             f"/workflows/{pk}/versions/", f"/workflows/{pk}/hints/"]  # fmt: skip

    looks = [viewer_of(house).get(path).status_code for path in paths]
    others = [stranger().get(path).status_code for path in paths]

    assert looks == [200] * len(paths)
    assert others == [404] * len(paths)
    assert viewer_of(house).post(paths[0], {"version": "1", "days": "7"}).status_code == 403
    assert viewer_of(house).post(f"/workflows/{pk}/versions/1/restore/").status_code == 403
    assert viewer_of(house).post(f"/workflows/{pk}/versions/move/").status_code == 403


def test_a_test_of_another_workflow_is_not_shown_here(house: House) -> None:
    pk, other = lived(house), draft_of(house)
    test = rehearsed(house, pk)

    assert client_of(house.made.owner).get(f"/workflows/{other}/backtest/{test.id}/").status_code == 404
    assert client_of(house.made.owner).get(f"/workflows/{other}/backtest/", {"test": "x"}).status_code == 404


def published_twice(house: House) -> UUID:
    """A workflow whose second version has one tag more."""
    pk = draft_of(house, a_document(tags=1))
    with tenant(house.id):
        workflow = publish.publish(pk, mode="live", by="o@shop.example", now=START)
        workflow = store.save(a_document(tags=2), workflow=workflow, by="o@shop.example", now=START)
        publish.publish(pk, mode="live", by="o@shop.example", now=START)
    return pk


def test_versions_say_what_changed_between_them(house: House) -> None:
    pk = published_twice(house)
    client = client_of(house.priya.email)

    newest = client.get(f"/workflows/{pk}/versions/").content.decode()
    back = client.get(f"/workflows/{pk}/versions/", {"old": 2, "new": 1}).content.decode()

    assert ("Added" in newest, "Removed" in newest) == (True, False)
    assert ("Added" in back, "Removed" in back) == (False, True)


def test_an_earlier_version_is_restored_as_a_draft(house: House) -> None:
    pk = published_twice(house)
    client = client_of(house.priya.email)

    answer = client.post(f"/workflows/{pk}/versions/1/restore/")
    unknown = client.post(f"/workflows/{pk}/versions/77/restore/")

    with tenant(house.id):
        workflow = Workflow.objects.get(tenant_id=house.id, id=pk)
        draft = store.version_of(workflow, "draft")
    assert (answer.status_code, unknown.status_code) == (302, 404)
    assert (workflow.published, draft.note) == (2, "Restored from version 1")


@pytest.mark.parametrize("rows", [1, 30])
def test_the_checker_asks_the_database_as_often_for_one_workflow_as_for_thirty(
    house: House, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for at in range(rows):
        pk = draft_of(house, a_document(name=f"W{at}"))
        with tenant(house.id):
            publish.publish(pk, mode="watch", by="o@shop.example", now=START)
    client = client_of(house.made.owner)
    client.get("/workflows/checker/")

    with django_assert_num_queries(CHECKER_QUERIES):
        page = client.get("/workflows/checker/").content.decode()

    assert f"in {rows} workflow" in page


CHECKER_QUERIES = 17


def test_the_checker_tells_of_two_letters_and_links_both(house: House) -> None:
    mail = {"id": "m", "kind": "action", "action": "email.customer", "with": {"subject": "Hello", "body": "There"}}
    for name in ("First", "Second"):
        pk = draft_of(house, {**a_document(name=name), "steps": [mail]})
        with tenant(house.id):
            publish.publish(pk, mode="live", by="o@shop.example", now=START)

    page = client_of(house.made.owner).get("/workflows/checker/").content.decode()
    hints = client_of(house.made.owner).get(f"/workflows/{pk}/hints/").content.decode()

    assert "may both e-mail the same customer" in page
    assert page.count(">First</a>") == page.count(">Second</a>") == 1
    assert "may both e-mail" in hints
