"""A workflow document as YAML, for those who would rather write it by hand: read safely, and written to be read back.

YAML 1.2's plain words: only true and false are booleans and nothing is a date, so the operator `on` stays a word and
"2026-11-20" a text. No aliases, tags or repeated names; what can't be read becomes a problem, never an exception.
"""

import re
from typing import Any

import yaml

from workflows.engine.grammar import Problem

LONGEST = 256 * 1024
DEEPEST = 64
EXPECTED = "a workflow document as YAML"


def from_yaml(text: str) -> tuple[object, list[Problem]]:
    """The document that `text` holds (still to be parsed), or None and what keeps it from being read."""
    if len(text) > LONGEST or len(text.encode("utf-8", "replace")) > LONGEST:
        return None, [Problem(path="", problem="the YAML is too long", expected=f"at most {LONGEST // 1024} kB")]
    try:
        return yaml.load(text, _Loader), []  # noqa: S506 -- a SafeLoader with less
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark
        where = f" (line {at.line + 1}, column {at.column + 1})" if at is not None else ""
        return None, [Problem(path="", problem=f"not YAML: {error.problem or error}{where}", expected=EXPECTED)]
    except (yaml.YAMLError, ValueError) as error:
        return None, [Problem(path="", problem=f"not YAML: {str(error)[:200]}", expected=EXPECTED)]


def to_yaml(document: object) -> str:
    """`document` as YAML that `from_yaml` and any other reader of YAML understand alike."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


class _Loader(yaml.SafeLoader):
    """The safe loader without aliases, merges, tags and endless nesting."""

    yaml_implicit_resolvers: Any = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        words = ("aliases", isinstance(event, yaml.AliasEvent)), ("anchors", event.anchor), ("tags", _tag_of(event))
        for word, is_there in words:
            if is_there:
                raise yaml.composer.ComposerError(None, None, f"{word} are not allowed", event.start_mark)
        return super().compose_node(parent, index)

    def add_indent(self, column: int) -> bool:
        self._check_depth()
        return super().add_indent(column)

    def fetch_flow_collection_start(self, TokenClass: Any) -> None:  # noqa: N803 -- PyYAML's name
        self._check_depth()
        super().fetch_flow_collection_start(TokenClass)

    def _check_depth(self) -> None:
        if self.flow_level + len(self.indents) > DEEPEST:
            raise yaml.scanner.ScannerError(None, None, f"nested more than {DEEPEST} deep", self.get_mark())

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a name that is not plain", key_node.start_mark)
            key = self.construct_object(key_node, deep=deep)
            if key in found:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} is there twice", key_node.start_mark)
            found[key] = self.construct_object(value_node, deep=deep)
        return found


def _tag_of(event: Any) -> object:
    return getattr(event, "tag", None)


class _Dumper(yaml.SafeDumper):
    """The safe dumper; what YAML 1.1 or 1.2 would take for something else than text is quoted."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_str(self, data: str) -> Any:
        # PyYAML leaves these line ends of other alphabets unescaped between single quotes and reads a space.
        style = '"' if _ODD_ENDS.search(data) else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_ODD_ENDS = re.compile("[\x85\u2028\u2029]")
_NULL = re.compile(r"^(?:~|null|Null|NULL|)$")
_BOOL = re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")
_INT = re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$")
_FLOAT = re.compile(r"^[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$")

_Loader.add_implicit_resolver("tag:yaml.org,2002:null", _NULL, [*"~nN", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", _BOOL, list("tTfF"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", _INT, list("-+0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))
_Dumper.add_representer(str, _Dumper.represent_str)
