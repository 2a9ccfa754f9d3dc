"""The allocator of the C library, set to return memory: glibc keeps an arena for each thread, and in it what was freed.

An arena also reserves 64 MB of address space, which a process with a limit (RLIMIT_AS) does not have for each thread.
"""

from __future__ import annotations

import sys
from functools import cache

#: Parameters of mallopt(3), and their values: one arena for all threads; blocks from 64 KB are returned when freed.
_ARENA_MAX, _MMAP_THRESHOLD = -8, -3
_VALUES = ((_ARENA_MAX, 1), (_MMAP_THRESHOLD, 65_536))


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
