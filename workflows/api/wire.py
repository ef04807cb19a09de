"""JSON in and out: strict on the way in, and answers of structs on the way out."""

import json
from collections.abc import Mapping
from typing import IO, Any

import msgspec
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from postsale.events.strict import Unreadable, find_nul, parse_json
from postsale.web.problems import Flaw, refuse
from workflows.definitions.portable import from_yaml

LARGEST_BODY = 5_000_000


class JsonParser(BaseParser):
    """Reads JSON that can be read in one way only."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The value. Raises ProblemError: 413 too large, 400 not JSON, 422 JSON that can't be kept."""
        return strict(_all_of(stream))


class YamlParser(BaseParser):
    """Reads a workflow document that was written by hand."""

    media_type = "application/yaml"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The document as JSON would give it. Raises ProblemError: 413 too large, 400 not YAML, 422 not JSON's values."""
        try:
            document, problems = from_yaml(_all_of(stream).decode())
            if problems:
                raise refuse(400, "The body is not YAML.", errors=problems)
            return strict(json.dumps(document, ensure_ascii=False).encode())
        except (TypeError, UnicodeError, RecursionError) as error:
            raise refuse(400, "The body is not a document in UTF-8 with JSON's kinds of values.") from error


class JsonRenderer(BaseRenderer):
    """Writes structs, moments and ids as contract/http.md shows them."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """The answer's bytes; none for an answer without a body."""
        return b"" if data is None else msgspec.json.encode(data)


class OneForm(BaseContentNegotiation):
    """There is one form of answers, whatever a browser would rather have."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """The parser of the body's type; a body that says nothing of its type is taken for JSON."""
        said = (request.content_type or "application/json").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == said), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """The first."""
        return renderers[0], renderers[0].media_type


def strict(body: bytes) -> Any:
    """The value of a JSON text. Raises ProblemError: 400 not JSON, 422 with what can't be kept."""
    try:
        value = parse_json(body)
    except Unreadable as error:
        raise refuse(400 if error.malformed else 422, f"The body can't be read: {error.reason}.") from error
    place = find_nul(value)
    if place is not None:
        flaw = Flaw(path=place, problem="has a NUL character", expected="text without one")
        raise refuse(422, "The body has problems.", errors=[flaw])
    return value


def _all_of(stream: IO[Any]) -> bytes:
    body: bytes = stream.read(LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        raise refuse(413, f"The body is larger than {LARGEST_BODY:,} bytes.")
    return body
