"""Names of the objects that are read, as MIBs spell them: nodes of the tree, indexes of tables, enumerations.

A text of an SNMP tool contains these names instead of numbers where the tool has loaded the MIBs. The table has every
column of `mib` and every node above one, so that `mib-2.31.1.1.1.1` and `ifMIBObjects.1.1.1` resolve as well.
Sources: the MIBs named in `mib`, SNMPv2-MIB (RFC 3418), SNMPv2-SMI (RFC 2578).
"""

from __future__ import annotations

from collections.abc import Mapping

#: Name → its parent and number. A parent stands before its children.
_TREE = """
iso 1 | org iso.3 | dod org.6 | internet dod.1 | mgmt internet.2 | mib-2 mgmt.1
private internet.4 | enterprises private.1
system mib-2.1 | sysDescr system.1 | sysObjectID system.2 | sysName system.5 | sysLocation system.6
interfaces mib-2.2 | ifTable interfaces.2 | ifEntry ifTable.1
ifDescr ifEntry.2 | ifType ifEntry.3 | ifPhysAddress ifEntry.6 | ifOperStatus ifEntry.8
ifMIB mib-2.31 | ifMIBObjects ifMIB.1 | ifXTable ifMIBObjects.1 | ifXEntry ifXTable.1
ifName ifXEntry.1 | ifAlias ifXEntry.18
ip mib-2.4 | ipAddrTable ip.20 | ipAddrEntry ipAddrTable.1 | ipAdEntAddr ipAddrEntry.1 | ipAdEntIfIndex ipAddrEntry.2
ipAdEntNetMask ipAddrEntry.3 | ipAdEntBcastAddr ipAddrEntry.4 | ipAdEntReasmMaxSize ipAddrEntry.5
ipNetToMediaTable ip.22 | ipNetToMediaEntry ipNetToMediaTable.1 | ipNetToMediaPhysAddress ipNetToMediaEntry.2
ipAddressTable ip.34 | ipAddressEntry ipAddressTable.1 | ipAddressIfIndex ipAddressEntry.3
ipNetToPhysicalTable ip.35 | ipNetToPhysicalEntry ipNetToPhysicalTable.1
ipNetToPhysicalPhysAddress ipNetToPhysicalEntry.4
dot1dBridge mib-2.17 | dot1dBase dot1dBridge.1 | dot1dBasePortTable dot1dBase.4
dot1dBasePortEntry dot1dBasePortTable.1 | dot1dBasePortIfIndex dot1dBasePortEntry.2
dot1dTp dot1dBridge.4 | dot1dTpFdbTable dot1dTp.3 | dot1dTpFdbEntry dot1dTpFdbTable.1
dot1dTpFdbAddress dot1dTpFdbEntry.1 | dot1dTpFdbPort dot1dTpFdbEntry.2 | dot1dTpFdbStatus dot1dTpFdbEntry.3
qBridgeMIB dot1dBridge.7 | qBridgeMIBObjects qBridgeMIB.1 | dot1qTp qBridgeMIBObjects.2
dot1qTpFdbTable dot1qTp.2 | dot1qTpFdbEntry dot1qTpFdbTable.1
dot1qTpFdbAddress dot1qTpFdbEntry.1 | dot1qTpFdbPort dot1qTpFdbEntry.2 | dot1qTpFdbStatus dot1qTpFdbEntry.3
dot1qVlan qBridgeMIBObjects.4 | dot1qVlanCurrentTable dot1qVlan.2 | dot1qVlanCurrentEntry dot1qVlanCurrentTable.1
dot1qVlanFdbId dot1qVlanCurrentEntry.3 | dot1qVlanCurrentUntaggedPorts dot1qVlanCurrentEntry.5
dot1qPortVlanTable dot1qVlan.5 | dot1qPortVlanEntry dot1qPortVlanTable.1 | dot1qPvid dot1qPortVlanEntry.1
entityMIB mib-2.47 | entityMIBObjects entityMIB.1 | entityPhysical entityMIBObjects.1
entPhysicalTable entityPhysical.1 | entPhysicalEntry entPhysicalTable.1
entPhysicalClass entPhysicalEntry.5 | entPhysicalName entPhysicalEntry.7 | entPhysicalFirmwareRev entPhysicalEntry.9
entPhysicalSoftwareRev entPhysicalEntry.10 | entPhysicalSerialNum entPhysicalEntry.11
entPhysicalModelName entPhysicalEntry.13
std iso.0 | iso8802 std.8802 | ieee802dot1 iso8802.1 | ieee802dot1mibs ieee802dot1.1 | lldpMIB ieee802dot1mibs.2
lldpObjects lldpMIB.1 | lldpLocalSystemData lldpObjects.3
lldpLocChassisIdSubtype lldpLocalSystemData.1 | lldpLocChassisId lldpLocalSystemData.2
lldpLocSysName lldpLocalSystemData.3 | lldpLocPortTable lldpLocalSystemData.7 | lldpLocPortEntry lldpLocPortTable.1
lldpLocPortIdSubtype lldpLocPortEntry.2 | lldpLocPortId lldpLocPortEntry.3 | lldpLocPortDesc lldpLocPortEntry.4
lldpRemoteSystemsData lldpObjects.4 | lldpRemTable lldpRemoteSystemsData.1 | lldpRemEntry lldpRemTable.1
lldpRemChassisIdSubtype lldpRemEntry.4 | lldpRemChassisId lldpRemEntry.5
lldpRemPortIdSubtype lldpRemEntry.6 | lldpRemPortId lldpRemEntry.7 | lldpRemPortDesc lldpRemEntry.8
lldpRemSysName lldpRemEntry.9 | lldpRemSysDesc lldpRemEntry.10
lldpRemSysCapSupported lldpRemEntry.11 | lldpRemSysCapEnabled lldpRemEntry.12
lldpRemManAddrTable lldpRemoteSystemsData.2 | lldpRemManAddrEntry lldpRemManAddrTable.1
lldpRemManAddrSubtype lldpRemManAddrEntry.1 | lldpRemManAddr lldpRemManAddrEntry.2
lldpRemManAddrIfSubtype lldpRemManAddrEntry.3 | lldpRemManAddrIfId lldpRemManAddrEntry.4
lldpRemManAddrOID lldpRemManAddrEntry.5
lldpExtensions lldpObjects.5 | lldpXMedMIB lldpExtensions.4795 | lldpXMedObjects lldpXMedMIB.1
lldpXMedRemoteData lldpXMedObjects.3
lldpXMedRemCapabilitiesTable lldpXMedRemoteData.1 | lldpXMedRemCapabilitiesEntry lldpXMedRemCapabilitiesTable.1
lldpXMedRemDeviceClass lldpXMedRemCapabilitiesEntry.3
lldpXMedRemMediaPolicyTable lldpXMedRemoteData.2 | lldpXMedRemMediaPolicyEntry lldpXMedRemMediaPolicyTable.1
lldpXMedRemMediaPolicyVlanID lldpXMedRemMediaPolicyEntry.2
lldpXMedRemMediaPolicyUnknown lldpXMedRemMediaPolicyEntry.5
lldpXMedRemInventoryTable lldpXMedRemoteData.3 | lldpXMedRemInventoryEntry lldpXMedRemInventoryTable.1
lldpXMedRemHardwareRev lldpXMedRemInventoryEntry.1 | lldpXMedRemFirmwareRev lldpXMedRemInventoryEntry.2
lldpXMedRemSoftwareRev lldpXMedRemInventoryEntry.3 | lldpXMedRemSerialNum lldpXMedRemInventoryEntry.4
lldpXMedRemMfgName lldpXMedRemInventoryEntry.5 | lldpXMedRemModelName lldpXMedRemInventoryEntry.6
lldpXMedRemAssetID lldpXMedRemInventoryEntry.7
ieee org.111 | lldpV2MIB ieee.2.802.1.1.13 | lldpV2Objects lldpV2MIB.1 | lldpV2RemoteSystemsData lldpV2Objects.4
lldpV2RemTable lldpV2RemoteSystemsData.1 | lldpV2RemEntry lldpV2RemTable.1
lldpV2RemChassisIdSubtype lldpV2RemEntry.5 | lldpV2RemChassisId lldpV2RemEntry.6
lldpV2RemPortIdSubtype lldpV2RemEntry.7 | lldpV2RemPortId lldpV2RemEntry.8 | lldpV2RemPortDesc lldpV2RemEntry.9
lldpV2RemSysName lldpV2RemEntry.10 | lldpV2RemSysDesc lldpV2RemEntry.11
lldpV2RemSysCapSupported lldpV2RemEntry.12 | lldpV2RemSysCapEnabled lldpV2RemEntry.13
lldpV2RemManAddrTable lldpV2RemoteSystemsData.2 | lldpV2RemManAddrEntry lldpV2RemManAddrTable.1
lldpV2RemManAddrSubtype lldpV2RemManAddrEntry.1 | lldpV2RemManAddr lldpV2RemManAddrEntry.2
lldpV2RemManAddrIfSubtype lldpV2RemManAddrEntry.3 | lldpV2RemManAddrIfId lldpV2RemManAddrEntry.4
lldpV2RemManAddrOID lldpV2RemManAddrEntry.5
cisco enterprises.9 | ciscoMgmt cisco.9 | ciscoCdpMIB ciscoMgmt.23 | ciscoCdpMIBObjects ciscoCdpMIB.1
cdpCache ciscoCdpMIBObjects.2 | cdpCacheTable cdpCache.1 | cdpCacheEntry cdpCacheTable.1
cdpCacheAddressType cdpCacheEntry.3 | cdpCacheAddress cdpCacheEntry.4 | cdpCacheVersion cdpCacheEntry.5
cdpCacheDeviceId cdpCacheEntry.6 | cdpCacheDevicePort cdpCacheEntry.7 | cdpCachePlatform cdpCacheEntry.8
cdpCacheCapabilities cdpCacheEntry.9 | cdpCacheVlanID cdpCacheEntry.14
ciscoCcmMIB ciscoMgmt.156 | ciscoCcmMIBObjects ciscoCcmMIB.1
ccmGeneralInfo ciscoCcmMIBObjects.1 | ccmProductTypeTable ccmGeneralInfo.8 | ccmProductTypeEntry ccmProductTypeTable.1
ccmProductType ccmProductTypeEntry.2 | ccmProductName ccmProductTypeEntry.3
ccmPhoneInfo ciscoCcmMIBObjects.2 | ccmPhoneTable ccmPhoneInfo.1 | ccmPhoneEntry ccmPhoneTable.1
ccmPhonePhysicalAddress ccmPhoneEntry.2 | ccmPhoneIpAddress ccmPhoneEntry.6 | ccmPhoneStatus ccmPhoneEntry.7
ccmPhoneProductTypeIndex ccmPhoneEntry.18 | ccmPhoneName ccmPhoneEntry.20 | ccmPhoneInetAddressIPv4 ccmPhoneEntry.21
ccmPhoneActiveLoadID ccmPhoneEntry.25
mikrotik enterprises.14988 | mikrotikExperimentalModule mikrotik.1 | mtXRouterOs mikrotikExperimentalModule.1
mtxrNeighbor mtXRouterOs.11 | mtxrNeighborTable mtxrNeighbor.1 | mtxrNeighborTableEntry mtxrNeighborTable.1
mtxrNeighborIpAddress mtxrNeighborTableEntry.2 | mtxrNeighborMacAddress mtxrNeighborTableEntry.3
mtxrNeighborVersion mtxrNeighborTableEntry.4 | mtxrNeighborPlatform mtxrNeighborTableEntry.5
mtxrNeighborIdentity mtxrNeighborTableEntry.6 | mtxrNeighborInterfaceID mtxrNeighborTableEntry.8
tplink enterprises.11863 | tplinkMgmt tplink.6 | tplinkLldpInfoMIB tplinkMgmt.35
tplinkLldpInfoMIBObjects tplinkLldpInfoMIB.1 | lldpNeighborInfoEntry tplinkLldpInfoMIBObjects.2.2.1
lldpNeighborChassisIdType lldpNeighborInfoEntry.3 | lldpNeighborChassisId lldpNeighborInfoEntry.4
lldpNeighborPortIdType lldpNeighborInfoEntry.5 | lldpNeighborPortIdDescr lldpNeighborInfoEntry.6
lldpNeighborPortDescr lldpNeighborInfoEntry.8 | lldpNeighborDeviceName lldpNeighborInfoEntry.9
lldpNeighborDeviceDescr lldpNeighborInfoEntry.10 | lldpNeighborCapAvailable lldpNeighborInfoEntry.11
lldpNeighborCapEnabled lldpNeighborInfoEntry.12 | lldpNeighborManageIpAddr lldpNeighborInfoEntry.13
"""


def _resolved(tree: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in tree.replace("\n", "|").split("|"):
        if entry.strip():
            name, place = entry.split()
            parent, _, numbers = place.partition(".")
            found[name] = f"{found[parent]}.{numbers}" if numbers else place
    return found


#: Name of a node → its OID.
NODES: Mapping[str, str] = _resolved(_TREE)

#: Parts of an index. `number` and `address` are one number and four; `mac` is six numbers without their count;
#: `octets` is a count and as many numbers; the others are numbers with names.
NUMBER, ADDRESS, MAC, OCTETS = "number", "address", "mac", "octets"
INET_TYPE, FAMILY, APPLICATION = "InetAddressType", "AddressFamilyNumbers", "LldpXMedPolicyAppType"
#: OID of an entry → the parts of its index. An entry that is not here has numbers alone.
_INDEXES: dict[str, tuple[str, ...]] = {
    "ipAddrEntry": (ADDRESS,),
    "ipNetToMediaEntry": (NUMBER, ADDRESS),
    "ipAddressEntry": (INET_TYPE, OCTETS),
    "ipNetToPhysicalEntry": (NUMBER, INET_TYPE, OCTETS),
    "dot1dTpFdbEntry": (MAC,),
    "dot1qTpFdbEntry": (NUMBER, MAC),
    "lldpRemManAddrEntry": (NUMBER, NUMBER, NUMBER, FAMILY, OCTETS),
    "lldpV2RemManAddrEntry": (NUMBER, NUMBER, NUMBER, NUMBER, FAMILY, OCTETS),
    "lldpXMedRemMediaPolicyEntry": (NUMBER, NUMBER, NUMBER, APPLICATION),
}
INDEXES: Mapping[str, tuple[str, ...]] = {NODES[name]: parts for name, parts in _INDEXES.items()}

#: Name of an enumeration → its words and their numbers. INET-ADDRESS-MIB (RFC 4001), IANA-ADDRESS-FAMILY-NUMBERS-MIB,
#: 802.1AB 8.5.2.2 and 8.5.3.2, IANAifType-MIB, RFC 4188, TIA-1057 13, CISCO-TC, SNMPv2-TC, RFC 6933.
ENUMERATIONS: Mapping[str, Mapping[str, int]] = {
    INET_TYPE: {"unknown": 0, "ipv4": 1, "ipv6": 2, "ipv4z": 3, "ipv6z": 4, "dns": 16},
    FAMILY: {"other": 0, "ipV4": 1, "ipV6": 2, "nsap": 3, "hdlc": 4, "bbn1822": 5, "all802": 6, "e163": 7, "e164": 8},
    APPLICATION: {
        "unknown": 0, "voice": 1, "voiceSignaling": 2, "guestVoice": 3, "guestVoiceSignaling": 4, "softPhoneVoice": 5,
        "videoconferencing": 6, "streamingVideo": 7, "videoSignaling": 8,
    },
    "LldpChassisIdSubtype": {
        "chassisComponent": 1, "interfaceAlias": 2, "portComponent": 3, "macAddress": 4, "networkAddress": 5,
        "interfaceName": 6, "local": 7,
    },
    "LldpPortIdSubtype": {
        "interfaceAlias": 1, "portComponent": 2, "macAddress": 3, "networkAddress": 4, "interfaceName": 5,
        "agentCircuitId": 6, "local": 7,
    },
    "IANAifType": {
        "other": 1, "ethernetCsmacd": 6, "softwareLoopback": 24, "propVirtual": 53, "ieee80211": 71, "tunnel": 131,
        "l2vlan": 135, "l3ipvlan": 136, "ieee8023adLag": 161, "bridge": 209,
    },
    "ifOperStatus": {
        "up": 1, "down": 2, "testing": 3, "unknown": 4, "dormant": 5, "notPresent": 6, "lowerLayerDown": 7,
    },
    "FdbStatus": {"other": 1, "invalid": 2, "learned": 3, "self": 4, "mgmt": 5},
    "LldpXMedDeviceClass": {
        "notDefined": 0, "endpointClass1": 1, "endpointClass2": 2, "endpointClass3": 3, "networkConnectivity": 4,
    },
    "TruthValue": {"true": 1, "false": 2},
    "CiscoNetworkProtocol": {"ip": 1, "ipv6": 20},
    "CcmPhoneStatus": {"unknown": 1, "registered": 2, "unregistered": 3, "rejected": 4, "partiallyregistered": 5},
    "PhysicalClass": {
        "other": 1, "unknown": 2, "chassis": 3, "backplane": 4, "container": 5, "powerSupply": 6, "fan": 7,
        "sensor": 8, "module": 9, "port": 10, "stack": 11, "cpu": 12,
    },
}  # fmt: skip
#: Column → its enumeration.
_ENUMERATED: dict[str, str] = {
    "ifType": "IANAifType", "ifOperStatus": "ifOperStatus", "dot1dTpFdbStatus": "FdbStatus",
    "dot1qTpFdbStatus": "FdbStatus", "lldpLocChassisIdSubtype": "LldpChassisIdSubtype",
    "lldpLocPortIdSubtype": "LldpPortIdSubtype", "lldpRemChassisIdSubtype": "LldpChassisIdSubtype",
    "lldpRemPortIdSubtype": "LldpPortIdSubtype", "lldpV2RemChassisIdSubtype": "LldpChassisIdSubtype",
    "lldpV2RemPortIdSubtype": "LldpPortIdSubtype", "lldpXMedRemDeviceClass": "LldpXMedDeviceClass",
    "lldpXMedRemMediaPolicyUnknown": "TruthValue", "cdpCacheAddressType": "CiscoNetworkProtocol",
    "entPhysicalClass": "PhysicalClass", "ccmPhoneStatus": "CcmPhoneStatus",
}  # fmt: skip
WORDS: Mapping[str, Mapping[str, int]] = {NODES[name]: ENUMERATIONS[words] for name, words in _ENUMERATED.items()}

_NUMBERS = (
    "ipAdEntIfIndex ipAddressIfIndex dot1dBasePortIfIndex dot1dTpFdbPort dot1qTpFdbPort dot1qVlanFdbId dot1qPvid "
    "lldpRemManAddrSubtype lldpRemManAddrIfSubtype lldpRemManAddrIfId lldpV2RemManAddrSubtype "
    "lldpV2RemManAddrIfSubtype lldpV2RemManAddrIfId lldpXMedRemMediaPolicyVlanID cdpCacheVlanID "
    "mtxrNeighborInterfaceID ccmProductType ccmPhoneProductTypeIndex"
)
_MACS = (
    "ifPhysAddress ipNetToMediaPhysAddress ipNetToPhysicalPhysAddress dot1dTpFdbAddress dot1qTpFdbAddress "
    "mtxrNeighborMacAddress ccmPhonePhysicalAddress"
)
_OCTETS = (
    "lldpLocChassisId lldpLocPortId lldpRemChassisId lldpRemPortId lldpRemManAddr lldpV2RemChassisId lldpV2RemPortId "
    "lldpV2RemManAddr cdpCacheAddress cdpCacheCapabilities dot1qVlanCurrentUntaggedPorts lldpRemSysCapSupported "
    "lldpRemSysCapEnabled lldpV2RemSysCapSupported lldpV2RemSysCapEnabled "
    "ccmPhoneInetAddressIPv4"
)
#: Columns of numbers, of octets that are not text, and of OIDs. All others are text and addresses.
NUMBERS = frozenset(NODES[name] for name in _NUMBERS.split()) | frozenset(WORDS)
BINARY = frozenset(NODES[name] for name in (*_MACS.split(), *_OCTETS.split()))
OIDS = frozenset(NODES[name] for name in ("sysObjectID", "lldpRemManAddrOID", "lldpV2RemManAddrOID"))

#: The columns of `NODES`: the nodes below which there is no other one.
COLUMNS = frozenset(oid for oid in NODES.values() if not any(other.startswith(f"{oid}.") for other in NODES.values()))
