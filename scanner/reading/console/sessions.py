"""Sessions of 802.1X and MAB: `show authentication sessions` and `show access-session` of Cisco, summary and details.

A session has the mac and the port, in details also the address, the VLAN and what the device classifier of the switch
takes the device for, by its CDP, LLDP and DHCP (Cisco, "Device Classifier"). The domain VOICE is assigned by the RADIUS
server (device-traffic-class=voice).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.core.text import bounded, identifying_mac
from scanner.core.text import mac as read_mac
from scanner.discovery.lldp import usable, usable_vlan
from scanner.discovery.switches import values
from scanner.reading.console import found
from scanner.reading.console.columns import ColumnKind, TableHead
from scanner.reading.console.macrows import LINE, mac_row
from scanner.reading.console.ports import cisco_port
from scanner.reading.console.tables import ConsoleSection, ConsoleTable
from scanner.reading.items import Context, Item

_HEADER = r"(?i:\s{0,4}Interface\s+(?:MAC Address|Identifier)\s+Method\s+Domain\b)"
_DETAIL = r"\s{0,30}Interface:\s{2,8}[A-Za-z][\w/.-]{0,40}$"
_COMMANDS = r"(?i)\bsh\w{0,2}\s+(?:authen\w*|access)-?\s?sess\w*"
_LABEL = re.compile(r"\s{0,40}(?P<label>[A-Za-z][A-Za-z0-9 _-]{0,40}?)\s{0,20}:\s{0,20}(?P<value>\S.{0,200})")
_VLAN = re.compile(r"(?:Vlan:?\s{0,8})?(\d{1,4})\b", re.IGNORECASE)
#: Values of the device classifier for a device that it does not know.
_UNKNOWN = re.compile(r"un-?(?:known|classified).*|n/a|-|", re.IGNORECASE)
_METHOD = "fdb, authentication session"


def read(section: ConsoleSection, context: Context) -> Iterator[Item]:
    """Observations of every session."""
    head, known = TableHead(ColumnKind.MAC, ColumnKind.PORT, ColumnKind.DOMAIN), dict[str, str]()
    for _, text in section.lines:
        line = text[:LINE]
        if head.takes(line):
            continue
        label = _LABEL.fullmatch(line)
        if label is None:
            row = mac_row(line, head.layout) if head.layout else None
            if row is not None and row.port is not None:
                yield from _session(
                    section, context, row.mac, row.port, {"domain": row.cells.get(ColumnKind.DOMAIN, "")}
                )
            continue
        name, value = label["label"].lower(), label["value"].strip()
        if name == "interface" and known:
            yield from _details(section, context, known)
            known = {}
        if name in ("vlan group", "vlan policy", "vlan", "mac address", "interface") or name not in known:
            known[name] = value
    yield from _details(section, context, known)


def _details(section: ConsoleSection, context: Context, known: dict[str, str]) -> Iterator[Item]:
    mac = read_mac(known.get("mac address", ""))
    if mac and identifying_mac(mac) and "interface" in known:
        yield from _session(section, context, mac, known["interface"], known)


def _session(section: ConsoleSection, context: Context, mac: str, port: str, known: dict[str, str]) -> Iterator[Item]:
    switch, port = section.switch, cisco_port(port)
    ip = next(
        (a for name in ("ipv4 address", "ip address") if (a := values.address(known.get(name))) and usable(a)), None
    )
    if ip:
        yield from found.row(switch.source, context, found.table_of("session", port), mac, ip, [("arp.mac", mac)])
    vlan = next((n for name in ("vlan policy", "vlan group", "vlan") if (n := _vlan(known.get(name, "")))), None)
    switch.macs.add(mac, port, vlan)
    if vlan:
        switch.macs.voice.state(vlan, mac)
    facts = found.place(switch.name, port, _METHOD, vlan)
    kind, name = known.get("device-type", ""), known.get("device-name", "")
    if not _UNKNOWN.fullmatch(kind):
        facts.append(("session.device-type", bounded(kind)))
    if name.lower().startswith("cisco ") or (not _UNKNOWN.fullmatch(name) and "phone" in kind.lower()):
        facts.append(("cdp.platform", bounded(name)))
    if known.get("domain", "").upper() == "VOICE":
        facts.append(("session.domain", "voice"))
    yield from found.row(switch.source, context, found.table_of("fdb", port), mac, None, facts)


def _vlan(text: str) -> str | None:
    number = _VLAN.match(text)
    return str(int(number[1])) if number and usable_vlan(int(number[1])) else None


TABLE = ConsoleTable("sessions", (_HEADER, _DETAIL), read, _COMMANDS)
