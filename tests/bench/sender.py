"""The benchmarks' client, a process of its own: sends ready-made HTTP requests over kept connections, as fast as they
are answered. `python -m tests.bench.sender PORT CONNECTIONS FILE`; FILE is a msgpack list of requests; prints JSON."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import cast

import msgspec
import uvloop


class Line(asyncio.Protocol):
    """One connection: sends the next request when the last one is answered."""

    def __init__(self, requests: Iterator[bytes], spans: list[float], statuses: Counter[int]) -> None:
        self._requests, self._spans, self._statuses = requests, spans, statuses
        self._heard = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own kind, which says nothing of its base

    def connection_lost(self, exc: Exception | None) -> None:
        """The server may only close what is over."""
        if not self.ended.done():
            self.ended.set_exception(exc or ConnectionResetError("the server closed a connection"))

    def send(self) -> None:
        """Send the next request, or end."""
        request = next(self._requests, None)
        assert self._transport is not None
        if request is None:
            self.ended.set_result(None)
            self._transport.close()
            return
        self._sent_at = monotonic()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """An answer, or a part of it."""
        self._heard += data
        head, found, body = self._heard.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        self._spans.append(monotonic() - self._sent_at)
        self._statuses[int(head.split(b" ", 2)[1])] += 1
        self._heard = b""
        self.send()


async def run(port: int, connections: int, requests: list[bytes]) -> dict[str, object]:
    """Send all; times are seconds of the system's monotonic clock."""
    spans: list[float] = []
    statuses: Counter[int] = Counter()
    waiting = iter(requests)
    loop = asyncio.get_running_loop()
    lines: list[Line] = []
    for _ in range(connections):
        _, line = await loop.create_connection(lambda: Line(waiting, spans, statuses), "127.0.0.1", port)
        lines.append(line)
    began = monotonic()
    for line in lines:
        line.send()
    await asyncio.gather(*(line.ended for line in lines))
    return {"began": began, "ended": monotonic(), "spans": spans, "statuses": statuses}


def main() -> None:
    """Read, send, report."""
    port, connections, file = sys.argv[1:]
    requests = msgspec.msgpack.decode(Path(file).read_bytes(), type=list[bytes])
    print(json.dumps(uvloop.run(run(int(port), int(connections), requests))))  # noqa: T201 -- the report


if __name__ == "__main__":
    main()
