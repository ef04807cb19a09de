"""Where the benchmarks live: a durable PostgreSQL of their own, fresh databases in it, real web and worker processes."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

from postsale.service import database, leash, places, wakeups
from postsale.service.database import APP, OWNER, SUPERUSER, Server

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = "bench_template"
#: Until processes answer, and until a backlog is decided (seconds).
PATIENCE = 180.0


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """The durable server in POSTSALE_DATA, with a migrated template."""
    running = Server(settings.POSTSALE_DATA, durable=True)
    with running.joined(name="postgres"):
        running.create(TEMPLATE)
        with lead_to(TEMPLATE):
            call_command("migrate", interactive=False, verbosity=0)
        yield running


@contextlib.contextmanager
def fresh(running: Server) -> Iterator[str]:
    """A migrated, empty database, to which Django's connections of this process lead; dropped at the end."""
    name = f"bench_{secrets.token_hex(4)}"
    running.create(name, template=TEMPLATE)
    try:
        with lead_to(name):
            yield name
    finally:
        with running.connect(SUPERUSER) as superuser:
            superuser.execute(f"drop database {name} with (force)".encode())


@contextlib.contextmanager
def lead_to(name: str) -> Iterator[None]:
    """Django's connections of this process lead to the database `name`."""
    before = {alias: connections[alias].settings_dict["NAME"] for alias in connections}
    for alias in before:
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
    try:
        yield
    finally:
        for alias, old in before.items():
            connections[alias].close()
            connections[alias].settings_dict["NAME"] = old


def answers(port: int, process: subprocess.Popen[bytes]) -> None:
    """Come back when `process` listens at `port`. Raises TimeoutError when it ended or takes too long."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nobody answers at {port}")


@dataclass
class Site:
    """Postsale's own processes on one database: the web server and, with `workers`, the cluster. `redis`: their REDIS_URL."""

    running: Server
    name: str
    port: int = 0
    redis: str = ""
    _processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict, init=False)

    def start(self, *, workers: bool) -> None:
        """Start them on a port nobody uses, and come back when the web server answers."""
        self.port = free_port()
        if workers:
            self._start("worker", ["manage.py", "qcluster"])
        self.serve("web", ["-m", "postsale.service.server"])

    def serve(self, name: str, command: Sequence[str]) -> None:
        """Start a server on `port`, and come back when it answers."""
        self._start(name, command)
        try:
            answers(self.port, self._processes[name])
        except TimeoutError as error:
            raise RuntimeError(f"{name} does not answer: {self._log.read_text(encoding='utf-8')[-2000:]}") from error

    def stop(self) -> None:
        """End them, with all that they started."""
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=15)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def families(self) -> dict[str, list[psutil.Process]]:
        """All processes of each that was started."""
        return {name: family(process.pid) for name, process in self._processes.items()}

    def cpu(self) -> tuple[float, float]:
        """Seconds of CPU so far: of all our processes, and of PostgreSQL."""
        ours = sum(_cpu(each) for members in self.families().values() for each in members)
        return ours, sum(_cpu(each) for each in family(self._postmaster()))

    def settle(self, tenant_ids: Sequence[int], *, patience: float = PATIENCE) -> float:
        """Wait until everything of these tenants is decided; the moment at which that was seen (monotonic)."""
        until = time.monotonic() + patience
        kick = 0.0
        while time.monotonic() < until:
            with connection.cursor() as cursor:
                cursor.execute("select exists (select from postsale_inbox where tenant = any(%s))", [list(tenant_ids)])
                row = cursor.fetchone()
            if row is not None and not row[0]:
                return time.monotonic()
            if time.monotonic() - kick > 1:  # as the supervisor does
                wakeups.wake()
                kick = time.monotonic()
            time.sleep(0.02)
        raise RuntimeError(f"not decided in {patience} s: {self._log.read_text(encoding='utf-8')[-2000:]}")

    def _start(self, name: str, command: Sequence[str]) -> None:
        environment = os.environ | {
            "DATABASE_URL": database.url(self.running.data, APP, name=self.name),
            "DATABASE_ADMIN_URL": database.url(self.running.data, OWNER, name=self.name),
            "BASE_URL": f"http://127.0.0.1:{self.port}",
            "PORT": str(self.port),
            leash.HOLDER: str(os.getpid()),
            **({"REDIS_URL": self.redis} if self.redis else {}),
        }
        with self._log.open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=environment, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    @property
    def _log(self) -> Path:
        return self.running.data / f"{self.name}.log"

    def _postmaster(self) -> int:
        home = places.home(self.running.data, places.account(self.running.data))
        return int((home / "data/postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0])


@contextlib.contextmanager
def site(running: Server, *, workers: bool = True) -> Iterator[Site]:
    """A site on a fresh database."""
    with fresh(running) as name:
        opened = Site(running, name)
        try:
            opened.start(workers=workers)
            yield opened
        finally:
            opened.stop()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def family(pid: int) -> list[psutil.Process]:
    """A process and all below it."""
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _cpu(process: psutil.Process) -> float:
    """Its own seconds and those of its children that have ended."""
    try:
        return float(sum(process.cpu_times()[:4]))
    except psutil.NoSuchProcess:
        return 0.0
