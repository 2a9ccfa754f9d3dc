"""SIGINT and SIGTERM: the first ends the work in part with everything stored, a second one ends it at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from scanner.cli.shared.messages import print_message


class Stop:
    """Whether a signal was received. Not a `threading.Event`: a handler that sets one can block its own thread."""

    def __init__(self) -> None:
        self.wanted = False

    def is_set(self) -> bool:
        return self.wanted


@contextmanager
def stopping(what: str) -> Iterator[Stop]:
    """A Stop that SIGINT and SIGTERM set while the context is open; `what` names the work in the message."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # signals reach the main thread alone
        return

    def handler(number: int, frame: FrameType | None) -> None:
        if stop.wanted:
            raise KeyboardInterrupt
        stop.wanted = True
        with suppress(RuntimeError):  # the signal interrupted a write to standard error
            print_message(f"ending {what}; once more to stop at once")

    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, old in before.items():
            signal.signal(number, old)
