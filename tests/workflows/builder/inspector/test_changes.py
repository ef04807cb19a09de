"""What a changed form makes of a step: every way to ask, with and without what was there before."""

from typing import Any

import pytest

from tests.workflows.builder.inspector.kit import ROOM, saved, sent, shown, texts_of
from workflows.builder.inspector import actions, forms
from workflows.builder.inspector.tree import act_on

type Json = dict[str, Any]

STATUS: Json = {"field": "parcel.tracking_status", "op": "is", "value": "exception"}
CHANNEL: Json = {"field": "order.sales_channel", "op": "is", "value": "ebay"}


def gate(condition: Json) -> Json:
    return {"id": "s", "kind": "condition", "if": condition}


def action(key: str, **with_: Any) -> Json:
    return {"id": "s", "kind": "action", "action": key, "with": with_}


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        (STATUS, {"if.v": "delivered"}, STATUS | {"value": "delivered"}),
        (STATUS, {"if.op": "in"}, STATUS | {"op": "in", "value": ["exception"]}),
        (STATUS, {"if.op": "has_been"}, STATUS | {"op": "has_been", "for": {"days": 2}}),
        (STATUS, {"if.op": "is_empty"}, {"field": "parcel.tracking_status", "op": "is_empty"}),
        (STATUS, {"if.field": "order.total"}, {"field": "order.total", "op": "gt"}),
        (
            STATUS,
            {"if.field": "parcel.label_created_at"},
            {"field": "parcel.label_created_at", "op": "older_than", "value": {"days": 2}},
        ),
        (STATUS, {"if.field": "items.sku"}, {"field": "items.sku", "op": "is"}),
        (
            {"field": "parcel.tracking_status", "op": "in", "value": ["exception", "delayed"]},
            {"if.op": "is"},
            {"field": "parcel.tracking_status", "op": "is", "value": "delayed"},
        ),
        (
            {"field": "parcel.tracking_status", "op": "in", "value": ["exception"]},
            {"if.v.tick": ["lost", "delivered"]},
            {"field": "parcel.tracking_status", "op": "in", "value": ["lost", "delivered"]},
        ),
        (
            {"field": "order.total", "op": "gt", "value": 30},
            {"if.v": "12,50"},
            {"field": "order.total", "op": "gt", "value": "12.50"},
        ),
        (
            {"field": "order.item_count", "op": "gt", "value": 3},
            {"if.v": "4"},
            {"field": "order.item_count", "op": "gt", "value": 4},
        ),
        (
            {"field": "order.item_count", "op": "gt", "value": 3},
            {"if.v": "many"},
            {"field": "order.item_count", "op": "gt", "value": "many"},
        ),
        (
            {"field": "order.item_count", "op": "between", "value": [1, 3]},
            {"if.v.1": "9"},
            {"field": "order.item_count", "op": "between", "value": [1, 9]},
        ),
        (
            {"field": "order.item_count", "op": "between", "value": [1, 3]},
            {"if.v.0": ""},
            {"field": "order.item_count", "op": "between", "value": ["", 3]},
        ),
        (
            {"field": "order.age", "op": "gt", "value": {"hours": 5}},
            {"if.v.unit": "business_hours"},
            {"field": "order.age", "op": "gt", "value": {"business_hours": 5}},
        ),
        (
            {"field": "order.age", "op": "gt", "value": {"hours": 5}},
            {"if.v.n": "2.5"},
            {"field": "order.age", "op": "gt", "value": {"hours": 2.5}},
        ),
        (
            {"field": "order.placed_at", "op": "before", "value": "2026-11-20"},
            {"if.v.time": "10:30"},
            {"field": "order.placed_at", "op": "before", "value": "2026-11-20T10:30:00+00:00"},
        ),
        (
            {"field": "order.placed_at", "op": "before", "value": "2026-11-20T10:00:00Z"},
            {"if.v.time": ""},
            {"field": "order.placed_at", "op": "before", "value": "2026-11-20"},
        ),
        (
            {"field": "items.sku", "op": "is", "value": "A"},
            {"if.of": "all"},
            {"field": "items.all.sku", "op": "is", "value": "A"},
        ),
        (
            {"field": "order.held", "op": "is", "value": True},
            {"if.v": "no"},
            {"field": "order.held", "op": "is", "value": False},
        ),
        (
            {"field": "order.tags", "op": "has_any", "value": ["vip"]},
            {"if.v.lines": "new, one\r\nother"},
            {"field": "order.tags", "op": "has_any", "value": ["vip", "new, one", "other"]},
        ),
        (
            {"field": "now.time_of_day", "op": "gte", "value": "09:30"},
            {"if.v": "10:00"},
            {"field": "now.time_of_day", "op": "gte", "value": "10:00"},
        ),
        ({"field": "order.number", "op": "is", "value": "1"}, {"if.v": ""}, {"field": "order.number", "op": "is"}),
        ({"all": [STATUS]}, {"if.kind": "at_least", "if.k": "1"}, {"at_least": 1, "of": [STATUS]}),
        ({"all": [STATUS]}, {"if.kind": "any"}, {"any": [STATUS]}),
    ],
)
def test_a_changed_row_says_what_was_chosen(before: Json, changes: dict[str, Any], after: Json) -> None:
    said = {name.replace(".", "__"): value for name, value in changes.items()}

    assert saved(gate(before), **said)["if"] == after


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        (
            action("email.customer"),
            {"with.subject": "Hi", "with.body": "Text\r\nmore"},
            {"subject": "Hi", "body": "Text\nmore"},
        ),
        (action("email.customer", subject="Hi", body="x"), {"with.subject": ""}, {"body": "x"}),
        (
            action("notify.team", to={"role": "owner"}),
            {"with.to.who": "member:mia@shop.example"},
            {"to": {"member": "mia@shop.example"}},
        ),
        (action("notify.team", to={"role": "owner"}), {"with.to.who": "roles"}, {"to": {"roles": ["owner"]}}),
        (
            action("notify.team", to={"roles": ["owner"]}),
            {"with.to.roles": ["admin", "owner"]},
            {"to": {"roles": ["admin", "owner"]}},
        ),
        (action("notify.team"), {"with.channels": ["email"]}, {"channels": ["email"]}),
        (
            action("webhook.call", url="https://a.example"),
            {"with.headers.name": ["X-Key"], "with.headers.text": ["1"]},
            {"url": "https://a.example", "headers": {"X-Key": "1"}},
        ),
        (
            action("webhook.call", headers={"A": "1"}),
            {"with.headers.name": ["", ""], "with.headers.text": ["1", ""]},
            {},
        ),
        (action("webhook.call", secret_ref="Warehouse"), {"with.secret_ref": ""}, {}),
        (
            action("order.set_status"),
            {"with.status": "exception", "with.overwrite": "yes"},
            {"status": "exception", "overwrite": True},
        ),
        (action("order.assign", role="owner"), {"with.who": "member:mia@shop.example"}, {"member": "mia@shop.example"}),
        (
            action("board.add", board="exceptions"),
            {"with.severity": "critical", "with.until.mode": "never"},
            {"board": "exceptions", "severity": "critical", "until": "never"},
        ),
        (
            action("board.add", board="exceptions"),
            {"with.until.mode": "condition"},
            {"board": "exceptions", "until": {"field": "", "op": "is"}},
        ),
        (action("board.add", until="never"), {"with.until.mode": "usual"}, {}),
        (
            action("dashboard.count"),
            {"with.dashboard": "operations", "with.measure": "late"},
            {"dashboard": "operations", "measure": "late"},
        ),
    ],
)
def test_a_changed_action_says_what_was_chosen(before: Json, changes: dict[str, Any], after: Json) -> None:
    said = {name.replace(".", "__"): value for name, value in changes.items()}

    assert saved(before, **said)["with"] == after


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        ({"for": {"days": 1}}, {"for.n": "2", "for.unit": "business_days"}, {"for": {"business_days": 2}}),
        ({"for": {"days": 1}}, {"for.n": ""}, {}),
        ({"for": {"days": 1}}, {"wait.mode": "until"}, {"until": {"field": "parcel.eta"}}),
        (
            {"until": {"field": "parcel.eta"}},
            {"until.offset.n": "1", "until.side": "before"},
            {"until": {"field": "parcel.eta", "offset": {"days": 1}, "before": True}},
        ),
        (
            {"until_event": {"type": "tracking.delivered", "within": {"days": 2}}},
            {"on_timeout": "stop", "until_event.within.n": "3"},
            {"until_event": {"type": "tracking.delivered", "within": {"days": 3}}, "on_timeout": "stop"},
        ),
        (
            {"until_event": {"type": "tracking.delivered", "within": {"days": 2}}, "on_timeout": "stop"},
            {"wait.mode": "for"},
            {"for": {"days": 1}},
        ),
    ],
)
def test_a_changed_wait_says_what_was_chosen(before: Json, changes: dict[str, Any], after: Json) -> None:
    said = {name.replace(".", "__"): value for name, value in changes.items()}

    assert saved({"id": "s", "kind": "wait", **before}, **said) == {"id": "s", "kind": "wait", **after}


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        ({"type": "label.created"}, {"trigger.type": "tracking.status_changed"}, {"type": "tracking.status_changed"}),
        (
            {"type": "tracking.status_changed"},
            {"trigger.to": ["exception", "delayed"]},
            {"type": "tracking.status_changed", "to": ["delayed", "exception"]},
        ),
        (
            {"type": "tracking.status_changed", "to": ["exception"]},
            {"trigger.type": "order.paid", "trigger.to": ["exception"]},
            {"type": "order.paid"},
        ),
        ({"type": ""}, {"trigger.type": "schedule"}, {"type": "schedule", "at": "0 9 * * mon-fri"}),
        (
            {"type": "schedule", "at": "0 9 * * mon-fri"},
            {"trigger.days": ["sat"], "trigger.time": "07:15"},
            {"type": "schedule", "at": "15 7 * * sat"},
        ),
        (
            {"type": "schedule", "at": "0 9 * * 1-5"},
            {"trigger.at": "*/10 * * * *"},
            {"type": "schedule", "at": "*/10 * * * *"},
        ),
        ({"type": "custom.event"}, {"trigger.custom": "restocked"}, {"type": "custom.restocked"}),
        ({"type": "order.tag_added"}, {"trigger.to": "vip\r\nnew"}, {"type": "order.tag_added", "to": ["vip", "new"]}),
    ],
)
def test_a_changed_trigger_says_what_was_chosen(before: Json, changes: dict[str, Any], after: Json) -> None:
    document: Json = {"name": "x", "trigger": before}
    said = {name.replace(".", "__"): value for name, value in changes.items()}

    new = forms.changed(document, None, "trigger", sent(shown(document, None, "trigger"), **said), ROOM)

    assert new == {"name": "x", "trigger": after}


def test_how_often_it_runs_is_said_only_when_somebody_says_it() -> None:
    document: Json = {"name": "x", "trigger": {"type": "label.created"}}
    page = shown(document, None, "trigger")

    new = forms.changed(document, None, "trigger", sent(page, once_per="order", cooldown__n="3"), ROOM)

    assert new == document | {"once_per": "order", "cooldown": {"days": 3}}


def test_a_workflow_keeps_its_name_when_the_field_is_emptied() -> None:
    document: Json = {"name": "x", "trigger": {"type": "label.created"}}
    page = shown(document, None, "settings")

    new = forms.changed(document, None, "settings", sent(page, name="", description="Why."), ROOM)

    assert new == document | {"description": "Why."}


def test_a_branch_keeps_the_steps_under_its_paths() -> None:
    way: Json = {"if": STATUS, "steps": [{"id": "t", "kind": "wait", "for": {"days": 1}}]}
    other: Json = {"if": STATUS, "steps": []}
    step: Json = {"id": "s", "kind": "branch", "paths": [way, other], "otherwise": way["steps"]}

    new = saved(step, paths__1__name="Express", paths__1__if__v="delayed")

    assert new == step | {"paths": [way, other | {"name": "Express", "if": STATUS | {"value": "delayed"}}]}


ALL: Json = {"all": [{"n": 0}, {"n": 1}, {"n": 2}]}


@pytest.mark.parametrize(
    ("condition", "act", "place", "after", "there"),
    [
        (STATUS, "add", (), {"all": [STATUS, {"field": "", "op": "is"}]}, (1,)),
        (ALL, "add", (), {"all": [*ALL["all"], {"field": "", "op": "is"}]}, (3,)),
        (ALL, "group", (), {"all": [*ALL["all"], {"any": [{"field": "", "op": "is"}]}]}, (3, 0)),
        (ALL, "remove", (1,), {"all": [{"n": 0}, {"n": 2}]}, (0,)),
        (ALL, "duplicate", (0,), {"all": [{"n": 0}, {"n": 0}, {"n": 1}, {"n": 2}]}, (1,)),
        (ALL, "up", (2,), {"all": [{"n": 0}, {"n": 2}, {"n": 1}]}, (1,)),
        (ALL, "down", (0,), {"all": [{"n": 1}, {"n": 0}, {"n": 2}]}, (1,)),
        (ALL, "down", (2,), ALL, (2,)),
        (ALL, "remove", (7,), ALL, (7,)),
        (ALL, "explode", (0,), ALL, (0,)),
        ({"all": [{"n": 0}, {"any": [{"n": 1}]}]}, "remove", (1, 0), {"all": [{"n": 0}]}, (0,)),
    ],
)
def test_buttons_change_a_condition(condition: Json, act: str, place: tuple[int, ...], after: Json, there: Any) -> None:
    assert act_on(condition, act, place) == (after, there)


def test_every_action_of_the_shelf_has_a_form() -> None:
    assert "with.subject" in texts_of(action("email.customer"))
    assert set(actions.FORMS) == {
        "email.customer", "notify.team", "webhook.call", "order.set_status", "order.add_tag", "order.remove_tag",
        "order.add_note", "order.assign", "board.add", "board.remove", "dashboard.count",
    }  # fmt: skip


def test_a_channel_is_picked_from_those_that_orders_came_from() -> None:
    page = shown({"trigger": {"type": "label.created"}, "steps": []}, gate(CHANNEL), "s")

    assert '<select\n        id="f-if-v"' in page
    assert "Shopify US" in page
    assert "Another one…" in page


@pytest.mark.parametrize(
    ("before", "picked", "value"),
    [("ebay", "shopify-us", "shopify-us"), ("ebay", "…", ""), ("", "etsy", "etsy"), ("etsy", "ebay", "ebay")],
)
def test_another_channel_than_those_is_typed(before: str, picked: str, value: str) -> None:
    assert saved(gate(CHANNEL | {"value": before}), **{"if.v": picked})["if"] == CHANNEL | {"value": value}


def test_who_asks_for_another_one_gets_a_field_to_type_it() -> None:
    page = shown({"trigger": {"type": "label.created"}, "steps": []}, gate(CHANNEL | {"value": ""}), "s")

    assert '<select\n        id="f-if-v"' not in page
    assert 'id="f-if-v"' in page
    assert 'value="order.sales_channel is free"' in page
