"""The hub: one ear on the database (or Redis) a process, and a local fan-out to every socket of that process.

What changed is rendered once a topic and process, at most four times a second, and the same text goes to all watchers.
A watcher that comes back says the `seq` it had: the hub repeats what it heard since, or shows everything anew when it
can't know (it had not listened long enough, or its memory has run over).
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
from channels.db import database_sync_to_async

from postsale.live.ears import listen
from postsale.live.push import Hint, clock, read_hint
from postsale.live.renderers import RENDERERS, Picture
from postsale.live.topics import Topic
from postsale.tenants.scope import in_thread

#: Seconds between two messages of one topic.
PACE = 0.25
#: Hints are stamped inside transactions and heard at their commit: one may be heard this many microseconds late.
LATE = 10_000_000
MEMORY = 5_000
RETRY = 1.0

log = logging.getLogger(__name__)


class Watcher(Protocol):
    """Whoever wants to see a topic's messages."""

    def offer(self, text: str) -> None:
        """Take a message; must not block or raise."""


@dataclass(slots=True)
class _Room:
    """A topic that is watched here: by whom, who just came (with the seq they had), and what changed meanwhile."""

    watchers: set[Watcher] = field(default_factory=set)
    newcomers: dict[Watcher, int | None] = field(default_factory=dict)
    changed: set[UUID] = field(default_factory=set)
    is_all_changed: bool = False
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    keeper: asyncio.Task[None] | None = None


class Hub:
    """Belongs to one event loop; starts to listen with its first watcher."""

    def __init__(self) -> None:
        self.rooms: dict[Topic, _Room] = {}
        self.heard: deque[Hint] = deque(maxlen=MEMORY)
        self.knows_since = 0
        self.is_listening = asyncio.Event()
        self._ear: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen; called again, it does nothing."""
        if self._ear is None or self._ear.done():
            self._ear = asyncio.create_task(self._listen(), name="live hub")

    async def stop(self) -> None:
        """Let go of the connection and of every topic."""
        tasks = [task for task in (self._ear, *(room.keeper for room in self.rooms.values())) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.rooms.clear()
        self._ear = None

    def watch(self, topic: Topic, watcher: Watcher, *, since: int | None) -> None:
        """Give `watcher` first what it missed `since` (None: everything), then every change."""
        self.start()
        room = self.rooms.get(topic)
        if room is None:
            room = self.rooms[topic] = _Room()
            room.keeper = asyncio.create_task(self._keep(topic, room), name=f"live {topic.name}")
        room.watchers.add(watcher)
        room.newcomers[watcher] = since
        room.stirred.set()

    def leave(self, topic: Topic, watcher: Watcher) -> None:
        """Forget `watcher`; a topic that nobody watches costs nothing."""
        room = self.rooms.get(topic)
        if room is None:
            return
        room.watchers.discard(watcher)
        room.newcomers.pop(watcher, None)
        if not room.watchers:
            del self.rooms[topic]
            if room.keeper:
                room.keeper.cancel()

    def hear(self, hint: Hint) -> None:
        """Note a change; its topic, if watched, is shown soon."""
        if len(self.heard) == MEMORY:
            self.knows_since = max(self.knows_since, self.heard[0].seq + 1)
        self.heard.append(hint)
        room = self.rooms.get(hint.topic)
        if room is None:
            return
        if hint.ids is None:
            room.is_all_changed = True
        else:
            room.changed.update(hint.ids)
        room.stirred.set()

    def missed(self, topic: Topic, since: int | None) -> list[UUID] | None:
        """Which rows of `topic` changed after a page had `since`; None: it must be shown whole."""
        if since is None or since - LATE < self.knows_since:
            return None
        ids: dict[UUID, None] = {}
        for hint in self.heard:
            if hint.topic == topic and hint.seq >= since - LATE:
                if hint.ids is None:
                    return None
                ids.update(dict.fromkeys(hint.ids))
        return list(ids)

    async def _listen(self) -> None:
        while True:
            try:
                async with aclosing(listen()) as texts:
                    async for text in texts:
                        if text is None:
                            await self._begin()
                        else:
                            self._read(text)
            except (psycopg.Error, OSError) as error:
                log.warning("live_hub_lost", extra={"error": str(error).splitlines()[0] if str(error) else "closed"})
            self.is_listening.clear()
            await asyncio.sleep(RETRY / 2)

    async def _begin(self) -> None:
        """From here on nothing is missed; whatever was, is shown whole."""
        self.heard.clear()
        self.knows_since = await database_sync_to_async(clock, thread_sensitive=False)()
        for room in self.rooms.values():
            room.is_all_changed = True
            room.stirred.set()
        self.is_listening.set()

    def _read(self, text: str) -> None:
        try:
            self.hear(read_hint(text))
        except (ValueError, KeyError, TypeError):
            log.warning("live_hint_unreadable")

    async def _keep(self, topic: Topic, room: _Room) -> None:
        while True:
            await room.stirred.wait()
            await self.is_listening.wait()
            room.stirred.clear()
            newcomers, room.newcomers = room.newcomers, {}
            changed, room.changed = room.changed, set()
            is_all_changed, room.is_all_changed = room.is_all_changed, False
            try:
                await self._show(topic, room, newcomers, None if is_all_changed else list(changed))
            except Exception:
                log.warning("live_topic_not_shown", extra={"topic": topic.name}, exc_info=True)
                room.newcomers = {**newcomers, **room.newcomers}
                room.changed |= changed
                room.is_all_changed |= is_all_changed
                room.stirred.set()
                await asyncio.sleep(RETRY)
            await asyncio.sleep(PACE)

    async def _show(
        self, topic: Topic, room: _Room, newcomers: dict[Watcher, int | None], ids: Sequence[UUID] | None
    ) -> None:
        if ids is None or ids:
            text = await render(topic, ids)
            for watcher in room.watchers - newcomers.keys():
                watcher.offer(text)
        texts: dict[tuple[UUID, ...] | None, str] = {}
        for watcher, since in newcomers.items():
            missed = self.missed(topic, since)
            key = None if missed is None else tuple(missed)
            if key not in texts:
                texts[key] = await render(topic, key)
            if watcher in room.watchers:
                watcher.offer(texts[key])


async def render(topic: Topic, ids: Sequence[UUID] | None) -> str:
    """The message that shows `ids` of `topic` (None: its whole first page) as it is now, rendered in a thread."""
    seq, picture = await in_thread(_picture)(topic.tenant_id, topic, ids)
    message = {
        "topic": topic.name,
        "seq": seq,
        "rows": [{"id": row.id, "html": row.html, "key": row.key} for row in picture.rows],
        "gone": [{"id": row, "why": why} for row, why in picture.gone],
        "counts": dict(picture.counts),
    }
    if ids is None:
        message |= {"whole": True, "more": picture.more}
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False)


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def _picture(topic: Topic, ids: Sequence[UUID] | None) -> tuple[int, Picture]:
    # The clock is read first: what the picture may lack is younger than its seq.
    return clock(), RENDERERS[topic.kind].picture(topic.key, ids)
