"""Pushing: a hint that something changed, sent from inside the transaction that changed it and delivered by its commit.

A hint carries ids only; each process renders them once and gives the same text to all its watchers. A lost hint costs
nothing but time, for whoever connects again is brought up to date.
"""

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connection, transaction

from postsale.live.topics import Topic

CHANNEL = "postsale_live"
#: PostgreSQL takes payloads of up to 8,000 bytes; beyond this many ids the whole first page is shown anew.
MOST_IDS = 150

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What changed: the rows `ids` of a topic, or (None) anything. `seq`: the database's clock in microseconds."""

    topic: Topic
    seq: int
    ids: tuple[UUID, ...] | None


def push(changes: Iterable[tuple[Topic, Sequence[UUID] | None]]) -> None:
    """Tell the watchers of each topic which of its rows changed (None: all of them), when this transaction commits."""
    hints = [_text(topic, ids) for topic, ids in changes]
    if not hints:
        return
    if travels_by_redis():
        seq = clock()
        transaction.on_commit(lambda: _publish([f"{hint}{seq}}}" for hint in hints]), robust=True)
        return
    with connection.cursor() as cursor:
        cursor.execute(NOTIFY, [CHANNEL, hints])


def clock() -> int:
    """The database's clock in microseconds: the `seq` of a page that is rendered now."""
    with connection.cursor() as cursor:
        cursor.execute(CLOCK)
        row: Any = cursor.fetchone()
    return int(row[0])


def read_hint(text: str) -> Hint:
    """A hint from its text. Raises ValueError, KeyError or TypeError when it is none of ours."""
    said = json.loads(text)
    tenant_id, kind, key = said["t"]
    ids = None if said["i"] is None else tuple(UUID(row) for row in said["i"])
    return Hint(topic=Topic(tenant_id=int(tenant_id), kind=str(kind), key=str(key)), seq=int(said["s"]), ids=ids)


def travels_by_redis() -> bool:
    """Whether hints go over the Channels layer (with REDIS_URL) instead of PostgreSQL's NOTIFY."""
    return "redis" in settings.CHANNEL_LAYERS["default"]["BACKEND"]


CLOCK = "select (extract(epoch from clock_timestamp()) * 1000000)::bigint"
NOTIFY = """
select pg_notify(%s, hint || (extract(epoch from clock_timestamp()) * 1000000)::bigint || '}')
  from unnest(%s::text[]) as hint"""


def _text(topic: Topic, ids: Sequence[UUID] | None) -> str:
    few = None if ids is None or len(ids) > MOST_IDS else [row.hex for row in dict.fromkeys(ids)]
    said = json.dumps({"t": [topic.tenant_id, topic.kind, topic.key], "i": few}, separators=(",", ":"))
    return f'{said[:-1]},"s":'


def _publish(hints: list[str]) -> None:
    layer = get_channel_layer()
    if layer is not None:
        for hint in hints:
            async_to_sync(layer.group_send)(CHANNEL, {"type": "hint", "hint": hint})
