"""Details of neighbours as less common systems print them, with an invented phone: name → (text, what it shows).

The forms are those of samples in ntc-templates (tests/*/*.raw), of expressions in NOC (sa/profiles) and of the manuals.
"""

from __future__ import annotations

from tests.reading.consoles import ADDRESS, MAC, Shown

_MED = {
    "lldp-med.manufacturer": "Polycom",
    "lldp-med.model": "VVX 411",
    "lldp-med.serial": "64167F123456",
    "lldp-med.software-revision": "5.9.1.6",
}
_PLAIN = {"lldp.system-name": "VVX411", "lldp.capabilities": "bridge,telephone"}
_CDP = {"cdp.version": "sip88xx.12-1-1SR1-4.loads", "cdp.platform": "Cisco IP Phone 8851"}

#: Also how many neighbours a text has.
MORE: dict[str, tuple[str, Shown, int]] = {
    "Alcatel OmniSwitch, release 6": ("""\
-> show lldp remote-system
Remote LLDP Agents on Local Slot/Port 1/7:

    Chassis 64:16:7f:12:34:56, Port 64:16:7f:12:34:56:
      Remote ID                   = 1,
      Chassis Subtype             = 1 (MAC Address),
      Port Subtype                = 1 (MAC address),
      Port Description            = LAN,
      System Name                 = VVX411,
      System Description          = Polycom;VVX-VVX_411
second line,
      Capabilities Supported      = Bridge Telephone,
      Capabilities Enabled        = Bridge Telephone,
      Management IP Address       = 10.1.2.3,
      MED Device Type             = Endpoint Class III,
      MED Capabilities            = Capabilities | Power via MDI-PD(33),
      MED Extension TLVs Present  = Network Policy| Inventory,
      MED Power Type              = PD Device,
      MED Power Value             = 6.4 W

Remote LLDP Agents on Local Slot/Port 1/24:

    Chassis 00:e0:b1:00:00:01, Port GigabitEthernet0/0/47:
      Remote ID                   = 223,
      Chassis Subtype             = 4 (MAC Address),
      System Name                 = core,
      System Description          = (null),
      Capabilities Supported      = Bridge Router,
      Capabilities Enabled        = Bridge Router,
      Management IP Address       = 10.1.2.1
""", Shown(MAC, ADDRESS, "1/7", {**_PLAIN, "lldp-med.device-class": "endpoint-3", "lldp.port-description": "LAN"}), 2),
    "Alcatel OmniSwitch, release 8": ("""\
Remote LLDP nearest-bridge Agents on Local Port 1/1/7:

    Chassis 10.1.2.3, Port 64:16:7f:12:34:56:
      Remote ID                   = 1,
      Chassis Subtype             = 5 (Network Address),
      Port Subtype                = 3 (MAC Address),
      Port Description            = (null),
      System Name                 = VVX411,
      System Description          = Polycom;VVX-VVX_411,
      Capabilities Supported      = Bridge Telephone,
      Capabilities Enabled        = Bridge Telephone


    Chassis 80:e8:2c:00:00:01, Port eth0:
      Remote ID                   = 2,
      System Name                 = pc
""", Shown(MAC, ADDRESS, "1/1/7", {**_PLAIN}), 2),
    "Allied Telesis": ("""\
awplus#show lldp neighbors detail
LLDP Detailed Neighbor Information:

Local port1.0.7:
  Neighbors table last updated 0 hrs 0 mins 40 secs ago

  Chassis ID Type .................. Network address
  Chassis ID ....................... 10.1.2.3
  Port ID Type ..................... MAC address
  Port ID .......................... 6416.7f12.3456
  TTL .............................. 120 (secs)
  Port Description ................. LAN
  System Name ...................... VVX411
  System Description ............... Polycom;VVX-VVX_411
                                     second line
  System Capabilities - Supported .. Bridge, Telephone
                      - Enabled .... Bridge, Telephone
  Management Addresses ............. 10.1.2.3
  Port VLAN ID (PVID) .............. 0
  VLAN Names ....................... [not advertised]
  LLDP-MED Device Type ............. Endpoint Class III
  LLDP-MED Capabilities ............ LLDP-MED Capabilities, Network Policy
  Network Policy ................... [not advertised]
  Inventory Management:
       Hardware Revision ........... 3111-48450-001,1
       Firmware Revision ........... 5.9.6.2
       Software Revision ........... 5.9.1.6
       Serial Number ............... 64167F123456
       Manufacturer Name ........... Polycom
       Model Name .................. VVX 411
       Asset ID .................... [not advertised]

Local port1.0.23:
  Neighbors table last updated 4393 hrs 26 mins 21 secs ago

  Chassis ID Type .................. MAC address
  Chassis ID ....................... 001a.eb00.0001
  Port ID .......................... port1.0.15
  System Name ...................... core
  System Capabilities - Supported .. Bridge, Router
                      - Enabled .... Bridge
""", Shown(MAC, ADDRESS, "port1.0.7", {**_MED, **_PLAIN, "lldp-med.device-class": "endpoint-3"}), 2),
    "Extreme VOSS": ("""\
VSP:1#show lldp neighbor

================================================================================
                                   LLDP Neighbor
================================================================================

Port: 1/7       Index    : 1              Time: 0 day(s), 00:05:10
                Protocol : LLDP
                ChassisId: Network address    10.1.2.3
                PortId   : MAC Address        64:16:7f:12:34:56
                SysName  : VVX411
                SysCap   : BT / BT
                PortDescr: LAN
                SysDescr : Polycom;VVX-VVX_411
                Address  : 10.1.2.3

--------------------------------------------------------------------------------
Port: 1/48      Index    : 2              Time: 0 day(s), 00:05:10
                Protocol : LLDP
                ChassisId: MAC Address        b0:ad:aa:00:00:01
                PortId   : MAC Address        b0:ad:aa:00:00:02
                SysName  : core
                SysCap   : Br / Br
                Address  : 10.1.2.1

--------------------------------------------------------------------------------
Total Neighbors : 2
""", Shown(MAC, ADDRESS, "1/7", {
    "lldp.system-name": "VVX411", "lldp.port-description": "LAN",
    "lldp.system-description": "Polycom;VVX-VVX_411"}), 2),
    "Avaya ERS": ("""\
5520#show lldp port 1/7 neighbor detail
-------------------------------------------------------------------------------
                            lldp neighbor
-------------------------------------------------------------------------------
Port: 1/7  Index: 14                          Time: 0 days, 00:01:10
        ChassisId: Network address      10.1.2.3
        PortId:    MAC address          64:16:7f:12:34:56
        SysCap:    TB / TB              (Supported/Enabled)
        PortDesc:  LAN
        SysName:   VVX411
        SysDescr:  Polycom;VVX-VVX_411
        PVID:      0                    PPVID Supported: none
        VLAN Name List: none            PPVID Enabled: none

        Dot3-MAC/PHY Auto-neg: supported/enabled     OperMAUtype: 1000BaseTFD
        MED-Capabilities: CNLDI / CNDI  (Supported/Current)
        MED-Device type:  Endpoint Class 3
        MED-Application Type: Voice     VLAN ID: 120
        L2 Priority: 6                  DSCP Value: 46   Tagged Vlan, Policy defined
        MED-HWRev: 3111-48450-001,1     MED-FWRev: 5.9.6.2
        MED-SWRev: 5.9.1.6              MED-SerialNumber: 64167F123456
        MED-ManufName: Polycom          MED-ModelName: VVX 411
        MED-AssetID:
-------------------------------------------------------------------------------
""", Shown(MAC, ADDRESS, "1/7", {
    **_MED, **_PLAIN, "lldp-med.voice-vlan": "120", "lldp-med.hardware-revision": "3111-48450-001,1",
    "lldp-med.firmware-revision": "5.9.6.2"}), 1),
    "SLX-OS": ("""\
SLX# show lldp neighbors detail
Neighbors for Interface Eth 0/7

MANDATORY TLVs
==============
Local Interface: Eth 0/7 (Local Interface MAC: 00:05:33:00:00:07)
Remote Interface: 6416.7f12.3456 (Remote Interface MAC: 6416.7f12.3456)
Dead Interval: 120 secs
Remaining Life : 104 secs
Chassis ID: 10.1.2.3
LLDP PDU Transmitted: 24 Received: 25

OPTIONAL TLVs
==============
Port Interface Description: LAN
System Name: VVX411
System Description: Polycom;VVX-VVX_411
System Capabilities: Bridge Telephone
System Capabilities Enabled: Bridge Telephone
Link Prim: 10
Remote Protocols Advertised: Multiple Spanning Tree Protocol
Remote VLANs Configured:
AutoNego Support: Supported Not Enabled
Management Address: 10.1.2.3
""", Shown(MAC, ADDRESS, "Eth 0/7", {**_PLAIN, "lldp.system-description": "Polycom;VVX-VVX_411"}), 1),
    "D-Link": ("""\
DGS-3120:admin#show lldp remote_ports 7 mode detailed
Command: show lldp remote_ports 7 mode detailed

Port ID : 7
---------------------------------------------------------------------------
Remote Entities Count : 1
Entity 1
    Chassis ID Subtype                      : Network Address
    Chassis ID                              : 10.1.2.3
    Port ID Subtype                         : MAC Address
    Port ID                                 : 64-16-7F-12-34-56
    Port Description                        : LAN
    System Name                             : VVX411
    System Description                      : Polycom;VVX-VVX_411
    System Capabilities                     : Bridge, Telephone
    Management Address Count                : 1
        Subtype                             : IPv4
        Address                             : 10.1.2.3
        IF Type                             : IfIndex
        OID                                 : 1.3.6.1
    Port PVID                               : 0
    PPVID Entries Count                     : 0
    VLAN Name Entries Count                 : 0
    Protocol ID Entries Count               : 0
    MAC/PHY Configuration/Status            : (None)
    Power Via MDI                           : (None)
    Link Aggregation                        : (None)
    Maximum Frame Size                      : 0
    Unknown TLVs Count                      : 0

Port ID : 24
---------------------------------------------------------------------------
Remote Entities Count : 1
Entity 1
    Chassis ID Subtype                      : MAC Address
    Chassis ID                              : 00-1E-58-00-00-01
    Port ID Subtype                         : Local
    Port ID                                 : 1/24
    System Name                             : core
    System Capabilities                     : Repeater, Bridge
""", Shown(MAC, ADDRESS, "7", {**_PLAIN}), 2),
    "EdgeSwitch": ("""\
(UBNT EdgeSwitch) #show lldp remote-device detail 0/7

LLDP Remote Device Detail

Local Interface: 0/7

Remote Identifier: 12
Chassis ID Subtype: Network Address
Chassis ID: 10.1.2.3
Port ID Subtype: MAC Address
Port ID: 64:16:7F:12:34:56
System Name: VVX411
System Description: Polycom;VVX-VVX_411
Port Description: LAN
System Capabilities Supported: bridge, telephone
System Capabilities Enabled: bridge, telephone
Management Address:
    Type: IPv4
    Address: 10.1.2.3
Time to Live: 98 seconds

Remote Identifier: 13
Chassis ID Subtype: MAC Address
Chassis ID: 80:E8:2C:00:00:01
Port ID Subtype: MAC Address
Port ID: 80:E8:2C:00:00:01
System Name: pc
Time to Live: 98 seconds
""", Shown(MAC, ADDRESS, "0/7", {**_PLAIN}), 2),
    "Zyxel": ("""\
sysname# show lldp info remote interface port-channel 7
LLDP Remote Device Information Detail

Local Port: 7
---------------------------------------
Basic TLV Info
   Chassis ID Subtype:    network-address
   Chassis ID:            10.1.2.3
   Port ID Subtype:       mac-address
   Port ID:               64:16:7f:12:34:56
   Time To Live TLV:      120
   Port Description TLV:  LAN
   System Name TLV:       VVX411
   System Description TLV: Polycom;VVX-VVX_411
   System Capabilities TLV:
      System Capabilities Supported: Bridge, Telephone
      System Capabilities Enabled:   Bridge, Telephone
   Management Address TLV:
      Management Address Subtype: ipv4 / all-802
      Interface Number Subtype: unknown
      Interface Number: 0
      Object Identifier: 0
      Management Address: 10.1.2.3
Extended TLV Info
   LLDP-MED TLV:
      LLDP-MED Device Type: Endpoint Class III
      Network Policy TLV:
         Application Type: Voice
         Tagged Flag: Tagged
         VLAN ID: 120
      Inventory TLV:
         Hardware Revision: 3111-48450-001,1
         Software Revision: 5.9.1.6
         Serial Number: 64167F123456
         Manufacturer Name: Polycom
         Model Name: VVX 411
""", Shown(MAC, ADDRESS, "7", {**_MED, **_PLAIN, "lldp-med.voice-vlan": "120", "lldp.port-description": "LAN"}), 1),
    "FortiOS": ("""\
FGT # diagnose lldprx neighbor details
1 port: 7
1 port.txt: lan7
1 mac: 64:16:7f:12:34:56
1 chassis.type: 5
1 chassis.type.txt: network-address
1 chassis.data: 10.1.2.3
1 port.id.type: 3
1 port.id.type.txt: mac-address
1 port.id.len: 6
1 port.id.data: 64:16:7f:12:34:56
1 ttl: 120
1 port.desc.len: 3
1 port.desc.data: LAN
1 system.name.len: 6
1 system.name.data: VVX411
1 system.desc.len: 19
1 system.desc.data: Polycom;VVX-VVX_411
1 system.caps.available: 0024
1 system.caps.available.txt: bridge telephone
1 system.caps.enabled: 0024
1 system.caps.enabled.txt: bridge telephone
1 address.count: 1
1 address.1.type: 1
1 address.1.type.txt: ipv4
1 address.1.len: 4
1 address.1.addr: 10.1.2.3
2 port: 8
2 port.txt: lan8
2 mac: 80:e8:2c:00:00:01
2 chassis.data: 80:e8:2c:00:00:01
2 system.name.data: pc
""", Shown(MAC, ADDRESS, "lan7", {**_PLAIN}), 2),
    "Dell OS9": ("""\
FTOS#show lldp neighbors detail
========================================================================
 Local Interface Gi 0/7 has 1 neighbor
  Total Frames Out: 6547
  Total Frames In: 4136
  Total Neighbor information Age outs: 0
  Total Multiple Neighbors Detected: 0
  Total Frames Discarded: 0
  Total In Error Frames: 0
  Total Unrecognized TLVs: 0
  Total TLVs Discarded: 0
  Next packet will be sent after 7 seconds
  The neighbors are given below:
  -----------------------------------------------------------------------

    Remote Chassis ID Subtype: Network address (5)
    Remote Chassis ID:  10.1.2.3
    Remote Port Subtype:  Mac address (3)
    Remote Port ID:  64:16:7f:12:34:56
    Remote Port Description:  LAN
    Local Port ID: GigabitEthernet 0/7
    Locally assigned remote Neighbor Index: 4
    Remote TTL:  120
    Information valid for next 120 seconds
    Time since last information change of this neighbor:  01:50:16
    Remote MTU:  1554
    Remote System Name:  VVX411
    Remote System Desc:  Polycom;VVX-VVX_411
    Existing System Capabilities:  Bridge Telephone
    Enabled System Capabilities:  Bridge Telephone
    Remote Port Vlan ID:  1
    Port and Protocol Vlan ID: 1, Capability: Supported, Status: Enabled
   ---------------------------------------------------------------------------

========================================================================
""", Shown(MAC, ADDRESS, "Gi 0/7", {**_PLAIN, "lldp.port-description": "LAN"}), 1),
    "IronWare with LLDP-MED": ("""\
ICX7150#show lldp neighbors detail
Local port: 1/1/7
  Neighbor: 6416.7f12.3456, TTL 101 seconds
    + Chassis ID (network address): 10.1.2.3
    + Port ID (MAC address): 6416.7f12.3456
    + Time to live: 120 seconds
    + System name         : "VVX411"
    + System description  : "Polycom;VVX-VVX_411"
    + Port description    : "LAN"
    + System capabilities : bridge, telephone
      Enabled capabilities: bridge, telephone
    + 802.3 MAC/PHY          : auto-negotiation supported and enabled
      Operational MAU type   : 1000BaseT-FD
    + MED capabilities: capabilities, networkPolicy, inventory
      MED device type : Endpoint Class III
    + MED Network Policy
      Application Type : Voice
      Policy Flags     : Known Policy, Tagged
      VLAN ID          : 120
      L2 Priority      : 5
      DSCP Value       : 46
    + MED Hardware revision : "3111-48450-001,1"
    + MED Firmware revision : "5.9.6.2"
    + MED Software revision : "5.9.1.6"
    + MED Serial number     : "64167F123456"
    + MED Manufacturer      : "Polycom"
    + MED Model name        : "VVX 411"
    + MED Asset ID          : ""
""", Shown(MAC, ADDRESS, "1/1/7", {**_MED, **_PLAIN, "lldp-med.voice-vlan": "120"}), 1),
    "TP-Link": ("""\
TL-SG#show lldp neighbor-information interface gigabitEthernet 1/0/7

LLDP Neighbor Information:

gigabitEthernet 1/0/7:

  Neighbor index 1:
    Chassis type:                       Network address
    Chassis ID:                         10.1.2.3
    Port ID type:                       MAC address
    Port ID:                            64:16:7f:12:34:56
    TTL:                                120
    Port description:                   LAN
    System name:                        VVX411
    System description:                 Polycom;VVX-VVX_411
    System capabilities supported:      Bridge Telephone
    System capabilities enabled:        Bridge Telephone
    Management address type:            ipv4
    Management address:                 10.1.2.3
    Management address interface type:  IfIndex
    Device type:                        Endpoint Class III
    Application type:                   Voice
    Unknown policy flag:                No
    VLAN tagged:                        Yes
    Media policy VLAN ID:               120
    Hardware revision:                  3111-48450-001,1
    Software revision:                  5.9.1.6
    Serial number:                      64167F123456
    Manufacturer name:                  Polycom
    Model name:                         VVX 411
""", Shown(MAC, ADDRESS, "gigabitEthernet 1/0/7", {**_MED, **_PLAIN, "lldp-med.voice-vlan": "120"}), 1),
    "Cisco Small Business with LLDP-MED": ("""\
SG350#show lldp neighbors gi1/0/7

Device ID: 10.1.2.3
Port ID: 64:16:7f:12:34:56
Capabilities: Bridge, Telephone
System Name: VVX411
System description: Polycom;VVX-VVX_411
Port description: LAN
Management address: 10.1.2.3
Time To Live: 165 seconds

802.3 MAC/PHY Configuration/Status
Auto-negotiation support: Supported
Auto-negotiation status: Enabled

LLDP-MED capabilities: Network policy, Inventory
LLDP-MED Device type: Endpoint class 3
LLDP-MED Network policy
Application type: Voice
Flags: Known policy
VLAN ID: 120
Layer 2 priority: 5
DSCP: 46
LLDP-MED Inventory
Hardware Revision: 3111-48450-001,1
Firmware Revision: 5.9.6.2
Software Revision: 5.9.1.6
Serial number: 64167F123456
Manufacturer Name: Polycom
Model name: VVX 411
Asset ID:
""", Shown(MAC, ADDRESS, "gi1/0/7", {**_MED, **_PLAIN, "lldp-med.voice-vlan": "120"}), 1),
    "ProCurve, one octet a word": ("""\
 LLDP Remote Device Information Detail

  Local Port   : A7
  ChassisType  : network-address
  ChassisId    : 10.1.2.3
  PortType     : mac-address
  PortId       : 64 16 7f 12 34 56
  SysName      : VVX411
  System Descr : Polycom;VVX-VVX_411
  PortDescr    : LAN
  Pvid         :

  System Capabilities Supported  : bridge, telephone
  System Capabilities Enabled    : bridge, telephone

  Remote Management Address
     Type    : ipv4
     Address : 10.1.2.3

  MED Information Detail
    EndpointClass          :Class3
    Media Policy Vlan id     :120
    Media Policy Priority    :6
    Media Policy Dscp        :46
    Media Policy Tagged      :True
    Poe Device Type         :PD

------------------------------------------------------------------------------
  Local Port   : A8
  ChassisType  : mac-address
  ChassisId    : 80e82c-000001
  PortType     : mac-address
  PortId       : 80 e8 2c 00 00 01
  SysName      :
""", Shown(MAC, ADDRESS, "A7", {**_PLAIN, "lldp-med.voice-vlan": "120"}), 2),
    "a mac as management address": ("""\
Chassis id: 3935-5A43-4A37
Port id: PCI-E Slot 1, Port 2
Local Port id: Eth1/14
Port Description: LAN
System Name: VVX411
System Description: some
Time remaining: 40 seconds
System Capabilities: B, T
Enabled Capabilities: B, T
Management Address: 6416.7f12.3456
Management Address IPV6: not advertised
Vlan ID: not advertised
""", Shown(MAC, None, "Eth1/14", {**_PLAIN}), 1),
    "CDP without blank lines": ("""\
Device ID: SEP64167F123456
Entry address(es):
  IP address: 10.1.2.3
Platform: Cisco IP Phone 8851,  Capabilities: Host Phone Two-port Mac Relay
Interface: GigabitEthernet1/0/7,  Port ID (outgoing port): Port 1
Holdtime : 155 sec
Version :
sip88xx.12-1-1SR1-4.loads
advertisement version: 2
Native VLAN: 1
Duplex: full
-------------------------
Device ID: core
Entry address(es):
  IP address: 10.1.2.1
Platform: cisco C9500,  Capabilities: Router Switch
Interface: GigabitEthernet1/0/48,  Port ID (outgoing port): Gi1/0/1
Holdtime : 90 sec
Version :
17.9
advertisement version: 1
Total cdp entries displayed : 2
""", Shown(MAC, ADDRESS, "Gi1/0/7", _CDP), 2),
    "Cisco IOS, indented": ("""\
        Local Intf: Gi1/0/7
        Chassis id: 10.1.2.3
        Port id: 64167f123456:P1
        Port Description: LAN
        System Name: VVX411

        System Description:
        Polycom;VVX-VVX_411

        Time remaining: 101 seconds
        System Capabilities: B,T
        Enabled Capabilities: B,T
        Management Addresses:
            IP: 10.1.2.3

        Local Intf: Gi1/0/8
        Chassis id: 80e8.2c00.0001
        Port id: 80e8.2c00.0001
""", Shown(MAC, ADDRESS, "Gi1/0/7", {**_PLAIN}), 2),
    "IOS XR, CDP": ("""\
RP/0/RP0/CPU0:xr#show cdp neighbors detail
-------------------------
Device ID: SEP64167F123456
SysName : SEP64167F123456
Entry address(es):
IPv4 address: 10.1.2.3
Platform: Cisco IP Phone 8851,  Capabilities: Host Phone
Interface: GigabitEthernet0/0/0/7
Port ID (outgoing port): Port 1
Holdtime : 155 sec

Version :
sip88xx.12-1-1SR1-4.loads

advertisement version: 2
Native VLAN: 1
Duplex: full
""", Shown(MAC, ADDRESS, "GigabitEthernet0/0/0/7", _CDP), 1),
    "NX-OS, CDP": ("""\
nx# show cdp neighbors detail
----------------------------------------
Device ID:SEP64167F123456

Interface address(es): 1
    IPv4 Address: 10.1.2.3
Platform: Cisco IP Phone 8851, Capabilities: Host Phone Two-port Mac Relay
Interface: Ethernet1/7, Port ID (outgoing port): Port 1
Holdtime: 161 sec

Version:
sip88xx.12-1-1SR1-4.loads

Advertisement Version: 2
Duplex: full
Mgmt address(es):
    IPv4 Address: 10.1.2.3
Local Interface MAC: 00:00:00:00:00:01
Remote Interface MAC: 64:16:7f:12:34:56
""", Shown(MAC, ADDRESS, "Ethernet1/7", {"cdp.version": "sip88xx.12-1-1SR1-4.loads"}), 1),
    "Cisco Small Business, CDP": ("""\
SG350#show cdp neighbors detail

Device-ID: SEP64167F123456
Advertisement version: 2
Platform: Cisco IP Phone 8851
Capabilities: Host Phone
Interface: gi1/0/7, Port ID (outgoing port): Port 1
Holdtime: 155
Version: sip88xx.12-1-1SR1-4.loads
Duplex: full
Native VLAN: 1
Application: VoIP phone
Voice VLAN: 120
SysName: SEP64167F123456
Primary Management Address: 10.1.2.3
Addresses:
          IP 10.1.2.3
""", Shown(MAC, ADDRESS, "gi1/0/7", {**_CDP, "lldp-med.voice-vlan": "120"}), 1),
    "EXOS, CDP": ("""\
# show cdp neighbor detail
Device ID          : SEP64167F123456
Port ID            : Port 1
Local Interface    : 7
Platform           : Cisco IP Phone 8851
Capabilities       : Host Phone
Addresses          : 10.1.2.3
Version            : sip88xx.12-1-1SR1-4.loads
""", Shown(MAC, ADDRESS, "7", _CDP), 1),
    "Ruijie": ("""\
Ruijie#show lldp neighbors detail
----------------------------------------------------------------------------
Lldp neighbor-information of port [GigabitEthernet 0/7]
----------------------------------------------------------------------------
  Neighbor index                    : 1
  Device type                       : LLDP Device
  Update time                       : 0days 1hours 1minutes 10seconds
  Aging time                        : 1minutes 47seconds

  Chassis ID type                   : Network address
  Chassis ID                        : 10.1.2.3
  System name                       : VVX411
  System description                : Polycom;VVX-VVX_411
  System capabilities supported     : Bridge, Telephone
  System capabilities enabled       : Bridge, Telephone

  Management address subtype        : ipv4
  Management address                : 10.1.2.3
  Interface numbering subtype       :
  Interface number                  : 0
  Object identifier                 :

  Port ID type                      : MAC address
  Port ID                           : 6416.7f12.3456
  Port description                  : LAN

  802.1 organizationally information
  Port VLAN ID                      : 1

  LLDP-MED organizationally information
  LLDP-MED capabilities             : LLDP-MED Capabilities, Network policy, Inventory
  Device type                       : Endpoint class III
  Application type                  : Voice
  VLAN ID                           : 120
  L2 Priority                       : 5
  Hardware revision                 : 3111-48450-001,1
  Software revision                 : 5.9.1.6
  Serial number                     : 64167F123456
  Manufacturer name                 : Polycom
  Model name                        : VVX 411
----------------------------------------------------------------------------
Lldp neighbor-information of port [GigabitEthernet 0/24]
----------------------------------------------------------------------------
  Neighbor index                    : 1
  Chassis ID type                   : MAC address
  Chassis ID                        : 0074.9c00.0001
  System name                       : core
  System capabilities enabled       : Bridge
""", Shown(MAC, ADDRESS, "GigabitEthernet 0/7", {**_MED, **_PLAIN, "lldp-med.voice-vlan": "120"}), 2),
    "Alcatel OmniSwitch, older": ("""\
Remote LLDP Agents on Local Slot/Port: 1/7,
      Chassis ID Subtype          = 5 (Network Address),
      Chassis ID                  = 10.1.2.3,
      Port ID Subtype             = 3 (MAC address),
      Port ID                     = 64:16:7f:12:34:56,
      Port Description            = LAN,
      System Name                 = VVX411,
      System Description          = Polycom;VVX-VVX_411,
      Capabilities Supported      = Bridge Telephone,
      Capabilities Enabled        = Bridge Telephone,
Remote LLDP Agents on Local Slot/Port: 1/24,
      Chassis ID Subtype          = 4 (MAC Address),
      Chassis ID                  = 00:d0:95:00:00:01,
      Port ID                     = 2048,
      System Name                 = core,
""", Shown(MAC, ADDRESS, "1/7", _PLAIN), 2),
    "Comware, brief": ("""\
<sw-a>display lldp neighbor-information brief
LLDP neighbor-information of port 7[GigabitEthernet1/0/7]:
  Neighbor 1:
  ChassisID/subtype: 10.1.2.3/Network address(ipv4)
  PortID/subtype   : 6416-7f12-3456/MAC address
  Capabilities     : Bridge,Telephone
""", Shown(MAC, ADDRESS, "GigabitEthernet1/0/7", {"lldp.capabilities": "bridge,telephone"}), 1),
}  # fmt: skip
