"""The catalogue of triggers: the domain's 46 event types, custom ones, the clock and a person's hand."""

import pytest

from workflows.catalog.fields import known
from workflows.catalog.triggers import EVENT_TYPES, TRIGGERS, suggest, trigger_of
from workflows.engine.conditions import ABOUT


def test_all_46_event_types_are_there_once() -> None:
    assert (len(EVENT_TYPES), len(set(EVENT_TYPES))) == (46, 46)
    assert set(TRIGGERS) - set(EVENT_TYPES) == {"tracking.updated", "schedule", "manual"}


def test_what_a_transition_is_about_is_a_field() -> None:
    assert [path for path in ABOUT.values() if not known(path)] == []
    assert [key for key in ABOUT if key not in TRIGGERS] == []


@pytest.mark.parametrize(
    ("event_type", "field", "choices"),
    [
        ("tracking.status_changed", "parcel.tracking_status", 13),
        ("order.delivery_status_changed", "order.delivery_status", 9),
        ("order.fulfillment_changed", "order.fulfillment_status", 5),
        ("order.ops_status_changed", "order.ops_status", 0),
        ("label.created", None, 0),
    ],
)
def test_targets_are_values_of_the_field(event_type: str, field: str | None, choices: int) -> None:
    row = TRIGGERS[event_type]

    assert (row.field, len(row.choices)) == (field, choices)


def test_custom_events_have_a_row_whatever_their_name() -> None:
    row = trigger_of("custom.back_in_stock")

    assert row is not None
    assert (row.label, row.phrase, row.origin) == ("Back in stock", "back in stock is reported", "reported")
    assert trigger_of("custom.Back") is None
    assert trigger_of("label.created") is TRIGGERS["label.created"]


def test_every_event_type_may_start_a_workflow() -> None:
    assert [row.type for row in TRIGGERS.values() if not row.starts] == []


@pytest.mark.parametrize(("said", "meant"), [("label.create", "label.created"), ("zzz", None)])
def test_a_misspelt_type_is_understood(said: str, meant: str | None) -> None:
    assert suggest(said) == meant
