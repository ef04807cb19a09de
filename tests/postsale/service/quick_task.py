"""The shortest drain that there is."""

from postsale.service.heartbeat import beat


def beat_once() -> None:
    """Give a sign of life."""
    beat()
