"""What is asked, as typed values: a query string or a JSON body becomes a struct, or everything wrong with it is named."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from postsale.web.paging import LARGEST_PAGE
from postsale.web.problems import Flaw, FlawLike, refuse

#: A moment with its offset.
type Moment = Annotated[datetime, Meta(tz=True)]
#: Text of a filter: PostgreSQL keeps no NUL.
type Word = Annotated[str, Meta(max_length=400, pattern=r"^[^\x00]*$")]

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Nothing(Struct, forbid_unknown_fields=True):
    """No filters, or a body without members."""


class Paging(Struct, kw_only=True):
    """What every list takes: how many rows, and where the page before ended."""

    limit: Annotated[int, Meta(ge=1, le=LARGEST_PAGE)] = 100
    cursor: Word = ""


class Page[T](Struct, kw_only=True):
    """One page of a list; `next` is the address of the next one."""

    results: list[T]
    next: str | None


def read_query[T: Struct](said: Iterable[tuple[str, Sequence[str]]], wanted: type[T]) -> T:
    """The filters of a query string. Raises ProblemError 400: unknown, repeated or unreadable ones."""
    flaws: list[FlawLike] = []
    texts: dict[str, object] = {}
    for name, values in said:
        if len(values) > 1:
            flaws.append(Flaw(path=name, problem="is there more than once", expected="one value"))
        texts[name] = values[-1]
    read = dict(_members(texts, wanted, flaws, is_text=True))
    if flaws:
        raise refuse(400, "The filters can't be read.", errors=flaws)
    return wanted(**read)


def read_body[T: Struct](said: object, wanted: type[T]) -> T:
    """The members of a JSON object. Raises ProblemError: 400 for another kind of body, 422 with all its problems."""
    if not isinstance(said, dict):
        raise refuse(400, "The body is not a JSON object.")
    flaws: list[FlawLike] = []
    read = dict(_members(said, wanted, flaws, is_text=False))
    if flaws:
        raise refuse(422, "The body has problems.", errors=flaws)
    return wanted(**read)


def _members(
    said: Mapping[str, object], wanted: type[Struct], flaws: list[FlawLike], *, is_text: bool
) -> Iterator[tuple[str, object]]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(wanted)}
    expected = f"one of {', '.join(fields)}" if fields else "nothing"
    flaws += [Flaw(path=name, problem="is unknown", expected=expected) for name in said if name not in fields]
    for name, field in fields.items():
        if name not in said:
            if field.required:
                flaws.append(Flaw(path=name, problem="is missing", expected=_expected(field.type)))
            continue
        try:
            yield field.name, _converted(said[name], field.type, is_text=is_text)
        except msgspec.ValidationError as error:
            flaws.append(_flaw(name, str(error), field.type))


def _converted(value: object, type_: Any, *, is_text: bool) -> object:
    if not is_text or not isinstance(value, str):
        return msgspec.convert(value, type_)
    kinds = _kinds(type_)
    if kinds & {"date-time"}:
        # A plus sign arrives as a space where it was not escaped; a day stands for its beginning in UTC.
        value = f"{value}T00:00:00Z" if _DAY.fullmatch(value) else value.replace(" ", "+")
    return msgspec.convert(value, type_, strict="integer" not in kinds)


def _kinds(type_: Any) -> set[str]:
    schema = msgspec.json.schema(type_)
    options = schema.get("anyOf", [schema])
    return {str(option.get(key)) for option in options for key in ("type", "format")}


def _flaw(name: str, words: str, type_: Any) -> Flaw:
    problem, _, inner = words.partition(" - at `$")
    return Flaw(path=name + inner.removesuffix("`"), problem=problem, expected=_expected(type_))


def _expected(type_: Any) -> str:
    schema = msgspec.json.schema(type_)
    options = schema.get("anyOf", [schema])
    return " or ".join(filter(None, (_one(option) for option in options)))


def _one(option: Mapping[str, Any]) -> str:
    if "enum" in option:
        return " or ".join(str(choice) for choice in option["enum"])
    words = {"date-time": "a moment such as 2026-11-20T10:00:00Z", "uuid": "an id", "null": "null"}
    return words.get(str(option.get("format") or option.get("type")), f"{option.get('type', 'a value')}")
