"""`/api/v1/connections/`: partners' accounts and the addresses of their hooks; secrets go in and never come out."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import Http404
from msgspec import Meta, Struct
from rest_framework.request import Request
from rest_framework.response import Response

from postsale.integrations import connections
from postsale.integrations.models import Connection
from postsale.integrations.registry import PARTNERS
from postsale.web.asking import Page, Paging
from postsale.web.problems import Flaw, FlawLike, refuse
from workflows.api.endpoint import ADMIN, READ, Endpoint, Operation


class ConnectionShape(Struct, kw_only=True):
    """A connection. The partner sends its webhooks to `hook_url`."""

    id: UUID
    partner: str
    name: str
    state: Literal["active", "failing", "disabled"]
    hook_url: str
    settings: dict[str, Any]
    created_at: datetime
    last_event_at: datetime | None
    refused: int


class NewConnection(Struct, forbid_unknown_fields=True, kw_only=True):
    """A connection to be made; a shop's channel is `settings.sales_channel`."""

    partner: str
    secret: Annotated[str, Meta(min_length=1, max_length=8192)]
    name: Annotated[str, Meta(max_length=120)] = ""
    settings: dict[str, Any] = {}


class Connections(Endpoint):
    """All connections."""

    operations = {
        "GET": Operation(
            words="Connections, newest first", right=READ, query=Paging, answers={200: Page[ConnectionShape]}
        ),
        "POST": Operation(words="Connect a partner", right=ADMIN, body=NewConnection, answers={201: ConnectionShape}),
    }

    def get(self, request: Request) -> Response:
        """A page of the connections."""
        rows = Connection.objects.filter(tenant_id=self.tenant_id)
        return self.page(*self.newest(rows, self.query(Paging)), connection_shape)

    def post(self, request: Request) -> Response:
        """The new connection. Raises 422."""
        said = self.body(NewConnection)
        flaws = _flaws(said)
        if flaws:
            raise refuse(422, "The connection has problems.", errors=flaws)
        made = connections.create(
            self.tenant_id, partner=said.partner, name=said.name.strip() or said.partner,
            secret=said.secret, settings=said.settings, now=self.now,
        )  # fmt: skip
        self.note("connection.created", target=str(made.id), partner=made.partner, name=made.name)
        return Response(connection_shape(made), status=201)


class OneConnection(Endpoint):
    """One connection."""

    operations = {"GET": Operation(words="One connection", right=READ, answers={200: ConnectionShape})}

    def get(self, request: Request, pk: UUID) -> Response:
        """The connection."""
        found = Connection.objects.filter(tenant_id=self.tenant_id, id=pk).first()
        if found is None:
            raise Http404
        return Response(connection_shape(found))


def connection_shape(row: Connection) -> ConnectionShape:
    """The connection as the API shows it."""
    return ConnectionShape(
        id=row.id, partner=row.partner, name=row.name, state=row.state, hook_url=connections.hook_url(row),  # type: ignore[arg-type]
        settings=row.settings, created_at=row.created_at, last_event_at=row.last_event_at, refused=row.refused,
    )  # fmt: skip


def _flaws(said: NewConnection) -> list[FlawLike]:
    flaws: list[FlawLike] = []
    if said.partner not in PARTNERS:
        expected = f"one of {', '.join(PARTNERS)}"
        flaws.append(
            Flaw(path="partner", problem=f"{said.partner[:40]!r} is no partner that we know", expected=expected)
        )
    channel = said.settings.get("sales_channel", "shop")
    if not isinstance(channel, str) or not 0 < len(channel) <= 120:
        expected = "a text of 1 to 120 characters"
        flaws.append(Flaw(path="settings.sales_channel", problem="is not the name of a channel", expected=expected))
    return flaws
