"""LLDP TLVs of IEEE 802.1 (OUI 00-80-C2) and IEEE 802.3 (OUI 00-12-0F) as rows of the LLDP table.

Contract: that of `wire.tlv`. Sources: IEEE 802.1Q-2018 annex D, IEEE 802.3-2018 clause 79 (79.3.2 with the extensions
of 802.3at and 802.3bt).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from scanner.core.text import bounded
from scanner.wire.cursor import Cursor
from scanner.wire.tlv import Spec, bits, integer, read_octets, repeated, write_octets

IEEE_8021, IEEE_8023 = 0x0080C2, 0x00120F


class VlanName(NamedTuple):
    """VLAN name TLV (D.2.3)."""

    vlan: int
    name: str


class ApplicationPriorities(NamedTuple):
    """Application priority TLV (D.2.11): priority, selector and protocol of each entry."""

    entries: tuple[Mapping[str, int], ...]


def _read_vlan_name(cursor: Cursor) -> VlanName:
    vlan = cursor.u16()
    return VlanName(vlan, bounded(cursor.take(cursor.u8())))


def _write_vlan_name(value: VlanName) -> bytes:
    name = value.name.encode("utf-8")
    return value.vlan.to_bytes(2, "big") + bytes([len(name)]) + name


def _read_protocol_identity(cursor: Cursor) -> bytes:
    return cursor.take(cursor.u8())


def _write_protocol_identity(value: bytes) -> bytes:
    return bytes([len(value)]) + value


_read_entries, _write_entries = repeated(bits(("priority", 3), ("_", 2), ("selector", 3), ("protocol", 16)))


def _read_applications(cursor: Cursor) -> ApplicationPriorities:
    cursor.u8()  # reserved
    return ApplicationPriorities(_read_entries(cursor))


def _write_applications(value: ApplicationPriorities) -> bytes:
    return b"\0" + _write_entries(value.entries)


_PRIORITIES = tuple(f"priority{n}" for n in range(8))
_BANDWIDTHS = tuple(f"bandwidth{n}" for n in range(8))
_ALGORITHMS = tuple(f"algorithm{n}" for n in range(8))
_SHARES = (
    *((name, 4) for name in _PRIORITIES),
    *((name, 8) for name in _BANDWIDTHS),
    *((name, 8) for name in _ALGORITHMS),
)
_PER_PRIORITY = tuple((f"enabled{n}", 1) for n in range(7, -1, -1))

#: Power via MDI (79.3.2): 3 octets, 12 with 802.3at, 29 with 802.3bt.
_POWER = (
    ("_", 4),
    ("pairs_control", 1),
    ("enabled", 1),
    ("supported", 1),
    ("pse", 1),
    ("pairs", 8),
    ("class", 8),
)
_POWER_AT = (
    ("type", 2),
    ("source", 2),
    ("_", 1),
    ("pd_4pid", 1),
    ("priority", 2),
    ("requested", 16),
    ("allocated", 16),
)
_read_power, _write_power = bits(*_POWER)
_read_power_at, _write_power_at = bits(*_POWER_AT)


def _read_mdi_power(cursor: Cursor) -> Mapping[str, int | bytes]:
    value: dict[str, int | bytes] = dict(_read_power(cursor))
    if cursor.remaining >= 5:
        value |= _read_power_at(cursor)
    if cursor.remaining:
        value["extension"] = cursor.rest()
    return MappingProxyType(value)


def _write_mdi_power(value: Mapping[str, int | bytes]) -> bytes:
    numbers = {name: part for name, part in value.items() if isinstance(part, int)}
    out = _write_power({name: numbers[name] for name in numbers if name in dict(_POWER)})
    if "requested" in numbers:
        out += _write_power_at({name: numbers[name] for name in numbers if name in dict(_POWER_AT)})
    extension = value.get("extension", b"")
    return out + (extension if isinstance(extension, bytes) else b"")


TABLE: dict[tuple[int, int], Spec] = {
    (IEEE_8021, 1): Spec("port-vlan", 2, 2, *integer(2), "802.1Q D.2.1"),
    (IEEE_8021, 2): Spec(
        "port-protocol-vlan", 3, 3, *bits(("_", 5), ("enabled", 1), ("supported", 1), ("_", 1), ("vlan", 16)),
        "802.1Q D.2.2", single=False,
    ),
    (IEEE_8021, 3): Spec("vlan-name", 3, 35, _read_vlan_name, _write_vlan_name, "802.1Q D.2.3", single=False),
    (IEEE_8021, 4): Spec(
        "protocol-identity", 1, 256, _read_protocol_identity, _write_protocol_identity, "802.1Q D.2.4", single=False
    ),
    (IEEE_8021, 5): Spec("vid-usage-digest", 4, 4, *integer(4), "802.1Q D.2.5"),
    (IEEE_8021, 6): Spec("management-vid", 2, 2, *integer(2), "802.1Q D.2.6"),
    (IEEE_8021, 7): Spec(
        "link-aggregation", 5, 5, *bits(("_", 6), ("enabled", 1), ("capable", 1), ("port", 32)), "802.1AX F.1"
    ),
    (IEEE_8021, 8): Spec(
        "congestion-notification", 2, 2, *bits(("supported", 8), ("ready", 8)), "802.1Q D.2.7"
    ),
    (IEEE_8021, 9): Spec(
        "ets-configuration", 21, 21,
        *bits(("willing", 1), ("credit_based", 1), ("_", 3), ("classes", 3), *_SHARES), "802.1Q D.2.8",
    ),
    (IEEE_8021, 10): Spec("ets-recommendation", 21, 21, *bits(("_", 8), *_SHARES), "802.1Q D.2.9"),
    (IEEE_8021, 11): Spec(
        "priority-flow-control", 2, 2,
        *bits(("willing", 1), ("bypass", 1), ("_", 2), ("classes", 4), *_PER_PRIORITY), "802.1Q D.2.10",
    ),
    (IEEE_8021, 12): Spec(
        "application-priority", 1, 507, _read_applications, _write_applications, "802.1Q D.2.11"
    ),
    (IEEE_8023, 1): Spec(
        "mac-phy", 5, 5, *bits(("_", 6), ("enabled", 1), ("supported", 1), ("advertised", 16), ("mau", 16)),
        "802.3 79.3.1",
    ),
    (IEEE_8023, 2): Spec("mdi-power", 3, 29, _read_mdi_power, _write_mdi_power, "802.3 79.3.2"),
    (IEEE_8023, 3): Spec(
        "link-aggregation-8023", 5, 5, *bits(("_", 6), ("enabled", 1), ("capable", 1), ("port", 32)), "802.3 79.3.3"
    ),
    (IEEE_8023, 4): Spec("maximum-frame-size", 2, 2, *integer(2), "802.3 79.3.4"),
    (IEEE_8023, 5): Spec("energy-efficient-ethernet", 10, 10, read_octets, write_octets, "802.3 79.3.5"),
}  # fmt: skip
