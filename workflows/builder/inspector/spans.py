"""Durations in forms: a number and its unit, one pair for each part that the document says; units are always said."""

from collections.abc import Mapping

from workflows.builder.inspector.controls import ABSENT, Absent, Choices, Control, Said
from workflows.engine import durations

UNITS: Choices = (
    ("minutes", "minutes"),
    ("hours", "hours"),
    ("business_hours", "business hours"),
    ("days", "days"),
    ("business_days", "business days"),
    ("weeks", "weeks"),
)
_SECONDS: Choices = (("seconds", "seconds"),)
_KNOWN = frozenset(unit for unit, _ in (*UNITS, *_SECONDS))


def span_controls(name: str, value: object, *, label: str, slot: str = "") -> tuple[Control, ...]:
    """A number and a unit for each part of a duration; nothing said yet is an empty number of days.

    What is no duration is shown as it is and stays untouched.
    """
    if value is None or isinstance(value, Absent) or value == {}:
        parts: Mapping[str, object] = {"days": ""}
    elif isinstance(value, Mapping) and _KNOWN.issuperset(value) and all(map(_is_plain, value.values())):
        parts = value
    else:
        words = f"{durations.words(value)} (set in the document)"
        return (Control(name=name, shape="static", label=label, value=words, slot=slot),)
    controls: list[Control] = []
    for unit, number in parts.items():
        units = (*_SECONDS, *UNITS) if unit == "seconds" else UNITS
        controls += [
            Control(name=f"{name}.n", shape="number", label=label, value=_text(number), slot=slot or name),
            Control(name=f"{name}.unit", shape="select", label="Unit", value=unit, choices=units, slot=slot or name),
        ]
    return tuple(controls)


def read_span(name: str, said: Said, *, was: object = ABSENT) -> object:
    """The duration that the form says, ABSENT when it says none; `was` when nothing was touched or can be shown."""
    shown = span_controls(name, was, label="")
    if said.is_as(shown):
        return was
    parts: dict[str, object] = {}
    for number, unit in zip(said.all(f"{name}.n"), said.all(f"{name}.unit"), strict=False):
        if number.strip() and unit in _KNOWN:
            parts[unit] = number_from(number)
    return parts or ABSENT


def number_from(text: str) -> object:
    """A number as a document says it, 2 or 2.5; text that is none stays text, for the check to say so."""
    plain = text.strip().replace(",", ".")
    try:
        return int(plain)
    except ValueError:
        pass
    try:
        number = float(plain)
    except ValueError:
        return plain
    return number if abs(number) < 10**15 else plain


def _is_plain(number: object) -> bool:
    return isinstance(number, int | float | str) and not isinstance(number, bool)


def _text(number: object) -> str:
    return f"{number:.15g}" if isinstance(number, float) else str(number)
