"""A supervised process, and all that it forked, dies with its supervisor."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

from postsale.service import leash
from tests.waiting import lives, until

ROOT = Path(__file__).resolve().parents[3]
#: Forks once, as django-q2 does, and tells both ids.
HELD = """
import os, sys, time
from postsale.service import leash
assert leash.hold()
pid = os.fork()
if pid:
    print(os.getpid(), pid, flush=True)
time.sleep(600)
"""
#: A supervisor that starts the one above and waits.
HOLDER = """
import os, subprocess, sys
subprocess.run([sys.executable, "-c", sys.argv[1]], env=os.environ | {"POSTSALE_SUPERVISOR": str(os.getpid())})
"""


def test_kill_9_of_the_supervisor_ends_the_process_and_its_fork() -> None:
    supervisor = subprocess.Popen([sys.executable, "-c", HOLDER, HELD], stdout=subprocess.PIPE, cwd=ROOT, text=True)
    assert supervisor.stdout is not None
    held = [psutil.Process(int(pid)) for pid in supervisor.stdout.readline().split()]
    assert len(held) == 2

    supervisor.kill()
    supervisor.wait()
    supervisor.stdout.close()

    until(lambda: not any(lives(process) for process in held), within=5, what="both are gone")


def test_a_process_whose_supervisor_is_gone_already_ends_at_once() -> None:
    orphan = subprocess.run(
        [sys.executable, "-c", "from postsale.service import leash; leash.hold(); print('alive')"],
        env=os.environ | {leash.HOLDER: "1"}, cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip

    assert (orphan.returncode, orphan.stdout) == (1, b"")


def test_without_a_supervisor_there_is_no_leash() -> None:
    assert leash.hold() is False
