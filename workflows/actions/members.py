"""Checking the `with` of an action when a draft is saved: every problem at once, unknown members included."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from postsale.tenants.models import Role
from workflows.catalog.shelf import ShopNames
from workflows.catalog.texts import check_text
from workflows.catalog.variables import is_variable
from workflows.engine.grammar import Problem

type Kind = Literal["text", "line", "bool", "ops_status", "member", "role"]


@dataclass(frozen=True, slots=True)
class Said:
    """What a member of `with` must be. `text` and `line` are rendered; a line is short and has no breaks."""

    kind: Kind
    required: bool = True


def check_members(
    with_: Mapping[str, object],
    path: str,
    shop: ShopNames,
    *,
    members: Mapping[str, Said],
    one_of: tuple[str, ...] = (),
) -> list[Problem]:
    """What is wrong with `with_` at `path`; of `one_of`, exactly one must be there."""
    problems = [
        Problem(path=f"{path}.{name}", problem=f"{name!r} is not known here", expected=f"only {', '.join(members)}")
        for name in with_ if name not in members
    ]  # fmt: skip
    for name, said in members.items():
        if name not in with_:
            if said.required:
                problems.append(Problem(path=f"{path}.{name}", problem="is missing", expected=EXPECTED[said.kind]))
            continue
        problems += _CHECKS[said.kind](with_[name], f"{path}.{name}", shop)
    if one_of and sum(name in with_ for name in one_of) != 1:
        problems.append(Problem(path=path, problem="says no one, or too much", expected=f"one of {', '.join(one_of)}"))
    return problems


EXPECTED: Mapping[Kind, str] = {
    "text": "a text of at most 50,000 characters", "line": "a text of 1 to 255 characters on one line", "bool": "true or false",
    "ops_status": "the key of an ops status", "member": "the e-mail address of a member",
    "role": "owner, admin, builder, shipping_manager or viewer",
}  # fmt: skip


def _wrong(path: str, problem: str, kind: Kind) -> list[Problem]:
    return [Problem(path=path, problem=problem, expected=EXPECTED[kind])]


def _text(value: object, path: str, shop: ShopNames) -> list[Problem]:
    if not isinstance(value, str) or not value.strip():
        return _wrong(path, "is not a text", "text")
    return [
        Problem(path=path, problem=words, expected="a text that can be filled in")
        for words in check_text(value, known=is_variable)
    ]


def _line(value: object, path: str, shop: ShopNames) -> list[Problem]:
    if not isinstance(value, str) or not value.strip() or len(value) > 255 or "\n" in value or "\r" in value:
        return _wrong(path, "is not a short text", "line")
    return _text(value, path, shop)


def _bool(value: object, path: str, shop: ShopNames) -> list[Problem]:
    return [] if isinstance(value, bool) else _wrong(path, "is neither true nor false", "bool")


def _ops_status(value: object, path: str, shop: ShopNames) -> list[Problem]:
    return (
        []
        if isinstance(value, str) and value in shop.ops_statuses
        else _wrong(path, f"there is no status {value!r}", "ops_status")
    )


def _member(value: object, path: str, shop: ShopNames) -> list[Problem]:
    return (
        [] if isinstance(value, str) and value in shop.members else _wrong(path, f"{value!r} is not a member", "member")
    )


def _role(value: object, path: str, shop: ShopNames) -> list[Problem]:
    return [] if value in Role.values else _wrong(path, f"there is no role {value!r}", "role")


_CHECKS: Mapping[Kind, Callable[[object, str, ShopNames], list[Problem]]] = {
    "text": _text, "line": _line, "bool": _bool, "ops_status": _ops_status, "member": _member, "role": _role,
}  # fmt: skip
