"""A back-up holds everything, and brings it back."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from postsale.service import copies
from postsale.service.database import OWNER, DatabaseError, Server


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of its own, started, with a walled table in it."""
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        Path(folder).chmod(0o755)
        mine = Server(Path(folder) / "data", durable=False)
        mine.start()
        mine.create("postsale")
        with mine.connect(OWNER, name="postsale") as connection:
            connection.execute("create table thing (tenant_id bigint, name text)")
            connection.execute("insert into thing values (1, 'kept')")
            connection.execute("alter table thing enable row level security, force row level security")
        yield mine
        mine.stop()


def _names(server: Server) -> list[object]:
    with server.connect("postgres", name="postsale") as connection:
        return [row[0] for row in connection.execute("select name from thing")]


def test_what_was_backed_up_comes_back_rows_behind_walls_included(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "postsale.backup"
    copies.back_up(server, file)
    with server.connect("postgres", name="postsale") as connection:
        connection.execute("drop table thing")

    copies.bring_back(server, file)

    assert _names(server) == ["kept"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_no_backup_changes_nothing(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "postsale.backup"
    file.write_bytes(b"not a backup")

    with pytest.raises(DatabaseError, match="pg_restore failed"):
        copies.bring_back(server, file)

    assert _names(server) == ["kept"]


def test_a_database_that_is_not_there_leaves_no_half_file(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="pg_dump failed"):
        copies.back_up(server, tmp_path / "postsale.backup", name="nowhere")

    assert list(tmp_path.iterdir()) == []
