"""Whether the prefix of a mac is of the maker that a value names. Pure."""

from __future__ import annotations

from scanner.core.text import VALUE_LIMIT
from scanner.identity.fingerprints import Fingerprints
from scanner.identity.match import best
from scanner.identity.values import BLANK


def same_maker(fingerprints: Fingerprints, field: str, value: str, mac: str) -> bool | None:
    """True where only devices of the maker that a value names have the prefix of a mac.

    False where it is another maker's, whose routers may have it; None where neither is known.
    """
    assigned = fingerprints.registry.by_mac(mac)
    match = best(fingerprints, field, value[:VALUE_LIMIT].strip(BLANK)) if assigned else None
    maker = match.gives.get("manufacturer") if match else None
    if assigned is None or maker is None:
        return None
    if assigned.maker in fingerprints.models.family(maker):
        return True if assigned.dedicated else None
    return None if assigned.dedicated else False
