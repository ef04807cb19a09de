"""The templates that a shop can start from: DOMAIN.md section 10, the two founding stories first.

Each is a file in the folder beside this: title, description, typed inputs and a document. In the document, `[[key]]`
stands for an input: alone it becomes the typed value, inside a text its words; `[[key:day]]` counts that noun ("two
days", "one day").
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from workflows.definitions.store import InvalidDocumentError
from workflows.definitions.tree import Json
from workflows.engine.grammar import Problem

LONGEST_INPUT = 200

_SHELF = Path(__file__).with_suffix("")
_INPUT = re.compile(r"\[\[(?P<key>[a-z_]+)(?::(?P<noun>[a-z ]+))?\]\]")
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_MONEY = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """What a template asks for: a `text`, a `whole` number from `least` to `most`, or `money` as decimal text."""

    key: str
    label: str
    kind: Literal["text", "whole", "money"]
    default: str | int
    help: str = ""
    least: int = 1
    most: int = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One template; `sketch` is its document with the inputs still open."""

    key: str
    title: str
    description: str
    inputs: tuple[Input, ...]
    sketch: Mapping[str, Any]

    def document(self, **values: object) -> Json:
        """The document with `values` filled in, defaults for the rest.

        Raises InvalidDocumentError: all that is wrong with the values, with paths `inputs.<key>`.
        """
        known = {each.key for each in self.inputs}
        expected = f"one of {', '.join(sorted(known))}" if known else "no input"
        strangers = [key for key in values if key not in known]
        problems = [Problem(path=f"inputs.{key}", problem="unknown input", expected=expected) for key in strangers]
        filled: dict[str, str | int] = {}
        for each in self.inputs:
            said = _read(each, values.get(each.key, each.default))
            if isinstance(said, Problem):
                problems.append(said)
            else:
                filled[each.key] = said
        if problems:
            raise InvalidDocumentError(problems)
        document: Json = _fill(self.sketch, filled)
        return document


@cache
def templates() -> Mapping[str, Template]:
    """Every template by its key, in the order in which they are shown."""
    found = (_template(path) for path in sorted(_SHELF.glob("*.yaml")))
    return {template.key: template for template in found}


def _template(path: Path) -> Template:
    said = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Template(
        key=path.stem.partition("_")[2], title=said["title"], description=said["description"],
        inputs=tuple(Input(**each) for each in said["inputs"]), sketch=said["document"],
    )  # fmt: skip


def _read(wanted: Input, value: object) -> str | int | Problem:
    """`value` as the input wants it, or what is wrong with it."""
    expected = f"a whole number from {wanted.least} to {wanted.most}"
    match wanted.kind:
        case "whole":
            if isinstance(value, int) and not isinstance(value, bool) and wanted.least <= value <= wanted.most:
                return value
        case "money":
            amount = _amount(value)
            if amount is not None:
                return f"{amount:.2f}"
            expected = "an amount such as 500.00"
        case _:
            if isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_INPUT:
                return value.strip()
            expected = f"a text of at most {LONGEST_INPUT} characters"
    return Problem(path=f"inputs.{wanted.key}", problem=f"{value!r:.60} does not fit", expected=expected)


def _amount(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float) or not _MONEY.fullmatch(str(value)):
        return None
    return Decimal(str(value))


def _fill(sketch: Any, values: Mapping[str, str | int]) -> Any:
    """A fresh copy of `sketch` with every input in place."""
    match sketch:
        case dict():
            return {name: _fill(each, values) for name, each in sketch.items()}
        case list():
            return [_fill(each, values) for each in sketch]
        case str():
            alone = _INPUT.fullmatch(sketch)
            if alone is not None and alone["noun"] is None:
                return values[alone["key"]]
            return _INPUT.sub(lambda found: _words(values[found["key"]], found["noun"]), sketch)
    return sketch


def _words(value: str | int, noun: str | None) -> str:
    if noun is None or isinstance(value, str):
        return str(value)
    counted = _WORDS[value] if value < len(_WORDS) else f"{value:,}"
    return f"{counted} {noun}" if value == 1 else f"{counted} {noun}s"
