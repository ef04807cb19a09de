"""Keep web and workers alive: start them, kick the queue each second, start again what dies or hangs, end all at once.

A process that lives is not a process that works: kill -9 of one idle worker can stop a django-q2 cluster for ever
while all its processes look alive (RELIABILITY F1). So workers are believed by their heartbeat row, the web server
by its answers.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from django.db import DatabaseError as DjangoDatabaseError
from django.db import InterfaceError, connections

from postsale.service import heartbeat, stopping, wakeups
from postsale.service.children import Child
from postsale.service.database import DatabaseError, Server
from postsale.service.probe import Probe

EVERY = 1.0
#: A database that a person restarts is back within this time (seconds); after it, we start it ourselves.
DATABASE_PAUSE = 2.0
#: django-q2 sleeps for ten seconds after an error of the database (django_q/pusher.py): that is no hang.
AFTER_DATABASE = 12.0
#: What children get to end by themselves (seconds); with the database's stop it all stays under 15.
GRACE = 7.0
#: What ends us: Ctrl-C, a service manager, a closed terminal.
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
WORKER_PATIENCE = 5.0
WEB_PATIENCE = 8.0

Say = Callable[[str], None]


class Supervisor:
    """Watches over one web process, one cluster of workers and, when it is ours, the database."""

    def __init__(self, *, probe: Probe, say: Say, folder: Path, server: Server | None = None) -> None:
        self.web = Child("web", ["-m", "postsale.service.server"], WEB_PATIENCE, {"POSTSALE_STATEMENT_TIMEOUT": "5s"})
        self._stop_file = folder / "stop"
        told = {"POSTSALE_STATEMENT_TIMEOUT": "30s", stopping.FILE: str(self._stop_file)}
        self.worker = Child("worker", ["manage.py", "qcluster"], WORKER_PATIENCE, told)
        self._probe, self._say, self._server = probe, say, server
        self._calm_since = time.monotonic()
        self._database_gone_since: float | None = None
        self._due: dict[str, float] = {}

    @contextmanager
    def running(self) -> Iterator[None]:
        """Start both; at the end of the block, however it comes, end both."""
        stopping.clear(self._stop_file)
        try:
            self._clear_the_queue()
            self.web.start()
            self.worker.start()
            self._probe.start()
            yield
        finally:
            self._end()

    def watch(self) -> None:
        """Look after them until something raises, as Ctrl-C does."""
        while True:
            began = time.monotonic()
            self.look()
            time.sleep(max(0.0, EVERY - (time.monotonic() - began)))

    def look(self) -> None:
        """Look once: wake the workers, listen for signs of life, start again what needs it."""
        silence = None
        try:
            wakeups.wake()
            silence = heartbeat.silence()
            self._database_gone_since = None
        except (DjangoDatabaseError, InterfaceError, redis.RedisError):
            connections.close_all()
            self._look_after_the_database()
            self._calm_since = time.monotonic() + AFTER_DATABASE
        calm = time.monotonic() - self._calm_since
        self._judge(self.worker, silence=silence, calm=calm)
        self._judge(self.web, silence=self._probe.silence(), calm=calm)

    def _judge(self, child: Child, *, silence: float | None, calm: float) -> None:
        if child.name in self._due:
            if time.monotonic() >= self._due[child.name]:
                del self._due[child.name]
                child.start()
            return
        trouble = child.trouble(silence=silence, calm=calm)
        if trouble is None:
            return
        child.kill()
        child.restarts += 1
        pause = child.pause()
        self._say(f"{child.name} {trouble}: starting it again{f' in {pause:.0f} s' if pause else ''}")
        if child is self.worker:
            self._clear_the_queue()
        if pause:
            self._due[child.name] = time.monotonic() + pause
        else:
            child.start()

    def _clear_the_queue(self) -> None:
        try:
            wakeups.purge()
            wakeups.wake()
        except (DjangoDatabaseError, InterfaceError, redis.RedisError):
            connections.close_all()  # it is only speed that is lost

    def _look_after_the_database(self) -> None:
        if self._server is None or self._server.listens():
            return
        self._database_gone_since = self._database_gone_since or time.monotonic()
        if time.monotonic() - self._database_gone_since < DATABASE_PAUSE:
            return
        self._say("the database has ended: starting it again")
        try:
            self._server.start()
        except DatabaseError as error:
            self._say(str(error))

    def _end(self) -> None:
        by = time.monotonic() + GRACE
        with undisturbed():
            stopping.ask(self._stop_file)
            for child in (self.web, self.worker):
                child.ask_to_end()
            for child in (self.web, self.worker):
                child.end(by=by)
            stopping.clear(self._stop_file)
        connections.close_all()


@contextmanager
def undisturbed() -> Iterator[None]:
    """A second Ctrl-C, while all is being ended, changes nothing."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
