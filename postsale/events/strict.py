"""Strict JSON: what two parsers could read differently, or a database could not keep, is refused with its reason."""

import json
import re
from typing import Any, NoReturn

import msgspec

MAX_DEPTH = 64
MAX_KEYS = 10_000
MAX_KEY_BYTES = 1_024

# Every key of a JSON text ends in exactly one of these; an escaped quote within a string can only add to the count.
_END_OF_KEY = re.compile(rb'"[ \t\r\n]*:')


class Unreadable(Exception):  # noqa: N818 -- what it says of a body
    """A body that can't be read; `reason` says why in plain words. `malformed`: it isn't JSON at all (or no text)."""

    def __init__(self, reason: str, *, malformed: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.malformed = malformed


def parse_json(raw: bytes, *, max_depth: int = MAX_DEPTH, max_keys: int = MAX_KEYS) -> Any:
    """The value of a JSON text in UTF-8; integers are kept exact. Raises Unreadable.

    Refused: what isn't JSON, NaN and infinities (also by 1e400), lone surrogates, duplicate keys, nesting over
    `max_depth`, more than `max_keys` keys (in each element, if the whole is a list), keys over 1 kB. NUL characters
    pass: see `find_nul`.

    Duplicates are found by counting: msgspec keeps the last of two equal keys, so the number of keys it found equals
    the number of quote-colon pairs in the text only if there was none. Where they differ (that is also when a string
    contains an escaped quote before a colon), the slower standard parser decides.
    """
    try:
        value = msgspec.json.decode(raw)
    except (ValueError, msgspec.DecodeError, RecursionError) as error:
        _refuse(raw, error)
    if type(value) is list:
        found = sum([_measure(element, max_depth - 1, max_keys) for element in value])
    else:
        found = _measure(value, max_depth, max_keys)
    if found != len(_END_OF_KEY.findall(raw)):
        json.loads(raw, object_pairs_hook=_without_duplicates)
    return value


def find_nul(value: object, path: str = "") -> str | None:
    """The path of the first string or key with a NUL character in a parsed JSON value, which PostgreSQL can't keep."""
    if isinstance(value, str):
        return path if "\x00" in value else None
    if isinstance(value, dict):
        for key, inner in value.items():
            if "\x00" in key:
                return path
            if (found := find_nul(inner, f"{path}.{key}" if path else key)) is not None:
                return found
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            if (found := find_nul(inner, f"{path}[{index}]")) is not None:
                return found
    return None


def _measure(value: object, max_depth: int, max_keys: int) -> int:
    """How many keys the value has, level by level, so that no depth of nesting can exhaust the stack."""
    keys = depth = 0
    level = [value]
    while True:
        below: list[object] = []
        nested = False
        for node in level:
            if type(node) is dict:
                nested = True
                keys += len(node)
                for key, inner in node.items():
                    if len(key) > 256 and len(key.encode()) > MAX_KEY_BYTES:
                        raise Unreadable("a key is longer than 1 kB")
                    if type(inner) is dict or type(inner) is list:
                        below.append(inner)
            elif type(node) is list:
                nested = True
                below += [inner for inner in node if type(inner) is dict or type(inner) is list]
        depth += nested
        if depth > max_depth:
            raise Unreadable(f"nested more than {MAX_DEPTH} deep")
        if keys > max_keys:
            raise Unreadable(f"more than {max_keys:,} keys")
        if not below:
            return keys
        level = below


def _refuse(raw: bytes, error: Exception) -> NoReturn:
    """Say why; the standard parser takes some of what we refuse and so tells "not JSON" from "JSON we don't take"."""
    if not raw.strip():
        raise Unreadable("the body is empty", malformed=True) from error
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise Unreadable("the body is not UTF-8", malformed=True) from error
    try:
        json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise Unreadable(f"nested more than {MAX_DEPTH} deep") from error
    except json.JSONDecodeError as problem:
        raise Unreadable(f"not JSON: {problem}", malformed=True) from error
    except ValueError:
        raise Unreadable("a number has too many digits") from error
    if re.search(r"\\u[dD][89a-fA-F]", text):
        raise Unreadable("a string has half a surrogate pair") from error
    raise Unreadable("a number is out of range") from error


def _no_constant(word: str) -> NoReturn:
    raise Unreadable(f"{word} is not a number of JSON")


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Unreadable(f"the key {twice[:80]!r} stands there twice")
    return found
