"""The embedded PostgreSQL starts, is joined and left, and gets over whatever is done to it."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from postsale.service import places
from postsale.service.database import APP, NAME, OWNER, SUPERUSER, DatabaseError, Server, url
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def server() -> Iterator[Server]:
    """A server in a folder of its own, not started yet."""
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        Path(folder).chmod(0o755)
        mine = Server(Path(folder) / "data", durable=False)
        yield mine
        mine.stop()


def _one(server: Server, statement: str, *, role: str = APP, name: str = NAME) -> object:
    with server.connect(role, name=name) as connection:
        row = connection.execute(statement).fetchone()
        assert row is not None
        return row[0]


def _postmaster(server: Server) -> int:
    return int((server.data / "pg" / "data" / "postmaster.pid").read_text().split("\n", 1)[0])


def test_a_durable_server_keeps_what_it_has_promised() -> None:
    kept = Server(Path("/nowhere")).settings

    assert {kept[name] for name in ("fsync", "synchronous_commit", "full_page_writes")} == {"on"}
    assert (kept["listen_addresses"], kept["unix_socket_permissions"]) == ("", "0700")


def test_the_last_one_out_stops_it_and_nobody_before(server: Server) -> None:
    with server.joined():
        with Server(server.data, durable=False).joined():
            assert _one(server, "select 1") == 1
        assert server.listens()

    assert not server.listens()


def test_it_starts_under_a_umask_that_gives_others_nothing(server: Server) -> None:
    before = os.umask(0o077)
    try:
        with server.joined():
            assert _one(server, "select 1") == 1
    finally:
        os.umask(before)


def test_what_was_written_is_there_after_a_restart(server: Server) -> None:
    with server.joined(), server.connect(OWNER, name=NAME) as connection:
        connection.execute("create table kept (word text)")
        connection.execute("insert into kept values ('here')")

    with server.joined():
        assert _one(server, "select word from kept", role=OWNER) == "here"


def test_the_application_s_role_owns_nothing_and_may_little(server: Server) -> None:
    with server.joined():
        rights = [
            _one(
                server,
                f"select (rolsuper, rolbypassrls, rolcreatedb, rolcreaterole) from pg_roles where rolname = '{r}'",
            )
            for r in (APP, OWNER)
        ]
        owner = _one(server, f"select pg_get_userbyid(datdba) from pg_database where datname = '{NAME}'")

        assert (rights, owner) == ([("f", "f", "f", "f")] * 2, OWNER)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            _one(server, "create table mine (a int)")


def test_kill_9_of_the_server_is_got_over(server: Server) -> None:
    with server.joined():
        os.kill(_postmaster(server), signal.SIGKILL)
        until(lambda: not server.listens(), within=10, what="the server is dead")

        server.start()

        assert _one(server, "select 1") == 1


def test_starting_twice_at_once_makes_one_server(server: Server) -> None:
    code = "import sys; from postsale.service.database import Path, Server; Server(Path(sys.argv[1])).start()"
    starters = [subprocess.Popen([sys.executable, "-c", code, str(server.data)], cwd=ROOT) for _ in range(3)]

    assert [starter.wait(timeout=60) for starter in starters] == [0, 0, 0]
    assert _one(server, "select 1", role=SUPERUSER, name="postgres") == 1


def test_a_pid_file_whose_number_is_somebody_else_s_now_is_seen_through(server: Server) -> None:
    with server.joined():
        pass
    cluster = server.data / "pg" / "data"
    (cluster / "postmaster.pid").write_text(f"{os.getppid()}\n{cluster}\n1700000000\n5432\n\n\n\nready   \n")

    with server.joined():
        assert _one(server, "select 1") == 1


def test_a_set_up_that_was_cut_off_is_begun_anew(server: Server) -> None:
    home = places.home(server.data, places.account(server.data))
    (home / "data.new").mkdir()
    (home / "data.new" / "PG_VERSION").write_text("18")
    who = places.account(server.data)
    for path in (home / "data.new", home / "data.new" / "PG_VERSION"):
        os.chown(path, who.uid, who.gid)

    with server.joined():
        assert _one(server, "select 1") == 1


def test_a_broken_cluster_says_where_to_look(server: Server) -> None:
    with server.joined():
        pass
    (server.data / "pg" / "data" / "global" / "pg_control").unlink()

    with pytest.raises(DatabaseError, match=r"(?s)does not start; its log is in .*could not find the database system"):
        server.start()


def test_a_server_is_joined_under_a_path_that_is_too_long_for_a_socket(server: Server) -> None:
    far = Server(server.data / ("long" * 20), durable=False)

    with far.joined():
        assert _one(far, "select 1") == 1

    places.socket_folder(far.data).rmdir()


def test_creating_a_database_again_changes_nothing(server: Server) -> None:
    with server.joined(name="twice"):
        server.create("twice")

        assert _one(server, "select current_database()", name="twice") == "twice"


def test_the_address_is_known_before_anything_exists(tmp_path: Path) -> None:
    assert url(Path("/srv/data"), APP) == f"postgresql:///{NAME}?host=/srv/data/pg&port=5432&user={APP}"


def test_stopping_what_does_not_run_is_fine(server: Server) -> None:
    server.stop()

    assert not server.listens()
