"""The columns that are read from a switch, and their tables. Nothing else is walked.

Sources: LLDP-MIB and LLDP-V2-MIB (IEEE 802.1AB), LLDP-EXT-MED-MIB (ANSI/TIA-1057), CISCO-CDP-MIB, MIKROTIK-MIB,
TPLINK-LLDPINFO-MIB (their agents' LLDP-MIB is often empty), CISCO-CCM-MIB (phones registered at a call manager),
BRIDGE-MIB (RFC 4188), Q-BRIDGE-MIB (RFC 4363), IP-MIB (RFC 4293), IF-MIB (RFC 2863), ENTITY-MIB (RFC 6933).
"""

from __future__ import annotations

from typing import NamedTuple


class Table(NamedTuple):
    """One table: its name, its columns (name → OID), and the column, read first, that every row has: where that is
    empty, the others are not requested."""

    name: str
    columns: dict[str, str]
    gate: str = ""


def _columns(prefix: str, root: str, **numbers: int) -> dict[str, str]:
    return {f"{prefix}.{name.replace('_', '-')}": f"{root}.{number}" for name, number in numbers.items()}


_REMOTE = "1.0.8802.1.1.2.1.4.1.1"
_REMOTE_V2 = "1.3.111.2.802.1.1.13.1.4.1.1"
_MED = "1.0.8802.1.1.2.1.5.4795.1.3"
_CDP = "1.3.6.1.4.1.9.9.23.1.2.1.1"
_MIKROTIK = "1.3.6.1.4.1.14988.1.1.11.1.1"
_TPLINK = "1.3.6.1.4.1.11863.6.35.1.2.2.1"
_CCM = "1.3.6.1.4.1.9.9.156.1"

SYSTEM = Table(
    "system",
    _columns("system", "1.3.6.1.2.1.1", description=1, object_id=2, name=5)
    | _columns("lldp-local", "1.0.8802.1.1.2.1.3", chassis_subtype=1, chassis=2, name=3),
)
INTERFACES = Table(
    "interfaces",
    _columns("if", "1.3.6.1.2.1.2.2.1", descr=2, type=3, address=6, oper=8)
    | _columns("if", "1.3.6.1.2.1.31.1.1.1", name=1, alias=18),
)
BRIDGE_PORTS = Table(
    "bridge ports",
    {
        "bridge.ifindex": "1.3.6.1.2.1.17.1.4.1.2",
        "bridge.pvid": "1.3.6.1.2.1.17.7.1.4.5.1.1",
    },
)
LLDP_LOCAL = Table("LLDP ports", _columns("local", "1.0.8802.1.1.2.1.3.7.1", subtype=2, id=3, description=4))
LLDP = Table(
    "LLDP neighbours",
    _columns(
        "lldp", _REMOTE, chassis_subtype=4, chassis=5, port_subtype=6, port=7, port_description=8, system_name=9,
        system_description=10, supported=11, enabled=12,
    )
    | {"lldp.management": "1.0.8802.1.1.2.1.4.2.1.3", "lldp.management-id": "1.0.8802.1.1.2.1.4.2.1.4"},
)  # fmt: skip
LLDP_V2 = Table(
    "LLDP-V2 neighbours",
    _columns(
        "lldp2", _REMOTE_V2, chassis=6, chassis_subtype=5, port_subtype=7, port=8, port_description=9,
        system_name=10, system_description=11, supported=12, enabled=13,
    )
    | {
        "lldp2.management": "1.3.111.2.802.1.1.13.1.4.2.1.3",
        "lldp2.management-id": "1.3.111.2.802.1.1.13.1.4.2.1.4",
    },
    gate="lldp2.chassis",
)  # fmt: skip
LLDP_MED = Table(
    "LLDP-MED",
    _columns("med", f"{_MED}.1.1", device_class=3)
    | _columns("med.policy", f"{_MED}.2.1", vlan=2, unknown=5)
    | _columns("med", f"{_MED}.3.1", hardware=1, firmware=2, software=3, serial=4, manufacturer=5, model=6, asset=7),
)
CDP = Table(
    "CDP neighbours",
    _columns(
        "cdp", _CDP, device_id=6, address_type=3, address=4, version=5, port=7, platform=8, capabilities=9,
        voice_vlan=14,
    ),
    gate="cdp.device-id",
)  # fmt: skip
MIKROTIK = Table(
    "MikroTik neighbours",
    _columns("mikrotik", _MIKROTIK, mac=3, address=2, version=4, platform=5, identity=6, interface=8),
    gate="mikrotik.interface",
)
TPLINK = Table(
    "TP-Link neighbours",
    _columns(
        "tplink", _TPLINK, chassis=4, chassis_type=3, port_type=5, port=6, port_description=8, system_name=9,
        system_description=10, supported=11, enabled=12, address=13,
    ),
    gate="tplink.chassis",
)  # fmt: skip
CCM = Table(
    "CUCM phones",
    _columns("ccm", f"{_CCM}.2.1.1", mac=2, address=6, status=7, product=18, name=20, ipv4=21, load=25)
    | _columns("ccm-product", f"{_CCM}.1.8.1", type=2, name=3),
    gate="ccm.mac",
)
FORWARDING = Table("forwarding", {"fdb.port": "1.3.6.1.2.1.17.4.3.1.2", "fdb.status": "1.3.6.1.2.1.17.4.3.1.3"})
#: What IOS keeps once for each VLAN, and gives in the VLAN's context alone: numbers of bridge ports too.
IN_CONTEXT = FORWARDING.columns | {"bridge.ifindex": BRIDGE_PORTS.columns["bridge.ifindex"]}
VLAN_FORWARDING = Table(
    "VLAN forwarding",
    {
        "qfdb.port": "1.3.6.1.2.1.17.7.1.2.2.1.2",
        "qfdb.status": "1.3.6.1.2.1.17.7.1.2.2.1.3",
        "vlan.fdb": "1.3.6.1.2.1.17.7.1.4.2.1.3",
        "vlan.untagged": "1.3.6.1.2.1.17.7.1.4.2.1.5",
    },
)
ARP = Table("ARP", {"arp.mac": "1.3.6.1.2.1.4.22.1.2", "neighbour.mac": "1.3.6.1.2.1.4.35.1.4"})
ENTITY = Table("entity", _columns("entity", "1.3.6.1.2.1.47.1.1.1.1", class_=5, name=7, serial=11, model=13))

#: In the order in which they are read: tables of phones come before tables of the ports of other macs.
TABLES: tuple[Table, ...] = (
    SYSTEM,
    INTERFACES,
    BRIDGE_PORTS,
    LLDP_LOCAL,
    LLDP,
    LLDP_MED,
    LLDP_V2,
    CDP,
    MIKROTIK,
    TPLINK,
    CCM,
    VLAN_FORWARDING,
    FORWARDING,
    ARP,
)
#: Columns of recordings that are not requested: their index is that of a column that is, and their value is not used.
_SAME_INDEX = {
    f"{root}.{number}": name
    for root, name in (
        ("1.0.8802.1.1.2.1.4.2.1", "lldp.management"),
        ("1.3.111.2.802.1.1.13.1.4.2.1", "lldp2.management"),
    )
    for number in (1, 2, 5)
}
_COLUMN_OF = _SAME_INDEX | {oid: name for table in (*TABLES, ENTITY) for name, oid in table.columns.items()}
_LENGTHS = sorted({oid.count(".") + 1 for oid in _COLUMN_OF}, reverse=True)


def column_of(oid: str) -> tuple[str, str] | None:
    """The column that `oid` lies in, and the index behind it; None for a column that is not read."""
    parts = oid.split(".")
    for length in _LENGTHS:
        name = _COLUMN_OF.get(".".join(parts[:length]))
        if name is not None and len(parts) > length:
            return name, ".".join(parts[length:])
    return None
