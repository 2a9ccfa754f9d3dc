"""Joins where phones move, are replaced, share an address or a port, or are named in several ways.

The cases have the form of `tests/inventory/test_joins.py`, and are read in the same orders.
"""

from __future__ import annotations

import pytest

from tests.inventory.test_joins import (
    CISCO,
    D411,
    PC,
    POLY,
    POLY2,
    SOFTPHONE,
    T46,
    T58,
    V411,
    V411_OLD,
    V501,
    WINDOWS,
    YEALINK,
    YEALINK2,
    Case,
    X,
    Y,
    Z,
    arp,
    at,
    contact,
    device,
    exported,
    flat,
    lease,
    neighbour,
    orders,
    place,
    read,
    wrong,
)
from tests.nonempty import some

NAT = "198.19.255.1"
V6, LOCAL6 = "2001:db8:10::17", "fe80::6616:7fff:fea1:1"
ROUTER = "00:00:0c:07:ac:01"
D501 = D411.replace("411", "501")

CASES: dict[str, Case] = {
    "fifty phones behind one public address": Case(
        "each by the mac of its message, and the address is of none",
        [
            contact(NAT, f"{T58} 80:5e:c0:a2:01:{number:02x}", at("10:00"), f"80:5e:c0:a2:01:{number:02x}")
            for number in range(50)
        ],
        [device(mac=f"80:5e:c0:a2:01:{number:02x}", ip=None, model="T58A") for number in range(50)],
    ),
    "a replaced phone": Case(
        "the same port and the same address, another mac",
        flat(
            neighbour(POLY, at("10:00", 10), "Gi1/0/7", X, lldp_system_description=D411),
            neighbour(POLY2, at("10:00", 20), "Gi1/0/7", X, lldp_system_description=D411),
            contact(X, V411_OLD, at("10:01", 10)),
            contact(X, V411, at("10:01", 20)),
        ),
        [
            device(mac=POLY, ip=None, model="VVX 411"),
            device(mac=POLY2, ip=X, model="VVX 411", firmware="5.9.0.9373", switch_port="Gi1/0/7"),
        ],
    ),
    "a phone at another switch": Case(
        "the later port is its place",
        flat(
            neighbour(POLY, at("10:00", 10), "Gi1/0/7", X, lldp_system_description=D411),
            neighbour(POLY, at("10:00", 20), "Gi1/0/9", Y, "sw-b", lldp_system_description=D411),
        ),
        [device(mac=POLY, ip=Y, switch="sw-b", switch_port="Gi1/0/9", last_seen=at("10:00", 20))],
    ),
    "a replaced switch of the same name": Case(
        "the ports of the new one",
        flat(
            neighbour(POLY, at("10:00", 10), "Fa0/7", X, lldp_system_description=D411),
            neighbour(POLY, at("10:00", 20), "Gi1/0/7", X, lldp_system_description=D411),
        ),
        [device(mac=POLY, ip=X, switch_port="Gi1/0/7")],
    ),
    "two spellings of one switch and of its port": Case(
        "one device, at one place",
        flat(
            neighbour(POLY, at("10:00"), "Gi1/0/7", X, "SW-A.example.net", lldp_system_description=D411),
            place(POLY, at("10:01"), "GigabitEthernet1/0/7", method="fdb"),
            place(PC, at("10:01"), "GigabitEthernet1/0/7", method="fdb"),
        ),
        [device(mac=POLY, ip=X, model="VVX 411")],
    ),
    "a switch without a time of its own": Case(
        "its table of 1993 overrules nothing, and gives nothing to the phones of today",
        flat(
            [
                {**row, "time": "1993-03-01T00:12:00Z"}
                for row in neighbour(POLY, at("10:00"), "Gi1/0/7", lldp_system_description=D411)
            ],
            lease(X, POLY, at("09:00")),
            contact(X, V411, at("10:00")),
        ),
        [device(mac=POLY, ip=X, model="VVX 411", last_seen=at("10:00"))],
    ),
    "a dump of last month beside that of today": Case(
        "the version of today, and the time at which it was seen",
        flat(
            neighbour(POLY, at("10:00", 1), ip=X, lldp_system_description=D411.replace("5.9.0.9373", "5.8.3.3066")),
            contact(X, V411_OLD, at("10:00", 1)),
            lease(X, POLY, at("09:50")),
            contact(X, V411, at("10:00")),
        ),
        [device(mac=POLY, ip=X, firmware="5.9.0.9373", first_seen=at("10:00", 1), last_seen=at("10:00"))],
    ),
    "an address of today's phone in a dump of last month": Case(
        "another maker had it: two phones",
        flat(
            contact(X, T58, at("10:00", 1)),
            lease(X, YEALINK, at("09:50", 1)),
            contact(X, V411, at("10:00")),
            lease(X, POLY, at("09:50")),
        ),
        [device(mac=YEALINK, ip=None, model="T58A"), device(mac=POLY, ip=X, model="VVX 411")],
    ),
    "three phones of one port": Case(
        "each has its address, its model and the port",
        flat(
            neighbour(POLY, at("10:00"), "Gi1/0/7", X, lldp_system_description=D411),
            place(POLY2, at("10:00"), "Gi1/0/7", method="fdb"),
            place(YEALINK, at("10:00"), "Gi1/0/7", method="fdb"),
            lease(Y, POLY2, at("09:00")),
            lease(Z, YEALINK, at("09:00")),
            contact(Y, V501, at("10:00")),
            contact(Z, T58, at("10:00")),
        ),
        [
            device(mac=POLY, ip=X, model="VVX 411", switch_port="Gi1/0/7"),
            device(mac=POLY2, ip=Y, model="VVX 501", switch_port="Gi1/0/7"),
            device(mac=YEALINK, ip=Z, model="T58A", switch_port="Gi1/0/7"),
        ],
    ),
    "a softphone behind a phone, the desk phone of the same line elsewhere": Case(
        "a line is not a device: three contacts of one address of record are three devices",
        flat(
            neighbour(POLY, at("10:00"), "Gi1/0/7", X, lldp_system_description=D411),
            place(PC, at("10:00"), "Gi1/0/7", method="fdb"),
            lease(Y, PC, at("09:00"), vendor_class=WINDOWS),
            lease(Z, YEALINK, at("09:00")),
            contact(X, V411, at("10:00")),
            contact(Y, SOFTPHONE, at("10:00")),
            contact(Z, T58, at("10:00")),
        ),
        [
            device(mac=POLY, ip=X, kind="phone"),
            device(mac=PC, ip=Y, kind="softphone"),
            device(mac=YEALINK, ip=Z, kind="phone"),
        ],
        keep_all=True,
    ),
    "IPv4 and IPv6 of one phone": Case(
        "its mac joins both, with the link-local address",
        flat(
            arp(X, POLY, at("10:00")),
            arp(V6, POLY, at("10:00")),
            arp(LOCAL6, POLY, at("10:00")),
            contact(X, V411, at("10:01")),
            contact(V6, V411, at("10:02")),
        ),
        [device(mac=POLY, model="VVX 411", firmware="5.9.0.9373")],
    ),
    "a router that answers for many addresses": Case(
        "its virtual mac is of none of the phones",
        flat(
            [arp(one, ROUTER, at("10:00")) for one in (X, Y, Z)],
            contact(X, V411, at("10:00")),
            contact(Y, T58, at("10:00")),
            contact(Z, T46, at("10:00")),
        ),
        [
            device(mac=None, ip=X, model="VVX 411"),
            device(mac=None, ip=Y, model="T58A"),
            device(mac=None, ip=Z, model="T46S"),
        ],
    ),
    "proxy ARP of an ordinary mac beside the leases": Case(
        "the leases name the phones",
        flat(
            [arp(one, "00:1b:54:ff:00:01", at("10:00")) for one in (X, Y, Z)],
            lease(X, POLY, at("09:00")),
            lease(Y, YEALINK, at("09:00")),
            contact(X, V411, at("10:00")),
            contact(Y, T58, at("10:00")),
            contact(Z, T46, at("10:00")),
        ),
        [
            device(mac=POLY, ip=X, model="VVX 411"),
            device(mac=YEALINK, ip=Y, model="T58A"),
            device(mac=None, ip=Z, model="T46S"),
        ],
    ),
    "null and broadcast macs": Case(
        "they identify nothing",
        flat(
            arp(X, "00:00:00:00:00:00", at("10:00")),
            arp(Y, "ff:ff:ff:ff:ff:ff", at("10:00")),
            contact(X, V411, at("10:00")),
            contact(Y, T58, at("10:00")),
        ),
        [device(mac=None, ip=X, model="VVX 411"), device(mac=None, ip=Y, model="T58A")],
    ),
    "an upgrade that one source has seen": Case(
        "the later one is true, also where an older list has the old version",
        flat(
            neighbour(POLY, at("08:00"), ip=X, lldp_system_description=D411.replace("5.9.0.9373", "5.8.3.3066")),
            lease(X, POLY, at("07:00")),
            contact(X, V411, at("10:00")),
        ),
        [device(mac=POLY, ip=X, firmware="5.9.0.9373")],
    ),
    "a phone after a factory reset": Case(
        "another name and another address, the same mac",
        flat(
            lease(X, POLY, at("09:00", 10), hostname="reception"),
            lease(Y, POLY, at("09:00", 20), hostname="Polycom_64167fa10001"),
            contact(X, V411_OLD, at("09:30", 10)),
            contact(Y, V411, at("09:30", 20)),
        ),
        [device(mac=POLY, ip=Y, firmware="5.9.0.9373")],
    ),
    "a serial number in an export, and the phone with mac and serial number": Case(
        "the serial number joins them, in a later address as well",
        flat(
            exported(
                at("10:00"),
                source="manager lens serial 64167FA10001X7",
                model="VVX 411",
                software_revision="5.9.0.9373",
            ),
            neighbour(POLY, at("09:00"), ip=X, lldp__med_serial="64167FA10001X7"),
            lease(Y, POLY, at("11:00", 21)),
        ),
        [device(mac=POLY, ip=Y, model="VVX 411", firmware="5.9.0.9373")],
    ),
    "a name with the mac, the lease of the mac and CDP": Case(
        "one phone",
        flat(
            neighbour(
                None, at("10:00"), "Gi1/0/3", X, cdp_device_id="SEP001B54A30001", cdp_platform="Cisco IP Phone 8851"
            ),
            lease(X, CISCO, at("09:00")),
        ),
        [device(mac=CISCO, ip=X, model="CP-8851", switch_port="Gi1/0/3")],
    ),
    "three sites with one address plan, and a phone that went from one to another": Case(
        "the mac is the same device, at the site where it was last",
        flat(
            [{**row, "site": "north"} for row in lease(X, POLY, at("09:00", 10))],
            [{**row, "site": "south"} for row in lease(X, POLY, at("09:00", 20))],
            [{**row, "site": "north"} for row in lease(X, YEALINK, at("09:00", 20))],
            contact(X, V411, at("09:30", 20), site="south"),
            contact(X, T58, at("09:30", 20), site="north", name="pbx2"),
        ),
        [device(site="south", mac=POLY, ip=X, model="VVX 411"), device(site="north", mac=YEALINK, ip=X, model="T58A")],
    ),
    "a registrar an hour behind, and leases that agree otherwise": Case(
        "an hour is within a visit",
        flat(
            lease(X, POLY, at("09:30")),
            lease(Y, YEALINK2, at("09:30")),
            contact(X, V411, at("09:00")),
            contact(Y, T46, at("09:00")),
        ),
        [device(mac=POLY, ip=X, model="VVX 411"), device(mac=YEALINK2, ip=Y, model="T46S")],
    ),
    "a port that two phones had on two days, and a PC": Case(
        "the PC behind them is of neither, and no device",
        flat(
            neighbour(POLY, at("10:00", 19), "Gi1/0/7", X, lldp_system_description=D411),
            neighbour(POLY2, at("10:00"), "Gi1/0/7", Y, lldp_system_description=D501),
            place(PC, at("10:00", 19), "Gi1/0/7", method="fdb"),
            place(PC, at("10:00"), "Gi1/0/7", method="fdb"),
        ),
        [device(mac=POLY, model="VVX 411"), device(mac=POLY2, ip=Y, model="VVX 501", switch_port="Gi1/0/7")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_devices_of_a_hard_case_in_any_order(name: str) -> None:
    case = CASES[name]
    for order, parts in some(orders(case.rows, name)):
        assert wrong(case, read(parts, case.keep_all)) == [], f"{order}: {case.why}"
