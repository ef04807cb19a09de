"""Waiting runs go on with a newer version only when somebody says so, and each exactly once."""

from datetime import timedelta
from typing import Any

import pytest

from postsale.orders.models import Order
from postsale.tenants.scope import tenant
from tests.factories import make_tenant
from tests.workflows.runs.kit import NOW, decide, label, publish_document, say
from workflows.definitions import publish, store
from workflows.definitions.models import Workflow
from workflows.runs.models import Run
from workflows.runs.moving import Moved, move_waiting, waiting_elsewhere

pytestmark = pytest.mark.django_db(transaction=True)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def wait_then_tag(tag: str, *, wait: str = "nap", days: int = 2) -> dict[str, Any]:
    """Waits, then tags."""
    return {
        "format": "postsale.workflow/1", "name": "Wait", "trigger": {"type": "label.created"}, "once_per": "parcel",
        "steps": [
            {"id": "early", "kind": "action", "action": "order.add_tag", "with": {"tag": f"early-{tag}"}},
            {"id": wait, "kind": "wait", "for": {"days": days}},
            {"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": tag}},
        ],
    }  # fmt: skip


def patient(tag: str, *, days: int) -> dict[str, Any]:
    """Tags labels of that age."""
    gate = {"field": "parcel.label_created_at", "op": "older_than", "value": {"days": days}}
    return wait_then_tag(tag) | {
        "steps": [
            {"id": "old", "kind": "condition", "if": gate},
            {"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": tag}},
        ]
    }


def replaced(tenant_id: int, workflow: Workflow, document: dict[str, Any]) -> Moved:
    """Publish `document` as the next version and move what waits, an hour after the label."""
    at = NOW + HOUR
    with tenant(tenant_id):
        held = store.save(document, workflow=workflow, by="o", now=at)
        held = publish.publish(held.id, mode="live", by="o", now=at)
        version = store.version_of(held, "published")
        assert waiting_elsewhere(version) == 1
        return move_waiting(version, now=at)


def begun(document: dict[str, Any]) -> tuple[int, Workflow]:
    """A shop with a waiting run of the document's first version."""
    shop = make_tenant()
    workflow = publish_document(shop.id, document, now=NOW - HOUR)
    say(shop.id, label("1001", "1Z1", at=NOW), at=NOW)
    decide(shop.id, until=NOW + timedelta(minutes=1))
    return shop.id, workflow


def tags(tenant_id: int) -> list[str]:
    """The order's tags."""
    with tenant(tenant_id):
        return sorted(Order.objects.get(tenant_id=tenant_id).tags)


def test_a_run_goes_on_at_the_same_wait_with_the_moment_it_had() -> None:
    shop, workflow = begun(wait_then_tag("old"))

    moved = replaced(shop, workflow, wait_then_tag("new", days=20))
    decide(shop, until=NOW + 3 * DAY)

    with tenant(shop):
        run = Run.objects.get(tenant_id=shop)
    assert moved == Moved(moved=1, stayed=0)
    assert (run.version, run.state) == (2, "done")
    assert tags(shop) == ["early-old", "new"]


def test_a_run_whose_wait_is_gone_stays_with_its_version() -> None:
    shop, workflow = begun(wait_then_tag("old"))

    moved = replaced(shop, workflow, wait_then_tag("new", wait="other"))
    decide(shop, until=NOW + 3 * DAY)

    assert moved == Moved(moved=0, stayed=1)
    assert tags(shop) == ["early-old", "old"]


def test_a_run_before_its_first_step_is_decided_afresh_by_the_new_version() -> None:
    shop, workflow = begun(patient("old", days=2))

    moved = replaced(shop, workflow, patient("new", days=4))
    decide(shop, until=NOW + 3 * DAY)
    after_three = tags(shop)
    decide(shop, until=NOW + 5 * DAY)

    assert moved == Moved(moved=1, stayed=0)
    assert (after_three, tags(shop)) == ([], ["new"])


def test_a_run_that_the_new_version_fires_at_once_fires_once() -> None:
    shop, workflow = begun(patient("old", days=2))

    replaced(shop, workflow, wait_then_tag("new") | {"steps": wait_then_tag("new")["steps"][2:]})
    decide(shop, until=NOW + 5 * DAY)

    with tenant(shop):
        assert [run.state for run in Run.objects.filter(tenant_id=shop)] == ["done"]
    assert tags(shop) == ["new"]
