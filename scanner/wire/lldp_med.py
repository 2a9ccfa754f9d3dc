"""LLDP-MED (ANSI/TIA-1057-2006): the TLVs of OUI 00-12-BB as rows of the LLDP table.

Contract: that of `wire.tlv`. The location TLV is read as format number and octets; `civic` and `coordinates` decode the
octets separately, so that an invalid address does not invalidate the TLV.
"""

from __future__ import annotations

from typing import NamedTuple

from scanner.core.errors import WireError
from scanner.core.text import bounded
from scanner.wire.cursor import Cursor
from scanner.wire.tlv import Spec, bits, read_text, write_text

OUI = 0x0012BB

#: Device types (10.2.2.2).
DEVICE_CLASSES = {1: "endpoint-1", 2: "endpoint-2", 3: "endpoint-3", 4: "network"}
#: Application types of a network policy (10.2.3.1).
VOICE, VOICE_SIGNALING, GUEST_VOICE, GUEST_SIGNALING, SOFTPHONE, VIDEO, STREAMING, VIDEO_SIGNALING = range(1, 9)
#: Location data formats (10.2.4.2).
COORDINATES, CIVIC, ELIN = 1, 2, 3


class LocationIdentification(NamedTuple):
    """Location identification (10.2.4): format number and location id octets."""

    format: int
    data: bytes


class Civic(NamedTuple):
    """A civic address (10.2.4.3.2): of what (0 DHCP server, 1 network element, 2 client), country, elements."""

    what: int
    country: str
    elements: tuple[tuple[int, str], ...]


def _read_location(cursor: Cursor) -> LocationIdentification:
    return LocationIdentification(cursor.u8(), cursor.rest())


def _write_location(value: LocationIdentification) -> bytes:
    return bytes([value.format]) + value.data


def civic(data: bytes) -> Civic:
    """The civic address in a location of format 2. Raises WireError."""
    cursor = Cursor(data)
    inner = cursor.fence(cursor.u8())
    what, country = inner.u8(), bounded(inner.take(2))
    elements = []
    while inner.remaining:
        kind = inner.u8()
        elements.append((kind, bounded(inner.take(inner.u8()))))
    return Civic(what, country, tuple(elements))


def write_civic(value: Civic) -> bytes:
    """The octets of a civic address, starting with its length. Raises WireError for one that does not fit."""
    body = bytes([value.what]) + value.country.encode("ascii")
    for kind, text in value.elements:
        octets = text.encode("utf-8")
        if len(octets) > 255:
            raise WireError("a civic address element is longer than 255 octets")
        body += bytes([kind, len(octets)]) + octets
    if len(body) > 255:
        raise WireError("a civic address is longer than 255 octets")
    return bytes([len(body)]) + body


coordinates, write_coordinates = bits(
    ("latitude_resolution", 6), ("latitude", 34), ("longitude_resolution", 6), ("longitude", 34),
    ("altitude_type", 4), ("altitude_resolution", 6), ("altitude", 30), ("datum", 8),
)  # fmt: skip


def _inventory(name: str, clause: str) -> Spec:
    # The standard allows 32 octets; longer values occur.
    return Spec(name, 0, 507, read_text, write_text, clause)


TABLE: dict[tuple[int, int], Spec] = {
    (OUI, 1): Spec("med-capabilities", 3, 3, *bits(("capabilities", 16), ("device_class", 8)), "10.2.2"),
    (OUI, 2): Spec(
        "med-network-policy",
        4,
        4,
        *bits(
            ("application", 8),
            ("unknown", 1),
            ("tagged", 1),
            ("_", 1),
            ("vlan", 12),
            ("priority", 3),
            ("dscp", 6),
        ),
        "10.2.3",
        single=False,
    ),
    (OUI, 3): Spec("med-location", 1, 507, _read_location, _write_location, "10.2.4", single=False),
    (OUI, 4): Spec(
        "med-power",
        3,
        3,
        *bits(("type", 2), ("source", 2), ("priority", 4), ("tenths_of_watt", 16)),
        "10.2.5",
    ),
    (OUI, 5): _inventory("med-hardware-revision", "10.2.6.1"),
    (OUI, 6): _inventory("med-firmware-revision", "10.2.6.2"),
    (OUI, 7): _inventory("med-software-revision", "10.2.6.3"),
    (OUI, 8): _inventory("med-serial", "10.2.6.4"),
    (OUI, 9): _inventory("med-manufacturer", "10.2.6.5"),
    (OUI, 10): _inventory("med-model", "10.2.6.6"),
    (OUI, 11): _inventory("med-asset-id", "10.2.6.7"),
}
