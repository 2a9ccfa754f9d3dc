"""Reads one HTTP/1.x response (RFC 9112) from a stream, in bounded octets, as servers of 2005 and hostile ones send it.

A response that is cut off is returned as far as it was read, with how it ended.
"""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Callable, Iterator
from enum import Enum
from typing import NamedTuple

from scanner.core.budget import BudgetSpent
from scanner.discovery.conversation import BODY_LIMIT

#: Octets of the heads of one response, interim ones (1xx) included; those of phones have less than 2,000.
HEAD_LIMIT = 32_768
#: Most headers of one response that are kept.
HEADER_LIMIT = 100
#: Longest line before a chunk, with its extensions, in octets.
CHUNK_LINE_LIMIT = 1_024

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+([1-9]\d\d)(?!\d)")
_LENGTH = re.compile(r"[0-9]+")
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;|\r?$)")
#: The start of a TLS alert: the server wants TLS.
_ALERT = b"\x15\x03"


class End(Enum):
    """How a response ended."""

    WHOLE = "whole"
    CUT = "cut off by its deadline, its server or our limit of packets"
    TOO_LONG = "longer than is read"


class NotHttpError(Exception):
    """The response is not HTTP; `tls` means that it is TLS, `empty` that the connection was closed without one."""

    def __init__(self, *, tls: bool = False, empty: bool = False) -> None:
        super().__init__("the response is not HTTP")
        self.tls, self.empty = tls, empty


class HttpResponse(NamedTuple):
    """Status, headers (names lower case, in order), body (bounded, decompressed), and how it ended."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    end: End


class _ResponseStream:
    """What has been received and not yet read. `receive(most)` raises as `HostConnection.receive` does."""

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        self.receive = receive
        self.waiting = bytearray()

    def more(self, most: int) -> bool:
        """Receive more; False at the end of the stream."""
        part = self.receive(most)
        self.waiting += part
        return bool(part)

    def taken(self, most: int) -> bytes:
        """At most so many octets of what waits."""
        part = bytes(self.waiting[:most])
        del self.waiting[: len(part)]
        return part


def read_response(receive: Callable[[int], bytes], turn: Callable[[], bool], stretch: int) -> HttpResponse:
    """The response on a stream. `turn()` is called before each further `stretch` octets of its body, and waits; False
    ends it.

    Raises NotHttpError, BudgetSpent where only interim responses came, and what `receive` raises before a status line.
    """
    stream = _ResponseStream(receive)
    status, headers, end = _read_head(stream)
    if end is not End.WHOLE:
        return HttpResponse(status, headers, b"", end)
    body, end = _read_body(stream, status, headers, _Paid(stream, turn, stretch))
    encoding = next((value.lower() for name, value in headers if name == "content-encoding"), "")
    if encoding in ("gzip", "deflate", "x-gzip"):
        body, whole = _inflated(body)
        end = end if whole else End.TOO_LONG
    return HttpResponse(status, headers, body, end)


def _read_head(stream: _ResponseStream) -> tuple[int, tuple[tuple[str, str], ...], End]:
    """The head of the final response; interim ones (1xx) are read and dropped."""
    left, end, final = HEAD_LIMIT, End.WHOLE, False
    while not final:
        searched = 0
        while (found := _END_OF_HEAD.search(stream.waiting, max(0, searched - 3))) is None:
            searched = len(stream.waiting)
            _check_start(stream.waiting)
            if searched >= left:
                end = End.TOO_LONG
                break
            try:
                if not stream.more(left - searched):
                    break
            except BudgetSpent:
                end = End.TOO_LONG
                break
            except (OSError, TimeoutError):
                if not _STATUS.match(stream.waiting):
                    raise
                end = End.CUT
                break
        size = found.end() if found else len(stream.waiting)
        left -= size
        head = stream.taken(size)
        _check_start(head)
        match = _STATUS.match(head)
        interim = match is not None and match[1].startswith(b"1") and match[1] != b"101"
        if end is End.TOO_LONG and (interim or not head):
            raise BudgetSpent
        if match is None:
            raise NotHttpError(empty=not head)
        status, final = int(match[1]), found is None or not interim
    headers, whole = _headers(head)
    return status, headers, end if whole or end is not End.WHOLE else End.TOO_LONG


def _check_start(head: bytes | bytearray) -> None:
    """Raise NotHttpError as soon as a stream cannot become HTTP."""
    start = bytes(head[:5])
    if start != b"HTTP/"[: len(start)]:
        raise NotHttpError(tls=start.startswith(_ALERT))


def _headers(head: bytes) -> tuple[tuple[tuple[str, str], ...], bool]:
    """The headers of a head, and whether all are kept. A line without a name is skipped, a folded one continues."""
    found: list[tuple[str, str]] = []
    lines = head.decode("latin-1").split("\n")[1:]
    for line in lines:
        line = line.rstrip("\r")
        if line[:1] in (" ", "\t") and found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}"[:HEAD_LIMIT])
            continue
        name, colon, value = line.partition(":")
        if colon and (name := name.strip()):
            if len(found) == HEADER_LIMIT:
                return tuple(found), False
            found.append((name.lower(), value.strip()))
    return tuple(found), True


class _Paid:
    """Receives a body: each stretch after the first waits for its turn."""

    def __init__(self, stream: _ResponseStream, turn: Callable[[], bool], stretch: int) -> None:
        self._stream, self._turn, self._stretch = stream, turn, stretch
        self._paid = max(0, stretch - len(stream.waiting))

    def more(self) -> bool:
        """Receive more; False at the end. Raises TimeoutError where no further turn is left."""
        if self._paid <= 0:
            if not self._turn():
                raise TimeoutError
            self._paid += self._stretch
        before = len(self._stream.waiting)
        arrived = self._stream.more(self._paid)
        self._paid -= len(self._stream.waiting) - before
        return arrived


def _read_body(
    stream: _ResponseStream, status: int, headers: tuple[tuple[str, str], ...], paid: _Paid
) -> tuple[bytes, End]:
    """As much of the body as deadline and limits permit (RFC 9112 6.3)."""
    if status < 200 or status in (204, 304):
        return b"", End.WHOLE
    chunked = any(name == "transfer-encoding" and "chunked" in value.lower() for name, value in headers)
    length = None if chunked else _length(headers)
    body = bytearray()
    parts = _chunks(stream, paid) if chunked else _identity(stream, paid, length)
    try:
        for part in parts:
            body += part[: BODY_LIMIT - len(body)]
            if len(body) >= BODY_LIMIT and length != BODY_LIMIT:
                return bytes(body), End.TOO_LONG
    except BudgetSpent:
        return bytes(body), End.TOO_LONG
    except (OSError, EOFError, ValueError):  # cut off: the octets received are a page, too
        return bytes(body), End.CUT
    return bytes(body), End.WHOLE


def _length(headers: tuple[tuple[str, str], ...]) -> int | None:
    """The length of a body, None where it ends with the connection. Raises NotHttpError for lengths that differ."""
    named = {part.strip() for name, value in headers if name == "content-length" for part in value.split(",", 8)}
    valid = {part.lstrip("0") or "0" for part in named if _LENGTH.fullmatch(part)}
    if len(valid) > 1:
        raise NotHttpError
    length = next(iter(valid), None)
    return None if length is None else int(length[:12])


def _identity(stream: _ResponseStream, paid: _Paid, length: int | None) -> Iterator[bytes]:
    left = length
    while left is None or left > 0:
        if not stream.waiting and not paid.more():
            if left is None:
                return
            raise EOFError
        part = stream.taken(BODY_LIMIT if left is None else left)
        left = None if left is None else left - len(part)
        yield part


def _chunks(stream: _ResponseStream, paid: _Paid) -> Iterator[bytes]:
    """The chunks of a body (RFC 9112 7.1); trailers are not read. Raises ValueError for anything else."""
    while True:
        while (end := stream.waiting.find(b"\n")) < 0:
            if len(stream.waiting) > CHUNK_LINE_LIMIT:
                raise BudgetSpent
            if not paid.more():
                raise EOFError
        match = _CHUNK_SIZE.match(stream.taken(end + 1)[:-1])
        if match is None:
            raise ValueError
        left = int(match[1], 16)
        if not left:
            return
        while left:
            if not stream.waiting and not paid.more():
                raise EOFError
            part = stream.taken(left)
            left -= len(part)
            yield part
        while len(stream.waiting) < 2 and not stream.waiting.startswith(b"\n"):
            if not paid.more():
                raise EOFError
        del stream.waiting[: 1 if stream.waiting.startswith(b"\n") else 2]


def _inflated(body: bytes) -> tuple[bytes, bool]:
    """Decompressed up to the limit from gzip, zlib or raw deflate, and whether that is all; unchanged where none."""
    for wbits in (47, -15):
        with contextlib.suppress(zlib.error):
            unpacker = zlib.decompressobj(wbits)
            unpacked = unpacker.decompress(body, BODY_LIMIT)
            return unpacked, not unpacker.unconsumed_tail
    return body, True
