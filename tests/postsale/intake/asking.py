"""Ask the real ASGI application, on the real database, within one event loop."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx

from postsale.events.models import Event, Inbox, Quarantine
from postsale.intake.application import Intake
from postsale.intake.requests import Receive, Scope, Send
from postsale.tenants.scope import tenant

EVENTS = "/api/v1/events/"


class Wakes:
    """Stands at the door of the queue, which is outside: counts the knocks."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


async def _elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
    """Whatever is behind the intake: it says so."""
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"behind the intake"})


@asynccontextmanager
async def running(*, wakes: Wakes | None = None, proxies: tuple[str, ...] = ()) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that was started, and is stopped, by its lifespan."""
    app = Intake(_elsewhere, wake=wakes or Wakes(), proxies=proxies)
    inbox: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    outbox: asyncio.Queue[Any] = asyncio.Queue()
    life = asyncio.create_task(app({"type": "lifespan"}, inbox.get, outbox.put))
    await inbox.put({"type": "lifespan.startup"})
    assert await outbox.get() == {"type": "lifespan.startup.complete"}
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as client:
            yield client
    finally:
        await inbox.put({"type": "lifespan.shutdown"})
        await life


def asked[T](
    scenario: Callable[[httpx.AsyncClient], Awaitable[T]], *, wakes: Wakes | None = None, proxies: tuple[str, ...] = ()
) -> T:
    """Run one scenario against a fresh application."""

    async def run() -> T:
        async with running(wakes=wakes, proxies=proxies) as client:
            return await scenario(client)

    return asyncio.run(run())


def post(path: str, body: bytes | str, headers: Mapping[str, str], *, proxies: tuple[str, ...] = ()) -> httpx.Response:
    """One POST against a fresh application."""
    return asked(lambda client: client.post(path, content=body, headers=headers), proxies=proxies)


async def cut_off(client: httpx.AsyncClient, path: str, body: bytes, headers: Mapping[str, str]) -> None:
    """One POST whose sender is gone when the answer comes: it is never told what became of its body."""
    application = client._transport.app  # type: ignore[attr-defined]  # httpx keeps it there
    answered = False

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def gone(_message: Any) -> None:
        nonlocal answered
        answered = True
        raise OSError("the connection was cut")

    lines = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": path, "headers": lines, "query_string": b"", "client": None}
    with suppress(OSError):
        await application(scope, receive, gone)
    assert answered


def bearer(secret: str, **more: str) -> dict[str, str]:
    """The headers of an API request."""
    return {"authorization": f"Bearer {secret}", "content-type": "application/json", **more}


def send(secret: str, body: Any, *, query: str = "", **headers: str) -> httpx.Response:
    """One POST of events to the API; `body` is sent as JSON unless it is bytes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return post(EVENTS + query, content, bearer(secret, **headers))


def cloud_event(id_: str = "evt-1", type_: str = "label.created", **members: Any) -> dict[str, Any]:
    """A valid event of the API."""
    data = {
        "order": {"number": "1001", "sales_channel": "shopify-us", "customer": {"email": "a@b.example"}},
        "parcel": {"carrier": "ups", "tracking_number": "1Z999AA10123456784"},
    }
    return {
        "specversion": "1.0",
        "id": id_,
        "source": "shopify-us",
        "type": type_,
        "time": "2026-11-20T10:00:00Z",
        "data": data,
        **members,
    }


def tracker(id_: str = "evt_1", *, status: str = "in_transit", **result: Any) -> bytes:
    """An EasyPost webhook's body."""
    body = {
        "id": id_,
        "object": "Event",
        "description": "tracker.updated",
        "mode": "production",
        "created_at": "2026-11-20T10:00:00Z",
        "result": {
            "id": "trk_1",
            "object": "Tracker",
            "tracking_code": "9400100000000000000000",
            "carrier": "USPS",
            "status": status,
            "status_detail": "arrived_at_facility",
            "updated_at": "2026-11-20T10:00:00Z",
            "tracking_details": [],
            **result,
        },
    }
    return json.dumps(body).encode()


def easypost(body: bytes, secret: str = "hush") -> dict[str, str]:
    """The headers EasyPost would send with `body`."""
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"x-hmac-signature": f"hmac-sha256-hex={signature}", "content-type": "application/json"}


def shopify(body: bytes, *, topic: str, event_id: str, secret: str = "hush") -> dict[str, str]:
    """The headers Shopify would send with `body`."""
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return {
        "x-shopify-hmac-sha256": signature,
        "x-shopify-topic": topic,
        "x-shopify-event-id": event_id,
        "x-shopify-shop-domain": "shop.myshopify.com",
        "content-type": "application/json",
    }


def events_of(tenant_id: int) -> list[Event]:
    """The tenant's log, in the order it would be replayed."""
    with tenant(tenant_id):
        return list(Event.objects.filter(tenant_id=tenant_id).order_by("received_at", "id"))


def queued_for(tenant_id: int) -> list[Inbox]:
    """What waits to be decided for the tenant, in order."""
    return list(Inbox.objects.filter(tenant=tenant_id).order_by("seq"))


def quarantined_of(tenant_id: int) -> list[Quarantine]:
    """The tenant's bodies that could not be read."""
    with tenant(tenant_id):
        return list(Quarantine.objects.filter(tenant_id=tenant_id).order_by("id"))
