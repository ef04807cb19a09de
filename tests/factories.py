"""Things that tests start from: plain functions that make them as Postsale itself does, each in its tenant."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from postsale.integrations import connections
from postsale.integrations.models import Connection
from postsale.tenants import create, keys
from postsale.tenants.models import ApiKey, Member, Role, Tenant
from postsale.tenants.scope import tenant

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
_numbers = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeTenant:
    """A tenant to test with: its id, its owner's address, and a key with every scope."""

    id: int
    slug: str
    owner: str
    api_key: str


def make_tenant(
    *,
    slug: str | None = None,
    name: str | None = None,
    owner: str | None = None,
    timezone: str = "UTC",
    settings: Mapping[str, Any] | None = None,
    now: datetime = NOW,
) -> MadeTenant:
    """A tenant with an owner (password: PASSWORD), a key and what every tenant starts with."""
    n = next(_numbers)
    slug, owner = slug or f"shop-{n}", owner or f"owner-{n}@shop.example"
    made = create.create_tenant(
        name or f"Shop {n}", slug=slug, owner=owner, password=PASSWORD, timezone=timezone, now=now
    )
    if settings is not None:
        with tenant(made.tenant_id):
            Tenant.objects.filter(id=made.tenant_id).update(settings=dict(settings))
    return MadeTenant(id=made.tenant_id, slug=slug, owner=owner, api_key=made.api_key)


def make_member(tenant_id: int, *, role: str = Role.VIEWER, email: str | None = None, now: datetime = NOW) -> Member:
    """A member of the tenant, whose password is PASSWORD."""
    address = email or f"{role}-{next(_numbers)}@shop.example"
    return create.add_member(tenant_id, address, role=role, password=PASSWORD, now=now)


def make_key(
    tenant_id: int, *, scopes: Collection[str] = keys.SCOPES, name: str = "Test", now: datetime = NOW
) -> tuple[ApiKey, str]:
    """A key of the tenant and its secret."""
    with tenant(tenant_id):
        return keys.create(tenant_id, name=name, scopes=scopes, now=now)


def make_connection(
    tenant_id: int,
    *,
    partner: str = "easypost",
    secret: str = "hush",
    settings: Mapping[str, Any] | None = None,
    now: datetime = NOW,
) -> Connection:
    """A connection of the tenant; its hook is at `/hooks/{connection.token}/`."""
    with tenant(tenant_id):
        return connections.create(
            tenant_id, partner=partner, name=partner, secret=secret, settings=settings or {}, now=now
        )
