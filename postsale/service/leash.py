"""A supervised process dies with the process that started it, however that one dies.

django-q2's cluster is a chain of forks; without this, kill -9 of its first link leaves the others at work for ever
(RELIABILITY F3). Linux only: elsewhere the leash holds nothing, and the supervisor's process group has to do.
"""

import ctypes
import os
import signal
import sys

#: Names the process that holds the leash, by its id.
HOLDER = "POSTSALE_SUPERVISOR"
PR_SET_PDEATHSIG = 1  # linux/prctl.h


def hold() -> bool:
    """Tie this process, and each one that it will fork, to its parent, if that is a supervisor; says whether it is.

    Ends the process at once when the supervisor is gone already.
    """
    holder = os.environ.pop(HOLDER, "")
    if not holder:
        return False
    _die_with(int(holder))
    os.register_at_fork(before=_remember, after_in_child=lambda: _die_with(_forker))
    return True


_forker = 0


def _remember() -> None:
    global _forker  # noqa: PLW0603 -- what a fork must know of its parent has nowhere else to stand
    _forker = os.getpid()


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # It may have died before it could be told to whom.
    if os.getppid() != parent:
        os._exit(1)
