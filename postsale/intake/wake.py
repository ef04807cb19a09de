"""Wake a worker, soon after the first commit and then at most a few times a second; never on a request's path."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.db import close_old_connections

PACE = 0.2
log = structlog.get_logger(__name__)


class Waker:
    """Calls `wake` in a thread of its own. A wake-up may be lost: the rows are the queue."""

    def __init__(self, wake: Callable[[], None], *, pace: float = PACE) -> None:
        self._wake = wake
        self._pace = pace
        self._thread = ThreadPoolExecutor(1, "wake")
        self._is_wanted = False
        self._runner: asyncio.Task[None] | None = None

    def kick(self) -> None:
        """There is work."""
        self._is_wanted = True
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Send the last wake-up and let the thread end."""
        if self._runner is not None:
            await self._runner
        self._thread.shutdown(wait=True)

    async def _run(self) -> None:
        while self._is_wanted:
            self._is_wanted = False
            await asyncio.get_running_loop().run_in_executor(self._thread, self._call)
            await asyncio.sleep(self._pace)

    def _call(self) -> None:
        try:
            close_old_connections()
            self._wake()
        except Exception as error:  # noqa: BLE001 -- a lost wake-up costs a second, a dead waker would cost every one
            log.warning("wake_up_lost", error=type(error).__name__)
