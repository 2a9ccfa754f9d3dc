"""How sources that name a phone differently are joined: observations in, devices out, in any order of reading.

A source names a phone by mac, by address at a time, by serial number, by host name or by the port of a switch at a
time. Each case states what the sources report of one morning or of several days, and the devices that there are:
exactly these, with the columns that are given. Every case is read in its order, turned round, in drawn orders, one
observation at a time, and twice.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

import msgspec
import pytest

from scanner.app.joins import joined_by
from scanner.core.model import Observation
from scanner.inventory import Inventory, Knowledge, queries
from scanner.reading import Context, detect
from tests.inventory.conftest import knowledge
from tests.nonempty import some
from tests.worlds.ledger import Ledger

Row = dict[str, Any]

POLY, POLY2, POLY3 = "64:16:7f:a1:00:01", "64:16:7f:a1:00:02", "64:16:7f:a1:00:03"
YEALINK, YEALINK2 = "80:5e:c0:a2:00:01", "80:5e:c0:a2:00:02"
CISCO = "00:1b:54:a3:00:01"
PC = "d4:be:d9:a6:00:01"
X, Y, Z = "198.18.10.11", "198.18.10.12", "198.18.10.13"
V411 = "PolycomVVX-VVX_411-UA/5.9.0.9373"
V411_OLD = "PolycomVVX-VVX_411-UA/5.8.3.3066"
V501 = "PolycomVVX-VVX_501-UA/5.9.0.9373"
T58 = "Yealink SIP-T58A 58.15.0.20"
T46 = "Yealink SIP-T46S 66.86.0.15"
SOFTPHONE = "Z 5.2.28 rv2.8.115"
WINDOWS = "MSFT 5.0"


def at(clock: str, day: int = 20) -> str:
    return f"2026-11-{day:02d}T{clock}:00Z"


def contact(ip: str | None, banner: str, time: str, mac: str | None = None, name: str = "pbx", **more: Any) -> Row:
    """A contact in the dump of a registrar."""
    row = {
        "field": "sip.user-agent",
        "value": banner,
        "ip": ip,
        "mac": mac,
        "time": time,
        "source": f"registrar {name}",
    }
    return {**row, **more}


def lease(ip: str, mac: str, time: str, name: str = "dhcp1", **options: str) -> list[Row]:
    """An active lease at its last renewal, with the options that the server stores."""
    row = {"ip": ip, "mac": mac, "time": time, "source": f"leases {name}"}
    stored = [{**row, "field": f"dhcp.{option.replace('_', '-')}", "value": value} for option, value in options.items()]
    return [{**row, "field": "arp.mac", "value": mac}, *stored]


def arp(ip: str, mac: str, time: str, where: str = "switches 10.0.0.1 arp") -> Row:
    return {"field": "arp.mac", "value": mac, "ip": ip, "mac": mac, "time": time, "source": where}


def neighbour(
    mac: str | None, time: str, port: str = "Gi1/0/1", ip: str | None = None, switch: str = "sw-a", **fields: str
) -> list[Row]:
    """An LLDP neighbour on the console of a switch."""
    row = {"mac": mac, "ip": ip, "time": time, "source": f"switches {switch} lldp {port}"}
    names = {name.replace("__", "-").replace("_", ".", 1).replace("_", "-"): value for name, value in fields.items()}
    return [{**row, "field": name, "value": value} for name, value in names.items()] + place(
        mac, time, port, ip, switch
    )


def place(
    mac: str | None, time: str, port: str, ip: str | None = None, switch: str = "sw-a", method: str = "lldp"
) -> list[Row]:
    source = f"switches {switch} {method}{'' if method == 'fdb' else ' ' + port}"
    row = {"mac": mac, "ip": ip, "time": time, "source": source}
    found = {"switch.name": switch, "switch.port": port, "switch.port-method": method}
    return [{**row, "field": name, "value": value} for name, value in found.items()]


def powered(port: str, device: str, time: str, switch: str = "sw-a") -> list[Row]:
    """A row of the table of the devices that a switch supplies: neither mac nor address."""
    row = {"time": time, "source": f"switches {switch} power {port}"}
    found = {"cdp.platform": device, "switch.name": switch, "switch.port": port, "switch.port-method": "power"}
    return [{**row, "field": name, "value": value} for name, value in found.items()]


def exported(time: str, mac: str | None = None, source: str = "manager lens", **fields: str) -> list[Row]:
    """A row of a manager's export."""
    row = {"mac": mac, "time": time, "source": source}
    return [{**row, "field": f"lldp-med.{name.replace('_', '-')}", "value": value} for name, value in fields.items()]


def device(**columns: str | None) -> dict[str, str | None]:
    return columns


class Case(NamedTuple):
    """What is read, and the devices that there are."""

    why: str
    rows: Sequence[Row]
    devices: Sequence[dict[str, str | None]]
    keep_all: bool = False


def flat(*parts: Row | list[Row]) -> list[Row]:
    return [row for part in parts for row in (part if isinstance(part, list) else [part])]


#: A phone as a switch describes it.
D411 = "Polycom;VVX-VVX_411;3111-48400-001,1;SIP/5.9.0.9373;UP/5.9.0.9373;"

CASES: dict[str, Case] = {
    "a contact and the lease of its address": Case(
        "the address at the time gives the mac",
        flat(contact(X, V411, at("10:00")), lease(X, POLY, at("09:00"))),
        [device(mac=POLY, ip=X, model="VVX 411", firmware="5.9.0.9373")],
    ),
    "a contact, a lease and ARP": Case(
        "three sources of one time",
        flat(contact(X, V411, at("10:00")), lease(X, POLY, at("09:00")), arp(X, POLY, at("10:05"))),
        [device(mac=POLY, ip=X, model="VVX 411", firmware="5.9.0.9373")],
    ),
    "a contact ten hours after the renewal of a lease of a day": Case(
        "a lease holds until its address or its mac has another one",
        flat(contact(X, V411, at("19:00")), lease(X, POLY, at("09:00"))),
        [device(mac=POLY, ip=X, model="VVX 411")],
    ),
    "a lease of last month": Case(
        "it joins nothing of today",
        flat(contact(X, V411, at("10:00", 30)), lease(X, YEALINK, at("09:00", 1))),
        [device(mac=None, ip=X, model="VVX 411", manufacturer="Polycom"), device(mac=YEALINK, ip=None)],
    ),
    "a lease of last month of the same maker": Case(
        "it joins nothing of today",
        flat(contact(X, V411, at("10:00", 30)), lease(X, POLY, at("09:00", 1), hostname="Polycom_64167fa10001")),
        [device(mac=None, ip=X, model="VVX 411"), device(mac=POLY, ip=None, model=None)],
    ),
    "an address that moved between two leases": Case(
        "one mac has it until 9:30, another from 9:45: the contact of 10:00 is the second one's",
        flat(
            contact(X, V411, at("10:00")),
            lease(X, POLY, at("09:00"), hostname="first"),
            lease(X, POLY2, at("09:45"), hostname="second"),
        ),
        [device(mac=POLY, ip=None, model=None), device(mac=POLY2, ip=X, model="VVX 411")],
    ),
    "an address that moved after the contact": Case(
        "the contact of 9:25 is of the device that had the address until 9:30",
        flat(contact(X, V411, at("09:25")), lease(X, POLY, at("08:30")), lease(X, POLY2, at("09:45"))),
        [device(mac=POLY, model="VVX 411"), device(mac=POLY2, ip=X, model=None)],
    ),
    "the same model at an address that moved": Case(
        "each contact to the device that had the address then",
        flat(
            contact(X, V411_OLD, at("09:10")),
            contact(X, V411, at("10:00")),
            lease(X, POLY, at("09:00")),
            lease(X, POLY2, at("09:45")),
        ),
        [
            device(mac=POLY, model="VVX 411", firmware="5.8.3.3066"),
            device(mac=POLY2, ip=X, model="VVX 411", firmware="5.9.0.9373"),
        ],
    ),
    "the same model at an address that moved within a visit": Case(
        "the renewal of the second lease ends the visit of the first phone",
        flat(
            contact(X, V411_OLD, at("09:40")),
            contact(X, V411, at("09:50")),
            lease(X, POLY, at("09:00")),
            lease(X, POLY2, at("09:45")),
        ),
        [
            device(mac=POLY, model="VVX 411", firmware="5.8.3.3066"),
            device(mac=POLY2, ip=X, model="VVX 411", firmware="5.9.0.9373"),
        ],
    ),
    "a renewal after the contact": Case(
        "the list has the last renewal alone: the second phone, whose model fits, may have had the address before",
        flat(
            contact(X, V501, at("10:00")),
            lease(X, POLY, at("09:00")),
            neighbour(POLY, at("09:00"), lldp_system_description=D411),
            lease(X, POLY2, at("11:30")),
            neighbour(POLY2, at("11:30"), "Gi1/0/2", lldp_system_description=D411.replace("411", "501")),
        ),
        [device(mac=POLY, ip=None, model="VVX 411"), device(mac=POLY2, ip=X, model="VVX 501")],
    ),
    "two phones that exchanged their addresses": Case(
        "yesterday's contacts are of yesterday's addresses",
        flat(
            contact(X, V411, at("10:00", 19)),
            contact(Y, V501, at("10:00", 19)),
            contact(Y, V411, at("10:00")),
            contact(X, V501, at("10:00")),
            lease(X, POLY, at("09:50", 19)),
            lease(Y, POLY2, at("09:50", 19)),
            lease(Y, POLY, at("09:50")),
            lease(X, POLY2, at("09:50")),
        ),
        [device(mac=POLY, ip=Y, model="VVX 411"), device(mac=POLY2, ip=X, model="VVX 501")],
    ),
    "two sites with one address plan": Case(
        "the site of a read keeps them apart",
        flat(
            contact(X, V411, at("10:00"), site="north"),
            contact(X, T58, at("10:00"), site="south", name="pbx2"),
            [{**row, "site": "north"} for row in lease(X, POLY, at("09:00"))],
            [{**row, "site": "south"} for row in lease(X, YEALINK, at("09:00"), "dhcp2")],
        ),
        [
            device(site="north", mac=POLY, ip=X, model="VVX 411"),
            device(site="south", mac=YEALINK, ip=X, model="T58A"),
        ],
    ),
    "two sites with one address plan and one registrar": Case(
        "the registrar names no site: two leases at the time decide nothing, its mac does",
        flat(
            contact(X, T58 + " 80:5e:c0:a2:00:01", at("10:00"), YEALINK),
            [{**row, "site": "north"} for row in lease(X, POLY, at("09:00"), vendor_class="Polycom-VVX411")],
            [{**row, "site": "south"} for row in lease(X, YEALINK, at("09:00"), "dhcp2")],
        ),
        [device(mac=POLY, ip=X, site="north"), device(mac=YEALINK, model="T58A", firmware="58.15.0.20")],
    ),
    "two phones behind NAT with their macs": Case(
        "the mac of the message names each; the address of the NAT is of neither",
        flat(
            contact(None, T58 + " 80:5e:c0:a2:00:01", at("10:00"), YEALINK),
            contact(None, T46 + " 80:5e:c0:a2:00:02", at("10:00"), YEALINK2),
        ),
        [device(mac=YEALINK, ip=None, model="T58A"), device(mac=YEALINK2, ip=None, model="T46S")],
    ),
    "two phones with macs in a dump that has the address of a NAT": Case(
        "an address that a server reports for several devices is of none",
        flat(
            contact("198.19.255.1", T58 + " 80:5e:c0:a2:00:01", at("10:00"), YEALINK),
            contact("198.19.255.1", T46 + " 80:5e:c0:a2:00:02", at("10:00"), YEALINK2),
        ),
        [device(mac=YEALINK, ip=None, model="T58A"), device(mac=YEALINK2, ip=None, model="T46S")],
    ),
    "a phone behind NAT with the LAN address of a home, and a phone of ours there": Case(
        "the mac of the message names the one, the lease the other",
        flat(
            contact(X, T58 + " 80:5e:c0:a2:00:01", at("10:00"), YEALINK, name="pbx2"),
            lease(X, POLY, at("09:00"), vendor_class="Polycom-VVX411"),
            contact(X, V411, at("10:00")),
        ),
        [device(mac=POLY, ip=X, model="VVX 411"), device(mac=YEALINK, ip=None, model="T58A")],
    ),
    "a phone behind a phone": Case(
        "both at one port of the switch: two devices there",
        flat(
            neighbour(POLY, at("10:00"), "Gi1/0/7", lldp_system_description=D411),
            place(POLY2, at("10:00"), "Gi1/0/7", method="fdb"),
            lease(X, POLY, at("09:00")),
            lease(Y, POLY2, at("09:00")),
            contact(Y, V501, at("10:00")),
        ),
        [
            device(mac=POLY, ip=X, model="VVX 411", switch_port="Gi1/0/7"),
            device(mac=POLY2, ip=Y, model="VVX 501", switch_port="Gi1/0/7"),
        ],
    ),
    "a softphone on the PC behind a phone": Case(
        "one port, a phone and a PC: the contact of the PC's address is the softphone's",
        flat(
            neighbour(POLY, at("10:00"), "Gi1/0/7", lldp_system_description=D411),
            place(PC, at("10:00"), "Gi1/0/7", method="fdb"),
            lease(X, POLY, at("09:00")),
            lease(Y, PC, at("09:00"), vendor_class=WINDOWS),
            contact(X, V411, at("10:00")),
            contact(Y, SOFTPHONE, at("10:00")),
        ),
        [
            device(mac=POLY, ip=X, model="VVX 411", switch_port="Gi1/0/7", kind="phone"),
            device(mac=PC, ip=Y, kind="softphone", switch_port="Gi1/0/7"),
        ],
        keep_all=True,
    ),
    "a PC without a softphone behind a phone": Case(
        "the inventory has no device for the PC",
        flat(
            neighbour(POLY, at("10:00"), "Gi1/0/7", lldp_system_description=D411),
            place(PC, at("10:00"), "Gi1/0/7", method="fdb"),
            lease(X, POLY, at("09:00")),
            lease(Y, PC, at("09:00"), vendor_class=WINDOWS),
        ),
        [device(mac=POLY, ip=X, model="VVX 411", switch_port="Gi1/0/7")],
    ),
    "a clock an hour ahead in the leases": Case(
        "an hour is within a visit: the join holds",
        flat(contact(X, V411, at("10:00")), lease(X, POLY, at("10:50")), arp(X, POLY, at("10:00"))),
        [device(mac=POLY, ip=X, model="VVX 411")],
    ),
    "a clock an hour ahead in the leases of an address that moved": Case(
        "by the clock of the leases the first one has it; ARP of the time contradicts",
        flat(
            contact(X, V411, at("10:00")),
            arp(X, POLY2, at("10:01")),
            lease(X, POLY, at("10:00"), hostname="first"),
            lease(X, POLY2, at("10:45"), hostname="second"),
        ),
        [device(mac=POLY, ip=None, model=None), device(mac=POLY2, ip=X, model="VVX 411")],
    ),
    "a clock an hour behind in the registrar of an address that moved to another model": Case(
        "the model that the switch names decides",
        flat(
            contact(X, V501, at("09:00")),
            lease(X, POLY, at("09:00")),
            neighbour(POLY, at("09:00"), lldp_system_description=D411),
            lease(X, POLY2, at("09:45")),
            neighbour(POLY2, at("09:50"), "Gi1/0/2", lldp_system_description=D411.replace("411", "501")),
        ),
        [device(mac=POLY, ip=None, model="VVX 411"), device(mac=POLY2, ip=X, model="VVX 501")],
    ),
    "a manager by serial number, with the phone's own": Case(
        "the phone states its serial in LLDP-MED, the manager states it beside another firmware channel",
        flat(
            neighbour(POLY, at("10:00"), lldp_system_description=D411, lldp__med_serial="64167FA10001X7"),
            exported(
                at("10:00"), source="manager lens serial 64167FA10001X7", serial="64167FA10001X7", model="VVX 411"
            ),
        ),
        [device(mac=POLY, model="VVX 411", serial="64167FA10001X7")],
    ),
    "a manager by mac": Case(
        "one device",
        flat(
            contact(X, V411, at("10:00")),
            lease(X, POLY, at("09:00")),
            exported(at("10:00"), POLY, manufacturer="Polycom", model="VVX 411", software_revision="5.9.0.9373"),
        ),
        [device(mac=POLY, ip=X, model="VVX 411", firmware="5.9.0.9373")],
    ),
    "an export of last week and the registrar of today": Case(
        "the firmware of today",
        flat(
            contact(X, V411, at("10:00")),
            lease(X, POLY, at("09:00")),
            exported(at("10:00", 13), POLY, manufacturer="Polycom", model="VVX 411", software_revision="5.8.3.3066"),
        ),
        [device(mac=POLY, ip=X, model="VVX 411", firmware="5.9.0.9373")],
    ),
    "a name that contains the mac": Case(
        "SEP and twelve digits in CDP, at an address whose lease names the same mac",
        flat(
            [
                {"ip": X, "time": at("10:00"), "source": "switches sw-a cdp Gi1/0/3", "field": field, "value": value}
                for field, value in {"cdp.device-id": "SEP001B54A30001", "cdp.platform": "Cisco IP Phone 8851"}.items()
            ],
            lease(X, CISCO, at("09:00"), hostname="SEP001B54A30001"),
        ),
        [device(mac=CISCO, ip=X, model="CP-8851")],
    ),
    "a name that contains the mac, alone": Case(
        "the name in a lease without a mac, and in CDP",
        flat(
            [
                {
                    "ip": X,
                    "time": at("10:00"),
                    "source": "leases dhcp1",
                    "field": "dhcp.hostname",
                    "value": "SEP001B54A30001",
                }
            ],
            [
                {
                    "ip": X,
                    "time": at("10:00"),
                    "source": "leases dhcp1",
                    "field": "dhcp.vendor-class",
                    "value": "Cisco Systems, Inc. IP Phone CP-8851",
                }
            ],
        ),
        [device(mac=CISCO, ip=X, model="CP-8851")],
    ),
    "an analog adapter by its name": Case(
        "ATA and the last digits of the mac with its port",
        flat(
            [
                {
                    "ip": X,
                    "time": at("10:00"),
                    "source": "switches sw-a cdp Gi1/0/3",
                    "field": "cdp.device-id",
                    "value": "ATA001B54A30001",
                }
            ],
            [
                {
                    "ip": X,
                    "time": at("10:00"),
                    "source": "switches sw-a cdp Gi1/0/3",
                    "field": "cdp.platform",
                    "value": "Cisco ATA 191",
                }
            ],
        ),
        [device(mac=CISCO, ip=X, kind="gateway")],
        keep_all=True,
    ),
    "a session of a port and the neighbour on it": Case(
        "the switch authenticated the mac at the port where a neighbour without a mac describes itself",
        flat(
            place(POLY, at("10:00"), "Gi1/0/9", method="radius"),
            arp(X, POLY, at("10:00"), "switches sw-a radius Gi1/0/9"),
            neighbour(None, at("10:00"), "Gi1/0/9", ip=X, lldp_system_description=D411),
        ),
        [device(mac=POLY, ip=X, model="VVX 411", switch_port="Gi1/0/9")],
    ),
    "a manager by serial number alone": Case(
        "a device by its serial",
        flat(
            exported(
                at("10:00"),
                source="manager lens serial 9610000216A",
                serial="9610000216A",
                manufacturer="Polycom",
                model="VVX 411",
                software_revision="5.9.0.9373",
            ),
        ),
        [device(mac=None, ip=None, model="VVX 411", serial="9610000216A", firmware="5.9.0.9373")],
    ),
    "a powered device and the mac on its port": Case(
        "the row of the power table has neither mac nor address: its port gives the phone",
        flat(
            place(CISCO, at("10:00"), "Gi1/0/9", method="fdb"),
            arp(X, CISCO, at("10:00")),
            powered("GigabitEthernet1/0/9", "IP Phone 8851", at("10:00")),
        ),
        [device(mac=CISCO, ip=X, model="CP-8851", switch_port="Gi1/0/9")],
    ),
    "a powered device and nothing else": Case(
        "a device by its port",
        flat(
            powered("Gi1/0/9", "IP Phone 8851", at("10:00")),
        ),
        [device(mac=None, ip=None, model="CP-8851", switch="sw-a", switch_port="Gi1/0/9")],
    ),
    "a powered device, the phone on its port and a PC behind it": Case(
        "the port has two macs: the supplied device is the one of a maker of phones",
        flat(
            place(CISCO, at("10:00"), "Gi1/0/9", method="fdb"),
            place(PC, at("10:00"), "Gi1/0/9", method="fdb"),
            powered("Gi1/0/9", "IP Phone 8851", at("10:01")),
        ),
        [device(mac=CISCO, model="CP-8851", switch_port="Gi1/0/9")],
    ),
    "a powered phone and a phone of another maker on its port": Case(
        "the mac is not its own",
        flat(place(YEALINK, at("10:00"), "Gi1/0/9", method="fdb"), powered("Gi1/0/9", "IP Phone 8851", at("10:01"))),
        [device(mac=YEALINK, model=None), device(mac=None, model="CP-8851")],
    ),
    "a powered phone and a computer behind it that announces itself": Case(
        "the maker that the table names decides",
        flat(
            place(CISCO, at("10:00"), "Gi1/0/9", method="fdb"),
            neighbour("02:00:00:a6:00:01", at("10:00"), "Gi1/0/9", lldp_system_description="Debian GNU/Linux 12"),
            powered("Gi1/0/9", "IP Phone 8851", at("10:01")),
        ),
        [device(mac=CISCO, model="CP-8851", switch_port="Gi1/0/9")],
    ),
    "a powered device and the phone that had its port last week": Case(
        "it is another one, as far as anybody can see",
        flat(
            place(CISCO, at("10:00", 10), "Gi1/0/9", method="fdb"),
            powered("Gi1/0/9", "IP Phone 8851", at("10:01")),
        ),
        [
            device(mac=CISCO, model=None, switch_port="Gi1/0/9"),
            device(mac=None, model="CP-8851", switch_port="Gi1/0/9"),
        ],
    ),
    "a serial number of two macs": Case(
        "a part number: it identifies none of them, and gives no device",
        flat(
            neighbour(POLY, at("10:00"), lldp__med_serial="3111-48450-001"),
            neighbour(POLY2, at("10:00"), "Gi1/0/2", lldp__med_serial="3111-48450-001"),
            exported(at("10:00"), source="manager lens serial 3111-48450-001", model="VVX 411"),
        ),
        [device(mac=POLY), device(mac=POLY2)],
    ),
    "a contact of yesterday and a lease of today": Case(
        "a lease shows nothing of the day before its renewal: the first phone is not known any more",
        flat(contact(X, V411, at("08:00", 19)), lease(X, POLY2, at("03:00"))),
        [device(mac=POLY2, ip=X, model=None)],
    ),
    "a lease from before an upgrade and a clock an hour behind": Case(
        "a list of leases repeats what the phone sent then: four later sources show the other version",
        flat(
            lease(X, POLY, at("19:43", 19), vendor_class=D411.replace("5.9.0.9373", "5.8.3.3066")),
            neighbour(POLY, at("01:37"), lldp_system_description=D411),
            neighbour(POLY, at("06:14"), lldp_system_description=D411),
            contact(X, V411, at("09:16")),
            exported(at("09:00"), POLY, manufacturer="Polycom", model="VVX 411", software_revision="5.9.0.9373"),
        ),
        [device(mac=POLY, ip=X, model="VVX 411", firmware="5.9.0.9373")],
    ),
    "two contacts of one phone": Case(
        "two lines of one phone are one device",
        flat(contact(X, V411, at("10:00")), contact(X, V411, at("10:02")), lease(X, POLY, at("09:00"))),
        [device(mac=POLY, ip=X, model="VVX 411")],
    ),
    "a phone that moved, and its old contact": Case(
        "the contact of yesterday is of the same phone: it moved",
        flat(
            contact(X, V411, at("10:00", 19)),
            contact(Y, V411, at("10:00")),
            lease(X, POLY, at("09:00", 19)),
            lease(Y, POLY, at("09:00")),
        ),
        [device(mac=POLY, ip=Y, model="VVX 411")],
    ),
}


def fits(expected: dict[str, str | None], row: Row) -> bool:
    return all((row[name] or None) == value for name, value in expected.items())


def wrong(case: Case, rows: Sequence[Row]) -> list[str]:
    """What is missing and what is too much."""
    left = list(rows)
    missing = []
    for one in sorted(case.devices, key=len, reverse=True):
        found = next((row for row in left if fits(one, row)), None)
        if found is None:
            missing.append(f"missing {one}")
        else:
            left.remove(found)
    shown = ("site", "mac", "ip", "kind", "manufacturer", "model", "firmware", "serial", "switch_port")
    return missing + [f"too much { {name: row[name] for name in shown if row[name]} }" for row in left]


@cache
def known(keep_all: bool) -> Knowledge:
    return knowledge(keep_all=keep_all)


def read(parts: Iterable[Sequence[Row]], keep_all: bool) -> list[Row]:
    """The rows of an inventory in memory into which these parts were read, one scan for each."""
    ledger, now = Ledger(), at("12:00", 30)
    for part in parts:
        scan = ledger.inventory.begin_scan(kind="read", targets=(), discoveries=(), now=now)
        ledger.inventory.record(scan, [Observation(**row) for row in part], now)
        ledger.inventory.finish_scan(scan, outcome="done", knowledge=known(keep_all), now=now)
    found = [dict(row) for row in queries.inventory_rows(ledger.inventory)]
    ledger.close()
    return found


def orders(rows: Sequence[Row], seed: str) -> Iterable[tuple[str, list[list[Row]]]]:
    chance = random.Random(seed)
    yield "as given", [list(rows)]
    yield "one at a time", [[row] for row in rows]
    yield "one at a time, turned round", [[row] for row in rows[::-1]]
    yield "twice", [list(rows), list(rows)]
    for number in range(3):
        mixed = chance.sample(rows, len(rows))
        cut = chance.randrange(len(mixed))
        yield f"drawn order {number}", [part for part in (mixed[:cut], mixed[cut:]) if part]


@pytest.mark.parametrize("name", CASES)
def test_the_devices_of_a_case_in_any_order(name: str) -> None:
    case = CASES[name]
    for order, parts in some(orders(case.rows, name)):
        assert wrong(case, read(parts, case.keep_all)) == [], f"{order}: {case.why}"


def joins(store: Any, device: str) -> dict[str, str]:
    """By source and field, by what each observation of a device is its own."""
    with Inventory.open(store.path, readonly=True) as inventory:
        found = queries.explain(inventory, device, store.knowledge().fingerprints)
        assert found is not None
        return {f"{e.observation.source} {e.observation.field}": joined_by(e, found) for e in found.observations}


def test_explain_states_by_which_sighting_an_observation_is_the_device_s(store: Any) -> None:
    rows = flat(contact(X, V411, at("10:00")), lease(X, POLY, at("09:00")), lease(X, POLY2, at("08:00", 18)))
    store.feed([*rows, *neighbour(POLY, at("09:30"), lldp_system_description=D411)], at("12:00", 30))
    sighting = f"arp.mac from leases dhcp1, {at('09:00')}"
    assert joins(store, POLY) == {
        "registrar pbx sip.user-agent": f"the address {X}, which {POLY} has by {sighting}",
        "leases dhcp1 arp.mac": f"its mac {POLY}",
        **{
            f"switches sw-a lldp Gi1/0/1 {field}": f"its mac {POLY}"
            for field in ("lldp.system-description", "switch.name", "switch.port", "switch.port-method")
        },
    }


def test_a_join_that_no_longer_holds_is_undone(store: Any) -> None:
    store.feed(flat(contact(X, V411, at("10:00")), lease(X, POLY, at("06:00"))), at("10:30"))
    assert store.brief() == [(POLY, X, "VVX 411")]
    store.feed(lease(X, POLY2, at("09:45")), at("11:00"))
    assert store.brief() == [(POLY, None, None), (POLY2, X, "VVX 411")]
    assert joins(store, POLY2)["registrar pbx sip.user-agent"].endswith(f"arp.mac from leases dhcp1, {at('09:45')}")


def test_a_mac_in_the_message_and_an_address_alone_are_joins_too(store: Any) -> None:
    store.feed([contact(X, T58 + " 80:5e:c0:a2:00:01", at("10:00")), contact(Y, V411, at("10:00"))], at("12:00"))
    assert joins(store, YEALINK) == {"registrar pbx sip.user-agent": f"the mac {YEALINK} in its value"}
    assert joins(store, Y) == {"registrar pbx sip.user-agent": f"the address {Y}"}


def test_a_row_without_mac_and_address_is_joined_by_serial_number_and_by_port(store: Any) -> None:
    by_serial = exported(at("10:00"), source="manager lens serial 64167FA10001X7", model="VVX 411")
    described = neighbour(POLY, at("10:00"), lldp__med_serial="64167FA10001X7")
    store.feed([*powered("Gi1/0/1", "VVX 411", at("10:00")), *by_serial], at("10:30"))
    assert store.brief("mac", "switch_port") == [(None, "Gi1/0/1"), (None, None)]
    store.feed(described, at("11:00"))
    assert store.brief("mac", "switch_port") == [(POLY, "Gi1/0/1")]
    assert joins(store, POLY)["manager lens serial 64167FA10001X7 lldp-med.model"].startswith("the serial number 64167")
    assert joins(store, POLY)["switches sw-a power Gi1/0/1 cdp.platform"].startswith("the port Gi1/0/1 of sw-a")
    store.feed(neighbour(POLY2, at("12:00"), "Gi1/0/2", lldp__med_serial="64167FA10001X7"), at("12:30"))
    assert store.brief("mac") == [(POLY,), (POLY2,)]
    assert "manager lens serial 64167FA10001X7 lldp-med.model" not in joins(store, POLY)


def test_what_names_nothing_is_counted_as_unresolved(store: Any) -> None:
    one = {"field": "lldp-med.model", "value": "VVX 411"}
    sources = ("manager lens", "manager lens serial 0000", "manager lens serial", "switches sw-a fdb", "power Gi1/0/1")
    summary = store.feed([{**one, "source": source} for source in sources], at("10:00"))
    assert (summary.unresolved, store.rows()) == (len(sources), [])


def test_the_exported_observations_of_named_rows_are_read_again(store: Any, other: Any) -> None:
    rows = powered("Gi1/0/1", "IP Phone 8851", at("10:00")) + exported(
        at("10:00"), source="manager lens serial 9610000216A", serial="9610000216A", model="VVX 411"
    )
    store.feed(rows, at("11:00"))
    lines = b"".join(msgspec.json.encode(one) + b"\n" for one in store.observations())
    found = list(detect.read(io.BytesIO(lines), Context("export.jsonl", at("11:00"))))
    other.feed([msgspec.structs.asdict(one) for one in found if isinstance(one, Observation)], at("11:00"))
    assert len(found) == len(rows)
    assert other.brief("model", "serial", "switch_port") == store.brief("model", "serial", "switch_port")
