"""`/api/v1/members/` and `/api/v1/keys/`: who works here, and which programs may."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import Http404
from msgspec import Meta, Struct
from rest_framework.request import Request
from rest_framework.response import Response

from postsale.tenants import keys
from postsale.tenants.models import ApiKey, Member
from postsale.web.asking import Page, Paging
from workflows.api.endpoint import ADMIN, READ, Endpoint, Operation

type Scope = Literal["events", "read", "write", "admin"]


class MemberShape(Struct, kw_only=True):
    """A person and their role."""

    id: UUID
    email: str
    role: Literal["owner", "admin", "builder", "shipping_manager", "viewer"]
    created_at: datetime


class KeyShape(Struct, kw_only=True):
    """An API key; `prefix` is how people recognise it."""

    id: UUID
    name: str
    prefix: str
    scopes: list[Scope]
    created_at: datetime
    created_by: str
    last_used_at: datetime | None


class NewKeyShape(KeyShape, kw_only=True):
    """A key that was just made: `key` is shown only now."""

    key: str


class NewKey(Struct, forbid_unknown_fields=True, kw_only=True):
    """A key to be made."""

    name: Annotated[str, Meta(min_length=1, max_length=120)]
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=4)]


class Members(Endpoint):
    """All members."""

    operations = {
        "GET": Operation(words="Members, newest first", right=READ, query=Paging, answers={200: Page[MemberShape]})
    }

    def get(self, request: Request) -> Response:
        """A page of the members."""
        rows = Member.objects.filter(tenant_id=self.tenant_id)
        return self.page(*self.newest(rows, self.query(Paging)), _member)


class Keys(Endpoint):
    """All keys in force."""

    operations = {
        "GET": Operation(
            words="API keys in force, newest first", right=ADMIN, query=Paging, answers={200: Page[KeyShape]}
        ),
        "POST": Operation(words="Make an API key", right=ADMIN, body=NewKey, answers={201: NewKeyShape}),
    }

    def get(self, request: Request) -> Response:
        """A page of the keys."""
        rows = ApiKey.objects.filter(tenant_id=self.tenant_id, revoked_at=None)
        return self.page(*self.newest(rows, self.query(Paging)), _key)

    def post(self, request: Request) -> Response:
        """The new key with its secret."""
        said = self.body(NewKey)
        made, secret = keys.create(
            self.tenant_id, name=said.name, scopes=said.scopes, created_by=self.member.email, now=self.now
        )
        self.note("key.created", target=str(made.id), name=made.name, scopes=made.scopes)
        return Response(_with_secret(_key(made), secret), status=201)


class OneKey(Endpoint):
    """One key."""

    operations = {
        "DELETE": Operation(words="Revoke a key, within a second and for ever", right=ADMIN, answers={204: None})
    }

    def delete(self, request: Request, pk: UUID) -> Response:
        """Nothing. Raises 404."""
        if not keys.revoke(self.tenant_id, pk, now=self.now):
            raise Http404
        self.note("key.revoked", target=str(pk))
        return Response(status=204)


def _member(row: Member) -> MemberShape:
    return MemberShape(id=row.id, email=row.email, role=row.role, created_at=row.created_at)  # type: ignore[arg-type]


def _key(row: ApiKey) -> KeyShape:
    return KeyShape(
        id=row.id, name=row.name, prefix=row.prefix, scopes=list(row.scopes), created_at=row.created_at,
        created_by=row.created_by, last_used_at=row.last_used_at,
    )  # fmt: skip


def _with_secret(key: KeyShape, secret: str) -> NewKeyShape:
    return NewKeyShape(
        id=key.id, name=key.name, prefix=key.prefix, scopes=key.scopes, created_at=key.created_at,
        created_by=key.created_by, last_used_at=key.last_used_at, key=secret,
    )  # fmt: skip
