"""Ears: where a process hears hints, PostgreSQL's NOTIFY or (with REDIS_URL) the Channels layer."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import psycopg
from channels.layers import get_channel_layer
from django.conf import settings

from postsale.live.push import CHANNEL, travels_by_redis

#: Seconds of silence after which the connection is asked whether it still lives.
SILENCE = 20.0


def listen() -> AsyncGenerator[str | None, None]:
    """None once hints are heard from now on, then their texts. Ends or raises psycopg.Error or OSError when cut off."""
    return _redis() if travels_by_redis() else _postgres()


async def _postgres() -> AsyncGenerator[str | None, None]:
    async with await psycopg.AsyncConnection.connect(**_address(), autocommit=True) as connection:
        await connection.execute(f"listen {CHANNEL}".encode())
        yield None
        while True:
            async for notice in connection.notifies(timeout=SILENCE):
                yield notice.payload
            await connection.execute("select 1")


async def _redis() -> AsyncGenerator[str | None, None]:
    layer = get_channel_layer()
    if layer is None:
        raise OSError("no channel layer")
    channel = await layer.new_channel()
    await layer.group_add(CHANNEL, channel)
    try:
        yield None
        while True:
            message = await layer.receive(channel)
            yield message["hint"]
    finally:
        await asyncio.shield(layer.group_discard(CHANNEL, channel))


def _address() -> dict[str, Any]:
    database = settings.DATABASES["default"]
    address = {
        "host": database.get("HOST"),
        "port": database.get("PORT"),
        "user": database.get("USER"),
        "password": database.get("PASSWORD"),
        "dbname": database.get("NAME"),
    }
    return {key: value for key, value in address.items() if value} | {
        "connect_timeout": 5,
        "application_name": "postsale live",
    }
