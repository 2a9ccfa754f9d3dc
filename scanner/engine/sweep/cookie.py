"""The cookie that ties a response to its request without state: a keyed hash of address and port.

Only a host that received the request can return its cookie, and a response that is late or from another port of the
host still matches.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2s


class Cookies:
    """(address, port) → 62-bit number under a secret. A sweep computes one for each packet: `at` prepares a port."""

    __slots__ = ("_keyed", "_ports")

    def __init__(self, secret: bytes) -> None:
        self._keyed = blake2s(digest_size=8, key=secret[:32])
        self._ports: dict[int, Callable[[str], int]] = {}

    def __call__(self, address: str, port: int) -> int:
        return self.at(port)(address)

    def at(self, port: int) -> Callable[[str], int]:
        """The function from address to cookie for one port."""
        found = self._ports.get(port)
        if found is None:
            found = self._ports[port] = self._prepare(port)
        return found

    def _prepare(self, port: int) -> Callable[[str], int]:
        keyed = self._keyed.copy()
        keyed.update(b"%d " % port)
        copy, number = keyed.copy, int.from_bytes

        def cookie(address: str) -> int:
            hashed = copy()
            hashed.update(address.encode())
            return number(hashed.digest()) >> 2

        return cookie
