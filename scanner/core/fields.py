"""The table of observation fields: name, meaning, and the properties that identification depends on.

Tables, reports, `identify`, the rules of identity and the reference derive from it. A new discovery adds a group and
its rows here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class FieldOrigin(StrEnum):
    """Where the values of a field come from."""

    DEVICE = "device"  # the device's own response or message; it belongs to the address, and to a MAC that it contains
    FRAME = "frame"  # the device's own announcement; it belongs to the MAC address that sent the frame
    TABLE = "table"  # another device's table: the MAC address exists, which does not show what it is


class Role(StrEnum):
    """What the values of a field are, where the rules of identity use them for more than a match."""

    TEXT = "text"
    SERIAL = "serial"
    ADDRESS = "address"  # an IP address of the device
    PRODUCT = "product"  # product and version (RFC 9110 10.1.5), and perhaps the device's own MAC address
    PLACE = "place"  # switch, port, VLAN
    VOICE_VLAN = "voice VLAN"
    DISTINGUISHED_NAME = "distinguished name"  # RFC 4514
    OBJECT_ID = "object identifier"
    TITLE = "title"  # of a page or service: it may be about another device
    SERVICE = "service"  # a product with what kind of service it is, in nmap's words
    HOST_NAME = "host name"  # with or without its domain


class Rules(StrEnum):
    """Which rules of identity apply to the values of a field: makers write one text in many fields, and rules once."""

    OWN = "own"  # a syntax of its own: the rules for this field alone
    BORROWED = "borrowed"  # where no rule for this field matches, the rules for product text do
    SHARED = "shared"  # product text: its rules apply to every field of product text and to those that borrow


class FieldGroup(NamedTuple):
    """The fields whose names begin with `name` and a dot: which discovery reports them, their origin, their directness.

    `directness` (0..1) is how far a value can be trusted to be the device's: 1 for its own responses, less where a
    switch or a server repeats them. `management`: the operating system of the host describes itself.
    """

    name: str
    discovery: str
    origin: FieldOrigin
    directness: float
    management: bool = False


class Field(NamedTuple):
    """One observation field.

    `several` is whether a device has several values at the same time; of other fields the newest value holds. `phone`
    is the text, lower case, by which a value marks a phone: "" for any value, None where values mark nothing.
    `host_name` ranks the fields that name the host: 1 is the most deliberate, 0 names none. `rules` states whether
    the rules for product text apply to its values.
    """

    name: str
    meaning: str
    source: str
    group: FieldGroup
    several: bool = False
    role: Role = Role.TEXT
    phone: str | None = None
    host_name: int = 0
    rules: Rules = Rules.OWN


GROUPS: tuple[FieldGroup, ...] = (
    FieldGroup("sip", "sip", FieldOrigin.DEVICE, 1.0),
    FieldGroup("sip-pnp", "sip-pnp", FieldOrigin.FRAME, 0.96),
    FieldGroup("http", "http", FieldOrigin.DEVICE, 0.98),
    FieldGroup("https", "http", FieldOrigin.DEVICE, 0.95),
    FieldGroup("snmp", "snmp", FieldOrigin.DEVICE, 1.0, management=True),
    FieldGroup("lldp", "lldp", FieldOrigin.FRAME, 0.95, management=True),
    FieldGroup("lldp-med", "lldp", FieldOrigin.FRAME, 0.96),
    FieldGroup("cdp", "cdp", FieldOrigin.FRAME, 0.95, management=True),
    FieldGroup("mdns", "mdns", FieldOrigin.DEVICE, 0.9),
    FieldGroup("ssdp", "ssdp", FieldOrigin.DEVICE, 0.9),
    FieldGroup("dhcp", "dhcp", FieldOrigin.DEVICE, 0.85),
    FieldGroup("provisioning", "provisioning", FieldOrigin.DEVICE, 0.95),
    FieldGroup("nmap", "nmap", FieldOrigin.DEVICE, 0.9),
    FieldGroup("arp", "arp", FieldOrigin.TABLE, 0.5),
    FieldGroup("switch", "switches", FieldOrigin.TABLE, 0.8),
    FieldGroup("session", "switches", FieldOrigin.FRAME, 0.7),
)
_GROUPS = {group.name: group for group in GROUPS}
#: The group of a field that no group contains.
_OTHER = FieldGroup("", "", FieldOrigin.DEVICE, 0.8)


def _field(
    name: str,
    meaning: str,
    source: str,
    several: bool = False,
    role: Role = Role.TEXT,
    phone: str | None = None,
    host_name: int = 0,
    rules: Rules = Rules.OWN,
) -> Field:
    return Field(name, meaning, source, _GROUPS[name.partition(".")[0]], several, role, phone, host_name, rules)


_TABLE: tuple[Field, ...] = (
    _field(
        "sip.user-agent",
        "User-Agent of a SIP message",
        "RFC 3261 20.41",
        role=Role.PRODUCT,
        phone="",
        rules=Rules.SHARED,
    ),
    _field(
        "sip.server",
        "Server of a SIP response",
        "RFC 3261 20.35",
        role=Role.PRODUCT,
        phone="",
        rules=Rules.SHARED,
    ),
    _field("sip.allow", "methods that a SIP response allows", "RFC 3261 20.5", phone=""),
    _field("sip.status", "status code and reason of a SIP response", "RFC 3261 7.2"),
    _field("sip.contact", "Contact of a SIP message", "RFC 3261 20.10", several=True, phone=""),
    _field(
        "sip-pnp.profile-type", "type of the profile that a phone requests by multicast", "RFC 6080 5.1.1", phone=""
    ),
    _field("sip-pnp.vendor", "vendor in that request", "RFC 6080 5.1.1"),
    _field("sip-pnp.model", "model in that request", "RFC 6080 5.1.1", rules=Rules.BORROWED),
    _field("sip-pnp.version", "firmware version in that request", "RFC 6080 5.1.1"),
    _field("http.status", "status code of an HTTP response", "RFC 9110 15"),
    _field("http.server", "Server of an HTTP response", "RFC 9110 10.2.4", several=True, rules=Rules.SHARED),
    _field("http.realm", "realm of WWW-Authenticate", "RFC 9110 11.5", several=True, rules=Rules.SHARED),
    _field("http.title", "title of an HTML page", "HTML 4.2.2", several=True, rules=Rules.BORROWED, role=Role.TITLE),
    _field("http.body", "start of a page's body, bounded", "RFC 9110 6.4", several=True),
    _field("http.path", "path that a page was redirected to or read from", "RFC 9110 10.2.2", several=True),
    _field("http.favicon", "hash of the icon: md5:HEX", "MD5 of the body", several=True),
    _field("http.cookie", "names of the cookies a page sets", "RFC 6265 4.1", several=True),
    _field(
        "https.cert-subject",
        "subject of the TLS certificate",
        "RFC 5280 4.1.2.6",
        several=True,
        role=Role.DISTINGUISHED_NAME,
    ),
    _field(
        "https.cert-issuer",
        "issuer of the TLS certificate",
        "RFC 5280 4.1.2.4",
        several=True,
        role=Role.DISTINGUISHED_NAME,
    ),
    _field("https.cert-san", "subject alternative names of the certificate", "RFC 5280 4.2.1.6", several=True),
    _field("snmp.sysdescr", "sysDescr.0", "RFC 3418", rules=Rules.SHARED),
    _field("snmp.sysobjectid", "sysObjectID.0", "RFC 3418", role=Role.OBJECT_ID),
    _field("snmp.sysname", "sysName.0", "RFC 3418", role=Role.HOST_NAME, host_name=2),
    _field("snmp.syslocation", "sysLocation.0", "RFC 3418"),
    _field("snmp.entity-model", "entPhysicalModelName of the chassis", "RFC 6933", rules=Rules.BORROWED),
    _field("snmp.entity-firmware", "entPhysicalFirmwareRev or SoftwareRev of the chassis", "RFC 6933"),
    _field("snmp.entity-serial", "entPhysicalSerialNum of the chassis", "RFC 6933", role=Role.SERIAL),
    _field("snmp.vendor-model", "model from the vendor's own MIB", "vendor MIB", rules=Rules.BORROWED),
    _field("snmp.vendor-firmware", "firmware from the vendor's own MIB", "vendor MIB"),
    _field("snmp.vendor-serial", "serial number from the vendor's own MIB", "vendor MIB"),
    _field("lldp.chassis-id", "chassis id", "IEEE 802.1AB 8.5.2"),
    _field("lldp.port-id", "port id", "IEEE 802.1AB 8.5.3"),
    _field("lldp.port-description", "port description", "IEEE 802.1AB 8.5.5"),
    _field(
        "lldp.system-name", "system name", "IEEE 802.1AB 8.5.6", role=Role.HOST_NAME, host_name=3, rules=Rules.BORROWED
    ),
    _field("lldp.system-description", "system description", "IEEE 802.1AB 8.5.7", rules=Rules.SHARED),
    _field(
        "lldp.capabilities",
        "enabled capabilities, words joined by comma: bridge,telephone",
        "IEEE 802.1AB 8.5.8",
        phone="phone",
    ),
    _field("lldp.management-address", "management address", "IEEE 802.1AB 8.5.9", several=True, role=Role.ADDRESS),
    _field(
        "lldp-med.device-class",
        "endpoint class: endpoint-1, endpoint-2, endpoint-3, network",
        "TIA-1057 10.2.2",
        phone="endpoint-3",
    ),
    _field("lldp-med.hardware-revision", "hardware revision", "TIA-1057 10.2.6.1"),
    _field("lldp-med.firmware-revision", "firmware revision", "TIA-1057 10.2.6.2"),
    _field("lldp-med.software-revision", "software revision", "TIA-1057 10.2.6.3"),
    _field("lldp-med.serial", "serial number", "TIA-1057 10.2.6.4", role=Role.SERIAL),
    _field("lldp-med.manufacturer", "manufacturer name", "TIA-1057 10.2.6.5"),
    _field("lldp-med.model", "model name", "TIA-1057 10.2.6.6", rules=Rules.SHARED),
    _field("lldp-med.asset-id", "asset id", "TIA-1057 10.2.6.7"),
    _field(
        "lldp-med.voice-vlan",
        "VLAN id of the voice application's network policy",
        "TIA-1057 10.2.3",
        role=Role.VOICE_VLAN,
        phone="",
    ),
    _field("cdp.device-id", "device id", "CDP TLV 0x0001", role=Role.HOST_NAME, host_name=5),
    _field("cdp.platform", "platform", "CDP TLV 0x0006", rules=Rules.SHARED),
    _field("cdp.version", "software version", "CDP TLV 0x0005", rules=Rules.BORROWED),
    _field("cdp.capabilities", "capabilities, words joined by comma: host,phone", "CDP TLV 0x0004", phone="phone"),
    _field("cdp.address", "network address", "CDP TLV 0x0002", several=True, role=Role.ADDRESS),
    _field("mdns.service", "service type: _sip._udp.local", "RFC 6763", several=True, phone="_sip"),
    _field(
        "mdns.instance", "instance name of a service", "RFC 6763 4.1.1", several=True, phone="_sip", role=Role.TITLE
    ),
    _field(
        "mdns.host", "host name of a service", "RFC 2782", several=True, role=Role.HOST_NAME, host_name=4, phone="_sip"
    ),
    _field("ssdp.server", "SERVER of an SSDP message", "UPnP Device Architecture 1.1, 1.2.2", rules=Rules.BORROWED),
    _field("ssdp.manufacturer", "manufacturer of a UPnP description", "UPnP Device Architecture 1.1, 2.3"),
    _field("ssdp.model", "modelName of a UPnP description", "UPnP Device Architecture 1.1, 2.3", rules=Rules.BORROWED),
    _field("ssdp.model-number", "modelNumber of a UPnP description", "UPnP Device Architecture 1.1, 2.3"),
    _field("ssdp.version", "systemVersion of a description (AVM)", "AVM, TR-064 first steps"),
    _field("ssdp.serial", "serialNumber of a UPnP description", "UPnP Device Architecture 1.1, 2.3", role=Role.SERIAL),
    _field("dhcp.vendor-class", "option 60, and 124 as text", "RFC 2132 9.13", rules=Rules.SHARED),
    _field("dhcp.hostname", "option 12", "RFC 2132 3.14", role=Role.HOST_NAME, host_name=1),
    _field("dhcp.parameters", "option 55 as comma separated numbers: never sufficient alone", "RFC 2132 9.8"),
    _field("dhcp.user-class", "option 77 (AudioCodes: the model)", "RFC 3004", rules=Rules.BORROWED),
    _field(
        "provisioning.user-agent",
        "User-Agent of a request to a provisioning server",
        "RFC 9110 10.1.5",
        role=Role.PRODUCT,
        phone="",
        rules=Rules.SHARED,
    ),
    _field(
        "nmap.product",
        "product, version and (extra information) of a service, in nmap's words",
        "nmap-service-probes",
        several=True,
        role=Role.SERVICE,
        rules=Rules.BORROWED,
    ),
    _field(
        "nmap.device-type", "device type of a service, in nmap's words: VoIP phone", "nmap-service-probes", several=True
    ),
    _field("nmap.os", "operating system of a service, in nmap's words: Linux", "nmap-service-probes", several=True),
    _field("arp.mac", "mac of an address, from ARP or a neighbour table", "RFC 826", several=True),
    _field(
        "switch.name",
        "name of the switch that reports the mac",
        "sysName or LLDP system name of the switch",
        role=Role.PLACE,
    ),
    _field("switch.port", "port of that switch, in its own notation", "ifName, lldpLocPortId", role=Role.PLACE),
    _field("switch.vlan", "VLAN of the mac on that port", "dot1qTpFdbTable, network policy", role=Role.PLACE),
    _field(
        "switch.port-method",
        "how the port was determined: lldp, cdp, fdb, …",
        "docs/how-to/switches.md",
        role=Role.PLACE,
    ),
    _field(
        "session.device-type",
        "type of the device of an authentication session, by the switch's classifier of its CDP, LLDP and DHCP",
        "Cisco, show authentication sessions details",
        phone="phone",
    ),
    _field(
        "session.domain",
        "domain of an authentication session, where it is voice",
        "Cisco, show authentication sessions; device-traffic-class=voice",
        phone="voice",
    ),
)

FIELDS: dict[str, Field] = {field.name: field for field in _TABLE}
_TXT = _field("mdns.txt.KEY", "value of a TXT key", "RFC 6763 6", phone="_sip")
MDNS_TXT = "mdns.txt."
#: The field of a MAC address that ARP or a neighbour table assigns to an IP address.
RESOLVED_MAC = "arp.mac"


def field_of(name: str) -> Field:
    """The row of a field; for a name that is not in the table, one with defaults."""
    found = FIELDS.get(name)
    if found is None:
        found = _TXT if name.startswith(MDNS_TXT) else Field(name, "", "", _GROUPS.get(name.partition(".")[0], _OTHER))
    return found


def discovery_of(name: str) -> str:
    """The name of the discovery that reports a field; of an unknown field, the part before its first dot."""
    group = name.partition(".")[0]
    found = FIELDS.get(name)
    known = found.group if found else _GROUPS.get(group)
    return known.discovery if known else group


def known(name: str) -> bool:
    """Whether `name` is a field: one of the table, or `mdns.txt.KEY` with a key of 1 to 64 characters."""
    return name in FIELDS or (name.startswith(MDNS_TXT) and 0 < len(name) - len(MDNS_TXT) <= 64)


#: The columns of the `inventory` view, in the contract's order. `noncompliant` adds `reason`.
INVENTORY_COLUMNS: tuple[str, ...] = (
    "site", "ip", "mac", "hostname", "kind", "manufacturer", "model", "firmware", "serial", "status",
    "compliance", "certified_firmware", "catalog", "discovered_by", "switch", "switch_port", "vlan",
    "first_seen", "last_seen", "last_scan",
)  # fmt: skip
