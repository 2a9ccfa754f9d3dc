"""The client of a request: its address and scheme, also behind a proxy that is trusted.

`X-Forwarded-For` and `X-Forwarded-Proto` are read from trusted proxies alone: any other client could write an address
of its choice into them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

from scanner.core.errors import UsageError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
#: The addresses of this machine: where the server listens on loopback alone, one proxy whose peer is the client.
LOOPBACK: tuple[Network, ...] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
#: Addresses of one request that are read, from the last one.
HOPS = 20


def proxies(texts: Iterable[str]) -> tuple[Network, ...]:
    """Addresses and networks. Raises UsageError for a text that is neither."""
    return tuple(_network(text) for text in texts)


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise UsageError(f"--trust-proxy {text!r} is not an address; write 192.0.2.10 or 192.0.2.0/28") from None


def is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    """Whether an address is that of a trusted proxy."""
    found = _address(address)
    return found is not None and any(found.version == network.version and found in network for network in trusted)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address as proxies write it: also with a port, in brackets, or mapped to IPv6."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found


def client(
    peer: str, scheme: str, headers: Iterable[tuple[bytes, bytes]], trusted: Sequence[Network]
) -> tuple[str, str]:
    """The address and the scheme of a client whose connection comes from `peer`.

    The address is the last in X-Forwarded-For that is not that of a trusted proxy: each proxy appends the one that it
    has seen, and what is before was written by the client.
    """
    if not is_trusted(peer, trusted):
        return peer, scheme
    forwarded, proto = [], scheme
    for name, value in headers:
        if name.lower() == b"x-forwarded-for":
            forwarded += value.decode("latin-1").split(",")
        elif name.lower() == b"x-forwarded-proto":
            given = value.decode("latin-1").rpartition(",")[2].strip().lower()
            proto = given if given in ("http", "https") else proto
    address = peer
    for text in reversed(forwarded[-HOPS:]):
        found = _address(text)
        if found is None:
            break
        address = str(found)
        if not is_trusted(address, trusted) or trusted == LOOPBACK:
            break
    return address, proto
