"""Where output goes: standard output or a file that appears whole or not at all; colour only where it is wanted."""

from __future__ import annotations

import errno
import io
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, TextIO, TypeVar

import click

from scanner.core.errors import PhonescanError, UsageError

T = TypeVar("T")

OUT = click.option(
    "-o",
    "--output",
    "path",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file instead of standard output.",
)
#: Formats of lists, for `--format`. `reports.FORMATS` knows the same; naming them here keeps help quick.
LIST_FORMATS: tuple[str, ...] = ("table", "csv", "json", "jsonl", "md", "html", "xlsx")
#: What the system says when a file cannot grow.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
#: Width of tables that nobody watches, in characters.
UNWATCHED_WIDTH = 120


def format_option(*formats: str, default: str = "table") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The `--format` option of a command."""
    return click.option(
        "--format", "format", type=click.Choice(formats or LIST_FORMATS), default=default, show_default=True
    )


#: `--format` of a command that records: what it heard of, where somebody asks.
DEVICES = click.option(
    "--format",
    "format",
    type=click.Choice(["table", "json", "jsonl", "csv", "none"]),
    default="none",
    show_default=True,
    help="Write the devices that were heard of to standard output.",
)


def colour_wanted(stream: TextIO) -> bool:
    """Whether a stream is a terminal that may be coloured (NO_COLOR and TERM=dumb say no)."""
    return terminal(stream) and not os.environ.get("NO_COLOR")


def terminal(stream: TextIO) -> bool:
    """Whether a person is watching a stream."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def width() -> int:
    """How wide tables are: as the terminal, or as COLUMNS says."""
    return shutil.get_terminal_size((UNWATCHED_WIDTH, 24)).columns


# What JSON lets through but a terminal or an editor would act on; inside a JSON string the escape means the same
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")


def safe_json(raw: bytes) -> bytes:
    """A JSON text with control characters and bidi marks written as escapes, meaning the same."""
    if raw.isascii() and b"\x7f" not in raw:
        return raw
    return _UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", raw.decode()).encode()


def emit_json(value: object, path: Path | None = None) -> None:
    """Write one value as indented JSON to a file or to standard output."""
    import msgspec

    with binary(path) as stream:
        stream.write(msgspec.json.format(safe_json(msgspec.json.encode(value)), indent=2) + b"\n")


@contextmanager
def binary(path: Path | None) -> Iterator[IO[bytes]]:
    """A byte stream to a file or to standard output.

    A file is written beside its place and moved there at the end, so that a reader never sees half of it and a
    failure leaves the old one. Raises PhonescanError when it cannot be written.
    """
    if path is None or str(path) == "-":
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():  # a pipe or a device is written as it is
        with _opened(path) as stream:
            yield stream
        return
    place = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with _opened(place, path) as stream:
            yield stream
        try:
            os.replace(place, path)
        except OSError as error:
            raise _unwritable(path, error) from error
    finally:
        with suppress(OSError):
            place.unlink(missing_ok=True)


@contextmanager
def _opened(place: Path, meant: Path | None = None) -> Iterator[IO[bytes]]:
    try:
        stream = place.open("wb")
    except OSError as error:
        raise _unwritable(meant or place, error) from error
    try:
        with stream:
            yield stream
    except OSError as error:
        if error.errno in _FULL:
            raise _unwritable(meant or place, error) from error
        raise


def _unwritable(path: Path, error: OSError) -> PhonescanError:
    return PhonescanError(f"{path} cannot be written ({error.strerror or error}); choose another file with -o")


@contextmanager
def text(path: Path | None) -> Iterator[TextIO]:
    """A UTF-8 text stream, line ends as they are written, to a file or to standard output."""
    with binary(path) as stream:
        wrapper = io.TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace", newline="")
        try:
            yield wrapper
            wrapper.flush()
        finally:
            with suppress(OSError, ValueError):
                wrapper.detach()


def emit(write: Callable[[IO[Any]], T], format: str, path: Path | None) -> T:
    """Let `write` write a format to a file or to standard output."""
    from scanner.reports import BINARY_FORMATS

    if format in BINARY_FORMATS:
        if path is None and sys.stdout.isatty():
            raise UsageError(f"{format} is not for a terminal; name a file with -o FILE")
        with binary(path) as stream:
            return write(stream)
    with text(path) as stream:
        return write(stream)


def emit_rows(
    rows: Iterable[Mapping[str, Any]],
    columns: Sequence[str],
    format: str,
    title: str,
    path: Path | None = None,
    *,
    generated_at: str = "",
) -> int:
    """Write rows in a format to a file or to standard output; how many there were."""
    from scanner.reports import render

    colour = path is None and colour_wanted(sys.stdout)
    return emit(
        lambda stream: render(
            rows, columns, format, title, stream, width=width(), colour=colour, generated_at=generated_at
        ),
        format,
        path,
    )


def confirm_written(path: Path | None, what: str) -> None:
    """Tell a person what is in the file now; nothing where standard output was written."""
    if path is not None and str(path) != "-":
        click.echo(f"{path}: {what}", err=True)
