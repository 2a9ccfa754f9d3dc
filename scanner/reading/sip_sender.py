"""Whether a captured SIP request is its sender's own, so that its User-Agent describes the source address. Pure.

SIP of other devices is captured too: forwarded by a proxy, copied to a capture server, quoted in a log or a page.
A request is its sender's own where all of these hold:

- it begins with its start line, in a datagram or in a stream, whatever the ports (RFC 3261 7, 18.3);
- it has one Via value (16.6: each proxy adds its own), without what a server adds on receipt (18.2.1, RFC 3581 4);
- it has no header that only proxies insert: Record-Route (RFC 3261 16.6), Path (RFC 3327 4);
- its source is an address of one host.

The address in the Via of a host behind NAT is not the source: such a request is `behind` another address, and the
whole capture shows whether it is a copy (`address_facts`). Max-Forwards below 70 alone shows nothing: many phones
start lower.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import NamedTuple

from scanner.core.errors import WireError
from scanner.core.numbers import whole
from scanner.core.text import bounded
from scanner.wire import sip
from scanner.wire.ethernet import IpPacket

#: Ports of logs and of capture servers (syslog, HEP), which receive copies of other devices' SIP.
COPIES = frozenset({514, 9060})
#: Ports of SIP, where a few octets before the start line are the fault of the sender.
SIP_PORTS = frozenset({5060, 5061})
_STRAY = 4
#: Keep-alives of a stream or a datagram (RFC 5626 3.5.1), which may precede a message.
_BLANK = b"\r\n\0 \t"
#: Max-Forwards that a few proxies leave of the 70 of a new request (RFC 3261 8.1.1.6).
_FORWARDED = range(60, 70)

_QUOTED = re.compile(r'"(?:[^"\\]|\\.){0,256}"')
_SENT_BY = re.compile(r"SIP\s*/\s*2\.0\s*/\s*[A-Za-z0-9-]+\s+(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[^\s:;,]+))", re.I)
_ON_RECEIPT = re.compile(r";\s*(?:received\s*=|rport\s*=\s*\d)", re.I)


class OwnRequest(NamedTuple):
    """A captured request: its User-Agent, and the address in its Via where that is not the source."""

    agent: str
    behind: str | None


def message(packet: IpPacket) -> sip.SipMessage | None:
    """The SIP message at the start of a payload; None for anything else, also for one that quotes SIP."""
    ports = {packet.source_port, packet.destination_port}
    if ports & COPIES:
        return None
    payload = packet.payload.lstrip(_BLANK)
    try:
        return sip.parse(_complete_lines(payload), junk=_STRAY if ports & SIP_PORTS else 0)
    except WireError:
        return None


def request(found: sip.SipMessage, source: str, destination: str) -> OwnRequest | None:
    """A request that `source` sent to `destination` as its own; None for others, and for one without a User-Agent."""
    agent = bounded(found.first("user-agent") or "")
    via = found.all("via")
    if found.method is None or not agent or not of_one_host(source):
        return None
    if len(via) != 1 or "," in _QUOTED.sub("", via[0]) or _ON_RECEIPT.search(via[0]):
        return None
    if found.first("record-route") or found.first("path"):
        return None
    behind = _other_address(via[0], source, destination)
    forwards = found.first("max-forwards") or ""
    if behind and whole(forwards) in _FORWARDED:
        return None
    return OwnRequest(agent, behind)


def _complete_lines(payload: bytes) -> bytes:
    """A message without the line at which its head is truncated."""
    if b"\r\n\r\n" in payload or b"\n\n" in payload or b"\r\r" in payload:
        return payload
    return payload[: max(payload.rfind(b"\n"), payload.rfind(b"\r")) + 1] or payload


def _other_address(via: str, source: str, destination: str) -> str | None:
    """The address in a Via where it is another host's; None for host names and placeholders such as 0.0.0.0.

    The destination's is a placeholder, too: a server does not send a copy of its own request to itself.
    """
    match = _SENT_BY.match(via)
    try:
        sent_by = ip_address(match["six"] or match["host"]) if match else None
    except ValueError:
        return None
    if sent_by is None or str(sent_by) in (source, destination) or not of_one_host(str(sent_by)):
        return None
    return str(sent_by)


def of_one_host(address: str) -> bool:
    """Whether an address can be that of one host: not unspecified, loopback, multicast, broadcast or reserved."""
    found = ip_address(address)
    return not (found.is_unspecified or found.is_loopback or found.is_multicast or found.is_reserved)
