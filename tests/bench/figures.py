"""What a benchmark says: one JSON object a line as it is measured, and a table of all at the end."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured value beside what was measured in the same run.

    `ratio` is `value` by the value of `against` (`limit`); `more` holds what else the run showed.
    """

    name: str
    value: float
    unit: str
    against: str
    limit: float
    goal: str
    cpu_ms_per_event: float | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """How often the limit goes into the value."""
        return self.value / self.limit if self.limit else 0.0

    def line(self) -> str:
        """The figure as one JSON object, with the load average of the last minute."""
        said = {
            "name": self.name,
            "value": _short(self.value),
            "unit": self.unit,
            "against": f"{self.against}: {_short(self.limit):g} {self.unit}",
            "ratio": _short(self.ratio),
            "cpu_ms_per_event": None if self.cpu_ms_per_event is None else _short(self.cpu_ms_per_event),
            "load": round(os.getloadavg()[0], 2),
            "goal": self.goal,
            **self.more,
        }
        return json.dumps(said, ensure_ascii=False)


def table(figures: Sequence[Figure]) -> str:
    """The figures as a table of text."""
    head = ("name", "value", "unit", "ratio", "against", "CPU-ms/event", "goal")
    rows = [
        (
            each.name, f"{_short(each.value):,g}", each.unit, f"{_short(each.ratio):,g}",
            f"{each.against} ({_short(each.limit):,g})",
            "" if each.cpu_ms_per_event is None else f"{_short(each.cpu_ms_per_event):g}", each.goal,
        )
        for each in figures
    ]  # fmt: skip
    widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [head, *rows]]
    return "\n".join(line.rstrip() for line in lines)


def _short(number: float) -> float:
    """Three significant digits are more than a shared machine can tell."""
    return float(f"{number:.3g}") if abs(number) < 1000 else round(number)
