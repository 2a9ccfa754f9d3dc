"""Files of users: input read up to a limit, and text and report formats on byte streams (`core.saving` opens them)."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, TextIO, TypeVar

from scanner.core.errors import PhonescanError, UsageError

T = TypeVar("T")


def read_bounded(path: Path, limit: int, what: str) -> bytes:
    """The content of a file. Raises PhonescanError when it cannot be read, UsageError beyond `limit` bytes."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(limit + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        why = getattr(error, "strerror", None) or str(error)
        raise PhonescanError(f"{path} cannot be read: {why}") from None
    if len(raw) > limit:
        raise UsageError(f"{path} is too large for a {what}")
    return raw


@contextmanager
def text_stream(stream: IO[bytes]) -> Iterator[TextIO]:
    """A UTF-8 text stream on a byte stream; line ends are written as they are."""
    wrapper = io.TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace", newline="")
    try:
        yield wrapper
        wrapper.flush()
    finally:
        with suppress(OSError, ValueError):
            wrapper.detach()


def write_format(write: Callable[[IO[Any]], T], format: str, stream: IO[bytes]) -> T:
    """Let `write` write a report format to a byte stream, as text or binary as the format requires."""
    from scanner.reports import BINARY_FORMATS

    if format in BINARY_FORMATS:
        return write(stream)
    with text_stream(stream) as text:
        return write(text)
