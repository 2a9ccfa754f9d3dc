"""Consoles whose forms differ from those of the systems that were read first: each with what it has to yield."""

from __future__ import annotations

import io
from typing import NamedTuple

import pytest

from scanner.core.model import Observation
from scanner.reading import Context, Problem, console, detect

NOW = "2026-11-23T02:00:00Z"
MAC, IP = "64:16:7f:12:34:56", "10.1.2.7"


class Shown(NamedTuple):
    """A text, and the field with its values that it has to yield for `MAC`."""

    text: str
    expected: dict[str, str]


SMALL_BUSINESS = """\
sg-a#show lldp neighbors gi1/0/7

Device ID: 64:16:7f:12:34:56
Port ID: 64:16:7f:12:34:56
Capabilities: Bridge, Telephone
System Name: VVX 411
System description: Polycom;VVX-VVX_411;SIP/5.9.5.0614
Port description: 1
Management address: 10.1.2.7
Time To Live: 120

LLDP-MED Device type: Endpoint class III
LLDP-MED Network policy
Application type: Voice
VLAN ID: 20
LLDP-MED Inventory
Software revision: SIP/5.9.5.0614
Model name: VVX-VVX_411
"""
AOS_CX = """\
cx-a# show lldp neighbor-info 1/1/5

Port                           : 1/1/5
Neighbor Entries               : 1
Neighbor Chassis-Name          : VVX 411
Neighbor Chassis-Description   : Polycom;VVX-VVX_411;SIP/5.9.5.0614
Neighbor Chassis-ID            : 64:16:7f:12:34:56
Neighbor Management-Address    : 10.1.2.7
Chassis Capabilities Enabled   : Bridge, Telephone
Neighbor Port-ID               : 64:16:7f:12:34:56
"""
FASTIRON = """\
SSH@icx-a#show lldp neighbors detail ports ethernet 1/1/9
Local port: 1/1/9
  Neighbor: 6416.7f12.3456, TTL 97 seconds
    + Chassis ID (network address): 10.1.2.7
    + Port ID (MAC address): 6416.7f12.3456
    + Time to live: 120 seconds
    + System name : "VVX 411"
    + System capabilities : bridge, telephone
      Enabled capabilities: bridge, telephone
    + Management address (IPv4): 10.1.2.7
    + MED Network Policy
      Application Type : Voice
      VLAN ID : 20
    + MED Software revision : "SIP/5.9.5.0614"
    + MED Model name : "VVX-VVX_411"
"""
ARUBA_OS = """\
(mc-a) #show lldp neighbor interface gigabitethernet 0/0/3 detail

Interface: gigabitethernet0/0/3, Number of neighbors: 1
------------------------------------------------------------
Chassis id: 10.1.2.7, Management address: 10.1.2.7
Interface description: 1, ID: 64167f123456
Device MAC: 64:16:7f:12:34:56
System capabilities : Bridge,Phone
Enabled capabilities: Phone
System name: VVX 411
System description:
  Polycom;VVX-VVX_411;SIP/5.9.5.0614
Auto negotiation: Supported, Enabled
MED Software version: SIP/5.9.5.0614
MED Model name: VVX-VVX_411
"""
FORTISWITCH = """\
fs-a # get switch lldp neighbors-summary
  Portname  Status   Device-name          TTL   Capability  MED-type  Port-ID
  _________ _______  ____________________ ____  __________  ________  _______
  port1     Up       VVX 411              180   BT          Comms     64:16:7f:12:34:56
  port2     Down     -                    -     -           -         -
fs-a # diagnose switch mac-address list

MAC: 64:16:7f:12:34:56  VLAN: 20 Port: port1(port-id 1)
  Flags: 0x00010440 [ hit dynamic src-hit native ]
"""
MED_APART = """\
dn-a#show lldp remote-device detail Gi1/0/7

LLDP Remote Device Detail

Local Interface: Gi1/0/7

Chassis ID: 10.1.2.7
Port ID: 64:16:7F:12:34:56
System Name: VVX 411

dn-a#show lldp med remote-device detail Gi1/0/7

LLDP MED Remote Device Detail

Local Interface: Gi1/0/7
Software Rev: SIP/5.9.5.0614
Model Name: VVX-VVX_411

dn-a#show lldp remote-device all

LLDP Remote Device Summary

Local
Interface RemID   Chassis ID          Port ID           System Name
--------- ------- ------------------- ----------------- -----------------
Gi1/0/7   12      10.1.2.7            64:16:7F:12:34:56 VVX 411
Gi1/0/8
"""
SOFTWARE = {"lldp-med.software-revision": "SIP/5.9.5.0614", "lldp-med.model": "VVX-VVX_411"}
SHOWN = {
    "Cisco Small Business": Shown(
        SMALL_BUSINESS,
        {"switch.port": "gi1/0/7", "lldp-med.voice-vlan": "20", "lldp.management-address": IP, **SOFTWARE},
    ),
    "AOS-CX, one port": Shown(
        AOS_CX, {"switch.port": "1/1/5", "lldp.system-description": "Polycom;VVX-VVX_411;SIP/5.9.5.0614"}
    ),
    "FastIron": Shown(FASTIRON, {"switch.port": "1/1/9", "lldp-med.voice-vlan": "20", **SOFTWARE}),
    "ArubaOS": Shown(ARUBA_OS, {"switch.port": "gigabitethernet0/0/3", "lldp.management-address": IP, **SOFTWARE}),
    "FortiSwitch": Shown(FORTISWITCH, {"switch.port": "port1", "switch.vlan": "20", "lldp.system-name": "VVX 411"}),
    "an inventory in a command of its own": Shown(MED_APART, {"switch.port": "Gi1/0/7", **SOFTWARE}),
}


def read(text: str) -> list[Observation | Problem]:
    assert detect.detect(text.encode()) is console.FORMAT
    return list(detect.read(io.BytesIO(text.encode()), Context("sw-a.txt", NOW)))


def found(items: list[Observation | Problem]) -> dict[str | None, dict[str, set[str]]]:
    """The values of each field, by mac."""
    by_mac: dict[str | None, dict[str, set[str]]] = {}
    for item in items:
        if isinstance(item, Observation):
            by_mac.setdefault(item.mac, {}).setdefault(item.field, set()).add(item.value)
    return by_mac


@pytest.mark.parametrize("name", SHOWN)
def test_what_each_system_shows_is_read(name: str) -> None:
    by_mac = found(read(SHOWN[name].text))
    assert by_mac.keys() == {MAC}
    assert {field: by_mac[MAC].get(field) for field in SHOWN[name].expected} == {
        field: {value} for field, value in SHOWN[name].expected.items()
    }


def test_a_port_that_is_none_of_devices_is_not_added_to_the_row_above() -> None:
    items = read("""\
OS10# show lldp neighbors
Loc PortID        Rem Host Name     Rem Port Id            Rem Chassis Id
-------------------------------------------------------------------------------
ethernet1/1/4     Not Advertised    64:16:7f:12:34:56      64:16:7f:12:34:56
mgmt1/1/1         mgmt-sw           Gi 1/0/3               4c:76:25:00:00:01
""")
    assert found(items)[MAC]["lldp.chassis-id"] == {MAC}
    assert "lldp.system-name" not in found(items)[MAC]


def test_an_id_beside_a_column_of_names_is_no_name() -> None:
    items = read("""\
sg-a#sh lldp neighbors

  Port        Device ID          Port ID         System Name    Capabilities  TTL
--------- ----------------- ----------------- ----------------- ------------ -----
gi1/0/3    01 0a 01 02 07   64:16:7f:12:34:56                       B, T      166
""")
    assert found(items)[MAC]["lldp.management-address"] == {IP}
    assert "lldp.system-name" not in found(items)[MAC]


@pytest.mark.parametrize(
    "text",
    [
        "MAC Address\tIP Address\tType\tPort\tModel\n64:16:7f:12:34:56\t10.1.2.7\tphone\t5\tVVX 411\n",
        "Hello,\nthe phone at\n  Interface: Gi1/0/5\nhas the mac 6416.7f12.3456 and is of type 5.\n",
    ],
    ids=["tabs", "letter"],
)
def test_a_table_of_devices_and_a_letter_are_no_consoles(text: str) -> None:
    assert not console.FORMAT.looks_like(text.encode())


def test_an_address_table_with_commas_is_read() -> None:
    text = "Interface,MAC Address,IP Address,Type,VLAN,Port\nVlan20,6416.7f12.3456,10.1.2.7,dynamic,20,Gi1/0/5\n"
    found = [
        one for one in detect.read(io.BytesIO(text.encode()), Context("sw-a", NOW)) if not isinstance(one, Problem)
    ]
    assert [(one.ip, one.mac, one.field) for one in found] == [(IP, MAC, "arp.mac")]
