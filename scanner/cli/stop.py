"""Stopping by Ctrl-C or SIGTERM: the first ends the work in part, with everything kept; a second one at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType

from scanner.cli.group import say


@contextmanager
def stopping(what: str) -> Iterator[Event]:
    """An event that SIGINT and SIGTERM set while the context is open; `what` is what is then brought to an end."""
    stop = Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # signals reach the main thread alone
        return

    def handler(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        say(f"ending {what}; once more to stop at once")

    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, old in before.items():
            signal.signal(number, old)
