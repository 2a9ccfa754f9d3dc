"""File descriptors of this process: how many it may still open."""

from __future__ import annotations

import contextlib
import errno
import os
import resource

#: Errors of a call that opens a file or socket: the limit of this process, of the machine.
FULL = frozenset({errno.EMFILE, errno.ENFILE})
#: The note of what was not done as none was free.
NONE_FREE = "no file descriptor was free: raise the limit with `ulimit -n 1024`"


def free() -> int:
    """How many descriptors this process may still open; a large number where that cannot be read."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError):
        return soft - len(os.listdir("/proc/self/fd"))
    return soft if soft != resource.RLIM_INFINITY else 1 << 20


def exhausted() -> bool:
    """Whether no descriptor can be opened now."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno in FULL
    return False
