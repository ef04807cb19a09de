"""What back-tests showed becomes a hint only where it was this workflow, as it is now, and asked often enough."""

from datetime import timedelta
from typing import Any

import pytest

from postsale.tenants.scope import tenant
from tests.workflows.builder.conftest import NOW, House
from workflows.builder.checker import looking
from workflows.definitions import publish, store
from workflows.definitions.models import Workflow
from workflows.replay.models import Backtest

pytestmark = pytest.mark.django_db(transaction=True)


def document(*, reason: str = "damaged") -> dict[str, Any]:
    """Two gates, one after the other."""
    gates = [
        {"id": "moving", "kind": "condition",
         "if": {"field": "parcel.tracking_status", "op": "is", "value": "exception"}},
        {"id": "broken", "kind": "condition", "if": {"field": "parcel.exception_reason", "op": "is", "value": reason}},
        {"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "broken"}},
    ]  # fmt: skip
    return {"format": "postsale.workflow/1", "name": "Broken", "trigger": {"type": "tracking.scan_received"},
            "once_per": "parcel", "steps": gates}  # fmt: skip


@pytest.fixture
def workflow(house: House) -> Workflow:
    """It is on."""
    with tenant(house.id):
        made = store.save(document(), workflow=None, by="mia@shop.example", now=NOW)
        return publish.publish(made.id, mode="live", by="mia@shop.example", now=NOW)


def tried(workflow: Workflow, *, asked: int, second: int, tried_: dict[str, Any] | None = None, **options: Any) -> None:
    """A back-test in which `asked` came to the first gate, which stopped none, and `second` of those to the other."""
    funnel = [
        {"id": "trigger", "count": asked, "stopped": 0, "first": []},
        {"id": "moving", "count": second, "stopped": asked - second, "first": []},
        {"id": "broken", "count": second, "stopped": 0, "first": []},
    ]
    with tenant(workflow.tenant_id):
        Backtest.objects.create(
            tenant_id=workflow.tenant_id, workflow_id=workflow.id, document=tried_ or document(), state="done",
            options=options, from_at=NOW - timedelta(days=90), to_at=NOW, created_at=NOW, result={"funnel": funnel},
        )  # fmt: skip


def hints(workflow: Workflow) -> list[str | None]:
    """The steps that the checker tells of."""
    with tenant(workflow.tenant_id):
        report = looking.of_shop(workflow.tenant_id, now=NOW)
    return [finding.step_id for each in report.checked for finding in each.findings]


def test_a_gate_that_stopped_nothing_is_told_of(workflow: Workflow) -> None:
    tried(workflow, asked=60, second=60)
    with tenant(workflow.tenant_id):
        [first, _] = looking.of_shop(workflow.tenant_id, now=NOW).checked[0].findings
    assert first.words == "“the tracking status is Exception” stopped nothing in 90 days (60 times asked)."
    assert hints(workflow) == ["moving", "broken"]


def test_a_gate_that_few_ever_came_to_is_not(workflow: Workflow) -> None:
    tried(workflow, asked=1_000, second=3)
    assert hints(workflow) == []


def test_a_gate_that_asks_something_else_by_now_is_not(workflow: Workflow) -> None:
    tried(workflow, asked=60, second=60, tried_=document(reason="lost"))
    assert hints(workflow) == ["moving"]


def test_only_the_newest_test_counts_and_none_of_single_channels(workflow: Workflow) -> None:
    tried(workflow, asked=60, second=60)
    tried(workflow, asked=60, second=40)
    tried(workflow, asked=60, second=60, channels=["ebay"])
    assert hints(workflow) == []


def test_an_old_test_says_nothing(workflow: Workflow) -> None:
    tried(workflow, asked=60, second=60)
    with tenant(workflow.tenant_id):
        report = looking.of_shop(workflow.tenant_id, now=NOW + timedelta(days=91))
    assert [finding for each in report.checked for finding in each.findings] == []
