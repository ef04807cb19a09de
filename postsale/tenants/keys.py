"""API keys: made once and shown once, kept as a SHA-256, revoked within a second everywhere."""

import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID

from postsale.tenants.ids import new_id
from postsale.tenants.models import ApiKey, Door, Tenant
from postsale.tenants.scope import tenant

SCOPES = ("events", "read", "write", "admin")
KIND = "key"
#: Seconds for which a process believes what it read about a key (or a connection): a revocation is felt within them.
FRESH = 0.9
DOOR = "select kind, tenant, target from postsale_door where digest = %s"
LOAD = """select k.id, k.name, k.prefix, k.scopes, t.state, t.settings from postsale_apikey k
join postsale_tenant t on t.id = k.tenant_id where k.tenant_id = %s and k.id = %s and k.revoked_at is null"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a key: which tenant, under which name, and what it may do. `settings` are the tenant's."""

    tenant_id: int
    key_id: UUID
    name: str
    prefix: str
    scopes: frozenset[str]
    is_suspended: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)

    def may(self, scope: str) -> bool:
        """Whether the key has `scope`; "admin" has every other, "write" may read."""
        return scope in self.scopes or "admin" in self.scopes or (scope == "read" and "write" in self.scopes)


def create(
    tenant_id: int, *, name: str, scopes: Collection[str] = SCOPES, created_by: str = "", now: datetime
) -> tuple[ApiKey, str]:
    """Make a key in the tenant's transaction; the second value is the secret, which can't be shown again.

    Raises ValueError for an unknown scope.
    """
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise ValueError(f"a key has one or more of the scopes {', '.join(SCOPES)}; not {', '.join(unknown) or 'none'}")
    secret = f"ps_{secrets.token_urlsafe(24)}"
    key = ApiKey.objects.create(
        id=new_id(),
        tenant_id=tenant_id,
        name=name,
        prefix=secret[:11],
        digest=digest_of(secret),
        scopes=[scope for scope in SCOPES if scope in scopes],
        created_at=now,
        created_by=created_by,
    )
    Door.objects.create(digest=digest_of(secret), kind=KIND, tenant=tenant_id, target=key.id)
    return key, secret


def listed(tenant_id: int) -> Sequence[ApiKey]:
    """The tenant's keys that are in force, newest first."""
    return list(ApiKey.objects.filter(tenant_id=tenant_id, revoked_at=None).order_by("-id"))


def revoke(tenant_id: int, key_id: UUID, *, now: datetime) -> bool:
    """Take the key out of force, for ever; False when there is none in force. In the tenant's transaction."""
    key = ApiKey.objects.filter(tenant_id=tenant_id, id=key_id, revoked_at=None).first()
    if key is None:
        return False
    Door.objects.filter(digest=bytes(key.digest)).delete()
    ApiKey.objects.filter(tenant_id=tenant_id, id=key_id).update(revoked_at=now)
    return True


def find_holder(secret: str) -> Holder | None:
    """Who holds `secret`, or None; asked of the database at most about once a second. Opens its own transaction."""
    digest = digest_of(secret)
    known = _believed.get(digest)
    at = monotonic()
    if known is not None and known[0] > at:
        return known[1]
    holder = _load(digest)
    if len(_believed) > 10_000:
        _believed.clear()
    if holder is not None:
        _believed[digest] = (at + FRESH, holder)
    return holder


def holder_of(tenant_id: int, row: Sequence[Any]) -> Holder:
    """The holder that a row of `LOAD` tells of."""
    key_id, name, prefix, scopes, state, settings = row
    return Holder(
        tenant_id=tenant_id,
        key_id=key_id,
        name=name,
        prefix=prefix,
        scopes=frozenset(scopes),
        is_suspended=state != "active",
        settings=settings,
    )


def digest_of(secret: str) -> bytes:
    """The SHA-256 under which a key or a hook's token is found."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


_believed: dict[bytes, tuple[float, Holder]] = {}


def _load(digest: bytes) -> Holder | None:
    door = Door.objects.filter(digest=digest, kind=KIND).first()
    if door is None:
        return None
    with tenant(door.tenant):
        key = ApiKey.objects.filter(tenant_id=door.tenant, id=door.target, revoked_at=None).first()
        owner = Tenant.objects.filter(id=door.tenant).first()
    if key is None or owner is None:
        return None
    return holder_of(door.tenant, (key.id, key.name, key.prefix, key.scopes, owner.state, owner.settings))
