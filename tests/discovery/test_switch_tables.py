"""The phones in the tables of switches, in the spellings that real agents use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.discovery.switches import forwarding, interpret, values
from scanner.discovery.switches.interpret import collect
from scanner.discovery.switches.values import Value
from tests.discovery.switch_rows import (
    ARP,
    BRIDGE,
    BRIDGE_PORT,
    CDP,
    FDB,
    IF_ADDRESS,
    IF_ALIAS,
    IF_DESCR,
    IF_NAME,
    IF_TYPE,
    LOCAL,
    MANAGEMENT,
    MED,
    MIKROTIK,
    NEIGHBOUR,
    PVID,
    QFDB,
    REMOTE,
    STATION,
    SWITCH,
    TELEPHONE,
    cdp,
    fdb,
    interpreted,
    lldp,
    macs,
    names,
    octets,
    of,
)  # fmt: skip

PHONE, OTHER, PC, FAR = "64:16:7f:12:34:56", "80:5e:c0:0a:0b:0c", "94:c6:91:ac:43:31", "80:80:2c:ba:5e:2f"


@pytest.mark.parametrize(
    ("spelled", "words"),
    [
        (b"\x24\x00", "bridge telephone"),
        (b"\x04", "telephone"),
        (b"24 2 5", "bridge telephone"),
        (b"24 00 2 5", "bridge telephone"),
        (b"04 5\r", "telephone"),
        (b"24 00", "bridge telephone"),
        (b'"24 00 "', "bridge telephone"),
        (b"0x2400", "bridge telephone"),
        (b"28 2 4", "bridge router"),
        (36, "bridge telephone"),
        (0x2400, "bridge telephone"),
        (b"36 38 20 31 20 32 20 34", ""),
        (b"68 1 2 4", "repeater bridge router"),
        (b"Bridge Router", "bridge router"),
        (b"42 72 69 64 67 65", ""),
        (b"{ bridge(2), telephone(5) }", "bridge telephone"),
        (b"00", ""),
        (b"", ""),
        (0, ""),
        (b"8192", ""),
    ],
)
def test_capabilities_are_read_in_every_spelling(spelled: Value, words: str) -> None:
    assert " ".join(values.capabilities(spelled)) == words


@pytest.mark.parametrize(
    ("cells", "mac", "ip"),
    [
        ({"chassis_subtype": 5, "chassis": b"\x01\x0a\x01\x02\x03", "port_subtype": 3, "port": octets(PHONE)},
         PHONE, "10.1.2.3"),
        ({"chassis_subtype": 5, "chassis": b"10.1.2.3", "port_subtype": 3, "port": PHONE.encode()}, PHONE, "10.1.2.3"),
        ({"chassis_subtype": 5, "chassis": b"10.1.2.3\0", "port_subtype": 3, "port": b"0x64167f123456\r"},
         PHONE, "10.1.2.3"),
        ({"chassis_subtype": 4, "chassis": octets(PHONE), "port_subtype": 7, "port": b"Port 1"}, PHONE, None),
        ({"chassis_subtype": 7, "chassis": b"x", "port_subtype": 7, "port": b"64167F123456:P1"}, PHONE, None),
        ({"chassis_subtype": 4, "chassis": b"64-16-7f-12-34-56", "port_subtype": 5, "port": b"LAN"}, PHONE, None),
        ({"chassis_subtype": 5, "chassis": b"\x01\0\0\0\0", "port_subtype": 3, "port": octets(PHONE)}, PHONE, None),
        ({"chassis_subtype": 5, "chassis": b"\x02" + bytes.fromhex("20010db8") + bytes(11) + b"\x07",
          "port_subtype": 3, "port": octets(PHONE)}, PHONE, "2001:db8::7"),
    ],
    ids=["octets", "text", "text with a NUL and 0x", "name of six letters", "socket behind the mac", "dashes",
         "no lease", "IPv6"],
)  # fmt: skip
def test_mac_and_address_are_found_wherever_a_phone_puts_them(
    cells: dict[str, Value], mac: str, ip: str | None
) -> None:
    found = interpreted(lldp("0.1.1", supported=TELEPHONE, enabled=TELEPHONE, **cells))
    assert macs(found) == {mac}
    assert of(found, mac).get("ip") == ip


@pytest.mark.parametrize("name", ["SEP64167F123456.example.org", "GXP1625_64:16:7f:12:34:56", "Polycom-64167f123456"])
def test_the_mac_in_a_name_is_used_where_the_row_has_no_other(name: str) -> None:
    assert macs(interpreted(lldp("0.1.1", name=name.encode(), supported=TELEPHONE))) == {PHONE}


@pytest.mark.parametrize("name", ["switch-123456789012", "building-4", "", "sw_01020304050"])
def test_a_number_in_a_name_is_no_mac(name: str) -> None:
    harvest = interpreted(lldp("0.1.1", name=name.encode(), description=b"a switch", supported=BRIDGE))
    assert (harvest.sightings, harvest.unresolved) == ((), 1)


def test_a_row_with_nothing_but_a_telephone_capability_is_counted_and_no_device() -> None:
    harvest = interpreted(lldp("120.3.0", supported=TELEPHONE))
    assert (harvest.sightings, harvest.unresolved) == ((), 1)
    assert "1 neighbour without a mac or an address" in harvest.gaps


def test_bad_octets_in_one_row_cost_no_other() -> None:
    found = interpreted(
        lldp("0.1.1", PHONE, name=b"\xff\xfe\0\0", description=b"Polycom;VVX\0\0\0", supported=TELEPHONE),
        lldp("0.2.1", OTHER, name=b"SIP-T58A\r", description=b"58.15.0.20\0", supported=TELEPHONE),
    )
    assert of(found, PHONE)["lldp.system-description"] == "Polycom;VVX"
    assert of(found, OTHER)["lldp.system-name"] == "SIP-T58A"
    assert of(found, OTHER)["lldp.system-description"] == "58.15.0.20"


def test_a_nameless_row_does_not_inherit_the_name_of_the_row_before() -> None:
    found = interpreted(lldp("0.1.1", PHONE, name=b"Polycom VVX 411"), lldp("0.2.1", PC))
    assert "lldp.system-name" not in of(found, PC)


@pytest.mark.parametrize(
    ("parts", "port", "method"),
    [
        ([(f"{LOCAL}.3.7", b"Gi1/0/7"), (f"{IF_NAME}.10107", b"Gi1/0/7")], "Gi1/0/7", "lldpLocPortId"),
        ([(f"{LOCAL}.3.7", b"10107"), (f"{IF_NAME}.10107", b"Gi1/0/7")], "Gi1/0/7", "lldpLocPortId as ifIndex"),
        (
            [(f"{LOCAL}.2.7", 3), (f"{LOCAL}.3.7", octets(FAR)), (f"{IF_ADDRESS}.3", octets(FAR)),
             *names("", "", "p3")],
            "p3", "lldpLocPortId as mac",
        ),
        ([(f"{LOCAL}.3.7", b"7"), (f"{LOCAL}.4.7", b"ether7"), (f"{IF_DESCR}.3", b"ether7")], "ether7",
         "lldpLocPortDesc"),
        ([(f"{BRIDGE_PORT}.7", 3), *names("a", "b", "lan3")], "lan3", "dot1dBasePort"),
        ([(f"{IF_NAME}.7", b"ge-0/0/7")], "ge-0/0/7", "ifIndex"),
        ([(f"{LOCAL}.3.7", b"port22"), (f"{IF_DESCR}.7", b"** a desk **")], "port22", "lldpLocPortId"),
        ([(f"{LOCAL}.3.7", b"uplink"), (f"{IF_ALIAS}.9", b"uplink"), (f"{IF_NAME}.9", b"Te1/1")], "Te1/1",
         "lldpLocPortId"),
        ([], "port 7", "number"),
    ],
)  # fmt: skip
def test_the_local_port_is_resolved_and_the_method_is_recorded(
    parts: list[tuple[str, Value]], port: str, method: str
) -> None:
    found = of(interpreted(parts, lldp("0.7.1", PHONE, supported=TELEPHONE)), PHONE)
    assert (found["switch.port"], found["switch.port-method"]) == (port, f"lldp, {method}")


def med(index: str, **cells: Value) -> list[tuple[str, Value]]:
    columns = {"software": 3, "serial": 4, "manufacturer": 5, "model": 6}
    return [(f"{MED}.3.1.{columns[name]}.{index}", value) for name, value in cells.items()]


@pytest.mark.parametrize("index", ["0.7.2", "9.7.2", "0.7.5"], ids=["same", "other time mark", "other remote index"])
def test_an_inventory_is_the_telephones_on_its_port_and_never_the_computers(index: str) -> None:
    found = interpreted(
        lldp("0.7.1", PC, name=b"desktop", supported=STATION),
        lldp("0.7.2", PHONE, "10.1.2.3", supported=TELEPHONE),
        med(index, model=b"VVX 411", manufacturer=b"Polycom", software=b"5.9.0.9373", serial=b"64167F123456"),
        [(f"{MED}.2.1.2.{index}.1", 120), (f"{MED}.2.1.2.{index}.2", 130)],
    )
    assert of(found, PHONE)["lldp-med.model"] == "VVX 411"
    assert of(found, PHONE)["lldp-med.serial"] == "64167F123456"
    assert of(found, PHONE)["switch.vlan"] == of(found, PHONE)["lldp-med.voice-vlan"] == "120"
    assert not [field for field in of(found, PC) if field.startswith("lldp-med")]


def test_an_inventory_of_no_known_neighbour_on_a_port_with_two_telephones_is_nobodys() -> None:
    found = interpreted(
        lldp("0.7.1", PHONE, supported=TELEPHONE),
        lldp("0.7.2", OTHER, supported=TELEPHONE),
        med("0.7.9", model=b"VVX 411"),
    )
    assert not [s for s in found.sightings if s.field == "lldp-med.model"]


@pytest.mark.parametrize(
    "index",
    ["0.7.1.1.4.10.1.2.3", "0.7.1.1.10.1.2.3", "9.7.5.1.4.10.1.2.3"],
    ids=["with its length", "without", "another index"],
)
def test_the_management_address_is_in_the_index(index: str) -> None:
    found = interpreted(lldp("0.7.1", PHONE, supported=TELEPHONE), [(f"{MANAGEMENT}.{index}", 2)])
    assert of(found, PHONE)["ip"] == "10.1.2.3"


def test_an_address_that_every_row_has_is_nobodys_and_the_chassis_is_right() -> None:
    found = interpreted(
        lldp("0.1.1", PHONE, "10.56.32.113", supported=TELEPHONE),
        lldp("0.2.1", FAR, supported=BRIDGE, chassis_subtype=4, chassis=octets(FAR)),
        [(f"{MANAGEMENT}.0.{port}.1.1.4.10.1.1.1", 2) for port in (1, 2)],
    )
    assert of(found, PHONE)["ip"] == "10.56.32.113"
    assert "ip" not in of(found, FAR)
    assert "10.1.1.1" not in {sighting.value for sighting in found.sightings}


def test_a_switch_is_known_by_its_chassis_and_a_phone_by_its_port() -> None:
    both = {"chassis_subtype": 4, "chassis": octets(FAR), "port_subtype": 3, "port": octets(OTHER)}
    assert macs(interpreted(lldp("0.1.1", supported=BRIDGE, **both))) == {FAR}
    assert macs(interpreted(lldp("0.1.1", supported=TELEPHONE, **both))) == {OTHER}


def test_lldp_v2_rows_have_an_interface_in_their_index() -> None:
    root = "1.3.111.2.802.1.1.13.1.4.1.1"
    rows = [
        (f"{root}.5.0.10107.1.4", 4), (f"{root}.6.0.10107.1.4", octets(PHONE)),
        (f"{root}.10.0.10107.1.4", b"Polycom VVX 411"), (f"{root}.12.0.10107.1.4", b"\x24"),
        ("1.3.111.2.802.1.1.13.1.4.2.1.3.0.10107.1.4.1.4.10.1.2.3", 2),
        (f"{IF_NAME}.10107", b"Gi1/0/7"),
    ]  # fmt: skip
    found = of(interpreted(rows), PHONE)
    assert found["lldp.system-name"] == "Polycom VVX 411"
    assert (found["switch.port"], found["ip"]) == ("Gi1/0/7", "10.1.2.3")


PHONE_OF_CDP = "00:17:95:b0:f3:81"


@pytest.mark.parametrize(
    "bitmap", [b"\x00\x00\x04\x90", b"00 00 04 90", b"0x00000490", 0x490], ids=["octets", "printed", "0x", "number"]
)
def test_a_cdp_row_names_phone_address_port_and_voice_vlan(bitmap: Value) -> None:
    found = of(
        interpreted(
            cdp(
                "3.7", device=b"SEP001795B0F381.example.org", platform=b"Cisco IP Phone 7941", vlan=120,
                version=b"SCCP41.9-2-1S", address_type=1, address=b"\x0a\x01\x02\x03", capabilities=bitmap,
            ),
            names("a", "b", "Gi0/3"),
        ),
        PHONE_OF_CDP,
    )  # fmt: skip
    assert found["cdp.capabilities"] == "host,phone,two-port-mac-relay"
    assert (found["ip"], found["switch.port"], found["switch.vlan"]) == ("10.1.2.3", "Gi0/3", "120")
    assert found["cdp.platform"] == "Cisco IP Phone 7941"


@pytest.mark.parametrize("device", [octets(PHONE), b"64167F123456", b"6416.7f12.3456", b"Polycom_64167f123456"])
def test_the_mac_in_a_cdp_device_id_is_the_phones(device: bytes) -> None:
    assert macs(interpreted(cdp("3.7", device=device, platform=b"Polycom VVX 411"))) == {PHONE}


@pytest.mark.parametrize("vlan", [0, 4095, 4096, 65535])
def test_a_voice_vlan_out_of_range_is_not_reported(vlan: int) -> None:
    found = of(interpreted(cdp("3.7", device=b"SEP001795B0F381", vlan=vlan)), PHONE_OF_CDP)
    assert "switch.vlan" not in found


def test_routeros_rows_have_one_number_and_the_port_in_their_own_table() -> None:
    found = interpreted(
        lldp("85", PHONE_OF_CDP, name=b"SEP001795B0F381", description=b"Cisco IP Phone 7941G,V, SCCP41.9-2-1S",
             supported=36, enabled=36),
        [(f"{MIKROTIK}.8.85", 14), (f"{IF_NAME}.14", b"sfp-sfpplus14")],
        [(f"{MIKROTIK}.3.86", octets(PHONE)), (f"{MIKROTIK}.6.86", b"SIP-T41S"), (f"{MIKROTIK}.8.86", 14)],
    )  # fmt: skip
    assert of(found, PHONE_OF_CDP)["switch.port"] == "sfp-sfpplus14"
    assert of(found, PHONE)["lldp.system-name"] == "SIP-T41S"
    assert of(found, PHONE)["switch.port"] == "sfp-sfpplus14"


def test_tplink_rows_spell_subtypes_in_words() -> None:
    root = "1.3.6.1.4.1.11863.6.35.1.2.2.1"
    rows = [
        (f"{root}.3.49153.1", b"Network address"), (f"{root}.4.49153.1", b"10.1.2.3"),
        (f"{root}.5.49153.1", b"MAC address"), (f"{root}.6.49153.1", b"64:16:7f:12:34:56"),
        (f"{root}.9.49153.1", b"Polycom VVX 411"), (f"{root}.11.49153.1", b"Bridge, Telephone"),
        (f"{IF_NAME}.49153", b"gigabitEthernet 1/0/1"),
    ]  # fmt: skip
    found = of(interpreted(rows), PHONE)
    assert (found["ip"], found["lldp.capabilities"]) == ("10.1.2.3", "bridge,telephone")
    assert found["switch.port"] == "gigabitEthernet 1/0/1"


def test_a_mac_is_placed_on_the_edge_port_and_on_no_uplink() -> None:
    many = [fdb(f"02:00:00:00:00:{n:02x}", 3) for n in range(9)]
    found = interpreted(
        names("edge", "to-core", "to-hall", "lag1"), (f"{IF_TYPE}.4", 161), *many,
        lldp("0.2.1", supported=BRIDGE, chassis_subtype=4, chassis=octets(FAR)),
        fdb(PHONE, 1, 120), fdb(PHONE, 1, 10), fdb(PC, 1, 10), fdb(OTHER, 2, 120), fdb(OTHER, 3), fdb(OTHER, 4, 120),
        (f"{PVID}.1", 10),
    )  # fmt: skip
    assert (of(found, PHONE)["switch.port"], of(found, PHONE)["switch.vlan"]) == ("edge", "120")
    assert (of(found, PC)["switch.port"], of(found, PC)["switch.vlan"]) == ("edge", "10")
    assert OTHER not in macs(found)


def test_a_phone_with_a_switch_in_it_leaves_its_port_an_edge_port() -> None:
    found = interpreted(
        names("p1"), lldp("0.1.1", PHONE, supported=TELEPHONE), lldp("0.1.2", OTHER, supported=TELEPHONE),
        fdb(PHONE, 1), fdb(OTHER, 1), fdb(PC, 1),
    )  # fmt: skip
    assert {mac: of(found, str(mac))["switch.port"] for mac in macs(found)} == dict.fromkeys((PHONE, OTHER, PC), "p1")


def test_the_switchs_own_macs_and_nobodys_are_not_placed() -> None:
    own = octets(FAR)
    status = f"1.3.6.1.2.1.17.4.3.1.3.{'.'.join(str(octet) for octet in own)}"
    found = interpreted(names("p1"), fdb(FAR, 1), (status, 4), fdb("01:00:5e:00:00:01", 1), fdb("00:00:00:00:00:00", 1))
    assert found.sightings == ()


def test_community_contexts_number_bridge_ports_each_for_itself() -> None:
    index = ".".join(str(octet) for octet in octets(PHONE))
    found = of(
        interpreted(
            names("Fa0/1", "Fa0/2"), [(f"{BRIDGE_PORT}.120@5", 2), (f"{BRIDGE_PORT}.5", 1), (f"{FDB}.120@{index}", 5)]
        ),
        PHONE,
    )
    assert (found["switch.port"], found["switch.vlan"]) == ("Fa0/2", "120")


@pytest.mark.parametrize(
    "row",
    [
        (f"{ARP}.7.10.1.2.3", octets(PHONE)),
        (f"{NEIGHBOUR}.7.1.4.10.1.2.3", octets(PHONE)),
        (f"{ARP}.7.10.1.2.3", b"64:16:7f:12:34:56"),
    ],
)
def test_the_arp_table_of_a_router_maps_an_address_to_a_mac(row: tuple[str, Value]) -> None:
    found = interpreted([row])
    assert [(s.ip, s.mac, s.field, s.value) for s in found.sightings] == [("10.1.2.3", PHONE, "arp.mac", PHONE)]


def test_an_ipv6_neighbour_is_reported_and_a_virtual_router_is_not() -> None:
    address = ".".join(str(octet) for octet in bytes.fromhex("20010db8") + bytes(11) + b"\x07")
    found = interpreted(
        [(f"{NEIGHBOUR}.7.2.16.{address}", octets(PHONE)), (f"{ARP}.7.10.1.2.1", octets("00:00:5e:00:01:07"))]
    )
    assert {(s.ip, s.mac) for s in found.sightings} == {("2001:db8::7", PHONE)}


def test_missing_tables_of_a_switch_are_reported() -> None:
    assert interpreted([]).gaps == (
        "it has no LLDP or CDP neighbours",
        "it shows no forwarding table: phones that announce nothing are not placed",
    )
    found = interpreted(lldp("0.7.1", PHONE, supported=TELEPHONE), partial=("LLDP neighbours",))
    assert "the table of LLDP neighbours was not read to its end" in found.gaps
    assert "1 neighbour on ports that only a number names" in found.gaps


@pytest.mark.parametrize("column", [f"{REMOTE}.4.0", f"{CDP}.6", f"{MED}.1.1.3.0", f"{MIKROTIK}.8"])
def test_rows_of_more_neighbours_than_a_switch_has_are_counted(column: str) -> None:
    """Each may be a record, and those of 400,000 took more than 400 MB; the other tables are kept."""
    columns, lost = collect([*((f"{column}.7.{number}", 4) for number in range(100_003)), fdb(PHONE, 7)])
    assert (lost, [len(cells) for cells in columns.values()]) == (3, [100_000, 1])


def test_rows_that_are_lost_are_reported() -> None:
    found = interpreted([(f"{CDP}.4.7.{number}", 1) for number in range(100_003)], fdb(PHONE, 7))
    assert (found.lost, macs(found)) == (3, {PHONE})
    assert "3 rows beyond what is kept of a switch" in found.gaps


def test_every_row_of_a_chassis_with_many_macs_is_kept() -> None:
    indexes = [f"{vlan}.100.22.127.0.{n >> 8}.{n & 255}" for vlan in range(20) for n in range(10_000)]
    columns, lost = collect((f"{QFDB.removesuffix('.2')}.{column}.{one}", 3) for column in (2, 3) for one in indexes)
    assert (lost, sum(map(len, columns.values()))) == (0, 400_000)


_COLUMNS = [
    *(f"{REMOTE}.{n}" for n in range(4, 13)),
    *(f"{CDP}.{n}" for n in (4, 6, 8, 9)),
    *(f"{MIKROTIK}.{n}" for n in (2, 3, 8)),
    *(f"{MED}.3.1.6", f"{MED}.2.1.2", MANAGEMENT, FDB, QFDB, ARP, NEIGHBOUR, IF_NAME, BRIDGE_PORT, PVID),
]
_OIDS = st.builds(
    lambda column, index: f"{column}.{'.'.join(map(str, index))}",
    st.sampled_from(_COLUMNS),
    st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 9), max_size=12),
)
_VALUES = st.binary(max_size=40) | st.integers(-1, 2**64) | st.text(max_size=20)


@given(st.lists(st.tuples(_OIDS, _VALUES), max_size=30))
def test_any_rows_end_in_a_harvest(rows: list[tuple[str, Value]]) -> None:
    found = interpret(rows, address=SWITCH)
    assert all(sighting.mac or sighting.ip for sighting in found.sightings)


VLAN_FDB, UNTAGGED = "1.3.6.1.2.1.17.7.1.4.2.1.3", "1.3.6.1.2.1.17.7.1.4.2.1.5"


def _announced(*parts: object) -> dict[str, str]:
    """What is found of a phone on port 1 that sends LLDP without LLDP-MED."""
    return of(interpreted(names("edge", "other"), lldp("0.1.1", PHONE, supported=TELEPHONE), *parts), PHONE)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rows", "vlan"),
    [
        ([fdb(PHONE, 1, 120)], "120"),
        ([fdb(PHONE, 1, 3), (f"{VLAN_FDB}.0.120", 3)], "120"),
        ([fdb(PHONE, 1, 3), (f"{VLAN_FDB}.0.120", b"3")], "120"),
        ([fdb(PHONE, 1, 3), (f"{VLAN_FDB}.900.120", 3), (f"{VLAN_FDB}.900.3", 9)], "120"),
        ([fdb(PHONE, 1, 120), (f"{VLAN_FDB}.0.10", 0), (f"{VLAN_FDB}.0.120", 0)], "120"),
        ([fdb(PHONE, 1, 1), (f"{VLAN_FDB}.0.10", 1), (f"{VLAN_FDB}.0.120", 1)], None),
        ([fdb(PHONE, 1, 7), (f"{VLAN_FDB}.0.10", 1), (f"{VLAN_FDB}.0.120", 2)], None),
        ([fdb(PHONE, 1, 5000)], None),
        ([fdb(PHONE, 1, 120), fdb(PHONE, 1, 10), (f"{PVID}.1", 10)], "120"),
        ([fdb(PHONE, 1, 120), fdb(PHONE, 1, 10), (f"{PVID}.1", 120)], "10"),
        ([fdb(PHONE, 1, 10), fdb(PHONE, 1, 120), (f"{UNTAGGED}.0.10", b"\x80")], "120"),
        ([fdb(PHONE, 1, 10), fdb(PHONE, 1, 120), (f"{UNTAGGED}.0.10", b"\x40"), (f"{UNTAGGED}.0.120", b"\x80")], "10"),
        ([fdb(PHONE, 1, 10), fdb(PHONE, 1, 120), fdb(PC, 1, 10)], "120"),
        ([fdb(PHONE, 1, 120), fdb(PHONE, 1, 10), fdb(PC, 1, 120)], "10"),
        ([fdb(PHONE, 1, 1), fdb(PHONE, 1, 2), (f"{VLAN_FDB}.0.10", 1), (f"{VLAN_FDB}.0.120", 2), (f"{PVID}.1", 10)],
         "120"),
        ([fdb(PHONE, 2, 120)], "120"),
        ([fdb(PHONE, 1, 120), *(fdb(f"02:00:00:00:00:{n:02x}", 1, 10) for n in range(20))], "120"),
        ([fdb(PHONE, 1)], None),
        ([fdb(PC, 1, 120)], None),
    ],
    ids=["the index is the VLAN", "through the table", "digits as octets", "another VLAN has the number of the index",
         "a table without identifiers", "a table that VLANs share", "an index that is in no row", "no VLAN id",
         "the one that is not the PVID", "the PVID is the voice VLAN", "the one that is tagged", "tagged by the table",
         "the one that the PC is not in", "the same, numbers exchanged", "table and PVID", "on another port",
         "on a port of many macs", "without VLANs", "of another mac"],
)  # fmt: skip
def test_the_forwarding_table_shows_the_vlan_of_a_phone_without_policy(
    rows: list[tuple[str, Value]], vlan: str | None
) -> None:
    assert _announced(rows).get("switch.vlan") == vlan


def test_the_policy_of_a_phone_precedes_the_forwarding_table() -> None:
    policy = [(f"{MED}.2.1.2.0.1.1.1", 130)]
    found = interpreted(names("edge"), lldp("0.1.1", PHONE, supported=TELEPHONE), policy, fdb(PHONE, 1, 10))
    assert [s.value for s in found.sightings if s.field == "switch.vlan" and s.row.startswith("lldp")] == ["130"]


def test_of_two_vlans_a_phone_is_in_the_one_of_a_policy_its_own_or_that_of_another_port() -> None:
    policy = [(f"{MED}.2.1.2.0.1.1.1", 130)]
    found = interpreted(
        names("edge", "other"), lldp("0.1.1", PHONE, supported=TELEPHONE), policy,
        fdb(PHONE, 1, 10), fdb(PHONE, 1, 130), fdb(OTHER, 2, 10), fdb(OTHER, 2, 130), fdb(PC, 2, 10),
    )  # fmt: skip
    placed = {(s.mac, s.value) for s in found.sightings if s.field == "switch.vlan" and s.row == "fdb"}
    assert placed == {(PHONE, "130"), (OTHER, "130"), (PC, "10")}


@pytest.mark.parametrize("column", range(1, 6))
def test_every_column_of_the_management_addresses_shows_them(column: int) -> None:
    table = MANAGEMENT.rpartition(".")[0]
    found = interpreted(lldp("0.7.1", PHONE, supported=TELEPHONE), [(f"{table}.{column}.0.7.1.1.4.10.1.2.3", 2)])
    assert of(found, PHONE)["ip"] == "10.1.2.3"


def test_an_inventory_without_its_neighbours_is_that_of_the_management_address() -> None:
    found = interpreted(
        names("p1"), [(f"{MED}.3.1.6.0.1.5", b"VVX 411"), (f"{MANAGEMENT}.0.1.5.1.4.10.1.2.3", 2)]
    )  # fmt: skip
    assert {(s.ip, s.mac, s.field, s.value) for s in found.sightings} >= {
        ("10.1.2.3", None, "lldp-med.model", "VVX 411"),
        ("10.1.2.3", None, "switch.port", "p1"),
    }


def test_an_inventory_without_neighbour_and_address_is_counted() -> None:
    found = interpreted([(f"{MED}.3.1.6.0.1.5", b"VVX 411"), (f"{MED}.1.1.3.0.1.5", 3)])
    assert (found.sightings, found.unresolved) == ((), 1)


@pytest.mark.parametrize("junk", [b"\0", b"\0\0\0\0", b"\0\n000 000", b"\0Polycom"])
def test_text_ends_at_its_first_nul(junk: bytes) -> None:
    found = interpreted(
        lldp("0.1.1", PHONE, name=b"SIP-T58A" + junk, description=b"58.15.0.20" + junk, supported=TELEPHONE)
    )
    assert of(found, PHONE)["lldp.system-name"] == "SIP-T58A"
    assert of(found, PHONE)["lldp.system-description"] == "58.15.0.20"


def test_no_more_stated_vlans_are_kept_than_the_limit_and_the_last_of_each_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forwarding, "STATED", 1)
    voice = forwarding.VoiceVlans()
    for mac, vlan in (("64:16:7f:12:34:56", "20"), ("80:e8:2c:00:00:01", "30"), ("64:16:7f:12:34:56", "40")):
        voice.state(vlan, mac)
    assert voice.of_mac == {"64:16:7f:12:34:56": "40"}
