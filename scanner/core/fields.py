"""The registry of observation fields: name, meaning of the value, and specification.

Tables, reports, `identify` and the reference derive from it. A field that a new discovery reports is added here.
"""

from __future__ import annotations

from typing import NamedTuple


class Field(NamedTuple):
    """One observation field; `source` is its specification."""

    name: str
    meaning: str
    source: str


_TABLE: tuple[tuple[str, str, str], ...] = (
    ("sip.user-agent", "User-Agent of a SIP message", "RFC 3261 20.41"),
    ("sip.server", "Server of a SIP response", "RFC 3261 20.35"),
    ("sip.allow", "methods that a SIP response allows", "RFC 3261 20.5"),
    ("sip.status", "status code and reason of a SIP response", "RFC 3261 7.2"),
    ("sip.contact", "Contact of a SIP message", "RFC 3261 20.10"),
    ("http.status", "status code of an HTTP response", "RFC 9110 15"),
    ("http.server", "Server of an HTTP response", "RFC 9110 10.2.4"),
    ("http.realm", "realm of WWW-Authenticate", "RFC 9110 11.5"),
    ("http.title", "title of an HTML page", "HTML 4.2.2"),
    ("http.body", "start of a page's body, bounded", "RFC 9110 6.4"),
    ("http.path", "path that a page was redirected to or read from", "RFC 9110 10.2.2"),
    ("http.favicon", "hash of the icon: md5:HEX", "MD5 of the body"),
    ("http.cookie", "names of the cookies a page sets", "RFC 6265 4.1"),
    ("https.cert-subject", "subject of the TLS certificate", "RFC 5280 4.1.2.6"),
    ("https.cert-issuer", "issuer of the TLS certificate", "RFC 5280 4.1.2.4"),
    ("https.cert-san", "subject alternative names of the certificate", "RFC 5280 4.2.1.6"),
    ("snmp.sysdescr", "sysDescr.0", "RFC 3418"),
    ("snmp.sysobjectid", "sysObjectID.0", "RFC 3418"),
    ("snmp.sysname", "sysName.0", "RFC 3418"),
    ("snmp.syslocation", "sysLocation.0", "RFC 3418"),
    ("snmp.entity-model", "entPhysicalModelName of the chassis", "RFC 6933"),
    ("snmp.entity-firmware", "entPhysicalFirmwareRev or SoftwareRev of the chassis", "RFC 6933"),
    ("snmp.entity-serial", "entPhysicalSerialNum of the chassis", "RFC 6933"),
    ("snmp.vendor-model", "model from the vendor's own MIB", "vendor MIB"),
    ("snmp.vendor-firmware", "firmware from the vendor's own MIB", "vendor MIB"),
    ("snmp.vendor-serial", "serial number from the vendor's own MIB", "vendor MIB"),
    ("lldp.chassis-id", "chassis id", "IEEE 802.1AB 8.5.2"),
    ("lldp.port-id", "port id", "IEEE 802.1AB 8.5.3"),
    ("lldp.port-description", "port description", "IEEE 802.1AB 8.5.5"),
    ("lldp.system-name", "system name", "IEEE 802.1AB 8.5.6"),
    ("lldp.system-description", "system description", "IEEE 802.1AB 8.5.7"),
    ("lldp.capabilities", "enabled capabilities, words joined by comma: bridge,telephone", "IEEE 802.1AB 8.5.8"),
    ("lldp.management-address", "management address", "IEEE 802.1AB 8.5.9"),
    ("lldp-med.device-class", "endpoint class: endpoint-1, endpoint-2, endpoint-3, network", "TIA-1057 10.2.2"),
    ("lldp-med.hardware-revision", "hardware revision", "TIA-1057 10.2.6.1"),
    ("lldp-med.firmware-revision", "firmware revision", "TIA-1057 10.2.6.2"),
    ("lldp-med.software-revision", "software revision", "TIA-1057 10.2.6.3"),
    ("lldp-med.serial", "serial number", "TIA-1057 10.2.6.4"),
    ("lldp-med.manufacturer", "manufacturer name", "TIA-1057 10.2.6.5"),
    ("lldp-med.model", "model name", "TIA-1057 10.2.6.6"),
    ("lldp-med.asset-id", "asset id", "TIA-1057 10.2.6.7"),
    ("lldp-med.voice-vlan", "VLAN id of the voice application's network policy", "TIA-1057 10.2.3"),
    ("cdp.device-id", "device id", "CDP TLV 0x0001"),
    ("cdp.platform", "platform", "CDP TLV 0x0006"),
    ("cdp.version", "software version", "CDP TLV 0x0005"),
    ("cdp.capabilities", "capabilities, words joined by comma: host,phone", "CDP TLV 0x0004"),
    ("cdp.address", "network address", "CDP TLV 0x0002"),
    ("mdns.service", "service type: _sip._udp.local", "RFC 6763"),
    ("mdns.instance", "instance name of a service", "RFC 6763 4.1.1"),
    ("mdns.host", "host name of a service", "RFC 2782"),
    ("dhcp.vendor-class", "option 60, and 124 as text", "RFC 2132 9.13"),
    ("dhcp.hostname", "option 12", "RFC 2132 3.14"),
    ("dhcp.parameters", "option 55 as comma separated numbers: never sufficient alone", "RFC 2132 9.8"),
    ("dhcp.user-class", "option 77 (AudioCodes: the model)", "RFC 3004"),
    ("provisioning.user-agent", "User-Agent of a request to a provisioning server", "RFC 9110 10.1.5"),
    ("arp.mac", "mac of an address, from ARP or a neighbour table", "RFC 826"),
    ("switch.name", "name of the switch that reports the mac", "sysName or LLDP system name of the switch"),
    ("switch.port", "port of that switch, in its own notation", "ifName, lldpLocPortId"),
    ("switch.vlan", "VLAN of the mac on that port", "dot1qTpFdbTable, network policy"),
    ("switch.port-method", "how the port was determined: lldp, cdp, fdb, …", "docs/how-to/switches.md"),
)

FIELDS: dict[str, Field] = {name: Field(name, meaning, source) for name, meaning, source in _TABLE}
MDNS_TXT = "mdns.txt."


def known(name: str) -> bool:
    """Whether `name` is a field: one of the registry, or `mdns.txt.KEY` with a key of 1 to 64 characters."""
    return name in FIELDS or (name.startswith(MDNS_TXT) and 0 < len(name) - len(MDNS_TXT) <= 64)


#: The columns of the `inventory` view, in the contract's order. `noncompliant` adds `reason`.
INVENTORY_COLUMNS: tuple[str, ...] = (
    "site", "ip", "mac", "hostname", "kind", "manufacturer", "model", "firmware", "serial", "status",
    "compliance", "certified_firmware", "catalog", "discovered_by", "switch", "switch_port", "vlan",
    "first_seen", "last_seen", "last_scan",
)  # fmt: skip
