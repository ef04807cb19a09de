"""Connections to partners: made with a sealed secret and a hook of their own, rotated, switched off, loaded."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings as django_settings

from postsale.integrations.models import Connection
from postsale.tenants.ids import new_id
from postsale.tenants.keys import digest_of
from postsale.tenants.models import Door
from postsale.tenants.sealed import seal, unseal

KIND = "hook"
PLACE = "postsale_connection.secret"
GRACE = timedelta(hours=24)
LOAD = """select c.id, c.partner, c.state, c.secret, c.old_secret, c.grace_until, c.settings, t.state, t.settings
from postsale_connection c join postsale_tenant t on t.id = c.tenant_id where c.tenant_id = %s and c.id = %s"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A connection as its hook needs it. `old_secret` counts until `grace_until`."""

    tenant_id: int
    connection_id: UUID
    partner: str
    is_open: bool
    secret: str
    old_secret: str | None
    grace_until: datetime | None
    settings: Mapping[str, Any] = field(default_factory=dict)
    tenant_settings: Mapping[str, Any] = field(default_factory=dict)

    def secrets_at(self, now: datetime) -> Sequence[str]:
        """The secrets that sign rightly at `now`, newest first."""
        if self.old_secret is not None and self.grace_until is not None and now < self.grace_until:
            return (self.secret, self.old_secret)
        return (self.secret,)


def create(
    tenant_id: int, *, partner: str, name: str, secret: str, settings: Mapping[str, Any] | None = None, now: datetime
) -> Connection:
    """Make a connection in the tenant's transaction. Raises ValueError for an empty secret."""
    if not secret:
        raise ValueError("a connection needs its partner's secret")
    token, connection_id = secrets.token_urlsafe(24), new_id()
    made = Connection.objects.create(
        id=connection_id,
        tenant_id=tenant_id,
        partner=partner,
        name=name,
        token=token,
        secret=seal(secret, tenant=tenant_id, place=PLACE, row=connection_id),
        settings=dict(settings or {}),
        created_at=now,
    )
    Door.objects.create(digest=digest_of(token), kind=KIND, tenant=tenant_id, target=connection_id)
    return made


def rotate(connection: Connection, secret: str, *, now: datetime, grace: timedelta = GRACE) -> None:
    """Sign with `secret` from now on; the former one is accepted for `grace`. In the tenant's transaction."""
    if not secret:
        raise ValueError("a connection needs its partner's secret")
    connection.old_secret, connection.grace_until = bytes(connection.secret), now + grace
    connection.secret = seal(secret, tenant=connection.tenant_id, place=PLACE, row=connection.id)
    connection.save(update_fields=["secret", "old_secret", "grace_until"])


def switch(connection: Connection, *, is_open: bool) -> None:
    """Let the hook in again, or let it be unknown to the outside. In the tenant's transaction."""
    connection.state = "active" if is_open else "disabled"
    connection.save(update_fields=["state"])


def change(connection: Connection, *, name: str, settings: Mapping[str, Any]) -> None:
    """Another name, other settings. In the tenant's transaction; its hook knows them within a second."""
    connection.name, connection.settings = name, dict(settings)
    connection.save(update_fields=["name", "settings"])


def remove(connection: Connection) -> None:
    """End it: its address is unknown from now on, what came through it stays. In the tenant's transaction."""
    Door.objects.filter(digest=digest_of(connection.token), kind=KIND).delete()
    connection.delete()


def secret_of(connection: Connection) -> str:
    """The secret in force, to sign a test with. Raises postsale.tenants.sealed.UnsealError when its key is lost."""
    return unseal(connection.secret, tenant=connection.tenant_id, place=PLACE, row=connection.id)


def tail_of(secret: str) -> str:
    """What may be shown of a secret: its last four characters, of a short one nothing."""
    return secret[-4:] if len(secret) >= 12 else ""


def hook_url(connection: Connection) -> str:
    """Where the partner must send its webhooks."""
    return f"{django_settings.BASE_URL}/hooks/{connection.token}/"


def line_of(tenant_id: int, row: Sequence[Any]) -> Line:
    """The line that a row of `LOAD` tells of. Raises postsale.tenants.sealed.UnsealError when its key is lost."""
    connection_id, partner, state, secret, old_secret, grace_until, settings, tenant_state, tenant_settings = row
    return Line(
        tenant_id=tenant_id,
        connection_id=connection_id,
        partner=partner,
        is_open=state != "disabled" and tenant_state == "active",
        secret=unseal(secret, tenant=tenant_id, place=PLACE, row=connection_id),
        old_secret=unseal(old_secret, tenant=tenant_id, place=PLACE, row=connection_id) if old_secret else None,
        grace_until=grace_until,
        settings=settings,
        tenant_settings=tenant_settings,
    )
