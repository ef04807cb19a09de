"""A workflow is said in one English sentence."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.workflows.generated import SHOP, SomeShop
from workflows.catalog.vocabulary import VOCABULARY
from workflows.engine.document import parse
from workflows.engine.phrases import parse_condition
from workflows.engine.sentences import PlainVocabulary, condition_words, sentence

STATUS = {"field": "parcel.tracking_status", "op": "is", "value": "awaiting_carrier"}
LATE = {"field": "parcel.label_created_at", "op": "older_than", "value": {"days": 2}}
HELD = {"field": "order.held", "op": "is_true"}
AWAITED = "the tracking status is Carrier awaiting package"
TAG = {"id": "t", "kind": "action", "action": "order.add_tag", "with": {"tag": "late"}}
LABEL: dict[str, Any] = {"type": "label.created"}


def said(*steps: dict[str, Any], trigger: dict[str, Any] = LABEL, **more: Any) -> str:
    document = {"format": "postsale.workflow/1", "name": "x", "trigger": trigger, "steps": list(steps)} | more
    plan, problems = parse(document)
    assert problems == []
    assert plan is not None
    return sentence(plan, SHOP, VOCABULARY)


def asked(condition: dict[str, Any]) -> str:
    parsed, _ = parse_condition(condition)
    assert parsed is not None
    return condition_words(parsed, SHOP, VOCABULARY)


def gate(condition: dict[str, Any], id_: str = "g", *otherwise: dict[str, Any]) -> dict[str, Any]:
    step = {"id": id_, "kind": "condition", "if": condition}
    return step | {"else": list(otherwise)} if otherwise else step


def act(action: str, **with_: Any) -> dict[str, Any]:
    return {"id": "a" + action.replace(".", "_"), "kind": "action", "action": action, "with": with_}


def test_late_handoff() -> None:
    words = said(
        gate({"all": [LATE, STATUS]}),
        act("board.add", board="late-shipments"),
        act("dashboard.count", dashboard="operations", measure="late_handoffs"),
        act("notify.team", to={"role": "shipping_manager"}, subject="s", body="b"),
    )

    assert words == (
        "When a label is created, once it is older than 2 days and if the tracking status is Carrier awaiting package, "
        "put it on the board Late Shipments, count it as late handoffs on Operations and notify the shipping manager."
    )


def test_shipment_exception() -> None:
    words = said(
        gate({"all": [{"field": "order.sales_channel", "op": "is", "value": "shopify-us"}]}),
        act("email.customer", subject="s", body="b"),
        act("order.set_status", status="exception"),
        trigger={"type": "tracking.status_changed", "to": ["exception"]},
        cooldown={"days": 1},
    )

    assert words == (
        "When the tracking status changes to Exception, if the sales channel is Shopify US, e-mail the customer and "
        "set the order status to Exception, but at most once in 1 day for the same parcel."
    )


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        ({"type": "manual"}, "When somebody starts it by hand"),
        ({"type": "schedule", "at": "0 9 * * 1"}, "Every Monday at 09:00"),
        ({"type": "custom.back_in_stock"}, "When back in stock is reported"),
        ({"type": "order.ops_status_changed", "from": ["new"], "to": ["resolved", "exception"]},
         "When the order status changes from New to Resolved or Exception"),
    ],
)  # fmt: skip
def test_triggers(trigger: dict[str, Any], words: str) -> None:
    assert said(TAG, trigger=trigger) == f"{words}, add the tag late."


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (act("webhook.call", url="https://x.example"), "call https://x.example"),
        (act("order.remove_tag", tag="late"), "remove the tag late"),
        (act("order.add_note", text="x"), "add a note"),
        (act("order.assign", member="mia@shop.example"), "assign it to mia@shop.example"),
        (act("order.assign", role="shipping_manager"), "assign it to the shipping manager"),
        (act("board.remove", board="exceptions"), "take it off the board Exceptions"),
        (act("notify.team", to={"member": "mia@shop.example"}), "notify mia@shop.example"),
        (act("notify.team", to={"roles": ["owner", "admin"]}), "notify the owner and the admin"),
        (act("notify.team", to="all"), "notify the team"),
        (act("slack.post_message"), "slack post message"),
        (TAG | {"guard": STATUS}, "add the tag late (only if the tracking status is Carrier awaiting package)"),
        ({"id": "w", "kind": "wait", "for": {"business_days": 1}}, "wait 1 business day"),
        ({"id": "w", "kind": "wait", "until": {"field": "parcel.eta"}}, "wait until the estimated delivery"),
        ({"id": "w", "kind": "wait", "until": {"field": "parcel.eta", "offset": {"hours": 2}}},
         "wait until 2 hours after the estimated delivery"),
        ({"id": "w", "kind": "wait", "until": {"field": "parcel.eta", "offset": {"days": 1}, "before": True}},
         "wait until 1 day before the estimated delivery"),
        ({"id": "w", "kind": "wait", "until_event": {"type": "tracking.delivered", "within": {"days": 3}}},
         "wait until a parcel is delivered, at most 3 days"),
        ({"id": "w", "kind": "wait", "until_event": {"type": "tracking.delivered", "if": STATUS, "within": {"days": 3}},
          "on_timeout": "stop"},
         "wait until a parcel is delivered and the tracking status is Carrier awaiting package, at most 3 days "
         "(else stop)"),
        ({"id": "b", "kind": "branch", "paths": [{"if": STATUS, "steps": [TAG]}]},
         "if the tracking status is Carrier awaiting package: add the tag late"),
        ({"id": "b", "kind": "branch", "paths": [{"if": STATUS, "steps": [TAG]}],
          "otherwise": [act("order.add_note", text="x")]},
         "if the tracking status is Carrier awaiting package: add the tag late; otherwise: add a note"),
        (gate(STATUS), "if the tracking status is Carrier awaiting package, nothing more happens"),
        (gate(STATUS, "g", TAG),
         "if the tracking status is Carrier awaiting package (otherwise add the tag late), nothing more happens"),
    ],
)  # fmt: skip
def test_steps(step: dict[str, Any], words: str) -> None:
    assert said(step) == f"When a label is created, {words}."


def test_gates_in_a_row_are_one_question_and_later_ones_another() -> None:
    words = said(
        gate(STATUS, "g1"), gate({"field": "order.total", "op": "gt", "value": 50}, "g2"), TAG,
        gate({"field": "order.tags", "op": "has_any", "value": ["vip", "gift"]}, "g3"), act("order.add_note", text="x"),
    )  # fmt: skip

    assert words == (
        "When a label is created, if the tracking status is Carrier awaiting package and the order total is more than "
        "50, add the tag late, then if the tags include vip or gift, add a note."
    )


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (STATUS | {"op": "has_been", "for": {"business_days": 2}},
         "the tracking status has been Carrier awaiting package for 2 business days"),
        ({"field": "parcel.action_required", "op": "is_true"}, "somebody must act"),
        ({"field": "order.total", "op": "between", "value": [1, 2]}, "the order total is between 1 and 2"),
        ({"field": "order.age", "op": "gt", "value": {"hours": 3}}, "the order age is more than 3 hours"),
        ({"field": "order.held", "op": "is", "value": True}, "the order is on hold"),
        ({"field": "order.held", "op": "is", "value": False}, "the order is not on hold"),
        ({"field": "parcel.exception_reason", "op": "is_empty"}, "the exception reason is empty"),
        ({"field": "order.held", "op": "is_false"}, "the order is not on hold"),
        ({"field": "order.held", "op": "is_not", "value": True}, "the order is not on hold"),
        ({"field": "order.custom.fragile", "op": "is_true"}, "the custom field “fragile” is yes"),
        ({"field": "order.nonsense", "op": "is_true"}, "the nonsense is yes"),
        ({"field": "parcel.label_created_at", "op": "older_than", "value": {"days": 1}},
         "the label was created more than 1 day ago"),
        ({"field": "order.ops_status", "op": "is", "value": "gone"}, "the order status is gone"),
        ({"field": "order.custom.gift_note", "op": "is", "value": "yes_no"}, "the custom field “gift note” is yes_no"),
        ({"field": "order.nonsense_x", "op": "resembles", "value": "a"}, "the nonsense x resembles a"),
        ({"any": [STATUS, {"all": [STATUS, STATUS]}]},
         "the tracking status is Carrier awaiting package or (the tracking status is Carrier awaiting package and the "
         "tracking status is Carrier awaiting package)"),
        ({"none": [STATUS]}, "it is not so that the tracking status is Carrier awaiting package"),
        ({"none": [STATUS, HELD]}, f"none of these: {AWAITED}; the order is on hold"),
        ({"at_least": 1, "of": [STATUS]}, AWAITED),
        ({"at_least": 1, "of": [STATUS, HELD]}, f"{AWAITED} or the order is on hold"),
        ({"at_least": 2, "of": [STATUS, HELD]}, f"{AWAITED} and the order is on hold"),
        ({"at_least": 2, "of": [STATUS, HELD, HELD]},
         f"at least 2 of these: {AWAITED}; the order is on hold; the order is on hold"),
        ({"any": [HELD, {"none": [STATUS, HELD]}]},
         f"the order is on hold or (none of these: {AWAITED}; the order is on hold)"),
    ],
)  # fmt: skip
def test_conditions(condition: dict[str, Any], words: str) -> None:
    parsed, _ = parse_condition(condition)

    assert parsed is not None
    assert condition_words(parsed, SHOP, VOCABULARY) == words


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"field": "order.placed_at", "op": "after", "value": "2026-11-20"}, "the order was placed after 20 November 2026"),
        ({"field": "order.placed_at", "op": "before", "value": "2026-11-20T08:00:00Z"},
         "the order was placed before 20 November 2026, 09:00"),
        ({"field": "order.promised_by", "op": "on", "value": "2026-07-01T08:00:00+00:00"},
         "the promised delivery is on 1 July 2026, 10:00"),
        ({"field": "order.promised_by", "op": "before", "value": "soon"}, "the promised delivery is before soon"),
        ({"field": "parcel.eta", "op": "within_next", "value": {"business_days": 1}},
         "the estimated delivery is within the next 1 business day"),
        ({"field": "parcel.eta", "op": "older_than", "value": {"hours": 3, "days": 1}},
         "the estimated delivery was more than 1 day and 3 hours ago"),
        ({"field": "parcel.label_printed_at", "op": "within_last", "value": {"days": 2}},
         "the label was printed within the last 2 days"),
        ({"field": "parcel.handed_over_at", "op": "is_empty"}, "the carrier has not taken the parcel"),
        ({"field": "parcel.last_scan_at", "op": "is_not_empty"}, "the carrier scanned the parcel"),
        ({"field": "now.weekday", "op": "in", "value": ["sat", "sun"]}, "today is Saturday or Sunday"),
        ({"field": "now.weekday", "op": "not_in", "value": ["sat", "sun"]}, "today is neither Saturday nor Sunday"),
        ({"field": "now.time_of_day", "op": "gte", "value": "17:00"}, "the time of day is 17:00 or later"),
        ({"field": "now.time_of_day", "op": "lt", "value": "09:30"}, "the time of day is before 09:30"),
        ({"field": "now.is_business_time", "op": "is_false"}, "you are closed"),
        ({"field": "items.sku", "op": "starts_with", "value": "GIFT"}, "an item's SKU starts with “GIFT”"),
        ({"field": "items.all.price", "op": "gt", "value": 10}, "every item's price is more than 10"),
        ({"field": "items.none.name", "op": "contains", "value": "glass"}, "no item's name contains “glass”"),
        ({"field": "parcel.attempts", "op": "gt", "value": 2}, "the number of delivery attempts is more than 2"),
        ({"field": "order.tags", "op": "has_none", "value": ["vip", "gift", "x"]},
         "the tags include none of vip, gift or x"),
        ({"field": "parcel.carrier", "op": "not_in", "value": ["ups"]}, "the carrier is not UPS"),
        ({"field": "parcel.tracking_status", "op": "was", "value": "delayed"},
         "the tracking status was Delayed at some time"),
        ({"field": "parcel.tracking_status", "op": "was", "value": "delayed", "for": {"days": 3}},
         "the tracking status was Delayed in the last 3 days"),
    ],
)  # fmt: skip
def test_moments_lists_and_claims_are_said_as_people_say_them(condition: dict[str, Any], words: str) -> None:
    parsed, problems = parse_condition(condition)

    assert parsed is not None, problems
    assert condition_words(parsed, SomeShop(zone=ZoneInfo("Europe/Berlin")), VOCABULARY) == words


def test_an_age_in_a_gate_is_time_that_has_passed() -> None:
    words = said(gate({"field": "parcel.handed_over_at", "op": "older_than", "value": {"days": 2}}), TAG)
    once = said(gate({"field": "parcel.handed_over_at", "op": "older_than", "value": {"weeks": 1}}), TAG)

    assert (
        words == "When a label is created, once 2 days have passed since the carrier took the parcel, add the tag late."
    )
    assert (
        once == "When a label is created, once 1 week has passed since the carrier took the parcel, add the tag late."
    )


def test_what_nobody_has_chosen_yet_is_left_open() -> None:
    assert PlainVocabulary().field("") == "…"
    assert PlainVocabulary().trigger("") == "…"
    assert asked({"field": "parcel.tracking_status", "op": "is"}) == "the tracking status is …"
    assert asked({"field": "parcel.tracking_status", "op": "in", "value": []}) == "the tracking status is …"
    assert asked({"field": "parcel.eta", "op": "within_next"}) == "the estimated delivery is within the next …"


def test_a_choice_in_the_middle_stands_in_brackets_and_what_follows_says_so() -> None:
    choice = {"id": "b", "kind": "branch", "paths": [{"if": STATUS, "steps": [TAG]}]}

    words = said({"id": "w", "kind": "wait", "for": {"days": 1}}, choice, act("order.add_note", text="x"))

    assert words == f"When a label is created, wait 1 day, then (if {AWAITED}: add the tag late), then add a note."


def test_without_a_vocabulary_the_keys_speak() -> None:
    parsed, _ = parse_condition(STATUS)
    plan, _ = parse({"format": "postsale.workflow/1", "name": "x", "trigger": LABEL, "steps": [TAG]})

    assert parsed is not None
    assert plan is not None
    assert condition_words(parsed, SHOP) == "the tracking status is awaiting carrier"
    assert sentence(plan, SHOP) == "When label created comes, add the tag late."


@pytest.mark.parametrize(
    ("op", "words"), [("is_true", "the held is yes"), ("is_false", "the held is no")]
)  # fmt: skip
def test_without_a_vocabulary_yes_and_no_are_said_as_such(op: str, words: str) -> None:
    condition, _ = parse_condition({"field": "order.held", "op": op})
    assert condition is not None

    assert condition_words(condition, SHOP, PlainVocabulary()) == words
