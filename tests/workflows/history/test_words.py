"""The merchant's words: labels, values and moments instead of what the engine recorded."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from postsale.tenants.shop import Shop
from workflows.definitions.names import Names
from workflows.engine.phrases import parse_condition
from workflows.history import words
from workflows.history.tracing import tables

SHOP = Shop(
    id=1, slug="north", name="North", zone=ZoneInfo("Europe/Berlin"), is_demo=False, revision=1,
    settings={"ops_statuses": {"on_the_bench": "On the bench"}},
)  # fmt: skip
AT = datetime(2026, 11, 22, 9, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "found", "expected"),
    [
        ("parcel.tracking_status", "in_transit", "In transit"),
        ("parcel.tracking_status", None, "missing"),
        ("order.ops_status", "on_the_bench", "On the bench"),
        ("order.total", 12_345, "123.45"),
        ("order.total", 1_234_500, "12,345.00"),
        ("parcel.label_created_at", "2026-11-20T08:14:00+00:00", "20 Nov 2026, 09:14 (2 days 1 hour before)"),
        ("parcel.label_age", "P2DT3H", "2 days 3 hours"),
        ("order.tags", [], "missing"),
        ("order.tags", ["vip", "gift"], "vip, gift"),
        ("items.any.price", [1200, 50], "12.00, 0.50"),
        ("parcel.action_required", True, "yes"),
        ("order.custom.colour", "red", "red"),
        ("order.item_count", 3, "3"),
    ],
)
def test_found_values_read_as_people_write_them(path: str, found: object, expected: str) -> None:
    assert words.found_words(path, found, SHOP, at=AT) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("parcel.tracking_status", "Tracking status"),
        ("order.custom.gift_note", "Gift note"),
        ("items.any.sku", "Any item's SKU"),
        ("nobody.knows_this", "Knows this"),
    ],
)
def test_fields_have_labels(path: str, expected: str) -> None:
    assert words.field_label(path) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("order.sales_channel is shopify-us, not ebay_de; re-use", "the sales channel is Shopify US, not eBay DE; re-use"),
        ("parcel.carrier is not ups; order.tags is ups", "the carrier is not UPS; the tags is ups"),
        ("waited until 2026-11-20 10:00 UTC", "waited until 20 Nov 2026, 11:00"),
        (
            "0 of 2 hold, all must: parcel.tracking_status is out_for_delivery, expected one of delivered, accepted; "
            "parcel.tracking_status is out_for_delivery, expected one of delivered, accepted",
            "the tracking status is Out for delivery, expected one of Delivered, Accepted",
        ),
        ("it was delivered by hand", "it was delivered by hand"),
        ("sent to ann@shop.example", "sent to ann@shop.example"),
    ],
)  # fmt: skip
def test_recorded_words_become_readable(said: str, expected: str) -> None:
    assert words.humane(said, SHOP) == expected


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"type": "label.created"}, "Label is created"),
        (
            {"type": "tracking.status_changed", "from": "in_transit", "to": "exception"},
            "Tracking status changes, from In transit to Exception",
        ),
        ({"type": "tracking.scan_received", "to": "2026-11-23T04:40:47Z"}, "Scan is received"),
        ({"type": "custom.fire_drill"}, "Fire drill"),
        ({}, ""),
    ],
)
def test_what_set_a_run_off_is_said_in_words(event: dict[str, Any], expected: str) -> None:
    assert words.event_words(event, SHOP) == expected


def test_a_table_shows_groups_and_their_questions() -> None:
    exception = {"field": "parcel.tracking_status", "op": "is", "value": "exception"}
    dear = {"field": "order.total", "op": "gt", "value": 50}
    condition, _ = parse_condition({"all": [exception, {"any": [dear, exception]}]})
    assert condition is not None
    leaf = {"holds": False, "found": "in_transit", "at": AT.isoformat()}
    verdict = {"holds": False, "children": [leaf, {"holds": None, "children": [{"holds": None, "found": None}, leaf]}]}

    rows = tables.rows(condition, verdict, shop=SHOP, names=Names())

    assert [(row.depth, row.field, row.needed, row.found, row.label) for row in rows] == [
        (0, "Tracking status", "is Exception", "In transit", "Not met"),
        (0, "", "Any of these", "", "Missing"),
        (1, "Order total", "is more than 50", "missing", "Missing"),
        (1, "Tracking status", "is Exception", "In transit", "Not met"),
    ]
    assert [row.label for row in tables.rows(condition, None, shop=SHOP, names=Names())] == ["Not asked"] * 4


def test_what_time_may_still_make_so_is_not_called_unmet() -> None:
    assert tables.result_of({"holds": False, "may_come": True}) == "not_yet"
    assert tables.result_of({"holds": True, "may_come": True}) == "met"


def test_spans_are_told_to_the_minute() -> None:
    assert words.span_words(timedelta(minutes=51, seconds=12)) == "51 minutes"
    assert words.span_words(timedelta(seconds=12)) == "12 seconds"
    assert words.span_words(None) == "missing"
