"""Verdicts as the API shows them: amounts in the main unit, as orders have them. Inside they stand in minor units."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from workflows.catalog.fields import kind_of


def shown_verdict(verdict: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The verdict with what was found of an amount as "12.50" (as a list of such for several items)."""
    if verdict is None:
        return None
    shown = {**verdict, "children": [shown_verdict(child) for child in verdict.get("children", ())]}
    if kind_of(str(verdict.get("field", ""))).removeprefix("items:") == "money":
        shown["found"] = _amount(verdict.get("found"))
    return shown


def shown_steps(row: Mapping[str, Any]) -> dict[str, Any]:
    """What has a verdict and steps with their own, shown."""
    steps = [
        {**step, "verdict": shown_verdict(step["verdict"])} if "verdict" in step else step for step in row["steps"]
    ]
    return {**row, "steps": steps}


def _amount(found: object) -> object:
    if isinstance(found, list | tuple):
        return [_amount(each) for each in found]
    if isinstance(found, bool) or not isinstance(found, int | float):
        return found
    return f"{Decimal(str(found)).scaleb(-2):.2f}"
