"""The hot way in: a small ASGI application before Django's, for events by key and for partners' hooks."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence

import structlog

from postsale.intake.api import Api
from postsale.intake.commit import Committer
from postsale.intake.doors import Doors
from postsale.intake.hooks import Hooks
from postsale.intake.known import Known
from postsale.intake.notes import Notes
from postsale.intake.pool import make_pool
from postsale.intake.requests import Answer, Receive, RefusedError, Request, Scope, Send, problem, request_of
from postsale.intake.wake import Waker
from postsale.tenants.limits import Buckets

type AsgiApplication = Callable[[Scope, Receive, Send], Awaitable[None]]

EVENTS = "/api/v1/events/"
HOOK = re.compile(r"/hooks/([^/]{1,200})/?")

log = structlog.get_logger(__name__)


class Intake:
    """Answers what it knows and hands everything else to `inner`. `wake` tells a worker, `stop` lets others end."""

    def __init__(
        self,
        inner: AsgiApplication,
        *,
        wake: Callable[[], None],
        check: Callable[[], None] = lambda: None,
        stop: Sequence[Callable[[], Awaitable[None]]] = (),
        proxies: Sequence[str] = (),
    ) -> None:
        self._inner = inner
        self._wake = wake
        self._check = check
        self._stop = stop
        self._proxies = frozenset(proxies)
        self._house: _House | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection's worth of ASGI."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] == "http":
            path: str = scope["path"]
            hook = HOOK.fullmatch(path) if path.startswith("/hooks/") else None
            if hook or (path == EVENTS and scope["method"] == "POST" and _has_key(scope)):
                request = request_of(scope, receive, proxies=self._proxies)
                answer = await self._answer(request, hook[1] if hook else None)
                await answer.send(send)
                return
        await self._inner(scope, receive, send)

    async def _answer(self, request: Request, token: str | None) -> Answer:
        try:
            house = self._house or await self._open()
            return await (house.api.take(request) if token is None else house.hooks.take(request, token))
        except RefusedError as refusal:
            return refusal.answer
        except Exception as error:
            log.exception("intake_failed", path="hook" if token else EVENTS, error=type(error).__name__)
            return problem(500, "Something went wrong on our side. It was logged; please send it again.")

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await asyncio.get_running_loop().run_in_executor(None, self._check)
                    await self._open()
                except Exception as error:  # noqa: BLE001 -- the server is told, says so and ends
                    log.error("start_refused", reason=str(error))  # noqa: TRY400 -- a sentence for the admin, not a trace
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    return
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _open(self) -> "_House":
        if self._house is None:
            self._house = _House(self._wake)
            await self._house.open()
        return self._house

    async def _close(self) -> None:
        for stop in self._stop:
            await stop()
        if self._house is not None:
            await self._house.close()
            self._house = None


class _House:
    """All that the requests of one event loop share."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._pool = make_pool()
        self._waker = Waker(wake)
        self._notes = Notes(self._pool)
        self._committer = Committer(self._pool, committed=self._waker.kick)
        doors, buckets = Doors(self._pool), Buckets[int]()
        self.hooks = Hooks(doors=doors, committer=self._committer, notes=self._notes, buckets=buckets)
        self.api = Api(
            doors=doors, committer=self._committer, notes=self._notes, buckets=buckets, known=Known(self._pool)
        )

    async def open(self) -> None:
        """Begin to connect; a database that is still away is no reason not to start."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """Let what is on its way end, then let go."""
        await self._committer.close()
        await self._waker.close()
        await self._notes.close()
        await self._pool.close()


def _has_key(scope: Scope) -> bool:
    return any(name == b"authorization" and value[:7].lower() == b"bearer " for name, value in scope["headers"])
