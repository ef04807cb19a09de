"""Where in a form a problem is said, and which parts of a form must be shown anew after something was chosen."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from workflows.builder.draft import Problem
from workflows.builder.inspector.controls import Control, Json, Said, html_id
from workflows.builder.inspector.forms import Form
from workflows.builder.inspector.leaf import FREE, Row
from workflows.builder.inspector.parts import Box, Pairs, Part, Picked, Question, Span, walk
from workflows.builder.inspector.tree import Bunch, Node
from workflows.builder.problems import step_at
from workflows.catalog.fields import FIELDS
from workflows.catalog.variables import EXTRA

#: Where problems are said that belong to no control.
ANYWHERE = "form"
_IN_GROUP = re.compile(r"\.(?:all|any|none|of)\[(\d+)\]")
_UNKNOWN = re.compile(r"The text uses (\S+), which does not exist")


def slots_of(form: Form) -> list[str]:
    """The names of all places where the form can say a problem."""
    names = [ANYWHERE]
    for part in walk(form.parts):
        match part:
            case Control():
                names += [part.problem_at] if part.says_problems else []
            case Span():
                names.append(part.problem_at)
            case Picked() | Pairs():
                names.append(part.name)
            case Question():
                names += [node.name for node in nodes_of(part.node)]
            case _:
                pass
    return list(dict.fromkeys(names))


def said_at(form: Form, problems: Sequence[Problem], document: Json) -> dict[str, str]:
    """Every place of the form by its id, with what is wrong there; "" where nothing is."""
    slots = slots_of(form)
    said: dict[str, list[str]] = {slot: [] for slot in slots}
    for problem in problems:
        where = _inside(problem, document)
        said[place_of(where, slots)].append(_helped(problem.words))
    return {html_id("err", slot): ". ".join(dict.fromkeys(words)) for slot, words in said.items()}


def place_of(path: str, slots: Sequence[str]) -> str:
    """The closest place for the problem at `path` (inside its step), else `form`."""
    plain = _IN_GROUP.sub(r".\1", f".{path}").removeprefix(".")
    plain = re.sub(r"\[(\d+)\]", r".\1", plain)
    fits = [slot for slot in slots if plain == slot or plain.startswith(f"{slot}.")]
    return max(fits, key=len, default=ANYWHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew:
    """What must be shown anew: boxes, the operators and the values of rows."""

    boxes: tuple[Box, ...] = ()
    ops: tuple[Row, ...] = ()
    values: tuple[Row, ...] = ()


def anew(parts: tuple[Part, ...], said: Said) -> Anew:
    """The parts that were made for something else than what they now belong to."""
    boxes: list[Box] = []
    ops: list[Row] = []
    values: list[Row] = []

    def look(some: tuple[Part, ...]) -> None:
        for part in some:
            if isinstance(part, Box):
                if said.has(f"{part.name}.shape") and said.one(f"{part.name}.shape") != part.shape:
                    boxes.append(part)
                else:
                    look(part.parts)
            elif isinstance(part, Question):
                for node in nodes_of(part.node):
                    if isinstance(node, Row) and said.has(f"{node.name}.what"):
                        if said.one(f"{node.name}.made") != node.field:
                            ops.append(node)
                            values.append(node)
                        # Who types a text that turns out to be in the list goes on typing.
                        elif said.one(f"{node.name}.shape").removesuffix(FREE) != node.shape.removesuffix(FREE) or (
                            node.shape.endswith(FREE) and not said.one(f"{node.name}.shape").endswith(FREE)
                        ):
                            values.append(node)

    look(parts)
    return Anew(boxes=tuple(boxes), ops=tuple(ops), values=tuple(values))


def nodes_of(node: Node | None) -> Iterator[Node]:
    """A condition's rows and groups, groups first."""
    if node is None:
        return
    yield node
    if isinstance(node, Bunch):
        for child in node.children:
            yield from nodes_of(child)


def question_in(form: Form, name: str) -> Question | None:
    """The condition of that name."""
    return next((part for part in walk(form.parts) if isinstance(part, Question) and part.name == name), None)


def _inside(problem: Problem, document: Json) -> str:
    return step_at(document, problem.path)[1] if problem.step_id not in (None, "trigger") else problem.path


def _helped(words: str) -> str:
    """The words, with what was probably meant by an unknown variable."""
    unknown = _UNKNOWN.search(words)
    if unknown is None:
        return words
    close = get_close_matches(unknown[1], [*FIELDS, *EXTRA], n=1, cutoff=0.6)
    return f"There is no variable {unknown[1]}" + (f"; did you mean {close[0]}?" if close else "")
