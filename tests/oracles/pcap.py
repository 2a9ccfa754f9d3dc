"""The simplest reader and writer of classic pcap files, for oracles that read files."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path


def frames(path: Path) -> Iterator[bytes]:
    data = path.read_bytes()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at + 16 <= len(data):
        length = struct.unpack(order + "I", data[at + 8 : at + 12])[0]
        yield data[at + 16 : at + 16 + length]
        at += 16 + length


def write(path: Path, packets: Iterable[bytes], link: int = 1) -> None:
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link))
        for second, packet in enumerate(packets):
            out.write(struct.pack("<IIII", 1_700_000_000 + second, 0, len(packet), len(packet)) + packet)
