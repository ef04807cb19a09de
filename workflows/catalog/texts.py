"""The sandbox of merchants' texts: `{{ variables }}`, filters and `{% if %}`, bounded in time and size by construction.

Liquid without loops, assignments, partials or objects: a variable is looked up whole, by its dotted path, in a flat
mapping of plain values. What a value says is never read as a template. Nothing here reads the clock.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from functools import lru_cache, partial
from typing import Any, ClassVar, TextIO, cast

import nh3
from liquid import BoundTemplate, Environment, RenderContext
from liquid.ast import Node
from liquid.builtin import content, illegal, output
from liquid.builtin.expressions import FilteredExpression, KeywordArgument, Path
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags import case_tag, comment_tag, if_tag, inline_comment_tag, unless_tag
from liquid.exceptions import BlockNestingError, LiquidError, OutputStreamLimitError
from liquid.expression import Expression
from liquid.filter import with_context
from liquid.mode import Mode
from liquid.output import LimitedStringIO
from liquid.token import Token

from workflows.catalog.text_filters import FILTERS, Escape, Missing, MissingValue, Printer, TextError, apply

__all__ = ["FILTERS", "Escape", "MissingValue", "TextError", "check_text", "paths_in", "render"]

LONGEST_SOURCE = 50_000
LONGEST_OUTPUT = 100_000
LONGEST_HEADER = 250
LONGEST_TAG = 500
MOST_TAGS = 500

TAGS = frozenset({"if", "elsif", "else", "endif", "unless", "endunless", "case", "when", "endcase"})
COMMENTS = frozenset({"comment", "endcomment", "#"})


def check_text(source: str, *, known: Callable[[str], bool]) -> list[str]:
    """All that is wrong with a text when it is saved, in words; `known` says whether a variable's path exists."""
    if problem := _too_long(source):
        return [problem]
    compiled = _compile(source)
    unknown = [path for path in compiled.paths if not known(path)]
    return [*compiled.problems, *(f"there is no variable {{{{ {path} }}}}" for path in unknown)]


def paths_in(source: str) -> frozenset[str]:
    """The paths of all variables that the text may read; empty for one that can't be read at all."""
    return frozenset() if _too_long(source) else frozenset(_compile(source).paths)


def render(source: str, values: Mapping[str, object], *, escape: Escape, zone: tzinfo, gap: str = "") -> str:
    """The text with its variables filled in from `values` (dotted path → plain value), safe for where it goes.

    A value that is absent, None or blank is missing: false in an `if`, replaced by `default`, else MissingValue (or, for
    somebody who only looks, `gap`, "{}" in it being the path). `html`
    keeps the markup of the text (links to http, https and mailto only) and escapes values; `header` is one line of at
    most 250 characters; `json` and `url` escape values for the inside of a quoted string and of a part of an address.
    Raises TextError, with words for the merchant.
    """
    if problem := _too_long(source):
        raise TextError(problem)
    compiled = _compile(source)
    if compiled.template is None:
        raise TextError(compiled.problems[0])
    buffer = LimitedStringIO(limit=LONGEST_OUTPUT)
    context = _Context(compiled.template, values=values, printer=Printer(escape=escape, zone=zone, gap=gap))
    try:
        compiled.template.render_with_context(context, buffer)
    except LiquidError as error:
        raise TextError(_words(error, source)) from error
    finish = FINISH.get(escape)
    return finish(buffer.getvalue()) if finish else buffer.getvalue()


def _header(text: str) -> str:
    line = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).split())
    return BIDI.sub("", line)[:LONGEST_HEADER].rstrip()


BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Signs that turn the direction of what follows: in a subject they hide what it says."""

MARKUP = {"a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4"}
MARKUP |= {"hr", "i", "ins", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub", "sup", "u", "ul"}
MARKUP |= {"table", "tbody", "td", "tfoot", "th", "thead", "tr"}

_html = partial(
    nh3.clean,
    tags=MARKUP,
    attributes={"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}},
    url_schemes={"http", "https", "mailto"},
)

FINISH: Mapping[Escape, Callable[[str], str]] = {"html": _html, "header": _header}


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A text that was read once: its template if it may be rendered, else its problems; the variables it reads."""

    template: BoundTemplate | None
    problems: tuple[str, ...]
    paths: tuple[str, ...] = ()


def _too_long(source: str) -> str:
    return f"a text has at most {LONGEST_SOURCE:,} characters" if len(source) > LONGEST_SOURCE else ""


@lru_cache(maxsize=256)
def _compile(source: str) -> _Compiled:
    # The library's lexer takes time that grows with the square of one tag's length, so tags are measured first.
    if problems := list(dict.fromkeys(_broken_tags(source))):
        return _Compiled(None, tuple(problems))
    try:
        template = SANDBOX.from_string(source)
    except LiquidError as error:
        return _Compiled(None, (_words(error, source),))
    found = list(_expressions(template.nodes))
    problems = list(dict.fromkeys(problem for expression in found for problem in _problems(expression)))
    paths = dict.fromkeys(_dotted(expression) for expression in found if isinstance(expression, Path))
    return _Compiled(None if problems else template, tuple(problems), tuple(paths))


RAW = re.compile(r"\{%-?\s{0,20}raw\s{0,20}-?%\}")
END_RAW = re.compile(r"\{%-?\s{0,20}endraw\s{0,20}-?%\}")
OPENING = re.compile(r"\{\{|\{%")
NAME = re.compile(r"-?\s*(#|\w*)")


def _broken_tags(source: str) -> Iterator[str]:
    """What is wrong with the tags before they are read: too many, never closed, too long, not ours."""
    position, count = 0, 0
    while opening := OPENING.search(source, position):
        count += 1
        if count > MOST_TAGS:
            yield f"a text has at most {MOST_TAGS} variables and tags"
            return
        start = opening.start()
        if raw := RAW.match(source, start):
            end = END_RAW.search(source, raw.end())
            if end is None:
                yield f"line {_line(source, start)}: {{% raw %}} needs an {{% endraw %}}"
                return
            position = end.end()
            continue
        closing = "}}" if opening[0] == "{{" else "%}"
        at = source.find(closing, start + 2, start + LONGEST_TAG)
        if at < 0:
            yield f"line {_line(source, start)}: {opening[0]} needs a {closing} within {LONGEST_TAG} characters"
            return
        if opening[0] == "{%" and (problem := _not_ours(source[start + 2 : at])):
            yield f"line {_line(source, start)}: {problem}"
        position = at + 2


def _not_ours(tag: str) -> str:
    match = NAME.match(tag)
    name = match[1] if match else ""
    return "" if name in TAGS | COMMENTS else f"there is no tag {{% {name} %}} in texts; use if, unless or case"


def _expressions(nodes: list[Node]) -> Iterator[Expression]:
    # A list instead of recursion: the depth of a text is its writer's choice.
    waiting: list[Node | Expression] = list(reversed(nodes))
    while waiting:
        one = waiting.pop()
        if isinstance(one, Expression):
            yield one
            waiting.extend(reversed(list(one.children())))
        else:
            # No tag of ours loads another text, so the context that `children` asks for is never read.
            waiting.extend(reversed([*one.expressions(), *one.children(cast("RenderContext", None))]))


def _problems(expression: Expression) -> Iterator[str]:
    if isinstance(expression, RangeLiteral):
        yield "ranges such as (1..5) can't be used in texts"
    elif isinstance(expression, Path) and not all(isinstance(part, str) for part in expression.path):
        yield f"{{{{ {expression} }}}}: write variables with dots only"
    elif isinstance(expression, FilteredExpression):
        for used in expression.filters or ():
            one = FILTERS.get(used.name)
            if one is None:
                yield f"there is no filter {used.name}; there are {', '.join(FILTERS)}"
            elif any(isinstance(argument, KeywordArgument) for argument in used.args):
                yield f"the filter {used.name} takes no named values"
            elif not one.least <= len(used.args) <= one.most:
                expected = str(one.least) if one.least == one.most else f"{one.least} to {one.most}"
                yield f"the filter {used.name} takes {expected} values after its colon, not {len(used.args)}"


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path.path)


def _words(error: LiquidError, source: str) -> str:
    if isinstance(error, OutputStreamLimitError):
        return f"the finished text would be longer than {LONGEST_OUTPUT:,} bytes"
    if isinstance(error, BlockNestingError):
        return f"{{% if %}} can be nested at most {Sandbox.block_nesting_limit - 1} deep"
    where = f"line {_line(source, error.token.start_index)}: " if error.token and error.token.start_index >= 0 else ""
    return f"{where}{error.message}"


def _line(source: str, start: int) -> int:
    return source.count("\n", 0, start) + 1


class _Context(RenderContext):
    """Looks variables up by their whole path in plain values: no attribute, no item, no scope of Liquid's own."""

    def __init__(self, template: BoundTemplate, *, values: Mapping[str, object], printer: Printer) -> None:
        super().__init__(template)
        self.values = values
        self.printer = printer

    def get(self, path: list[object], *, token: Token | None, default: object = None) -> object:
        """The value at the path, or a Missing that remembers it; a sequence becomes a list, as Liquid expects."""
        del token, default
        name = ".".join(map(str, path))
        value = self.values.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            return Missing(name)
        if isinstance(value, set | frozenset):
            return sorted(value, key=str)
        return list(value) if isinstance(value, tuple) else value


class _Output(output.OutputNode):
    """A `{{ }}` that prints values our way: escaped for where the text goes, an error when missing."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return buffer.write(cast("_Context", context).printer.shown(self.expression.evaluate(context)))


class _OutputTag(output.Output):
    node_class = _Output


class _If(if_tag.IfTag):
    mode = Mode.STRICT


class _Unless(unless_tag.UnlessTag):
    mode = Mode.STRICT


class Sandbox(Environment):
    """Liquid with our tags and filters only, and nothing to load from."""

    block_nesting_limit: ClassVar[int] = 10

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Register what texts may use; `extra` sets of the library are never added."""
        del extra
        mine = (content.Literal, _OutputTag, illegal.Illegal, _If, _Unless, case_tag.CaseTag)
        for tag in (*mine, comment_tag.CommentTag, inline_comment_tag.InlineCommentTag):
            self.add_tag(tag)
        for name in FILTERS:
            self.add_filter(name, _registered(name))


def _registered(name: str) -> Callable[..., object]:
    def run(value: object, *arguments: object, context: Any) -> object:
        return apply(name, value, arguments, printer=context.printer)

    with_context(run)
    return run


SANDBOX = Sandbox()
