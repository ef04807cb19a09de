"""A document as nodes: every step, path, group and leaf is one, and together they say the same as the document.

Pure, and lossless for whatever has the outline of a document: what is not a list of steps, a path or a condition stays,
untouched, in the `config` of the node it stands in.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

type Json = dict[str, Any]

FORMAT = "postsale.workflow/1"
#: What a version's `head` holds of its document.
HEAD = ("name", "description", "once_per", "cooldown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Node[K]:
    """One node: `id` and `parent` are whatever the caller names nodes by; siblings come in the order of `position`."""

    id: K
    parent: K | None
    kind: str
    slot: str
    position: int
    key: str = ""
    config: Json = field(default_factory=dict)


class _Slot(NamedTuple):
    """A place in a node's part of the document where nodes hang: the members that lead there, and what hangs there."""

    name: str
    path: tuple[str, ...]
    holds: str


_SLOTS: Mapping[str, tuple[_Slot, ...]] = {
    "condition": (_Slot("if", ("if",), "question"), _Slot("else", ("else",), "steps")),
    "branch": (_Slot("paths", ("paths",), "paths"), _Slot("otherwise", ("otherwise",), "steps")),
    "path": (_Slot("if", ("if",), "question"), _Slot("steps", ("steps",), "steps")),
    "wait": (_Slot("if", ("until_event", "if"), "question"),),
    "action": (_Slot("guard", ("guard",), "question"), _Slot("until", ("with", "until"), "question")),
}
_STEPS = frozenset({"condition", "branch", "wait", "action"})
_GROUPS: Mapping[frozenset[str], str] = {
    frozenset({"all"}): "all",
    frozenset({"any"}): "any",
    frozenset({"none"}): "none",
    frozenset({"at_least", "of"}): "of",
}


def head_of(document: Mapping[str, Any]) -> Json:
    """What the document says outside its trigger and steps, and only what it says."""
    return {name: document[name] for name in HEAD if name in document}


def nodes_of[K](document: Mapping[str, Any], new_id: Callable[[], K]) -> list[Node[K]]:
    """The document's nodes, parents before their children; `new_id` names them."""
    writer = _Writer(new_id)
    writer.add(None, kind="trigger", slot="trigger", position=0, config=dict(document["trigger"]))
    writer.steps(None, "steps", document["steps"])
    return writer.nodes


def document_of[K](head: Mapping[str, Any], nodes: Iterable[Node[K]]) -> Json:
    """The document that `head` and `nodes` (in any order) were made from."""
    children: dict[K | None, list[Node[K]]] = {}
    for node in nodes:
        children.setdefault(node.parent, []).append(node)
    for siblings in children.values():
        siblings.sort(key=lambda node: node.position)
    roots = children[None]
    trigger = next(node.config for node in roots if node.kind == "trigger")
    steps = [_said(node, children) for node in roots if node.kind != "trigger"]
    return {"format": FORMAT, **head, "trigger": trigger, "steps": steps}


class _Writer[K]:
    """Collects nodes while the document is walked from the top."""

    def __init__(self, new_id: Callable[[], K]) -> None:
        self.new_id = new_id
        self.nodes: list[Node[K]] = []

    def add(self, parent: K | None, *, kind: str, slot: str, position: int, config: Json, key: str = "") -> K:
        node = Node(id=self.new_id(), parent=parent, kind=kind, slot=slot, position=position, key=key, config=config)
        self.nodes.append(node)
        return node.id

    def steps(self, parent: K | None, slot: str, steps: Sequence[Mapping[str, Any]]) -> None:
        for position, step in enumerate(steps):
            config = {name: value for name, value in step.items() if name not in {"id", "kind"}}
            self.node(parent, kind=step["kind"], slot=slot, position=position, key=step["id"], config=config)

    def paths(self, parent: K, slot: str, paths: Sequence[Mapping[str, Any]]) -> None:
        for position, path in enumerate(paths):
            self.node(parent, kind="path", slot=slot, position=position, key="", config=dict(path))

    def question(self, parent: K, slot: str, question: Mapping[str, Any], position: int = 0) -> None:
        word = _GROUPS.get(frozenset(question))
        if word is None:
            self.add(parent, kind="leaf", slot=slot, position=position, config=dict(question))
            return
        config = {"group": word} | {name: value for name, value in question.items() if name != word}
        group = self.add(parent, kind="group", slot=slot, position=position, config=config)
        for place, child in enumerate(question[word]):
            self.question(group, "of", child, place)

    def node(self, parent: K | None, *, kind: str, slot: str, position: int, key: str, config: Json) -> None:
        """Add one node and, in its slots, what hangs under it."""
        hanging = [(each, below) for each in _SLOTS[kind] if (below := _cut(config, each)) is not None]
        made = self.add(parent, kind=kind, slot=slot, position=position, key=key, config=config)
        for each, below in hanging:
            match each.holds:
                case "steps":
                    self.steps(made, each.name, below)
                case "paths":
                    self.paths(made, each.name, below)
                case _:
                    self.question(made, each.name, below)


def _cut(config: Json, slot: _Slot) -> Any:
    """Take what hangs in `slot` out of `config`; None when there is nothing of that kind."""
    *way, last = slot.path
    holder = config
    for name in way:
        inner = holder.get(name)
        if not isinstance(inner, dict):
            return None
        holder[name] = holder = dict(inner)
    below = holder.get(last)
    if (_is_question if slot.holds == "question" else _is_list)(below):
        return holder.pop(last)
    return None


def _is_list(value: object) -> bool:
    return isinstance(value, list) and bool(value)


def _is_question(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    word = _GROUPS.get(frozenset(value))
    if word is None:
        return "field" in value and "op" in value
    return _is_list(value[word]) and all(_is_question(each) for each in value[word])


def _said[K](node: Node[K], children: Mapping[K | None, Sequence[Node[K]]]) -> Json:
    """The node's part of the document, with everything below it."""
    below = children.get(node.id, ())
    if node.kind == "leaf":
        return node.config
    if node.kind == "group":
        rest = {name: value for name, value in node.config.items() if name != "group"}
        return rest | {node.config["group"]: [_said(each, children) for each in below]}
    said: Json = {"id": node.key, "kind": node.kind} if node.kind in _STEPS else {}
    said |= node.config
    for slot in _SLOTS[node.kind]:
        hanging = [_said(each, children) for each in below if each.slot == slot.name]
        if hanging:
            _put(said, slot.path, hanging[0] if slot.holds == "question" else hanging)
    return said


def _put(said: Json, path: Sequence[str], value: Any) -> None:
    *way, last = path
    holder = said
    for name in way:
        holder = holder[name]
    holder[last] = value
