"""Records of simulated devices: their services (surfaces) with exact strings, and their true identity.

A `SimulatedPhone` has surfaces (its responses) and `truth` (the expected result of a scan). Neither is derived from the
other, so that the comparison is a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from scanner.core.model import Compliance, Kind, Status

#: BER tags of SNMP values (RFC 3416 3, RFC 2578 7.1).
INTEGER, OCTETS, OBJECT_ID, IP_ADDRESS, COUNTER32, GAUGE32, TIME_TICKS, COUNTER64 = 2, 4, 6, 64, 65, 66, 67, 70


class SnmpRow(NamedTuple):
    """One object of an agent: dotted OID, BER tag, and a value: bytes for octets and addresses, dotted text for
    OBJECT IDENTIFIER, int for the numbers."""

    oid: str
    tag: int
    value: bytes | int | str


def octets(oid: str, value: str | bytes) -> SnmpRow:
    """An OCTET STRING object; text is sent as UTF-8."""
    return SnmpRow(oid, OCTETS, value.encode() if isinstance(value, str) else value)


def integer(oid: str, value: int) -> SnmpRow:
    """An INTEGER object."""
    return SnmpRow(oid, INTEGER, value)


def object_id(oid: str, value: str) -> SnmpRow:
    """An OBJECT IDENTIFIER object."""
    return SnmpRow(oid, OBJECT_ID, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SipSurface:
    """The responses of a device to OPTIONS. Other methods are counted and get a 405 (RFC 3261 21.4.6).

    `status` is the code of the response. `compact` uses one-letter header names (7.3.3), `folded` breaks long
    header lines (7.3.1), `other_port` responds to datagrams from that port, `stray` responds with Call-ID and
    branch of another transaction, which a scanner must ignore. `port` is UDP and TCP, `tls_port` is TLS.
    """

    user_agent: str | None = None
    server: str | None = None
    udp: bool = True
    tcp: bool = False
    tls: bool = False
    status: int = 200
    allow: str = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, MESSAGE, SUBSCRIBE, NOTIFY, PRACK, UPDATE, REFER"
    contact: str | None = None
    compact: bool = False
    folded: bool = False
    other_port: int | None = None
    stray: bool = False
    port: int = 5060
    tls_port: int = 5061


@dataclass(frozen=True, slots=True, kw_only=True)
class SnmpSurface:
    """An agent on UDP 161. `versions` are 1 and/or 2 (for v2c). A wrong community gets no response (RFC 3584).

    `get_only` responds only to GET, like the agent of Snom.
    """

    rows: tuple[SnmpRow, ...]
    versions: tuple[int, ...] = (1, 2)
    communities: tuple[str, ...] = ("public",)
    get_only: bool = False
    port: int = 161


class WebPage(NamedTuple):
    """One response: status, body, content type, further headers in order."""

    body: str = ""
    status: int = 200
    content_type: str = "text/html"
    headers: tuple[tuple[str, str], ...] = ()


NOT_FOUND = WebPage("<html><head><title>404 Not Found</title></head></html>", 404)


class CertificateNames(NamedTuple):
    """Subject and issuer of a TLS certificate as RFC 4514 text; `names` are DNS names or addresses."""

    subject: str
    issuer: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSurface:
    """Pages on one TCP port, by GET. A path that is not in `pages` (with, then without its query) gets `otherwise`.

    With `certificate` the port uses TLS; `legacy_tls` means TLS 1.0 with a 1024-bit RSA key, as old phones do.
    `keep_alive` keeps the connection for the next request. `trickle` is the number of seconds between
    two bytes; `never_closes` sends headers without a length and then neither sends nor closes.
    """

    port: int
    pages: Mapping[str, WebPage]
    server: str | None = None
    otherwise: WebPage = NOT_FOUND
    certificate: CertificateNames | None = None
    legacy_tls: bool = False
    keep_alive: bool = True
    trickle: float | None = None
    never_closes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MdnsSurface:
    """One service in the responses to unicast queries on UDP 5353 (RFC 6762 5.5)."""

    service: str
    instance: str
    host: str
    target_port: int
    txt: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The expected result of a scan: the identity as far as the surfaces contain it, and the verdict.

    A part that no surface contains is None. Written by hand from catalog and scenario, never computed by the program.
    """

    status: Status
    compliance: Compliance
    kind: Kind = "phone"
    manufacturer: str | None = None
    model: str | None = None
    firmware: str | None = None
    serial: str | None = None
    mac: str | None = None
    certified_firmware: str | None = None
    in_inventory: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Surfaces:
    """All services of a device. `traps` are TCP ports of printers that accept and count connections; no scan may
    connect to them. `identifies` are the parts of an identity that these services contain.
    """

    sip: SipSurface | None = None
    snmp: SnmpSurface | None = None
    web: tuple[WebSurface, ...] = ()
    mdns: tuple[MdnsSurface, ...] = ()
    traps: tuple[int, ...] = ()
    identifies: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragility:
    """What makes a phone reboot; None or False: it bears any.

    More than `connections` connections at once, `packets_per_second` packets in a second or `in_100ms` in 100 ms, a
    datagram of more than `datagram` octets, packets to more than `ports` ports. `malformed`: a request that violates
    its protocol; `methods`: a SIP method other than OPTIONS, an HTTP method other than GET and HEAD, an SNMP SET;
    `login`: credentials in a request, and a third community; `paths`: an HTTP path that is neither its own nor
    documented. `rest` is the number of seconds that a reboot takes.
    """

    connections: int | None = 1
    packets_per_second: int | None = 20
    in_100ms: int | None = 10
    datagram: int | None = 1_000
    ports: int | None = 9
    malformed: bool = True
    methods: bool = True
    login: bool = True
    paths: bool = True
    rest: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedPhone:
    """One device at `ip`: its services and its true identity. `note` is the reason for it in its scenario.

    `mac` is its hardware address, also if no service contains it. `fragility` is what makes it reboot, None if nothing
    does (`scanner.testing.fragile`).
    """

    ip: str
    surfaces: Surfaces
    truth: Truth
    mac: str | None = None
    note: str = ""
    fragility: Fragility | None = None
