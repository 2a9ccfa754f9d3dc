"""CDP, Cisco Discovery Protocol versions 1 and 2: one packet ↔ a list of TLVs.

Contract:
- `decode` never raises: what can be read is in `tlvs`, in order; what cannot is in `faults`, with its offset from the
  start of the packet. A TLV that cannot be read keeps its raw octets as value.
- Lengths include the four octets of the TLV header; a shorter length, or one past the end, ends the reading.
- `encode` writes what `decode` reads, checksum included; it raises WireError for an unknown name.

There is no standard. The layout follows Wireshark, tcpdump and lldpd where they agree, and Cisco's "Understanding and
Configuring CDP".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from scanner.core.errors import WireError
from scanner.wire.cursor import Cursor
from scanner.wire.tlv import (
    Fault,
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

DESTINATION = "01:00:0c:cc:cc:cc"
SNAP = bytes.fromhex("aaaa0300000c2000")  # LLC SNAP, Cisco's OUI, protocol 0x2000

#: Capabilities by bit, least significant first.
CAPABILITIES = (
    "router", "trans-bridge", "source-bridge", "switch", "host", "igmp", "repeater", "phone",
    "remote", "cast", "two-port-mac-relay",
)  # fmt: skip

_IPV4 = bytes([1, 1, 0xCC])  # protocol type NLPID, length 1, IP
_IPV6 = bytes([2, 8]) + bytes.fromhex("aaaa0300000086dd")


class CdpPacket(NamedTuple):
    """One CDP packet. `ttl` is in seconds; `checksum_ok` is None where the checksum field is zero."""

    version: int
    ttl: int
    tlvs: tuple[Tlv, ...]
    faults: tuple[Fault, ...] = ()
    checksum_ok: bool | None = None

    def first(self, name: str) -> Any:
        """Value of the first TLV of that name that could be read and is not an empty text, or None."""
        return next((t.value for t in self.tlvs if t.name == name and t.value != ""), None)


class CdpAddress(NamedTuple):
    """One network address: protocol octets (type, length, protocol) and the address itself."""

    protocol: bytes
    octets: bytes

    @property
    def text(self) -> str | None:
        """The address as text where it is IPv4 or IPv6."""
        return address_text({_IPV4: 1, _IPV6: 2}.get(self.protocol, 0), self.octets)


def ipv4(octets: bytes) -> CdpAddress:
    """An IPv4 address from its four octets."""
    return CdpAddress(_IPV4, octets)


def _read_addresses(cursor: Cursor) -> tuple[CdpAddress, ...]:
    found = []
    for _ in range(cursor.u32()):  # bounded by the value: each address takes four octets or more
        kind, length = cursor.pair()
        protocol = bytes([kind, length]) + cursor.take(length)
        found.append(CdpAddress(protocol, cursor.take(cursor.u16())))
    return tuple(found)


def _write_addresses(value: Iterable[CdpAddress]) -> bytes:
    body = [a.protocol + len(a.octets).to_bytes(2, "big") + a.octets for a in value]
    return len(body).to_bytes(4, "big") + b"".join(body)


def _read_prefixes(cursor: Cursor) -> tuple[tuple[str, int], ...]:
    found = []
    while cursor.remaining:
        octets = cursor.take(4)
        found.append((address_text(1, octets) or "", cursor.u8()))
    return tuple(found)


def _write_prefixes(value: Iterable[tuple[str, int]]) -> bytes:
    return b"".join(bytes(map(int, address.split("."))) + bytes([length]) for address, length in value)


def _read_powers(cursor: Cursor) -> dict[str, Any]:
    request, management = cursor.u16(), cursor.u16()
    powers = []
    while cursor.remaining >= 4:
        powers.append(cursor.u32())
    return {"request": request, "management": management, "milliwatts": tuple(powers)}


def _write_powers(value: dict[str, Any]) -> bytes:
    numbers = [(value["request"], 2), (value["management"], 2), *((power, 4) for power in value["milliwatts"])]
    return b"".join(int(number).to_bytes(octets, "big") for number, octets in numbers)


def _row(name: str, minimum: int, codec: tuple[Callable[[Cursor], Any], Callable[[Any], bytes]]) -> Spec:
    return Spec(name, minimum, 65531, *codec, "")


_TEXT = (read_text, write_text)
_OCTETS = (read_octets, write_octets)
_ADDRESSES = (_read_addresses, _write_addresses)
_VOICE_VLAN = bits(("data", 8), ("vlan", 16))

#: TLV type → name, least length of the value in octets, codec.
_TABLE: dict[int, Spec] = {
    0x0001: _row("device-id", 0, _TEXT),
    0x0002: _row("addresses", 4, _ADDRESSES),
    0x0003: _row("port-id", 0, _TEXT),
    0x0004: _row("capabilities", 4, integer(4)),
    0x0005: _row("version", 0, _TEXT),
    0x0006: _row("platform", 0, _TEXT),
    0x0007: _row("prefixes", 0, (_read_prefixes, _write_prefixes)),
    0x0008: _row("protocol-hello", 0, _OCTETS),
    0x0009: _row("vtp-domain", 0, _TEXT),
    0x000A: _row("native-vlan", 2, integer(2)),
    0x000B: _row("duplex", 1, integer(1)),
    0x000E: _row("voice-vlan-reply", 3, _VOICE_VLAN),
    0x000F: _row("voice-vlan-query", 1, _OCTETS),
    0x0010: _row("power-consumption", 2, integer(2)),
    0x0011: _row("mtu", 4, integer(4)),
    0x0012: _row("trust", 1, integer(1)),
    0x0013: _row("untrusted-cos", 1, integer(1)),
    0x0014: _row("system-name", 0, _TEXT),
    0x0015: _row("system-object-id", 0, _OCTETS),
    0x0016: _row("management-addresses", 4, _ADDRESSES),
    0x0017: _row("location", 0, _OCTETS),
    0x0019: _row("power-request", 4, (_read_powers, _write_powers)),
    0x001A: _row("power-available", 4, (_read_powers, _write_powers)),
    0x001F: _row("spare-pair-poe", 1, integer(1)),
}
_BY_NAME = {spec.name: kind for kind, spec in _TABLE.items()}


def decode(data: bytes) -> CdpPacket:
    """One CDP packet, starting at its version octet. Never raises."""
    tlvs: list[Tlv] = []
    faults: list[Fault] = []
    if len(data) < 4:
        return CdpPacket(0, 0, (), (Fault(len(data), "shorter than a CDP header"),))
    cursor = Cursor(data)
    version, ttl, sent = cursor.u8(), cursor.u8(), cursor.u16()
    if version not in (1, 2):
        faults.append(Fault(0, f"CDP version {version}"))
    seen: set[str] = set()
    while cursor.remaining:
        start = cursor.at
        if cursor.remaining < 4:
            faults.append(Fault(start, "truncated TLV header"))
            break
        kind, length = cursor.u16(), cursor.u16()
        if length < 4 or length - 4 > cursor.remaining:
            faults.append(
                Fault(start, f"TLV {kind:#06x} with a length of {length} octets, {cursor.remaining + 4} left")
            )
            break
        value = cursor.fence(length - 4)
        tlv = _read_one(kind, value, start, faults)
        if tlv.name in seen:
            faults.append(Fault(start, f"repeated {tlv.name}, ignored"))
        seen.add(tlv.name)
        tlvs.append(tlv)
    checksum_ok = None if sent == 0 else checksum(data) == sent
    if checksum_ok is False:
        faults.append(Fault(2, f"checksum {sent:#06x}, expected {checksum(data):#06x}"))
    return CdpPacket(version, ttl, tuple(tlvs), tuple(faults), checksum_ok)


def _read_one(kind: int, value: Cursor, start: int, faults: list[Fault]) -> Tlv:
    spec = _TABLE.get(kind)
    raw = value.peek(value.remaining)
    if spec is None:
        return Tlv(f"unknown-{kind:04x}", raw, start, raw)
    try:
        if value.remaining < spec.minimum:
            raise WireError(f"{spec.name} of {value.remaining} octets, expected at least {spec.minimum}", value.at)
        return Tlv(spec.name, spec.decode(value), start, raw)
    except WireError as error:
        faults.append(Fault(error.offset, error.what))
        return Tlv(f"unreadable-{spec.name}", raw, start, raw)


def encode(tlvs: Iterable[tuple[str, Any]], *, version: int = 2, ttl: int = 180) -> bytes:
    """A CDP packet of (name, value) pairs, checksum included. Raises WireError."""
    body = bytearray()
    for name, value in tlvs:
        if name not in _BY_NAME:
            raise WireError(f"unknown TLV name {name}")
        kind = _BY_NAME[name]
        octets = _TABLE[kind].encode(value)
        body += kind.to_bytes(2, "big") + (len(octets) + 4).to_bytes(2, "big") + octets
    head = bytes([version, ttl])
    return head + checksum(head + b"\0\0" + bytes(body)).to_bytes(2, "big") + bytes(body)


def checksum(packet: bytes) -> int:
    """The correct checksum of a packet, its checksum field taken as zero. WireError for fewer than four octets.

    The Internet checksum (RFC 1071), except that the last octet of an odd packet is added as a signed low octet, as
    Cisco's senders do (Wireshark, packet-cdp.c).
    """
    cursor = Cursor(packet)
    total = cursor.u16()
    cursor.skip(2)
    total += cursor.uint(cursor.remaining & ~1)
    if cursor:
        last = cursor.u8()
        total += last if last < 0x80 else (0xFF00 | last) - 1 & 0xFFFF
    # A sum of 16-bit words with end-around carry is the remainder modulo 2**16 - 1; only zeros add up to 0.
    folded = total % 0xFFFF or (0xFFFF if total else 0)
    return ~folded & 0xFFFF


def capability_words(bitmap: int) -> tuple[str, ...]:
    """Names of the set capability bits."""
    return tuple(word for bit, word in enumerate(CAPABILITIES) if bitmap >> bit & 1)
