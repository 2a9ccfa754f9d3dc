"""Makers by what was assigned to them: prefixes of MAC addresses (IEEE) and enterprise numbers (IANA).

Both are weak evidence. Makers sell other devices than phones, and cards of one maker are built into devices of another.
"""

from __future__ import annotations

from typing import NamedTuple

from scanner.identity import names
from scanner.identity.vendorfile import VendorFile


class Assigned(NamedTuple):
    """The maker of a prefix or number; `dedicated` when only products of its usual kind have it."""

    maker: str
    dedicated: bool


class Registry:
    """Prefixes of MAC addresses and roots of sysObjectIDs, as the vendor files list them."""

    def __init__(self) -> None:
        self._prefixes: dict[str, Assigned] = {}
        self._roots: dict[str, Assigned] = {}

    def add(self, file: VendorFile) -> None:
        """Add what one vendor file lists."""
        maker = file.manufacturer
        self._roots |= {root.strip("."): Assigned(maker, True) for root in file.sysobjectid}
        self._roots |= {root.strip("."): Assigned(maker, False) for root in file.sysobjectid_mixed}
        self._prefixes |= {names.prefix(prefix): Assigned(maker, True) for prefix in file.oui}
        self._prefixes |= {names.prefix(prefix): Assigned(maker, False) for prefix in file.oui_mixed}

    def by_mac(self, mac: str) -> Assigned | None:
        """The maker by the longest listed prefix of a MAC (36, 28 or 24 bits); None when none is listed."""
        return self._prefixes.get(mac[:13]) or self._prefixes.get(mac[:10]) or self._prefixes.get(mac[:8])

    def by_object_id(self, oid: str) -> Assigned | None:
        """The maker by the longest listed root of a sysObjectID; None when none is listed."""
        parts = oid.strip(". ").split(".")
        for length in range(len(parts), 5, -1):
            if root := self._roots.get(".".join(parts[:length])):
                return root
        return None

    def makers_by_prefix(self) -> dict[str, str]:
        """Maker by prefix (`aa:bb:cc`, or longer), for lookups as in `by_mac`."""
        return {prefix: assigned.maker for prefix, assigned in self._prefixes.items()}
