"""A progress bar on standard error, shown on a terminal alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

from scanner.cli.shared.output import has_colour, is_terminal

#: `advance(done, of, words)`: how much is done, of how much (0 when unknown), and the current step.
Advance = Callable[[float, float, str], None]
#: Width of a terminal, in characters, from which on the bar shows title and time.
WIDE = 110


def _hidden(done: float, of: float, words: str) -> None:
    return None


class _Tolerant:
    """A text stream whose terminal may be closed while the bar is shown: what it does not take is dropped."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


@contextmanager
def bar(title: str) -> Iterator[Advance]:
    """A bar on standard error while the context is open; without a terminal, nothing."""
    if not is_terminal(sys.stderr):
        yield _hidden
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.text import Text

    from scanner.core.text import shown

    stream = cast(TextIO, _Tolerant(sys.stderr))
    console = Console(file=stream, no_color=not has_colour(sys.stderr), highlight=False, markup=False, emoji=False)
    wide = console.width >= WIDE
    before: list[ProgressColumn] = [TextColumn(title, markup=False)] if wide else []
    after: list[ProgressColumn] = [TimeElapsedColumn()] if wide else []
    long = 30 if wide else 8
    room = console.width - long - (len(title) + 20 if wide else 12)
    with Progress(
        SpinnerColumn(),
        *before,
        BarColumn(bar_width=long),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.description}", markup=False),
        *after,
        console=console,
        transient=True,
    ) as progress:
        task = progress.add_task("", total=None)

        def advance(done: float, of: float, words: str) -> None:
            text = Text(shown(words))
            text.truncate(room, overflow="ellipsis")
            progress.update(task, completed=done, total=of or None, description=text.plain)

        yield advance
