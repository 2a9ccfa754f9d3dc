"""Opens sockets where descriptors or memory of the kernel are short: waits until others are closed."""

from __future__ import annotations

import errno
import socket
import time

#: What a call fails with while descriptors or memory of the kernel are short.
SHORT = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
#: Seconds between two tries to open a socket.
_PAUSE = 0.05


def open_socket(family: int, kind: int, deadline: float) -> socket.socket:
    """A socket; while descriptors are short, waits until others are closed, but not beyond `deadline`."""
    while True:
        try:
            return socket.socket(family, kind)
        except OSError as error:
            if error.errno not in SHORT or time.monotonic() + _PAUSE > deadline:
                raise
            time.sleep(_PAUSE)
