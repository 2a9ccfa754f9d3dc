"""A saved UPnP description (`tr64desc.xml` of AVM's routers, `rootDesc.xml`), as the discovery `ssdp` reads it.

It contains no address: its subject is the MAC address in its serial number, as AVM's routers have it, or `--ip`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from scanner.core.model import Observation
from scanner.discovery import ssdp
from scanner.reading.items import Context, Format, Item, Problem

#: Octets of a description that are read; those of routers with many services have 20,000.
LIMIT = 1 << 20
_ROOT = re.compile(rb"""<root\b[^>]{0,512}["']urn:(?:dslforum-org|schemas-upnp-org):device-1-0["']""")
_HEAD = 4096


def looks_like(head: bytes) -> bool:
    """Whether it is XML whose first element is the root of a description."""
    start = head[:_HEAD].lstrip()
    found = _ROOT.search(start)
    return found is not None and start.startswith(b"<") and b"<root" not in start[: found.start()]


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of the device that a description is of."""
    body = stream.read(LIMIT + 1)
    found = ssdp.description(body[:LIMIT])
    if len(body) > LIMIT:
        yield Problem(0, f"what is behind the first {LIMIT >> 10} KB of the description is not read")
    if not found:
        yield Problem(0, "the description has no device, or is truncated before its end")
        return
    mac, ip = ssdp.own_mac(found), context.address
    if not (mac or ip):
        yield Problem(0, "the description has no MAC address: name the address of its device with --ip")
        return
    source = f"ssdp {context.name}".strip()
    for field, value in found:
        yield Observation(time=context.time, ip=ip, mac=mac, field=field, value=value, source=source)


FORMAT = Format("upnp", "a UPnP description: tr64desc.xml of a FRITZ!Box, rootDesc.xml", looks_like, read)
