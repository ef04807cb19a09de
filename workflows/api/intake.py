"""What the intake answers before Django is asked, described for the API's readers; and its address in Django."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from postsale.tenants.middleware import without_tenant
from postsale.web.problems import ProblemDocument
from postsale.web.problems import answer as problem
from workflows.api.openapi import answer, refusal

type Json = dict[str, Any]

_EVENT: Json = {
    "type": "object",
    "required": ["specversion", "id", "source", "type", "time", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string"},
        "source": {"type": "string"},
        "type": {"type": "string", "examples": ["label.created", "tracking.updated"]},
        "time": {"type": "string", "format": "date-time"},
        "data": {"type": "object"},
    },
}
_OUTCOME: Json = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "status": {"enum": ["accepted", "duplicate"]}},
}
_ACCEPTED: Json = {
    "description": "Every event is committed.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    "accepted": {"type": "integer"},
                    "duplicates": {"type": "integer"},
                    "events": {"type": "array", "items": _OUTCOME},
                },
            }
        }
    },
}
_BODY: Json = {
    "required": True,
    "content": {
        "application/json": {"schema": {"anyOf": [_EVENT, {"type": "array", "items": _EVENT, "maxItems": 1000}]}},
        "application/x-ndjson": {"schema": {"type": "string"}},
    },
}
_BACKFILL: Json = {"name": "backfill", "in": "query", "required": False, "schema": {"type": "boolean"}}
_TOKEN: Json = {"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}


def _refusals(*statuses: int) -> Json:
    return {str(status): refusal(status) for status in statuses}


INTAKE_PATHS: Json = {
    "/api/v1/events/": {
        "post": {
            "operationId": "post_events",
            "summary": "Send events: one, a list of up to 1,000, or one a line; at most 5 MB",
            "description": "Scope “events”. With backfill=true they are history: nothing live happens because of them.",
            "tags": ["events"],
            "security": [{"key": []}],
            "parameters": [_BACKFILL],
            "requestBody": _BODY,
            "responses": {"202": _ACCEPTED, **_refusals(400, 401, 403, 408, 413, 415, 422, 429, 503)},
        }
    },
    "/hooks/{token}/": {
        "post": {
            "operationId": "post_hook",
            "summary": "A partner's webhook, signed with the connection's secret",
            "description": "The address is the connection's hook_url. Answered 200 after the commit, also for a repeat.",
            "tags": ["events"],
            "security": [],
            "parameters": [_TOKEN],
            "requestBody": {"required": True, "content": {"application/json": {"schema": {}}}},
            "responses": {"200": answer(200, None), **_refusals(401, 404, 408, 413, 429, 503)},
        }
    },
}


@without_tenant
@csrf_exempt
def events(request: HttpRequest) -> HttpResponse:
    """What the intake leaves to us: a request without a key, or one that isn't a POST."""
    if request.method != "POST":
        return problem(ProblemDocument(status=405, detail="Events are sent by POST.", headers={"Allow": "POST"}))
    headers = {"WWW-Authenticate": 'Bearer realm="postsale"'}
    return problem(ProblemDocument(status=401, detail="Events are sent with an API key.", headers=headers))
