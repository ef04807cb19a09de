"""Make .venv from the pinned, hashed locks, once: `python bootstrap.py LOCK...`; the last lock holds all of the others.

Run by any Python ≥ 3.12 before anything is installed, so the standard library has to do. A lock that changed is
installed anew; a venv that doesn't run any more (the checkout moved, its Python is gone) is made anew.
"""

import fcntl
import hashlib
import json
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "postsale-locks.json"
PYTHON = VENV / "bin" / "python"
QUIET = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore", "PIP_NO_INPUT": "1"}


def main(locks: list[Path]) -> int:
    """Bring .venv up to the locks; 0 when it is."""
    VENV.mkdir(exist_ok=True)
    with (VENV / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in locks}
        if _runs("import pip"):
            if wanted.items() <= _installed().items():
                return 0
        else:
            _say(f"making .venv with Python {sys.version.split()[0]}")
            _make()
        _say(f"installing what {locks[-1].name} pins (this is done once)")
        code = _install(locks[-1])
        if code == 0:
            STAMP.write_text(json.dumps(wanted), encoding="utf-8")
        return code


def _runs(code: str) -> bool:
    """Whether the venv's Python is there, new enough and can run `code`."""
    test = f"import sys; {code}; sys.exit(sys.version_info < (3, 12) or sys.prefix != {str(VENV)!r})"
    try:
        done = subprocess.run([PYTHON, "-I", "-c", test], capture_output=True, check=False)  # noqa: S603

    except OSError:
        return False
    return done.returncode == 0


def _installed() -> dict[str, str]:
    try:
        return dict(json.loads(STAMP.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _make() -> None:
    venv.EnvBuilder(clear=True, with_pip=True, symlinks=True).create(VENV)


def _install(lock: Path) -> int:
    command: list[str | Path] = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--require-hashes",
        "--no-deps",
        "--only-binary",
        ":all:",
        "-r",
        lock,
    ]
    done = subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=os.environ | QUIET, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        sys.stderr.write(f"{done.stdout}\npostsale: pip could not install {lock.name}; see above.\n")
    return done.returncode


def _say(words: str) -> None:
    sys.stdout.write(f"postsale: {words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main([ROOT / name for name in sys.argv[1:]]))
