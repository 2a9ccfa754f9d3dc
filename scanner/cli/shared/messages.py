"""Messages for the user on standard error, with secrets and control characters removed, and bounded."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable

from scanner.cli.shared.output import folded
from scanner.core.text import shortened


def print_message(sentence: str, *further: str) -> None:
    """Write one sentence that begins with the name of the program, and `further` ones, each on a line of its own."""
    from scanner.settings.secrets import redacted

    write_lines(shortened(redacted(one)) for one in (f"phonescan: {sentence}", *further))


def write_diagnostic(text: str) -> None:
    """Write text to standard error as it is; nothing where it is full or closed: progress never ends the work."""
    with contextlib.suppress(OSError, ValueError):
        print(text, end="", file=sys.stderr, flush=True)


def write_lines(lines: Iterable[str]) -> None:
    """Write lines to standard error, folded on a terminal; nothing where it is full or closed.

    A bar replaces `sys.stderr` while it is shown, and writes lines above itself; click would write into the bar.
    """
    with contextlib.suppress(OSError, ValueError):
        for line in folded(lines, sys.stderr):
            print(line, file=sys.stderr)
