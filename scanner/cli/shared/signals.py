"""Stopping by Ctrl-C or SIGTERM: the first ends the work in part, with everything kept; a second one at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from scanner.cli.group import say


class Stop:
    """Whether the user wants an end. No `threading.Event`: a handler that sets one may wait for its own thread."""

    def __init__(self) -> None:
        self.wanted = False

    def is_set(self) -> bool:
        return self.wanted


@contextmanager
def stopping(what: str) -> Iterator[Stop]:
    """What SIGINT and SIGTERM set while the context is open; `what` is what is then brought to an end."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # signals reach the main thread alone
        return

    def handler(number: int, frame: FrameType | None) -> None:
        if stop.wanted:
            raise KeyboardInterrupt
        stop.wanted = True
        with suppress(RuntimeError):  # standard error was just being written to
            say(f"ending {what}; once more to stop at once")

    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, old in before.items():
            signal.signal(number, old)
