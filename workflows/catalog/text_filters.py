"""The filters of merchants' texts and how values read: every answer bounded in length, no clock, no attributes."""

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import partial
from typing import Literal
from urllib.parse import quote

from liquid.undefined import Undefined

LONGEST_FILTERED = 20_000
"""Characters one filter may answer with."""

WORK_A_TEXT = 2_000_000
"""Characters that all filters of one rendering may answer with together."""

type Escape = Literal["text", "html", "header", "json", "url"]
"""Where a text goes: `json` is inside a quoted string of a body, `url` inside a part of an address."""


class TextError(Exception):
    """A text that can't be rendered; the words are for the merchant."""


class MissingValue(TextError):  # noqa: N818 - a fact about the order, not a fault
    """A variable without a value now: `path` names it. The text may say what to print instead with `default`."""

    def __init__(self, path: str) -> None:
        super().__init__(f'{path} has no value here; {{{{ {path} | default: "…" }}}} says what to print instead')
        self.path = path


class Missing(Undefined):
    """Stands for a variable without a value: false in an `if`, replaced by `default`, an error when printed."""

    __slots__ = ()

    def __str__(self) -> str:
        raise MissingValue(self.name)


@dataclass(slots=True, kw_only=True)
class Printer:
    """How one rendering writes values: for where they go, in the tenant's zone, within a budget of work.

    `gap` stands where a variable has no value ("{}" is its path); without one that is an error.
    """

    escape: Escape
    zone: tzinfo
    gap: str = ""
    work: int = field(default=WORK_A_TEXT)

    def shown(self, value: object) -> str:
        """The value as it stands in the finished text, escaped for where that goes."""
        return ESCAPES[self.escape](self.plain(value))

    def plain(self, value: object) -> str:
        """The value as people read it: '2 days', '23 Nov 2026, 11:39', 'a, b'. Raises MissingValue, TextError."""
        match value:
            case str():
                return printable(value)
            case bool():
                return "true" if value else "false"
            case datetime():
                local = self.local(value)
                return f"{local.day} {local:%b} {local.year}, {local:%H:%M}"
            case date():
                return f"{value.day} {value:%b} {value.year}"
            case timedelta():
                return age(value)
            case int() | float() | Decimal():
                return plain_number(value)
            case Undefined():
                return self.gap.replace("{}", value.name) if self.gap else str(value)
            case None:
                raise TextError("there is nothing to print: nil has no value")
            case list() | tuple():
                return ", ".join(self.plain(item) for item in value)
        raise TextError(f"a value of the kind {type(value).__name__} can't be printed")

    def local(self, moment: datetime) -> datetime:
        """The moment on the tenant's clock; one without a zone is taken as already there."""
        if moment.tzinfo is None:
            return moment.replace(tzinfo=self.zone)
        try:
            return moment.astimezone(self.zone)
        except OverflowError as error:
            raise TextError(f"{moment.isoformat()} lies outside the calendar in this zone") from error


def _inside_quotes(text: str) -> str:
    return json.dumps(text)[1:-1]


def _as_is(text: str) -> str:
    return text


ESCAPES: Mapping[Escape, Callable[[str], str]] = {
    "text": _as_is,
    "header": _as_is,
    "html": html.escape,
    "json": _inside_quotes,
    "url": partial(quote, safe=""),
}


def printable(text: str) -> str:
    """The text without control characters (new lines and tabs stay) and with halves of characters replaced."""
    return UNPRINTABLE.sub("", text).encode("utf-8", "replace").decode("utf-8")


def age(span: timedelta) -> str:
    """A span in its largest whole unit: '2 days', '1 hour', 'less than a minute'."""
    seconds = int(span.total_seconds())
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if count := seconds // length if seconds > 0 else 0:
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return "less than a minute"


def plain_number(value: float | Decimal) -> str:
    """A number without an exponent, a trailing '.0' or more digits than anyone reads."""
    number = _number(value)
    written = format(number, "f")
    return written.removesuffix(".0") if isinstance(value, float) else written


UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter's work, and the least and most arguments it takes beside the value."""

    run: Callable[..., object]
    least: int = 0
    most: int = 0


def apply(name: str, value: object, arguments: Sequence[object], *, printer: Printer) -> object:
    """What the filter makes of the value. A missing value passes through all but `default`. Raises TextError."""
    if isinstance(value, Undefined) and name != "default":
        return value
    if name != "default":
        for argument in arguments:
            printer.plain(argument)
    answer = FILTERS[name].run(printer, value, *arguments)
    if isinstance(answer, str):
        if len(answer) > LONGEST_FILTERED:
            raise TextError(f"the filter {name} would make more than {LONGEST_FILTERED} characters")
        printer.work -= len(answer)
        if printer.work < 0:
            raise TextError("the text's filters do too much work; use fewer of them, or shorter values")
    return answer


def _default(_: Printer, value: object, otherwise: object = "") -> object:
    empty = value is None or value is False or isinstance(value, Undefined) or value in ("", [], ())
    return otherwise if empty else value


def _append(printer: Printer, value: object, more: object) -> str:
    return printer.plain(value) + printer.plain(more)


def _prepend(printer: Printer, value: object, more: object) -> str:
    return printer.plain(more) + printer.plain(value)


def _upcase(printer: Printer, value: object) -> str:
    return printer.plain(value).upper()


def _downcase(printer: Printer, value: object) -> str:
    return printer.plain(value).lower()


def _capitalize(printer: Printer, value: object) -> str:
    return printer.plain(value).capitalize()


def _strip(printer: Printer, value: object) -> str:
    return printer.plain(value).strip()


def _escape(printer: Printer, value: object) -> str:
    # In an HTML text everything printed is escaped anyway, once.
    return printer.plain(value) if printer.escape == "html" else html.escape(printer.plain(value))


def _truncate(printer: Printer, value: object, length: object = 50, end: object = "...") -> str:
    text, tail, most = printer.plain(value), printer.plain(end), _whole(length, "truncate")
    return text if len(text) <= most else text[: max(0, most - len(tail))] + tail


def _replace(printer: Printer, value: object, old: object, new: object = "") -> str:
    text, was, becomes = printer.plain(value), printer.plain(old), printer.plain(new)
    # Counted before it is made: twelve replacements in one chain grow tenfold each.
    if len(text) + text.count(was) * (len(becomes) - len(was)) > LONGEST_FILTERED:
        raise TextError(f"the filter replace would make more than {LONGEST_FILTERED} characters")
    return text.replace(was, becomes)


def _join(printer: Printer, value: object, between: object = ", ") -> str:
    items, gap = [printer.plain(item) for item in _items(value, "join")], printer.plain(between)
    if sum(map(len, items)) + len(items) * len(gap) > LONGEST_FILTERED + len(gap):
        raise TextError(f"the filter join would make more than {LONGEST_FILTERED} characters")
    return gap.join(items)


def _first(_: Printer, value: object) -> object:
    return next(iter(_items(value, "first")), "")


def _last(_: Printer, value: object) -> object:
    return next(reversed(_items(value, "last")), "")


def _size(_: Printer, value: object) -> int:
    if isinstance(value, str | list | tuple):
        return len(value)
    raise TextError("size needs a text or a list")


def _plus(_: Printer, value: object, other: object) -> Decimal:
    return _number(value, "plus") + _number(other, "plus")


def _minus(_: Printer, value: object, other: object) -> Decimal:
    return _number(value, "minus") - _number(other, "minus")


def _round(_: Printer, value: object, digits: object = 0) -> Decimal:
    places = min(_whole(digits, "round"), 10)
    return _number(value, "round").quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _money(printer: Printer, value: object, currency: object = "") -> str:
    # Whole numbers are minor units, as everywhere in Postsale; anything with a fraction is already in the main unit.
    number = _number(value, "money")
    amount = number / 100 if isinstance(value, int) else number
    return f"{amount.quantize(Decimal('0.01'), rounding=ROUND_HALF_UP)} {printer.plain(currency)}".rstrip()


DIRECTIVES = "aAbBdeHIjmMpyYZz%"


def _date(printer: Printer, value: object, pattern: object = "%-d %b %Y") -> str:
    wanted = printer.plain(pattern)
    if len(wanted) > 100 or not re.fullmatch(rf"(?:[^%]|%-?[{DIRECTIVES}])*", wanted):
        signs = " ".join("%" + sign for sign in DIRECTIVES)
        raise TextError(f"date knows only the signs {signs}, in at most 100 characters")
    local = printer.local(_moment(value))

    def written(sign: re.Match[str]) -> str:
        made = f"{local.year:04}" if sign[2] == "Y" else local.strftime("%" + sign[2])
        return (made.lstrip("0 ") or "0") if sign[1] else made

    return re.sub(rf"%(-?)([{DIRECTIVES}])", written, wanted)


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a day has no zone; `local` gives it the tenant's
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value.strip())
        except ValueError:
            pass
    raise TextError("date needs a date, such as 2026-11-20")


def _items(value: object, name: str) -> Sequence[object]:
    if isinstance(value, list | tuple):
        return value
    raise TextError(f"{name} needs a list")


def _whole(value: object, name: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LONGEST_FILTERED:
        return value
    raise TextError(f"{name} needs a whole number from 0 to {LONGEST_FILTERED}")


def _number(value: object, name: str = "a number") -> Decimal:
    if isinstance(value, int | float | Decimal | str) and not isinstance(value, bool):
        try:
            number = Decimal(str(value).strip()) if not isinstance(value, str) or len(value) <= 40 else Decimal("nan")
        except (InvalidOperation, ValueError):
            number = Decimal("nan")
        if number.is_finite() and abs(number.adjusted()) <= 18:
            return number
    raise TextError(f"{name} needs a number of at most 18 digits")


FILTERS: dict[str, Filter] = {
    "append": Filter(_append, 1, 1),
    "capitalize": Filter(_capitalize),
    "date": Filter(_date, 0, 1),
    "default": Filter(_default, 0, 1),
    "downcase": Filter(_downcase),
    "escape": Filter(_escape),
    "first": Filter(_first),
    "join": Filter(_join, 0, 1),
    "last": Filter(_last),
    "minus": Filter(_minus, 1, 1),
    "money": Filter(_money, 0, 1),
    "plus": Filter(_plus, 1, 1),
    "prepend": Filter(_prepend, 1, 1),
    "replace": Filter(_replace, 1, 2),
    "round": Filter(_round, 0, 1),
    "size": Filter(_size),
    "strip": Filter(_strip),
    "truncate": Filter(_truncate, 0, 2),
    "upcase": Filter(_upcase),
}
