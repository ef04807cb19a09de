"""The socket: a dumb pipe from signed topics to a browser, once it is clear whose browser it is.

Refused before the handshake: a foreign Origin, nobody signed in, a topic that is forged, stale or another member's, too
many sockets of one person. Closed later: when the session, the membership or the shop is gone, and when a browser
doesn't read what it gets (it comes back and is brought up to date).
"""

import asyncio
from collections import Counter
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from postsale.live.hub import hub
from postsale.live.topics import Pass, read_topic
from postsale.live.welcome import is_own_origin, session_key_of, welcome

#: Seconds between two looks whether this person may still watch.
RECHECK = 30.0
MOST_SOCKETS = 20
MOST_TOPICS = 20
#: Messages that may wait for a slow browser.
MOST_WAITING = 64

UNWELCOME, CROWDED, SLOW = 4403, 4429, 4408

_sockets: Counter[int] = Counter()


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels ships no types
    """Forwards the hub's texts of the topics in `?topics=` to one browser; `?since=` is the seq it had."""

    #: Sockets get their texts from the hub: they need no Channels layer (and so no connection) each.
    channel_layer_alias = "sockets need none"

    async def connect(self) -> None:
        """Let the browser in, or refuse it."""
        self.passes: list[Pass] = []
        self.user_id = 0
        self.waiting: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self.tasks: list[asyncio.Task[None]] = []
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        passes = [read_topic(text) for text in ",".join(query.get("topics", [])).split(",")[: MOST_TOPICS + 1]]
        known = [each for each in passes if each is not None]
        if not is_own_origin(self.scope) or len(known) != len(passes) or len(known) > MOST_TOPICS:
            await self.close(UNWELCOME)
            return
        user_id = await self._welcome(known)
        if user_id is None:
            await self.close(UNWELCOME)
            return
        if _sockets[user_id] >= MOST_SOCKETS:
            await self.close(CROWDED)
            return
        _sockets[user_id] += 1
        self.user_id, self.passes = user_id, known
        await self.accept()
        for each in known:
            hub().watch(each.topic, self, since=_whole_number(query.get("since", [""])[0]))
        self.tasks = [asyncio.create_task(self._forward()), asyncio.create_task(self._recheck())]

    async def disconnect(self, code: int) -> None:
        """Leave every topic."""
        for each in self.passes:
            hub().leave(each.topic, self)
        for task in self.tasks:
            task.cancel()
        if self.user_id:
            _sockets[self.user_id] -= 1
            self.user_id = 0

    def offer(self, text: str) -> None:
        """Queue a text for the browser; one that reads too slowly is let go."""
        try:
            self.waiting.put_nowait(text)
        except asyncio.QueueFull:
            for each in self.passes:
                hub().leave(each.topic, self)
            self.tasks.append(asyncio.create_task(self.close(SLOW)))

    async def _forward(self) -> None:
        while True:
            await self.send(text_data=await self.waiting.get())

    async def _recheck(self) -> None:
        while True:
            await asyncio.sleep(RECHECK)
            if await self._welcome(self.passes) is None:
                await self.close(UNWELCOME)

    async def _welcome(self, passes: list[Pass]) -> int | None:
        session = session_key_of(self.scope)
        user_id: int | None = await database_sync_to_async(welcome, thread_sensitive=False)(session, passes)
        return user_id


def _whole_number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 18 else None
