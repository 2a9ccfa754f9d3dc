"""Recordings of SNMP agents in snmpsim's snmprec format, one `OID|TAG|VALUE` a line.

The recorded device is identified by its ifPhysAddress (RFC 2863) and ipAddrTable (RFC 4293), or by the address that the
user gives.

Tags are numbers of ASN.1 types (2 integer, 4 octets, 6 object identifier, 64 address, 65-70 counters …); a trailing `x`
means hexadecimal, `e` Python's escapes; a variation module after a colon is ignored. Source: snmpsim documentation,
"Managing simulation data" (docs.lextudio.com/snmpsim).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from scanner.core.model import Observation
from scanner.core.text import identifying_mac
from scanner.core.text import mac as mac_of
from scanner.discovery import snmp_objects
from scanner.reading.agent import read_rows
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.lines import numbered

#: Longest line, in bytes: an OID and one value.
LINE_LIMIT = 1 << 18
#: Most rows of the device itself that are kept.
KEPT = 20_000

Value = bytes | int | str

_LINE = re.compile(rb"\.?(\d+(?:\.\d+)+)\|(\d+)([xe]?)(?::[^|]*)?\|(.*)", re.S)
_NUMBERS = frozenset({2, 65, 66, 67, 70})
_ESCAPE = re.compile(rb"\\(x[0-9A-Fa-f]{2}|.)", re.S)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}

IF_TYPE = "1.3.6.1.2.1.2.2.1.3."
IF_PHYS_ADDRESS = "1.3.6.1.2.1.2.2.1.6."
IP_AD_ENTRY = "1.3.6.1.2.1.4.20.1."  # RFC 1213: the address is in the index of every column
IP_ADDRESS_IF_INDEX = "1.3.6.1.2.1.4.34.1.3."  # RFC 4293: the address is in the index
#: Prefixes of the objects that identify an agent.
_OWN = (
    "1.3.6.1.2.1.1.",
    IF_TYPE,
    IF_PHYS_ADDRESS,
    IP_AD_ENTRY,
    IP_ADDRESS_IF_INDEX,
    "1.3.6.1.2.1.47.1.1.1.1.",
    "1.3.6.1.2.1.7526.",
    "1.3.6.1.2.1.37459.",
    "1.3.6.1.4.1.",
)
_ETHERNET = 6  # ifType ethernetCsmacd


def looks_like(head: bytes) -> bool:
    """Whether the first lines are mostly `OID|TAG|VALUE`."""
    lines = [line for line in head.split(b"\n")[:50] if line.strip() and not line.startswith(b"#")]
    return bool(lines) and sum(bool(_LINE.fullmatch(line.strip(b"\r"))) for line in lines) * 2 > len(lines)


def rows(stream: BinaryIO) -> Iterator[tuple[str, Value] | Problem]:
    """(OID, value) of every line: octets as bytes, numbers as int, OIDs and addresses as text. Others as Problems."""
    for number, line in numbered(stream, LINE_LIMIT):
        if line is None:
            yield Problem(number, f"the line is longer than {LINE_LIMIT} bytes")
        elif not line.startswith(b"#"):
            try:
                yield parse(line)
            except ValueError as error:
                yield Problem(number, str(error))


def parse(line: bytes) -> tuple[str, Value]:
    """(OID, value) of one line. Raises ValueError with a sentence for the user."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError("not OID|TAG|VALUE")
    oid, tag, encoding, raw = found[1].decode(), int(found[2][:4]), found[3], found[4]
    match encoding:
        case b"x":
            try:
                raw = bytes.fromhex(raw.decode("ascii").removeprefix("0x"))
            except ValueError:
                raise ValueError("the value is not hexadecimal, though its tag ends in x") from None
        case b"e":
            raw = _ESCAPE.sub(_unescaped, raw)
    if tag in _NUMBERS:
        text = raw.strip()
        if not re.fullmatch(rb"-?\d{1,20}", text):
            raise ValueError(f"the value of type {tag} is not a number")
        return oid, int(text)
    if tag == 64:
        return oid, ".".join(map(str, raw)) if len(raw) == 4 and encoding else raw.decode("ascii", "replace").strip()
    if tag == 6:
        return oid, raw.decode("ascii", "replace").strip().removeprefix(".")
    return oid, raw


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return bytes.fromhex(code[1:].decode()) if len(code) == 3 else _ESCAPES.get(code, code)


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of the recorded agent, and of the hosts in its tables."""
    yield from read_agent(rows(stream), context)


def read_agent(rows: Iterable[tuple[str, Value] | Problem], context: Context) -> Iterator[Item]:
    """The same from decoded rows."""
    return read_rows(rows, context, lambda oid: oid.startswith(_OWN), device, own_address, KEPT)


def device(values: dict[str, Value], context: Context) -> Iterator[Item]:
    """Observations of the agent with these values, attributed to its own mac and address."""
    # without interfaces, so that the mac is that of the vendor's own object, if any
    response = snmp_objects.read({oid: value for oid, value in values.items() if not oid.startswith(IF_PHYS_ADDRESS)})
    mac = response.mac or own_mac(values.items())
    ip = context.address or own_address(values.items())
    if not response.findings:
        yield Problem(0, "no object identifies the recorded device")
    elif mac is None and ip is None:
        yield Problem(0, "neither mac nor address of the recorded device; give its address with --ip ADDRESS")
    else:
        for field, value in response.findings:
            yield Observation(
                time=context.time, ip=ip, mac=mac, field=field, value=value, source=f"snmp {context.name}"
            )


def own_mac(rows: Iterable[tuple[str, Value]]) -> str | None:
    """The agent's own mac: ifPhysAddress of its first Ethernet interface, else of its first interface that has one."""
    types: dict[str, Value] = {}
    macs: list[tuple[int, str, str]] = []
    for oid, value in rows:
        if oid.startswith(IF_TYPE):
            types[oid[len(IF_TYPE) :]] = value
        elif oid.startswith(IF_PHYS_ADDRESS) and (mac := _mac(value)):
            index = oid[len(IF_PHYS_ADDRESS) :]
            macs.append((int(index) if index.isdigit() else 1 << 40, index, mac))
    ordered = sorted(macs, key=lambda each: (types.get(each[1], _ETHERNET) != _ETHERNET, each[0]))
    return ordered[0][2] if ordered else None


def own_address(rows: Iterable[tuple[str, Value]]) -> str | None:
    """The agent's own address: its first global or private address, IPv4 before IPv6."""
    found: list[ipaddress.IPv4Address | ipaddress.IPv6Address] = []
    for oid, _ in rows:
        text = ""
        if oid.startswith(IP_AD_ENTRY):
            parts = oid[len(IP_AD_ENTRY) :].split(".")[1:]
            text = ".".join(parts[-4:])  # some agents put the interface before it
        elif oid.startswith(IP_ADDRESS_IF_INDEX):
            kind, _, rest = oid[len(IP_ADDRESS_IF_INDEX) :].partition(".")
            parts = rest.split(".")[1:]
            if kind == "1" and len(parts) == 4:
                text = ".".join(parts)
            elif kind == "2" and len(parts) == 16 and all(int(part) < 256 for part in parts):
                text = str(ipaddress.IPv6Address(bytes(map(int, parts))))
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            continue
        if not (address.is_loopback or address.is_unspecified or address.is_multicast or address.is_link_local):
            found.append(address)
    return str(min(found, key=lambda each: each.version)) if found else None


def _mac(value: Value) -> str | None:
    if isinstance(value, int):
        return None
    text = value.hex() if isinstance(value, bytes) and len(value) == 6 else value
    mac = mac_of(text.decode("ascii", "replace") if isinstance(text, bytes) else text)
    return mac if mac and identifying_mac(mac) else None


FORMAT = Format("snmprec", "a recorded SNMP agent (snmpsim's snmprec)", looks_like, read)
