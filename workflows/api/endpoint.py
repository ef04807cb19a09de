"""The frame of every endpoint: who may, how often, what may be asked; and the same declaration is its documentation.

A view declares its `operations`; the checks before it runs and its part of the OpenAPI description are made from them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any, ClassVar, cast
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.db.models import Model, QuerySet
from msgspec import Struct
from rest_framework import exceptions
from rest_framework.authentication import SessionAuthentication
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from postsale.tenants import audit
from postsale.tenants.access import BUILDERS, KEEPERS, WORKERS
from postsale.tenants.limits import Buckets, limit_of
from postsale.tenants.middleware import TenantRequest, actor_of
from postsale.tenants.models import ApiKey, Member, Role
from postsale.tenants.shop import Shop
from postsale.web.asking import Nothing, Page, Paging, read_body, read_query
from postsale.web.paging import BadCursorError, read_cursor, write_cursor
from postsale.web.problems import refuse
from workflows.api.openapi import Described
from workflows.api.wire import LARGEST_BODY, JsonParser, JsonRenderer, OneForm

SAFE = ("GET", "HEAD")


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """What it takes: a key's scope, or one of a member's roles."""

    scope: str
    roles: tuple[str, ...]


READ = Right(scope="read", roles=tuple(Role))
CARDS = Right(scope="write", roles=WORKERS)
BUILD = Right(scope="write", roles=BUILDERS)
ADMIN = Right(scope="admin", roles=KEEPERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of an endpoint. `body` is the struct it takes, or dict for a document; `answers` what each status brings."""

    words: str
    right: Right
    answers: Mapping[int, Any]
    query: type[Struct] = Nothing
    body: Any = None
    refusals: tuple[int, ...] = field(default=())


class Signed(SessionAuthentication):
    """Takes whom the middleware found: a key's holder, or a member, whose browser must prove that it was us who asked."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """(who, by what), or None for nobody. Raises PermissionDenied without the proof."""
        inner = tenant_request(request)
        if inner.key is not None:
            return inner.key, inner.key
        if inner.member is None:
            return None
        self.enforce_csrf(request)
        return inner.user, None

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="postsale"'


class Endpoint(APIView):
    """One address of the API, inside its tenant's transaction. `now` is the moment it was asked."""

    operations: ClassVar[Mapping[str, Operation]] = {}
    authentication_classes = (Signed,)
    permission_classes = ()
    parser_classes: tuple[type[BaseParser], ...] = (JsonParser,)
    renderer_classes = (JsonRenderer,)
    content_negotiation_class = OneForm
    metadata_class = None
    schema = Described()
    now: datetime

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Before the method runs. Raises 401, 403, 405, 429, and 400 for filters that the method doesn't have."""
        super().initial(request, *args, **kwargs)
        self.now = datetime.now(tz=UTC)
        inner = tenant_request(request)
        if inner.key is None and inner.member is None:
            raise exceptions.NotAuthenticated("Sign in, or send an API key as “Authorization: Bearer …”.")
        method = "GET" if request.method == "HEAD" else str(request.method)
        operation = self.operations.get(method)
        if operation is None:
            raise exceptions.MethodNotAllowed(str(request.method))
        _permit(inner, operation.right)
        _limit(inner, "reads" if request.method in SAFE else "writes")
        if operation.query is Nothing:
            self.query(Nothing)

    @property
    def tenant_id(self) -> int:
        """Whose rows."""
        return tenant_request(self.request).tenant_id

    @property
    def shop(self) -> Shop:
        """The tenant as its work sees it."""
        return tenant_request(self.request).shop

    @property
    def member(self) -> Member:
        """In whose name things are done: the member's, or for a key that of the member who made it, else the owner's."""
        inner = tenant_request(self.request)
        if inner.member is not None:
            return inner.member
        maker = ApiKey.objects.filter(tenant_id=self.tenant_id, id=inner.key.key_id) if inner.key else None
        email = maker.values_list("created_by", flat=True).first() if maker is not None else None
        members = Member.objects.filter(tenant_id=self.tenant_id)
        found = (
            members.filter(email=email).first() or members.filter(role=Role.OWNER).order_by("created_at", "id").first()
        )
        if found is None:
            raise refuse(403, "The member who made this key is gone, and there is no owner to act for.")
        return found

    def query[T: Struct](self, wanted: type[T]) -> T:
        """The filters. Raises ProblemError 400."""
        return read_query(self.request.query_params.lists(), wanted)

    def body[T: Struct](self, wanted: type[T]) -> T:
        """The body's members; a body that isn't there has none. Raises ProblemError 400, 422."""
        said = self.said()
        return read_body({} if said is None else said, wanted)

    def said(self) -> Any:
        """The body as it was sent; None when there is none."""
        inner = tenant_request(self.request)
        if "chunked" in inner.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            # REST framework takes a body without a length for none at all.
            inner.META["CONTENT_LENGTH"] = str(_length(inner))
        is_there = inner.META.get("CONTENT_LENGTH") not in (None, "", "0")
        return self.request.data if is_there else None

    def newest[M: Model](self, rows: QuerySet[M], asked: Paging) -> tuple[list[M], str | None]:
        """A page of rows, the youngest ids first, and the next page's address. Raises ProblemError 400 for the cursor."""
        if asked.cursor:
            rows = rows.filter(id__lt=self.place(asked)[1])
        found = list(rows.order_by("-id")[: asked.limit + 1])
        if len(found) <= asked.limit:
            return found, None
        last: UUID = found[asked.limit - 1].pk
        return found[: asked.limit], self.address_of(write_cursor(self.now, last))

    def place(self, asked: Paging) -> tuple[datetime, UUID]:
        """Where the page before ended. Raises ProblemError 400."""
        try:
            return read_cursor(asked.cursor)
        except BadCursorError as error:
            raise refuse(400, f"The cursor can't be read: {error}.") from error

    def address_of(self, cursor: str) -> str:
        """This list's address, from `cursor` on."""
        query = self.request.query_params.copy()
        query["cursor"] = cursor
        return self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")

    def page[M, T](self, rows: list[M], more: str | None, shape: Callable[[M], T]) -> Response:
        """The answer with a page of a list."""
        return Response(Page(results=[shape(row) for row in rows], next=more))

    def note(self, action: str, *, target: str, **detail: Any) -> None:
        """Write down who did what."""
        actor = actor_of(tenant_request(self.request))
        audit.write(self.tenant_id, actor=actor, action=action, target=target, detail=detail, now=self.now)


def tenant_request(request: Request) -> TenantRequest:
    """The request as the middleware made it."""
    return cast("TenantRequest", request._request)  # noqa: SLF001 -- REST framework has no other name for it


def _length(request: TenantRequest) -> int:
    try:
        return len(request.body)
    except RequestDataTooBig as error:
        raise refuse(413, f"The body is larger than {LARGEST_BODY:,} bytes.") from error


_buckets = Buckets[tuple[int, str]]()


def _permit(request: TenantRequest, right: Right) -> None:
    if request.key is not None and not request.key.may(right.scope):
        raise refuse(403, f"This API key may not do this; it lacks the scope “{right.scope}”.")
    if request.key is None and (request.member is None or request.member.role not in right.roles):
        raise refuse(403, f"Your role may not do this. It takes one of: {', '.join(right.roles)}.")


def _limit(request: TenantRequest, kind: str) -> None:
    wait = _buckets.take((request.tenant_id, kind), 1, limit_of(request.tenant.settings, kind), at=monotonic())
    if wait:
        raise exceptions.Throttled(wait)
