"""Packets from the IP fragments of a capture, in bounded memory.

Fragments may be captured in any order and more than once. Those that overlap with different octets are of no use
(RFC 5722 4), and their packet is dropped. Of a packet that stays incomplete, the part before the first gap is returned
at the end, or when more fragments are held than the bounds allow: it may contain the head of a message.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from scanner.wire.ethernet import Frame
from scanner.wire.ip_fragment import WHOLE_LIMIT, Datagram, Fragment, whole

#: Most packets of which fragments are held at once, most fragments of one, and most octets of all.
DATAGRAMS, FRAGMENTS, OCTETS = 1024, 256, 16 << 20


class Whole(NamedTuple):
    """A frame with a whole packet as its payload, and its time in seconds since 1970; None where unknown."""

    frame: Frame
    seconds: float | None


@dataclass(slots=True)
class _Parts:
    hops: int
    first: Whole
    parts: dict[int, bytes] = field(default_factory=dict)
    end: int | None = None
    size: int = 0
    broken: bool = False


class Fragments:
    """The fragments of packets that are not complete yet."""

    def __init__(self) -> None:
        self._held: OrderedDict[Datagram, _Parts] = OrderedDict()
        self._size = 0

    def add(self, fragment: Fragment, captured: Whole) -> Iterator[Whole]:
        """Hold the fragment in a captured frame; yields its packet when it is complete, and those that it displaces."""
        key = fragment.datagram
        parts = self._held.get(key)
        if parts is None:
            parts = self._held[key] = _Parts(
                fragment.hops, captured._replace(frame=captured.frame._replace(payload=b""))
            )
        self._hold(parts, fragment)
        data = _joined(parts) if parts.end is not None and not parts.broken else None
        if data is not None and len(data) == parts.end:
            self._drop(key)
            yield _packet(key, parts, data)
        while len(self._held) > DATAGRAMS or self._size > OCTETS:
            yield from self._displaced()

    def rest(self) -> Iterator[Whole]:
        """The beginnings of packets that stayed incomplete."""
        while self._held:
            yield from self._displaced()

    def _hold(self, parts: _Parts, fragment: Fragment) -> None:
        offset, data = fragment.offset, fragment.data
        known = parts.parts.get(offset)
        if known is not None and known != data:
            parts.broken = True
        if known is not None or not data or parts.broken:
            return
        if len(parts.parts) >= FRAGMENTS or offset + len(data) > WHOLE_LIMIT:
            parts.broken = True
            return
        if fragment.last:
            parts.end = offset + len(data)
        parts.parts[offset] = data
        parts.size += len(data)
        self._size += len(data)

    def _displaced(self) -> Iterator[Whole]:
        key, parts = next(iter(self._held.items()))
        self._drop(key)
        data = None if parts.broken else _joined(parts)
        if data:
            yield _packet(key, parts, data)

    def _drop(self, key: Datagram) -> None:
        self._size -= self._held.pop(key).size


def _packet(key: Datagram, parts: _Parts, data: bytes) -> Whole:
    frame = parts.first.frame._replace(ethertype=key.ethertype, payload=whole(key, parts.hops, data))
    return parts.first._replace(frame=frame)


def _joined(parts: _Parts) -> bytes | None:
    """The data before the first gap; None where fragments overlap with different octets."""
    found = bytearray()
    for offset in sorted(parts.parts):
        if offset > len(found):
            break
        data = parts.parts[offset]
        same = len(found) - offset
        if found[offset : offset + len(data)] != data[:same]:
            return None
        found += data[same:]
    return bytes(found)
