"""Cards live in the time of what happened, not of the worker that found out."""

from datetime import timedelta
from typing import Any

import pytest

from dashboards.boards.models import Board, Case, CaseEntry
from postsale.models import Deadline, Event, Inbox, Quarantine, Shipment
from postsale.tenants.scope import tenant
from tests.factories import make_tenant
from tests.workflows.runs.kit import NOW, decide, example, hours, label, publish_document, rows, say, scan, take_lane
from workflows.models import Run
from workflows.runs.process import process_turn

pytestmark = pytest.mark.django_db(transaction=True)

T = NOW + timedelta(minutes=1)
STALE = {"all": [
    {"field": "parcel.label_created_at", "op": "older_than", "value": {"days": 2}},
    {"field": "parcel.tracking_status", "op": "is", "value": "awaiting_carrier"},
]}  # fmt: skip
IS_EXCEPTION = {"field": "parcel.tracking_status", "op": "is", "value": "exception"}


def make_board(shop_id: int, rule: Any = None, **settings: Any) -> Board:
    """A board; the sweep that a new rule asks for is left to the tests that want it."""
    with tenant(shop_id):
        board = Board.objects.create(tenant_id=shop_id, slug="ruled", name="Ruled", rule=rule, settings=settings)
        Deadline.objects.filter(kind="sweep").delete()
        return board


def history(shop_id: int) -> list[tuple[str, Any]]:
    """What happened to the cards, when."""
    return [(line.what, line.at) for line in rows(shop_id, CaseEntry)]


def test_one_late_batch_writes_down_what_punctual_ones_would_have() -> None:
    shop = make_tenant()
    make_board(shop.id, IS_EXCEPTION)
    say(shop.id, label("1", "1Z1", at=T), at=T)
    for n, status in enumerate(("exception", "in_transit", "exception"), start=1):
        say(shop.id, scan("1Z1", status, at=T + hours(n)), at=T + hours(n))

    decide(shop.id, until=T + hours(50))

    (case,) = rows(shop.id, Case)
    assert (case.state, case.opened_at, case.last_seen_at, case.count) == ("open", T + hours(3), T + hours(3), 2)
    assert history(shop.id) == [("opened", T + hours(1)), ("cleared", T + hours(2)), ("reopened", T + hours(3))]


def test_a_card_is_cleared_at_the_moment_of_the_scan_that_clears_it() -> None:
    shop = make_tenant()
    make_board(shop.id, IS_EXCEPTION)
    say(shop.id, label("1", "1Z1", at=T), scan("1Z1", "exception", at=T), at=T)
    say(shop.id, scan("1Z1", "delivered", at=T + hours(4)), at=T + hours(4))

    decide(shop.id, until=T + hours(90))

    (case,) = rows(shop.id, Case)
    assert (case.state, case.resolved_at) == ("resolved", T + hours(4))


@pytest.mark.parametrize("steps", [[60], [1, 47, 49, 60]], ids=["late", "punctual"])
def test_time_alone_opens_a_card_of_a_rule(steps: list[int]) -> None:
    shop = make_tenant()
    make_board(shop.id, STALE)
    say(shop.id, label("1", "1Z1", at=T), at=T)

    for step in steps:
        decide(shop.id, until=T + hours(step))

    (case,) = rows(shop.id, Case)
    assert (case.state, case.opened_at) == ("open", T + hours(48))


def test_a_rule_that_was_true_for_a_while_left_its_trace_however_late_the_worker() -> None:
    shop = make_tenant()
    make_board(shop.id, STALE)
    say(shop.id, label("1", "1Z1", at=T), at=T)
    say(shop.id, scan("1Z1", "accepted", at=T + hours(55)), at=T + hours(55))

    decide(shop.id, until=T + hours(99))

    assert history(shop.id) == [("opened", T + hours(48)), ("cleared", T + hours(55))]


def test_a_parcel_that_left_in_time_gets_no_card_and_leaves_no_deadline() -> None:
    shop = make_tenant()
    make_board(shop.id, STALE)
    say(shop.id, label("1", "1Z1", at=T), at=T)
    decide(shop.id, until=T + hours(1))
    before = Deadline.objects.filter(kind="rule").count()
    say(shop.id, scan("1Z1", "delivered", at=T + hours(5)), at=T + hours(5))

    decide(shop.id, until=T + hours(99))

    assert before == 1
    assert rows(shop.id, Case) == []
    assert not Deadline.objects.exists()


def test_a_new_rule_looks_at_all_orders_page_by_page() -> None:
    shop = make_tenant()
    for n in range(30):
        say(shop.id, label(f"{n}", f"1Z{n}", at=T), at=T + timedelta(seconds=n))
        say(shop.id, scan(f"1Z{n}", "exception" if n % 3 else "delivered", at=T + hours(1)), at=T + hours(1))
    say(shop.id, scan("1Z99", "exception", at=T), at=T)
    decide(shop.id, until=T + hours(2))
    board = make_board(shop.id, IS_EXCEPTION)
    with tenant(shop.id):
        Deadline.objects.create(kind="sweep", target=board.id, tenant=shop.id, due_at=T + hours(2))

    decide(shop.id, until=T + hours(3))

    assert len(rows(shop.id, Case, state="open")) == 21
    assert not Deadline.objects.filter(kind="sweep").exists()


def test_an_edited_rule_is_what_its_cards_are_kept_by() -> None:
    shop = make_tenant()
    board = make_board(shop.id, IS_EXCEPTION)
    for number, status in (("1", "exception"), ("2", "delayed")):
        say(shop.id, label(number, f"1Z{number}", at=T), scan(f"1Z{number}", status, at=T), at=T)
    decide(shop.id, until=T + hours(1))
    with tenant(shop.id):
        board.rule = {"field": "parcel.tracking_status", "op": "is", "value": "delayed"}
        board.save()
        Deadline.objects.filter(kind="sweep").update(due_at=T + hours(1))

    decide(shop.id, until=T + hours(2))

    states = sorted((case.state, case.reason) for case in rows(shop.id, Case))
    assert [state for state, _ in states] == ["open", "resolved"]
    assert "Delayed" in states[0][1]


def test_a_card_that_nobody_resolves_escalates_by_age_and_says_so() -> None:
    shop = make_tenant()
    make_board(shop.id, IS_EXCEPTION, escalate_after={"hours": 4})
    publish_document(shop.id, {
        "format": "postsale.workflow/1", "name": "Escalated", "trigger": {"type": "exception.escalated"},
        "steps": [{"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "urgent"}}],
    })  # fmt: skip
    say(shop.id, label("1", "1Z1", at=T), scan("1Z1", "exception", at=T), at=T)

    decide(shop.id, until=T + hours(3))
    early = [case.severity for case in rows(shop.id, Case)]
    decide(shop.id, until=T + hours(30))

    (case,) = rows(shop.id, Case)
    assert (early, case.severity, case.escalated_at) == (["warning"], "critical", case.opened_at + hours(4))
    (told,) = rows(shop.id, Event, type="exception.escalated")
    assert (told.occurred_at, told.data["changed"]["to"], told.data["board"]) == (
        case.escalated_at,
        "critical",
        "ruled",
    )
    assert [run.state for run in rows(shop.id, Run)] == ["done"]


def test_a_card_that_is_resolved_in_time_does_not_escalate() -> None:
    shop = make_tenant()
    make_board(shop.id, IS_EXCEPTION, escalate_after={"hours": 4})
    say(shop.id, label("1", "1Z1", at=T), scan("1Z1", "exception", at=T), at=T)
    say(shop.id, scan("1Z1", "delivered", at=T + hours(2)), at=T + hours(2))

    decide(shop.id, until=T + hours(30))

    (case,) = rows(shop.id, Case)
    assert (case.state, case.severity, rows(shop.id, Event, type="exception.escalated")) == ("resolved", "warning", [])


def test_a_card_that_can_not_be_looked_at_holds_up_nobody_else() -> None:
    shop = make_tenant()
    publish_document(shop.id, example("late_handoff"))
    say(shop.id, label("1", "1Z1", at=T), at=T)
    decide(shop.id, until=T + hours(50))
    with tenant(shop.id):
        sick = Case.objects.get()
        Case.objects.update(keep={"all": []})
    moment = T + hours(51)
    Deadline.objects.create(
        kind="case", target=sick.id, tenant=shop.id, due_at=moment, order_id=sick.order_id, shipment_id=sick.shipment_id
    )
    say(shop.id, label("2", "1Z2", at=moment), at=moment)

    process_turn(take_lane(shop.id))

    assert [parcel.tracking_number for parcel in rows(shop.id, Shipment)] == ["1Z1", "1Z2"]
    assert (rows(shop.id, Quarantine), Inbox.objects.exists()) == ([], False)
    assert Deadline.objects.filter(kind="case", due_at__gt=moment).exists()
