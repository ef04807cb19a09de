"""What is looked at and put in order before the doors open; each trouble is a sentence that says what to do."""

import errno
import fcntl
import hashlib
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DatabaseError, connections


class OpeningError(Exception):
    """Postsale can't open; the words are for the person who tried."""


def check_port(host: str, port: int) -> None:
    """Raise OpeningError unless we can listen there."""
    name = host.strip("[]")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise OpeningError(
                f"port {port} on {host} is taken by another program. "
                f"Stop that, or choose another port: PORT={port + 1} make run"
            ) from error
        raise OpeningError(f"it can't listen on {host}, port {port}: {error.strerror or error}.") from error


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the data folder for this supervisor; raise OpeningError when another has it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "up.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OpeningError(
                f"it runs already in the data folder {folder}. Stop that one, or set POSTSALE_DATA to another folder."
            ) from error
        yield


def check_database() -> None:
    """Raise OpeningError unless both roles reach the database, and the application's can't get around the walls."""
    for alias, variable in (("admin", "DATABASE_ADMIN_URL"), ("default", "DATABASE_URL")):
        try:
            connections[alias].ensure_connection()
        except DatabaseError as error:
            raise OpeningError(f"the database of {variable} can't be reached: {str(error).strip()}") from error
    with connections["default"].cursor() as cursor:
        cursor.execute("select current_user, rolsuper, rolbypassrls from pg_roles where rolname = current_user")
        role, is_superuser, bypasses = cursor.fetchone()
        cursor.execute(
            "select count(*) from pg_tables where schemaname = 'public' "
            "and pg_has_role(current_user, tableowner, 'usage')"
        )
        (owned,) = cursor.fetchone()
    if is_superuser or bypasses or owned:
        raise OpeningError(
            f"the role {role} of DATABASE_URL could get around the walls between tenants: it must not be a superuser, "
            "not bypass row-level security, and not own the tables. "
            "Use a plain role there, and the owner in DATABASE_ADMIN_URL."
        )


def collect_static() -> bool:
    """Store scripts and styles under hashed names, unless they are as they were; says whether it did."""
    stamp = Path(settings.STATIC_ROOT) / ".stamp"
    fingerprint = _static_fingerprint()
    if stamp.exists() and stamp.read_text(encoding="ascii") == fingerprint:
        return False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(fingerprint, encoding="ascii")
    return True


def is_empty() -> bool:
    """Whether nobody has an account yet."""
    return not get_user_model().objects.exists()


def _static_fingerprint() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list(None):
            found = os.stat(storage.path(path))  # noqa: PTH116 -- the storage speaks in strings
            digest.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
