"""The entry point of the `phonescan` command; `--version` is printed before anything else is imported."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Sequence
from typing import NoReturn

from scanner.core import shortage
from scanner.version import __version__

#: Octets of the stack of a thread; by default they are 8 MB of address space each.
STACK = 512 << 10


def open_standard_streams() -> None:
    """Open the null device for each standard stream that the caller closed (`>&-`); a file would get its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - until the process ends


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; ends by SystemExit with the contract's exit status."""
    open_standard_streams()
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words == ["--version"]:
        print(f"phonescan {__version__}")
        return
    threading.stack_size(STACK)
    threading.excepthook = _thread_failed
    try:
        from scanner.cli.group import phonescan
        from scanner.cli.shared.signals import interruptible

        with interruptible():
            phonescan.main(words)
    except KeyboardInterrupt:  # while the commands were imported
        _end(3, "interrupted")
    except Exception as error:  # of an import, or of the report of an error, which may be short of memory itself
        if (short := shortage.sentence(error)) == "" or os.environ.get("PHONESCAN_DEBUG"):
            raise
        _end(4, short)


def _end(status: int, sentence: str) -> NoReturn:
    """End with a sentence on standard error, which needs no further memory or module."""
    with contextlib.suppress(OSError):
        os.write(2, f"phonescan: {sentence}\n".encode())
    sys.exit(status)


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    """Write a fault of a thread in one line; with PHONESCAN_DEBUG its traceback."""
    if os.environ.get("PHONESCAN_DEBUG"):
        threading.__excepthook__(failed)
    else:
        name = failed.thread.name if failed.thread else "a thread"
        sys.stderr.write(f"phonescan: {name} ended: {failed.exc_type.__name__}: {failed.exc_value}\n")
