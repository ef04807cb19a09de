"""Errors as RFC 9457 problem documents: one shape for the intake, for pages' JSON and for the API."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol

import msgspec
import structlog
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response

CONTENT_TYPE = "application/problem+json"
log = structlog.get_logger(__name__)


class FlawLike(Protocol):
    """Whatever says where something is wrong, what is wrong and what was expected."""

    @property
    def path(self) -> str: ...
    @property
    def problem(self) -> str: ...
    @property
    def expected(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One thing that is wrong with a body, and where."""

    path: str
    problem: str
    expected: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDocument:
    """A refusal, in words. `title` defaults to HTTP's own phrase."""

    status: int
    title: str = ""
    detail: str = ""
    errors: Sequence[FlawLike] = ()
    type: str = "about:blank"
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The members of the document, `errors` always among them."""
        return {
            "type": self.type,
            "title": self.title or HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "errors": [{"path": e.path, "problem": e.problem, "expected": e.expected} for e in self.errors],
        }

    def body(self) -> bytes:
        """The document as JSON; text that is no text (a lone surrogate of the sender's) is shown as "?"."""
        return msgspec.json.encode(_printable(self.as_dict()))


class ProblemError(exceptions.APIException):
    """Raise it from anywhere under the API to answer with `document`."""

    def __init__(self, document: ProblemDocument) -> None:
        self.document = document
        self.status_code = document.status
        super().__init__(detail=document.detail or document.title)


def refuse(status: int, detail: str = "", *, errors: Sequence[FlawLike] = ()) -> ProblemError:
    """`raise refuse(409, "The workflow is archived.")`."""
    return ProblemError(ProblemDocument(status=status, detail=detail, errors=errors))


def answer(document: ProblemDocument) -> HttpResponse:
    """The document as a plain Django response."""
    return HttpResponse(
        document.body(), status=document.status, content_type=CONTENT_TYPE, headers=dict(document.headers)
    )


def handle(error: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's exception handler: every error becomes a problem document, and the transaction is rolled back."""
    document = document_of(error)
    if document.status >= 500:
        log.error("request_failed", view=type(context.get("view")).__name__, exc_info=error)
    if connection.in_atomic_block:
        transaction.set_rollback(True)
    return Response(
        _printable(document.as_dict()),
        status=document.status,
        content_type=CONTENT_TYPE,
        headers=dict(document.headers),
    )


def document_of(error: Exception) -> ProblemDocument:
    """What to answer for `error`; an unexpected one says nothing of its inside."""
    match error:
        case ProblemError():
            return error.document
        case exceptions.ValidationError():
            return ProblemDocument(
                status=422, title="The request has problems", errors=list(_flaws(error.get_full_details(), ""))
            )
        case Http404():
            return ProblemDocument(status=404, detail="There is nothing here, or not for you.")
        case PermissionDenied():
            return ProblemDocument(status=403, detail="You may not do this.")
        case exceptions.APIException():
            return ProblemDocument(status=error.status_code, detail=_words(error.detail), headers=_headers(error))
        case _:
            return ProblemDocument(
                status=500, detail="Something went wrong on our side. It was logged; please try again."
            )


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    wait = getattr(error, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(max(1, int(wait)))
    challenge = getattr(error, "auth_header", None)
    if challenge is not None:
        headers["WWW-Authenticate"] = str(challenge)
    return headers


def _words(detail: object) -> str:
    if isinstance(detail, Mapping):
        return " ".join(_words(each) for each in detail.values())
    if isinstance(detail, list):
        return " ".join(_words(each) for each in detail)
    return str(detail)


def _flaws(details: object, path: str) -> Iterable[Flaw]:
    if isinstance(details, Mapping) and "message" in details and "code" in details:
        yield Flaw(path=path, problem=str(details["message"]))
    elif isinstance(details, Mapping):
        for key, inner in details.items():
            own = path if key == "non_field_errors" else f"{path}.{key}" if path else str(key)
            yield from _flaws(inner, own)
    elif isinstance(details, list):
        is_of_items = any(isinstance(inner, Mapping) and "message" not in inner for inner in details)
        for index, inner in enumerate(details):
            yield from _flaws(inner, f"{path}[{index}]" if is_of_items else path)


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_printable(key): _printable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_printable(inner) for inner in value]
    return value
