"""Opening a form and saving it changes nothing, whatever the document says."""

from typing import Any

import pytest
from hypothesis import given, settings

from tests.workflows.builder.inspector.kit import ROOM, sent, shown
from tests.workflows.generated import documents
from workflows.builder.inspector import forms
from workflows.builder.operations import steps_of

type Json = dict[str, Any]

ODD: tuple[Json, ...] = (
    {"id": "a", "kind": "condition", "if": {"all": []}},
    {"id": "a", "kind": "condition", "if": {"field": "parcel.tracking_status", "op": "is"}},
    {"id": "a", "kind": "condition", "if": {"field": "order.total", "op": "gt", "value": 30}},
    {"id": "a", "kind": "condition", "if": {"field": "order.total", "op": "in", "value": ["1.50", 2, 2.5]}},
    {"id": "a", "kind": "condition", "if": {"field": "order.held", "op": "is", "value": True}},
    {"id": "a", "kind": "condition", "if": {"field": "order.notes", "op": "contains", "value": 'two\nlines, "quoted"'}},
    {"id": "a", "kind": "condition", "if": {"field": "items.none.sku", "op": "starts_with", "value": "<b>&"}},
    {"id": "a", "kind": "condition", "if": {"field": "no.such_field", "op": "likes", "value": {"deep": [1]}}},
    {"id": "a", "kind": "condition", "if": {"field": "order.tags", "op": "has_any", "value": ["vip", "with, comma"]}},
    {"id": "a", "kind": "condition", "if": {"field": "parcel.tracking_status", "op": "is", "value": "EXCEPTION"}},
    {
        "id": "a",
        "kind": "condition",
        "if": {"field": "order.placed_at", "op": "older_than", "value": {"days": 1, "hours": 4}},
    },
    {
        "id": "a",
        "kind": "condition",
        "if": {"field": "order.placed_at", "op": "before", "value": "2026-11-20T10:00:30+02:00"},
    },
    {"id": "a", "kind": "condition", "if": {"field": "now.time_of_day", "op": "gte", "value": "9:30"}},
    {"id": "a", "kind": "condition", "if": {"all": [{"any": [{"strange": 1}]}]}},
    {"id": "a", "kind": "condition", "if": "nothing"},
    {"id": "a", "kind": "action", "action": "email.customer", "with": {"subject": "", "body": "a\n\nb\n", "cc": "x"}},
    {"id": "a", "kind": "action", "action": "email.customer", "with": {"subject": 5}, "on_error": "panic"},
    {
        "id": "a",
        "kind": "action",
        "action": "notify.team",
        "with": {"to": {"roles": ["owner", "viewer"]}, "channels": ["email"]},
    },
    {"id": "a", "kind": "action", "action": "notify.team", "with": {"to": {"member": "gone@x.example"}}},
    {"id": "a", "kind": "action", "action": "notify.team", "with": {"to": "everybody"}},
    {
        "id": "a",
        "kind": "action",
        "action": "webhook.call",
        "with": {"url": "https://x.example", "headers": {"X-A": "1", "X-B": ""}},
    },
    {
        "id": "a",
        "kind": "action",
        "action": "webhook.call",
        "with": {"url": "x", "headers": ["no"], "secret_ref": "Gone"},
    },
    {
        "id": "a",
        "kind": "action",
        "action": "board.add",
        "with": {"board": "gone", "until": {"any": [{"field": "order.held", "op": "is_true"}]}},
    },
    {"id": "a", "kind": "action", "action": "order.assign", "with": {"member": "a", "role": "b"}},
    {"id": "a", "kind": "action", "action": "order.set_status", "with": {"status": "new", "overwrite": False}},
    {"id": "a", "kind": "action", "action": "what.ever", "with": {"x": [1, 2]}},
    {"id": "a", "kind": "wait", "for": {"seconds": 90, "fortnights": 2}},
    {"id": "a", "kind": "wait", "until": {"field": "", "before": False}},
    {"id": "a", "kind": "wait", "until_event": {"type": ""}, "on_timeout": "stop"},
)


@settings(max_examples=100, deadline=None)
@given(document=documents())
def test_opening_and_saving_every_form_of_a_generated_workflow_changes_nothing(document: Json) -> None:
    for step in steps_of(document):
        page = shown(document, step, step["id"])

        assert forms.changed(document, step, step["id"], sent(page), ROOM) == step
    for where in ("trigger", "settings"):
        head = {key: value for key, value in document.items() if key != "steps"}
        assert forms.changed(document, None, where, sent(shown(document, None, where)), ROOM) == head


@pytest.mark.parametrize("step", ODD)
def test_what_no_form_can_show_stays_as_it_is(step: Json) -> None:
    document: Json = {"name": "x", "trigger": {"type": "label.created"}, "steps": [step]}

    assert forms.changed(document, step, "a", sent(shown(document, step, "a")), ROOM) == step


@pytest.mark.parametrize(
    "trigger",
    [
        {"type": ""},
        {"type": "schedule", "at": "0 9 * * 1-5"},
        {"type": "schedule", "at": "*/5 * 1 * *"},
        {"type": "manual"},
        {"type": "custom.restocked"},
        {"type": "order.tag_added", "to": ["VIP", "x, y"]},
        {"type": "tracking.status_changed", "to": ["lost"]},
        {"type": "order.ops_status_changed", "to": "exception"},
        {"type": "order.created", "to": ["x"]},
        {"type": "no.such"},
    ],
)
def test_every_trigger_survives_its_form(trigger: Json) -> None:
    document: Json = {"name": "x", "trigger": trigger, "cooldown": {"days": 1, "hours": 2}, "once_per": "never"}

    said = sent(shown(document, None, "trigger"))

    assert forms.changed(document, None, "trigger", said, ROOM) == document
