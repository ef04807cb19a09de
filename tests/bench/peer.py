"""The peer of `fanout_1000`: Channels as its documentation has it, a group and `group_send`, on the same uvicorn.

`python -m tests.bench.peer` serves on PORT: sockets at any path join the group, a POST sends its body to all of them.
"""

import os
from typing import Any

import django
import uvicorn

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "postsale.settings")
django.setup()

# ruff: noqa: E402 -- Channels reads Django's settings
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer

from postsale.service import leash

GROUP = "watchers"


class Watcher(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels ships no types
    """A socket in the group."""

    async def connect(self) -> None:
        """Join."""
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()

    async def said(self, event: dict[str, Any]) -> None:
        """Forward what the group was sent."""
        await self.send(text_data=event["text"])


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The sockets and the POST."""
    if scope["type"] == "websocket":
        await Watcher.as_asgi()(scope, receive, send)
    elif scope["type"] == "http":
        body = (await receive()).get("body", b"")
        layer: Any = get_channel_layer()
        await layer.group_send(GROUP, {"type": "said", "text": body.decode()})
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def main() -> None:
    """Serve as Postsale's own web process does."""
    leash.hold()
    uvicorn.run(
        application, host="127.0.0.1", port=int(os.environ["PORT"]), loop="uvloop", http="httptools", lifespan="off",
        access_log=False, log_config=None, backlog=2048,
    )  # fmt: skip


if __name__ == "__main__":
    main()
