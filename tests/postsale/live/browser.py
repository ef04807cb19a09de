"""A socket as a browser would open it, without a browser: speaks ASGI with the consumer."""

from typing import Any

from asgiref.testing import ApplicationCommunicator
from django.conf import settings

from postsale.live.consumer import LiveConsumer

_Wire: Any = ApplicationCommunicator  # asgiref's testing has no types


class Socket:
    """One connection to /live/ with a session's cookie, an Origin and the query a page would send."""

    def __init__(self, session: str, topics: str, *, origin: str | None = "http://testserver", since: str = "") -> None:
        headers = [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={session}".encode()), (b"host", b"testserver")]
        if origin is not None:
            headers.append((b"origin", origin.encode()))
        query = f"topics={topics}&since={since}".encode()
        scope = {"type": "websocket", "path": "/live/", "query_string": query, "headers": headers, "scheme": "ws"}
        self._wire: Any = _Wire(LiveConsumer.as_asgi(), scope)

    async def connect(self) -> bool:
        """Ask to be let in; whether that happened."""
        await self._wire.send_input({"type": "websocket.connect"})
        return bool((await self.output())["type"] == "websocket.accept")

    async def text(self) -> str:
        """The next message, in five seconds at most."""
        return str((await self.output())["text"])

    async def output(self) -> dict[str, Any]:
        """Whatever the consumer says next."""
        said: dict[str, Any] = await self._wire.receive_output(timeout=5)
        return said

    async def disconnect(self) -> None:
        """Go away."""
        await self._wire.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._wire.wait(timeout=5)
