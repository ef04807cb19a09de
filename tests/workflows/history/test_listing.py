"""The list of workflows: how each stands and fares, and who may do what with it."""

import json
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from postsale.tenants.models import AuditEntry
from postsale.tenants.scope import tenant
from postsale.tenants.shop import load_shop
from tests.workflows.history.kit import DAY, NOW, ROLES, WAITING, WATCHED, Shop, make_shop, words
from tests.workflows.runs.kit import example
from workflows.definitions import store
from workflows.definitions.models import Workflow
from workflows.definitions.portable import to_yaml
from workflows.history.listing import lines
from workflows.runs.models import Run

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_empty_shop_is_told_where_to_start() -> None:
    assert "No workflows yet" in words(make_shop().owner.get("/workflows/"))


def test_a_workflow_shows_its_sentence_its_state_and_how_it_fared() -> None:
    shop = make_shop()
    shop.workflow(WAITING)
    shop.workflow(WATCHED, mode="watch")
    shop.labels(3, at=NOW - DAY)

    found = _lines(shop)

    waiting, watched = found.lines
    assert (found.has_more, found.counts["on"], found.counts["watching"], found.counts["off"]) == (False, 1, 1, 0)
    assert (waiting.name, waiting.label, waiting.checked, waiting.acted, waiting.waiting) == (
        "Ask after three days",
        "On",
        3,
        3,
        3,
    )
    assert (watched.label, watched.checked, watched.acted) == ("Watching", 3, 3)
    assert waiting.days == [0, 0, 0, 0, 0, 3, 0]
    assert waiting.last_run is not None
    page = words(shop.owner.get("/workflows/"))
    assert "When a label is created, e-mail the customer" in page
    assert "<b>3</b> would act / 3" in page


def test_checked_counts_only_what_the_trigger_asks_for() -> None:
    shop = make_shop()
    shop.workflow({**WATCHED, "trigger": {"type": "tracking.status_changed", "to": ["exception"]}})
    shop.labels(2, at=NOW - DAY)

    [line] = _lines(shop).lines

    assert (line.checked, line.acted) == (0, 0)


def test_a_failing_workflow_says_since_when() -> None:
    shop = make_shop()
    workflow = shop.workflow(WATCHED)
    shop.labels(1, at=NOW - DAY)
    with tenant(shop.id):
        Run.objects.filter(workflow_id=workflow.id).update(state="failed", finished_at=NOW)

    assert f"1 failed since {NOW:%-d %b, %H:%M}" in words(shop.owner.get("/workflows/"))


def test_noise_is_named_only_where_hardly_anybody_works_on_the_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = make_shop()
    noisy, useful = shop.workflow(WAITING), shop.workflow(WATCHED)
    monkeypatch.setattr(lines, "NOISES", [lambda *_: {noisy.id: (80, 3), useful.id: (80, 40)}])

    page = words(shop.owner.get("/workflows/"))

    assert page.count("Made 80 cards in 30 days; people worked on 3.") == 1


def test_tabs_and_find_narrow_the_list() -> None:
    shop = make_shop()
    shop.workflow(WAITING)
    shop.workflow(WATCHED, mode="watch")

    assert "Ask after three days" not in words(shop.owner.get("/workflows/?tab=watching"))
    assert "High-value watch" not in words(shop.owner.get("/workflows/?q=three"))
    assert "is called “zebra”" in words(shop.owner.get("/workflows/?q=zebra"))
    assert shop.owner.get("/workflows/?tab=zebra").status_code == 400


def test_the_list_asks_as_often_for_thirty_workflows_as_for_one() -> None:
    shop = make_shop()
    shop.workflow(WAITING)
    shop.labels(1, at=NOW - DAY)
    client = shop.owner
    client.get("/workflows/")
    with CaptureQueriesContext(connection) as one:
        client.get("/workflows/")
    for n in range(29):
        shop.workflow({**WAITING, "name": f"Workflow {n}"})
    with CaptureQueriesContext(connection) as thirty:
        client.get("/workflows/")
    assert len(thirty) == len(one)


def test_pausing_resuming_archiving_and_restoring() -> None:
    shop = make_shop()
    workflow = shop.workflow(WAITING)
    shop.labels(1, at=NOW - DAY)

    for what, state in (("pause", "paused"), ("resume", "live"), ("archive", "archived"), ("restore", "paused")):
        answer = shop.owner.post(f"/workflows/{workflow.id}/{what}/", {"query": "tab=all"})
        assert (answer.status_code, answer["Location"]) == (302, "/workflows/?tab=all")
        with tenant(shop.id):
            assert Workflow.objects.get(id=workflow.id).state == state

    assert shop.run(workflow_id=workflow.id).state == "cancelled"
    with tenant(shop.id):
        noted = list(AuditEntry.objects.filter(target=str(workflow.id)).order_by("id").values_list("action", flat=True))
    assert noted == ["workflow.paused", "workflow.resumed", "workflow.archived", "workflow.unarchived"]


def test_a_restored_workflow_starts_nothing_until_somebody_says_so() -> None:
    shop = make_shop()
    workflow = shop.workflow(WATCHED)
    shop.owner.post(f"/workflows/{workflow.id}/archive/")
    shop.owner.post(f"/workflows/{workflow.id}/restore/")
    shop.labels(1, at=NOW)
    with tenant(shop.id):
        assert not Run.objects.filter(workflow_id=workflow.id).exists()


def test_several_are_switched_off_at_once() -> None:
    shop = make_shop()
    both = [shop.workflow(WAITING), shop.workflow(WATCHED, mode="watch")]

    answer = shop.owner.post("/workflows/pause/", {"workflow": [str(each.id) for each in both]}, follow=True)

    assert "2 workflows are off now." in words(answer)
    with tenant(shop.id):
        assert set(Workflow.objects.values_list("state", flat=True)) == {"paused"}


def test_a_copy_is_a_draft_of_its_own() -> None:
    shop = make_shop()
    workflow = shop.workflow(WAITING)
    shop.owner.post(f"/workflows/{workflow.id}/copy/")
    with tenant(shop.id):
        copy = Workflow.objects.get(name="Copy of Ask after three days")
        assert copy.state == "draft"
        assert store.document_of(store.version_of(copy, "newest")) == {**WAITING, "name": copy.name}


def test_what_is_exported_can_be_imported() -> None:
    shop, other = make_shop(), make_shop()
    workflow = shop.workflow(example("late_handoff"))
    for kind in ("yaml", "json"):
        exported = shop.owner.get(f"/workflows/{workflow.id}/export.{kind}")
        assert exported["Content-Disposition"] == f'attachment; filename="late-carrier-handoff.{kind}"'
        answer = other.owner.post("/workflows/import/", {"text": exported.content.decode()})
        assert answer.status_code == 302
    with tenant(other.id):
        drafts = Workflow.objects.filter(state="draft")
        assert [store.document_of(store.version_of(each, "draft")) for each in drafts] == [example("late_handoff")] * 2


def test_a_file_is_imported_as_well() -> None:
    shop = make_shop()
    upload = SimpleUploadedFile("flow.yaml", BytesIO(to_yaml(dict(WATCHED)).encode()).read())
    assert shop.owner.post("/workflows/import/", {"file": upload}).status_code == 302


@pytest.mark.parametrize(
    "text",
    ["{", "a: [", json.dumps({**WATCHED, "steps": []}), json.dumps({**WATCHED, "name": ""}), "", "- 1"],
)
def test_a_broken_document_is_refused_in_words_and_kept_for_mending(text: str) -> None:
    shop = make_shop()
    answer = shop.owner.post("/workflows/import/", {"text": text})
    assert answer.status_code == 422
    assert "Nothing was stored" in words(answer)
    with tenant(shop.id):
        assert not Workflow.objects.exists()


def test_a_new_workflow_is_an_empty_draft() -> None:
    shop = make_shop()
    answer = shop.owner.post("/workflows/new/")
    with tenant(shop.id):
        made = Workflow.objects.get()
    assert answer.status_code == 302
    assert (made.state, made.name) == ("draft", "New workflow")
    assert "Not finished yet." in words(shop.owner.get("/workflows/"))
    assert "not finished yet" in words(shop.owner.post(f"/workflows/{made.id}/copy/", follow=True))


@pytest.mark.parametrize("role", ROLES)
def test_everybody_looks_and_builders_act(role: str) -> None:
    shop = make_shop()
    workflow = shop.workflow(WAITING)
    client = shop.member(role) if role != "owner" else shop.owner
    may = role in ("owner", "admin", "builder")
    page = words(client.get("/workflows/"))
    assert ("New workflow" in page) is may
    assert ("Archive" in page.replace("Archived", "")) is may
    for path in (f"/workflows/{workflow.id}/pause/", "/workflows/new/", "/workflows/pause/"):
        assert client.post(path).status_code == (302 if may else 403)
    assert client.get("/workflows/import/").status_code == (200 if may else 403)


def test_another_shop_and_a_stranger_see_nothing() -> None:
    shop, other = make_shop(), make_shop()
    workflow = shop.workflow(WAITING)
    assert "Ask after three days" not in words(other.owner.get("/workflows/"))
    assert other.owner.post(f"/workflows/{workflow.id}/archive/").status_code == 404
    assert other.owner.get(f"/workflows/{workflow.id}/export.yaml").status_code == 404
    assert other.owner.get(f"/workflows/{workflow.id}/runs/").status_code == 404
    stranger = type(shop.owner)()
    assert stranger.get("/workflows/")["Location"].startswith("/accounts/login/")


def test_search_finds_workflows_by_name() -> None:
    shop = make_shop()
    shop.workflow(WAITING)
    assert "Ask after three days" in words(shop.owner.get("/search/?q=three"))


def _lines(shop: Shop) -> lines.ListPage:
    with tenant(shop.id):
        return lines.page(shop.id, load_shop(shop.id), tab="all", text="", number=1, now=NOW + timedelta(minutes=1))
