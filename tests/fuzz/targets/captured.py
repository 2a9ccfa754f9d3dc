"""Frames of the committed captures, as seeds."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache

from tests.fuzz.material import TESTS


def frames() -> Iterator[bytes]:
    """The first frames of each capture, of plain pcap files of either byte order."""
    yield from _frames()


@cache
def _frames() -> tuple[bytes, ...]:
    found: list[bytes] = []
    for path in sorted((TESTS / "captures").rglob("*.pcap")):
        data = path.read_bytes()
        order = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">"}.get(data[:4])
        at = 24
        for _ in range(3):
            if order is None or at + 16 > len(data):
                break
            (length,) = struct.unpack_from(f"{order}I", data, at + 8)
            found.append(data[at + 16 : at + 16 + length])
            at += 16 + length
    return tuple(found)
