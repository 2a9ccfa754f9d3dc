"""LLDP (IEEE 802.1AB-2016): one LLDPDU ↔ a list of TLVs.

Contract:
- `decode` never raises and always terminates. What can be read is in `tlvs`, in order; what cannot is in `faults`, with
  its offset from the start of the LLDPDU. A TLV that cannot be read keeps its raw octets as value.
- Of TLVs that may occur once, the first is used, of texts the first that is not empty; each further one is a fault
  (9.2.7.7.1).
- An LLDPDU that does not start with chassis id, port id and time to live has faults, and is read nevertheless.
- Reading stops at the End TLV or at the last octet; padding after it is ignored.
- `encode` writes what `decode` reads; a value that does not fit raises WireError.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from ipaddress import ip_address
from itertools import islice, zip_longest
from typing import Any, NamedTuple

from scanner.core.errors import WireError
from scanner.core.text import mac
from scanner.wire import lldp_ieee, lldp_med
from scanner.wire.cursor import Cursor, cut
from scanner.wire.tlv import (
    Fault,
    Identifier,
    Spec,
    Tlv,
    address_text,
    bits,
    integer,
    read_octets,
    read_text,
    write_octets,
    write_text,
)

ETHERTYPE = 0x88CC
#: Nearest bridge, nearest non-TPMR bridge, nearest customer bridge (7.1).
DESTINATIONS = ("01:80:c2:00:00:0e", "01:80:c2:00:00:03", "01:80:c2:00:00:00")

END, ORGANIZATION = 0, 127

#: System capabilities by bit, least significant first (8.5.8.1).
CAPABILITIES = (
    "other", "repeater", "bridge", "wlan-access-point", "router", "telephone", "docsis-cable-device",
    "station-only", "cvlan", "svlan", "two-port-mac-relay",
)  # fmt: skip


class ManagementAddress(NamedTuple):
    """Management address TLV (8.5.9): IANA address family, octets, interface numbering and number, object id."""

    family: int
    address: bytes
    interface_subtype: int = 1
    interface: int = 0
    object_id: bytes = b""

    @property
    def text(self) -> str | None:
        """The address as text where it is IPv4 or IPv6."""
        return address_text(self.family, self.address)


class Capabilities(NamedTuple):
    """System capabilities: bit sets as 16-bit numbers."""

    supported: int
    enabled: int


class Lldpdu(NamedTuple):
    """One LLDPDU: TLVs in order, and faults."""

    tlvs: tuple[Tlv, ...]
    faults: tuple[Fault, ...] = ()

    def first(self, name: str) -> Any:
        """Value of the first TLV of that name that could be read, or None."""
        return next((t.value for t in self.tlvs if t.name == name), None)

    def firsts(self) -> dict[str, Any]:
        """Name → value of the first TLV of that name that is not an empty text."""
        return {tlv.name: tlv.value for tlv in reversed(self.tlvs) if tlv.value != ""}

    def all(self, name: str) -> list[Any]:
        """Values of every TLV of that name."""
        return [t.value for t in self.tlvs if t.name == name]


def _read_identifier(cursor: Cursor) -> Identifier:
    return Identifier(cursor.u8(), cursor.rest())


def _write_identifier(value: Identifier) -> bytes:
    return bytes([value.subtype]) + value.value


def _read_management(cursor: Cursor) -> ManagementAddress:
    length = cursor.u8()
    if not 2 <= length <= 32:
        raise WireError(f"management address string of {length} octets", cursor.at - 1)
    family, address = cursor.u8(), cursor.take(length - 1)
    subtype, number = cursor.u8(), cursor.u32()
    return ManagementAddress(family, address, subtype, number, cursor.take(cursor.u8()))


def _write_management(value: ManagementAddress) -> bytes:
    head = bytes([len(value.address) + 1, value.family]) + value.address
    tail = bytes([value.interface_subtype]) + value.interface.to_bytes(4, "big")
    return head + tail + bytes([len(value.object_id)]) + value.object_id


_read_capabilities, _write_capabilities = bits(("supported", 16), ("enabled", 16))
_TTL = integer(2)

_BASIC: dict[int, Spec] = {
    1: Spec("chassis-id", 2, 256, _read_identifier, _write_identifier, "8.5.2"),
    2: Spec("port-id", 2, 256, _read_identifier, _write_identifier, "8.5.3"),
    3: Spec("ttl", 2, 511, *_TTL, "8.5.4"),
    4: Spec("port-description", 0, 255, read_text, write_text, "8.5.5"),
    5: Spec("system-name", 0, 255, read_text, write_text, "8.5.6"),
    6: Spec("system-description", 0, 255, read_text, write_text, "8.5.7"),
    7: Spec(
        "capabilities",
        4,
        511,
        lambda c: Capabilities(**_read_capabilities(c)),
        lambda v: _write_capabilities(v._asdict()),
        "8.5.8",
    ),
    8: Spec("management-address", 9, 167, _read_management, _write_management, "8.5.9", single=False),
}
_ORGANIZATIONAL: dict[tuple[int, int], Spec] = lldp_ieee.TABLE | lldp_med.TABLE
#: The same by OUI and subtype as one number.
_BY_OUI = {oui << 8 | subtype: spec for (oui, subtype), spec in _ORGANIZATIONAL.items()}
_BY_NAME: dict[str, tuple[int, int, int]] = {spec.name: (kind, 0, 0) for kind, spec in _BASIC.items()} | {
    spec.name: (ORGANIZATION, oui, subtype) for (oui, subtype), spec in _ORGANIZATIONAL.items()
}
_MANDATORY = ("chassis-id", "port-id", "ttl")
_SINGLE = frozenset(spec.name for spec in (*_BASIC.values(), *_ORGANIZATIONAL.values()) if spec.single)
_UNKNOWN = Spec("unknown", 0, 511, read_octets, write_octets, "8.4", single=False)
_SHORT = Spec("unknown", 4, 511, read_octets, write_octets, "8.6", single=False)
#: Size of the cache of TLV values. Most TLVs are the same on every phone of a site; about four are a phone's own and
#: repeat every 30 seconds. It covers 8,000 phones in 10 MB; forged TLVs fill it with 25 MB.
CACHED_TLVS = 32_768
#: Size of the cache of chassis and port ids.
CACHED_IDS = 16_384


def decode(data: bytes) -> Lldpdu:
    """One LLDPDU, starting after the Ethernet type. Never raises."""
    tlvs: list[Tlv] = []
    faults: list[Fault] = []
    cursor = Cursor(data)
    try:
        for start, kind, raw in cursor.packed(9):
            if kind == END:
                if raw:
                    faults.append(Fault(start, "End TLV with a value"))
                break
            try:
                name, value = _read(kind, raw)
            except WireError as error:
                row, _, _ = _row(kind, raw)
                name, value = f"unreadable-{row}", raw
                faults.append(Fault(start + 2 + error.offset, error.what))
            tlvs.append(Tlv(name, value, start, raw))
    except WireError as error:
        faults.append(Fault(error.offset, f"truncated TLV: {error.what}"))
    names = [tlv.name for tlv in tlvs]
    if len(set(names)) < len(names):
        faults += _repeated(tlvs)
    if tuple(islice(names, 3)) != _MANDATORY:
        faults += _missing(tlvs, cursor.at)
    return Lldpdu(tuple(tlvs), tuple(faults))


def _missing(tlvs: list[Tlv], end: int) -> Iterator[Fault]:
    """Faults where chassis id, port id and time to live are not the first three TLVs (8.2)."""
    for name, found in zip_longest(_MANDATORY, islice(tlvs, 3)):
        if found is None or found.name != name:
            yield Fault(found.offset if found else end, f"expected {name} here")


def _repeated(tlvs: list[Tlv]) -> Iterator[Fault]:
    """Faults for further occurrences of TLVs that may occur once (9.2.7.7.1)."""
    seen: set[str] = set()
    for tlv in tlvs:
        if tlv.name in seen:
            yield Fault(tlv.offset, f"repeated {tlv.name}, ignored")
        elif tlv.name in _SINGLE:
            seen.add(tlv.name)


def _row(kind: int, raw: bytes) -> tuple[str, Spec, Cursor]:
    """Name of a TLV, its row of the table, and a cursor at the start of its information string."""
    value = Cursor(raw)
    if kind != ORGANIZATION:
        spec = _BASIC.get(kind)
    elif value.remaining < 4:
        return f"unknown-{kind}", _SHORT, value
    else:
        kind = value.u32()
        spec = _BY_OUI.get(kind)
    if spec:
        return spec.name, spec, value
    return f"unknown-{kind >> 8:06x}-{kind & 0xFF}" if kind > ORGANIZATION else f"unknown-{kind}", _UNKNOWN, value


@lru_cache(maxsize=CACHED_TLVS)
def _read(kind: int, raw: bytes) -> tuple[str, Any]:
    """Name and value of one TLV. Raises WireError with an offset from the start of the value.

    Values are immutable, so LLDPDUs share those of equal TLVs.
    """
    name, spec, value = _row(kind, raw)
    if spec is _UNKNOWN:
        return name, raw
    size = value.remaining
    if not spec.minimum <= size <= spec.maximum:
        raise WireError(f"{name} of {size} octets, expected {spec.minimum} to {spec.maximum}", value.at)
    return name, spec.decode(value)


def encode(tlvs: Iterable[tuple[str, Any]], *, end: bool = True) -> bytes:
    """An LLDPDU from (name, value) pairs, names as in `decode`, with an End TLV. Raises WireError."""
    out = bytearray()
    for name, value in tlvs:
        if name not in _BY_NAME:
            raise WireError(f"unknown TLV name {name}")
        kind, oui, subtype = _BY_NAME[name]
        if kind == ORGANIZATION:
            spec = _ORGANIZATIONAL[oui, subtype]
            body = oui.to_bytes(3, "big") + bytes([subtype]) + spec.encode(value)
        else:
            body = _BASIC[kind].encode(value)
        if len(body) > 511:
            raise WireError(f"{name} of {len(body)} octets does not fit into a TLV")
        out += (kind << 9 | len(body)).to_bytes(2, "big") + body
    return bytes(out + b"\0\0" if end else out)


def capability_words(bitmap: int) -> tuple[str, ...]:
    """Names of the set capability bits, in the standard's order."""
    return tuple(word for bit, word in enumerate(CAPABILITIES) if bitmap >> bit & 1)


@lru_cache(maxsize=CACHED_IDS)
def identifier_mac(identifier: Identifier, *, chassis: bool) -> str | None:
    """The MAC address in a chassis id (subtype 4) or port id (subtype 3), also where a phone sends it as text.

    Of a longer one that is not text, the first six octets count: some senders pad it.
    """
    declared = identifier.subtype == (4 if chassis else 3)
    if declared and len(identifier.value) == 6:
        return identifier.value.hex(":")
    text = identifier.value.decode("ascii", "replace").strip("\0 ")
    address, _, _ = text.partition(":P")  # Cisco phones append the port: 00D6FE04293D:P1
    found = mac(address)
    if found is None and declared and len(identifier.value) > 6 and not (text.isascii() and text.isprintable()):
        first, _ = cut(identifier.value, 6)
        return first.hex(":")
    return found


@lru_cache(maxsize=CACHED_IDS)
def identifier_address(identifier: Identifier, *, chassis: bool) -> str | None:
    """The network address in a chassis id (subtype 5) or port id (subtype 4): family octet and address, or text."""
    if identifier.subtype != (5 if chassis else 4) or not identifier.value:
        return None
    value = Cursor(identifier.value)
    found = address_text(value.u8(), value.rest())
    if found is None:
        try:
            found = str(ip_address(identifier.value.decode("ascii").strip("\0 ")))
        except ValueError:
            return None
    return found


def identifier_text(identifier: Identifier, *, chassis: bool) -> str:
    """A chassis or port id in readable form: MAC address, network address or text; other octets in hexadecimal."""
    found = identifier_mac(identifier, chassis=chassis) or identifier_address(identifier, chassis=chassis)
    if found:
        return found
    octets, _, _ = identifier.value.partition(b"\0")
    text = octets.decode("utf-8", "replace")
    return text if len(text) > 1 and text.isprintable() else identifier.value.hex(":")
