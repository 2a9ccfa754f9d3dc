"""Which address and mac a contact shows of the phone itself, and not of a NAT router or SBC in front of it. Pure.

- A Contact (RFC 3261 20.10) contains the address at which the phone listens. A registrar may replace it by the source
  of the message: Asterisk then keeps the original in `x-ast-orig-host`, FreeSWITCH keeps it and appends `fs_path`.
- The last Via is the phone's own (RFC 3261 18.1.1). Asterisk stores its sent-by.
- The part of a Call-ID behind "@" is often the address of the phone (8.1.1.4 permits any token).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_address, ip_network
from urllib.parse import unquote

from msgspec import Struct

from scanner.core.text import identifying_mac
from scanner.core.text import mac as mac_of
from scanner.discovery.lldp import usable_address
from scanner.reading.items import Context
from scanner.reading.registrar.contact import RegisteredContact

#: Longest host or address in a message, in characters.
_HOST = 80
_PRIVATE, _PERHAPS_PRIVATE = ("10.", "192.168."), ("172.", "100.", "fc", "fd")
_LAN = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")))

_URI = re.compile(
    r"sips?:(?:(?P<user>[^@<>;\s]{0,256})@)?(?:\[(?P<six>[0-9A-Fa-f:.]{2,45})\]|(?P<host>[^\s:;<>?,\[\]@]{1,255}))",
    re.I,
)
_ORIGINAL = re.compile(r";x-ast-orig-host=(?:\[([0-9A-Fa-f:.]{2,45})\]|([0-9.]{7,15}))", re.I)
_HOST_PORT = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([0-9.]{7,15}))(?::\d{1,5})?")

#: Of parameters in lower case, for which a pattern needs no folding.
_UUID = re.compile(r"uuid:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4})-([0-9a-f]{12})(?![0-9a-f])")
#: UUIDs that phones make of their mac alone, with version and variant of RFC 4122 or without.
_MADE_OF_MAC = frozenset(
    {"00000000-0000-1000-8000", "00000000-0000-0000-0000", "00000000-0000-0000-8000", "00000000-0000-1000-0000"}
)
_DEVICE = re.compile(
    r"""(?:\bdevicename\.ccm\.cisco\.com="?sep|\bmac[:=]["<]?)((?:[0-9a-f]{2}[:-]?){5}[0-9a-f]{2})\b"""
)
_IN_AGENT = re.compile(
    r"(?<![0-9A-Za-z:.-])((?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}|[0-9A-Fa-f]{12})(?![0-9A-Za-z:.-])"
)
_USER_MAC = re.compile(r"(?:mac|sep)?([0-9a-f]{12})", re.I)


class ContactPlace(Struct, frozen=True, gc=False):
    """The addresses that may be the phone's, the likeliest first, its mac where the message contains it, and the
    private address in its Call-ID."""

    addresses: tuple[str, ...]
    mac: str | None
    called: str


def place(contact: RegisteredContact, context: Context) -> ContactPlace:
    """Where the phone of a contact is."""
    spelled = contact.contact
    uri = _URI.search(spelled)
    user, six, name = uri.groups() if uri else ("", "", "")
    rewritten = "x-ast-orig-host=" in spelled
    original = _ORIGINAL.search(spelled) if rewritten else None
    own = "" if rewritten or uri is None else _usable(six or name)
    via = _lan_host(contact.via, own) if contact.via else ""
    called = _lan_host(contact.call_id.rpartition("@")[2], own)
    addresses: tuple[str, ...] = (own,)
    if not own or via not in ("", own) or called not in ("", own):
        found = [_usable(original[1] or original[2]) if original else "", via, own, called]
        if not own and contact.received and (received := host(contact.received)) and in_lan(received):
            found.append(received)
        addresses = tuple(dict.fromkeys(filter(None, found)))
    return ContactPlace(addresses, _mac(contact, user or "", context), called)


def _lan_host(spelled: str, own: str) -> str:
    """The address of a host in a LAN, "" of another one: `own` itself where it is that, of the many that are held."""
    address = own if spelled == own else host(spelled)
    if not address or not in_lan(address):
        return ""
    return own if address == own else address


def _uri_host(contact: str) -> str:
    found = _URI.search(contact)
    return _usable(found["six"] or found["host"]) if found else ""


@lru_cache(maxsize=1024)
def host(text: str) -> str:
    """The address of the host in a URI, in `address:port`, or in an address; "" for names and for no single host."""
    if _URI.search(text):
        return _uri_host(text)
    bare = _HOST_PORT.match(text.strip())
    return _usable((bare[1] or bare[2]) if bare else text.strip()[:_HOST])


def in_lan(address: str) -> bool:
    """Whether an address is one that NAT hides: RFC 1918, 4193, 6598."""
    return address.startswith(_PRIVATE) or (address.startswith(_PERHAPS_PRIVATE) and _in_lan(address))


@lru_cache(maxsize=4096)
def _in_lan(address: str) -> bool:
    found = ip_address(address)
    return any(found.version == net.version and found in net for net in _LAN)


def _usable(spelled: str) -> str:
    """The canonical text of the address of another host; "" for a name."""
    return (usable_address(spelled) if len(spelled) <= _HOST else None) or ""


def _mac(contact: RegisteredContact, user: str, context: Context) -> str | None:
    for spelled, sure in _spelled_macs(contact, user):
        mac = mac_of(spelled)
        if mac is None or not identifying_mac(mac):
            continue
        if not sure and not context.listed_prefix(mac):
            continue
        if context.same_maker and contact.agent and context.same_maker("sip.user-agent", contact.agent, mac) is False:
            continue
        return mac
    return None


def _spelled_macs(contact: RegisteredContact, user: str) -> Iterator[tuple[str, bool]]:
    """The macs that a contact may contain, each with whether its place alone shows that it is one.

    `user` is the user part of its URI.
    """
    spelled = contact.contact
    if contact.instance or "+" in spelled or "mac" in spelled:
        parameters = f"{contact.instance};{spelled}".lower()
        if ("mac" in parameters or "devicename" in parameters) and (device := _DEVICE.search(parameters)):
            yield device[1], True
        if uuid := _UUID.search(parameters):
            yield uuid[2], uuid[1] in _MADE_OF_MAC
    if tail := _in_agent(contact.agent):
        yield tail, len(tail) > 12
    for name in (user, contact.aor.removeprefix("sip:").partition("@")[0]):
        if len(name) > 11 and (found := _USER_MAC.fullmatch(unquote(name))):
            yield found[1], False


@lru_cache(maxsize=1024)
def _in_agent(agent: str) -> str:
    found = _IN_AGENT.search(agent)
    return found[1] if found else ""
