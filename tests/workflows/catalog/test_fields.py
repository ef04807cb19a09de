"""The catalogue of fields names everything that can be read, once, with words for people."""

import pytest

from workflows.catalog.fields import (
    EXCEPTION_REASONS,
    FIELDS,
    TRACKING_STATUSES,
    field_at,
    is_settled,
    kind_of,
    known,
    suggest,
)
from workflows.catalog.reading import READERS, FactView
from workflows.catalog.vocabulary import VOCABULARY
from workflows.engine.operators import KINDS

SETTLED = {
    "order.number", "order.sales_channel", "order.placed_at", "order.currency", "parcel.carrier",
    "parcel.tracking_number", "parcel.label_created_at", "customer.email",
    "event.type", "event.from", "event.to", "event.source",
}  # fmt: skip
BESIDE_READERS = {path for path in FIELDS if path.startswith(("event.", "now.", "items."))}


def test_every_field_is_read_and_everything_that_is_read_is_a_field() -> None:
    read = {path for path in READERS if "@" not in path and not path.startswith("event.")}

    assert read == set(FIELDS) - BESIDE_READERS


def test_every_kind_is_one_that_operators_know() -> None:
    assert {kind_of(path).partition(":")[0] for path in FIELDS} <= set(KINDS)


def test_settled_fields_are_those_of_the_contract() -> None:
    assert {path for path in FIELDS if is_settled(path)} == SETTLED


def test_statuses_and_reasons_are_complete() -> None:
    assert (len(TRACKING_STATUSES), len(EXCEPTION_REASONS)) == (13, 36)


def test_every_field_has_words_that_read_well() -> None:
    for field in FIELDS.values():
        assert field.label[0].isupper()
        assert field.help.endswith(".")
        assert field.phrase.startswith("the ") or field.path == "now.weekday"
        assert field.kind != "bool" or field.help.startswith("Whether ")


@pytest.mark.parametrize(
    ("path", "kind", "exists"),
    [
        ("order.total", "money", True),
        ("parcel.label_age", "age", True),
        ("now.time_of_day", "time", True),
        ("items.price", "items:money", True),
        ("items.all.price", "items:money", True),
        ("items.none.sku", "items:text", True),
        ("items.some.sku", "any", False),
        ("items.any.colour", "any", False),
        ("order.custom.anything", "any", True),
        ("order.nonsense", "any", False),
    ],
)
def test_paths_are_known_with_their_kind(path: str, kind: str, exists: bool) -> None:
    assert (kind_of(path), known(path)) == (kind, exists)


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("parcel.tracking_stats", "parcel.tracking_status"),
        ("order.sales_chanel", "order.sales_channel"),
        ("x.tracking_number", "parcel.tracking_number"),
        ("qqq.zzz", None),
    ],
)
def test_a_misspelt_path_is_understood(path: str, meant: str | None) -> None:
    assert suggest(path) == meant


def test_nothing_settled_hides_behind_a_custom_field() -> None:
    assert is_settled("order.custom.number") is False
    assert field_at("order.custom.number") is None


def test_facts_of_nothing_are_missing_for_every_field() -> None:
    view = FactView(order=None, parcel=None, event={})

    assert [path for path in FIELDS if view.get(path) is not None] == []


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("parcel.tracking_status", "awaiting_carrier", "Carrier awaiting package"),
        ("parcel.tracking_status", "not_ours", "not_ours"),
        ("order.sales_channel", "shopify_us", "Shopify US"),
        ("order.nonsense", "a_b", "a_b"),
    ],
)
def test_values_are_said_by_their_labels(path: str, value: str, words: str) -> None:
    assert VOCABULARY.value(path, value) == words


def test_what_nobody_labelled_is_said_by_its_key() -> None:
    assert VOCABULARY.field("world.peak_season") == "the peak season"
    assert VOCABULARY.trigger("feed.lost") == "feed lost comes"
    assert VOCABULARY.trigger("label.created") == "a label is created"
