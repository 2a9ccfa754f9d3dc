"""Refuses harmful requests: every socket of the engine checks the port and payload here before it sends.

- Printer ports: 515 (LPD), 631 (IPP), 9100-9107 (raw printing). A printer prints what it receives.
- SIP methods other than OPTIONS: INVITE makes phones ring, REGISTER redirects calls.
- HTTP methods other than GET and HEAD, and SNMP SET: they change devices. Over UDP to the group of SSDP, M-SEARCH is
  permitted: hosts respond to it, and do nothing else.

`guarded` refuses the ports a second time for the whole process, libraries and plug-ins included, by an audit hook
(PEP 578) on connections during a scan. The list of ports can grow, never shrink.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from scanner.core.errors import RefusedError
from scanner.core.limits import PORT

#: Ports that are never probed, over UDP or TCP.
PRINTER_PORTS: frozenset[int] = frozenset({515, 631, *range(9100, 9108)})

#: The first bytes of the sweep's own SIP requests, which need no further check.
PLAIN_OPTIONS = b"OPTIONS sip:"

_forbidden: set[int] = set(PRINTER_PORTS)

_SIP_METHODS = frozenset(
    b"INVITE ACK BYE CANCEL REGISTER SUBSCRIBE NOTIFY PUBLISH REFER MESSAGE UPDATE PRACK INFO".split()
)  # RFC 3261 and its extensions, as IANA lists them; OPTIONS alone is sent
_REQUEST_LINE = re.compile(rb"[\s\x00]*([^\s]+)[ \t]+[^\r\n]*?[ \t]*((?:SIP|HTTP|RTSP)/\d[\d.]*)?[ \t]*(?:\r|\n|$)")
_ALLOWED = {b"SIP": {b"OPTIONS"}, b"HTTP": {b"GET", b"HEAD"}, b"RTSP": {b"OPTIONS"}}
_SNMP_SET = 0xA3
#: The group of SSDP, and the first line of a search (UPnP Device Architecture 1.1, 1.3.2).
_SSDP, _SEARCH = ("239.255.255.250", 1900), b"M-SEARCH * HTTP/1.1\r\n"


def forbid(ports: Iterable[int]) -> None:
    """Add ports that are never probed. A port cannot be removed again."""
    _forbidden.update(ports)


def forbidden(port: int) -> bool:
    """Whether a port is never probed."""
    return port in _forbidden


def never() -> frozenset[int]:
    """All ports that are never probed."""
    return frozenset(_forbidden)


def check_port(port: int) -> None:
    """Raise RefusedError for a port that is never probed or not valid."""
    if port in _forbidden:
        raise RefusedError(f"port {port} is never probed: printers print what they are sent")
    if not PORT.least <= port <= PORT.most:
        raise RefusedError(f"{port} is not a valid port: use {PORT.least} to {PORT.most}")


def check_payload(data: bytes) -> None:
    """Raise RefusedError for a payload that would ring a phone, register, print or change a device."""
    if data.startswith(PLAIN_OPTIONS):
        return
    if data[:1] == b"0":  # a BER sequence: SNMP
        _check_snmp(data)
        return
    match = _REQUEST_LINE.match(data[:4096])
    if match is None:
        return
    method, protocol = match[1], (match[2] or b"").partition(b"/")[0]
    if method.upper() in _SIP_METHODS and (protocol or b"sip:" in match[0].lower() or b"sips:" in match[0].lower()):
        raise RefusedError(
            f"SIP {method[:20].decode('ascii', 'replace')} is never sent: it can ring or redirect a phone"
        )
    if protocol and method not in _ALLOWED[protocol] and not method.startswith(protocol + b"/"):
        allowed = " or ".join(sorted(name.decode() for name in _ALLOWED[protocol]))
        raise RefusedError(
            f"only {allowed} is sent over {protocol.decode()}, never {method[:20].decode('ascii', 'replace')}"
        )


def check_multicast(data: bytes, group: str, port: int) -> None:
    """Raise RefusedError for a payload to a multicast group as `check_payload` does, but for a search of SSDP."""
    if not ((group, port) == _SSDP and data.startswith(_SEARCH)):
        check_payload(data)


def _check_snmp(data: bytes) -> None:
    """SNMPv1/v2c: SEQUENCE { version, community, PDU }; the tag of the PDU is its operation. v3 is built by pysnmp."""
    try:
        place = _after_length(data, 1)
        for _ in range(2):
            place = _after_length(data, place + 1) + _length(data, place + 1)
        if data[place] == _SNMP_SET:
            raise RefusedError("SNMP SET is never sent: it changes devices")
    except IndexError:
        return  # not SNMP


def _length(data: bytes, place: int) -> int:
    first = data[place]
    if first < 0x80:
        return first
    return int.from_bytes(data[place + 1 : place + 1 + (first & 0x7F)])


def _after_length(data: bytes, place: int) -> int:
    first = data[place]
    return place + 1 + (first & 0x7F if first >= 0x80 else 0)


_scans_running = 0
_hooked = False


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if not _scans_running or event not in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        return
    address = args[1]
    if isinstance(address, tuple) and len(address) >= 2 and address[1] in _forbidden:
        raise RefusedError(f"port {address[1]} is never probed: printers print what they are sent")


@contextmanager
def guarded() -> Iterator[None]:
    """While inside, no socket of this process connects or sends to a forbidden port, whichever module opened it."""
    global _scans_running, _hooked
    if not _hooked:
        sys.addaudithook(_audit)
        _hooked = True
    _scans_running += 1
    try:
        yield
    finally:
        _scans_running -= 1
