"""Why a card is there, or went, in the merchant's words."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from dashboards.boards.keeping import condition_of, why
from workflows.catalog.fields import kind_of
from workflows.engine.calendar import Calendar
from workflows.engine.evaluate import compile_condition

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
MOVING = {"field": "parcel.tracking_status", "op": "is", "value": "in_transit"}
VIP = {"field": "order.tags", "op": "has", "value": "vip"}
FACTS = {"parcel.tracking_status": "in_transit", "order.tags": ("vip",), "parcel.last_scan_at": NOW}


@pytest.mark.parametrize(
    ("keep", "holds", "words"),
    [
        (MOVING, True, "The tracking status is In transit"),
        ({"none": [MOVING]}, False, "The tracking status is In transit"),
        ({"all": [VIP, {**MOVING, "value": "exception"}]}, False, "The tracking status is In transit"),
        ({"all": [VIP]}, True, "The tags"),
        ({"field": "parcel.eta", "op": "is_not_empty"}, True, ""),
        (
            {"field": "parcel.last_scan_at", "op": "older_than", "value": {"business_days": 4}},
            False,
            "The last scan is not older than 4 business days",
        ),
    ],
)
def test_only_what_decided_is_said(keep: Mapping[str, object], holds: bool, words: str) -> None:
    verdict = compile_condition(condition_of(keep), kind_of).verdict(FACTS, NOW, Calendar())

    said = why(verdict, holds=holds)

    assert said.startswith(words)
    assert "hold, all must" not in said
