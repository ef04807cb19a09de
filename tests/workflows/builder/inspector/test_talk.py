"""What answers while a workflow is built: counts, filled-in letters, pills on a real order."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from postsale.tenants.scope import tenant
from postsale.tenants.shop import load_shop
from tests.workflows.builder.inspector.conftest import AGO, Bench, order_of
from tests.workflows.generated import SHOP
from tests.workflows.replay import kit
from workflows.builder import pills
from workflows.builder.live_line import Line, count_matches

type Json = dict[str, Any]
type Build = Callable[..., Bench]

AWAITED: Json = {"field": "parcel.tracking_status", "op": "is", "value": "awaiting_carrier"}
OLD: Json = {"field": "parcel.label_created_at", "op": "older_than", "value": {"days": 2}}
GATE: Json = {"id": "only_late", "kind": "condition", "if": {"all": [OLD, AWAITED]}}
TAG: Json = {"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "late"}}
MAIL: Json = {
    "id": "mail", "kind": "action", "action": "email.customer",
    "with": {"subject": "Order {{ order.number }}", "body": "Hello {{ customer.first_name | default: 'you' }}"},
}  # fmt: skip


def line(tenant_id: int, condition: object, trigger: Json | None = None) -> Line:
    """The line for a condition, now."""
    with tenant(tenant_id):
        shop = load_shop(tenant_id)
        return count_matches(
            condition, trigger or {"type": "label.created"}, shop=shop, names=SHOP, now=datetime.now(UTC)
        )


@pytest.mark.parametrize(
    ("condition", "trigger", "words"),
    [
        ({"all": [OLD, AWAITED]}, {"type": "label.created"}, "2 of the last 3 label events match, as they stand now."),
        (
            AWAITED | {"value": "exception"},
            {"type": "label.created"},
            "1 of the last 3 label events matches, as they stand now.",
        ),
        (
            {"field": "order.total", "op": "gt", "value": 5},
            {"type": "label.created"},
            "0 of the last 3 label events match, as they stand now. All of them lack a value that is asked for.",
        ),
        (AWAITED, {"type": "return.requested"}, "There are no return events yet, so nothing can be counted."),
        (
            {"field": "event.to", "op": "is", "value": "exception"},
            {"type": "tracking.status_changed", "to": ["exception"]},
            "1 of the last 1 tracking events matches, as they stand now.",
        ),
        (
            {"field": "order.sales_channel", "op": "is", "value": "ebay"},
            {"type": "schedule", "at": "0 9 * * *"},
            "1 of the last 3 orders matches, as they stand now.",
        ),
        ({"field": "", "op": "is"}, {"type": "label.created"}, "Finish the condition to see how often it matches."),
        (None, {"type": "label.created"}, "Finish the condition to see how often it matches."),
    ],
)
def test_the_line_counts_what_really_happened(tenant_id: int, condition: object, trigger: Json, words: str) -> None:
    assert line(tenant_id, condition, trigger).words == words


def test_the_line_takes_as_many_queries_for_thirty_events_as_for_three(tenant_id: int) -> None:
    with CaptureQueriesContext(connection) as few:
        line(tenant_id, AWAITED)
    for number in range(2000, 2030):
        kit.label(tenant_id, str(number), at=AGO + timedelta(hours=3, seconds=number))
    kit.decide(tenant_id, until=AGO + timedelta(hours=5))

    with CaptureQueriesContext(connection) as many:
        counted = line(tenant_id, AWAITED)

    assert counted.of == 33
    assert len(many) == len(few)


def test_an_event_that_names_its_parcel_only_by_a_partners_id_is_counted(tenant_id: int) -> None:
    refs = {"refs": {"parcel": {"fulfillment": "77"}, "order": {"order": "78"}}}
    named = {
        "order": {"number": "2001", "sales_channel": "ebay"},
        "parcel": {"carrier": "ups", "tracking_number": "1Z2001"},
    }
    kit.tell(tenant_id, "label.created", refs | named, at=AGO + timedelta(hours=3))
    kit.tell(tenant_id, "shipment.packed", refs | {"parcel": {}}, at=AGO + timedelta(hours=4))
    kit.decide(tenant_id, until=AGO + timedelta(hours=5))

    assert line(tenant_id, AWAITED, {"type": "shipment.packed"}).words.startswith("1 of the last 1 parcel events")


def test_the_line_stands_under_the_condition(build: Build) -> None:
    bench = build([GATE, TAG])

    said = bench.client.get(bench.address("only_late", "matches/?at=if")).content.decode()

    assert said.strip() == "2 of the last 3 label events match, as they stand now."


def states(bench: Bench, number: str) -> dict[str, str]:
    """What each card would say for an order."""
    with tenant(bench.tenant_id):
        tried = pills.try_on(bench.working(), order_of(bench.tenant_id, number), now=datetime.now(UTC))
    return {pill.step_id: pill.state for pill in tried.pills}


def test_an_order_that_meets_everything_shows_what_would_be_done(build: Build) -> None:
    bench = build([GATE, TAG, MAIL])

    assert states(bench, "1001") == {"only_late": "met", "tag": "would", "mail": "would"}


def test_an_order_that_does_not_shows_where_it_stops_and_why(build: Build) -> None:
    bench = build([GATE, TAG])

    answer = unescape(bench.client.get(f"/workflows/{bench.workflow.id}/try/?number=1003").content.decode())

    assert states(bench, "1003") == {"only_late": "unmet", "tag": "skipped"}
    assert "It would do nothing for this order: it stops at “Only continue if”. Tracking status is Exception." in answer
    assert 'id="pill-tag"' in answer
    assert "Not reached" in answer


def test_a_missing_value_is_missing_and_an_unfinished_step_is_left_out(build: Build) -> None:
    bench = build([GATE | {"if": {"field": "order.total", "op": "gt", "value": 5}}, TAG])
    missing = states(bench, "1001")

    bench.save("tag", with__tag="")
    bench.save("only_late", if__field="parcel.carrier", if__made="parcel.carrier")
    bench.save("only_late", if__v="ups")

    assert missing == {"only_late": "missing", "tag": "skipped"}
    assert states(bench, "1001")["tag"] == "unfinished"


def test_waits_and_paths_have_their_pills(build: Build) -> None:
    ways: Json = {"id": "ways", "kind": "branch", "paths": [{"if": AWAITED, "steps": [TAG]}], "otherwise": [MAIL]}
    bench = build([{"id": "rest", "kind": "wait", "for": {"days": 1}}, ways])

    assert states(bench, "1001") == {"rest": "waits", "ways": "met", "tag": "would", "mail": "skipped"}
    assert states(bench, "1003")["mail"] == "would"


def test_a_guard_holds_back_its_own_action_alone(build: Build) -> None:
    bench = build([TAG | {"guard": AWAITED}, MAIL])

    assert states(bench, "1003") == {"tag": "held", "mail": "would"}
    assert states(bench, "1001") == {"tag": "would", "mail": "would"}


def test_trying_begins_with_the_newest_that_triggered_and_stays(build: Build) -> None:
    bench = build([GATE, TAG])
    address = f"/workflows/{bench.workflow.id}/try/"

    quiet = bench.client.get(address).content.decode()
    begun = bench.client.get(f"{address}?number=").content.decode()
    again = bench.client.get(address).content.decode()
    ended = bench.client.get(f"{address}?off=1").content.decode()

    assert "Would" not in quiet
    assert "<b>1003</b>" in begun
    assert "<b>1003</b>" in again
    assert "<b>1003</b>" not in ended + bench.client.get(address).content.decode()


def test_an_unknown_order_is_said_to_be_unknown(build: Build) -> None:
    bench = build([TAG])

    answer = bench.client.get(f"/workflows/{bench.workflow.id}/try/?number=nope").content.decode()

    assert "There is no order nope." in answer


def test_orders_are_suggested_by_their_number(build: Build) -> None:
    answer = build([TAG]).client.get("/workflows/try/numbers/?number=100").content.decode()

    assert [number for number in ("1001", "1002", "1003") if f'value="{number}"' in answer] == ["1001", "1002", "1003"]


def test_a_letter_is_shown_as_it_reads(build: Build) -> None:
    bench = build([MAIL])

    answer = bench.client.get(bench.address("mail", "letter/")).content.decode()

    assert "Order 1003" in answer
    assert "Hello you" in answer
    assert "1003@buyer.example" in answer


def test_what_a_text_lacks_on_an_order_is_said_by_its_name(build: Build) -> None:
    bench = build([MAIL | {"with": {"subject": "x", "body": "It comes {{ parcel.eta }}."}}])

    answer = bench.client.get(f"/workflows/{bench.workflow.id}/try/?number=1003").content.decode()

    assert "Would fail" in answer
    assert "Its text asks for the estimated delivery, which is not known for this order." in answer


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"field": "now.is_business_time", "op": "is_empty"}, ("You are open", "You are closed")),
        ({"field": "parcel.label_created_at", "op": "is_empty"}, ("The label was created on ",)),
        (
            {"field": "order.sales_channel", "op": "is", "value": "etsy"},
            ("Sales channel is eBay", "Sales channel is Ebay"),
        ),
    ],
)
def test_a_pill_says_what_it_found_as_people_say_it(
    build: Build, asked: dict[str, Any], reason: tuple[str, ...]
) -> None:
    bench = build([{"id": "ask", "kind": "condition", "if": asked}, TAG])

    answer = bench.client.get(f"/workflows/{bench.workflow.id}/try/?number=1003").content.decode()

    assert any(words in answer for words in reason), answer
