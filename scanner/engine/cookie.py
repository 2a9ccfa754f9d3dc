"""Numbers that tie an answer to its question, with nothing remembered: a keyed hash of address and port.

Who has not seen the question cannot forge the answer, and one that comes late or from another port is still known.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

Cookie = Callable[[str, int], int]


def baker(secret: bytes) -> Cookie:
    """A function (address, port) → 62-bit number under this secret."""
    keyed = blake2b(digest_size=8, key=secret[:64])

    def cookie(address: str, port: int) -> int:
        hashed = keyed.copy()
        hashed.update(f"{address} {port}".encode())
        return int.from_bytes(hashed.digest()) >> 2

    return cookie
