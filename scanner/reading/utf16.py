"""Text in UTF-16, as PowerShell's `>` writes the output of any program, read as UTF-8."""

from __future__ import annotations

import codecs
import io
import re
from typing import BinaryIO

_BLOCK = 1 << 16
#: The number of octets by which UTF-16 without a byte order mark is recognized: every second one is NUL.
_SAMPLE = 64
#: An XML document that states the encoding itself is decoded by its parser.
_STATED = re.compile(r"\ufeff?<\?xml[^>]{0,200}encoding=.utf-?16", re.I)


def encoding(head: bytes) -> str | None:
    """The codec of a file that starts with `head`: `utf-16-le` or `utf-16-be`; None for another file."""
    marked = head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    sample = head[2 * marked :][:_SAMPLE]
    if len(sample) < (2 if marked else _SAMPLE):
        return None
    found = None
    if not any(sample[1::2]) and all(sample[::2]) and head[:2] != codecs.BOM_UTF16_BE:
        found = "utf-16-le"
    elif not any(sample[::2]) and all(sample[1::2]) and head[:2] != codecs.BOM_UTF16_LE:
        found = "utf-16-be"
    elif marked and b"\0" in sample:
        found = "utf-16-le" if head.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
    return None if found and _STATED.match(head[:1024].decode(found, "replace")) else found


def as_utf8(stream: BinaryIO, encoding: str) -> io.RawIOBase:
    """The stream in UTF-8, without its byte order mark; what cannot be decoded is replaced."""
    return _Utf8(stream, encoding)


class _Utf8(io.RawIOBase):
    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ready = b""
        self._begun = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        while not self._ready:
            block = self._stream.read(_BLOCK)
            text = self._decoder.decode(block, final=not block)
            if not self._begun and text:
                self._begun = True
                text = text.removeprefix("\ufeff")
            self._ready = text.encode("utf-8", "replace")
            if not block:
                break
        part, self._ready = self._ready[: len(view)], self._ready[len(view) :]
        view[: len(part)] = part
        return len(part)
