"""Output of consoles for the tests, in the shape of each system, with invented phones: name → (text, what it shows)."""

from __future__ import annotations

from typing import NamedTuple

#: What most of them show: a phone with an inventory.
INVENTORY = {
    "lldp-med.software-revision": "5.9.1.6",
    "lldp-med.manufacturer": "Polycom",
    "lldp-med.model": "VVX 411",
    "lldp-med.serial": "64167F123456",
    "lldp-med.device-class": "endpoint-3",
    "lldp.capabilities": "bridge,telephone",
}
MAC, ADDRESS = "64:16:7f:12:34:56", "10.1.2.3"


class Shown(NamedTuple):
    """What a text shows of one phone: mac, address, port, and some of its fields."""

    mac: str | None
    ip: str | None
    port: str | None
    fields: dict[str, str]


IOS_LLDP = """------------------------------------------------
Local Intf: Gi1/0/7
Chassis id: 10.1.2.3
Port id: 64167f123456:P1
Port Description: SW PORT
System Name: VVX411.example.com

System Description:
Polycom;VVX-VVX_411;3111-48450-001,1;SIP/5.9.1.6
Model: not a label here

Time remaining: 101 seconds
System Capabilities: B,T
Enabled Capabilities: B,T
Management Addresses:
    IP: 10.1.2.3
    IPV6: ::
Auto Negotiation - supported, enabled
Vlan ID: 999
Peer Source MAC: 6416.7f12.3456

MED Information:

    MED Codes:
          (NP) Network Policy, (LI) Location Identification

    H/W revision: 3111-48450-001,1
    F/W revision: 5.9.6.2
    S/W revision: 5.9.1.6
    Serial number: 64167F123456
    Manufacturer: Polycom
    Model: VVX 411
    Capabilities: NP, PD, IN
    Device type: Endpoint Class III
    Network Policy(Voice): VLAN 120, tagged, Layer-2 priority: 5, DSCP: 46
    Location - not advertised

Total entries displayed: 1
"""
IOS_CDP = """-------------------------
Device ID: SEP64167F123456
Entry address(es):
  IP address: 10.1.2.3
Platform: Cisco IP Phone 8851,  Capabilities: Host Phone Two-port Mac Relay
Interface: GigabitEthernet1/0/7,  Port ID (outgoing port): Port 1
Holdtime : 166 sec
Second Port Status: Down

Version :
sip88xx.12-1-1SR1-4.loads

advertisement version: 2
Duplex: full
Power drawn: 12.896 Watts
Management address(es):
"""
NXOS_LLDP = """Capability codes:
  (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device
Device ID            Local Intf      Hold-time  Capability  Port ID

Chassis id: 6416.7f12.3456
Port id: 6416.7f12.3456
Local Port id: Eth1/7
Port Description: LAN
System Name: VVX411
System Description: Polycom;VVX-VVX_411
second line of it
Time remaining: 97 seconds
System Capabilities: B, T
Enabled Capabilities: B, T
Management Address: 10.1.2.3
Management Address IPV6: not advertised
Vlan ID: not advertised


Chassis id: 3473.2d00.0001
Port id: Ethernet1/52
Local Port id: Eth1/8
System Name: another
System Capabilities: B, R
Enabled Capabilities: B, R
"""
ARISTA = """Interface Ethernet7 detected 1 LLDP neighbors:

  Neighbor 6416.7f12.3456/"WAN PORT", age 12 seconds
  Discovered 0:01:11 ago; Last changed 0:01:11 ago
  - Chassis ID type: Network address (5)
    Chassis ID     : 10.1.2.3
  - Port ID type: MAC address (3)
    Port ID     : 6416.7f12.3456
  - Time To Live: 120 seconds
  - System Name: "VVX411"
  - System Description: "Polycom;VVX-VVX_411"
  - System Capabilities : Bridge, Telephone
    Enabled Capabilities: Bridge, Telephone
  - Management Address Subtype: IPv4
    Management Address        : 10.1.2.3
  - IEEE802.1/IEEE802.3 Link Aggregation
    Link Aggregation Status: Not Capable (0x00)
    Port ID                : 0
  - LLDP-MED Device Type: Endpoint Class III
  - LLDP-MED Network Policy
    Application Type : Voice
    VLAN ID          : 120
  - LLDP-MED Software Revision: "5.9.1.6"
  - LLDP-MED Serial Number: "64167F123456"
  - LLDP-MED Manufacturer Name: "Polycom"
  - LLDP-MED Model Name: "VVX 411"

Interface Ethernet8 detected 0 LLDP neighbors:
"""
EXOS = """-----------------------------------------------------------------------------
LLDP Port 1:7 detected 1 neighbor
  Neighbor: (5.1)10.1.2.3/64:16:7f:12:34:56, age 8 seconds
    - Chassis ID type: Network address (5); Address type: IPv4 (1)
      Chassis ID     : 10.1.2.3
    - Port ID type: MAC address (3)
      Port ID     : 64:16:7F:12:34:56
    - Time To Live: 120 seconds
    - System Name: "VVX411"
    - System Capabilities : "Bridge, Telephone"
      Enabled Capabilities: "Bridge, Telephone"
    - Management Address Subtype: IPv4 (1)
      Management Address        : 10.1.2.3
    - MED Capabilities: "MED Capabilities, Network Policy, Inventory"
      MED Device Type : Endpoint Class III (3)
    - MED Network Policy
      Application Type : Voice (1)
      Policy Flags     : Known Policy, Tagged (0x1)
      VLAN ID          : 120
      L2 Priority      : 6
    - MED Hardware Revision: "3111-48450-001,1"
    - MED Firmware Revision: "5.9.6.2"
    - MED Software Revision: "5.9.1.6"
    - MED Serial Number: "64167F123456"
    - MED Manufacturer Name: "Polycom"
    - MED Model Name: "VVX 411"
"""
ARUBA_CX = """LLDP Neighbor Information
=========================
Total Neighbor Entries          : 1
--------------------------------------------------------------------------------
Port                           : 1/1/7
Neighbor Entries               : 1
Neighbor Entries Deleted       : 1
Neighbor System-Name           : VVX411
Neighbor System-Description    : Polycom;VVX-VVX_411
Neighbor Chassis-ID            : 10.1.2.3
Neighbor Management-Address    :
Chassis Capabilities Available : Bridge, Telephone
Chassis Capabilities Enabled   : Bridge, Telephone
Neighbor Port-ID               : 64:16:7f:12:34:56
Neighbor Port-Desc             : LAN
TTL                            : 180
Neighbor PoE information       : MED
Neighbor Power Type            : PD

Neighbor MED Capabilities
Neighbor Device class          : CLASS_III

Neighbor Med Network Policy
Neighbor Med Application type  : voice
Neighbor Med Policy VLAN ID    : 120
Neighbor Med Policy Unknown    : false
Neighbor Med Inventory
Neighbor Hardware Revision     : 3111-48450-001,1
Neighbor Software Revision     : 5.9.1.6
Neighbor Serial Number         : 64167F123456
Neighbor Manufacturer Name     : Polycom
Neighbor Model Name            : VVX 411
"""
PROCURVE = """ LLDP Remote Device Information Detail

  Local Port   : A7
  ChassisType  : network-address
  ChassisId    : 10.1.2.3
  PortType     : mac-address
  PortId       : 64 16 7f 12 34 56
  SysName      : VVX411
  System Descr : Polycom;VVX-VVX_411;3111-48450-001,1;SIP/5.9.1.6/...
  PortDescr    : 1
  Pvid         :

  System Capabilities Supported  : bridge, telephone
  System Capabilities Enabled    : bridge, telephone

  Remote Management Address
     Type    : ipv4
     Address : 10.1.2.3

  MED Information Detail
    EndpointClass          :Class3
    Media Policy Vlan id   :120
    Media Policy Priority  :6
    Poe Device Type        :PD

------------------------------------------------------------------------------
  Local Port   : A8
  ChassisType  : mac-address
  ChassisId    : 3821c7-c1cd00
  PortId       : 1
  SysName      : another
  System Capabilities Enabled    : bridge
"""
PROCURVE_CDP = """ CDP neighbors information

  Port : 7
  Device ID : 64 16 7f 12 34 56
  Address Type : IP
  Address      : 10.1.2.3
  Platform     : Polycom VVX 411
  Capability   : Host Phone
  Device Port  : Port 1
  Version      : Updater: 5.9.6.2, App: 5.9.1.6

------------------------------------------------------------------------------
"""
COMWARE = """LLDP neighbor-information of port 7[GigabitEthernet1/0/7]:
LLDP agent nearest-bridge:
 LLDP neighbor index : 1
 Update time         : 0 days, 22 hours, 1 minutes, 46 seconds
 Chassis type        : Network address(IPv4)
 Chassis ID          : 10.1.2.3
 Port ID type        : MAC address
 Port ID             : 6416-7f12-3456
 Time to live        : 120
 Port description    : LAN
 System name         : VVX411
 System description  : Polycom;VVX-VVX_411;3111-48450-001,1;SIP/5.9.1.6/1
                       1-Dec-18;UP/5.9.6.2
                       another line
 System capabilities supported : Bridge, Telephone
 System capabilities enabled   : Bridge, Telephone
 Management address type           : IPv4
 Management address                : 10.1.2.3
 Management address interface type : IfIndex
 MED device class    : Communication device (Class III)
 Media policy type   : Voice
 Unknown policy      : No
 Media policy VLAN ID: 120
 HardwareRev         : 3111-48450-001,1
 FirmwareRev         : 5.9.6.2
 SoftwareRev         : 5.9.1.6
 SerialNum           : 64167F123456
 Manufacturer name   : Polycom
 Model name          : VVX 411
"""
HUAWEI = """GigabitEthernet0/0/6 has 0 neighbors

GigabitEthernet0/0/7 has 1 neighbor(s):

Neighbor index                     :1
Chassis type                       :Network Address
Chassis ID                         :10.1.2.3
Port ID subtype                    :MAC Address
Port ID                            :6416-7f12-3456
Port description                   :LAN
System name                        :VVX411
System description                 :Polycom;VVX-VVX_411
second line
System capabilities supported      :bridge telephone
System capabilities enabled        :bridge telephone
Management address type            :IPv4
Management address                 :10.1.2.3
Expired time                       :109s

Port VLAN ID(PVID)                 :--
MED Device information
Device class                       :Endpoint Class III
HardwareRev                        :3111-48450-001,1
SoftwareRev                        :5.9.1.6
SerialNum                          :64167F123456
Manufacturer name                  :Polycom
Model name                         :VVX 411
Asset tracking identifier          :NA

Media policy type                  :Voice
Unknown Policy                     :Defined
VLAN tagged                        :Yes
Media policy VlanID                :120

GigabitEthernet0/0/8 has 0 neighbors
"""
JUNOS = """LLDP Neighbor Information:
Local Information:
Index: 5 Time to live: 120 Time mark: Mon Nov 23 02:00:00 2026 Age: 17 secs
Local Interface    : ge-0/0/7.0
Parent Interface   : -
Local Port ID      : 513
Ageout Count       : 0

Neighbour Information:
Chassis type       : Network address
Chassis ID         : 10.1.2.3
Port type          : Mac address
Port ID            : 64:16:7f:12:34:56
Port description   : LAN
System name        : VVX411

System Description : Polycom;VVX-VVX_411

System capabilities
        Supported  : Bridge Telephone
        Enabled    : Bridge Telephone

Management Info
        Type              : IPv4
        Address           : 10.1.2.3
        Port ID           : 33
        Interface Subtype : ifIndex(2)
Media endpoint class: Class III Device

MED Hardware revision     : 3111-48450-001,1
MED Firmware revision     : 5.9.6.2
MED Software revision     : 5.9.1.6
MED Serial number         : 64167F123456
MED Manufacturer name     : Polycom
MED Model name            : VVX 411
"""
DELL_N = """LLDP Remote Device Detail

Local Interface: Gi1/0/7

Remote Identifier: 2
Chassis ID Subtype: Network Address
Chassis ID: 10.1.2.3
Port ID Subtype: MAC Address
Port ID: 64:16:7F:12:34:56
System Name: VVX411
System Description: Polycom;VVX-VVX_411
Port Description:
System Capabilities Supported: bridge, telephone
System Capabilities Enabled: bridge, telephone
Time to Live: 24 seconds

console#show lldp med remote-device detail Gi1/0/7

LLDP MED Remote Device Detail

Local Interface: Gi1/0/7
Remote ID: 2
Capabilities
MED Capabilities Supported: capabilities, networkpolicy, inventory
MED Capabilities Enabled: capabilities, networkpolicy, inventory
Device Class: Endpoint Class III

Network Policies
Media Policy Application Type : voice
Vlan ID: 120
Priority: 5

Inventory
Hardware Rev: 3111-48450-001,1
Firmware Rev: 5.9.6.2
Software Rev: 5.9.1.6
Serial Num: 64167F123456
Mfg Name: Polycom
Model Name: VVX 411
Asset ID:
"""
DELL_10 = """Remote Chassis ID Subtype: Network address (5)
Remote Chassis ID: 10.1.2.3
Remote Port Subtype: Mac address (3)
Remote Port ID: 64:16:7f:12:34:56
Remote Port Description: LAN
Local Port ID: ethernet1/1/7
Locally assigned remote Neighbor Index: 3
Remote TTL: 120
Remote System Name: VVX411
Remote System Desc: Polycom;VVX-VVX_411
Existing System Capabilities: Bridge, Telephone
Enabled System Capabilities: Bridge, Telephone
MED Capabilities:
  Device Class: Endpoint Class III
  Software Revision: 5.9.1.6
  Serial Number: 64167F123456
  Manufacturer Name: Polycom
  Model Name: VVX 411
"""
FORTISWITCH = """Capability codes:
        R:Router, B:Bridge, T:Telephone, C:DOCSIS Cable Device
_______________________________________________________________
Neighbor learned on port port7 by LLDP protocol
Last change 20 seconds ago
Last packet received 15 seconds ago

Chassis ID: 10.1.2.3 (ip)
System Name: VVX411
System Description:
Polycom;VVX-VVX_411

Time To Live: 120 seconds
System Capabilities: BT
Enabled Capabilities: BT
MED type: Communication Device Endpoint (Class III)
MED Capabilities: CP
Management IP Address: 10.1.2.3
Port ID: 64:16:7f:12:34:56 (mac)
Port description: LAN
Software Revision: 5.9.1.6
Serial Number: 64167F123456
Manufacturer Name: Polycom
Model Name: VVX 411
"""
MIKROTIK = """Flags: D - dynamic
 7 interface=ether7,bridge address=10.1.2.3 address4=10.1.2.3
   mac-address=64:16:7F:12:34:56 identity="VVX411" platform="" version=""
   unpack=none age=50s interface-name="LAN"
   system-description="Polycom;VVX-VVX_411;
                   SIP/5.9.1.6"
   system-caps=bridge,telephone system-caps-enabled=bridge,telephone

 8 interface=ether8 mac-address=6C:3B:6B:00:00:53 identity="another" platform="MikroTik"
   version="7.4.1 (stable)" unpack=none age=9s system-caps=bridge,router
   system-caps-enabled=bridge,router
"""
COMWARE_LIST = """Chassis ID : * -- -- Nearest nontpmr bridge neighbor
             # -- -- Nearest customer bridge neighbor
             Default -- -- Nearest bridge neighbor
System Name          Local Interface Chassis ID      Port ID
SEP64167F123456.exam GE1/0/7         10.1.2.3        64167F123456:P1
ple.com
SWITCH01             XGE1/0/29       bcea-fa00-0033  Ten-GigabitEthernet1/0/17
"""
#: The last value is cut.
SENSED = """Device: 6416.7f12.3456 on port GigabitEthernet1/0/7
----------------------------------------------------------------------------
Proto Type:Name                       Len Value                       Text
LLDP     6:system-description          13 0C 0B 50 6F 6C 79 63 6F 6D  ..Polycom
                                          3B 56 56 58                 ;VVX
LLDP     0:end-of-lldpdu                2 00 00                       ..
LLDP     2:port-id                      9 04 07 03 64 16 7F 12 34 56  ...d...4V
LLDP     1:chassis-id                   8 02 06 05 01 0A 01 02 03     ........
DHCP    12:host-name                    8 0C 06 56 56 58 34 31 31     ..VVX411
CDP      6:platform-type               11 00 06 00 0B 56 56 58 20 34  ....VVX 4
                                          31 31                       11
CDP      5:version-type                 9 00 05 00 09 35 2E 39 2E     ....5.9.
"""
_PLAIN = {"lldp.capabilities": "bridge,telephone", "lldp.system-name": "VVX411"}
_VOICE = {**INVENTORY, "lldp-med.voice-vlan": "120", "switch.vlan": "120"}
_SYSTEM = {"lldp.system-description": "Polycom;VVX-VVX_411"}

SHOWN: dict[str, tuple[str, Shown]] = {
    "Cisco IOS, LLDP": (IOS_LLDP, Shown(MAC, ADDRESS, "Gi1/0/7", {
        **_VOICE, "lldp.system-description":
        "Polycom;VVX-VVX_411;3111-48450-001,1;SIP/5.9.1.6\nModel: not a label here"})),
    "Cisco IOS, CDP": (IOS_CDP, Shown(MAC, ADDRESS, "Gi1/0/7", {
        "cdp.platform": "Cisco IP Phone 8851", "cdp.version": "sip88xx.12-1-1SR1-4.loads", "cdp.address": ADDRESS,
        "cdp.capabilities": "host,phone,two-port-mac-relay", "cdp.device-id": MAC})),
    "Cisco NX-OS": (NXOS_LLDP, Shown(MAC, ADDRESS, "Eth1/7", {
        **_PLAIN, "lldp.system-description": "Polycom;VVX-VVX_411\nsecond line of it"})),
    "Arista": (ARISTA, Shown(MAC, ADDRESS, "Ethernet7", {**_VOICE, **_SYSTEM})),
    "Extreme": (EXOS, Shown(MAC, ADDRESS, "1:7", _VOICE)),
    "Aruba CX": (ARUBA_CX, Shown(MAC, ADDRESS, "1/1/7", {**_VOICE, **_SYSTEM})),
    "ProCurve": (PROCURVE, Shown(MAC, ADDRESS, "A7", {
        **_PLAIN, "lldp-med.voice-vlan": "120",
        "lldp.system-description": "Polycom;VVX-VVX_411;3111-48450-001,1;SIP/5.9.1.6/..."})),
    "ProCurve, CDP": (PROCURVE_CDP, Shown(MAC, ADDRESS, "7", {
        "cdp.version": "Updater: 5.9.6.2, App: 5.9.1.6", "cdp.platform": "Polycom VVX 411",
        "cdp.capabilities": "host,phone"})),
    "Comware": (COMWARE, Shown(MAC, ADDRESS, "GigabitEthernet1/0/7", _VOICE)),
    "Comware, list": (COMWARE_LIST, Shown(MAC, ADDRESS, "GE1/0/7", {
        "lldp.system-name": "SEP64167F123456.example.com"})),
    "Huawei": (HUAWEI, Shown(MAC, ADDRESS, "GigabitEthernet0/0/7", {
        **_VOICE, "lldp.system-description": "Polycom;VVX-VVX_411\nsecond line"})),
    "Junos": (JUNOS, Shown(MAC, ADDRESS, "ge-0/0/7.0", {**INVENTORY, **_SYSTEM})),
    "Dell N": (DELL_N, Shown(MAC, ADDRESS, "Gi1/0/7", {**_VOICE, **_SYSTEM})),
    "Dell OS10": (DELL_10, Shown(MAC, ADDRESS, "ethernet1/1/7", {**INVENTORY, **_SYSTEM})),
    "FortiSwitch": (FORTISWITCH, Shown(MAC, ADDRESS, "port7", {**INVENTORY, **_SYSTEM})),
    "MikroTik": (MIKROTIK, Shown(MAC, ADDRESS, "ether7", {
        **_PLAIN, "lldp.system-description": "Polycom;VVX-VVX_411; SIP/5.9.1.6"})),
}  # fmt: skip
