"""Forwarding tables on consoles: the mac, port and VLAN of each entry, and at which ports a device is."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.model import Observation
from scanner.reading import Context, Problem, console, detect
from tests.reading.console_tables import MACS

NOW = "2026-11-23T02:00:00Z"
Items = list[Observation | Problem]


def read(text: str, name: str = "sw-a.txt") -> Items:
    return list(detect.read(io.BytesIO(text.encode()), Context(name, NOW), "console"))


def places(items: Items) -> set[tuple[str, str, str | None]]:
    """(mac, port, VLAN) of every device that is placed by a forwarding table."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for one in items:
        if isinstance(one, Observation) and one.field.startswith("switch."):
            rows.setdefault((one.mac or "", one.source), {})[one.field] = one.value
    return {
        (mac, row["switch.port"], row.get("switch.vlan"))
        for (mac, _), row in rows.items()
        if row["switch.port-method"].startswith("fdb")
    }


@pytest.mark.parametrize("name", MACS)
def test_each_system_prints_the_same_of_an_entry(name: str) -> None:
    text, expected = MACS[name]
    assert detect.detect(text.encode()) is console.FORMAT
    assert places(read(text)) == set(expected)


@pytest.mark.parametrize("name", MACS)
def test_columns_are_found_by_their_titles_wherever_they_stand(name: str) -> None:
    text, expected = MACS[name]
    wider = re.sub(r"(?m)^(?!\S{1,40}[#>] ?\w)", "    ", text)  # but prompts
    assert places(read(wider)) == set(expected)


#: Tables of which the order of words alone shows the columns: a port and a VLAN that are both numbers need titles.
_WORDS_SHOW = [
    name for name in MACS if name not in ("EXOS", "Avaya ERS", "Junos ELS", "Cisco SG300", "VRP 5", "RouterOS 6")
]


@pytest.mark.parametrize("name", _WORDS_SHOW)
def test_a_copied_table_that_lost_its_blanks_is_read(name: str) -> None:
    text, expected = MACS[name]
    copied = re.sub(r"(?m)^ +| +$", "", re.sub(r" {2,}", " ", text))
    assert places(read(copied)) == set(expected)


def test_rows_without_a_header_are_read_where_the_command_is_shown() -> None:
    text = (
        "sw-a#show mac address-table | include 6416\n  20    6416.7f12.3456    DYNAMIC     Gi1/0/7\n"
        "sw-a#show mac-address-table | inc 80e8\n*  10 80e8.2c00.0001  dynamic  Yes   0   Gi1/5/13\nsw-a#\n"
    )
    expected = {("64:16:7f:12:34:56", "Gi1/0/7", "20"), ("80:e8:2c:00:00:01", "Gi1/5/13", "10")}
    assert places(read(text)) == expected


def entry(mac: str, port: str, vlan: int = 20) -> str:
    return f"{vlan:4}    {mac}    DYNAMIC     {port}\n"


TITLES = "Vlan    Mac Address       Type        Ports\n----    -----------       --------    -----\n"
PHONE = ("64:16:7f:12:34:56", "Gi1/0/7", "20")
NEIGHBOUR = """Device ID        Local Intrfce     Holdtme    Capability  Platform  Port ID
core-1.example   {port}          173              R S I   C9500-40X Ten 2/0/36
"""


@pytest.mark.parametrize("port", ["Gig 1/0/48", "Gig 1/0/7"])
def test_a_port_at_which_another_switch_announces_itself_places_no_device(port: str) -> None:
    text = TITLES + entry("6416.7f12.3456", "Gi1/0/7") + entry("80e8.2c00.0001", "Gi1/0/48")
    placed = places(read(f"sw-a#show mac address-table\n{text}sw-a#show cdp neighbors\n{NEIGHBOUR.format(port=port)}"))
    assert placed == ({PHONE} if port.endswith("48") else {("80:e8:2c:00:00:01", "Gi1/0/48", "20")})


def test_a_port_with_many_macs_and_an_aggregation_are_uplinks() -> None:
    crowd = "".join(entry(f"80e8.2c00.{n:04x}", "Gi1/0/47") for n in range(9))
    text = TITLES + entry("6416.7f12.3456", "Gi1/0/7") + crowd + entry("80e8.2c00.1001", "Po1")
    assert places(read(text)) == {PHONE}


def test_a_mac_behind_a_switch_is_placed_at_the_switch_that_has_it_at_an_edge_port() -> None:
    crowd = "".join(entry(f"80e8.2c00.{n:04x}", "Te1/1/1") for n in range(9)) + entry("6416.7f12.3456", "Te1/1/1")
    edge = entry("6416.7f12.3456", "Gi1/0/7")
    text = f"core#show mac address-table\n{TITLES}{crowd}sw-a#show mac address-table\n{TITLES}{edge}"
    names = {(o.mac, o.value) for o in read(text) if isinstance(o, Observation) and o.field == "switch.name"}
    assert names == {("64:16:7f:12:34:56", "sw-a")}


def test_of_two_vlans_a_phone_is_in_the_one_that_no_other_mac_of_the_port_has() -> None:
    text = (
        f"sw-a#show mac address-table vlan 10\n{TITLES}{entry('6416.7f12.3456', 'Gi1/0/7', 10)}"
        f"{entry('80e8.2c00.0001', 'Gi1/0/7', 10)}sw-a#show mac address-table vlan 20\n{TITLES}"
        f"{entry('6416.7f12.3456', 'Gi1/0/7', 20)}"
    )
    assert places(read(text)) == {PHONE, ("80:e8:2c:00:00:01", "Gi1/0/7", "10")}


STATED = {
    "its session": """\
sw-a#show authentication sessions interface gi1/0/7 details
            Interface:  GigabitEthernet1/0/7
          MAC Address:  6416.7f12.3456
               Domain:  VOICE
          Vlan Group:  Vlan: 20
""",
    "its policy": """\
sw-a#show lldp neighbors detail
Local Intf: Gi1/0/7
Chassis id: 10.1.2.7
Port id: 64167f123456:P1
System Capabilities: B,T
    Network Policy(Voice): VLAN 20, tagged, Layer-2 priority: 5, DSCP: 46
""",
    "the policy at another port": """\
sw-a#show lldp neighbors detail
Local Intf: Gi1/0/8
Chassis id: 10.1.2.8
Port id: 64167f123457:P1
System Capabilities: B,T
    Network Policy(Voice): VLAN 20, tagged, Layer-2 priority: 5, DSCP: 46
""",
    "its address": """\
sw-a#show ip arp
Protocol  Address          Age (min)  Hardware Addr   Type   Interface
Internet  10.1.2.7                0   6416.7f12.3456  ARPA   Vlan20
""",
    "its address, as Junos writes it": """\
user@sw-a> show arp no-resolve
MAC Address       Address         Interface     Flags
64:16:7f:12:34:56 10.1.2.7        vlan.20       none
""",
    "the port": """\
sw-a#show interfaces switchport
Name: Gi1/0/7
Switchport: Enabled
Administrative Mode: static access
Access Mode VLAN: 10 (OFFICE)
Trunking Native Mode VLAN: 1 (default)
Voice VLAN: 20 (VOICE)

Name: Gi1/0/8
Switchport: Enabled
Voice VLAN: 10 (OTHERS)

Name: Gi1/0/9
Switchport: Enabled
Voice VLAN: none
""",
}
STATED["the port, in full"] = STATED["the port"].replace("Gi1", "GigabitEthernet1")


@pytest.mark.parametrize("name", STATED)
def test_of_several_vlans_a_phone_is_in_the_one_that_another_table_states(name: str) -> None:
    learned = f"sw-a#show mac address-table\n{TITLES}" + "".join(
        entry("6416.7f12.3456", "Gi1/0/7", vlan) for vlan in (10, 20, 30)
    )
    assert places(read(STATED[name] + learned)) == places(read(learned + STATED[name])) == {PHONE}


def test_a_session_states_the_vlan_of_a_phone_rather_than_the_interface_of_its_address() -> None:
    session, address = STATED["its session"], STATED["its address"].replace("Vlan20", "Vlan10")
    learned = f"sw-a#show mac address-table\n{TITLES}" + "".join(
        entry("6416.7f12.3456", "Gi1/0/7", vlan) for vlan in (10, 20)
    )
    assert places(read(session + address + learned)) == places(read(address + session + learned)) == {PHONE}


def test_a_table_of_ports_alone_is_read_and_shows_no_device() -> None:
    assert read(STATED["the port"]) == []


SNOOPING = """\
MacAddress          IpAddress        Lease(sec)  Type           VLAN  Interface
------------------  ---------------  ----------  -------------  ----  --------------------
64:16:7F:12:34:56   10.1.2.7         85000       dhcp-snooping   20   GigabitEthernet1/0/7
Total number of bindings: 1
"""


def test_dhcp_snooping_has_address_and_place() -> None:
    items = read(SNOOPING)
    assert places(items) == {PHONE}
    assert [(o.ip, o.mac) for o in items if isinstance(o, Observation) and o.field == "arp.mac"] == [
        ("10.1.2.7", "64:16:7f:12:34:56")
    ]


def test_the_source_names_the_switch_the_table_and_the_port() -> None:
    items = read(f"sw-a#show mac address-table\n{TITLES}{entry('6416.7f12.3456', 'Gi1/0/7')}")
    assert {(o.source, o.time, o.ip) for o in items if isinstance(o, Observation)} == {
        ("switches sw-a fdb Gi1/0/7", NOW, None)
    }


@given(cut=st.integers(0, 2_000), name=st.sampled_from(list(MACS)))
def test_of_a_cut_table_the_rows_before_the_cut_are_read(cut: int, name: str) -> None:
    text, expected = MACS[name]
    assert {row for row in expected if _ends(text, row) <= cut} <= places(read(text[:cut]))


def _ends(text: str, row: tuple[str, str, str | None]) -> int:
    """The offset at which the line with a mac has ended."""
    digits = row[0].replace(":", "")
    at = 0
    for line in text.splitlines(keepends=True):
        at += len(line)
        if digits in re.sub(r"[^0-9a-f]", "", line.lower()):
            return at
    return at
