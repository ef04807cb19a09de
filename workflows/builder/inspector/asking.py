"""How conditions are asked in a form: which operators a field is offered, and in which words."""

from collections.abc import Mapping
from typing import Literal

from workflows.builder.inspector.controls import Choices
from workflows.catalog.fields import FIELDS, QUANTIFIERS, field_at, kind_of
from workflows.engine.operators import OPERATORS, operators_for

type Widget = Literal[
    "none", "line", "number", "money", "choice", "date", "span", "time", "yes", "several", "pair"
]  # fmt: skip

#: What each kind of field is offered, most useful first; what else a document says is offered, too, where it stands.
_OFFERED: Mapping[str, tuple[str, ...]] = {
    "text": ("is", "is_not", "contains", "not_contains", "starts_with", "ends_with", "in", "not_in", "matches",
             "changed", "is_empty", "is_not_empty"),
    "choice": ("is", "is_not", "in", "not_in", "has_been", "has_not_been", "was", "changed_to", "changed_from",
               "changed", "is_empty", "is_not_empty"),
    "number": ("is", "is_not", "gt", "gte", "lt", "lte", "between", "changed", "is_empty", "is_not_empty"),
    "money": ("gt", "gte", "lt", "lte", "between", "is", "is_not", "is_empty", "is_not_empty"),
    "datetime": ("older_than", "within_last", "within_next", "before", "after", "on", "changed", "is_empty",
                 "is_not_empty"),
    "age": ("gt", "gte", "lt", "lte", "is_empty", "is_not_empty"),
    "time": ("gte", "lt", "between"),
    "bool": ("is_true", "is_false", "is_empty", "is_not_empty"),
    "set": ("has", "has_any", "has_all", "has_none", "changed", "is_empty", "is_not_empty"),
    "items:text": ("is", "is_not", "in", "not_in", "contains", "not_contains", "starts_with", "is_empty"),
    "items:number": ("is", "gt", "gte", "lt", "lte", "between", "is_empty"),
    "items:money": ("gt", "gte", "lt", "lte", "between", "is", "is_empty"),
    "any": ("is", "is_not", "in", "contains", "gt", "lt", "is_true", "is_false", "is_empty", "is_not_empty"),
}  # fmt: skip
_WORDS: Mapping[str, str] = {
    "is": "is", "is_not": "is not", "in": "is one of", "not_in": "is none of", "equals": "equals",
    "not_equals": "does not equal", "contains": "contains", "not_contains": "does not contain",
    "starts_with": "starts with", "ends_with": "ends with", "matches": "matches the pattern", "gt": "is more than",
    "gte": "is at least", "lt": "is less than", "lte": "is at most", "between": "is between", "before": "is before",
    "after": "is after", "on": "is on the day", "older_than": "is longer ago than", "within_last": "is within the last",
    "within_next": "is within the next", "has_been": "has been", "has_not_been": "has not been",
    "was": "was at some time", "has": "include", "has_any": "include one of", "has_all": "include all of",
    "has_none": "include none of", "is_empty": "is missing", "is_not_empty": "is there", "is_true": "is so",
    "is_false": "is not so", "changed": "changed just now", "changed_to": "changed just now to",
    "changed_from": "changed just now from",
}  # fmt: skip
_WORDS_OF: Mapping[str, Mapping[str, str]] = {
    "bool": {"is_true": "yes", "is_false": "no"},
    "time": {"gte": "is at or after", "lt": "is before", "gt": "is after", "lte": "is at or before"},
    "set": {"is_empty": "are none", "is_not_empty": "are some", "changed": "changed just now"},
    "age": {"gte": "is at least", "lt": "is less than"},
}
_QUANTIFIER_WORDS: Choices = (("", "of any item"), ("all", "of every item"), ("none", "of no item"))


def operators_of(path: str, current: str) -> Choices:
    """The operators that a field is offered, (key, words), and the `current` one whatever it is."""
    kind = kind_of(path)
    fitting = operators_for(kind)
    words = {**_WORDS, **_WORDS_OF.get(kind, {})}
    offered = [key for key in _OFFERED.get(kind, _OFFERED["any"]) if key in fitting]
    if path.startswith(("now.", "event.")):
        offered = [key for key in offered if not (OPERATORS[key].is_temporal or key.startswith("changed"))]
    if current and current not in offered:
        offered.append(current)
    return tuple((key, words.get(key, key.replace("_", " "))) for key in offered)


def fitting_operator(path: str, wanted: str) -> str:
    """`wanted` if the field may be asked so, else the first that it is offered."""
    offered = [key for key, _ in operators_of(path, "")]
    return wanted if wanted in offered or not offered else offered[0]


def widget_of(path: str, op: str, *, has_choices: bool) -> Widget:
    """What the value of a question is asked with."""
    operator = OPERATORS.get(op)
    if operator is None:
        return "line"
    kind = kind_of(path).removeprefix("items:")
    by_shape: Mapping[str, Widget] = {
        "none": "none", "duration": "span", "datetime": "date", "list": "several", "values": "several",
        "pair": "pair", "text": "line", "pattern": "line",
    }  # fmt: skip
    return by_shape.get(operator.shape) or single_widget(kind, has_choices=has_choices)


def single_widget(kind: str, *, has_choices: bool) -> Widget:
    """What one value of a field of `kind` is asked with."""
    by_kind: Mapping[str, Widget] = {
        "number": "number", "money": "money", "datetime": "date", "duration": "span", "age": "span", "time": "time",
        "bool": "yes",
    }  # fmt: skip
    return by_kind.get(kind) or ("choice" if has_choices else "line")


def takes_for(op: str) -> bool:
    """Is a span asked for beside the value?"""
    operator = OPERATORS.get(op)
    return operator is not None and (operator.needs_for or operator.takes_for)


def base_of(path: str) -> str:
    """The field without its quantifier: items.all.sku is items.sku."""
    head, _, rest = path.partition(".")
    quantifier, _, name = rest.partition(".")
    return f"items.{name}" if head == "items" and quantifier in QUANTIFIERS and name else path


def quantifier_of(path: str) -> str:
    """The quantifier that a path says, "" when it says none."""
    if not path.startswith("items."):
        return ""
    first, _, rest = path.removeprefix("items.").partition(".")
    return first if first in QUANTIFIERS and rest else ""


def with_quantifier(path: str, quantifier: str) -> str:
    """The path with that quantifier."""
    return f"items.{quantifier}.{path.removeprefix('items.')}" if quantifier in QUANTIFIERS else path


def quantifiers(current: str) -> Choices:
    """What may be said of the items, and the `current` word."""
    return (("any", "of any item"), *_QUANTIFIER_WORDS[1:]) if current == "any" else _QUANTIFIER_WORDS


def label_of(path: str) -> str:
    """The field as the form names it; a custom field by its name, an unknown one by its path."""
    field = field_at(path)
    if field is not None:
        return field.label
    if path.startswith("order.custom."):
        return path.removeprefix("order.custom.").replace("_", " ").capitalize()
    return path


def unit_of(path: str) -> str:
    """The unit of a field's values, "" where there is none."""
    field = field_at(path)
    unit = field.unit if field is not None else ""
    return "in the order's currency" if unit == "order currency" else unit


def moments() -> Choices:
    """The fields that are moments, for waits: (path, label)."""
    return tuple((field.path, field.label) for field in FIELDS.values() if field.kind == "datetime")
