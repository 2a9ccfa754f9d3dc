"""Which format a file has, by its content, from the first 64 KB.

A format is a module of this package with a `FORMAT`. Adding one is its module and its name in `FORMATS`, whose order
is the order in which they are asked, the surest sign first.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from importlib import import_module
from typing import BinaryIO, cast

from scanner.core.errors import DataError, UsageError
from scanner.reading.items import Context, Format, Item

#: How much of a file tells its format, in bytes.
HEAD = 65536
#: The modules of the formats, in the order in which they are asked.
FORMATS: tuple[str, ...] = ("pcap", "nmap", "snmprec", "snmpwalk", "jsonl", "lldpctl", "phonereport", "accesslog")

_GZIP = b"\x1f\x8b\x08"


def formats() -> dict[str, Format]:
    """Every format by its name, in the order in which they are asked."""
    found = [cast(Format, import_module(f"scanner.reading.{name}").FORMAT) for name in FORMATS]
    return {format.name: format for format in found}


def named(name: str) -> Format:
    """The format that `--as` names. Raises UsageError listing those there are."""
    known = formats()
    if name not in known:
        raise UsageError(f"there is no format {name!r}; there are {', '.join(known)}")
    return known[name]


def detect(head: bytes) -> Format | None:
    """The format that a file beginning with `head` has; None when no format claims it."""
    return next((format for format in formats().values() if format.looks_like(head)), None)


def read(stream: BinaryIO, context: Context, format: str | None = None) -> Iterator[Item]:
    """The observations of a stream in the format that its content tells, or that is named; gzip is opened.

    Raises DataError when no format claims the content, UsageError for a format that there is not.
    """
    if format is None:
        chosen, stream = detected(stream, context.name)
    else:
        chosen, stream = named(format), peek(stream)[1]
    if chosen is not None:
        yield from chosen.read(stream, context)


def detected(stream: BinaryIO, name: str) -> tuple[Format | None, BinaryIO]:
    """The format of a stream (None: it is empty), and the stream from its beginning. Raises DataError."""
    head, stream = peek(stream)
    if not head.strip():
        return None, stream
    found = detect(head)
    if found is None:
        known = ", ".join(formats())
        raise DataError(f"{name or 'the file'} is in no format that is known ({known}); name it with --as")
    return found, stream


def peek(stream: BinaryIO) -> tuple[bytes, BinaryIO]:
    """The first HEAD bytes of a stream and a stream that begins with them; both of the content of gzip."""
    head, stream = _peek(stream)
    if head.startswith(_GZIP):
        head, stream = _peek(cast(BinaryIO, gzip.GzipFile(fileobj=stream)))
    return head, stream


def _peek(stream: BinaryIO) -> tuple[bytes, BinaryIO]:
    parts: list[bytes] = []
    size = 0
    while size < HEAD and (part := stream.read(HEAD - size)):
        parts.append(part)
        size += len(part)
    head = b"".join(parts)
    return head, cast(BinaryIO, io.BufferedReader(_Rejoined(head, stream), HEAD))


class _Rejoined(io.RawIOBase):
    """A head that was read and the rest of its stream, as one stream."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self.head, self.rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer)).cast("B")
        if self.head:
            part, self.head = self.head[: len(view)], self.head[len(view) :]
        else:
            part = self.rest.read(len(view)) or b""
        view[: len(part)] = part
        return len(part)
