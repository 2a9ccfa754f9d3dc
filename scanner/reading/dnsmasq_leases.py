"""dnsmasq.leases: end of the lease, mac, address, host name and client identifier, a line each; `*` where unknown.

Format: `src/lease.c` of dnsmasq. The end is a Unix time, 0 for never. Behind a line `duid …` the leases are those of
DHCPv6, which have an identifier of the interface where the mac is: their mac is the one in the DUID of the client. When
the client renewed is in no column: the time of a lease is that of its list, and its end where that is earlier.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from scanner.core.numbers import whole
from scanner.core.text import mac as normal_mac
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.latest import LatestRows
from scanner.reading.leases import Lease, duid_mac, observations, of_seconds, until
from scanner.reading.lines import numbered

#: Longest line, in bytes.
LINE = 4_096
#: Lines that are not leases which are reported one by one.
PROBLEMS = 20
#: An earlier end is a duration: dnsmasq that was built for hosts without a clock writes how long leases last.
_CLOCK = 1_000_000_000
_LEASE = re.compile(
    rb"(?:\d{1,12}) (?:(?:[0-9a-fA-F]{2}-)?[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5,15}|\*|T?\d{1,10}) "
    rb"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F:.]{2,45}) \S{1,255}(?: (?:\*|[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2})*))?"
)
_DUID = re.compile(rb"duid [0-9a-fA-F]{2}(?::[0-9a-fA-F]{2})+")


def looks_like(head: bytes) -> bool:
    """Whether the first line is a lease, or the identifier of the server for DHCPv6."""
    first = head.lstrip().partition(b"\n")[0].strip()
    return _LEASE.fullmatch(first) is not None or _DUID.fullmatch(first) is not None


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """The last lease of each address."""
    kept = LatestRows()
    unread = 0
    for number, line in numbered(stream, LINE):
        cells = line.split(b" ", 3) if line else []
        if line and len(cells) == 4 and _LEASE.fullmatch(line):
            if kept.put(cells[2], number, line):
                yield from _leases(kept, context)
        elif not line or not _DUID.fullmatch(line):
            unread += 1
            if unread <= PROBLEMS:
                yield Problem(number, "not a lease: end, mac, address, name and client identifier are expected")
    yield from _leases(kept, context)
    if unread > PROBLEMS:
        yield Problem(0, f"{unread - PROBLEMS:,} more lines are not leases")


def _leases(kept: LatestRows, context: Context) -> Iterator[Item]:
    for _, row in kept.taken():
        end, hardware, address, host, *client = row.split(b" ")
        seconds = whole(end.decode("ascii")) or 0
        lease = Lease(
            ip=address.decode("ascii"),
            mac=_mac(hardware, address, client[0] if client else b""),
            time=until(of_seconds(str(seconds)) if seconds >= _CLOCK else None, context),
            host=host if host != b"*" else b"",
        )
        yield from observations(lease, context)


def _mac(hardware: bytes, address: bytes, client: bytes) -> str | None:
    """The mac of a lease; of one of DHCPv6, the one in the DUID of the client."""
    if b":" in address:
        return duid_mac(client.decode("ascii"))
    return normal_mac(hardware.decode("ascii")) if b":" in hardware and b"-" not in hardware else None


FORMAT = Format("dnsmasq-leases", "dnsmasq.leases", looks_like, read)
