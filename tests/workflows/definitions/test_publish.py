"""What becomes of a workflow once it is written."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection, connections

from postsale.tenants.scope import tenant
from tests.workflows.definitions.conftest import NOW, a_document
from workflows.definitions.models import Step, Version, Workflow
from workflows.definitions.names import NAMES
from workflows.definitions.publish import ENDINGS, archive, pause, publish, restore, resume, revision_of
from workflows.definitions.store import ConflictError, InvalidDocumentError, document_of, save, version_of, versions_of

LATER = NOW + timedelta(hours=1)
MIA = "mia@shop.example"


def written(name: str = "Late", workflow: Workflow | None = None) -> Workflow:
    return save(a_document(name), workflow=workflow, by=MIA, now=NOW)


def standing(workflow_id: UUID) -> tuple[str, int | None, int | None, datetime | None]:
    workflow = Workflow.objects.get(id=workflow_id)
    return workflow.state, workflow.published, workflow.draft, workflow.live_since


@pytest.fixture
def workflow(shop: int) -> Workflow:
    """A draft."""
    with tenant(shop):
        return written()


@pytest.mark.parametrize(("mode", "state"), [("live", "live"), ("watch", "watching")])
def test_a_published_workflow_decides_from_now_on(shop: int, workflow: Workflow, mode: Any, state: str) -> None:
    with tenant(shop):
        publish(workflow.id, mode=mode, by=MIA, now=LATER)
        version = version_of(Workflow.objects.get(id=workflow.id), "published")

        assert standing(workflow.id) == (state, 1, None, LATER)
        assert (version.state, version.published_at, version.published_by) == ("published", LATER, MIA)


def test_the_version_before_is_retired(shop: int, workflow: Workflow) -> None:
    with tenant(shop):
        publish(workflow.id, mode="live", by=MIA, now=NOW)
        written("Later", workflow)
        publish(workflow.id, mode="live", by=MIA, now=LATER)

        rows = list(versions_of(workflow).values_list("number", "state"))
        assert rows == [(2, "published"), (1, "retired")]
        assert standing(workflow.id) == ("live", 2, None, NOW)
        assert Workflow.objects.get(id=workflow.id).name == "Later"


def test_published_and_retired_versions_keep_their_rows(shop: int, workflow: Workflow) -> None:
    with tenant(shop):
        publish(workflow.id, mode="live", by=MIA, now=NOW)
        first = version_of(Workflow.objects.get(id=workflow.id), 1)
        before = sorted(Step.objects.filter(version=first).values_list("id", flat=True))
        for name in ("Later", "Latest"):
            publish(written(name, workflow).id, mode="live", by=MIA, now=LATER)
        written("Draft", workflow)

        assert sorted(Step.objects.filter(version=first).values_list("id", flat=True)) == before
        assert document_of(first) == a_document()


def test_a_watching_workflow_goes_live_without_a_new_draft(shop: int, workflow: Workflow) -> None:
    with tenant(shop):
        publish(workflow.id, mode="watch", by=MIA, now=NOW)
        publish(workflow.id, mode="live", by=MIA, now=LATER)

        assert standing(workflow.id) == ("live", 1, None, LATER)


def test_publishing_what_is_published_changes_nothing(shop: int, workflow: Workflow) -> None:
    with tenant(shop):
        publish(workflow.id, mode="live", by=MIA, now=NOW)
        revision = revision_of(shop)
        publish(workflow.id, mode="live", by=MIA, now=LATER)

        assert standing(workflow.id) == ("live", 1, None, NOW)
        assert revision_of(shop) == revision


def test_a_draft_whose_board_is_gone_is_not_published(shop: int, monkeypatch: pytest.MonkeyPatch) -> None:
    document = a_document()
    document["steps"][1] = {"id": "up", "kind": "action", "action": "board.add", "with": {"board": "exceptions"}}
    with tenant(shop):
        workflow = save(document, workflow=None, by=MIA, now=NOW)
    monkeypatch.setitem(NAMES, "boards", lambda _: {})

    with tenant(shop):
        with pytest.raises(InvalidDocumentError) as refused:
            publish(workflow.id, mode="live", by=MIA, now=NOW)
        assert [problem.path for problem in refused.value.problems] == ["steps[1].with.board"]
        assert standing(workflow.id) == ("draft", None, 1, None)
        assert revision_of(shop) == 0


@pytest.mark.parametrize(("mode", "state"), [("live", "live"), ("watch", "watching")])
def test_a_paused_workflow_resumes_as_it_was_with_the_events_from_then_on(
    shop: int, workflow: Workflow, mode: Any, state: str
) -> None:
    with tenant(shop):
        publish(workflow.id, mode=mode, by=MIA, now=NOW)
        pause(workflow.id, now=NOW)
        paused = standing(workflow.id)[:3]
        pause(workflow.id, now=NOW)
        resume(workflow.id, now=LATER)

        assert paused == ("paused", 1, None)
        assert standing(workflow.id) == (state, 1, None, LATER)
        assert resume(workflow.id, now=LATER + timedelta(hours=1)).live_since == LATER


def test_publishing_a_paused_workflow_starts_it(shop: int, workflow: Workflow) -> None:
    with tenant(shop):
        publish(workflow.id, mode="watch", by=MIA, now=NOW)
        pause(workflow.id, now=NOW)
        publish(workflow.id, mode="live", by=MIA, now=LATER)

        assert standing(workflow.id) == ("live", 1, None, LATER)


@pytest.mark.parametrize("act", [pause, resume])
def test_a_workflow_that_was_never_published_neither_pauses_nor_resumes(
    shop: int, workflow: Workflow, act: Callable[..., Workflow]
) -> None:
    with tenant(shop), pytest.raises(ConflictError, match="never published"):
        act(workflow.id, now=NOW)


def test_restoring_makes_an_old_version_the_draft_and_says_so(shop: int, workflow: Workflow) -> None:
    with tenant(shop):
        publish(workflow.id, mode="live", by=MIA, now=NOW)
        publish(written("Later", workflow).id, mode="live", by=MIA, now=NOW)
        restored = restore(workflow.id, number=1, by=MIA, now=LATER)

        assert (restored.number, restored.state, restored.note) == (3, "draft", "Restored from version 1")
        assert restored.sentence != ""
        assert document_of(restored) == a_document()
        assert standing(workflow.id) == ("live", 2, 3, NOW)


def test_a_draft_in_the_way_of_a_restored_one_is_not_lost(shop: int, workflow: Workflow) -> None:
    with tenant(shop):
        publish(workflow.id, mode="live", by=MIA, now=NOW)
        written("Half done", workflow)
        restore(workflow.id, number=1, by=MIA, now=NOW)
        again = restore(workflow.id, number=2, by=MIA, now=NOW)

        states = list(versions_of(workflow).values_list("number", "state"))
        assert states == [(4, "draft"), (3, "retired"), (2, "retired"), (1, "published")]
        assert document_of(again) == a_document("Half done")


def test_a_version_that_never_was_can_not_be_restored(shop: int, workflow: Workflow) -> None:
    with tenant(shop), pytest.raises(Version.DoesNotExist):
        restore(workflow.id, number=9, by=MIA, now=NOW)


def test_archiving_ends_what_waits_for_the_workflow_in_the_same_transaction(
    shop: int, workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = (uuid4(), uuid4())
    told: list[tuple[UUID, datetime, str]] = []

    def ending(ended: Workflow, now: datetime) -> tuple[UUID, ...]:
        told.append((ended.id, now, ended.state))
        assert connection.in_atomic_block
        return runs

    monkeypatch.setattr("workflows.definitions.publish.ENDINGS", [*ENDINGS, ending])
    with tenant(shop):
        publish(workflow.id, mode="live", by=MIA, now=NOW)
        archived = archive(workflow.id, now=LATER)
        again = archive(workflow.id, now=LATER)

        assert set(runs) <= set(archived.cancelled)
        assert again.cancelled == ()
        assert told == [(workflow.id, LATER, "live")]
        assert standing(workflow.id)[0] == "archived"


@pytest.mark.parametrize(
    "act",
    [
        lambda id_: publish(id_, mode="live", by=MIA, now=NOW),
        lambda id_: pause(id_, now=NOW),
        lambda id_: resume(id_, now=NOW),
        lambda id_: restore(id_, number=1, by=MIA, now=NOW),
    ],
    ids=["publish", "pause", "resume", "restore"],
)
def test_an_archived_workflow_is_left_alone(shop: int, workflow: Workflow, act: Callable[[UUID], object]) -> None:
    with tenant(shop):
        archive(workflow.id, now=NOW)

        with pytest.raises(ConflictError, match="archived"):
            act(workflow.id)


@pytest.mark.parametrize(
    "act",
    [
        lambda id_: publish(id_, mode="live", by=MIA, now=NOW),
        lambda id_: pause(id_, now=NOW),
        lambda id_: resume(id_, now=NOW),
        lambda id_: restore(id_, number=1, by=MIA, now=NOW),
        lambda id_: archive(id_, now=NOW),
    ],
    ids=["publish", "pause", "resume", "restore", "archive"],
)
def test_another_tenants_workflow_is_not_found(
    shop: int, stranger: int, workflow: Workflow, act: Callable[[UUID], object]
) -> None:
    with tenant(stranger), pytest.raises(Workflow.DoesNotExist):
        act(workflow.id)

    with tenant(shop):
        assert standing(workflow.id)[0] == "draft"


def test_every_change_of_what_decides_is_a_new_revision_and_is_announced(shop: int, workflow: Workflow) -> None:
    heard = []
    settings = connection.get_connection_params()
    params = {key: settings[key] for key in ("host", "port", "user", "dbname", "password") if settings.get(key)}
    acts: list[Callable[[UUID], object]] = [
        lambda id_: publish(id_, mode="watch", by=MIA, now=NOW),
        lambda id_: publish(id_, mode="live", by=MIA, now=NOW),
        lambda id_: pause(id_, now=NOW),
        lambda id_: resume(id_, now=NOW),
        lambda id_: archive(id_, now=NOW),
    ]
    with psycopg.connect(**params, autocommit=True) as ear:
        ear.execute("listen postsale_rules")
        for act in acts:
            with tenant(shop):
                act(workflow.id)
            heard += [note.payload for note in ear.notifies(timeout=5, stop_after=1)]

    with tenant(shop):
        assert revision_of(shop) == len(acts)
    assert heard == [str(shop)] * len(acts)


# Two editors at once (W04).


def test_of_two_editors_who_publish_at_once_the_second_is_told(shop: int, workflow: Workflow) -> None:
    with tenant(shop):
        seen = version_of(workflow, "draft").id

    def edit_and_publish(name: str) -> int:
        save(a_document(name), workflow=workflow, by=name, now=NOW, seen=seen)
        return publish(workflow.id, mode="live", by=name, now=NOW).published or 0

    outcomes = at_once(shop, lambda: edit_and_publish("Ann"), lambda: edit_and_publish("Ben"))

    assert len([outcome for outcome in outcomes if isinstance(outcome, ConflictError)]) == 1
    with tenant(shop):
        published = version_of(Workflow.objects.get(id=workflow.id), "published")
        assert document_of(published)["name"] == published.published_by


def test_a_draft_changed_under_the_publisher_is_not_published(shop: int, workflow: Workflow) -> None:
    with tenant(shop):
        seen = version_of(workflow, "draft").id
        written("By somebody else", workflow)

        with pytest.raises(ConflictError, match="changed since you opened it"):
            publish(workflow.id, mode="live", by=MIA, now=NOW, seen=seen)
        with pytest.raises(ConflictError, match="changed since you opened it"):
            restore(workflow.id, number=1, by=MIA, now=NOW, seen=seen)
        assert standing(workflow.id) == ("draft", None, 1, None)


def test_ten_workflows_published_at_once_are_ten_revisions(shop: int) -> None:
    with tenant(shop):
        ids = [written(f"W{at}").id for at in range(10)]

    def publishing(workflow_id: UUID) -> Callable[[], Workflow]:
        return lambda: publish(workflow_id, mode="live", by=MIA, now=NOW)

    outcomes = at_once(shop, *(publishing(workflow_id) for workflow_id in ids))

    assert [outcome.state for outcome in outcomes if isinstance(outcome, Workflow)] == ["live"] * 10
    with tenant(shop):
        assert revision_of(shop) == 10


def at_once(shop: int, *works: Callable[[], object]) -> list[object]:
    """What each work gave, or the conflict it met; all start together, each in a transaction of its own."""
    start = Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        try:
            start.wait(10)
            with tenant(shop):
                return work()
        except ConflictError as conflict:
            return conflict
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))
