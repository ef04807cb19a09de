"""What is published, ready to decide."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from postsale.tenants.scope import TenantMixupError, tenant
from tests.workflows.definitions.conftest import NOW, a_document
from workflows.definitions import compile as compiling
from workflows.definitions.compile import (
    BrokenVersionError,
    CompiledRules,
    compile_document,
    compile_version,
    load_rules,
    rules_from,
)
from workflows.definitions.models import Step, Version, Workflow
from workflows.definitions.publish import archive, pause, publish, resume, revision_of
from workflows.definitions.store import save, version_of
from workflows.definitions.tree import Json
from workflows.engine.calendar import Calendar
from workflows.engine.machine import Facts

LATER = NOW + timedelta(hours=1)
MIA = "mia@shop.example"
US: Facts = {"order.sales_channel": "shopify-us"}


def published(document: Json, workflow: Workflow | None = None) -> Workflow:
    saved = save(document, workflow=workflow, by=MIA, now=NOW)
    return publish(saved.id, mode="live", by=MIA, now=NOW)


def rules_of(shop: int) -> CompiledRules:
    return load_rules(shop, revision_of(shop))


def matched(rules: CompiledRules, facts: Facts) -> list[UUID]:
    return rules.index.sift("label.created", None, None, facts)[0]


def test_what_is_published_decides(shop: int) -> None:
    with tenant(shop):
        workflow = published(a_document())
        rules = rules_of(shop)

    compiled = rules.by_id[workflow.id]
    assert (compiled.number, compiled.name, compiled.is_watch, compiled.live_since) == (1, "Late", False, NOW)
    assert compiled.reads == {"order", "parcel"}
    assert matched(rules, US) == [workflow.id]
    assert matched(rules, {"order.sales_channel": "ebay"}) == []


def test_drafts_paused_and_archived_workflows_do_not_decide(shop: int) -> None:
    with tenant(shop):
        save(a_document(), workflow=None, by=MIA, now=NOW)
        pause(published(a_document()).id, now=NOW)
        archive(published(a_document()).id, now=NOW)
        watching = save(a_document(), workflow=None, by=MIA, now=NOW)
        publish(watching.id, mode="watch", by=MIA, now=NOW)

        rules = rules_of(shop)

    assert list(rules.by_id) == [watching.id]
    assert rules.by_id[watching.id].is_watch


def test_rules_are_kept_until_the_revision_moves(shop: int) -> None:
    with tenant(shop):
        published(a_document())
        first = rules_of(shop)
        with CaptureQueriesContext(connection) as made:
            again = load_rules(shop, first.revision)

    assert again is first
    assert len(made) == 0


def test_a_publish_compiles_only_what_changed(shop: int) -> None:
    with tenant(shop):
        kept, changed = published(a_document("Kept")), published(a_document("Changed"))
        before = rules_of(shop)
        published(a_document("Changed", channel="ebay"), changed)
        after = rules_of(shop)

    assert after.by_id[kept.id] is before.by_id[kept.id]
    assert after.by_id[changed.id].number == 2
    assert matched(after, {"order.sales_channel": "ebay"}) == [changed.id]
    assert matched(before, {"order.sales_channel": "ebay"}) == [], "a set of rules never changes"


def test_a_resumed_workflow_counts_events_from_then_on(shop: int) -> None:
    with tenant(shop):
        workflow = published(a_document())
        pause(workflow.id, now=NOW)
        assert rules_of(shop).by_id == {}
        resume(workflow.id, now=LATER)

        assert rules_of(shop).by_id[workflow.id].live_since == LATER


def test_a_workflow_that_goes_from_watching_to_live_is_not_taken_for_what_it_was(shop: int) -> None:
    with tenant(shop):
        workflow = save(a_document(), workflow=None, by=MIA, now=NOW)
        publish(workflow.id, mode="watch", by=MIA, now=NOW)
        assert rules_of(shop).by_id[workflow.id].is_watch
        publish(workflow.id, mode="live", by=MIA, now=LATER)

        assert not rules_of(shop).by_id[workflow.id].is_watch


@pytest.mark.parametrize("many", [1, 12])
def test_rules_of_any_number_are_loaded_in_two_queries(shop: int, many: int) -> None:
    with tenant(shop):
        for at in range(many):
            published(a_document(f"W{at}", steps=at + 1))
        revision = revision_of(shop)
        with CaptureQueriesContext(connection) as made:
            rules = load_rules(shop, revision)

    assert (len(made), len(rules.by_id)) == (2, many)


def test_a_tenant_without_workflows_has_empty_rules(shop: int) -> None:
    with tenant(shop):
        rules = rules_of(shop)

    assert (rules.revision, rules.by_id, rules.scheduled, matched(rules, US)) == (0, {}, (), [])


def test_rules_are_loaded_inside_their_tenant_only(shop: int, stranger: int) -> None:
    with pytest.raises(TenantMixupError):
        load_rules(shop, 0)
    with tenant(stranger), pytest.raises(TenantMixupError):
        load_rules(shop, 0)


def test_each_tenant_has_its_own_rules(shop: int, stranger: int) -> None:
    with tenant(shop):
        ours = published(a_document())
        assert list(rules_of(shop).by_id) == [ours.id]
    with tenant(stranger):
        assert rules_of(stranger).by_id == {}


def test_the_tenants_asked_for_longest_ago_are_forgotten_first(
    new_tenant: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiling, "MOST_WORKFLOWS", 4)
    shops = [new_tenant() for _ in range(3)]
    loaded = {}
    for shop in shops:
        with tenant(shop):
            published(a_document())
            published(a_document())
            loaded[shop] = rules_of(shop)

    def is_kept(shop: int) -> bool:
        with tenant(shop), CaptureQueriesContext(connection) as made:
            return load_rules(shop, loaded[shop].revision) is loaded[shop] and len(made) == 0

    assert [is_kept(shop) for shop in (shops[2], shops[1])] == [True, True]
    assert not is_kept(shops[0])


def test_one_tenant_larger_than_the_bound_is_kept_all_the_same(shop: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "MOST_WORKFLOWS", 1)
    with tenant(shop):
        for name in ("A", "B", "C"):
            published(a_document(name))

        assert rules_of(shop) is rules_of(shop)


def test_scheduled_workflows_are_at_hand(shop: int) -> None:
    with tenant(shop):
        published(a_document())
        nightly = published(a_document("Nightly") | {"trigger": {"type": "schedule", "at": "0 2 * * *"}})

        assert [workflow.id for workflow in rules_of(shop).scheduled] == [nightly.id]


def test_a_stored_version_that_nobody_can_read_any_more_does_not_stop_the_others(shop: int) -> None:
    with tenant(shop):
        broken, sound = published(a_document("Broken")), published(a_document("Sound"))
        Step.objects.filter(version__workflow_id=broken.id, kind="leaf").update(config={"field": "x"})
        version_id = version_of(broken, "published").id

        assert list(rules_of(shop).by_id) == [sound.id]
        with pytest.raises(BrokenVersionError):
            compile_version(version_id)


# Pinned runs (W05).


def test_a_run_goes_on_with_the_version_it_was_started_with(shop: int) -> None:
    with tenant(shop):
        workflow = published(a_document("First"))
        first = rules_of(shop).by_id[workflow.id]
        published(a_document("Second", channel="ebay"), workflow)
        rules_of(shop)

        pinned = compile_version(first.version_id)

    assert (pinned.id, pinned.number, pinned.name, pinned.plan) == (workflow.id, 1, "First", first.plan)
    assert pinned.live_since is None


def test_a_pinned_version_is_read_once(shop: int) -> None:
    with tenant(shop):
        version = version_of(save(a_document(), workflow=None, by=MIA, now=NOW), "draft")
        first = compile_version(version.id)
        with CaptureQueriesContext(connection) as made:
            again = compile_version(version.id)

    assert again is first
    assert len(made) == 0


def test_the_published_version_is_taken_from_the_rules(shop: int) -> None:
    with tenant(shop):
        workflow = published(a_document())
        rules = rules_of(shop)

        assert compile_version(rules.by_id[workflow.id].version_id) is rules.by_id[workflow.id]


def test_pinned_versions_are_bounded(shop: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "MOST_PINNED", 1)
    with tenant(shop):
        one, two = (version_of(save(a_document(), workflow=None, by=MIA, now=NOW), "draft").id for _ in range(2))
        first = compile_version(one)
        compile_version(two)

        assert compile_version(one) is not first


def test_another_tenants_version_is_not_found_even_when_the_process_knows_it(shop: int, stranger: int) -> None:
    with tenant(shop):
        version = version_of(save(a_document(), workflow=None, by=MIA, now=NOW), "draft")
        compile_version(version.id)

    with tenant(stranger), pytest.raises(Version.DoesNotExist):
        compile_version(version.id)
    with pytest.raises(TenantMixupError):
        compile_version(version.id)


# What a compiled workflow can do, without a database.


def compiled(**more: object) -> compiling.CompiledWorkflow:
    document = a_document() | more
    return compile_document(document, workflow_id=uuid4(), version_id=uuid4(), number=1)


def test_a_run_is_walked_through_the_compiled_workflow() -> None:
    workflow = compiled()

    move = workflow.advance(workflow.begin(), US, NOW, Calendar())
    assert move.effect is not None
    again = workflow.advance(workflow.again(move.state), US, NOW, Calendar())

    assert (move.effect.id, again.effect) == ("tag_0", move.effect)


def test_a_wait_is_ended_through_the_compiled_workflow() -> None:
    workflow = compiled(steps=[{"id": "sleep", "kind": "wait", "for": {"days": 1}}])

    waiting = workflow.advance(workflow.begin(), US, NOW, Calendar())
    woken = workflow.advance(workflow.wake(waiting.state, None, NOW), US, NOW, Calendar())

    assert (waiting.wake_at, woken.finished) == (NOW + timedelta(days=1), "done")


def test_the_gates_at_the_head_are_one_check() -> None:
    tag = {"id": "t", "kind": "action", "action": "order.add_tag", "with": {"tag": "x"}}
    first = {"id": "a", "kind": "condition", "if": {"field": "order.sales_channel", "op": "is", "value": "shopify-us"}}
    second = {
        "id": "b",
        "kind": "condition",
        "if": {"field": "parcel.carrier", "op": "is", "value": "ups"},
        "else": [tag],
    }
    workflow = compiled(steps=[first, second])
    facts = {**US, "parcel.carrier": "dhl"}

    assert workflow.leading is not None
    assert workflow.opening is not None
    assert workflow.leading_has_else
    assert (workflow.leading.holds(facts, NOW, Calendar()), workflow.opening.holds(facts, NOW, Calendar())) == (
        False,
        True,
    )


def test_a_workflow_without_gates_has_no_check() -> None:
    workflow = compiled(steps=[{"id": "sleep", "kind": "wait", "for": {"days": 1}}])

    assert (workflow.leading, workflow.opening, workflow.leading_has_else) == (None, None, False)


def test_what_keeps_a_card_is_what_put_it_there() -> None:
    workflow = compiled()

    assert workflow.keep(["channel"]) == workflow.plan.steps[0].if_  # type: ignore[union-attr]
    assert workflow.keep([]) is None


def test_rules_can_be_made_without_a_database() -> None:
    workflow = compiled()

    rules = rules_from([workflow], tenant_id=1)

    assert matched(rules, US) == [workflow.id]
    assert rules.by_version == {workflow.version_id: workflow}
