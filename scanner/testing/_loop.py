"""The event loop of the farm: readiness callbacks and timers in one thread."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import selectors
import socket
import time
from collections.abc import Callable

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Loop:
    """Calls a callback when a socket is ready or a timer expires, until `stop()` is called from any thread."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._waker, self._woken = socket.socketpair()
        self._stopped = False
        self.watch(self._woken, READ, lambda: None)

    def watch(self, sock: socket.socket, events: int, callback: Callable[[], None]) -> None:
        """Call `callback` whenever `sock` is ready for `events`."""
        self._selector.register(sock, events, callback)

    def change(self, sock: socket.socket, events: int, callback: Callable[[], None]) -> None:
        """Watch `sock` for other events."""
        self._selector.modify(sock, events, callback)

    def forget(self, sock: socket.socket) -> None:
        """Stop watching `sock`; no effect if it is not watched."""
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(sock)

    def later(self, seconds: float, callback: Callable[[], None]) -> None:
        """Call `callback` once after a number of seconds."""
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._order), callback))

    def run(self) -> None:
        """Serve until stopped."""
        select, timers = self._selector.select, self._timers
        while not self._stopped:
            wait = max(0.0, timers[0][0] - time.monotonic()) if timers else None
            for key, _ in select(wait):
                key.data()
            now = time.monotonic()
            while timers and timers[0][0] <= now:
                heapq.heappop(timers)[2]()

    def stop(self) -> None:
        """End `run`; callable from any thread."""
        self._stopped = True
        self._waker.send(b"x")

    def close(self) -> None:
        """Release the descriptors of the loop; the owners of the watched sockets close these."""
        self._selector.close()
        self._waker.close()
        self._woken.close()
