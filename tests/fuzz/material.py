"""What several targets share: files of the process, seeds from the shipped data, and random access to a record."""

from __future__ import annotations

import atexit
import os
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
#: Where files that a parser opens by name need no disk.
_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def text(data: bytes) -> str:
    """Octets as a text of the command line or of a file that has been decoded."""
    return data.decode("utf-8", "replace")


def written(data: bytes, suffix: str) -> Path:
    """A file with this content; the next one of this suffix replaces it."""
    path = _folder(os.getpid()) / f"input{suffix}"
    path.write_bytes(data)
    return path


@cache
def _folder(process: int) -> Path:
    folder = tempfile.TemporaryDirectory(prefix="phonescan-fuzz-", dir=_MEMORY)
    atexit.register(lambda: folder.cleanup() if os.getpid() == process else None)
    return Path(folder.name)


def small(folder: Path, pattern: str, longest: int) -> Iterator[bytes]:
    """The contents of the files of a folder that are not longer."""
    for path in sorted(folder.glob(pattern)):
        if path.stat().st_size <= longest:
            yield path.read_bytes()


def choice(number: int, names: tuple[str, ...]) -> str:
    """The name that an octet or two choose."""
    return names[number % len(names)]


#: What separates the messages of a conversation in one input.
BETWEEN = b"\xff\x00--\x00\xff"


def parts(data: bytes, most: int = 12) -> list[bytes]:
    """The messages of one input."""
    return data.split(BETWEEN)[:most]
