"""The whole house, as `make run` starts it: what is killed or hangs comes back, and the end is an end."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import psutil
import pytest

from postsale.service.database import Server
from tests.waiting import lives, until

ROOT = Path(__file__).resolve().parents[3]
#: Generous: two busy cores, and a whole Django to load.
SOON = 60.0
#: What contract/commands.md promises for the end.
END_SECONDS = 15.0
#: read(2) on x86-64 and on aarch64.
READ = {"0", "63"}

# One worker runs them all, and in this order: they share a house.
pytestmark = pytest.mark.xdist_group("up")


class House:
    """`manage.py up` in a data folder of its own."""

    def __init__(self, data: Path) -> None:
        self.data, self.log = data, data / "up.log"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        tests_own = {"SECRET_KEY", "BASE_URL", "DJANGO_SETTINGS_MODULE"}
        self.environment = {name: value for name, value in os.environ.items() if name not in tests_own}
        self.environment |= {
            "POSTSALE_DATA": str(data),
            "PORT": str(self.port),
            "LOG_LEVEL": "CRITICAL",
            "DJANGO_SETTINGS_MODULE": "tests.postsale.service.quick",
        }

    def start(self) -> None:
        """Start it and wait until it says where it is."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.says(f"Postsale is at http://127.0.0.1:{self.port}/")
        self.is_ready()

    def child(self, word: str) -> psutil.Process:
        """The supervisor's child whose command line has `word` in it."""
        return until(lambda: self._child(word), within=SOON, what=f"a process of {word}")

    def _child(self, word: str) -> psutil.Process | None:
        for process in psutil.Process(self.process.pid).children():
            try:
                if any(word in part for part in process.cmdline()):
                    return process
            except psutil.Error:
                continue
        return None

    def cluster(self) -> list[psutil.Process]:
        """The processes of a whole django-q2 cluster: main, sentinel, two workers, pusher, monitor."""
        return until(self._cluster, within=SOON, what="a whole cluster")

    def _cluster(self) -> list[psutil.Process]:
        main = self.child("qcluster")
        family = [main, *main.children(recursive=True)]
        return family if len(family) >= 6 else []

    def lines(self) -> list[str]:
        """What the supervisor itself has said."""
        return [line for line in self.words().splitlines() if line.startswith("postsale: ")]

    def words(self) -> str:
        """All that it has said."""
        return self.log.read_text(encoding="utf-8")

    def says(self, sentence: str, *, times: int = 1) -> None:
        """Wait until it has said something that often."""
        until(
            lambda: self.words().count(sentence) >= times, within=SOON, what=lambda: f"{sentence!r} in {self.words()}"
        )

    def answers(self, path: str) -> int:
        """The status that a path answers with; 0 for none."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=3) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def is_ready(self) -> None:
        """Wait until database, migrations and worker are ready."""
        until(lambda: self.answers("/readyz/") == HTTPStatus.OK, within=SOON, what=lambda: f"ready; {self.words()}")

    @contextmanager
    def says_anew(self, sentence: str) -> Iterator[None]:
        """The block makes it say the sentence once more, and be ready again."""
        before = self.words().count(sentence)
        yield
        self.says(sentence, times=before + 1)
        self.is_ready()

    def postmaster(self) -> psutil.Process:
        """The first process of its PostgreSQL."""
        return psutil.Process(int((self.data / "pg/data/postmaster.pid").read_text().split("\n", 1)[0]))


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A data folder that PostgreSQL's account can reach."""
    with tempfile.TemporaryDirectory(prefix="up-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
        Server(Path(folder)).stop()


@pytest.fixture(scope="module")
def house(data: Path) -> Iterator[House]:
    """A running house."""
    mine = House(data)
    try:
        mine.start()
        yield mine
    finally:
        mine.process.terminate()
        mine.process.wait(timeout=60)


def test_it_says_where_it_is_who_can_sign_in_and_where_to_look(house: House) -> None:
    said = house.words()

    assert [sentence in said for sentence in ("Ctrl-C stops it", "/setup/?token=", "look first at")] == [True] * 3
    assert house.answers("/healthz/") == HTTPStatus.OK


def test_a_killed_web_server_is_started_again(house: House) -> None:
    with house.says_anew("web was killed (SIGKILL): starting it again"):
        house.child("service.server").kill()


def test_a_web_server_that_hangs_is_started_again(house: House) -> None:
    with house.says_anew("web gave no sign of life for"):
        house.child("service.server").suspend()


def test_a_killed_cluster_leaves_nobody_behind_and_is_started_again(house: House) -> None:
    main, *family = house.cluster()

    with house.says_anew("worker was killed (SIGKILL): starting it again"):
        main.kill()

    assert [process for process in family if lives(process)] == []


def test_a_killed_sentinel_is_no_clean_end(house: House) -> None:
    """RELIABILITY F3: django-q2's main process then ends with code 0 and leaves orphans at work."""
    main, *family = house.cluster()
    (sentinel,) = main.children()

    with house.says_anew("worker ended (exit code 0): starting it again"):
        sentinel.kill()

    assert [process for process in family if lives(process)] == []


def test_killed_holders_of_the_queue_s_locks_do_not_stop_the_queue_for_ever(house: House) -> None:
    """RELIABILITY F1: all processes look alive then, and no task runs any more."""
    readers = until(lambda: _readers(house.cluster()), within=SOON, what="processes that wait for tasks")

    with house.says_anew("worker gave no sign of life for"):
        for process in readers:
            process.kill()


def test_an_immediate_restart_of_the_database_ends_nobody(house: House) -> None:
    web, worker, before = house.child("service.server"), house.cluster()[0], house.lines()
    server = Server(house.data)

    assert server._pg_ctl("restart", "-m", "immediate", "-l", str(house.data / "pg/start.log")) is None
    house.is_ready()

    assert (lives(web), lives(worker), house.lines()) == (True, True, before)


def test_a_killed_database_is_started_again_and_ends_nobody(house: House) -> None:
    web, worker = house.child("service.server"), house.cluster()[0]

    with house.says_anew("the database has ended: starting it again"):
        house.postmaster().kill()

    assert (lives(web), lives(worker)) == (True, True), house.words()


def test_another_command_joins_its_database_and_leaves_it_running(house: House) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "showmigrations", "--plan"],
        cwd=ROOT, env=house.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, "[ ]" in done.stdout) == (0, False)
    assert house.answers("/readyz/") == HTTPStatus.OK


def test_a_second_house_in_the_same_folder_is_refused(house: House) -> None:
    done = _try_up(house.environment | {"PORT": str(house.port - 1)})

    assert (done.returncode, done.stderr.startswith("Postsale can't start: it runs already in the data folder")) == (
        1,
        True,
    )


def test_a_second_house_on_the_same_port_is_refused(house: House, tmp_path: Path) -> None:
    done = _try_up(house.environment | {"POSTSALE_DATA": str(tmp_path)})

    assert (done.returncode, f"port {house.port} on 127.0.0.1 is taken" in done.stderr) == (1, True)


def test_after_kill_9_of_the_supervisor_nobody_works_on_and_the_next_start_is_as_ever(house: House) -> None:
    family = [house.child("service.server"), *house.cluster()]
    house.process.kill()
    house.process.wait()
    until(lambda: not any(lives(process) for process in family), within=10, what="all of them are gone")

    house.start()

    assert house.answers("/readyz/") == HTTPStatus.OK


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_of_it_in_time(house: House, number: signal.Signals) -> None:
    if house.process.poll() is not None:
        house.start()
    family = [house.postmaster(), house.child("service.server"), *house.cluster()]

    house.process.send_signal(number)

    assert house.process.wait(timeout=END_SECONDS) == 0
    assert [process for process in family if lives(process)] == []
    assert house.words().rstrip().endswith("postsale: stopped")


def _readers(cluster: list[psutil.Process]) -> list[psutil.Process]:
    """Those of the cluster's processes that are blocked in read(2): they hold the lock of the queue that they read."""
    return [process for process in cluster[2:] if _call(process.pid) in READ]


def _call(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/syscall").read_text(encoding="ascii").split()[0]
    except OSError:
        return ""


def _try_up(environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "up"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
