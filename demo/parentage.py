"""Child processes that cannot outlive the program that started them, even when that is killed with SIGKILL."""

from __future__ import annotations

import ctypes
import signal
from collections.abc import Callable

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent(how: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """For `subprocess.Popen(preexec_fn=die_with_parent())`: the kernel sends `how` when the parent ends (prctl(2)).

    A change of user would clear the request; Popen changes the user before it calls this, so it holds.
    """
    number = int(how)

    def ask_the_kernel() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, number)

    return ask_the_kernel
