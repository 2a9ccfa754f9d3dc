"""Memory and end of a process: glibc keeps an arena for each thread, and in it what was freed; here it is returned.

An arena also reserves 64 MB of address space, which a process with a limit (RLIMIT_AS) does not have for each thread.
"""

from __future__ import annotations

import sys
from functools import cache

#: Parameters of mallopt(3), and their values: one arena for all threads; blocks from 64 KB are returned when freed.
_ARENA_MAX, _MMAP_THRESHOLD = -8, -3
_VALUES = ((_ARENA_MAX, 1), (_MMAP_THRESHOLD, 65_536))


#: Octets of the stack of a thread; by default they are 8 MB of address space each.
STACK = 512 << 10
_PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Let the kernel end this process with the one that started it (Linux, prctl(2)), even while it is stopped."""
    if sys.platform.startswith("linux"):
        import ctypes
        import signal

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))


@cache
def return_memory() -> None:
    """Set the allocator, once for the process and before it starts threads; does nothing without glibc."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter, value in _VALUES:
            mallopt(parameter, value)
