"""What every format reader yields, and what it is told.

A reader is a function `read(stream, context) -> Iterator[Item]`: it takes an open binary stream, yields observations
as it meets them and a `Problem` for each part that it cannot read, and goes on. It holds one record at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from scanner.core.model import Observation


class Problem(NamedTuple):
    """A part that could not be read: its line, record or frame number (0 for the whole), and what is wrong."""

    number: int
    what: str


Item = Observation | Problem


class Context(NamedTuple):
    """What the caller knows: the file's name, a time for observations without one, the device's address."""

    name: str
    time: str
    address: str | None = None


Reader = Callable[[BinaryIO, Context], Iterator[Item]]


class Format(NamedTuple):
    """One format: its name for `--as`, what it is, how its first octets tell it, and its reader."""

    name: str
    summary: str
    looks_like: Callable[[bytes], bool]
    read: Reader
