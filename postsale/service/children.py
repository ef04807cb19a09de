"""One process that the supervisor keeps alive: started in a group of its own, judged by what it shows, ended whole."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from postsale.service import leash

ROOT = Path(__file__).resolve().parent.parent.parent
#: Until its first sign of life a process may take this long, and twice as long after each start that came to nothing: a
#: machine may be too busy to load all of it in time, and killing it for that would help nobody.
START_SECONDS = 20.0
MOST_DOUBLINGS = 3
#: A process that dies at once, again and again, is started at this pace at last.
LONGEST_PAUSE = 10.0


@dataclass
class Child:
    """A command, how it is called in what we print, and how long it may be silent (seconds)."""

    name: str
    command: Sequence[str]
    patience: float
    environment: dict[str, str] = field(default_factory=dict)
    restarts: int = 0
    _process: "subprocess.Popen[bytes] | None" = None
    _born: float = 0.0
    _quick_deaths: int = 0
    _failed_starts: int = 0

    def start(self) -> None:
        """Start it; its output goes where ours goes."""
        environment = os.environ | self.environment | {leash.HOLDER: str(os.getpid())}
        self._process = subprocess.Popen(  # noqa: S603 -- our own commands
            [sys.executable, *self.command], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
        )
        self._born = time.monotonic()

    @property
    def pid(self) -> int | None:
        """Its process id, which is its group's, too."""
        return self._process.pid if self._process else None

    def seconds_up(self) -> float:
        """How long ago it was started."""
        return time.monotonic() - self._born

    def trouble(self, *, silence: float | None, calm: float) -> str | None:
        """What is wrong with it, in words, or None.

        `silence` is the time since its last sign of life (None: none yet), `calm` the time for which it could have
        given one: a silence that the database's absence explains does not count.
        """
        code = self._process.poll() if self._process else 0
        if code is not None:
            return f"was killed ({signal.Signals(-code).name})" if code < 0 else f"ended (exit code {code})"
        up = self.seconds_up()
        is_new = silence is None or silence >= up
        quiet = min(up, calm) if silence is None or is_new else min(silence, calm)
        if not is_new:
            self._failed_starts = 0
        limit = START_SECONDS * 2.0 ** min(self._failed_starts, MOST_DOUBLINGS) if is_new else self.patience
        if quiet <= limit:
            return None
        self._failed_starts += is_new
        return f"gave no sign of life for {quiet:.0f} s"

    def pause(self) -> float:
        """How long to wait before it is started again (seconds): not at all, unless it keeps dying young."""
        self._quick_deaths = self._quick_deaths + 1 if self.seconds_up() < 5 else 0
        return min(LONGEST_PAUSE, 2.0 ** (self._quick_deaths - 1)) if self._quick_deaths else 0.0

    def ask_to_end(self) -> None:
        """Send SIGTERM to the process itself; it ends those that it started."""
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def end(self, *, by: float) -> None:
        """Wait for its end until the monotonic time `by`, then kill what is left of its group."""
        if self._process is None:
            return
        try:
            self._process.wait(timeout=max(0.0, by - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.kill()
        else:
            self._kill_group()

    def kill(self) -> None:
        """End the whole group at once."""
        if self._process is not None:
            self._kill_group()
            self._process.wait()

    def _kill_group(self) -> None:
        if self._process is not None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return
