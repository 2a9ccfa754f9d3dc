"""What the sources of a campus contain, as the files that a person would collect: (name, content, time of writing)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from tests.campus.truth import DAY, HOUR, MOVED, NOW, UPGRADED, Campus, Desk, Source


class Seen(NamedTuple):
    """What a source shows of a desk's phone, and when (by a true clock); None where it does not."""

    source: Source
    desk: Desk
    time: int
    mac: str | None = None
    ip: str | None = None
    firmware: str | None = None
    port: str | None = None


class Written(NamedTuple):
    """A file, when it was written, and what it shows."""

    name: str
    content: str
    time: int
    seen: tuple[Seen, ...]


def written(campus: Campus) -> list[Written]:
    """Every file of a campus."""
    chance = random.Random(campus.seed)
    consoles = [_console(campus, number) for number in range(len(campus.consoles))]
    registrars = [_registrar(campus, chance, time) for time in (NOW, NOW - 26 * HOUR)]
    return [*consoles, _leases(campus, chance), *registrars, _radius(campus, chance), *_exports(campus)]


def _dotted(mac: str) -> str:
    digits = mac.replace(":", "")
    return ".".join(digits[at : at + 4] for at in (0, 4, 8))


def _moment(time: int) -> datetime:
    return datetime.fromtimestamp(time, UTC)


# -- the console of a switch: `show lldp neighbors detail` of IOS -----------------------------------------------------


def _console(campus: Campus, switch: int) -> Written:
    time = campus.consoles[switch]
    name = f"sw-{switch:02d}"
    desks = [one for one in campus.desks if one.switch == switch and Source.CONSOLE in one.known]
    seen = tuple(
        Seen(
            Source.CONSOLE, one, time, one.mac, one.address(time) if one.shows_address else None, one.firmware(time),
            one.port,
        )
        for one in desks
    )  # fmt: skip
    blocks = "".join(map(_neighbour, seen))
    text = f"{name}#show lldp neighbors detail\n{blocks}\nTotal entries displayed: {len(desks)}\n\n{name}#\n"
    return Written(f"{name}.txt", text, time, seen)


def _neighbour(seen: Seen) -> str:
    desk, product = seen.desk, seen.desk.product
    address = f"Management Addresses:\n    IP: {seen.ip}\n" if seen.ip else "Management Addresses - not advertised\n"
    firmware = seen.firmware or ""
    return f"""------------------------------------------------
Local Intf: {desk.port}
Chassis id: {seen.ip or _dotted(desk.mac)}
Port id: {desk.mac.replace(":", "").upper()}:P1
Port Description: SW PORT
System Name: {product.name or product.model}

System Description:
{product.description(firmware) or product.model}

Time remaining: 127 seconds
System Capabilities: B,T
Enabled Capabilities: B,T
{address}Auto Negotiation - supported, enabled
Physical media capabilities:
    1000baseT(FD)
    100base-TX(FD)
Media Attachment Unit type: 30
Vlan ID: - not advertised

MED Information:

    MED Codes:
          (NP) Network Policy, (LI) Location Identification
          (PS) Power Source Entity, (PD) Power Device
          (IN) Inventory

    S/W revision: {firmware}
    Serial number: {desk.serial}
    Manufacturer: {product.maker}
    Model: {product.model}
    Capabilities: NP, PD, IN
    Device type: Endpoint Class III
    Network Policy(Voice): VLAN 20, tagged, Layer-2 priority: 5, DSCP: 46
    PD device, Power source: PSE, Power Priority: High, Wattage: 6.0
    Location - not advertised

"""


# -- dhcpd.leases of ISC ----------------------------------------------------------------------------------------------


def _leases(campus: Campus, chance: random.Random) -> Written:
    blocks: list[tuple[int, str]] = []
    seen: list[Seen] = []
    for one in campus.removed:
        blocks.append((NOW - 8 * DAY, _lease(one.addresses[0], one.mac, NOW - 8 * DAY, "free", one, campus)))
    for one in campus.desks:
        if one.computer:
            time = NOW - chance.randrange(4 * HOUR)
            blocks.append((time, _lease(one.computer_address(), one.computer, time, "active", None, campus)))
        if Source.LEASES not in one.known:
            continue
        if one.addresses[0] != one.addresses[1]:
            before = MOVED - chance.randrange(10 * 60, 2 * HOUR)
            blocks.append((before, _lease(one.addresses[0], one.mac, before, "active", one, campus)))
        moved = one.addresses[0] != one.addresses[1]
        time = NOW - chance.randrange(NOW - MOVED if moved else 20 * HOUR)
        blocks.append((time, _lease(one.address(time), one.mac, time, "active", one, campus)))
        firmware = one.firmware(time) if one.product.maker == "Polycom" else None
        seen.append(Seen(Source.LEASES, one, time, one.mac, one.address(time), firmware))
    text = "authoring-byte-order little-endian;\n\n" + "".join(block for _, block in sorted(blocks))
    return Written("dhcpd.leases", text, NOW, tuple(seen))


def _lease(ip: str, mac: str, time: int, state: str, desk: Desk | None, campus: Campus) -> str:
    begin, end = (_moment(campus.clock(Source.LEASES, t)) for t in (time, time + DAY))
    if desk is None:
        more = '  set vendor-class-identifier = "MSFT 5.0";\n  client-hostname "DESKTOP-7F3K";\n'
    else:
        more = f'  set vendor-class-identifier = "{_vendor_class(desk, time)}";\n'
    return (
        f"lease {ip} {{\n  starts {begin:%w %Y/%m/%d %H:%M:%S};\n  ends {end:%w %Y/%m/%d %H:%M:%S};\n"
        f"  cltt {begin:%w %Y/%m/%d %H:%M:%S};\n  binding state {state};\n  next binding state free;\n"
        f"  hardware ethernet {mac};\n{more}}}\n"
    )


def _vendor_class(desk: Desk, time: int) -> str:
    """Option 60: Polycom's has five parts with their lengths, in octal escapes."""
    product = desk.product
    if product.maker != "Polycom":
        return {"Yealink": "yealink", "AudioCodes": "AUDC"}.get(product.maker, product.model.replace(" ", ""))
    model = f"{product.model.partition(' ')[0]}-{product.model.replace(' ', '_')}"
    parts = ("Polycom", model, "3111-48450-001,5", f"SIP/{desk.firmware(time)}/12-Mar-26 10:44", "UP/5.9.9.1/12-Mar-26")
    octets = "".join(f"\\{number:03o}\\{len(part):03o}{part}" for number, part in enumerate(parts, 1))
    return f"\\000\\0006=o{octets}\\377"


# -- `kamcmd ul.dump` of Kamailio -------------------------------------------------------------------------------------


def _registrar(campus: Campus, chance: random.Random, dumped: int) -> Written:
    """The contacts at a time, among them those that had expired then, of softphones, a trunk and a gateway."""
    seen: list[Seen] = []
    contacts: list[str] = []
    for one in campus.removed:
        time = NOW - 7 * DAY
        contacts.append(_contact(campus, one.number, one.addresses[0], _banner(one, time), time, "expired"))
    for one in campus.desks:
        if one.softphone:
            agent = chance.choice(("Z 5.2.28 rv2.8.115", "MicroSIP/3.20.5"))
            contacts.append(_contact(campus, 5000 + one.number, one.computer_address(), agent, dumped - 60, "300"))
        if Source.REGISTRAR not in one.known:
            continue
        if one.addresses[0] != one.address(dumped):
            time = MOVED - 600
            contacts.append(_contact(campus, one.number, one.addresses[0], _banner(one, time), time, "expired"))
        time = dumped - chance.randrange(30, 50 * 60)
        for line in range(chance.choice((1, 1, 2))):
            contacts.append(_contact(campus, one.number + line * 10_000, one.address(time), _banner(one, time), time))
        mac = one.mac if one.names_its_mac else None
        seen.append(Seen(Source.REGISTRAR, one, time, mac, one.address(time), one.firmware(time)))
    contacts.append(_contact(campus, 9000, "10.40.0.1", "Asterisk PBX 18.10.0", dumped - 600))
    gateway = "Audiocodes-Sip-Gateway-MEDIANT 1000/v.6.60A.036.005"
    contacts.append(_contact(campus, 9001, "10.40.0.2", gateway, dumped - 600))
    body = "".join(chance.sample(contacts, len(contacts)))
    head = "{\n\tDomains: {\n\t\tDomain: {\n\t\t\tDomain: location\n\t\t\tSize: 1024\n\t\t\tAoRs: {\n"
    foot = f"\t\t\t}}\n\t\t\tStats: {{\n\t\t\t\tRecords: {len(contacts)}\n\t\t\t}}\n\t\t}}\n\t}}\n}}\n"
    return Written(f"ul-dump-{_moment(dumped):%d}.txt", head + body + foot, dumped, tuple(seen))


def _banner(desk: Desk, time: int) -> str:
    return desk.product.banner(desk.firmware(time), desk.mac if desk.names_its_mac else "")


def _contact(campus: Campus, number: int, ip: str, agent: str, time: int, expires: str = "1800") -> str:
    clock = campus.clock(Source.REGISTRAR, time)
    rows = {
        "Address": f"sip:{number}@{ip}:5060", "Expires": expires, "Q": "-1.000000",
        "Call-ID": f"{number}_{clock}@{ip}", "CSeq": "50", "User-Agent": agent, "Received": "[not set]",
        "Path": "[not set]", "State": "CS_SYNC", "Flags": "0", "CFlags": "0", "Socket": "udp:10.1.0.2:5060",
        "Methods": "6943", "Ruid": f"uloc-{number:x}", "Instance": "[not set]", "Reg-Id": "0",
        "Last-Keepalive": str(clock), "Last-Modified": str(clock),
    }  # fmt: skip
    inner = "".join(f"\t\t\t\t\t\t\t{name}: {value}\n" for name, value in rows.items())
    return (
        f"\t\t\t\tInfo: {{\n\t\t\t\t\tAoR: {number}\n\t\t\t\t\tHashID: {number * 7919}\n\t\t\t\t\tContacts: {{\n"
        f"\t\t\t\t\t\tContact: {{\n{inner}\t\t\t\t\t\t}}\n\t\t\t\t\t}}\n\t\t\t\t}}\n"
    )


# -- detail files of FreeRADIUS ---------------------------------------------------------------------------------------


def _radius(campus: Campus, chance: random.Random) -> Written:
    records: list[tuple[int, str]] = []
    seen: list[Seen] = []
    for one in campus.desks:
        if Source.RADIUS in one.known:
            time = NOW - 2 * DAY + chance.randrange(HOUR)
            if not one.old_record:
                time = max(UPGRADED, MOVED) + chance.randrange(60, HOUR)
            records.append((time, _record(campus, one, time)))
            description = one.product.description(one.firmware(time))
            firmware = one.firmware(time) if description else None
            seen.append(Seen(Source.RADIUS, one, time, one.mac, one.address(time), firmware, one.port))
    return Written("detail", "".join(text for _, text in sorted(records)), NOW, tuple(seen))


def _record(campus: Campus, desk: Desk, time: int) -> str:
    clock = campus.clock(Source.RADIUS, time)
    product = desk.product
    tlvs = {5: product.name or product.model, 6: product.description(desk.firmware(time)) or product.model}
    pairs = "".join(
        f'\tCisco-AVPair = "lldp-tlv=\\000\\{number:03o}\\000\\{len(text):03o}{text}"\n'
        for number, text in tlvs.items()
    )
    long = desk.port.replace("Gi", "GigabitEthernet")
    return (
        f'{_moment(clock):%a %b %e %H:%M:%S %Y}\n\tUser-Name = "{desk.mac.replace(":", "")}"\n'
        f"\tNAS-IP-Address = 10.1.1.{desk.switch + 1}\n\tFramed-IP-Address = {desk.address(time)}\n"
        f'\tCalling-Station-Id = "{desk.mac.upper().replace(":", "-")}"\n\tNAS-Port-Type = Ethernet\n'
        f'\tAcct-Status-Type = Interim-Update\n\tNAS-Port-Id = "{long}"\n{pairs}\tTimestamp = {clock}\n\n'
    )


# -- the export of a manager ------------------------------------------------------------------------------------------


def _exports(campus: Campus) -> Iterator[Written]:
    """Last week's list of some phones, and today's of others; some rows have the serial number alone."""
    for number, time in enumerate(campus.exported):
        desks = [one for one in campus.desks if Source.EXPORT in one.known and one.number % 2 == number]
        seen = tuple(Seen(Source.EXPORT, one, time, one.mac, None, one.firmware(time)) for one in desks)
        rows = [
            f"Desk {one.number},{one.product.maker},{one.product.model},{one.serial},"
            f"{'' if _by_serial(one) else one.mac.replace(':', '').upper()},Healthy,{one.firmware(time)}"
            for one in desks
        ]
        head = "DisplayName,Manufacturer,Model,SerialNumber,MacAddresses,DeviceHealth,FirmwareVersion"
        yield Written(f"devices-{number}.csv", "\r\n".join([head, *rows, ""]), time, seen)


def _by_serial(desk: Desk) -> bool:
    return desk.number % 5 == 0 and Source.CONSOLE in desk.known
