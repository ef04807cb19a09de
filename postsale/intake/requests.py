"""The little of HTTP that the intake speaks: headers, a body with a limit and a time limit, an answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from postsale.web.problems import CONTENT_TYPE, FlawLike, ProblemDocument

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

#: Seconds that a body may take: a sender slower than this only holds a socket.
BODY_TIME = 20.0
_JSON = b"application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the sender gets."""

    status: int
    body: bytes
    content_type: bytes = _JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()

    async def send(self, send: Send) -> None:
        """Send it; a connection with an unread body is not used again."""
        head = [
            (b"content-type", self.content_type),
            (b"content-length", str(len(self.body)).encode()),
            *self.headers,
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": head})
        await send({"type": "http.response.body", "body": self.body})


class RefusedError(Exception):
    """Stops the handling of a request; `answer` is sent."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(slots=True, kw_only=True)
class Request:
    """One request: lower-case headers (repeated ones joined by a comma), the path, and where the rest comes from."""

    method: str
    path: str
    query: bytes
    headers: Mapping[str, str]
    receive: Receive = field(repr=False)
    peer: str = ""

    async def body(self, *, at_most: int) -> bytes:
        """The whole body. Raises RefusedError: 415 packed, 413 too large, 408 too slow, 400 half of one."""
        if self.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise refused(415, "The body is compressed; please send it as it is, without Content-Encoding.")
        length = self.headers.get("content-length", "")
        if length.isdigit() and int(length) > at_most:
            raise too_large(at_most)
        first = await self.receive()
        if first["type"] != "http.request":
            raise refused(400, "The body did not arrive whole.")
        body: bytes = first.get("body", b"")
        if first.get("more_body"):
            try:
                body = await asyncio.wait_for(self._rest(body, at_most), BODY_TIME)
            except TimeoutError as error:
                raise refused(408, "The body took too long.") from error
        if len(body) > at_most:
            raise too_large(at_most)
        return body

    async def _rest(self, begun: bytes, at_most: int) -> bytes:
        parts, size = [begun], len(begun)
        while size <= at_most:
            message = await self.receive()
            if message["type"] != "http.request":
                raise refused(400, "The body did not arrive whole.")
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if not message.get("more_body"):
                break
        return b"".join(parts)


def request_of(scope: Scope, receive: Receive, *, proxies: frozenset[str]) -> Request:
    """The request; its `peer` is who connected, and X-Forwarded-For's last hop only behind one of our own `proxies`."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    client = scope.get("client")
    peer = client[0] if client else ""
    if peer in proxies and "x-forwarded-for" in headers:
        peer = headers["x-forwarded-for"].rpartition(",")[2].strip() or peer
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope.get("query_string", b""),
        headers=headers,
        receive=receive,
        peer=peer,
    )


def json_answer(status: int, value: object) -> Answer:
    """`value` as JSON."""
    return Answer(status=status, body=msgspec.json.encode(value))


def problem(
    status: int,
    detail: str,
    *,
    title: str = "",
    errors: list[FlawLike] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """A problem document."""
    document = ProblemDocument(status=status, title=title, detail=detail, errors=errors or [])
    return Answer(
        status=status,
        body=document.body(),
        content_type=CONTENT_TYPE.encode(),
        headers=tuple((name.lower().encode(), value.encode()) for name, value in (headers or {}).items()),
    )


def refused(
    status: int,
    detail: str,
    *,
    title: str = "",
    errors: list[FlawLike] | None = None,
    headers: Mapping[str, str] | None = None,
) -> RefusedError:
    """`raise refused(400, "…")`."""
    return RefusedError(problem(status, detail, title=title, errors=errors, headers=headers))


def too_large(at_most: int) -> RefusedError:
    """413; the connection is closed, for the rest of the body is still on its way."""
    detail = f"The body is larger than {at_most // 1_000_000} MB."
    return refused(413, detail, headers={"Connection": "close"})


def too_fast(seconds: float) -> RefusedError:
    """429, and when to come again."""
    wait = str(max(1, round(seconds + 0.5)))
    return refused(
        429, "More events than this shop's limit allows; please come again later.", headers={"Retry-After": wait}
    )


def unavailable() -> Answer:
    """503: the database is away; nothing was stored that we would not find again."""
    return problem(503, "The event could not be stored just now; please send it again.", headers={"Retry-After": "2"})
