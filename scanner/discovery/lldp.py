"""LLDP and LLDP-MED: the announcement in an LLDPDU, with the MAC address of its sender.

An announcement belongs to the mac that sent it: the frame's source, whatever mac it contains, since any host can name
that of another. A switch, which has a mac for each port, is known by that of its chassis where the two are near each
other. Where there is no frame, the mac is the port id's (phones put their address into the chassis id and their mac
into the port id), else the chassis id's.
"""

from __future__ import annotations

from scanner.core.address import address as one_host
from scanner.core.text import identifying_mac
from scanner.discovery.announcement import Announcement, Capture
from scanner.discovery.declaration import Discovery, Need
from scanner.discovery.options import Options
from scanner.wire import lldp, lldp_med
from scanner.wire.ethernet import Frame, IpPacket
from scanner.wire.tlv import Identifier

_INVENTORY = (
    ("med-hardware-revision", "lldp-med.hardware-revision"),
    ("med-firmware-revision", "lldp-med.firmware-revision"),
    ("med-software-revision", "lldp-med.software-revision"),
    ("med-serial", "lldp-med.serial"),
    ("med-manufacturer", "lldp-med.manufacturer"),
    ("med-model", "lldp-med.model"),
    ("med-asset-id", "lldp-med.asset-id"),
)
_TEXTS = (
    ("port-description", "lldp.port-description"),
    ("system-name", "lldp.system-name"),
    ("system-description", "lldp.system-description"),
    *_INVENTORY,
)

#: Capabilities of a device that forwards frames of others, unless it is a telephone too.
_RELAYING = frozenset({"bridge", "router", "repeater", "wlan-access-point"})
_UNASSIGNED = frozenset({"0.0.0.0", "::", "::1", "255.255.255.255"})
_NOT_REACHABLE = ("0.", "127.", "169.254.", *(f"{n}." for n in range(224, 256)), "fe8", "fe9", "fea", "feb", "ff")


#: Most ports of a switch: their macs follow that of the chassis.
_PORTS = 1024

#: Destinations of LLDPDUs: nearest bridge, nearest non-TPMR bridge, nearest customer bridge (802.1AB 7.1).
GROUPS = ("01:80:c2:00:00:0e", "01:80:c2:00:00:03", "01:80:c2:00:00:00")


def declare(options: Options) -> Discovery:
    """LLDP as a passive discovery."""
    return Discovery(
        name="lldp",
        summary="listens to LLDP and LLDP-MED announcements",
        steps=(Capture(ethertypes=(lldp.ETHERTYPE,), groups=GROUPS, read=_read),),
        needs=(Need.RAW_SOCKET,),
    )


def _read(frame: Frame, packet: IpPacket | None) -> Announcement:
    return announcement(lldp.decode(frame.payload), frame.source)


def announcement(pdu: lldp.Lldpdu, sender: str | None = None) -> Announcement:
    """What an LLDPDU announces; `sender` is the source mac of the frame it came in."""
    values = pdu.firsts()
    chassis, port = values.get("chassis-id"), values.get("port-id")
    findings: list[tuple[str, str]] = []
    if chassis:
        findings.append(("lldp.chassis-id", lldp.identifier_text(chassis, chassis=True)))
    if port:
        findings.append(("lldp.port-id", lldp.identifier_text(port, chassis=False)))
    findings += [(field, values[name]) for name, field in _TEXTS if values.get(name)]
    capabilities = values.get("capabilities")
    words = lldp.capability_words(capabilities.enabled or capabilities.supported) if capabilities else ()
    if words:
        findings.append(("lldp.capabilities", ",".join(words)))
    addresses: list[str] = []
    if "management-address" in values:
        addresses = [text for address in pdu.all("management-address") if (text := address.text) and usable(text)]
        findings += [("lldp.management-address", address) for address in addresses]
    med = values.get("med-capabilities")
    if med and med["device_class"] in lldp_med.DEVICE_CLASSES:
        findings.append(("lldp-med.device-class", lldp_med.DEVICE_CLASSES[med["device_class"]]))
    vlan = voice_vlan(pdu) if "med-network-policy" in values else None
    if vlan is not None:
        findings.append(("lldp-med.voice-vlan", str(vlan)))
    chassis_address = lldp.identifier_address(chassis, chassis=True) if chassis else None
    if chassis_address and usable(chassis_address):
        addresses.insert(0, chassis_address)
    relays = "telephone" not in words and not _RELAYING.isdisjoint(words)
    mac = _mac(chassis, port, sender, relays)
    return Announcement(
        mac, addresses[0] if addresses else None, tuple(findings), values.get("ttl") or 0, len(pdu.faults)
    )


def voice_vlan(pdu: lldp.Lldpdu) -> int | None:
    """The VLAN of the voice application's network policy, where it is known (TIA-1057 10.2.3).

    A policy that is not tagged does not use its VLAN id, yet lldpd and others set it to the VLAN of the voice traffic.
    """
    for policy in pdu.all("med-network-policy"):
        if policy["application"] == lldp_med.VOICE and not policy["unknown"] and usable_vlan(policy["vlan"]):
            return int(policy["vlan"])
    return None


def usable_vlan(vlan: int | None) -> bool:
    """Whether a number is a VLAN: not 0 (priority tags alone) and not 4095, which is reserved (802.1Q 9.6)."""
    return vlan is not None and 0 < vlan < 4095


def usable(address: str) -> bool:
    """Whether an announced address can be a device's: phones without a lease announce 0.0.0.0, IPv6 link-local
    addresses are not valid beyond the link, and the rest of those left out are not addresses of a host."""
    return address not in _UNASSIGNED and not address.lower().startswith(_NOT_REACHABLE)


def usable_address(spelled: str) -> str | None:
    """The canonical text of an address that can be a device's; None for any other text."""
    found = one_host(spelled)
    return found if found and usable(found) else None


def _mac(chassis: Identifier | None, port: Identifier | None, sender: str | None, relays: bool) -> str | None:
    """The sender's mac; a switch has a mac for each port, and is known by its chassis."""
    known = sender if sender and identifying_mac(sender) else None
    candidates = [(port, False), (chassis, True)]
    for identifier, is_chassis in reversed(candidates) if relays else candidates:
        mac = lldp.identifier_mac(identifier, chassis=is_chassis) if identifier else None
        if mac and identifying_mac(mac) and (known is None or (relays and _of_one_switch(mac, known))):
            return mac
    return known


def _of_one_switch(mac: str, other: str) -> bool:
    """Whether two macs are of one maker and near each other, as those of the ports of a switch are."""
    one, two = (int(text.replace(":", ""), 16) for text in (mac, other))
    return one >> 24 == two >> 24 and abs(one - two) <= _PORTS
