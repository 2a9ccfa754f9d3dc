"""Logs of DHCP servers: dnsmasq, ISC dhcpd, Kea, RouterOS and FortiOS, by syslog, in the journal or their own files.

The last message of an address counts: one that assigns or renews it, at the time of the line; none remains behind one
that ends it. What a client sent (host name, option 60, option 77) is that of its last message; dnsmasq logs it with
`log-dhcp`, Kea at the level of debugging. A client without a lease in the log has no address, and what it sent.
Requests to a TFTP server in the same file are read as those of its log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from scanner.core.text import amount
from scanner.reading.dhcp_log_lines import ClientMessage, ClientText, LeaseEvent, of_line
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.latest import LatestRows
from scanner.reading.leases import Lease, observations, of_seconds
from scanner.reading.lines import exact
from scanner.reading.logtimes import TIME, time_of
from scanner.reading.tftplog import TftpRequests
from scanner.wire.dhcp import HOST_NAME, USER_CLASS, VENDOR_CLASS

#: Longest line, in bytes.
LINE = 8_192
#: Most clients whose texts are kept, octets of them, and transactions that wait for their client.
CLIENTS, OCTETS, TRANSACTIONS = 50_000, 16 << 20, 2_000
#: Octets that a client takes beside its texts.
_OF_CLIENT = 500
#: Lines at the start in which a message is looked for.
_FIRST_LINES = 400
#: The time of an entry of the journal as JSON (microseconds), and of a line of FortiOS (seconds or nanoseconds).
_UNIX_TIME = re.compile(rb"(?:\"__REALTIME_TIMESTAMP\" ?: ?\"|\beventtime=)(\d{10})(?:\d{6}|\d{9})?\b")
#: The time that Kea writes itself, behind one of syslog without a year.
_KEA_TIME = re.compile(rb"\b(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)[.,]\d{3} +[A-Z]{4,5} +\[kea-dhcp")


def looks_like(head: bytes) -> bool:
    """Whether one of the first lines is of a DHCP server, and has a client."""
    return any(isinstance(of_line(line[:LINE]), LeaseEvent) for line in head.splitlines()[:_FIRST_LINES])


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """The last lease of each address that the log does not end, and what clients without a lease sent."""
    kept, clients, files = LatestRows(), _Clients(), TftpRequests(context)
    for number, line in exact(stream, LINE):
        if line is None:
            yield Problem(number, f"the line is longer than {LINE:,} bytes", missing=False)
            continue
        event = of_line(line)
        if event is None:
            if b"tftp" in line:
                yield from files.line(line.decode("utf-8", "replace"))
        elif not isinstance(event, LeaseEvent):
            clients.sent(event, line)
        elif _takes(event, line, number, kept, clients):
            yield from _leases(kept, clients, context)
    yield from _leases(kept, clients, context)
    yield from files.rest()


def _takes(event: LeaseEvent, line: bytes, number: int, kept: LatestRows, clients: _Clients) -> bool:
    """Take an event; whether as much is kept as there may be."""
    clients.message(event, line)
    if event.begins:
        return kept.put(event.ip, number, line) or clients.full
    if event.ends and event.ip and (row := kept.get(event.ip)):
        former = of_line(row[1])
        mac = former.mac if isinstance(former, LeaseEvent) else None
        if event.mac in (None, mac):
            kept.drop(event.ip)
            clients.forget(mac)
    if event.ends:
        clients.forget(event.mac)
    return clients.full


class _Clients:
    """What clients sent, by their macs, each with the line of the last message."""

    def __init__(self) -> None:
        self._sent: dict[str, tuple[bytes, dict[int, bytes]]] = {}
        self._transactions: dict[bytes, dict[int, bytes]] = {}
        self._size = 0
        self._client: str | None = None

    @property
    def full(self) -> bool:
        return self._size > OCTETS or len(self._sent) > CLIENTS

    def sent(self, event: ClientText | ClientMessage, line: bytes) -> None:
        """Take a text, or the begin of a message whose texts follow."""
        if isinstance(event, ClientMessage):
            self._client = event.mac
        elif event.transaction:
            if len(self._transactions) >= TRANSACTIONS and event.transaction not in self._transactions:
                self._transactions.pop(next(iter(self._transactions)))
            self._transactions.setdefault(event.transaction, {})[event.code] = event.value
        elif mac := event.mac or self._client:
            self._put(mac, {event.code: event.value}, line)

    def message(self, event: LeaseEvent, line: bytes) -> None:
        """Take what the client of a message sent, in its line or in the lines of its transaction before."""
        self._client = None
        texts = self._transactions.pop(event.transaction, {}) if event.transaction else {}
        # with a transaction, what the client called itself is there, and the name of the lease may be the server's
        if event.host and not (event.transaction and HOST_NAME in texts | self.texts(event.mac)):
            texts[HOST_NAME] = event.host
        if event.mac and texts:
            self._put(event.mac, texts, line)

    def forget(self, mac: str | None) -> None:
        """Drop the texts of a client."""
        if mac and (before := self._sent.pop(mac, None)):
            self._size -= _size(before)

    def texts(self, mac: str | None) -> dict[int, bytes]:
        """The texts of a client by the codes of their options."""
        found = self._sent.get(mac) if mac else None
        return found[1] if found else {}

    def taken(self) -> Iterator[tuple[str, bytes, dict[int, bytes]]]:
        """(mac, line, texts) of every client; none of them is kept any longer."""
        rows, self._sent, self._size = self._sent, {}, 0
        for mac, (line, texts) in rows.items():
            yield mac, line, texts

    def _put(self, mac: str, texts: dict[int, bytes], line: bytes) -> None:
        before = self._sent.get(mac)
        if before:
            self._size -= _size(before)
            texts = before[1] | texts
        self._sent[mac] = now = (line[: 4 * TIME], texts)
        self._size += _size(now)


def _size(client: tuple[bytes, dict[int, bytes]]) -> int:
    return _OF_CLIENT + len(client[0]) + sum(map(len, client[1].values()))


def _leases(kept: LatestRows, clients: _Clients, context: Context) -> Iterator[Item]:
    """The leases that are kept, and what the clients without one sent."""
    leased = set()
    undated = 0
    for _, line in kept.taken():
        event = of_line(line)
        if isinstance(event, LeaseEvent):
            time = _time(line, context)
            undated += time is None
            leased.add(event.mac)
            texts = clients.texts(event.mac)
            yield from observations(_lease(event.ip, event.mac, time or context.time, texts), context)
    for mac, line, texts in clients.taken():
        if mac not in leased:
            yield from observations(_lease(b"", mac, _time(line, context) or context.time, texts), context)
    if undated:
        yield Problem(0, f"of {amount(undated, 'lease')} the time cannot be read: taken as the time of reading")


def _lease(ip: bytes, mac: str | None, time: str, texts: dict[int, bytes]) -> Lease:
    return Lease(
        ip.decode("ascii"),
        mac,
        time,
        texts.get(HOST_NAME, b""),
        texts.get(VENDOR_CLASS, b""),
        texts.get(USER_CLASS, b""),
    )


def _time(line: bytes, context: Context) -> str | None:
    """The time of a line: that of its start where it has a year, else what it has besides, else without a year."""
    start = line[:TIME].decode("ascii", "replace")
    if found := _UNIX_TIME.search(line[:LINE]):
        return of_seconds(found[1].decode("ascii"))
    if not start[:4].isdigit() and (found := _KEA_TIME.search(line[:LINE])):
        return time_of(found[1].decode("ascii"), context.time)
    return time_of(start, context.time)


FORMAT = Format("dhcp-log", "logs of DHCP servers (dnsmasq, ISC dhcpd, Kea, RouterOS, FortiOS)", looks_like, read)
