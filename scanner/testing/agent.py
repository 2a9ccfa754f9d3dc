"""An SNMP v1 and v2c agent over a sorted table (RFC 1157, RFC 3416): bytes in, bytes out, no socket.

Every object is encoded once; a request of a walk costs a dictionary lookup, so one core returns tens of thousands of
rows per second. `AgentFaults` simulates the faults of real agents.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from scanner.testing import _ber
from scanner.testing.phones import COUNTER64, SnmpRow

GET, GET_NEXT, RESPONSE, SET, GET_BULK = 0xA0, 0xA1, 0xA2, 0xA3, 0xA5
_TOO_BIG, _NO_SUCH_NAME, _GEN_ERR, _NOT_WRITABLE = 1, 2, 5, 17
_NO_SUCH_INSTANCE, _END_OF_VIEW = b"\x81\x00", b"\x82\x00"
_PDU_NAMES = {GET: "get", GET_NEXT: "getnext", SET: "set", GET_BULK: "getbulk"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFaults:
    """Faults of an agent; all of them occur in real switches.

    `next_of` overrides the successor of an object in a walk (a loop, a wrong order). `endless` are columns
    that never end. `too_big_above` returns tooBig to GETBULK with more repetitions; `no_bulk` ignores GETBULK.
    `silent_after` stops responding after that number of requests. `delay` delays every response by so many seconds,
    `late` every `late_every`th one. `drop` loses this share of requests (seeded by the farm).
    """

    next_of: Mapping[str, str] = field(default_factory=dict)
    endless: tuple[str, ...] = ()
    too_big_above: int | None = None
    no_bulk: bool = False
    silent_after: int | None = None
    delay: float = 0.0
    late: float = 0.0
    late_every: int = 0
    drop: float = 0.0


class SnmpTable:
    """Rows of an agent in OID order, encoded. A later row of the same OID replaces an earlier one."""

    def __init__(self, rows: Iterable[SnmpRow]) -> None:
        by_key = {_ber.oid_arcs(content := _ber.oid_content(row.oid)): (content, row) for row in rows}
        self.keys = sorted(by_key)
        self.oids: list[bytes] = []
        self.varbinds: list[bytes] = []
        self.counter64: set[int] = set()
        for place, key in enumerate(self.keys):
            content, row = by_key[key]
            self.oids.append(content)
            self.varbinds.append(_ber.tlv(0x30, _ber.tlv(6, content) + _ber.value(row)))
            if row.tag == COUNTER64:
                self.counter64.add(place)
        self.place = {content: place for place, content in enumerate(self.oids)}

    def __len__(self) -> int:
        return len(self.keys)

    def after(self, oid: bytes) -> int:
        """The index of the first object after `oid` (content octets); `len(self)` at the end."""
        place = self.place.get(oid)
        return place + 1 if place is not None else bisect_right(self.keys, _ber.oid_arcs(oid))


class SnmpRequest(NamedTuple):
    """A decoded request: version 1 or 2, community, PDU tag, raw request id element, two numbers, OIDs."""

    version: int
    community: str
    pdu: int
    request_id: bytes
    first: int
    second: int
    oids: tuple[bytes, ...]

    @property
    def name(self) -> str:
        """get, getnext, getbulk, set, or the tag."""
        return _PDU_NAMES.get(self.pdu, f"pdu-{self.pdu:#x}")


def read_request(datagram: bytes) -> SnmpRequest:
    """Read an SNMPv1 or v2c request. Raises ValueError for anything else, SNMPv3 included."""
    start, end = _ber.expect(datagram, 0, len(datagram), 0x30)
    at, stop = _ber.expect(datagram, start, end, 2)
    version = int.from_bytes(datagram[at:stop], "big", signed=True) + 1
    if version not in (1, 2):
        raise ValueError(f"version {version} is not supported")
    at, stop = _ber.expect(datagram, stop, end, 4)
    community = datagram[at:stop].decode("utf-8", "replace")
    pdu, at, pdu_end = _ber.element(datagram, stop, end)
    _, stop = _ber.expect(datagram, at, pdu_end, 2)
    request_id = datagram[at:stop]
    at, stop = _ber.expect(datagram, stop, pdu_end, 2)
    first = int.from_bytes(datagram[at:stop], "big", signed=True)
    at, stop = _ber.expect(datagram, stop, pdu_end, 2)
    second = int.from_bytes(datagram[at:stop], "big", signed=True)
    at, list_end = _ber.expect(datagram, stop, pdu_end, 0x30)
    oids = []
    while at < list_end:
        bind, bind_end = _ber.expect(datagram, at, list_end, 0x30)
        begin, stop = _ber.expect(datagram, bind, bind_end, 6)
        if begin < stop and datagram[stop - 1] & 0x80:
            raise ValueError("an OID that ends inside an arc")
        oids.append(datagram[begin:stop])
        at = bind_end
    return SnmpRequest(version, community, pdu, request_id, first, second, tuple(oids))


class SimulatedAgent:
    """An agent with one table per community (`public@10` for the context of a VLAN, as on Cisco switches)."""

    def __init__(
        self,
        tables: Mapping[str, SnmpTable],
        *,
        versions: tuple[int, ...] = (1, 2),
        get_only: bool = False,
        max_message: int = 1472,
        faults: AgentFaults | None = None,
    ) -> None:
        self.tables = dict(tables)
        self.versions, self.get_only, self.max_message = versions, get_only, max_message
        self.faults = faults or AgentFaults()
        self.answered = 0
        self._next_of = {_ber.oid_content(a): _ber.oid_content(b) for a, b in self.faults.next_of.items()}
        self._endless = tuple(_ber.oid_content(column) for column in self.faults.endless)

    def respond(self, request: SnmpRequest) -> bytes | None:
        """The response datagram, or None without one (wrong version or community, a fault)."""
        table = self.tables.get(request.community)
        silent = self.faults.silent_after is not None and self.answered >= self.faults.silent_after
        if table is None or request.version not in self.versions or silent:
            return None
        if self.get_only and request.pdu != GET:
            return None
        self.answered += 1
        match request.pdu:
            case 0xA0:
                return self._get(request, table)
            case 0xA1:
                return self._walk(request, table, len(request.oids), 0)
            case 0xA5 if request.version == 2:
                return self._bulk(request, table)
            case 0xA3:
                return _error(request, _NO_SUCH_NAME if request.version == 1 else _NOT_WRITABLE, 1)
            case _:
                return None

    def _get(self, request: SnmpRequest, table: SnmpTable) -> bytes:
        binds = []
        for position, oid in enumerate(request.oids, 1):
            place = table.place.get(oid)
            if request.version == 1 and (place is None or place in table.counter64):
                return _error(request, _NO_SUCH_NAME, position)
            binds.append(_bind(oid, _NO_SUCH_INSTANCE) if place is None else table.varbinds[place])
        return self._fitting(request, binds)

    def _bulk(self, request: SnmpRequest, table: SnmpTable) -> bytes | None:
        if self.faults.no_bulk:
            return None
        limit = self.faults.too_big_above
        if limit is not None and request.second > limit:
            return _error(request, _TOO_BIG, 0)
        plain = max(0, min(request.first, len(request.oids)))
        return self._walk(request, table, plain, max(0, min(request.second, 1000)))

    def _walk(self, request: SnmpRequest, table: SnmpTable, plain: int, repetitions: int) -> bytes:
        """The successors of the requested objects: of `plain` ones one each, of the others up to `repetitions`."""
        binds: list[bytes] = []
        for position, oid in enumerate(request.oids[:plain], 1):
            found = self._following(table, oid, request.version)
            if found is None and request.version == 1:
                return _error(request, _NO_SUCH_NAME, position)
            binds.append(_bind(oid, _END_OF_VIEW) if found is None else found[1])
        if not repetitions:
            return self._fitting(request, binds)
        room = self.max_message - 40 - len(request.community) - sum(map(len, binds))
        columns = list(request.oids[plain:])
        for _ in range(repetitions):
            ended = 0
            for column, oid in enumerate(columns):
                found = self._following(table, oid, 2)
                if found is None:
                    ended += 1
                    bind = _bind(oid, _END_OF_VIEW)
                else:
                    columns[column], bind = found
                room -= len(bind)
                if room < 0 and binds:
                    return _response(request, 0, 0, b"".join(binds))
                binds.append(bind)
            if ended == len(columns):
                break
        return _response(request, 0, 0, b"".join(binds))

    def _following(self, table: SnmpTable, oid: bytes, version: int) -> tuple[bytes, bytes] | None:
        """The (OID, varbind) after `oid`, faults included."""
        turned = self._next_of.get(oid)
        place = table.after(oid) if turned is None else table.place.get(turned, len(table))
        while version == 1 and place in table.counter64:
            place += 1
        for column in self._endless:
            if oid.startswith(column) and not (place < len(table) and table.oids[place].startswith(column)):
                return _one_more(table, column, oid)
        if place >= len(table):
            return None
        return table.oids[place], table.varbinds[place]

    def _fitting(self, request: SnmpRequest, binds: list[bytes]) -> bytes:
        datagram = _response(request, 0, 0, b"".join(binds))
        return datagram if len(datagram) <= self.max_message else _error(request, _TOO_BIG, 0)


def out_of_order(rows: Iterable[SnmpRow], column: str) -> dict[str, str]:
    """`AgentFaults.next_of` by which the second and third row of a column are in the wrong order."""
    table = SnmpTable(rows)
    prefix = _ber.oid_arcs(_ber.oid_content(column))
    start = bisect_left(table.keys, prefix)
    names = [".".join(map(str, key)) for key in table.keys[start : start + 4] if key[: len(prefix)] == prefix]
    if len(names) < 4:
        raise ValueError(f"{column} has fewer than four rows")
    first, second, third, fourth = names
    return {first: third, third: second, second: fourth}


def _one_more(table: SnmpTable, column: bytes, oid: bytes) -> tuple[bytes, bytes]:
    arcs = _ber.oid_arcs(oid)
    more = _ber.oid_content(".".join(map(str, (*arcs[:-1], (arcs[-1] + 1) % 2**32))))
    return more, _bind(more, b"\x04\x04more")


def _bind(oid: bytes, value: bytes) -> bytes:
    return _ber.tlv(0x30, _ber.tlv(6, oid) + value)


def _response(request: SnmpRequest, status: int, index: int, binds: bytes) -> bytes:
    pdu = request.request_id + bytes((2, 1, status, 2, 1, index)) + _ber.tlv(0x30, binds)
    community = request.community.encode()
    return _ber.tlv(0x30, bytes((2, 1, request.version - 1)) + _ber.tlv(4, community) + _ber.tlv(RESPONSE, pdu))


def _error(request: SnmpRequest, status: int, index: int) -> bytes:
    return _response(request, status, index & 0x7F, b"".join(_bind(oid, b"\x05\x00") for oid in request.oids))
