"""The loopback network of this test run, 127.N.0.0/16: no other run on this machine uses it at the same time.

Simulated devices need the ports of real ones (5060, 8080, 1161), so two runs must not share an address. Each run holds
an abstract Unix socket with the network's number; like loopback itself, that name belongs to the network namespace,
counts for all users, and is free again when the process ends, however it ends.
"""

from __future__ import annotations

import re
import socket
from functools import cache

#: Below 64 are the networks of the docs' examples and of `phonescan demo`.
OCTETS = range(64, 255)


def own(text: str) -> str:
    """`text` with each loopback address moved to this run's network: 127.29.1.1 becomes 127.N.1.1."""
    return re.sub(r"\b127\.\d+(?=\.)", f"127.{_claimed()[0]}", text)


@cache
def _claimed() -> tuple[int, socket.socket]:
    for octet in OCTETS:
        holder = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            holder.bind(f"\0phonescan-tests-127.{octet}")
        except OSError:
            holder.close()
            continue
        return octet, holder
    raise RuntimeError(f"{len(OCTETS)} test runs hold every loopback network from 127.{OCTETS[0]}.0.0/16 on")
