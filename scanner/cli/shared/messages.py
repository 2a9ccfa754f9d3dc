"""Messages for the user on standard error, with secrets and control characters removed, and bounded."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

from scanner.cli.shared.output import folded

#: Longest word of a message and what remains of a longer one at its start and end; longest message. In characters.
WORD, START, END, LONGEST = 300, 150, 100, 4_000
_LONG_WORD = re.compile(rf"(\S{{{START}}})\S{{{WORD - START - END},}}(\S{{{END}}})")


def print_message(sentence: str) -> None:
    """Write one sentence that begins with the name of the program."""
    from scanner.settings.secrets import redacted

    write_lines(f"phonescan: {bounded_message(redacted(sentence))}".splitlines())


def bounded_message(sentence: str) -> str:
    """A sentence without the middle of its long words: it may repeat an argument, which has no limit."""
    short = _LONG_WORD.sub(r"\1…\2", sentence[: 100 * LONGEST])
    return short if len(short) <= LONGEST else f"{short[:LONGEST]}…"


def write_lines(lines: Iterable[str]) -> None:
    """Write lines to standard error, folded on a terminal.

    A bar replaces `sys.stderr` while it is shown, and writes lines above itself; click would write into the bar.
    """
    for line in folded(lines, sys.stderr):
        print(line, file=sys.stderr)
