"""One question of a condition as one row of a form, and back; what the form does not touch stays word for word.

Every row carries the question it was made from (`was`). While the visible controls still say just that, it is taken as
it was: numbers stay numbers, units stay units, and what no control can show survives.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflows.builder.inspector.asking import (
    base_of,
    fitting_operator,
    label_of,
    operators_of,
    quantifier_of,
    quantifiers,
    takes_for,
    widget_of,
    with_quantifier,
)
from workflows.builder.inspector.controls import ABSENT, Absent, Control, Json, Said, from_json, html_id
from workflows.builder.inspector.spans import read_span, span_controls
from workflows.builder.inspector.values import Offers, read_value, value_controls
from workflows.catalog.fields import kind_of
from workflows.engine.operators import OPERATORS

#: A new row: nothing chosen yet.
NEW: Mapping[str, Any] = {"field": "", "op": "is"}
#: The end of a row's shape when its value is typed although there may be a list.
FREE = " free"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row: its place in the form, the question, and its controls (field, quantifier, operator, values, span)."""

    name: str
    was: str
    field: str
    field_label: str
    quantifier: Control | None
    op: Control | None
    values: tuple[Control, ...]
    span: tuple[Control, ...] = ()
    number: int = 1

    @property
    def html_id(self) -> str:
        """Its id on the page."""
        return html_id("row", self.name)

    @property
    def error_id(self) -> str:
        """Where its problems are said."""
        return html_id("err", self.name)

    @property
    def span_words(self) -> str:
        """What stands before the span."""
        return "in the last" if self.op is not None and self.op.value == "was" else "for at least"

    @property
    def shape(self) -> str:
        """What its value's controls were made for; `FREE` at its end: for a text where others pick from a list."""
        free = FREE if any(control.shape == "line" for control in self.values) else ""
        return f"{self.field} {self.op.value if self.op else ''}{free}"

    @property
    def controls(self) -> list[Control]:
        """Every control that says something."""
        field = Control(name=f"{self.name}.field", shape="hidden", label="", value=self.field)
        return [field, *(one for one in (self.quantifier, self.op) if one is not None), *self.values, *self.span]


def is_question(value: object) -> bool:
    """Can a row show it?"""
    if not isinstance(value, dict) or not {"field", "op", "value", "for"}.issuperset(value):
        return False
    return isinstance(value.get("field", ""), str) and isinstance(value.get("op", ""), str)


def show_row(leaf: Json, name: str, offers: Offers, *, number: int = 1) -> Row:
    """The row of a question."""
    path, op = str(leaf.get("field", "")), str(leaf.get("op", ""))
    base, quantifier = base_of(path), quantifier_of(path)
    chosen = (
        Control(
            name=f"{name}.of", shape="select", label="Which items", value=quantifier, choices=quantifiers(quantifier),
            slot=name,
        )
        if base.startswith("items.") else None
    )  # fmt: skip
    asked = (
        Control(name=f"{name}.op", shape="select", label="How", value=op, choices=operators_of(base, op), slot=name)
        if base else None
    )  # fmt: skip
    value = leaf.get("value", ABSENT)
    values = value_controls(path, op, value, f"{name}.v", offers) if base else ()
    span: tuple[Control, ...] = ()
    if base and (takes_for(op) or "for" in leaf):
        span = span_controls(f"{name}.for", leaf.get("for", ABSENT), label="For at least", slot=name)
    return Row(
        name=name, was=json.dumps(leaf, ensure_ascii=False), field=base, field_label=label_of(base) if base else "",
        quantifier=chosen, op=asked, values=values, span=span, number=number,
    )  # fmt: skip


def read_row(said: Said, name: str, offers: Offers) -> Json:
    """The question that a row says."""
    was = _was(said.one(f"{name}.was"))
    if was is not None and said.is_as(show_row(was, name, offers).controls):
        return was
    base = said.one(f"{name}.field").strip()
    if not base:
        return dict(NEW)
    path = with_quantifier(base, said.one(f"{name}.of"))
    asked = said.one(f"{name}.op", "is")
    is_same = was is not None and base_of(str(was.get("field", ""))) == base and asked == was.get("op")
    is_alike = kind_of(said.one(f"{name}.made")) == kind_of(base)
    op = asked if is_same else fitting_operator(base, asked if is_alike else "")
    leaf: Json = {"field": path, "op": op}
    made_for = said.one(f"{name}.shape").partition(" ")[0]
    value = read_value(path, op, said, f"{name}.v", offers, was or {}) if made_for == base else ABSENT
    if isinstance(value, Absent) and widget_of(path, op, has_choices=False) == "span":
        value = {"days": 2}
    if not isinstance(value, Absent):
        leaf["value"] = value
    if takes_for(op):
        span = read_span(f"{name}.for", said, was=(was or {}).get("for", ABSENT))
        if isinstance(span, Absent) and OPERATORS[op].needs_for and not said.has(f"{name}.for.n"):
            span = {"days": 2}
        if not isinstance(span, Absent):
            leaf["for"] = span
    return leaf


def _was(text: str) -> Json | None:
    value = from_json(text)
    return value if isinstance(value, dict) and is_question(value) else None
