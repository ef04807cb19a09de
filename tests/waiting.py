"""Wait for what other processes bring about: as short as it takes, and never without an end."""

import threading
import time
from collections.abc import Callable

import psutil


def until[T](ask: Callable[[], T | None], *, within: float, what: str | Callable[[], str]) -> T:
    """Ask again and again until the answer is not None, False or empty; fail with `what` after `within` seconds."""
    last = time.monotonic() + within
    while not (answer := ask()):
        assert time.monotonic() < last, f"not within {within} s: {what() if callable(what) else what}"
        threading.Event().wait(0.05)
    return answer


def lives(process: psutil.Process) -> bool:
    """Whether a process still runs; a zombie only waits for whoever started it."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
