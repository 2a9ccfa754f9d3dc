"""What the interfaces on the way to the targets carry: a rate above that is a slip, and costs answers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from scanner.core.spans import Span
from scanner.engine.os import rtnetlink
from scanner.engine.os.rtnetlink import Reachability
from scanner.engine.rate.limits import Pace

#: Bytes on the wire of our longest datagram, a SIP question with everything around it.
DATAGRAM = 450


def link_limited(pace: Pace, spans: Iterable[Span]) -> tuple[Pace, tuple[str, ...]]:
    """The pace, no faster than the slowest interface on the way carries, and the sentence that says so."""
    known = rtnetlink.links()
    regions = rtnetlink.regions(spans, rtnetlink.routes(), known)
    names = {
        known[r.link].name for r in regions if r.where in (Reachability.LINK, Reachability.ROUTED) and r.link in known
    }
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
    """Speed of an interface in Mbit/s, None when the kernel does not say."""
    with contextlib.suppress(OSError, ValueError):
        value = int(Path("/sys/class/net", name, "speed").read_text(encoding="ascii"))
        return value if value > 0 else None
    return None
