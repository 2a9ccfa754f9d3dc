"""Files of users: input read up to a limit; output that replaces a file when it is complete."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, TextIO, TypeVar

from scanner.core.errors import PhonescanError, UsageError

T = TypeVar("T")

#: What the system reports when a file cannot grow.
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})
_FULL = _NO_SPACE | {errno.EFBIG, errno.EIO}


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A byte stream whose content replaces the file when the context ends without an error.

    A pipe or a device is written directly. Raises PhonescanError when the file cannot be written.
    """
    if path.exists() and not path.is_file():  # before its links are resolved: that of /dev/stdout can name no file
        with _opened(path, path) as stream:
            yield stream
        return
    path = Path(os.path.realpath(path))
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


def read_bounded(path: Path, limit: int, what: str) -> bytes:
    """The content of a file. Raises PhonescanError when it cannot be read, UsageError beyond `limit` bytes."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(limit + 1)
    except OSError as error:
        raise PhonescanError(f"{path} cannot be read: {error.strerror or error}") from None
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


@contextmanager
def _opened(place: Path, path: Path) -> Iterator[IO[bytes]]:
    try:
        stream = place.open("wb")
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with stream:
            yield stream
    except OSError as error:
        if error.errno in _FULL:
            raise _unwritable(path, error) from error
        raise


def _unwritable(path: Path, error: OSError) -> PhonescanError:
    advice = "free some space there, or choose another file" if error.errno in _NO_SPACE else "choose another file"
    return PhonescanError(f"{path} cannot be written ({error.strerror or error}); {advice}")
