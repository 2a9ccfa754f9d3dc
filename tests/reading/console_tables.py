"""Forwarding tables as the systems print them, with invented macs, and what they contain.

Forms of samples in ntc-templates (tests/*/*.raw), of expressions in NOC (sa/profiles) and of the manuals.
"""

from __future__ import annotations

#: Name → text, and the rows that place a device: (mac, port, VLAN).
MACS: dict[str, tuple[str, list[tuple[str, str, str | None]]]] = {
    "Cisco IOS": ("""\
          Mac Address Table
-------------------------------------------

Vlan    Mac Address       Type        Ports
----    -----------       --------    -----
 All    0100.0ccc.cccc    STATIC      CPU
  20    6416.7f12.3456    DYNAMIC     Gi1/0/7
  10    80e8.2c00.0001    DYNAMIC     Gi1/0/7
 999    80e8.2c00.0002    STATIC      Vl99
 200    80e8.2c00.0003    STATIC      Fa0/12
Total Mac Addresses for this criterion: 5
""", [("64:16:7f:12:34:56", "Gi1/0/7", "20"), ("80:e8:2c:00:00:01", "Gi1/0/7", "10"),
      ("80:e8:2c:00:00:03", "Fa0/12", "200")]),
    "Cisco IOS of 2003": ("""\
Dynamic Address Count:                 1
Non-static Address Table:
Destination Address  Address Type  VLAN  Destination Port
-------------------  ------------  ----  --------------------
6416.7f12.3456       Dynamic         20  FastEthernet0/3
""", [("64:16:7f:12:34:56", "FastEthernet0/3", "20")]),
    "Cisco Catalyst 6500": ("""\
Legend: * - primary entry
        age - seconds since last seen
        n/a - not available

Displaying entries from active supervisor:

      vlan   mac address    type   learn    age                 ports
-----+----+---------------+-------+-----+----------+-----------------------------
         75 6416.7f12.3456  dynamic  Yes        0     Te2/5/4
 *       10 80e8.2c00.0001  dynamic  Yes        0     Gi1/5/13
   R    459 80e8.2c00.0002   static   No       -      Router
 *      728 80e8.2c00.0003   static  Yes       -
""", [("64:16:7f:12:34:56", "Te2/5/4", "75"), ("80:e8:2c:00:00:01", "Gi1/5/13", "10")]),
    "Cisco Catalyst 4500": ("""\
Unicast Entries
 vlan     mac address     type        protocols               port
---------+---------------+--------+---------------------+-------------------------
  10      6416.7f12.3456   dynamic ip,ipx,assigned,other GigabitEthernet3/48
2062      80e8.2c00.0002    static ip,ipx,assigned,other Switch

Multicast Entries
 vlan     mac address     type    ports
---------+---------------+-------+--------------------------------------------
  10      ffff.ffff.ffff   system Gi1/2,Gi1/3,Gi1/5,Gi1/7,Gi1/8,Gi1/9,Gi1/12
                                  Gi1/13,Gi1/14,Gi1/15,Gi1/16,Gi1/18,Gi1/23
""", [("64:16:7f:12:34:56", "GigabitEthernet3/48", "10")]),
    "Cisco NX-OS": ("""\
Legend:
        * - primary entry, G - Gateway MAC, (R) - Routed MAC, O - Overlay MAC
        age - seconds since last seen,+ - primary entry using vPC Peer-Link,
        (T) - True, (F) - False
     VLAN       MAC Address       Type     age    Secure  NTFY     Ports
------------+-----------------+----------+-------+------+------+------------------
G    100      80e8.2c00.0001     static     -        F      F    sup-eth1(R)
*    145        80e8.2c00.0002   static     -        F      F    Drop
*    145        6416.7f12.3456   dynamic    0        F      F    Eth101/1/12
""", [("64:16:7f:12:34:56", "Eth101/1/12", "145")]),
    "Cisco SG300": ("""\
Flags: I - Internal usage VLAN
Aging time is 300 sec

    Vlan          Mac Address         Port       Type
------------ --------------------- ---------- ----------
     1         80:e8:2c:00:00:01        0        self
     20        64:16:7f:12:34:56       gi27     dynamic
""", [("64:16:7f:12:34:56", "gi27", "20")]),
    "Arista": ("""\
          Mac Address Table
------------------------------------------------------------------

Vlan    Mac Address       Type        Ports      Moves   Last Move
----    -----------       ----        -----      -----   ---------
  20    6416.7f12.3456    DYNAMIC     Et12       1       0:00:10 ago
  20    80e8.2c00.0001    STATIC      Cpu
Total Mac Addresses for this criterion: 2

          Multicast Mac Address Table
------------------------------------------------------------------
""", [("64:16:7f:12:34:56", "Et12", "20")]),
    "ProCurve": ("""\
 Status and Counters - Port Address Table

  MAC Address   Port  VLAN
  ------------- ----- ----
  64167f-123456 7     20
  80e82c-000001 A12   10
""", [("64:16:7f:12:34:56", "7", "20"), ("80:e8:2c:00:00:01", "A12", "10")]),
    "ProCurve without VLANs": ("""\
 Status and Counters - Port Address Table

  MAC Address   Located on Port
  ------------- ---------------
  64167f-123456 7
""", [("64:16:7f:12:34:56", "7", None)]),
    "Aruba CX": ("""\
MAC age-time            : 300 seconds
Number of MAC addresses : 2

MAC Address          VLAN     Type                      Port
--------------------------------------------------------------
64:16:7f:12:34:56    20       dynamic                   1/1/7
80:e8:2c:00:00:01    10       port-access-security      1/1/12
""", [("64:16:7f:12:34:56", "1/1/7", "20"), ("80:e8:2c:00:00:01", "1/1/12", "10")]),
    "Comware 5": ("""\
MAC ADDR        VLAN ID   STATE            PORT INDEX               AGING TIME(s)
6416-7f12-3456  20        Learned          GigabitEthernet1/0/7     AGING

  ---  1 mac address(es) found  ---
""", [("64:16:7f:12:34:56", "GigabitEthernet1/0/7", "20")]),
    "Comware 7": ("""\
MAC Address      VLAN ID    State            Port/Nickname            Aging
6416-7f12-3456   20         Learned          GE1/0/7                  Y
""", [("64:16:7f:12:34:56", "GE1/0/7", "20")]),
    "VRP": ("""\
-------------------------------------------------------------------------------
MAC Address    VLAN/VSI/BD                       Learned-From        Type
-------------------------------------------------------------------------------
6416-7f12-3456 20/-/-                            GE0/0/7             dynamic
-------------------------------------------------------------------------------
Total items displayed = 1
""", [("64:16:7f:12:34:56", "GE0/0/7", "20")]),
    "VRP 5": ("""\
MAC address table of slot 0:
-------------------------------------------------------------------------------
MAC Address    VLAN/       PEVLAN CEVLAN Port            Type      LSP/LSR-ID
               VSI/SI                                              MAC-Tunnel
-------------------------------------------------------------------------------
6416-7f12-3456 20          -      -      GE0/0/7         dynamic   0/-
""", [("64:16:7f:12:34:56", "GE0/0/7", "20")]),
    "Junos ELS": ("""\
MAC flags (S - static MAC, D - dynamic MAC, L - locally learned, P - Persistent static, C - Control MAC
           SE - statistics enabled, NM - non configured MAC, R - remote PE MAC, O - ovsdb MAC)


Ethernet switching table : 2 entries, 2 learned
Routing instance : default-switch
    Vlan                MAC                 MAC         Age    Logical                NH        RTR
    name                address             flags              interface              Index     ID
    Vlan20              64:16:7f:12:34:56   D             -   ge-0/0/7.0             0         0
    voice               80:e8:2c:00:00:01   D             -   ge-0/0/51.0            0         0

{master:0}
""", [("64:16:7f:12:34:56", "ge-0/0/7.0", "20"), ("80:e8:2c:00:00:01", "ge-0/0/51.0", None)]),
    "Junos": ("""\
Ethernet-switching table: 3 entries, 1 learned
  VLAN              MAC address       Type         Age Interfaces
  voice             *                 Flood          - All-members
  voice             64:16:7f:12:34:56 Learn          0 ge-0/0/7.0
  voice             80:e8:2c:00:00:01 Static         - Router
""", [("64:16:7f:12:34:56", "ge-0/0/7.0", None)]),
    "EXOS": ("""\
MAC                                      VLAN Name( Tag)  Age  Flags          Port / Virtual Port List
------------------------------------------------------------------------------------------------------
64:16:7f:12:34:56                            voice(0020) 0041  d m            1:7
80:e8:2c:00:00:01                             v102(0102) 0045  d miM          1:3, 1:45
80:e8:2c:00:00:02                             v102(0102) 0045  d m            12

Flags : d - Dynamic, s - Static, p - Permanent, n - NetLogin, m - MAC, i - IP,
        x - IPX, l - lockdown MAC, L - lockdown-timeout MAC, M- Mirror, B - Egress Blackhole,
""", [("64:16:7f:12:34:56", "1:7", "20"), ("80:e8:2c:00:00:02", "12", "102")]),
    "RouterOS 6": ("""\
Flags: X - disabled, I - invalid, D - dynamic, L - local, E - external
 #       MAC-ADDRESS        VID ON-INTERFACE            BRIDGE            AGE
 0   DL  80:E8:2C:00:00:01      bridge1                 bridge1
 1   D E 64:16:7F:12:34:56   20 ether7-phone            bridge1
""", [("64:16:7f:12:34:56", "ether7-phone", "20")]),
    "RouterOS 7": ("""\
Flags: D - DYNAMIC; L - LOCAL; E - EXTERNAL
Columns: MAC-ADDRESS, ON-INTERFACE, BRIDGE
#     MAC-ADDRESS        ON-INTERFACE  BRIDGE
0 D   64:16:7F:12:34:56  ether7        bridge1
1 DL  80:E8:2C:00:00:01  ether8        bridge1
""", [("64:16:7f:12:34:56", "ether7", None)]),
    "RouterOS, terse": ("""\
 0 D E mac-address=64:16:7F:12:34:56 vid=20 on-interface=ether7 bridge=bridge1
 1 DL  mac-address=80:E8:2C:00:00:01 on-interface=bridge1 bridge=bridge1
""", [("64:16:7f:12:34:56", "ether7", "20")]),
    "Dell OS6": ("""\
Aging time is 300 Sec

Vlan     Mac Address           Type        Port
-------- --------------------- ----------- ---------------------
20       6416.7F12.3456        Dynamic     Gi1/0/7
10       80E8.2C00.0001        Management  Vl10
""", [("64:16:7f:12:34:56", "Gi1/0/7", "20")]),
    "Dell OS9": ("""\
VlanId     Mac Address           Type          Interface        State
 20     64:16:7f:12:34:56        Dynamic         Te 1/7           Active
""", [("64:16:7f:12:34:56", "Te 1/7", "20")]),
    "Dell OS10": ("""\
VlanId        Mac Address         Type        Interface
20            64:16:7f:12:34:56   dynamic     ethernet1/1/7
""", [("64:16:7f:12:34:56", "ethernet1/1/7", "20")]),
    "Broadcom ICOS": ("""\
VLAN ID  MAC Address         Interface              IfIndex  Status
-------  ------------------  ---------------------  -------  ------------
20       64:16:7F:12:34:56   0/7                    7        Learned
1        80:E8:2C:00:00:01   5/1                    65       Management
""", [("64:16:7f:12:34:56", "0/7", "20")]),
    "Avaya ERS": ("""\
   MAC Address    Vid   Type       Source
----------------- ---- ------- --------------
64-16-7F-12-34-56   20 Dynamic Port: 7
80-E8-2C-00-00-01   20 Self
80-E8-2C-00-00-02   10 Dynamic Port:47
""", [("64:16:7f:12:34:56", "7", "20"), ("80:e8:2c:00:00:02", "47", "10")]),
    "Alcatel OmniSwitch": ("""\
Legend: Mac Address: * = address not valid

   Vlan      Mac Address          Type       Protocol    Operation    Interface
  ------+-------------------+--------------+-----------+------------+-----------
    20    64:16:7f:12:34:56        learned         ---      bridging      1/7
""", [("64:16:7f:12:34:56", "1/7", "20")]),
    "AlliedWare Plus": ("""\
VLAN port             mac            fwd
20   port1.0.7    6416.7f12.3456   forward   dynamic
""", [("64:16:7f:12:34:56", "port1.0.7", "20")]),
    "Alcatel OmniSwitch 8": ("""\
Legend: Mac Address: * = address not valid,
        Mac Address: & = duplicate static address,

   Domain    Vlan/SrvcId[ISId/vnId]     Mac Address           Type          Operation          Interface
------------+----------------------+-------------------+------------------+-------------+-------------------------
      VLAN                       20   64:16:7f:12:34:56            dynamic     bridging                     1/1/7
      VLAN                       10   80:e8:2c:00:00:01            dynamic     bridging                     1/1/7

 Total number of Valid MAC addresses above = 2
""", [("64:16:7f:12:34:56", "1/1/7", "20"), ("80:e8:2c:00:00:01", "1/1/7", "10")]),
    "Alcatel OmniSwitch 8.9": ("""\
-> show mac-learning
Legend: Mac Address: * = address not valid,
        Mac Address: & = duplicate static address,
        ID = ISID/Vnid/vplsid

    Domain    Vlan/SrvcId[:ID]           Mac Address           Type          Operation          Interface
------------+----------------------+-------------------+------------------+-------------+-------------------------
      VLAN                       20   64:16:7f:12:34:56            dynamic     bridging                     1/1/7
""", [("64:16:7f:12:34:56", "1/1/7", "20")]),
    "FastIron": ("""\
Total active entries from all ports = 2
MAC-Address     Port           Type          VLAN
6416.7f12.3456  1/1/7          Dynamic       20
80e8.2c00.0001  1/1/8          Dynamic       10
""", [("64:16:7f:12:34:56", "1/1/7", "20"), ("80:e8:2c:00:00:01", "1/1/8", "10")]),
    "FastIron of 2012": ("""\
Total active entries from all ports = 236
MAC Address     Port      Age      VLAN    Type

6416.7f12.3456   1/1/7        0      20
80e8.2c00.0001   1/1/8        0      10
""", [("64:16:7f:12:34:56", "1/1/7", "20"), ("80:e8:2c:00:00:01", "1/1/8", "10")]),
    "PowerConnect": ("""\
Aging time is 300 sec

  Vlan        Mac Address       Port     Type
-------- --------------------- ------ ----------
   20      64:16:7f:12:34:56    g7     dynamic
  220      80:e8:2c:00:00:01     g2    dynamic
""", [("64:16:7f:12:34:56", "g7", "20"), ("80:e8:2c:00:00:01", "g2", "220")]),
    "VOSS": ("""\
VSP:1#show vlan mac-address-entry
================================================================================
                                   Vlan Fdb
================================================================================
VLAN            MAC
ID    STATUS    ADDRESS           INTERFACE            TUNNEL
--------------------------------------------------------------------------------
20    learned   64:16:7f:12:34:56 Port-1/7             -
10    learned   80:e8:2c:00:00:01 Port-1/8             -
""", [("64:16:7f:12:34:56", "Port-1/7", "20"), ("80:e8:2c:00:00:01", "Port-1/8", "10")]),
    "SLX-OS": ("""\
SLX# show mac-address-table
VlanId/BD-Id    Mac-address       Type    State   Ports/LIF/peer-ip
20   (V)        6416.7f12.3456    Dynamic Active  Eth 0/7
10   (V)        80e8.2c00.0001    Dynamic Active  Eth 0/8
Total MAC addresses    : 2
""", [("64:16:7f:12:34:56", "Eth 0/7", "20"), ("80:e8:2c:00:00:01", "Eth 0/8", "10")]),
    "Network OS": ("""\
VlanId   Mac-address       Type     State        Ports
20       6416.7f12.3456    Dynamic  Active       Te 0/7
10       80e8.2c00.0001    Dynamic  Active       Te 0/8
Total MAC addresses    : 2
""", [("64:16:7f:12:34:56", "Te 0/7", "20"), ("80:e8:2c:00:00:01", "Te 0/8", "10")]),
    "D-Link": ("""\
DGS-3120:admin#show fdb
Command: show fdb

Unicast MAC Address Aging Time  = 300

VID  VLAN Name                        MAC Address       Port Type    Status
---- -------------------------------- ----------------- ---- ------- -------
1    default                          00-1E-58-00-00-01 CPU  Self    Forward
20   voice                            64-16-7F-12-34-56 7    Dynamic Forward
10   office                           80-E8-2C-00-00-01 8    Dynamic Forward

Total Entries: 3
""", [("64:16:7f:12:34:56", "7", "20"), ("80:e8:2c:00:00:01", "8", "10")]),
    "Zyxel": ("""\
sysname# show mac address-table all
  Port     VLAN ID        MAC Address         Type
    7        20      64:16:7f:12:34:56      Dynamic
    8        10      80:e8:2c:00:00:01      Dynamic
""", [("64:16:7f:12:34:56", "7", "20"), ("80:e8:2c:00:00:01", "8", "10")]),
    "SONiC": ("""\
admin@sonic:~$ show mac
  No.    Vlan  MacAddress         Port       Type
-----  ------  -----------------  ---------  -------
    1      20  64:16:7F:12:34:56  Ethernet7  Dynamic
    2      10  80:E8:2C:00:00:01  Ethernet8  Dynamic
Total number of entries 2
""", [("64:16:7f:12:34:56", "Ethernet7", "20"), ("80:e8:2c:00:00:01", "Ethernet8", "10")]),
    "Cumulus": ("""\
cumulus@leaf01:~$ net show bridge macs

VLAN      Master  Interface  MAC                TunnelDest  State      Flags  LastSeen
--------  ------  ---------  -----------------  ----------  ---------  -----  --------
20        bridge  swp7       64:16:7f:12:34:56                                00:00:13
10        bridge  swp8       80:e8:2c:00:00:01                                00:00:13
untagged          bridge     44:38:39:00:00:01              permanent         never
""", [("64:16:7f:12:34:56", "swp7", "20"), ("80:e8:2c:00:00:01", "swp8", "10")]),
    "TP-Link": ("""\
TL-SG#show mac address-table all
MAC                   VLAN    Port        Type            Aging
---                   ----    ----        ----            -----
64:16:7f:12:34:56     20      Gi1/0/7     dynamic         aging
80:e8:2c:00:00:01     10      Gi1/0/8     dynamic         aging
Total MAC Addresses for this criterion: 2
""", [("64:16:7f:12:34:56", "Gi1/0/7", "20"), ("80:e8:2c:00:00:01", "Gi1/0/8", "10")]),
    "Junos, bridge domains": ("""\
user@mx> show bridge mac-table

MAC flags       (S -static MAC, D -dynamic MAC, L -locally learned, C -Control MAC
    O -OVSDB MAC, SE -Statistics enabled, NM -Non configured MAC, R -Remote PE MAC, P -Pinned MAC)

Routing instance : default-switch
 Bridging domain : voice, VLAN : 20
   MAC                 MAC      Logical          NH     MAC
   address             flags    interface        Index  property
   64:16:7f:12:34:56   D        ge-0/0/7.20
""", [("64:16:7f:12:34:56", "ge-0/0/7.20", "20")]),
    "VRP 8": ("""\
<sw-a>display mac-address
Flags: * - Backup
       # - forwarding logical interface, operations cannot be performed based
           on the interface.
BD   : bridge-domain   Age : dynamic MAC learned time in seconds
-------------------------------------------------------------------------------
MAC Address    VLAN/VSI/BD   Learned-From        Type                Age
-------------------------------------------------------------------------------
6416-7f12-3456 20/-/-        10GE1/0/7           dynamic            3142
80e8-2c00-0001 10/-/-        10GE1/0/8           dynamic            3142
-------------------------------------------------------------------------------
Total items: 2
""", [("64:16:7f:12:34:56", "10GE1/0/7", "20"), ("80:e8:2c:00:00:01", "10GE1/0/8", "10")]),
    "IOS XR": ("""\
RP/0/RSP0/CPU0:xr#show l2vpn forwarding bridge-domain mac-address location 0/0/CPU0
Mac Address    Type    Learned from/Filtered on    LC learned Resync Age/Last Change Mapped to
-------------- ------- --------------------------- ---------- ---------------------- --------------
6416.7f12.3456 dynamic Gi0/0/0/7.20                N/A        14 Nov 02:00:00        N/A
""", [("64:16:7f:12:34:56", "Gi0/0/0/7.20", None)]),
    "ProCurve, one VLAN": ("""\
 Status and Counters - Address Table - VLAN 20

  MAC Address   Port
  ------------- ---------------
  64167f-123456 7
  80e82c-000001 8
""", [("64:16:7f:12:34:56", "7", "20"), ("80:e8:2c:00:00:01", "8", "20")]),
    "Cisco ISR": ("""\
EHWIC: 0
Destination Address  Address Type  VLAN  Destination Port
-------------------  ------------  ----  --------------------
6416.7f12.3456        Dynamic      20    GigabitEthernet0/1/7

EHWIC: 1
Destination Address  Address Type  VLAN  Destination Port
-------------------  ------------  ----  --------------------
80e8.2c00.0001        Dynamic      10    GigabitEthernet0/2/1
""", [("64:16:7f:12:34:56", "GigabitEthernet0/1/7", "20"), ("80:e8:2c:00:00:01", "GigabitEthernet0/2/1", "10")]),
    "Cisco IOS, secure": ("""\
               Secure Mac Address Table
-----------------------------------------------------------------------------
Vlan    Mac Address       Type                          Ports   Remaining Age
                                                                   (mins)
----    -----------       ----                          -----   -------------
  20    6416.7f12.3456    SecureDynamic                 Gi1/0/7      -
  10    80e8.2c00.0001    SecureSticky                  Gi1/0/8      -
-----------------------------------------------------------------------------
""", [("64:16:7f:12:34:56", "Gi1/0/7", "20"), ("80:e8:2c:00:00:01", "Gi1/0/8", "10")]),
    "FortiSwitch": ("""\
FS # diagnose switch mac-address list
MAC: 64:16:7f:12:34:56  VLAN: 20 Port: port7(port-id 7)
  Flags: 0x00010440 [ hit dynamic src-hit native ]
MAC: 80:e8:2c:00:00:01  VLAN: 10 Trunk: G3T1(trunk-id 0)
  Flags: 0x00010440 [ hit dynamic src-hit native ]
MAC: 80:e8:2c:00:00:02  VLAN: 10 Port: internal(port-id 31)
""", [("64:16:7f:12:34:56", "port7", "20")]),
    "ProCurve, one port": ("""\
 Status and Counters - Port Address Table - A7

  MAC Address   VLANs
  ------------- ------------
  64167f-123456 20

 Status and Counters - Port Address Table - A8

  MAC Address   VLANs
  ------------- ------------
  80e82c-000001 10
""", [("64:16:7f:12:34:56", "A7", "20"), ("80:e8:2c:00:00:01", "A8", "10")]),
}  # fmt: skip
