"""Reading what strangers wrote: nothing here raises, everything wrong becomes a `Problem` with its path."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

from workflows.engine.grammar import Problem

DEEPEST = 64
MOST_VALUES = 20_000
LONGEST_TEXT = 65_536
MOST_STRANGERS = 20


def unreadable(document: object) -> list[Problem]:
    """What keeps `document` from being plain JSON that can be stored: types, depth, size, NaN, NUL, lone surrogates.

    Walks without recursion, so that no depth can hurt. At most 20,000 values, nested 64 deep, texts of 65,536
    characters.
    """
    problems: list[Problem] = []
    rest: list[tuple[str, object, int]] = [("", document, 0)]
    seen = 0
    while rest:
        path, value, depth = rest.pop()
        seen += 1
        if seen > MOST_VALUES:
            return [Problem(path="", problem="the document is too long", expected=f"at most {MOST_VALUES:,} values")]
        if isinstance(value, dict | list) and depth >= DEEPEST:
            problems.append(Problem(path=path, problem="nested too deep", expected=f"at most {DEEPEST} levels"))
        elif isinstance(value, dict):
            for key in reversed(value):
                wrong = _wrong_with(key) if isinstance(key, str) else "the name of a member is not text"
                if wrong:
                    problems.append(Problem(path=path, problem=wrong, expected="a member's name in plain text"))
                else:
                    rest.append((join(path, key), value[key], depth + 1))
        elif isinstance(value, list):
            rest.extend((f"{path}[{at}]", value[at], depth + 1) for at in reversed(range(len(value))))
        else:
            wrong = _wrong_with(value)
            if wrong:
                problems.append(Problem(path=path, problem=wrong, expected="plain JSON"))
    return problems


def join(path: str, key: str) -> str:
    """`key` under `path`: "trigger" + "type" is "trigger.type"."""
    return f"{path}.{key}" if path else key


@dataclass(slots=True)
class Reader:
    """Collects problems while a document is read; every question answers None where the document is wrong."""

    problems: list[Problem] = field(default_factory=list)

    def wrong(self, path: str, problem: str, expected: str) -> None:
        self.problems.append(Problem(path=path, problem=problem, expected=expected))

    def members(
        self, value: object, path: str, *, needs: Sequence[str] = (), may: Sequence[str] = ()
    ) -> Mapping[str, object] | None:
        """`value` as an object with every member of `needs` and none beyond `may`; None when it is no object at all."""
        if not isinstance(value, dict):
            self.wrong(path, f"{kind_of(value)} is not an object", "an object")
            return None
        strangers = [key for key in value if key not in needs and key not in may]
        allowed = ", ".join([*needs, *may])
        for key in strangers[:MOST_STRANGERS]:
            self.wrong(join(path, str(key)), f"unknown member {brief(key)}", f"one of {allowed}")
        for key in needs:
            if key not in value:
                self.wrong(join(path, key), f"{key!r} is missing", "a value")
        return value

    def text(self, value: object, path: str, *, least: int = 0, most: int = LONGEST_TEXT) -> str | None:
        if not isinstance(value, str):
            self.wrong(path, f"{kind_of(value)} is not text", "text")
        elif len(value) < least:
            self.wrong(path, "empty", f"at least {least} character")
        elif len(value) > most:
            self.wrong(path, f"{len(value):,} characters are too many", f"at most {most:,} characters")
        else:
            return value
        return None

    def word(self, value: object, path: str, *, shape: Callable[[str], object], expected: str) -> str | None:
        """`value` as a text that `shape` accepts (a `fullmatch`)."""
        word = self.text(value, path)
        if word is not None and not shape(word):
            self.wrong(path, f"{brief(word)} does not fit", expected)
            return None
        return word

    def choice[T: str](self, value: object, path: str, *, of: Sequence[T]) -> T | None:
        for known in of:
            if value == known:
                return known
        self.wrong(path, f"unknown value {brief(value)}", f"one of {', '.join(of)}")
        return None

    def flag(self, value: object, path: str) -> bool | None:
        if isinstance(value, bool):
            return value
        self.wrong(path, f"{kind_of(value)} is not true or false", "true or false")
        return None

    def whole(self, value: object, path: str, *, least: int) -> int | None:
        """`value` as a whole number of at least `least`; 2.0 is whole, as JSON Schema says."""
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
            self.wrong(path, f"{brief(value)} is not a whole number", "a whole number")
        elif value < least:
            self.wrong(path, f"{brief(value)} is too small", f"at least {least}")
        else:
            return int(value)
        return None

    def rows(self, value: object, path: str, *, most: int) -> Iterator[tuple[str, object]]:
        """Each element of the non-empty list `value` with its path, `most` at the most."""
        if not isinstance(value, list):
            self.wrong(path, f"{kind_of(value)} is not a list", "a list")
            return
        if not value:
            self.wrong(path, "an empty list", "at least one")
        if len(value) > most:
            self.wrong(path, f"{len(value):,} are too many", f"at most {most}")
        for at, row in enumerate(value[:most]):
            yield f"{path}[{at}]", row


def kind_of(value: object) -> str:
    """What `value` is, in a person's words."""
    for kinds, words in _KINDS:
        if isinstance(value, kinds):
            return words
    return "something that is not JSON"


def brief(value: object) -> str:
    """`value` quoted for a message, never longer than 60 characters and never a whole object or list."""
    if isinstance(value, str):
        return repr(value if len(value) <= 56 else value[:55] + "…")
    return repr(value) if isinstance(value, bool | int | float) else kind_of(value)


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (str, "a text"),
    (bool, "a boolean"),
    ((int, float), "a number"),
    (dict, "an object"),
    (list, "a list"),
    (type(None), "nothing"),
)


def _wrong_with(value: object) -> str:
    match value:
        case str() if len(value) > LONGEST_TEXT:
            return f"a text of {len(value):,} characters is too long"
        case str() if "\0" in value:
            return "a NUL character"
        case str() if not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
            return "half of a surrogate pair"
        case int() if value.bit_length() > 256:
            return "a number is too large"
        case float() if not isfinite(value):
            return "not a finite number"
        case str() | int() | float() | None:
            return ""
    return f"{type(value).__name__} is not JSON"
