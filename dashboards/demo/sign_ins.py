"""The demo's sign-ins: one password for its whole team, kept in a file that `up` shows, for its owner's eyes only."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from dashboards.demo.opening import NAME, TEAM

#: As `postsale.management.commands.up` knows it.
FILE = "sign-ins.txt"
MARK = "demo-unfinished"


def new_password() -> str:
    """A fresh one that can be typed."""
    return f"juniper-{secrets.token_hex(5)}"


def write(password: str) -> None:
    """Keep what people need to sign in."""
    path = Path(settings.POSTSALE_DATA) / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"Sign in to the demo shop {NAME} with the password {password}:"]
    lines += [f"  {each.email:<22} {each.role.label.lower()}" for each in TEAM]
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@contextmanager
def unfinished() -> Iterator[bool]:
    """Mark that the demo shop is being made; says whether that was begun before, and never ended."""
    mark = Path(settings.POSTSALE_DATA) / MARK
    mark.parent.mkdir(parents=True, exist_ok=True)
    was_begun = mark.exists()
    mark.touch(mode=0o600)
    try:
        yield was_begun
    finally:
        mark.unlink(missing_ok=True)


def forget() -> None:
    """Nobody can sign in like that any more."""
    (Path(settings.POSTSALE_DATA) / FILE).unlink(missing_ok=True)
