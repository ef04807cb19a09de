"""Documents in, rows out, and back, in a real database."""

import json
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from postsale.tenants.scope import TenantMixupError, tenant
from tests.workflows.definitions.conftest import NOW, a_document
from tests.workflows.generated import random_document
from workflows.definitions import publish
from workflows.definitions.models import Ruleset, Step, Version, Workflow
from workflows.definitions.names import names_of
from workflows.definitions.store import (
    ConflictError,
    InvalidDocumentError,
    document_of,
    documents_of,
    save,
    storable,
    version_of,
    versions_of,
    write_draft,
)
from workflows.definitions.tree import Json


def saved(document: object, workflow: Workflow | None = None, seen: UUID | None = None) -> Workflow:
    return save(document, workflow=workflow, by="mia@shop.example", now=NOW, seen=seen)


def draft(workflow: Workflow) -> Version:
    return version_of(workflow, "draft")


def same(one: object, other: object) -> bool:
    """Equal, also in the kind of their numbers, up to the order of members."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def test_fifty_documents_come_back_as_they_were_saved(shop: int) -> None:
    with tenant(shop):
        names = names_of(shop)
        said = {}
        for seed in range(50):
            document = random_document(Random(seed), names)  # noqa: S311 -- a seed, not a secret
            said[draft(saved(document)).id] = document

        found = documents_of(said.keys())

    assert [seed for seed, version_id in enumerate(said) if not same(found[version_id], said[version_id])] == []
    assert len(found) == 50


def test_a_new_workflow_is_a_draft_with_its_sentence(shop: int, document: Json) -> None:
    with tenant(shop):
        workflow = saved(document)
        version = draft(workflow)

    assert (workflow.name, workflow.state, workflow.draft, workflow.published) == ("Late", "draft", 1, None)
    assert (version.number, version.state, version.published_by) == (1, "draft", "mia@shop.example")
    assert version.sentence.startswith("When a label is created, ")


def test_conditions_are_rows_like_steps(shop: int, document: Json) -> None:
    with tenant(shop):
        version = draft(saved(document))
        rows = list(Step.objects.filter(version=version).order_by("id").values_list("kind", "slot", "key"))

    assert rows == [
        ("trigger", "trigger", ""),
        ("condition", "steps", "channel"),
        ("group", "if", ""),
        ("leaf", "of", ""),
        ("action", "steps", "tag_0"),
    ]


def test_a_refused_document_says_everything_and_stores_nothing(shop: int, document: Json) -> None:
    document["name"] = ""
    document["steps"][0]["if"]["all"][0] = {"field": "order.sales_chanel", "op": "has_been", "value": "x"}
    document["steps"][1]["action"] = "order.explode"

    with tenant(shop):
        with pytest.raises(InvalidDocumentError) as of_structure:
            saved(document)
        document["name"] = "Late"
        with pytest.raises(InvalidDocumentError) as of_meaning:
            saved(document)
        stored = (Workflow.objects.count(), Version.objects.count(), Step.objects.count())

    assert [problem.path for problem in of_structure.value.problems] == ["name"]
    assert sorted(problem.path for problem in of_meaning.value.problems) == [
        "steps[0].if.all[0].field",
        "steps[1].action",
    ]
    assert stored == (0, 0, 0)


@pytest.mark.parametrize("document", [None, [], "x", 3, {}, {"__proto__": {}}, {"format": "postsale.workflow/2"}])
def test_what_is_no_document_is_refused(shop: int, document: object) -> None:
    with tenant(shop), pytest.raises(InvalidDocumentError) as refused:
        saved(document)

    assert refused.value.problems != []


def test_saving_again_puts_a_new_version_in_the_place_of_the_draft(shop: int) -> None:
    with tenant(shop):
        workflow = saved(a_document())
        first = draft(workflow)
        workflow = saved(a_document("Later", steps=3), workflow)
        second = draft(workflow)

    with tenant(shop):
        numbers = list(versions_of(workflow).values_list("number", flat=True))
        rows = Step.objects.count()
        found = document_of(second)

    assert numbers == [1]
    assert second.id != first.id
    assert (rows, found) == (7, a_document("Later", steps=3))
    assert workflow.name == "Later"


def test_editing_a_published_workflow_makes_a_new_draft_and_leaves_the_published_version_alone(shop: int) -> None:
    with tenant(shop):
        workflow = saved(a_document())
        workflow = publish.publish(workflow.id, mode="live", by="mia@shop.example", now=NOW)
        published = version_of(workflow, "published")
        workflow = saved(a_document("Later"), workflow)

    with tenant(shop):
        found = document_of(version_of(workflow, "published")), document_of(version_of(workflow, "draft"))
        kept = version_of(workflow, "published").id

    assert found == (a_document(), a_document("Later"))
    assert (workflow.published, workflow.draft, workflow.name) == (1, 2, "Late")
    assert kept == published.id


def test_who_saves_over_a_change_they_have_not_seen_is_told(shop: int) -> None:
    with tenant(shop):
        workflow = saved(a_document())
        seen = draft(workflow).id
        saved(a_document("By Ann"), workflow, seen)

        with pytest.raises(ConflictError, match="changed since you opened it"):
            saved(a_document("By Ben"), workflow, seen)

        assert document_of(draft(workflow)) == a_document("By Ann")


def test_an_archived_workflow_takes_no_draft(shop: int, document: Json) -> None:
    with tenant(shop):
        workflow = saved(document)
        publish.archive(workflow.id, now=NOW)

        with pytest.raises(ConflictError, match="archived"):
            saved(document, workflow)


def test_saving_a_draft_decides_nothing(shop: int, document: Json) -> None:
    with tenant(shop):
        saved(document)

        assert Ruleset.objects.count() == 0


def test_saving_takes_the_same_number_of_statements_for_one_step_and_for_ninety(shop: int) -> None:
    counts = []
    with tenant(shop):
        for steps in (1, 90):
            with CaptureQueriesContext(connection) as made:
                workflow = saved(a_document(steps=steps))
            with CaptureQueriesContext(connection) as made_again:
                saved(a_document(steps=steps), workflow)
            counts.append((len(made), len(made_again)))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("many", [1, 20])
def test_documents_are_read_in_one_query(shop: int, many: int) -> None:
    with tenant(shop):
        ids = [draft(saved(a_document(steps=many))).id for _ in range(many)]
        with CaptureQueriesContext(connection) as made:
            found = documents_of(ids)

    assert len(made) == 1
    assert list(found.values()) == [a_document(steps=many)] * many


@pytest.mark.parametrize(
    "value",
    [1e23, 1e300, -(2.0**53), 2.0**53 + 2, 2.5, 1e-9, 0.1 + 0.2, 10**40, 3.0, True, None, "1e23", {"a": [1.5, {}]}],
)
def test_values_come_back_equal_whatever_they_are(shop: int, value: Any) -> None:
    document = a_document()
    document["steps"][0]["if"] = {"field": "order.custom.anything", "op": "is", "value": value}

    with tenant(shop):
        workflow = saved(a_document())
        write_draft(workflow, storable(document), number=2, words="", by="", now=NOW)
        found = document_of(version_of(workflow, 2))

    assert found == document


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "\u202egnitrevni", "📦 Spät / tard", "x" * 120, "'; drop table users; --"]
)
def test_a_name_is_kept_as_it_was_written(shop: int, name: str) -> None:
    with tenant(shop):
        workflow = saved(a_document(name))

        assert document_of(draft(workflow))["name"] == workflow.name == name


@pytest.mark.parametrize("name", ["", "x" * 121, "x" * 10_000, "a\0b", "\ud800", None, 3])
def test_a_name_that_does_not_fit_is_refused(shop: int, name: Any) -> None:
    with tenant(shop), pytest.raises(InvalidDocumentError) as refused:
        saved(a_document() | {"name": name})

    assert {problem.path for problem in refused.value.problems} == {"name"}


# The walls between tenants (W02).


def test_another_tenants_workflow_can_neither_be_read_nor_written(shop: int, stranger: int, document: Json) -> None:
    with tenant(stranger):
        theirs = saved(document)
        version = draft(theirs)

    with tenant(shop):
        with pytest.raises(Workflow.DoesNotExist):
            saved(document, theirs)
        with pytest.raises(Version.DoesNotExist):
            version_of(theirs, "draft")
        assert documents_of([version.id]) == {}
        assert list(versions_of(theirs)) == []


def test_a_document_can_not_name_another_tenants_board(shop: int, monkeypatch: pytest.MonkeyPatch) -> None:
    document = a_document()
    document["steps"][1] = {"id": "up", "kind": "action", "action": "board.add", "with": {"board": "their-board"}}

    with tenant(shop), pytest.raises(InvalidDocumentError) as refused:
        saved(document)

    assert [problem.path for problem in refused.value.problems] == ["steps[1].with.board"]


def test_outside_of_a_tenants_transaction_nothing_is_saved(shop: int, document: Json) -> None:
    with pytest.raises(TenantMixupError):
        saved(document)


@pytest.mark.parametrize("which", ["published", "draft", "newest", 7])
def test_a_version_that_is_not_there_is_not_found(shop: int, which: Any) -> None:
    nobody = Workflow(id=uuid4(), tenant_id=shop)

    with tenant(shop), pytest.raises(Version.DoesNotExist):
        version_of(nobody, which)


def test_the_workflow_remembers_when_it_was_touched(shop: int, document: Json) -> None:
    later = NOW + timedelta(hours=1)
    with tenant(shop):
        workflow = saved(document)
        save(document, workflow=workflow, by="mia@shop.example", now=later)
        workflow.refresh_from_db()

    assert (workflow.created_at, workflow.updated_at) == (NOW, later)
