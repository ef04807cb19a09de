"""A workflow is said in one English sentence."""

from typing import Any

import pytest

from tests.workflows.generated import SHOP
from workflows.catalog.vocabulary import VOCABULARY
from workflows.engine.document import parse
from workflows.engine.phrases import parse_condition
from workflows.engine.sentences import condition_words, sentence

STATUS = {"field": "parcel.tracking_status", "op": "is", "value": "awaiting_carrier"}
LATE = {"field": "parcel.label_created_at", "op": "older_than", "value": {"days": 2}}
TAG = {"id": "t", "kind": "action", "action": "order.add_tag", "with": {"tag": "late"}}
LABEL: dict[str, Any] = {"type": "label.created"}


def said(*steps: dict[str, Any], trigger: dict[str, Any] = LABEL, **more: Any) -> str:
    document = {"format": "postsale.workflow/1", "name": "x", "trigger": trigger, "steps": list(steps)} | more
    plan, problems = parse(document)
    assert problems == []
    assert plan is not None
    return sentence(plan, SHOP, VOCABULARY)


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
        "When the tracking status changes to Exception, if the sales channel is shopify-us, e-mail the customer and "
        "set the order status to Exception, for the same parcel again only after 1 day."
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
         "choose [if the tracking status is Carrier awaiting package: add the tag late]"),
        ({"id": "b", "kind": "branch", "paths": [{"if": STATUS, "steps": [TAG]}],
          "otherwise": [act("order.add_note", text="x")]},
         "choose [if the tracking status is Carrier awaiting package: add the tag late; otherwise: add a note]"),
        (gate(STATUS), "if the tracking status is Carrier awaiting package, do nothing more"),
        (gate(STATUS, "g", TAG),
         "if the tracking status is Carrier awaiting package (otherwise add the tag late), do nothing more"),
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
        "50, add the tag late, if the tags include any of vip or gift, add a note."
    )


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (STATUS | {"op": "has_been", "for": {"business_days": 2}},
         "the tracking status has been Carrier awaiting package for 2 business days"),
        ({"field": "parcel.action_required", "op": "is_true"}, "somebody must act"),
        ({"field": "order.total", "op": "between", "value": [1, 2]}, "the order total is between 1 and 2"),
        ({"field": "order.age", "op": "gt", "value": {"hours": 3}}, "the order age is more than 3 hours"),
        ({"field": "order.held", "op": "is", "value": True}, "it is held"),
        ({"field": "order.held", "op": "is", "value": False}, "it is not so that it is held"),
        ({"field": "parcel.exception_reason", "op": "is_empty"}, "the exception reason is empty"),
        ({"field": "order.held", "op": "is_false"}, "it is not so that it is held"),
        ({"field": "order.held", "op": "is_not", "value": True}, "it is not so that it is held"),
        ({"field": "order.custom.fragile", "op": "is_true"}, "the custom field fragile is so"),
        ({"field": "order.nonsense", "op": "is_true"}, "the nonsense is so"),
        ({"field": "parcel.label_created_at", "op": "older_than", "value": {"days": 1}},
         "the creation of the label is more than 1 day ago"),
        ({"field": "order.ops_status", "op": "is", "value": "gone"}, "the order status is gone"),
        ({"field": "order.custom.gift_note", "op": "is", "value": "yes_no"}, "the custom field gift note is yes_no"),
        ({"field": "order.nonsense_x", "op": "resembles", "value": "a"}, "the nonsense x resembles a"),
        ({"any": [STATUS, {"all": [STATUS, STATUS]}]},
         "the tracking status is Carrier awaiting package or (the tracking status is Carrier awaiting package and the "
         "tracking status is Carrier awaiting package)"),
        ({"none": [STATUS]}, "none of these: the tracking status is Carrier awaiting package"),
        ({"at_least": 1, "of": [STATUS]}, "at least 1 of these: the tracking status is Carrier awaiting package"),
    ],
)  # fmt: skip
def test_conditions(condition: dict[str, Any], words: str) -> None:
    parsed, _ = parse_condition(condition)

    assert parsed is not None
    assert condition_words(parsed, SHOP, VOCABULARY) == words


def test_without_a_vocabulary_the_keys_speak() -> None:
    parsed, _ = parse_condition(STATUS)
    plan, _ = parse({"format": "postsale.workflow/1", "name": "x", "trigger": LABEL, "steps": [TAG]})

    assert parsed is not None
    assert plan is not None
    assert condition_words(parsed, SHOP) == "the tracking status is awaiting carrier"
    assert sentence(plan, SHOP) == "When label created comes, add the tag late."
