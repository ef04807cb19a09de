"""The description of the API, made from what its endpoints declare: OpenAPI 3.1."""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from msgspec import Struct

type Json = dict[str, Any]

REF = "#/components/schemas/{name}"
PROBLEM = {"application/problem+json": {"schema": {"$ref": REF.format(name="Problem")}}}
KEY = {"type": "http", "scheme": "bearer", "description": "An API key, with the scopes it was given."}
SESSION = {
    "type": "apiKey",
    "in": "cookie",
    "name": "postsale_session",
    "description": "A signed-in browser, with CSRF.",
}
_PLACE = re.compile(r"{(\w+)}")


class ProblemPart(Struct):
    """One thing that is wrong, where, and what was expected."""

    path: str
    problem: str
    expected: str


class Problem(Struct):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[ProblemPart] = []


class Described(AutoSchema):
    """Describes an endpoint by its `operations`."""

    def get_operation(self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any) -> Json | None:
        """One operation; None for a method that the endpoint doesn't declare."""
        operation = getattr(self.view, "operations", {}).get(method)
        if operation is None:
            return None
        places = _PLACE.findall(path)
        noun = path.removeprefix("/api/v1/").split("/")[0]
        described: Json = {
            "operationId": "_".join([method.lower(), *re.findall(r"[a-z_]+", path.removeprefix("/api/v1/"))]),
            "summary": operation.words,
            "description": f"Scope “{operation.right.scope}”; roles: {', '.join(operation.right.roles)}.",
            "tags": [noun],
            "security": [{"key": []}, {"session": []}],
            "parameters": [*(_place(name) for name in places), *_filters(operation.query)],
            "responses": {},
        }
        if operation.body is not None:
            described["requestBody"] = _body(operation.body)
        for status, type_ in operation.answers.items():
            described["responses"][str(status)] = answer(status, type_)
        refusals = {400, 401, 403, 429, *operation.refusals}
        refusals |= {404} if places else set()
        refusals |= {413, 415, 422} if operation.body is not None else set()
        for status in sorted(refusals):
            described["responses"][str(status)] = refusal(status)
        return described


def describe() -> Json:
    """The whole description."""
    generator: Any = SchemaGenerator(api_version="1")  # type: ignore[no-untyped-call]
    found: Json = generator.get_schema(request=None, public=True)
    types = [*dict.fromkeys(_types_of(generator)), Problem]
    _, schemas = msgspec.json.schema_components(types, ref_template=REF)
    found["components"] = {"schemas": schemas, "securitySchemes": {"key": KEY, "session": SESSION}}
    return found


def answer(status: int, type_: Any) -> Json:
    """A response that brings `type_` (None: nothing)."""
    words: Json = {"description": HTTPStatus(status).phrase}
    return words if type_ is None else {**words, "content": {"application/json": {"schema": schema_of(type_)}}}


def refusal(status: int) -> Json:
    """A response that says what is wrong."""
    words: Json = {"description": HTTPStatus(status).phrase, "content": PROBLEM}
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        words["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
    return words


def schema_of(type_: Any) -> Json:
    """The JSON Schema of a type, by reference where it is a struct."""
    (schema,), _ = msgspec.json.schema_components((type_,), ref_template=REF)
    return schema


def _types_of(generator: Any) -> Iterator[Any]:
    for _, _, method, view in generator.endpoints or ():
        operation = getattr(getattr(view, "cls", None), "operations", {}).get(method)
        if operation is not None:
            yield from (each for each in (operation.body, *operation.answers.values()) if each is not None)


def _body(type_: Any) -> Json:
    is_needed = not (isinstance(type_, type) and issubclass(type_, Struct)) or any(
        member.required for member in msgspec.structs.fields(type_)
    )
    return {"required": is_needed, "content": {"application/json": {"schema": schema_of(type_)}}}


def _place(name: str) -> Json:
    kind: Mapping[str, Any] = {"type": "string"} if name == "slug" else {"type": "string", "format": "uuid"}
    return {"name": name, "in": "path", "required": True, "schema": kind}


def _filters(type_: type[Struct]) -> Iterator[Json]:
    for member in msgspec.structs.fields(type_):
        yield {"name": member.encode_name, "in": "query", "required": member.required, "schema": _plain(member.type)}


def _plain(type_: Any) -> Json:
    schema = msgspec.json.schema(type_)
    options = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    return options[0] if len(options) == 1 else {"anyOf": options}
