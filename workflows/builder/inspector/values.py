"""The values of questions as controls of a form, and back: texts, numbers, money, dates, durations, choices, lists."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from workflows.builder.inspector.asking import Widget, base_of, single_widget, unit_of, widget_of
from workflows.builder.inspector.controls import ABSENT, Absent, Choices, Control, Json, Said, with_current
from workflows.builder.inspector.spans import number_from, read_span, span_controls
from workflows.catalog.fields import kind_of
from workflows.catalog.vocabulary import VOCABULARY
from workflows.engine.values import day_of, instant

MOST_TICKS = 40
#: What a list of values says for one that is not in it; the question then has an empty text, to be typed.
OTHER = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What a shop can be offered: `choices_of(path)` the fixed choices of a field (empty: any text will do),
    `seen_in(path)` the values that its orders have."""

    choices_of: Callable[[str], Choices]
    seen_in: Callable[[str], tuple[str, ...]]
    zone: tzinfo


def value_controls(path: str, op: str, value: object, name: str, offers: Offers) -> tuple[Control, ...]:
    """What the value of a question is asked with, holding `value` (ABSENT: nothing yet)."""
    choices = offers.choices_of(base_of(path))
    widget = widget_of(path, op, has_choices=bool(choices))
    if widget == "none":
        return () if isinstance(value, Absent) else (_as_it_is(name, value),)
    if widget == "several":
        return _several(path, value, name, offers)
    if widget == "pair":
        kind = kind_of(path).removeprefix("items:")
        one = single_widget(kind, has_choices=bool(choices))
        pair = value if isinstance(value, list) and len(value) == 2 else [ABSENT, ABSENT]
        if not isinstance(value, Absent) and pair is not value and value != []:
            return (_as_it_is(name, value),)
        words = ("From", "To")
        return tuple(
            control
            for at, each in enumerate(pair)
            for control in _single(one, each, path, f"{name}.{at}", offers, label=words[at])
        )
    return _single(widget, value, path, name, offers, label="Value")


def _single(widget: Widget, value: object, path: str, name: str, offers: Offers, *, label: str) -> tuple[Control, ...]:
    slot = name.partition(".v")[0]
    if widget == "span":
        return span_controls(name, value, label=label, slot=slot)
    if widget == "yes":
        if isinstance(value, bool | Absent):
            said = "" if isinstance(value, Absent) else ("yes" if value else "no")
            flags: Choices = (("", "Choose…"), ("yes", "yes"), ("no", "no"))
            return (Control(name=name, shape="select", label=label, value=said, choices=flags, slot=slot),)
        return (_as_it_is(name, value),)
    if not isinstance(value, str | int | float | Absent) or isinstance(value, bool):
        return (_as_it_is(name, value),)
    text = "" if isinstance(value, Absent) else value if isinstance(value, str) else f"{value:.15g}"
    if isinstance(value, int):
        text = str(value)
    if widget == "date":
        return _date(text, name, offers, label=label, slot=slot)
    if widget == "choice":
        choices = with_current((("", "Choose…"), *offers.choices_of(base_of(path))), _as_known(text, path, offers))
        return (
            Control(
                name=name, shape="select", label=label, value=_as_known(text, path, offers), choices=choices, slot=slot
            ),
        )
    shape = {"number": "number", "money": "number", "time": "time"}.get(widget, "line")
    seen = offers.seen_in(base_of(path)) if shape == "line" else ()
    if _is_picked(path) and seen and (isinstance(value, Absent) or text in seen):
        picks = (("", "Choose…"), *((each, VOCABULARY.value(path, each)) for each in seen), (OTHER, "Another one…"))
        return (Control(name=name, shape="select", label=label, value=text, choices=picks, slot=slot),)
    if shape == "time" and text and len(text) == 4:
        text = f"0{text}"
    unit = unit_of(path)
    return (
        Control(
            name=name, shape="area" if "\n" in text and shape == "line" else shape, label=label, value=text,  # type: ignore[arg-type]
            offers=seen, unit=unit, slot=slot,
        ),
    )  # fmt: skip


def _is_picked(path: str) -> bool:
    """Is it one of few values that the shop's orders have: a channel, a carrier, a country?"""
    return kind_of(path) == "choice" and not path.startswith("event.")


def _as_known(text: str, path: str, offers: Offers) -> str:
    """A choice in the case in which it is known: conditions don't mind."""
    known = {key.casefold(): key for key, _ in offers.choices_of(base_of(path))}
    return known.get(text.casefold(), text)


def _date(text: str, name: str, offers: Offers, *, label: str, slot: str) -> tuple[Control, ...]:
    day, hour = "", ""
    if text and day_of(text) is not None:
        day = text
    elif text and (at := instant(text)) is not None:
        local = at.astimezone(offers.zone)
        day, hour = f"{local:%Y-%m-%d}", f"{local:%H:%M}"
    elif text:
        return (_as_it_is(name, text),)
    return (
        Control(name=f"{name}.day", shape="date", label=label, value=day, slot=slot),
        Control(
            name=f"{name}.time",
            shape="time",
            label="Time",
            value=hour,
            slot=slot,
            hint="left empty: all day",
        ),
    )


def _several(path: str, value: object, name: str, offers: Offers) -> tuple[Control, ...]:
    """Ticks for what is known, and a field for anything else, one a line."""
    said = [] if isinstance(value, Absent) else value if isinstance(value, list) else [value]
    if not all(isinstance(each, str | int | float) and not isinstance(each, bool) for each in said):
        return (_as_it_is(name, value),)
    slot = name.partition(".v")[0]
    texts = [_as_known(str(each), path, offers) for each in said]
    fixed = offers.choices_of(base_of(path))
    known = fixed or tuple((each, VOCABULARY.value(path, each)) for each in offers.seen_in(base_of(path))[:MOST_TICKS])
    keys = {key for key, _ in known}
    others = "\n".join(text for text in texts if text not in keys)
    ticked = tuple(key for key, _ in known if key in texts)
    controls = []
    if known:
        controls.append(
            Control(name=f"{name}.tick", shape="ticks", label="Values", values=ticked, choices=known, slot=slot)
        )
    if others or not fixed:
        label = "Others, one a line" if known else "Values, one a line"
        controls.append(
            Control(name=f"{name}.lines", shape="area", label=label, value=others, placeholder=label, slot=slot)
        )
    return tuple(controls)


def _as_it_is(name: str, value: object) -> Control:
    words = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value
    return Control(name=name, shape="static", label="Value", value=f"{words} (set in the document)")


def read_value(path: str, op: str, said: Said, name: str, offers: Offers, was: Json) -> object:
    """The value that the form says; ABSENT for none, what it `was` when nobody touched it."""
    kind = kind_of(path).removeprefix("items:")
    has_choices = bool(offers.choices_of(base_of(path)))
    widget = widget_of(path, op, has_choices=has_choices)
    before = was.get("value", ABSENT) if was.get("op") == op else ABSENT
    if widget == "none":
        return before
    if not isinstance(before, Absent) and said.is_as(value_controls(str(was["field"]), op, before, name, offers)):
        return before
    if widget == "several":
        texts = list(dict.fromkeys([*said.all(f"{name}.tick"), *_lines(said.one(f"{name}.lines"))]))
        if not texts and said.one(name):
            texts = [said.one(name)]
        return [_typed(text, kind) for text in texts] if texts else ABSENT
    if widget == "pair":
        one = single_widget(kind, has_choices=has_choices)
        ends = [_read_single(one, kind, said, f"{name}.{at}", offers, carry=False) for at in (0, 1)]
        return ends if not any(isinstance(end, Absent) for end in ends) else [
            "" if isinstance(end, Absent) else end for end in ends
        ]  # fmt: skip
    return _read_single(widget, kind, said, name, offers, carry=True)


def _read_single(widget: Widget, kind: str, said: Said, name: str, offers: Offers, *, carry: bool) -> object:
    if widget == "span":
        return read_span(name, said)
    if widget == "date":
        return _read_date(said, name, offers)
    text = said.one(name).strip()
    if not text and carry:
        # From "is one of" to "is": the first of them.
        first = [*said.all(f"{name}.tick"), *_lines(said.one(f"{name}.lines"))]
        text = first[0] if first else said.one(f"{name}.0").strip()
    if not text:
        return ABSENT
    if text == OTHER:
        return ""
    if widget == "yes":
        return text == "yes"
    return _typed(text, kind if widget in ("number", "money") else "text")


def _read_date(said: Said, name: str, offers: Offers) -> object:
    day, hour = said.one(f"{name}.day").strip(), said.one(f"{name}.time").strip()
    if not day:
        return ABSENT
    if not hour:
        return day
    try:
        return datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=offers.zone).isoformat()
    except ValueError:
        return f"{day} {hour}"


def _typed(text: str, kind: str) -> object:
    if kind == "money":
        return text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    return number_from(text) if kind == "number" else text


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]
