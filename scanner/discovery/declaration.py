"""What a discovery declares, and the engine carries out.

A discovery is a name, what it needs, and steps. A step is data and pure functions: bytes out, bytes in, findings.
The engine owns sockets, pacing, deadlines, retries and the refusal of what harms; nothing here can get round it.

Cookies: the engine derives a 62-bit number from a secret, address and port. A request carries it (SIP branch and
Call-ID, SNMP request id); an answer that does not carry it back is not an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from scanner.core.outcomes import Outcome

#: (field, value) pairs read from one answer; the engine adds subject, source and time.
Findings = tuple[tuple[str, str], ...]
#: (address, cookie) → a datagram, or None for nothing more for this address.
Build = Callable[[str, int], bytes | None]


class Need(StrEnum):
    """What a discovery cannot work without. A missing need is one line, and the scan goes on."""

    RAW_SOCKET = "raw socket"  # CAP_NET_RAW
    MULTICAST = "multicast"
    CREDENTIALS = "credentials"


class Answer(NamedTuple):
    """What one reply says. `mac` when the reply tells the device's own mac.

    `note` is for later steps of the same discovery with this host (SNMP: which credential and version it takes);
    the engine hands it on and never stores or shows it.
    """

    outcome: Outcome
    findings: Findings = ()
    mac: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class UdpSweep:
    """One datagram to every address from one socket, state kept for nobody.

    `request(address, port, cookie, attempt, here)` builds the datagram; None means nothing more for this address.
    `here` is our own end as the target sees it: `10.0.0.9:40001`, `[2001:db8::9]:40001` (a SIP Via must say it).
    `answer(datagram, cookie, address)` reads a reply, from whichever port it came; None means that it does not
    answer what was asked, and it is dropped and counted. `attempts` is how many datagrams a silent address gets at
    most, where the scan's retries + 1 is not right. `attempt` counts from 0; with `variants` of n, there may be n
    different questions (SNMPv2c, then v1), which retries repeat: the engine asks n * (retries + 1) times at most.
    An answer may be a refusal (`Outcome.REFUSED`, 401-like): the address is then not asked again.
    `prepare(port, attempt, here)` returns the function (address, cookie) → datagram that `request` is for a whole
    round; it is for what a sweep of millions of addresses need not do anew for each.
    """

    ports: tuple[int, ...]
    request: Callable[[str, int, int, int, str], bytes | None]
    answer: Callable[[bytes, int, str], Answer | None]
    attempts: int | None = None
    variants: int = 1
    prepare: Callable[[int, int, str], Build] | None = None

    def builder(self, port: int, attempt: int, here: str) -> Build:
        """The function (address, cookie) → datagram for one round, None for nothing more for that address."""
        if self.prepare is not None:
            return self.prepare(port, attempt, here)
        request = self.request
        return lambda address, cookie: request(address, port, cookie, attempt, here)


@dataclass(frozen=True, slots=True)
class LinkSweep:
    """ARP over directly connected subnets when privileged, the kernel's neighbour table otherwise."""


@dataclass(frozen=True, slots=True)
class StreamAsk:
    """One request over TCP or TLS to hosts for which `when(findings so far)` holds; one connection, then closed.

    `request(address, port, cookie, here)`, `here` as in UdpSweep; `complete(bytes so far)` says that it is whole.
    """

    ports: tuple[int, ...]
    tls: bool
    request: Callable[[str, int, int, str], bytes]
    complete: Callable[[bytes], bool]
    answer: Callable[[bytes, int, str], Answer | None]
    when: Callable[[Findings], bool]


class Certificate(NamedTuple):
    """What a TLS server showed, as RFC 4514 text, verified by nobody."""

    subject: str
    issuer: str
    names: tuple[str, ...]


class Page(NamedTuple):
    """One HTTP response: header names lower case, in order, repeated ones kept; body bounded and decoded from gzip."""

    path: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    certificate: Certificate | None = None


@dataclass(frozen=True, slots=True)
class PageAsk:
    """Pages by GET from ports found open: `/` first, then what `next_pages` names for what is known so far.

    `tls` says which ports speak TLS. `next_pages(findings so far, paths read)` returns at most a few paths, () ends.
    """

    ports: tuple[int, ...]
    tls: frozenset[int]
    next_pages: Callable[[Findings, tuple[str, ...]], tuple[str, ...]]
    read: Callable[[Page], Findings]


def _nothing(findings: Findings) -> tuple[()]:
    return ()


@dataclass(frozen=True, slots=True)
class ObjectAsk:
    """SNMP GETs with the credential that worked in the sweep: groups of OIDs for what is known so far.

    `groups(findings so far)` returns tuples of dotted OIDs, each asked in one GET, split where an agent wants it;
    `silent(findings so far)` does so for a host that did not answer the sweep, and `columns(findings so far)`, asked
    last, names columns of which the first row is fetched by GETNEXT.
    `read(oid → value)` sees every value that exists, octets as bytes, numbers as int, OIDs as dotted text.
    """

    groups: Callable[[Findings], Sequence[tuple[str, ...]]]
    read: Callable[[Mapping[str, bytes | int | str]], Answer]
    columns: Callable[[Findings], Sequence[str]] = _nothing
    silent: Callable[[Findings], Sequence[tuple[str, ...]]] = _nothing
    port: int = 161


@dataclass(frozen=True, slots=True)
class ServiceBrowse:
    """mDNS: browse on our links, and ask addresses beyond them by unicast (RFC 6762 5.5)."""

    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Capture:
    """Listen on links for frames; `read(frame)` returns (subject mac, subject ip, findings) or None."""

    ethertypes: tuple[int, ...]


Step = UdpSweep | LinkSweep | StreamAsk | PageAsk | ObjectAsk | ServiceBrowse | Capture


@dataclass(frozen=True, slots=True)
class Discovery:
    """One way to learn of devices. `steps` run in order: sweeps over all addresses, asks to who answered anything."""

    name: str
    summary: str
    steps: tuple[Step, ...]
    needs: tuple[Need, ...] = ()
