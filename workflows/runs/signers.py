"""The secrets that sign a webhook: those of the tenant's connection that its `secret_ref` names."""

import base64
from datetime import datetime

from django.db import connection

from postsale.integrations.connections import LOAD, line_of
from postsale.integrations.models import Connection
from postsale.integrations.outgoing import problem_with_secret


class NoSecretError(Exception):
    """There is no such connection (any more); the words say so."""


def secrets_of(tenant_id: int, secret_ref: str, *, now: datetime) -> tuple[str, ...]:
    """The secrets in force, newest first, in the form of Standard Webhooks; `secret_ref` is a connection's id or name.

    In the tenant's transaction. Raises NoSecretError, or postsale.tenants.sealed.UnsealError when its key is lost.
    """
    found = [
        row_id
        for row_id, name in Connection.objects.filter(tenant_id=tenant_id).order_by("id").values_list("id", "name")
        if secret_ref in {str(row_id), name}
    ]
    if not found:
        raise NoSecretError(f"there is no connection {secret_ref!r} whose secret could sign")
    with connection.cursor() as cursor:
        cursor.execute(LOAD, [tenant_id, found[0]])
        line = line_of(tenant_id, cursor.fetchone())
    return tuple(_standard(secret) for secret in line.secrets_at(now))


def _standard(secret: str) -> str:
    """A secret that libraries can not read as base64 is the key itself."""
    if problem_with_secret(secret) is None:
        return secret
    return "whsec_" + base64.b64encode(secret.encode()).decode("ascii")
