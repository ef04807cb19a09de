"""A child is judged by what it shows, and ended whole."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from postsale.service.children import LONGEST_PAUSE, START_SECONDS, Child
from tests.waiting import lives, until

SLEEPS = ["-c", "import time; time.sleep(600)"]


@pytest.fixture
def child() -> Iterator[Child]:
    """A process that sleeps."""
    sleeper = Child("sleeper", SLEEPS, patience=5.0)
    sleeper.start()
    yield sleeper
    sleeper.kill()


@pytest.mark.parametrize(
    ("up", "silence", "calm", "expected"),
    [
        (100, 1, 100, None),
        (100, 5, 100, None),
        (100, 5.6, 100, "gave no sign of life for 6 s"),
        (100, 50, 3, None),  # the database was away until three seconds ago
        (100, 50, -10, None),
        (3, 100, 100, None),  # the sign is that of the one before
        (19, None, 100, None),
        (21, None, 100, "gave no sign of life for 21 s"),
        (21, 100, 100, "gave no sign of life for 21 s"),
        (21, None, 10, None),
    ],
)
def test_silence_is_trouble_when_nothing_excuses_it(
    child: Child, up: float, silence: float | None, calm: float, expected: str | None
) -> None:
    child._born = time.monotonic() - up

    assert child.trouble(silence=silence, calm=calm) == expected


def test_each_start_that_comes_to_nothing_gives_the_next_one_twice_the_time(child: Child) -> None:
    born = []
    for seconds in (START_SECONDS + 1, 2 * START_SECONDS - 1, 2 * START_SECONDS + 1):
        child._born = time.monotonic() - seconds
        born.append(child.trouble(silence=None, calm=1000) is not None)

    assert born == [True, False, True]


def test_a_sign_of_life_forgets_the_failed_starts(child: Child) -> None:
    child._born = time.monotonic() - START_SECONDS - 1
    assert child.trouble(silence=None, calm=1000) is not None

    assert child.trouble(silence=1, calm=1000) is None

    assert child.trouble(silence=None, calm=1000) is not None


def test_a_killed_child_is_trouble_and_says_the_signal(child: Child) -> None:
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)

    words = until(lambda: child.trouble(silence=0, calm=-10), within=5, what="the death is seen")

    assert words == "was killed (SIGKILL)"


def test_a_child_that_ended_is_trouble_even_with_code_0() -> None:
    ended = Child("quick", ["-c", "pass"], patience=5.0)
    ended.start()

    words = until(lambda: ended.trouble(silence=0, calm=100), within=10, what="the end is seen")

    assert words == "ended (exit code 0)"


def test_one_that_keeps_dying_young_is_started_ever_more_slowly() -> None:
    young = Child("young", SLEEPS, patience=5.0)
    young._born = time.monotonic()

    pauses = [young.pause() for _ in range(6)]

    assert pauses == [1, 2, 4, 8, LONGEST_PAUSE, LONGEST_PAUSE]


def test_one_that_dies_after_a_while_is_started_at_once() -> None:
    old = Child("old", SLEEPS, patience=5.0)
    old._born = time.monotonic() - 60

    assert old.pause() == 0


def test_a_child_that_ignores_sigterm_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    stubborn = Child("stubborn", ["-c", _STUBBORN, str(tmp_path / "pid")], patience=5.0)
    stubborn.start()
    grandchild = psutil.Process(int(until(lambda: _text(tmp_path / "pid"), within=10, what="the grandchild")))

    stubborn.ask_to_end()
    stubborn.end(by=time.monotonic() + 0.2)

    assert stubborn.trouble(silence=0, calm=100) == "was killed (SIGKILL)"
    until(lambda: not lives(grandchild), within=5, what="the grandchild's end")


def test_what_was_never_started_can_be_ended() -> None:
    never = Child("never", SLEEPS, patience=5.0)

    never.ask_to_end()
    never.end(by=time.monotonic())
    never.kill()

    assert never.pid is None


_STUBBORN = """
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(sys.argv[1]).write_text(str(inner.pid))
time.sleep(600)
"""


def _text(path: Path) -> str:
    return path.read_text(encoding="ascii") if path.exists() else ""
