"""What a verdict found of an amount is in the main unit, as the order itself shows it."""

from typing import Any

import pytest

from tests.api.kit import DOCUMENT, furnish
from workflows.api.verdicts import shown_verdict

pytestmark = pytest.mark.django_db(transaction=True)

GATE = {"any": [{"field": "order.total", "op": "gt", "value": 1_000_000}]}


def test_a_rehearsal_finds_the_orders_own_total() -> None:
    shop = furnish()
    order_id = str(shop.ids["orders"])
    total = shop.api.get(f"orders/{order_id}/")["total"]
    document = {**DOCUMENT, "steps": [{"id": "dear", "kind": "condition", "if": GATE}, *DOCUMENT["steps"][1:]]}
    workflow = shop.api.ask("POST", "workflows/", document).json()["id"]

    answer = shop.api.ask("POST", f"workflows/{workflow}/try/", {"order": order_id, "version": "draft"}).json()

    assert answer["verdict"]["children"][0]["found"] == total
    assert total is not None


@pytest.mark.parametrize(
    ("field", "found", "shown"),
    [
        ("order.total", 50_000, "500.00"),
        ("order.total", None, None),
        ("items.price", [950, None], ["9.50", None]),
        ("order.item_count", 50_000, 50_000),
        ("order.custom.points", 50_000, 50_000),
    ],
)
def test_only_amounts_are_rewritten(field: str, found: Any, shown: Any) -> None:
    verdict = {"holds": False, "words": "", "field": field, "found": found, "children": []}

    assert shown_verdict(verdict) == {**verdict, "found": shown}
