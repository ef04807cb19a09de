"""The embedded PostgreSQL: started by whoever comes first, joined by the others, stopped by the last one out.

It listens on a Unix socket only, whose folder nobody else may enter; the application's role owns nothing and may not
bypass row-level security. It survives kill -9 of everything: a lock is an flock, and a stale pid file is seen through.
"""

import contextlib
import fcntl
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from postsale.service import places
from postsale.service.places import PlaceError

SUPERUSER, OWNER, APP = "postgres", "postsale_owner", "postsale_app"
NAME = "postsale"
PORT = 5432
#: Starting may have to replay the write-ahead log of a crash.
START_SECONDS = 60
#: Why it may not start now, but in a moment: the children of a killed server hold its shared memory until they notice.
PASSING = ("shared memory block", "lock file")

#: A small machine that must not lose anything: two cores, a few hundred MB, a disk that may be slow.
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "replica",
    "max_wal_senders": "2",
    "wal_buffers": "16MB",
    "wal_compression": "pglz",
    "min_wal_size": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "autovacuum_naptime": "15s",
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.05",
    "TimeZone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    # Statements and their parameters hold customers' data and stay out of the log.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}
#: For tests only: nothing of it needs to survive.
FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class DatabaseError(Exception):
    """The embedded database doesn't start or stop; the words say why and where to look."""


def url(data: Path, role: str, *, name: str = NAME) -> str:
    """The address of a database in the server of the data folder `data`, for `role`; computed, nothing is asked."""
    return f"postgresql:///{quote(name)}?host={quote(str(places.socket_folder(data)))}&port={PORT}&user={role}"


class Server:
    """The PostgreSQL of one data folder. `durable=False` trades its memory of a crash for speed (tests)."""

    def __init__(self, data: Path, *, durable: bool = True) -> None:
        self.data = data.absolute()
        self.settings = SETTINGS if durable else SETTINGS | FORGETFUL
        self._who = places.account(self.data)

    @contextlib.contextmanager
    def joined(self, *, name: str = NAME) -> Iterator[None]:
        """The server runs, with the database `name`, at least until the block ends; the last one out stops it."""
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data / "pg.users").open("a") as users:
            fcntl.flock(users, fcntl.LOCK_SH)
            self.start()
            self.create(name)
            try:
                yield
            finally:
                fcntl.flock(users, fcntl.LOCK_UN)
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    self.stop()

    def start(self) -> None:
        """Start the server, if nobody has yet, and wait until it answers. Raises DatabaseError or PlaceError."""
        with self._alone():
            if self.listens():
                self._wait_until_it_answers()
                return
            home = places.home(self.data, self._who)
            if not (home / "data" / "PG_VERSION").exists():
                self._initialise(home)
            configuration = home / "data" / "postsale.conf"
            configuration.write_text(self._configuration(), encoding="utf-8")
            configuration.chmod(0o644)  # whatever our umask is; the folder is closed
            self._forget_stale_pids(home / "data")
            until = time.monotonic() + START_SECONDS
            while (words := self._pg_ctl("start", "-l", str(home / "start.log"), "-t", str(START_SECONDS))) is not None:
                words = f"{words}{_tail(home)}"
                if self.listens():  # somebody's pg_ctl was quicker
                    break
                if time.monotonic() > until or not any(sign in words for sign in PASSING):
                    raise DatabaseError(f"The embedded PostgreSQL does not start; its log is in {home}.\n{words}")
                time.sleep(0.5)
                self._forget_stale_pids(home / "data")
            self._wait_until_it_answers()

    def stop(self) -> None:
        """Stop the server, within about ten seconds; no server is fine too."""
        with self._alone():
            if self.listens() and self._pg_ctl("stop", "-m", "fast", "-t", "5") is not None:
                self._pg_ctl("stop", "-m", "immediate", "-t", "4")

    def listens(self) -> bool:
        """Whether a server accepts connections at the socket (it may still be recovering)."""
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(places.socket_folder(self.data) / f".s.PGSQL.{PORT}"))
            except OSError:
                return False
        return True

    def create(self, name: str, *, template: str = "template0") -> None:
        """Make the database `name` of the owner, unless it exists; two callers at once are fine."""
        with self.connect(SUPERUSER) as connection:
            if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
                statement = sql.SQL("create database {} owner {} template {}")
                with contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                    connection.execute(statement.format(*map(sql.Identifier, (name, OWNER, template))))
            connection.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(name)))
            connection.execute(
                sql.SQL("grant connect on database {} to {}").format(sql.Identifier(name), sql.Identifier(APP))
            )

    def connect(self, role: str, *, name: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        """A connection of `role` that commits each statement."""
        return psycopg.connect(url(self.data, role, name=name), autocommit=True, connect_timeout=5)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data / "pg.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _initialise(self, home: Path) -> None:
        """Make the cluster aside and move it into place, so that a kill in between leaves nothing half-made."""
        fresh = home / "data.new"
        self._who.run(["/bin/rm", "-rf", str(fresh)], timeout=60)
        made = self._who.run(
            [
                str(places.programs(self._who) / "initdb"), "-D", str(fresh), f"--username={SUPERUSER}", "--auth=trust",
                "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
                "--no-instructions",
                *([] if self.settings["fsync"] == "on" else ["--no-sync"]),
            ],
            timeout=120,
        )  # fmt: skip
        if made.returncode != 0:
            raise DatabaseError(f"The embedded PostgreSQL can't be set up in {home}.\n{made.stdout}")
        with (fresh / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\ninclude 'postsale.conf'  # written anew at each start\n")
        fresh.rename(home / "data")

    def _configuration(self) -> str:
        folder = places.make_socket_folder(self.data, self._who)
        lines = [f"{key} = '{value}'" for key, value in self.settings.items()]
        return "\n".join([*lines, f"unix_socket_directories = '{folder}'", ""])

    def _pg_ctl(self, *arguments: str) -> str | None:
        """Run pg_ctl and wait for its end; None is success, else what it said."""
        home = places.home(self.data, self._who)
        command = [str(places.programs(self._who) / "pg_ctl"), *arguments, "-D", str(home / "data"), "-w"]
        done = self._who.run(command, timeout=START_SECONDS + 30)
        return None if done.returncode == 0 else done.stdout

    def _forget_stale_pids(self, cluster: Path) -> None:
        """Remove lock files whose number is something else's now, or a zombie's: PostgreSQL would not start."""
        socket_lock = places.socket_folder(self.data) / f".s.PGSQL.{PORT}.lock"
        for file in (cluster / "postmaster.pid", socket_lock):
            try:
                found = psutil.Process(int(file.read_text(encoding="ascii").split("\n", 1)[0]))
                lives = found.name() == "postgres" and Path(found.cwd()) == cluster
            except (OSError, ValueError, psutil.Error):
                lives = False
            if not lives:
                file.unlink(missing_ok=True)

    def _wait_until_it_answers(self) -> None:
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                with self.connect(SUPERUSER) as connection:
                    self._roles(connection)
                    return
            except psycopg.OperationalError as error:
                if time.monotonic() > until:
                    raise DatabaseError(f"The embedded PostgreSQL does not answer: {error}") from error
                time.sleep(0.1)

    def _roles(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        known = {name for (name,) in connection.execute("select rolname from pg_roles").fetchall()}
        for role in (OWNER, APP):
            if role not in known:
                with contextlib.suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
                    connection.execute(
                        sql.SQL(
                            "create role {} login nosuperuser nobypassrls nocreatedb nocreaterole noinherit"
                        ).format(sql.Identifier(role))
                    )


def _tail(home: Path) -> str:
    """The last words of the newest log."""
    logs = sorted([home / "start.log", *(home / "data" / "log").glob("*.log")], key=_modified)
    return (
        "\n".join(logs[-1].read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
        if logs[-1].exists()
        else ""
    )


def _modified(path: Path) -> float:
    return path.stat().st_mtime if path.exists() else 0.0


__all__ = ["APP", "NAME", "OWNER", "PORT", "SUPERUSER", "DatabaseError", "PlaceError", "Server", "url"]
