"""Sending deliveries to the running server as partners do: signed, over HTTP, to the hooks of one tenant."""

import http.client
import ipaddress
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from dashboards.demo.bodies import Delivery, signed
from postsale.integrations import connections, outgoing
from postsale.integrations.connections import PLACE
from postsale.integrations.models import Connection
from postsale.tenants.sealed import unseal

TIMEOUT = 20.0
#: What a tenant without such a connection is given for a story.
MADE: Mapping[str, dict[str, Any]] = {
    "shopify": {"sales_channel": "shopify-us"},
    "easypost": {},
    "generic": {"sales_channel": "marketplace"},
}


class NotRunningError(Exception):
    """Nobody answers where the server should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One connection of a tenant from its partner's side."""

    name: str
    partner: str
    path: str
    secret: str = field(repr=False)
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What the server answered: `is_new` is False when it knew the delivery already."""

    status: int
    is_new: bool
    words: str

    @property
    def is_accepted(self) -> bool:
        """Whether it was taken in."""
        return self.status == http.HTTPStatus.OK


def hooks(tenant_id: int, *, now: datetime, make: bool = False) -> dict[str, Hook]:
    """The tenant's open hooks, by the connection's name and, the oldest of each, by its partner; in its transaction.

    With `make`, partners that it lacks get a connection.
    """
    rows = list(Connection.objects.filter(tenant_id=tenant_id).exclude(state="disabled").order_by("id"))
    for partner, settings in MADE.items() if make else ():
        if partner not in {row.partner for row in rows}:
            secret = outgoing.new_secret() if partner == "generic" else secrets.token_hex(24)
            name = f"{partner.title()} (simulated)"
            rows.append(
                connections.create(tenant_id, partner=partner, name=name, secret=secret, settings=settings, now=now)
            )
    found: dict[str, Hook] = {}
    for row in rows:
        hook = Hook(
            name=row.name, partner=row.partner, path=f"/hooks/{row.token}/", settings=row.settings,
            secret=unseal(row.secret, tenant=tenant_id, place=PLACE, row=row.id),
        )  # fmt: skip
        found.setdefault(row.name, hook)
        found.setdefault(row.partner, hook)
    return found


class Sender:
    """One connection to the server, for one thread."""

    def __init__(self, wire: http.client.HTTPConnection, found: Mapping[str, Hook]) -> None:
        self._wire, self._hooks = wire, found

    def send(self, delivery: Delivery, *, now: datetime) -> Sent:
        """Send it, once again if the server has closed the line meanwhile. Raises NotRunningError."""
        hook = self._hooks.get(delivery.connection) or self._hooks[delivery.partner]
        headers = signed(delivery, hook.secret, now=now)
        if domain := hook.settings.get("shop_domain"):
            headers["x-shopify-shop-domain"] = str(domain)
        try:
            return self._post(hook.path, delivery.body, headers)
        except (http.client.HTTPException, OSError):
            self._wire.close()
        try:
            return self._post(hook.path, delivery.body, headers)
        except (http.client.HTTPException, OSError) as error:
            self._wire.close()
            raise NotRunningError(f"nobody answers at {self._wire.host}:{self._wire.port} ({error})") from error

    def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Sent:
        self._wire.request("POST", path, body=body, headers=dict(headers))
        answer = self._wire.getresponse()
        said = answer.read()
        is_new = answer.status == http.HTTPStatus.OK and b'"duplicates":0' in said.replace(b" ", b"")
        words = "accepted" if is_new else "seen before" if answer.status == http.HTTPStatus.OK else _why(said)
        return Sent(status=answer.status, is_new=is_new, words=words)


@contextmanager
def at(url: str, found: Mapping[str, Hook]) -> Iterator[Sender]:
    """A sender to the server at `url` (http or https)."""
    parts = urlsplit(url)
    is_tls = parts.scheme == "https"
    kind = http.client.HTTPSConnection if is_tls else http.client.HTTPConnection
    wire = kind(_reachable(parts.hostname or "127.0.0.1"), parts.port, timeout=TIMEOUT)
    try:
        yield Sender(wire, found)
    finally:
        wire.close()


def _why(said: bytes) -> str:
    return f"refused: {said[:200].decode(errors='replace')}"


def _reachable(host: str) -> str:
    """A server that listens everywhere is reached here."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return ("127.0.0.1" if address.version == 4 else "::1") if address.is_unspecified else host
