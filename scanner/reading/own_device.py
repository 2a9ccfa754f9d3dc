"""The device that a recording is of: which of its objects are kept, its mac and address, its observations.

It is identified by its ifPhysAddress (RFC 2863) and ipAddrTable or ipAddressTable (RFC 4293), or by the address that
the user gives.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping

from scanner.core.model import Observation
from scanner.core.numbers import whole
from scanner.core.text import identifying_mac
from scanner.core.text import mac as mac_of
from scanner.discovery import snmp_objects
from scanner.discovery.switches.values import Value
from scanner.reading.items import Context, Item, Problem

IF_TYPE = "1.3.6.1.2.1.2.2.1.3."
IF_PHYS_ADDRESS = "1.3.6.1.2.1.2.2.1.6."
IP_AD_ENTRY = "1.3.6.1.2.1.4.20.1."  # RFC 1213: the address is in the index of every column
IP_ADDRESS_IF_INDEX = "1.3.6.1.2.1.4.34.1.3."  # RFC 4293: the address is in the index
#: Prefixes of the tables, and objects, that identify an agent.
_TABLES = (
    IF_TYPE,
    IF_PHYS_ADDRESS,
    IP_AD_ENTRY,
    IP_ADDRESS_IF_INDEX,
    *(f"{column}." for column in snmp_objects.ENTITY_COLUMNS),
)
_OBJECTS = frozenset(snmp_objects.SYSTEM) | frozenset(snmp_objects.VENDOR_OBJECTS)
_ETHERNET = 6  # ifType ethernetCsmacd
_NET_SNMP = "1.3.6.1.4.1.8072."  # sysObjectID of any computer, and of some phones


def identifies(oid: str) -> bool:
    """Whether the object contributes to the observations of the recorded device."""
    return oid in _OBJECTS or oid.startswith(_TABLES)


def observations(values: Mapping[str, Value], context: Context, address: str | None, *, alone: bool) -> Iterator[Item]:
    """Observations of the agent with these values, attributed to its mac and address.

    `alone`: whether the recording shows no other hosts. Then a problem states why there is no observation at all; a
    recording of tables is not expected to identify its switch. Something wanted is missing where the device may be a
    phone.
    """
    # without interfaces, so that the mac is that of the vendor's own object, if any
    response = snmp_objects.read({oid: value for oid, value in values.items() if not oid.startswith(IF_PHYS_ADDRESS)})
    mac = response.mac or own_mac(values.items())
    if mac or address:
        for field, value in response.findings:
            yield Observation(
                time=context.time, ip=address, mac=mac, field=field, value=value, source=f"snmp {context.name}"
            )
    if not response.findings and alone:
        yield Problem(0, "no object identifies the recorded device", missing=False)
    elif alone and not mac and not address:
        what = "neither mac nor address of the recorded device; give its address with --ip ADDRESS"
        described = tuple(each for each in response.findings if not each[1].startswith(_NET_SNMP))
        yield Problem(0, what, missing=snmp_objects.looks_like_phone(described))


def own_mac(rows: Iterable[tuple[str, Value]]) -> str | None:
    """The agent's own mac: ifPhysAddress of its first Ethernet interface, else of its first interface that has one."""
    types: dict[str, Value] = {}
    macs: list[tuple[int, str, str]] = []
    for oid, value in rows:
        if oid.startswith(IF_TYPE):
            types[oid[len(IF_TYPE) :]] = value
        elif oid.startswith(IF_PHYS_ADDRESS) and (mac := _mac(value)):
            index = oid[len(IF_PHYS_ADDRESS) :]
            number = whole(index)
            macs.append((1 << 40 if number is None else number, index, mac))
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
