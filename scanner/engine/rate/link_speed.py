"""Limits the packet rate to the speed of the interfaces towards the targets: a higher rate only loses packets."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

from scanner.engine.os.rtnetlink import Network, Reachability
from scanner.engine.rate.limits import Pace

#: Bytes on the wire of our longest datagram, a SIP request with all its headers.
DATAGRAM = 450


def limit_to_links(pace: Pace, network: Network) -> tuple[Pace, tuple[str, ...]]:
    """The pace, no faster than the slowest interface towards the targets, and the notes that state a reduction."""
    links = network.links
    used = {r.link for r in network.regions if r.where in (Reachability.LINK, Reachability.ROUTED)}
    names = {links[number].name for number in used if number in links}
    speeds = [(mbits, name) for name in names if (mbits := speed(name)) is not None]
    if not speeds:
        return pace, ()
    mbits, name = min(speeds)
    most = mbits * 1_000_000 // (8 * DATAGRAM)
    if pace.rate <= most:
        return pace, ()
    note = f"{name} carries {mbits:,} Mbit/s: {most:,} packets a second at most, not {pace.rate:,}"
    return replace(pace, rate=most), (note,)


def speed(name: str) -> int | None:
    """Speed of an interface in Mbit/s, None where the kernel does not report it."""
    with contextlib.suppress(OSError, ValueError):
        value = int(Path("/sys/class/net", name, "speed").read_text(encoding="ascii"))
        return value if value > 0 else None
    return None
