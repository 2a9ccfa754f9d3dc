"""Capture files and frames for tests, as other programs write them."""

from __future__ import annotations

import struct
from collections.abc import Iterable

ETHERNET, SLL, SLL2, RAW, NULL = 1, 113, 276, 101, 0


def pcap(
    frames: Iterable[bytes], link: int = ETHERNET, order: str = "<", magic: int = 0xA1B2C3D4, apart: int = 1
) -> bytes:
    """Classic pcap from 2023-11-14T22:13:20Z on; so many seconds between two frames."""
    out = bytearray(struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 262144, link))
    for second, frame in enumerate(frames):
        out += struct.pack(f"{order}IIII", 1_700_000_000 + second * apart, 0, len(frame), len(frame)) + frame
    return bytes(out)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    return struct.pack(f"{order}II", kind, len(body) + 12) + body + struct.pack(f"{order}I", len(body) + 12)


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link: int = ETHERNET, order: str = "<", options: bytes = b"", snap: int = 0) -> bytes:
    return block(1, struct.pack(f"{order}HHI", link, 0, snap) + options, order)


def enhanced(frame: bytes, number: int = 0, order: str = "<", units: int = 10**6) -> bytes:
    stamp = 1_700_000_000 * units
    head = struct.pack(f"{order}IIIII", number, stamp >> 32, stamp & 0xFFFFFFFF, len(frame), len(frame))
    return block(6, head + frame, order)


def octets(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


def ethernet(
    sender: str, kind: int, payload: bytes, *, to: str = "01:80:c2:00:00:0e", vlans: Iterable[int] = ()
) -> bytes:
    tags = b"".join(b"\x81\0" + vlan.to_bytes(2, "big") for vlan in vlans)
    return octets(to) + octets(sender) + tags + kind.to_bytes(2, "big") + payload


def udp(source: str, destination: str, sport: int, dport: int, payload: bytes) -> bytes:
    """An IPv4 packet."""
    addresses = b"".join(bytes(map(int, address.split("."))) for address in (source, destination))
    head = struct.pack(">BBHHHBBH", 0x45, 0, 28 + len(payload), 1, 0, 64, 17, 0) + addresses
    return head + struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload


def sip(agent: str, method: str = "REGISTER", vias: int = 1) -> bytes:
    via = "Via: SIP/2.0/UDP 10.1.2.3:5060;branch=z9hG4bK1\r\n" * vias
    return (
        f"{method} sip:pbx.example.org SIP/2.0\r\n{via}From: <sip:7@x>;tag=1\r\nTo: <sip:7@x>\r\nCall-ID: 1@x\r\n"
        f"CSeq: 1 {method}\r\nUser-Agent: {agent}\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def snoop(frames: Iterable[bytes], datalink: int = 4) -> bytes:
    """A snoop file (RFC 1761) from 2023-11-14T22:13:20Z on."""
    out = bytearray(b"snoop\0\0\0" + struct.pack(">II", 2, datalink))
    for second, frame in enumerate(frames):
        pad = -len(frame) % 4
        out += struct.pack(">6I", len(frame), len(frame), 24 + len(frame) + pad, 0, 1_700_000_000 + second, 0)
        out += frame + bytes(pad)
    return bytes(out)


def erf_record(frame: bytes, kind: int = 2, second: int = 0, extensions: int = 0) -> bytes:
    """An ERF record of a frame: Ethernet (type 2) by default."""
    more = b"".join(bytes([0x80 if left else 0]) + bytes(7) for left in reversed(range(extensions)))
    body = more + (bytes(2) if kind in (2, 11, 16, 20) else b"") + frame
    stamp = struct.pack("<Q", (1_700_000_000 + second) << 32)
    head = struct.pack(">BBHHH", kind | (0x80 if extensions else 0), 4, 16 + len(body), 0, len(frame))
    return stamp + head + body


def netmon(frames: Iterable[bytes], version: int = 2, minor: int = 0, network: int = 1) -> bytes:
    """A file of Microsoft Network Monitor from 2023-11-14T22:13:20Z on."""
    behind = {1: struct.pack("<H", network), 2: bytes(6), 3: bytes(15)}.get(minor if version == 2 else 0, b"")
    behind = network.to_bytes(2, "little") + behind[2:] if behind else b""
    records = b"".join(
        struct.pack("<qII" if version == 2 else "<IHH", 0, len(frame), len(frame)) + frame + behind for frame in frames
    )
    times = struct.pack("<8H", 2023, 11, 2, 14, 22, 13, 20, 0)
    head = (b"GMBU" if version == 2 else b"RTSS") + struct.pack("<BBH", minor, version, network) + times
    return (head + struct.pack("<II", 128 + len(records), 4)).ljust(128, b"\0") + records + struct.pack("<I", 128)
