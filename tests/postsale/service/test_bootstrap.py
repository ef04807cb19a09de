"""`.venv` is made once, made good when it is broken, and brought up to date when a lock changed."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
INSTALLING = "postsale: installing what requirements.lock pins (this is done once)"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose lock pins nothing."""
    for name in ("postsale/service/bootstrap.py", ".ci/python"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "requirements.lock").write_text("# nothing\n")
    return tmp_path


def _bootstrap(checkout: Path) -> "subprocess.CompletedProcess[str]":
    command = ["sh", ".ci/python", "postsale/service/bootstrap.py", "requirements.lock"]
    environment = {"PATH": os.defpath, "HOME": str(checkout), "PYTHON": sys.executable}
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)


def test_it_is_made_once_and_again_only_when_there_is_a_reason(checkout: Path) -> None:
    first, second = _bootstrap(checkout), _bootstrap(checkout)
    (checkout / "requirements.lock").write_text("# still nothing\n")
    changed = _bootstrap(checkout)
    (checkout / ".venv/bin/python").unlink()
    broken = _bootstrap(checkout)

    assert [done.returncode for done in (first, second, changed, broken)] == [0, 0, 0, 0]
    assert first.stdout.splitlines()[0].startswith("postsale: making .venv with Python 3.")
    assert second.stdout == ""
    assert changed.stdout.splitlines() == [INSTALLING]
    assert len(broken.stdout.splitlines()) == 2


def test_a_wheel_with_another_hash_is_refused_and_tried_again_the_next_time(checkout: Path) -> None:
    (checkout / "thing-1-py3-none-any.whl").write_bytes(b"not what was pinned")
    pinned = hashlib.sha256(b"what was pinned").hexdigest()
    (checkout / "requirements.lock").write_text(f"./thing-1-py3-none-any.whl --hash=sha256:{pinned}\n")

    first, second = _bootstrap(checkout), _bootstrap(checkout)

    assert [done.returncode for done in (first, second)] == [1, 1]
    assert "pip could not install requirements.lock" in first.stderr
    assert second.stdout.splitlines() == [INSTALLING]


def test_without_a_fitting_python_it_says_what_to_install(checkout: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", ".ci/python", "-V"],
        cwd=checkout, env={"PATH": "/nowhere", "HOME": str(checkout), "PYTHON": "/bin/false", "PYENV_ROOT": "/nowhere"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode in {0, 1}  # a Python in /usr/local or /opt is found without any PATH
    assert ("apt-get install python3.13" in done.stderr) is (done.returncode == 1)
