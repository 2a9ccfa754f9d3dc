"""Output of commands: rows, JSON and reports to standard output or to a file, with colour on terminals alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TextIO, TypeVar

import click

from scanner.app import files
from scanner.core import saving
from scanner.core.errors import UsageError
from scanner.core.text import safe_json, shown

T = TypeVar("T")

#: Narrowest terminal that text is laid out for, in characters.
LEAST_WIDTH = 20


def is_terminal(stream: TextIO) -> bool:
    """Whether a stream is a terminal that takes control sequences."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def has_colour(stream: TextIO) -> bool:
    """Whether output to a stream is coloured: a terminal, and NO_COLOR is not set."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


def width_of(stream: TextIO | None) -> int | None:
    """The width for text, in characters: COLUMNS, else that of the terminal; None (no limit) for a pipe or a file."""
    named = os.environ.get("COLUMNS", "")
    if named.isascii() and named.isdigit() and 0 < len(named) < 6 and int(named):
        return max(int(named), LEAST_WIDTH)
    try:
        columns = os.get_terminal_size(stream.fileno()).columns if stream is not None and stream.isatty() else 0
    except (OSError, ValueError):
        return None
    return max(columns, LEAST_WIDTH) if columns else None


def folded(lines: Iterable[str], stream: TextIO | None, further: int | None = None) -> Iterator[str]:
    """Lines of text without control characters, folded at blanks on a terminal alone; `further` is an indent."""
    from scanner.reports.folding import hanging

    width = width_of(stream) if stream is not None and is_terminal(stream) else None
    for line in lines:
        yield from hanging(shown(line), width, further)


def write_lines(lines: Iterable[str], path: Path | None = None, further: int | None = None) -> None:
    """Write lines of text to a file or to standard output, folded at blanks on a terminal."""
    terminal = sys.stdout if path is None or str(path) == "-" else None
    with text(path) as stream:
        stream.writelines(line + "\n" for line in folded(lines, terminal, further))


def table_style(path: Path | None) -> dict[str, Any]:
    """The width and the colour of tables to a file or to standard output."""
    stream = sys.stdout if path is None or str(path) == "-" else None
    return {"width": width_of(stream), "colour": stream is not None and has_colour(stream)}


@contextmanager
def binary(path: Path | None) -> Iterator[IO[bytes]]:
    """A byte stream to a file, which is replaced when complete, or to standard output for None and `-`."""
    if path is None or str(path) == "-":
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with saving.replacing(path) as stream:
        yield stream


@contextmanager
def text(path: Path | None) -> Iterator[TextIO]:
    """A UTF-8 text stream to a file or to standard output."""
    with binary(path) as stream, files.text_stream(stream) as wrapper:
        yield wrapper


def write_json(value: object, path: Path | None = None) -> None:
    """Write one value as indented JSON to a file or to standard output."""
    import msgspec

    with binary(path) as stream:
        stream.write(msgspec.json.format(safe_json(msgspec.json.encode(value)), indent=2) + b"\n")


def write_format(write: Callable[[IO[Any]], T], format: str, path: Path | None) -> T:
    """Let `write` write a report format to a file or to standard output; returns what it returns."""
    from scanner.reports import BINARY_FORMATS

    if format in BINARY_FORMATS and path is None and sys.stdout.isatty():
        raise UsageError(f"{format} is not for a terminal; name a file with -o FILE")
    with binary(path) as stream:
        return files.write_format(write, format, stream)


def write_rows(
    rows: Iterable[Mapping[str, Any]],
    columns: Sequence[str],
    format: str,
    title: str,
    path: Path | None = None,
    *,
    generated_at: str = "",
) -> int:
    """Write rows in a format to a file or to standard output; returns how many."""
    from scanner.reports import render

    style = table_style(path)
    return write_format(
        lambda stream: render(rows, columns, format, title, stream, generated_at=generated_at, **style), format, path
    )


def confirm_written(path: Path | None, rows: int) -> None:
    """Report on standard error how many rows a file has; nothing for standard output."""
    if path is not None and str(path) != "-":
        click.echo(f"{shown(str(path))}: {rows} {'row' if rows == 1 else 'rows'}", err=True)
