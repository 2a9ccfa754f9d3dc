"""Host names: their addresses, by the resolver of the operating system."""

from __future__ import annotations

import socket
from collections.abc import Sequence


def resolve(name: str) -> Sequence[str]:
    """The addresses of a host name, () when it has none; IPv4 alone where it has both, as phones use."""
    try:
        results = socket.getaddrinfo(name, None, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        return ()
    addresses = list(dict.fromkeys(str(result[4][0]).partition("%")[0] for result in results))
    return [each for each in addresses if "." in each] or addresses
