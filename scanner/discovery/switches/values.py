"""Values of table columns in all the spellings that recordings of agents show, converted to one form.

Values come as int, bytes (octets, from the wire or a recording) or str (an OID or address as text).
"""

from __future__ import annotations

import re
from ipaddress import ip_address

from scanner.core.numbers import whole
from scanner.core.text import bounded
from scanner.core.text import mac as read_mac
from scanner.wire.lldp import CAPABILITIES
from scanner.wire.tlv import address_text

Value = int | bytes | str

#: Bits of the two octets that no edition of the standard defines.
_UNDEFINED = 0xFFFF >> len(CAPABILITIES)
#: An IPv4 address as `ipaddress` writes it: nothing is left to parse.
_DOTTED = re.compile(r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}", re.ASCII)
#: The octets of an address, printed: IPv4, or IPv4 behind its family.
_ADDRESS_PAIRS = re.compile(r"(?:01 )?(?:[0-9A-Fa-f]{2} ){3}[0-9A-Fa-f]{2}")
_HEX_PAIR = re.compile(r"[0-9A-Fa-f]{2}")
_WORDS = {
    "bridge": "bridge",
    "router": "router",
    "telephone": "telephone",
    "phone": "telephone",
    "repeater": "repeater",
    "wlanaccesspoint": "wlan-access-point",
    "wlan access point": "wlan-access-point",
    "stationonly": "station-only",
    "station only": "station-only",
    "docsiscabledevice": "docsis-cable-device",
    "other": "other",
}


def text(value: Value | None) -> str | None:
    """Octets as text fit to keep: NULs and line ends off, bad UTF-8 replaced. None when nothing is left."""
    if value is None or isinstance(value, int):
        return None if value is None else str(value)
    return bounded(value) or None


def number(value: Value | None) -> int | None:
    """An integer, also where an agent sends its digits as octets."""
    if isinstance(value, int):
        return value
    return whole((text(value) or "").strip())


def mac(value: Value | None) -> str | None:
    """A mac: six octets, or text in any notation."""
    if isinstance(value, bytes) and len(value) == 6 and not value.isascii():
        return value.hex(":")
    spelled = text(value)
    found = read_mac(spelled) if spelled else None
    if found is None and isinstance(value, bytes) and len(value) == 6:
        # Six ASCII octets can be a mac or a name such as "Port 1": a name reads as one.
        return None if value.decode("ascii").isprintable() else value.hex(":")
    return found


def octets_mac(value: Value | None) -> str | None:
    """A mac in a column that holds nothing else: six octets are one whatever they look like."""
    return value.hex(":") if isinstance(value, bytes) and len(value) == 6 else mac(value)


def address(value: Value | None) -> str | None:
    """An IP address: four or sixteen octets, text, or the family octet and address of a chassis id (subtype 5)."""
    if isinstance(value, str) and _DOTTED.fullmatch(value):
        return value
    if isinstance(value, bytes):
        if value[:1] in (b"\1", b"\2") and (found := address_text(value[0], value[1:])):
            return found
        if found := address_text({4: 1, 16: 2}.get(len(value), 0), value):
            return found
    spelled = text(value)
    if spelled and _ADDRESS_PAIRS.fullmatch(spelled):
        return address(bytes.fromhex(spelled))
    try:
        return str(ip_address(spelled)) if spelled and not spelled.isdigit() else None
    except ValueError:
        return None


def capabilities(value: Value | None) -> tuple[str, ...]:
    """Capability words out of LldpSystemCapabilitiesMap, as agents and recordings spell it.

    Octets of BITS (bit 0 is the most significant one); the same printed (`24 00 2 5`: octets in hex, then bit
    numbers), also printed twice (`36 38 20 31 …` is the hex of the characters `68 1 2 4`); a number with the bits of
    the TLV (RouterOS, also with its octets swapped); words.
    """
    if value is None:
        return ()
    if isinstance(value, int):
        if value > 0x7FF or (value > 0xFF and not value & 0xFF):
            value = (value & 0xFF) << 8 | value >> 8 & 0xFF
        return tuple(word for bit, word in enumerate(CAPABILITIES) if value >> bit & 1)
    octets = value.encode("utf-8", "replace") if isinstance(value, str) else value
    return _from_octets(octets.rstrip(b"\r\n"), depth=0)


def _from_octets(octets: bytes, depth: int) -> tuple[str, ...]:
    spelled = octets.decode("ascii") if octets.isascii() else ""
    if len(octets) <= 2 and not (len(octets) == 2 and spelled and _HEX_PAIR.fullmatch(spelled)):
        return _from_bits(octets)
    if not spelled or depth > 2:
        return _from_bits(octets[:2])
    printed = _printed_octets(re.sub(r"^0x|[\"':-]", " ", spelled).split())
    if printed is not None:
        return _from_bits(printed) if len(printed) <= 2 and not _prints(printed) else _from_octets(printed, depth + 1)
    lowered = spelled.lower()
    found = {word for key, word in _WORDS.items() if re.search(rf"\b{key}\b", lowered)}
    return tuple(word for word in CAPABILITIES if word in found)


def _prints(octets: bytes) -> bool:
    # Two characters that are hex digits would set bits 11 to 15, which no edition of the standard defines.
    return len(octets) == 2 and octets.isascii() and bool(_HEX_PAIR.fullmatch(octets.decode("ascii")))


def _printed_octets(tokens: list[str]) -> bytes | None:
    """Octets in `HH HH n n`, when the numbers are just the bits that the octets set; bare `HH HH` and `HHHH` too,
    when they set bits that the standard defines."""
    bare = "".join(tokens)
    if re.fullmatch(r"[0-9A-Fa-f]{4}", bare) and len(tokens) <= 2 and not int(bare, 16) & _UNDEFINED:
        return bytes.fromhex(bare)
    for count in range(1, len(tokens) + 1):
        if not _HEX_PAIR.fullmatch(tokens[count - 1]):
            break
        octets = bytes(int(token, 16) for token in tokens[:count])
        bits = [str(n) for n in range(8 * count) if octets[n // 8] >> (7 - n % 8) & 1]
        if bits == tokens[count:]:
            return octets
    return None


def _from_bits(octets: bytes) -> tuple[str, ...]:
    return tuple(
        word for bit, word in enumerate(CAPABILITIES) if bit < 8 * len(octets) and octets[bit // 8] >> (7 - bit % 8) & 1
    )
