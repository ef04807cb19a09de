"""How a task that works for long learns that its cluster is asked to end: django-q2 tells its workers only between tasks.

The supervisor names a file to its children and makes it when the end has come. Where no supervisor is, nobody is asked.
"""

import os
from pathlib import Path

#: Names the file.
FILE = "POSTSALE_STOP_FILE"


def is_asked() -> bool:
    """Whether to end now, at the next point where nothing is half done. Costs a microsecond: ask as often as you like."""
    name = os.environ.get(FILE)
    return name is not None and os.path.exists(name)  # noqa: PTH110 -- the quickest way


def clear(file: Path) -> None:
    """Nobody is asked yet."""
    file.unlink(missing_ok=True)


def ask(file: Path) -> None:
    """Ask everybody who was told of `file`."""
    file.touch(mode=0o600)
