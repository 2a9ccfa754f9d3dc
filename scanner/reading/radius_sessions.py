"""Sessions of RADIUS accounting (RFC 2866): what a switch reports of the device on a port, until the session ends.

Records of one session are joined, and the newest value of each TLV counts, since a switch sends a TLV when it changes.
A Stop record, or the restart of the switch, ends a session: its device was there, and has neither its port nor its
address any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, TypeVar

from scanner.core.fields import RESOLVED_MAC
from scanner.core.model import Observation
from scanner.core.text import bounded, identifying_mac
from scanner.core.text import mac as read_mac
from scanner.discovery.lldp import usable_address
from scanner.reading.sensor_tlvs import SensorTlv, sensed

#: Most sessions, and octets of their values, that are held at a time; most switches whose restart is kept.
SESSIONS, OCTETS, SWITCHES = 50_000, 24 << 20, 20_000
#: Most values of one session, and macs and addresses that are kept as they were read.
VALUES, CACHED = 200, 16_384
#: Acct-Status-Type (RFC 2866 5.1) by name and number.
_STATUS = {"1": "start", "2": "stop", "3": "interim-update", "7": "accounting-on", "8": "accounting-off"}
#: NAS-Port-Type of a port of a switch (RFC 2865 5.41), by name and number.
_WIRED = frozenset({"", "ethernet", "15"})
#: Names of IOS ports in full → as its tables of SNMP (ifName) have them.
_PORTS = {
    "FastEthernet": "Fa", "GigabitEthernet": "Gi", "TwoGigabitEthernet": "Tw", "FiveGigabitEthernet": "Fi",
    "TenGigabitEthernet": "Te", "TwentyFiveGigE": "Twe", "FortyGigabitEthernet": "Fo", "HundredGigE": "Hu",
    "AppGigabitEthernet": "Ap",
}  # fmt: skip
_PORT = re.compile(r"([A-Za-z]+) ?(\d[\d/.:]*)")


K = TypeVar("K")
V = TypeVar("V")


class AccountingRecord(NamedTuple):
    """What one record states but for its time: kind, the session it is of, mac, address, place, and what is new.

    `tlvs` are by protocol, number, and for those of which there are several the begin of the value; `named` findings
    are those that a record has by name.
    """

    status: str
    nas: str
    session: str
    mac: str | None
    ip: str | None
    switch: str
    port: str
    tlvs: tuple[tuple[tuple[str, int, bytes], SensorTlv], ...]
    named: tuple[tuple[str, str], ...]


def record(
    attributes: Mapping[str, str], tlvs: Iterable[SensorTlv], named: Iterable[tuple[str, str]]
) -> AccountingRecord:
    """The record with these attributes by lower-case name, TLVs, and findings."""

    def first(*names: str) -> str:
        return next((value for name in names if (value := attributes.get(name, ""))), "")

    status = first("acct-status-type").lower()
    nas = read_address(first("nas-ip-address", "nas-ipv6-address")) or bounded(first("nas-identifier"))
    spelled = first("nas-port-id")
    wired = spelled if first("nas-port-type").lower() in _WIRED else ""
    return AccountingRecord(
        _STATUS.get(status, status),
        nas,
        bounded(first("acct-session-id"), 128) or bounded(spelled, 128),
        _mac(first("calling-station-id")),
        read_address(first("framed-ip-address", "framed-ipv6-address")),
        (bounded(first("nas-identifier", "networkdevicename")) or nas) if wired else "",
        port_name(bounded(wired, 128)),
        tuple((_key(tlv), tlv) for tlv in tlvs),
        tuple(named),
    )


def _key(tlv: SensorTlv) -> tuple[str, int, bytes]:
    """What TLV it is: several organizational TLVs of LLDP, and management addresses, have one number."""
    return tlv.protocol, tlv.number, tlv.value[:4] if tlv.protocol == "lldp" and tlv.number in (8, 127) else b""


@dataclass(slots=True)
class _OpenSession:
    time: str
    mac: str
    ip: str | None = None
    nas: str = ""
    switch: str = ""
    port: str = ""
    tlvs: dict[tuple[str, int, bytes], SensorTlv] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    size: int = 400
    last: AccountingRecord | None = None


@dataclass(slots=True)
class AccountingSessions:
    """The sessions that are open, in the order of their last record."""

    _open: dict[tuple[str, str, str], _OpenSession] = field(default_factory=dict)
    _restarted: dict[str, str] = field(default_factory=dict)
    _size: int = 0

    def add(self, time: str, record: AccountingRecord) -> Iterator[Observation]:
        """Take a record of this time. The observations of sessions that it ends, and of those without room."""
        nas, status = record.nas, record.status
        if status in ("accounting-on", "accounting-off"):
            if nas in self._restarted or len(self._restarted) < SWITCHES:
                self._restarted[nas] = time
            return
        if record.mac is None:
            return
        key = (nas, record.session, record.mac)
        session = self._open.pop(key, None) or _OpenSession(time, record.mac, nas=nas)
        self._size -= session.size
        session.time = max(session.time, time)
        if record is not session.last:  # switches repeat their records
            _join(session, record)
        if status == "stop":
            yield from _observations(session, ended=True)
            return
        self._open[key] = session
        self._size += session.size
        while len(self._open) > SESSIONS or self._size > OCTETS:
            oldest = self._open.pop(next(iter(self._open)))
            self._size -= oldest.size
            yield from self._of(oldest)

    def rest(self) -> Iterator[Observation]:
        """The observations of the sessions that no record ended."""
        for session in self._open.values():
            yield from self._of(session)
        self._open.clear()

    def _of(self, session: _OpenSession) -> Iterator[Observation]:
        return _observations(session, ended=session.time < self._restarted.get(session.nas, ""))


def _join(session: _OpenSession, record: AccountingRecord) -> None:
    """Take the values of a record, newer ones in place of older ones."""
    session.last = record
    session.ip = record.ip or session.ip
    if record.port:
        session.port, session.switch = record.port, record.switch
    for key, tlv in record.tlvs:
        _put(session, session.tlvs, key, tlv, len(tlv.value))
    for name, value in record.named:
        _put(session, session.named, name, value, len(value))


def _put(session: _OpenSession, values: dict[K, V], key: K, value: V, size: int) -> None:
    """Keep a value in place of an older one of its key; `size` is counted for each that is new or differs."""
    if values.get(key) != value and (key in values or len(values) < VALUES):
        values[key] = value
        session.size += size


def _observations(session: _OpenSession, *, ended: bool) -> Iterator[Observation]:
    """The observations of one session: of one that ended, what its device announced, without address and port."""
    announced = sensed(session.tlvs.values())
    ip = None if ended else session.ip or announced.address
    source = f"switches {session.nas or session.switch or 'unknown'} radius {session.port}".rstrip()
    facts = list(announced.findings)
    if session.named:
        found = {field for field, _ in facts}
        facts += [each for each in session.named.items() if each[0] not in found]
    if ended:
        facts = [fact for fact in facts if not fact[0].endswith("address")]
    elif session.port:
        facts += [("switch.name", session.switch), ("switch.port", session.port), ("switch.port-method", "radius")]
    if ip:
        facts.append((RESOLVED_MAC, session.mac))
    for name, value in facts:
        if text := bounded(value):
            yield Observation(time=session.time, ip=ip, mac=session.mac, field=name, value=text, source=source)


def port_name(spelled: str) -> str:
    """A port as the switch's tables of SNMP name it: IOS writes `GigabitEthernet2/0/13` in full in RADIUS."""
    found = _PORT.fullmatch(spelled)
    short = _PORTS.get(found[1]) if found else None
    return f"{short}{found[2]}" if found and short else spelled


@lru_cache(maxsize=CACHED)
def _mac(spelled: str) -> str | None:
    mac = read_mac(spelled)
    return mac if mac and identifying_mac(mac) else None


@lru_cache(maxsize=CACHED)
def read_address(spelled: str) -> str | None:
    """An address that can be a host's; None for any other text."""
    return usable_address(spelled.partition("/")[0])
