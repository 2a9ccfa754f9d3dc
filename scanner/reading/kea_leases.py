"""The lease file of Kea (`kea-leases4.csv`): rows that the server appends, of which the last one of an address counts.

"Memfile - basic storage for leases" (kea.readthedocs.io): columns by the names in the first line, 10 or more of them.
State 0 is a lease in use (1 declined, 2 reclaimed, 3 released), a lifetime of 0 a deleted one. The last transaction of
the client is the lifetime before the end. A comma within a cell is `&#x2c`. Lease files of DHCPv6 have a DUID,
in which the mac is, mostly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from scanner.core.numbers import whole
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.latest import LatestRows
from scanner.reading.leases import Lease, client_mac, duid_mac, observations, of_seconds
from scanner.reading.lines import exact

#: Longest line, in bytes.
LINE = 16_384
#: Damaged rows that are reported one by one.
PROBLEMS = 20
#: Columns that each version of the file has.
_WANTED = frozenset({"address", "valid_lifetime", "expire"})
_ESCAPE = re.compile(rb"&#x([0-9a-fA-F]{2})")
#: A lease of a prefix (IA_PD) is of no single host.
_PREFIX = "2"


def looks_like(head: bytes) -> bool:
    """Whether the first line that is not blank or a comment has the names of the columns."""
    for line in head.splitlines()[:20]:
        if line.strip() and not line.startswith(b"#"):
            return _columns(line) is not None
    return False


def _columns(line: bytes) -> dict[str, int] | None:
    if not line.startswith(b"address,"):
        return None
    names = [name.strip() for name in line.decode("utf-8", "replace").split(",")]
    return {name: at for at, name in enumerate(names)} if _WANTED.issubset(names) else None


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """The last lease of each address that is in use."""
    kept = LatestRows()
    columns: dict[str, int] = {}
    commas = -1
    unread = 0
    for number, line in exact(stream, LINE):
        if line is not None and line.count(b",") == commas and not line.startswith(b"address,"):
            if kept.put(line[: line.find(b",")], number, line):
                yield from _leases(kept, columns, context)
        elif line is None or (line.strip() and not line.startswith(b"#")):
            if line and (found := _columns(line)):  # files of the server that were joined
                yield from () if found == columns else _leases(kept, columns, context)
                columns, commas = found, line.count(b",")
                continue
            unread += 1
            if unread <= PROBLEMS:
                yield Problem(number, "not a row of as many columns as the first line has")
    yield from _leases(kept, columns, context)
    if unread > PROBLEMS:
        yield Problem(0, f"{unread - PROBLEMS:,} more rows have not as many columns as the first line")


def _leases(kept: LatestRows, columns: dict[str, int], context: Context) -> Iterator[Item]:
    for number, row in kept.taken():
        cells = row.split(b",")

        def text(name: str, cells: list[bytes] = cells) -> str:
            at = columns.get(name)
            return cells[at].decode("utf-8", "replace").strip() if at is not None else ""

        lifetime, end = whole(text("valid_lifetime")), whole(text("expire"))
        if lifetime is None or end is None:
            yield Problem(number, "a lease whose lifetime or end is not a number")
        elif lifetime and text("state") in ("", "0") and text("lease_type") != _PREFIX:
            host = cells[columns["hostname"]] if "hostname" in columns else b""
            lease = Lease(
                ip=text("address"),
                mac=client_mac(text("hwaddr"), text("client_id")) or duid_mac(text("duid")),
                time=of_seconds(str(end - lifetime if end > lifetime else end)) or context.time,
                host=_ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), host),
            )
            yield from observations(lease, context)


FORMAT = Format("kea-leases", "the lease file of Kea (kea-leases4.csv)", looks_like, read)
