"""Interfaces, addresses, routes and neighbours from rtnetlink(7), and how targets are reached by them.

Needs no privilege. Without rtnetlink, loopback is recognized and every other target counts as routed.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from scanner.core.spans import Span, merge

_GETLINK, _GETADDR, _GETROUTE, _DUMP, _ROOT_DUMP, _DONE, _ERROR = 18, 22, 26, 0x301, 0x300, 3, 2
_AF_NETLINK, _ROUTE_FAMILY = 16, 0
_RTN_UNICAST, _RTN_LOCAL, _RTN_BROADCAST = 1, 2, 3
_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_PRIORITY, _RTA_PREFSRC = 1, 4, 5, 6, 7
_RTA_MULTIPATH, _RTA_TABLE, _RTA_VIA = 9, 15, 18
_MAIN, _LOCAL = 254, 255
_IFLA_ADDRESS, _IFLA_IFNAME = 1, 3
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_IFF_UP, _IFF_LOOPBACK, _IFF_RUNNING, _IFF_NOARP = 0x1, 0x8, 0x40, 0x80
_ARPHRD_ETHER = 1
_GETNEIGH, _NDA_DST, _NDA_LLADDR = 30, 1, 2
_NUD_VALID = 0x02 | 0x04 | 0x08 | 0x10 | 0x80  # reachable, stale, delay, probe, permanent


class Reachability(StrEnum):
    """How an address is reached."""

    LOCAL = "this host"
    LINK = "on a link"
    ROUTED = "behind a router"
    NOWHERE = "no route"


class Link(NamedTuple):
    """One interface. `mac` is empty where it has none; `arp` means that it is Ethernet and resolves addresses.

    `running` means that it has a carrier and can send.
    """

    number: int
    name: str
    mac: bytes
    up: bool
    loopback: bool
    arp: bool
    running: bool = True


class Route(NamedTuple):
    """One route: destinations, how they are reached, over which interface."""

    span: Span
    where: Reachability
    length: int
    metric: int
    link: int
    source: int  # preferred source address as a number, 0 when none


class Region(NamedTuple):
    """A span of targets that are reached in one way."""

    span: Span
    where: Reachability
    link: int
    source: int


def _dump(kind: int, body: bytes) -> Iterator[tuple[int, bytes]]:
    """The replies of the kernel to one dump request: message type and body."""
    with socket.socket(_AF_NETLINK, socket.SOCK_RAW, _ROUTE_FAMILY) as sock:
        sock.settimeout(5.0)
        sock.bind((0, 0))
        sock.send(struct.pack("=IHHII", 16 + len(body), kind, _DUMP, 1, 0) + body)
        while True:
            data = sock.recv(1 << 18)
            place = 0
            while place + 16 <= len(data):
                length, message, _, _, _ = struct.unpack_from("=IHHII", data, place)
                if message in (_DONE, _ERROR) or length < 16:
                    return
                yield message, data[place + 16 : place + length]
                place += (length + 3) & ~3


def _attributes(data: bytes, place: int) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while place + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, place)
        if length < 4:
            break
        found[kind & 0x3FFF] = data[place + 4 : place + length]
        place += (length + 3) & ~3
    return found


def links() -> dict[int, Link]:
    """The interfaces of this host by index; empty without rtnetlink."""
    found: dict[int, Link] = {}
    with contextlib.suppress(OSError):
        for _, body in _dump(_GETLINK, struct.pack("=BBHiII", 0, 0, 0, 0, 0, 0)):
            _, _, hardware, index, flags, _ = struct.unpack_from("=BBHiII", body)
            have = _attributes(body, 16)
            mac = have.get(_IFLA_ADDRESS, b"")
            name = have.get(_IFLA_IFNAME, b"").rstrip(b"\0").decode("utf-8", "replace")
            loopback = bool(flags & _IFF_LOOPBACK)
            arp = hardware == _ARPHRD_ETHER and not flags & (_IFF_NOARP | _IFF_LOOPBACK) and len(mac) == 6
            found[index] = Link(index, name, mac, bool(flags & _IFF_UP), loopback, arp, bool(flags & _IFF_RUNNING))
    return found


def addresses() -> list[tuple[int, Span, int]]:
    """Our own addresses: interface index, the address, prefix length."""
    found = []
    with contextlib.suppress(OSError):
        for _, body in _dump(_GETADDR, struct.pack("=BBBBi", 0, 0, 0, 0, 0)):
            family, length, _, _, index = struct.unpack_from("=BBBBi", body)
            have = _attributes(body, 8)
            raw = have.get(_IFA_LOCAL) or have.get(_IFA_ADDRESS)
            if raw and family in (socket.AF_INET, socket.AF_INET6):
                number = int.from_bytes(raw)
                found.append((index, Span(4 if family == socket.AF_INET else 6, number, number), length))
    return found


def routes() -> list[Route]:
    """The routes of the main and local tables, best first; empty without rtnetlink."""
    found: list[Route] = []
    with contextlib.suppress(OSError):
        for family, version, bits in ((socket.AF_INET, 4, 32), (socket.AF_INET6, 6, 128)):
            for _, body in _dump(_GETROUTE, struct.pack("=BBBBBBBBI", family, 0, 0, 0, 0, 0, 0, 0, 0)):
                route = _route(body, version, bits)
                if route is not None:
                    found.append(route)
    return sorted(found, key=lambda r: (r.where is not Reachability.LOCAL, -r.length, r.metric))


def _route(body: bytes, version: int, bits: int) -> Route | None:
    _, length, _, _, table, _, _, kind, _ = struct.unpack_from("=BBBBBBBBI", body)
    have = _attributes(body, 12)
    table = int.from_bytes(have.get(_RTA_TABLE, bytes([table])), "little") if _RTA_TABLE in have else table
    if table not in (_MAIN, _LOCAL):
        return None
    base = int.from_bytes(have.get(_RTA_DST, b"")) if have.get(_RTA_DST) else 0
    span = Span(version, base, base | ((1 << (bits - length)) - 1))
    metric = struct.unpack("=I", have[_RTA_PRIORITY])[0] if _RTA_PRIORITY in have else 0
    link = struct.unpack("=i", have[_RTA_OIF])[0] if _RTA_OIF in have else 0
    source = int.from_bytes(have.get(_RTA_PREFSRC, b""))
    if kind == _RTN_LOCAL:
        where = Reachability.LOCAL
    elif kind == _RTN_UNICAST:
        behind = _RTA_GATEWAY in have or _RTA_VIA in have or _RTA_MULTIPATH in have
        where = Reachability.ROUTED if behind else Reachability.LINK
    else:  # broadcast, multicast, blackhole, unreachable, prohibit
        return Route(span, Reachability.NOWHERE, length, metric, link, source) if kind != _RTN_BROADCAST else None
    return Route(span, where, length, metric, link, source)


_LOOPBACK = (Span(4, 127 << 24, (128 << 24) - 1), Span(6, 1, 1))


def regions(spans: Iterable[Span], table: Iterable[Route], known: dict[int, Link]) -> list[Region]:
    """The spans divided by how they are reached. `table` is best first, as `routes` returns it."""
    left = merge(spans)
    found: list[Region] = []
    for loop in _LOOPBACK:
        left = _cut(left, loop, Reachability.LOCAL, 0, 0, found)
    entries = list(table)
    if not entries and not known:
        return found + [Region(span, Reachability.ROUTED, 0, 0) for span in left]
    for route in entries:
        if not left:
            break
        if route.span.version == 6 and route.length == 0 and route.where is Reachability.NOWHERE:
            continue
        link = known.get(route.link)
        where = route.where
        if where is Reachability.LINK and link is not None and not link.arp:
            where = Reachability.ROUTED  # point to point: addresses are not resolved there
        if where is not Reachability.LOCAL and link is not None and not link.up:
            continue
        left = _cut(left, route.span, where, route.link, route.source, found)
    return found + [Region(span, Reachability.NOWHERE, 0, 0) for span in left]


def _cut(spans: list[Span], by: Span, where: Reachability, link: int, source: int, found: list[Region]) -> list[Span]:
    left: list[Span] = []
    for span in spans:
        if span.version != by.version or span.last < by.first or span.first > by.last:
            left.append(span)
            continue
        if span.first < by.first:
            left.append(Span(span.version, span.first, by.first - 1))
        found.append(
            Region(Span(span.version, max(span.first, by.first), min(span.last, by.last)), where, link, source)
        )
        if span.last > by.last:
            left.append(Span(span.version, by.last + 1, span.last))
    return left


class Network(NamedTuple):
    """How this host reaches some targets, read once for a scan: its interfaces, its addresses, and the regions."""

    links: dict[int, Link]
    addresses: tuple[tuple[int, Span, int], ...]
    regions: tuple[Region, ...]


def read_network(spans: Iterable[Span]) -> Network:
    """The network as the kernel reports it now, for targets in these spans."""
    known = links()
    return Network(known, tuple(addresses()), tuple(regions(spans, routes(), known)))


class NeighbourLimits(NamedTuple):
    """net.ipv4.neigh.default.gc_thresh1..3 (arp(7)): above the third the kernel rejects new neighbours."""

    low: int
    middle: int
    high: int


def neighbour_limits(version: int = 4) -> NeighbourLimits:
    """The limits of the neighbour table; the kernel's defaults if they cannot be read."""
    folder = Path("/proc/sys/net", f"ipv{version}", "neigh/default")
    values = []
    for number, default in ((1, 128), (2, 512), (3, 1024)):
        with contextlib.suppress(OSError, ValueError):
            default = int((folder / f"gc_thresh{number}").read_text(encoding="ascii"))
        values.append(default)
    return NeighbourLimits(*values)


def neighbours() -> list[tuple[int, int, str]]:
    """The resolved entries of the kernel's neighbour table: IP version, address and MAC."""
    found = []
    with contextlib.suppress(OSError):
        for family, version in ((socket.AF_INET, 4), (socket.AF_INET6, 6)):
            for _, body in _dump(_GETNEIGH, struct.pack("=BBHiHBB", family, 0, 0, 0, 0, 0, 0)):
                _, _, _, _, state, _, _ = struct.unpack_from("=BBHiHBB", body)
                have = _attributes(body, 12)
                mac = have.get(_NDA_LLADDR, b"")
                if state & _NUD_VALID and len(mac) == 6 and any(mac) and _NDA_DST in have:
                    found.append((version, int.from_bytes(have[_NDA_DST]), mac.hex(":")))
    return found
