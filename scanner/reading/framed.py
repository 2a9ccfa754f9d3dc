"""A frame of a capture file, and the error of a file whose rest cannot be read. Common to the formats of captures."""

from __future__ import annotations

from typing import BinaryIO, NamedTuple

#: Longest frame, in octets: libpcap's longest snapshot (MAXIMUM_SNAPLEN).
FRAME_LIMIT = 262_144


class Framed(NamedTuple):
    """One frame: link type (tcpdump.org/linktypes.html), seconds since 1970 or None, octets, and whether the capture
    has fewer of them than the frame had."""

    link: int
    seconds: float | None
    data: bytes
    cut: bool = False


class BrokenCaptureError(Exception):
    """The rest of the file cannot be read; the text is the reason."""


def whole(stream: BinaryIO, size: int, what: str) -> bytes:
    """The next `size` octets. Raises BrokenCaptureError that names `what` where fewer are left."""
    data = stream.read(size)
    if len(data) < size:
        raise BrokenCaptureError(f"{what} is truncated")
    return data
