"""Sessions of RADIUS accounting (RFC 2866): what a switch reports of the device on a port, until the session ends.

Records of one session are joined, and the newest value of each TLV counts, since a switch sends a TLV when it changes.
A Stop record, or the restart of the switch, ends a session: its device was there, and has neither its port nor its
address any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address
from typing import TypeVar

from scanner.core.fields import RESOLVED_MAC
from scanner.core.model import Observation
from scanner.core.text import bounded, identifying_mac
from scanner.core.text import mac as read_mac
from scanner.discovery.lldp import usable
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


@dataclass(slots=True)
class AccountingRecord:
    """One record: its time, its attributes by lower-case name, TLVs by number, and findings that it has by name."""

    time: str
    attributes: dict[str, str]
    tlvs: list[SensorTlv] = field(default_factory=list)
    named: list[tuple[str, str]] = field(default_factory=list)

    def first(self, *names: str) -> str:
        """The first attribute that is there and not empty, or ""."""
        return next((value for name in names if (value := self.attributes.get(name, ""))), "")

    @property
    def status(self) -> str:
        """Acct-Status-Type in lower case; "" of a record of authentication."""
        spelled = self.first("acct-status-type").lower()
        return _STATUS.get(spelled, spelled)


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


@dataclass(slots=True)
class AccountingSessions:
    """The sessions that are open, in the order of their last record."""

    _open: dict[tuple[str, str, str], _OpenSession] = field(default_factory=dict)
    _restarted: dict[str, str] = field(default_factory=dict)
    _size: int = 0

    def add(self, record: AccountingRecord) -> Iterator[Observation]:
        """Take a record. The observations of sessions that it ends, and of those for which there is no room."""
        nas = read_address(record.first("nas-ip-address", "nas-ipv6-address")) or bounded(
            record.first("nas-identifier")
        )
        status = record.status
        if status in ("accounting-on", "accounting-off"):
            if nas in self._restarted or len(self._restarted) < SWITCHES:
                self._restarted[nas] = record.time
            return
        mac = _mac(record.first("calling-station-id"))
        if mac is None:
            return
        key = (nas, bounded(record.first("acct-session-id"), 128) or bounded(record.first("nas-port-id"), 128), mac)
        session = self._open.pop(key, None) or _OpenSession(record.time, mac, nas=nas)
        self._size -= session.size
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
    session.time = max(session.time, record.time)
    session.ip = read_address(record.first("framed-ip-address", "framed-ipv6-address")) or session.ip
    if record.first("nas-port-type").lower() in _WIRED and (port := record.first("nas-port-id")):
        session.port = port_name(bounded(port, 128))
        session.switch = bounded(record.first("nas-identifier", "networkdevicename")) or session.nas
    for tlv in record.tlvs:
        # several organizational TLVs of LLDP, and management addresses, have one number
        several = tlv.value[:4] if tlv.protocol == "lldp" and tlv.number in (8, 127) else b""
        _put(session, session.tlvs, (tlv.protocol, tlv.number, several), tlv, len(tlv.value))
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
    found = {field: None for field, _ in announced.findings}
    facts = [*announced.findings, *(each for each in session.named.items() if each[0] not in found)]
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
    try:
        address = str(ip_address(spelled.partition("/")[0]))
    except ValueError:
        return None
    return address if usable(address) else None
