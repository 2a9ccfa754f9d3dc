"""Neighbours of switches: the LLDP, LLDP-MED and CDP data of phones by maker, and complete access switches.

Strings as recorded on real switches (public recordings of LibreNMS, lldpctl outputs): Yealink sends its model as name
and its firmware as description, Polycom five fields separated by semicolons, Cisco adds CDP.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scanner.testing.switch_tables import STATION, MedInventory, SwitchNeighbour, numbered_ports, switch_rows
from scanner.testing.switches import SimulatedSwitch


def yealink_neighbour(
    model: str, firmware: str, mac: str, ip: str, serial: str = "", *, med: bool = True, voice_vlan: int = 20
) -> SwitchNeighbour:
    """A Yealink phone: `SIP-T58A`, bare firmware as description, inventory when `med`."""
    name = f"SIP-{model}" if model.startswith("T") else model
    inventory = MedInventory(
        hardware=firmware.partition(".")[0] + ".0.0.0", software=firmware, serial=serial or mac.replace(":", ""),
        manufacturer="Yealink", model=name, voice_vlan=voice_vlan,
    )  # fmt: skip
    return SwitchNeighbour(
        mac=mac, ip=ip, system_name=name, system_description=firmware, port_description="WAN PORT",
        med=inventory if med else None, voice_vlan=voice_vlan,
    )  # fmt: skip


def polycom_neighbour(
    model: str, firmware: str, mac: str, ip: str, serial: str = "", *, voice_vlan: int = 20
) -> SwitchNeighbour:
    """A Polycom phone: the five fields of its DHCP class joined by semicolons, and its inventory."""
    family, product = model.split(" ")[0], model.replace(" ", "_")
    return SwitchNeighbour(
        mac=mac, ip=ip, system_name=f"Polycom {model}", port_description="1",
        system_description=f"Polycom;{family}-{product};3111-48400-001,1;SIP/{firmware};UP/5.9.0.12000;",
        med=MedInventory(
            hardware="3111-48400-001,1", firmware="UP/5.9.0.12000", software=f"SIP/{firmware}",
            serial=serial or mac.replace(":", "").upper(), manufacturer="Polycom", model=f"{family}-{product}",
            voice_vlan=voice_vlan,
        ),
        voice_vlan=voice_vlan,
    )  # fmt: skip


def audiocodes_neighbour(
    model: str, firmware: str, mac: str, ip: str, serial: str = "", *, voice_vlan: int = 20
) -> SwitchNeighbour:
    """An AudioCodes phone with its inventory."""
    return SwitchNeighbour(
        mac=mac, ip=ip, system_name=model, system_description=f"AudioCodes {model} IP Phone", port_description="eth0",
        med=MedInventory(
            hardware="Rev0", firmware=firmware, software=firmware, serial=serial or "AC" + mac.replace(":", "")[6:],
            manufacturer="AudioCodes", model=model, voice_vlan=voice_vlan,
        ),
        voice_vlan=voice_vlan,
    )  # fmt: skip


def cisco_neighbour(
    model: str, firmware: str, mac: str, ip: str, serial: str = "FCH0000SIM0", *, voice_vlan: int = 20
) -> SwitchNeighbour:
    """A Cisco phone: SEP name, port id `MAC:P1`, LLDP-MED and CDP rows."""
    host = "SEP" + mac.replace(":", "").upper()
    return SwitchNeighbour(
        mac=mac, ip=ip, system_name=f"{host}.example.org", system_description=f"Cisco IP Phone {model}, V1, {firmware}",
        port=(7, f"{host[3:]}:P1".encode()), port_description="SW PORT",
        med=MedInventory(
            hardware="1", firmware=firmware, software=firmware, serial=serial, manufacturer="Cisco Systems, Inc.",
            model=f"CP-{model}", voice_vlan=voice_vlan,
        ),
        cdp=(host, f"Cisco IP Phone {model}", firmware), voice_vlan=voice_vlan,
    )  # fmt: skip


def computer_neighbour(mac: str, name: str = "") -> SwitchNeighbour:
    """A computer: LLDP-MED endpoint class 1 without inventory, no telephone."""
    return SwitchNeighbour(
        mac=mac, system_name=name, capabilities=bytes((STATION,)), med=MedInventory(device_class=1), management=False
    )


def access_switch(
    ip: str, number: int, ports: int = 48, *, data_vlan: int = 10, voice_vlan: int = 20
) -> tuple[SimulatedSwitch, list[SwitchNeighbour]]:
    """An access switch, and its phones. Each port has a phone with a computer behind it, except the last one: the
    uplink, with all macs of the neighbour switch. Deterministic in `number` (0 to 65535)."""
    made: list[SwitchNeighbour] = []
    built = []
    block = number * ports
    for port in numbered_ports(ports)[:-1]:
        here = block + port.bridge_port
        tail = f"{here >> 16 & 255:02x}:{here >> 8 & 255:02x}:{here & 255:02x}"
        phone = _phone(here, tail, f"10.{64 + (here >> 16 & 63)}.{here >> 8 & 255}.{here & 255}", voice_vlan)
        made.append(phone)
        seen = ((data_vlan, f"02:aa:00:{tail}"), (data_vlan, phone.mac))
        built.append(replace(port, neighbours=(phone,), seen=seen, data_vlan=data_vlan))
    uplink = numbered_ports(ports)[-1]
    distant = tuple((data_vlan, f"02:bb:00:{n >> 8 & 255:02x}:{n & 255:02x}:{number & 255:02x}") for n in range(100))
    core = SwitchNeighbour(
        mac="00:1b:54:ff:00:01", ip="10.0.0.1", system_name="core", system_description="Core switch",
        capabilities=b"\x28", port=(5, b"Te1/1/1"),
    )  # fmt: skip
    built.append(replace(uplink, neighbours=(core,), seen=distant, data_vlan=data_vlan))
    rows = switch_rows(f"access-{number:03d}", built, mac=f"00:1b:54:00:{number >> 8:02x}:{number & 255:02x}")
    return SimulatedSwitch(ip=ip, tables={"public": rows}), made


def _phone(number: int, tail: str, ip: str, voice_vlan: int) -> SwitchNeighbour:
    match number % 4:
        case 0:
            return yealink_neighbour("T58A", "58.15.0.20", f"80:5e:c0:{tail}", ip, voice_vlan=voice_vlan)
        case 1:
            return polycom_neighbour("VVX 411", "5.9.0.9373", f"64:16:7f:{tail}", ip, voice_vlan=voice_vlan)
        case 2:
            return audiocodes_neighbour("440HD", "UC440HD_3.1.3.144.18", f"00:90:8f:{tail}", ip, voice_vlan=voice_vlan)
        case _:
            return cisco_neighbour("8841", "sip88xx.12-5-1SR3-74", f"b0:7d:47:{tail}", ip, voice_vlan=voice_vlan)


def phones_of(neighbours: Sequence[SwitchNeighbour]) -> dict[str, SwitchNeighbour]:
    """Those with the telephone capability, by mac."""
    return {n.mac: n for n in neighbours if n.capabilities and n.capabilities[0] & 0x04}
