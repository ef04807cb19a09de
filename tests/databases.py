"""One PostgreSQL for all test processes, one migrated template in it, and its copies: one a worker, or one a test."""

import contextlib
import fcntl
import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from postsale.service import database
from postsale.service.database import APP, OWNER, SUPERUSER, Server
from tests.settings import HOUSE

ROOT = Path(__file__).resolve().parent.parent
#: What decides how a migrated database looks.
SOURCES = (
    "*/migrations/*.py",
    "postsale/tenants/*.py",
    "postsale/service/database.py",
    "postsale/management/commands/migrate.py",
    "requirements.lock",
    "tests/databases.py",
)


@dataclass(frozen=True, slots=True)
class Database:
    """A database of its own on the test server. `environment` is what a process needs to work in it."""

    name: str
    app_url: str = field(init=False)
    admin_url: str = field(init=False)
    superuser_url: str = field(init=False)

    def __post_init__(self) -> None:
        for attribute, role in (("app_url", APP), ("admin_url", OWNER), ("superuser_url", SUPERUSER)):
            object.__setattr__(self, attribute, database.url(HOUSE, role, name=self.name))

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead a process of ours to this database."""
        return {
            "DATABASE_URL": self.app_url,
            "DATABASE_ADMIN_URL": self.admin_url,
            "DJANGO_SETTINGS_MODULE": "postsale.settings",
        }


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """The test server, joined; whoever comes first sweeps up what killed runs left."""
    running = Server(HOUSE, durable=False)
    first = not running.listens()
    with running.joined(name="postgres"):
        if first:
            _sweep(running)
        yield running


def template(running: Server) -> str:
    """The name of the migrated template; made once per content of SOURCES."""
    name = f"template_{_fingerprint()}"
    with (HOUSE / "template.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _exists(running, name):
            fresh = f"test_{name}"
            _drop(running, fresh)
            running.create(fresh)
            with lead_to(fresh):
                call_command("migrate", interactive=False, verbosity=0)
            with running.connect(SUPERUSER) as connection:
                connection.execute(
                    sql.SQL("alter database {} rename to {}").format(*map(sql.Identifier, (fresh, name)))
                )
    return name


@contextlib.contextmanager
def copy(running: Server, source: str) -> Iterator[Database]:
    """A copy of the database `source`, dropped at the end."""
    name = f"test_{secrets.token_hex(6)}"
    with (HOUSE / "template.lock").open("a") as lock:  # PostgreSQL copies a database that nobody else copies
        fcntl.flock(lock, fcntl.LOCK_EX)
        running.create(name, template=source)
    try:
        yield Database(name)
    finally:
        _drop(running, name)


@contextlib.contextmanager
def lead_to(name: str) -> Iterator[None]:
    """Django's connections of this process lead to the test database `name`."""
    before = {alias: dict(connections[alias].settings_dict) for alias in connections}
    for alias in connections:
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
    try:
        yield
    finally:
        for alias, settings in before.items():
            connections[alias].close()
            connections[alias].settings_dict.update(settings)


class Cleaner:
    """Empties the tables of one database that were empty when it was made.

    It is quick, for it deletes only where there are rows; and works as the superuser, for whom neither row-level
    security nor triggers stand in the way.
    """

    def __init__(self, of: Database) -> None:
        self._connection = psycopg.connect(of.superuser_url, autocommit=True)
        self._connection.execute("set session_replication_role = replica")
        self._tables: list[str] = []
        self._kept = set(self._with_rows())

    def clean(self) -> None:
        """Delete every row that a test left."""
        for table in self._with_rows():
            if table not in self._kept:
                self._connection.execute(sql.SQL("delete from {}").format(sql.Identifier(table)))

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _with_rows(self) -> list[str]:
        if not self._tables:
            rows = self._connection.execute(
                "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
                "where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by 1"
            ).fetchall()
            self._tables = [name for (name,) in rows]
        asked = [
            sql.SQL("select {} where exists (select from {})").format(sql.Literal(name), sql.Identifier(name))
            for name in self._tables
        ]
        return [name for (name,) in self._connection.execute(sql.SQL(" union all ").join(asked)).fetchall()]


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted({path for pattern in SOURCES for path in ROOT.glob(pattern)}):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _exists(running: Server, name: str) -> bool:
    with running.connect(SUPERUSER) as connection:
        return connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone() is not None


def _drop(running: Server, name: str) -> None:
    with running.connect(SUPERUSER) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def _sweep(running: Server) -> None:
    with running.connect(SUPERUSER) as connection:
        left = connection.execute(
            "select datname from pg_database "
            "where datname like 'test\\_%%' or datname like 'template\\_%%' and datname <> %s",
            [f"template_{_fingerprint()}"],
        ).fetchall()
    for (name,) in left:
        _drop(running, str(name))


__all__ = ["HOUSE", "Cleaner", "Database", "copy", "lead_to", "server", "template"]
