"""The API's description at `/api/v1/schema/`, and the same for people at `/api/v1/docs/`."""

from functools import cache
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from postsale.tenants.middleware import without_tenant
from workflows.api.intake import INTAKE_PATHS
from workflows.api.openapi import describe


@without_tenant
@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.1 as JSON."""
    return HttpResponse(_text(), content_type="application/json")


@without_tenant
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Every operation on one page, without a script."""
    return render(request, "workflows/api/docs.html", {"nouns": _nouns()})


@cache
def description() -> dict[str, Any]:
    """The whole description: the endpoints that Django serves, and those of the intake before it."""
    found = describe()
    return {**found, "paths": dict(sorted({**found["paths"], **INTAKE_PATHS}.items()))}


@cache
def _text() -> bytes:
    return msgspec.json.encode(description())


@cache
def _nouns() -> list[tuple[str, list[dict[str, Any]]]]:
    nouns: dict[str, list[dict[str, Any]]] = {}
    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            shown = {"method": method.upper(), "path": path, "operation": operation, "body": _body(operation)}
            nouns.setdefault(operation["tags"][0], []).append(shown)
    return sorted(nouns.items())


def _body(operation: dict[str, Any]) -> list[tuple[str, str]]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    members = description()["components"]["schemas"].get(name, {}).get("properties", {})
    return [(member, _kind(schema)) for member, schema in members.items()]


def _kind(schema: dict[str, Any]) -> str:
    options = schema.get("anyOf", [schema])
    kinds = (
        ", ".join(map(str, option["enum"])) if "enum" in option else option.get("type", "any") for option in options
    )
    return " or ".join(kinds)
