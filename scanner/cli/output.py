"""Where output goes: standard output or a file that appears whole or not at all; colour only where it is wanted."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TextIO

import click

from scanner.core.errors import PhonescanError

OUT = click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file instead of standard output.",
)


def colour_wanted(stream: TextIO) -> bool:
    """Whether a stream is a terminal that may be coloured (NO_COLOR and TERM=dumb say no)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def terminal(stream: TextIO) -> bool:
    """Whether a person is watching a stream."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


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
    if path.exists() and not path.is_file():  # a pipe or a device is written as it is
        with path.open("wb") as stream:
            yield stream
        return
    path = Path(os.path.realpath(path))
    place = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with place.open("wb") as stream:
            yield stream
        os.replace(place, path)
    except OSError as error:
        raise PhonescanError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        place.unlink(missing_ok=True)
