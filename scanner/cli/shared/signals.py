"""SIGINT, SIGTERM and SIGHUP: the first ends the work in part with everything stored, a second one ends it at once.

The interpreter runs a handler between two instructions of the main thread, which may wait for a lock, a name server or
a process. So a thread of its own reads the signals, too, and ends the process where the work has not ended in time.
"""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

from scanner.cli.shared.exit_status import PARTLY
from scanner.cli.shared.messages import print_message

#: Seconds that the work gets to end after the first signal, and longest time that it waits for a processor beyond it.
PATIENCE, STARVED = 1.7, 10.0
#: Seconds that the main thread gets to end after a second signal.
AT_ONCE = 0.2
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: What is still stored when the work did not end in time.
_ENDED = b"phonescan: ended before everything was recorded; what was stored is kept, and `phonescan scans` lists it\n"
_INTERRUPTED = b"phonescan: interrupted\n"


class Stop:
    """Whether a signal was received. Not a `threading.Event`: a handler that sets one can block its own thread."""

    def __init__(self) -> None:
        self.wanted = False

    def is_set(self) -> bool:
        return self.wanted


@contextmanager
def stopping(what: str) -> Iterator[Stop]:
    """A Stop that the signals set while the context is open; `what` names the work in the message.

    The process ends with status 3 at a second signal, or `PATIENCE` seconds after the first one.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # signals reach the main thread alone
        return

    def handler(number: int, frame: FrameType | None) -> None:
        if stop.wanted:
            raise KeyboardInterrupt
        stop.wanted = True
        if number == signal.SIGHUP:
            _leave_closed_terminal()
        with suppress(RuntimeError):  # the signal interrupted a write to standard error
            print_message(f"ending {what}; once more to stop at once")

    def ends(number: int) -> bool:  # `schedule run` reads its settings again on SIGHUP
        return number in _SIGNALS and (number != signal.SIGHUP or signal.getsignal(number) is handler)

    with _handled(handler, _SIGNALS), _watched(ends, _ENDED):
        yield stop


@contextmanager
def interruptible() -> Iterator[None]:
    """Let each signal raise KeyboardInterrupt and end the process in time, except where a command has its own handler.

    KeyboardInterrupt would wait for SQLite, which waits for a lock of another program, or for a name server.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handler(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            _leave_closed_terminal()
        raise KeyboardInterrupt

    def ends(number: int) -> bool:
        return number in _SIGNALS and signal.getsignal(number) in (handler, signal.default_int_handler)

    with _handled(handler, _SIGNALS[1:]), _watched(ends, _INTERRUPTED):
        yield


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], None], numbers: Sequence[int]) -> Iterator[None]:
    """Let signals call `handler` while the context is open; under nohup(1), SIGHUP stays ignored."""
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    before = {number: signal.signal(number, handler) for number in numbers if number != signal.SIGHUP or not ignored}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _leave_closed_terminal() -> None:
    """Let standard output and error be the null device where their terminal was closed: each write would fail."""
    for descriptor in (1, 2):
        try:
            os.write(descriptor, b"")
        except OSError:
            with suppress(OSError):
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, descriptor)
                os.close(null)


@contextmanager
def _watched(ends: Callable[[int], bool], line: bytes) -> Iterator[None]:
    """Let a thread end the process where a signal has not; without a further thread or descriptor, go without it."""
    try:
        ours, theirs = os.pipe()
    except OSError:
        yield
        return
    os.set_blocking(theirs, False)
    thread = threading.Thread(target=_watch, args=(ours, ends, line), name="signals", daemon=True)
    try:
        thread.start()
    except (RuntimeError, MemoryError):
        os.close(ours)
        os.close(theirs)
        yield
        return
    before = signal.set_wakeup_fd(theirs, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(theirs)
        thread.join()
        os.close(ours)


def _watch(received: int, ends: Callable[[int], bool], line: bytes) -> None:
    """Read the numbers of signals until the other end is closed, and end the process in time after those of `ends`."""
    signals, end, starved = 0, float("inf"), 0.0
    while True:
        if not select.select([received], [], [], max(0.01, end - time.monotonic()) if signals else None)[0]:
            waited, starved = _waited_for_a_processor() - starved, _waited_for_a_processor()
            if signals == 1 and 0.1 < waited < STARVED:
                end = time.monotonic() + waited
                continue
            break
        data = os.read(received, 64)
        if not data:
            return
        before, signals = signals, signals + sum(map(ends, data))
        if signals > before:  # the handler of the main thread is first, where it can run
            end, starved = time.monotonic() + (PATIENCE if signals == 1 else AT_ONCE), _waited_for_a_processor()
    with suppress(OSError):
        os.write(2, line)
    os._exit(PARTLY)


def _waited_for_a_processor() -> float:
    """Seconds that the main thread was ready and other programs had the processor (Linux, proc(5): schedstat)."""
    try:
        with open("/proc/self/schedstat", encoding="ascii") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
