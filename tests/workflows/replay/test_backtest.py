"""Back-tests answer the founding stories exactly, cover [from, to), and can be cancelled."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from postsale.tenants.scope import tenant
from tests.factories import make_tenant
from tests.workflows.replay.kit import (
    DAY,
    HOUR,
    LATE_HANDOFF,
    SHIPMENT_EXCEPTION,
    START,
    decide,
    label,
    live,
    order_id_of,
    scan,
    tell,
)
from workflows.definitions.store import ConflictError, InvalidDocumentError
from workflows.replay import backtest
from workflows.replay.models import Backtest, BacktestRun
from workflows.runs.decide import Decider
from workflows.runs.state import Arrival

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = Path(__file__).parent.parent / "definitions" / "examples"
LATE_LABELS = ("1001", "1002", "1003")


@pytest.fixture
def shop() -> int:
    """A new tenant."""
    return make_tenant().id


def ask(shop: int, document: Any, *, days: int = 10, start: int = 0, workflow_id: UUID | None = None) -> UUID:
    """Ask for a back-test over `days` days."""
    with tenant(shop):
        asked = backtest.create(
            dict(document), from_at=START + start * DAY, to_at=START + days * DAY, now=START, workflow_id=workflow_id
        )
    return asked.id


def answer(shop: int, document: Any, *, days: int = 10, start: int = 0, workflow_id: UUID | None = None) -> Backtest:
    """Ask, work, and return what came out."""
    asked = ask(shop, document, days=days, start=start, workflow_id=workflow_id)
    assert backtest.run_next() == asked
    return state_of(shop, asked)


def state_of(shop: int, asked: UUID) -> Backtest:
    """The back-test as it stands."""
    with tenant(shop):
        return Backtest.objects.get(tenant_id=shop, id=asked)


def test_a_late_handoff_fires_two_days_after_its_label_and_only_for_the_parcel_that_still_waits(shop: int) -> None:
    label(shop, "1001", at=START)
    label(shop, "1002", at=START + HOUR)
    scan(shop, "1002", "in_transit", at=START + DAY)
    decide(shop, until=START + 5 * DAY)

    done = answer(shop, LATE_HANDOFF)

    assert (done.state, done.progress) == ("done", 1.0)
    result = done.result or {}
    runs = [(run["order"], run["at"]) for run in result["runs"]]
    assert runs == [(str(order_id_of(shop, "1001")), (START + 2 * DAY).isoformat())]
    assert [(step["id"], step["state"]) for step in result["runs"][0]["steps"]] == [
        ("only_late", "done"), ("surface", "done"), ("count", "done"),
    ]  # fmt: skip
    assert {key: result[key] for key in ("events", "fired", "subjects", "actions", "per_day")} == {
        "events": 3,
        "fired": 1,
        "subjects": 1,
        "actions": {"board.add": 1, "dashboard.count": 1},
        "per_day": [{"day": "2026-11-04", "fired": 1}],
    }


def test_an_exception_fires_at_once_and_only_for_its_channel(shop: int) -> None:
    for number, channel in (("1001", "shopify-us"), ("1002", "ebay")):
        label(shop, number, at=START, channel=channel)
        scan(shop, number, "exception", at=START + HOUR, channel=channel)
    decide(shop, until=START + DAY)

    result = answer(shop, SHIPMENT_EXCEPTION).result or {}

    assert [(run["order"], run["at"]) for run in result["runs"]] == [
        (str(order_id_of(shop, "1001")), (START + HOUR).isoformat())
    ]
    assert result["actions"] == {"board.add": 1, "order.add_note": 1, "order.set_status": 1}


@pytest.mark.parametrize(
    ("story", "actions"),
    [
        ("shipment_exception", {"board.add": 1, "email.customer": 1, "order.set_status": 1}),
        ("late_handoff", {"board.add": 2, "dashboard.count": 2, "notify.team": 2}),
    ],
)
def test_the_founding_documents_do_what_they_say(shop: int, story: str, actions: dict[str, int]) -> None:
    document = json.loads((EXAMPLES / f"{story}.json").read_text(encoding="utf-8"))
    for number, channel in (("1001", "shopify-us"), ("1002", "ebay"), ("1003", "ebay"), ("1004", "ebay")):
        label(shop, number, at=START, channel=channel)
    scan(shop, "1001", "exception", at=START + HOUR)
    scan(shop, "1002", "exception", at=START + HOUR, channel="ebay")
    decide(shop, until=START + DAY)

    result = answer(shop, document).result or {}

    assert result["actions"] == actions


@pytest.mark.parametrize(
    ("start", "days", "fired"),
    [(0, 10, 1), (0, 2, 0), (0, 3, 1), (1, 10, 0)],
    ids=["all", "ends at the deadline", "ends after the deadline", "begins after the label"],
)
def test_a_backtest_covers_from_up_to_but_not_with_its_end(shop: int, start: int, days: int, fired: int) -> None:
    label(shop, "1001", at=START)
    decide(shop, until=START + DAY)

    result = answer(shop, LATE_HANDOFF, start=start, days=days).result or {}

    assert result["fired"] == fired


def test_what_happened_before_the_window_is_known_inside_it(shop: int) -> None:
    tell(shop, "order.created", {"order": {"number": "1001", "sales_channel": "shopify-us"}}, at=START)
    label(shop, "1001", at=START)
    scan(shop, "1001", "exception", at=START + 2 * DAY)
    decide(shop, until=START + 3 * DAY)

    result = answer(shop, SHIPMENT_EXCEPTION, start=1).result or {}

    assert (result["events"], result["fired"]) == (1, 1)


def test_a_published_workflow_is_tested_as_if_it_had_not_acted_yet(shop: int) -> None:
    workflow = live(shop, SHIPMENT_EXCEPTION)
    label(shop, "1001", at=START)
    scan(shop, "1001", "exception", at=START + HOUR)
    decide(shop, until=START + DAY)

    result = answer(shop, SHIPMENT_EXCEPTION, workflow_id=workflow.id).result or {}

    assert (result["events"], result["actions"]["order.set_status"]) == (2, 1)


def test_what_other_workflows_did_counts_as_having_happened(shop: int) -> None:
    live(shop, SHIPMENT_EXCEPTION)
    label(shop, "1001", at=START)
    scan(shop, "1001", "exception", at=START + HOUR)
    decide(shop, until=START + DAY)
    follower = {
        "format": "postsale.workflow/1", "name": "Follower",
        "trigger": {"type": "order.ops_status_changed", "to": ["exception"]},
        "steps": [{"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "seen"}}],
    }  # fmt: skip

    result = answer(shop, follower).result or {}

    assert [run["at"] for run in result["runs"]] == [(START + HOUR).isoformat()]


def test_a_backtest_changes_nothing(shop: int) -> None:
    label(shop, "1001", at=START)
    scan(shop, "1001", "exception", at=START + HOUR)
    decide(shop, until=START + DAY)
    before = _counts(shop)

    answer(shop, SHIPMENT_EXCEPTION)

    assert _counts(shop) == before


def test_the_runs_of_a_backtest_are_rows_of_their_own(shop: int) -> None:
    for number in LATE_LABELS:
        label(shop, number, at=START)
    decide(shop, until=START + DAY)

    done = answer(shop, LATE_HANDOFF)

    with tenant(shop):
        rows = BacktestRun.objects.filter(tenant_id=shop, backtest_id=done.id).order_by("position")
        assert [row.position for row in rows] == [0, 1, 2]


def test_a_cancelled_backtest_is_never_worked_on(shop: int) -> None:
    asked = ask(shop, LATE_HANDOFF)

    with tenant(shop):
        backtest.cancel(asked)

    assert backtest.run_next() is None
    assert state_of(shop, asked).state == "cancelled"


def test_a_backtest_that_is_cancelled_under_way_stops_and_stays_cancelled(shop: int) -> None:
    label(shop, "1001", at=START)
    decide(shop, until=START + DAY)
    asked = ask(shop, LATE_HANDOFF)
    work = backtest.claimed(shop, asked)
    assert work is not None
    with tenant(shop):
        backtest.cancel(asked)

    with tenant(shop):
        goes_on = work.goes_on(0.5)

    assert not goes_on
    assert state_of(shop, asked).state == "cancelled"


def test_a_backtest_is_worked_on_by_one_worker_until_its_lease_ends(shop: int) -> None:
    asked = ask(shop, LATE_HANDOFF)
    first = backtest.claimed(shop, asked)
    assert backtest.claimed(shop, asked) is None
    with tenant(shop), connection.cursor() as cursor:
        cursor.execute("update workflows_backtest set beat_at = beat_at - interval '2 minutes'")

    second = backtest.claimed(shop, asked)

    assert first is not None
    assert second is not None
    with tenant(shop):
        assert (first.goes_on(0.1), second.goes_on(0.2)) == (False, True)


def test_a_finished_backtest_can_not_be_cancelled(shop: int) -> None:
    done = answer(shop, LATE_HANDOFF)

    with tenant(shop), pytest.raises(ConflictError):
        backtest.cancel(done.id)


def test_a_backtest_that_breaks_says_why_and_leaves_the_queue(shop: int) -> None:
    asked = ask(shop, LATE_HANDOFF)
    with tenant(shop):
        Backtest.objects.filter(tenant_id=shop, id=asked).update(document={"format": "another"})

    backtest.run_next()

    broken = state_of(shop, asked)
    assert broken.state == "failed"
    assert broken.error.startswith("BrokenVersionError")
    assert backtest.run_next() is None


@pytest.mark.parametrize("days", [0, -1])
def test_a_window_that_ends_before_it_begins_is_refused(shop: int, days: int) -> None:
    with tenant(shop), pytest.raises(ValueError, match="before"):
        backtest.create(dict(LATE_HANDOFF), from_at=START, to_at=START + days * DAY, now=START)


def test_a_document_with_problems_is_refused(shop: int) -> None:
    with tenant(shop), pytest.raises(InvalidDocumentError):
        backtest.create({"format": "another"}, from_at=START, to_at=START + DAY, now=START)


def test_a_draft_can_be_asked_for_by_its_workflow(shop: int) -> None:
    workflow = live(shop, LATE_HANDOFF)

    with tenant(shop):
        asked = backtest.create_of(workflow, "published", from_at=START, to_at=START + DAY, now=START)

    assert (asked.workflow_id, asked.document) == (workflow.id, dict(LATE_HANDOFF))


def _counts(shop: int) -> list[int]:
    tables = ("workflows_run", "workflows_steprun", "postsale_event", "dashboards_case", "postsale_deadline")
    with tenant(shop), connection.cursor() as cursor:
        found = []
        for table in tables:
            cursor.execute(f"select count(*) from {table}")
            found.append(cursor.fetchone()[0])
    return found


def test_an_event_that_cannot_be_decided_is_left_out_and_counted(shop: int, monkeypatch: pytest.MonkeyPatch) -> None:
    label(shop, "1001", at=START)
    label(shop, "1002", at=START + HOUR)
    decide(shop, until=START + 5 * DAY)
    real = Decider.take

    def take(self: Decider, arrival: Arrival) -> None:
        if arrival.received_at == START:
            raise ValueError("poison")
        real(self, arrival)

    monkeypatch.setattr(Decider, "take", take)

    result = answer(shop, LATE_HANDOFF).result or {}

    assert (result["fired"], result["set_aside"]) == (1, 1)
