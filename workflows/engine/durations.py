"""Durations as documents write them, `{"days": 2}`: read, checked, rendered in the largest units, put into words.

Limits and units are those of contract/workflow.md: each above zero, together at most three years; days and weeks are
whole; business hours or business days stand alone.
"""

from collections.abc import Mapping
from datetime import timedelta
from math import isfinite

from workflows.engine.grammar import Duration

EXPECTED = "a duration such as {days: 2}, {hours: 4} or {business_days: 1}"

# Unit: the most a document may say, and whether it must be whole (contract/workflow.schema.json).
_UNITS: Mapping[str, tuple[int, bool]] = {
    "seconds": (94_608_000, False),
    "minutes": (1_576_800, False),
    "hours": (26_280, False),
    "days": (1_095, True),
    "weeks": (156, True),
    "business_hours": (8_760, False),
    "business_days": (780, True),
}
_IN_SECONDS: Mapping[str, int] = {"hours": 3_600, "minutes": 60, "seconds": 1}
_LARGEST = {unit: at for at, unit in enumerate(("weeks", "days", "hours", "minutes", "seconds"))}
_LONGEST = timedelta(days=1_095)


def parse(value: object) -> Duration | tuple[str, str]:
    """The duration that a document's `value` describes, or (what is wrong with it, what was expected)."""
    if not isinstance(value, Mapping) or not value:
        return "not a duration", EXPECTED
    numbers: dict[str, float] = {}
    for unit, number in value.items():
        if not isinstance(unit, str) or unit not in _UNITS:
            return f"unknown unit {str(unit)[:40]!r}", f"one of {', '.join(_UNITS)}"
        wrong = _wrong_with(number, *_UNITS[unit])
        if wrong:
            return f"{unit}: {wrong}", _expected(unit)
        numbers[unit] = number
    if len(numbers) > 1 and any(unit.startswith("business") for unit in numbers):
        return "business time can't be added to other units", "business_hours or business_days alone"
    duration = Duration(
        # A microsecond is the least that a clock can tell, so nothing above zero becomes zero.
        seconds=max(round(sum(numbers.get(unit, 0) * size for unit, size in _IN_SECONDS.items()), 6), 1e-6)
        if numbers.keys() & _IN_SECONDS
        else 0,
        days=int(numbers.get("days", 0) + 7 * numbers.get("weeks", 0)),
        business_hours=numbers.get("business_hours", 0),
        business_days=int(numbers.get("business_days", 0)),
    )
    if timedelta(days=duration.days, seconds=duration.seconds) > _LONGEST:
        return "longer than three years", "at most three years in all"
    return duration


def render(duration: Duration) -> dict[str, float]:
    """`duration` as a document, each part in its largest exact unit: {minutes: 120} comes out as {hours: 2}."""
    rendered: dict[str, float] = {}
    if duration.business_days:
        rendered["business_days"] = duration.business_days
    if duration.business_hours:
        rendered["business_hours"] = _short(duration.business_hours)
    if duration.days:
        in_weeks = duration.days % 7 == 0
        rendered["weeks" if in_weeks else "days"] = duration.days // 7 if in_weeks else duration.days
    if duration.seconds:
        unit = next(unit for unit, size in _IN_SECONDS.items() if duration.seconds % size == 0 or size == 1)
        rendered[unit] = _short(duration.seconds / _IN_SECONDS[unit])
    return rendered


def words(duration: object) -> str:
    """A duration, or the document of one, in words: "2 business days", "1 day and 4 hours"."""
    document = (dict(duration.said) or render(duration)) if isinstance(duration, Duration) else duration
    if not isinstance(document, Mapping) or not document:
        return "no time" if isinstance(duration, Duration) else str(duration)
    largest_first = sorted(document.items(), key=lambda part: _LARGEST.get(str(part[0]), 0))
    parts = [f"{_plain(number)} {_unit_words(str(unit), number)}" for unit, number in largest_first]
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


def elapsed(duration: Duration) -> timedelta | None:
    """`duration` as elapsed time, a day being 24 hours; None for business time, which only a calendar can measure."""
    if duration.business_days or duration.business_hours:
        return None
    return timedelta(days=duration.days, seconds=duration.seconds)


def _wrong_with(number: object, most: int, must_be_whole: bool) -> str:
    if isinstance(number, bool) or not isinstance(number, int | float):
        return "not a number"
    if isinstance(number, float) and not isfinite(number):
        return "not a number"
    if must_be_whole and number != int(number):
        return "not a whole number"
    if number <= 0:
        return "not above zero"
    return "too many" if number > most else ""


def _expected(unit: str) -> str:
    most, must_be_whole = _UNITS[unit]
    return f"a whole number from 1 to {most:,}" if must_be_whole else f"a number above 0, at most {most:,}"


def _short(number: float) -> float:
    return int(number) if number == int(number) else number


def _plain(number: object) -> str:
    if isinstance(number, int) and abs(number) > 10**15:
        return "very many"
    return f"{number:.15g}" if isinstance(number, int | float) else str(number)


def _unit_words(unit: str, number: object) -> str:
    plural = unit.replace("_", " ")
    return plural.removesuffix("s") if number == 1 else plural
