"""Back-ups of the embedded database: one file with everything in it, and the way back from it.

A back-up also needs the secret of the data folder (`secret_key`): without it sealed partner secrets can't be opened.
Databases of your own are backed up with their own tools, as a superuser: row-level security hides rows from the owner.
"""

import subprocess
from pathlib import Path

from psycopg import sql

from postsale.service import places
from postsale.service.database import NAME, SUPERUSER, DatabaseError, Server, url


def back_up(server: Server, file: Path, *, name: str = NAME) -> None:
    """Write the database into `file` (0600), whole or not at all. Raises DatabaseError."""
    half = file.with_name(f".{file.name}.half")
    half.touch(mode=0o600)
    try:
        with half.open("wb") as out:
            _run(server, "pg_dump", "--format=custom", "--dbname", url(server.data, SUPERUSER, name=name), stdout=out)
        half.replace(file)
    finally:
        half.unlink(missing_ok=True)


def bring_back(server: Server, file: Path, *, name: str = NAME) -> None:
    """Put the back-up in `file` in the place of the database; until it is read whole, that stays. Raises DatabaseError."""
    fresh = f"{name}_restored"
    _drop(server, fresh)
    server.create(fresh)
    try:
        with file.open("rb") as source:
            _run(
                server, "pg_restore", "--single-transaction", "--exit-on-error",
                "--dbname", url(server.data, SUPERUSER, name=fresh), stdin=source,
            )  # fmt: skip
    except DatabaseError:
        _drop(server, fresh)
        raise
    _drop(server, name)
    with server.connect(SUPERUSER) as connection:
        connection.execute(sql.SQL("alter database {} rename to {}").format(*map(sql.Identifier, (fresh, name))))


def _drop(server: Server, name: str) -> None:
    with server.connect(SUPERUSER) as connection:
        connection.autocommit = True
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def _run(server: Server, program: str, *arguments: str, stdin: object = None, stdout: object = None) -> None:
    command = [str(places.programs(places.account(server.data)) / program), *arguments]
    done = subprocess.run(  # noqa: S603 -- our own program, no shell
        command, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, text=False, check=False
    )  # type: ignore[call-overload]
    if done.returncode:
        raise DatabaseError(f"{program} failed: {done.stderr.decode(errors='replace').strip()[-500:]}")
