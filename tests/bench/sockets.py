"""Watchers without a browser: many sockets in one process that note when something reaches each of them."""

import asyncio
import base64
import os
from collections.abc import Sequence
from functools import partial
from time import monotonic
from typing import cast

PATIENCE = 60.0
PING, PONG = 0x89, 0x8A


class Socket(asyncio.Protocol):
    """One socket. `heard_at` is when its first bytes since `arm()` came, `heard` resolves then."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._transport: asyncio.Transport | None = None
        self._head = b""
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.heard: asyncio.Future[None] = loop.create_future()
        self.heard_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the socket."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """The handshake's answer, then messages."""
        if self.opened.done() and data[0] == PING:
            self._pong(data[2 : 2 + data[1]])
            data = data[2 + data[1] :]
            if not data:
                return
        self.heard_at = monotonic()
        if not self.opened.done():
            self._head += data
            if b"\r\n\r\n" in self._head:
                line = self._head.partition(b"\r\n")[0]
                if b" 101 " in line:
                    self.opened.set_result(None)
                else:
                    self.opened.set_exception(ConnectionRefusedError(line.decode()))
        elif not self.heard.done():
            self.heard.set_result(None)

    def _pong(self, said: bytes) -> None:
        """A server hangs up on who doesn't answer; nothing is hidden by a mask of zeroes."""
        if self._transport is not None:
            self._transport.write(bytes([PONG, 0x80 | len(said)]) + bytes(4) + said)

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever still waits must not wait for ever."""
        for each in (self.opened, self.heard):
            if not each.done():
                each.set_exception(exc or ConnectionResetError("the server closed a socket"))
                each.exception()  # perhaps nobody asks

    def arm(self) -> None:
        """From here on the next message counts."""
        self.heard = asyncio.get_running_loop().create_future()

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


async def connect(port: int, paths: Sequence[tuple[str, str]], *, is_greeted: bool, at_once: int = 20) -> list[Socket]:
    """A socket for each (path with its query, Cookie header); `is_greeted`: the server first says what there is so far."""
    loop = asyncio.get_running_loop()
    sockets: list[Socket] = []
    for start in range(0, len(paths), at_once):
        some = [
            (await loop.create_connection(partial(Socket, _request(port, *each)), "127.0.0.1", port))[1]
            for each in paths[start : start + at_once]
        ]
        await asyncio.wait_for(asyncio.gather(*(socket.opened for socket in some)), PATIENCE)
        sockets += some
    if is_greeted:
        await last_heard(sockets)
    return sockets


async def last_heard(sockets: Sequence[Socket]) -> float:
    """When the last of the armed sockets heard something (monotonic). Raises TimeoutError."""
    await asyncio.wait_for(asyncio.gather(*(socket.heard for socket in sockets)), PATIENCE)
    return max(socket.heard_at for socket in sockets)


def _request(port: int, path: str, cookie: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    lines = (
        f"GET {path} HTTP/1.1", f"host: 127.0.0.1:{port}", "connection: Upgrade", "upgrade: websocket",
        "sec-websocket-version: 13", f"sec-websocket-key: {key}", f"origin: http://127.0.0.1:{port}", f"cookie: {cookie}",
    )  # fmt: skip
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
