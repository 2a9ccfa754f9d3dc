"""Tables of consoles other than forwarding tables: ARP, sessions, supplied devices, and summaries of neighbours."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.model import Observation
from scanner.reading import Context, Problem, console, detect
from tests.reading.inventories import inventoried

NOW = "2026-11-23T02:00:00Z"
MAC, IP = "64:16:7f:12:34:56", "10.1.2.7"
Items = list[Observation | Problem]


def read(text: str, name: str = "sw-a.txt") -> Items:
    assert detect.detect(text.encode()) is console.FORMAT
    return list(detect.read(io.BytesIO(text.encode()), Context(name, NOW)))


def values(items: Items, field: str) -> list[tuple[str | None, str | None, str]]:
    return [(o.ip, o.mac, o.value) for o in items if isinstance(o, Observation) and o.field == field]


def places(items: Items) -> list[tuple[str | None, str]]:
    return [(mac, port) for _, mac, port in values(items, "switch.port")]


ARP = {
    "Cisco IOS": """\
Protocol  Address          Age (min)  Hardware Addr   Type   Interface
Internet  10.1.2.7                0   6416.7f12.3456  ARPA   Vlan20
Internet  10.1.2.8                0   Incomplete      ARPA
""",
    "Cisco NX-OS": """\
Flags: * - Adjacencies learnt on non-active FHRP router
       + - Adjacencies synced via CFSoE

IP ARP Table for context default
Total number of entries: 1
Address         Age       MAC Address     Interface       Flags
10.1.2.7        00:14:24  6416.7f12.3456  Vlan20
10.1.2.8        00:00:11  INCOMPLETE      Vlan20
""",
    "Arista": """\
Address         Age (sec)  Hardware Addr   Interface
10.1.2.7        0:00:01    6416.7f12.3456  Vlan20, Ethernet7
""",
    "ProCurve": """\

 IP ARP table

  IP Address      MAC Address       Type    Port
  --------------- ----------------- ------- ----
  10.1.2.7        64167f-123456     dynamic 7
""",
    "Aruba CX": """\
IPv4 Address     MAC                Port         Physical Port              State      VRF
---------------------------------------------------------------------------------------------
10.1.2.7         64:16:7f:12:34:56  vlan20       1/1/7                      reachable  default
Total Number Of ARP Entries Listed- 1.
""",
    "Comware": """\
  Type: S-Static   D-Dynamic   O-Openflow   R-Rule   M-Multiport  I-Invalid
IP address      MAC address    VLAN     Interface                Aging Type
10.1.2.7        6416-7f12-3456 20       GE1/0/7                  16    D
""",
    "VRP": """\
IP ADDRESS      MAC ADDRESS     EXPIRE(M) TYPE        INTERFACE   VPN-INSTANCE
                                          VLAN/CEVLAN PVC
------------------------------------------------------------------------------
10.1.2.7        6416-7f12-3456  16        D-0         GE0/0/7
                                          20/-
------------------------------------------------------------------------------
Total:1         Dynamic:1       Static:0     Interface:0
""",
    "Junos": """\
MAC Address       Address         Name                      Interface     Flags
64:16:7f:12:34:56 10.1.2.7        phone.example             vlan.20       none
Total entries: 1
""",
    "RouterOS": """\
Flags: X - disabled, I - invalid, H - DHCP, D - dynamic, P - published, C - complete
 #    ADDRESS         MAC-ADDRESS       INTERFACE
 0 DC 10.1.2.7        64:16:7F:12:34:56 bridge1
 1    10.1.2.8                          bridge1
""",
    "RouterOS, terse": " 0 DC address=10.1.2.7 mac-address=64:16:7F:12:34:56 interface=bridge1 published=no\n",
    "EXOS": """\
VR            Destination      Mac                Age  Static  VLAN          VID   Port
VR-Default    10.1.2.7         64:16:7f:12:34:56   20      NO  voice         20    1:7
VR-Default    10.1.2.8         (incomplete)         7      NO  Default       4095
""",
    "EdgeSwitch": """\

Age Time (seconds)............................. 300

  IP Address        MAC Address      Interface        Type        Age
---------------  -----------------  --------------  --------  -----------
10.1.2.7         64:16:7F:12:34:56  4/1             Dynamic    0h  2m 16s
172.16.216.33    00:00:00:00:00:00  4/1             Dynamic    0h  0m  5s
""",
    "D-Link": """\
DGS-3120:admin#show arpentry
Command: show arpentry

ARP Aging Time : 20

Interface      IP Address       MAC Address        Type
-------------  ---------------  -----------------  ---------------
System         10.1.2.7         64-16-7F-12-34-56  Dynamic
System         10.255.255.255   FF-FF-FF-FF-FF-FF  Local/Broadcast

Total Entries: 2
""",
    "FastIron": """\
Total number of ARP entries: 2
Entries in default routing instance:
No.   IP Address       MAC Address    Type     Age Port               Status
1     10.1.2.7         6416.7f12.3456 Dynamic  0   1/1/7              Valid
2     10.1.2.9         None           Dynamic  0   1/1/8              Pend
""",
    "SONiC": """\
admin@sonic:~$ show arp
Address        MacAddress         Iface      Vlan
-------------  -----------------  ---------  ------
10.1.2.7       64:16:7f:12:34:56  Ethernet7  20
Total number of entries 1
""",
    "Linux, ip neigh": """\
cumulus@leaf01:~$ ip neigh show
10.1.2.7 dev vlan20 lladdr 64:16:7f:12:34:56 REACHABLE
10.1.2.9 dev vlan20  FAILED
""",
    "Linux, arp -a": """\
$ arp -an
? (10.1.2.7) at 64:16:7f:12:34:56 [ether] on eth0
? (10.1.2.9) at <incomplete> on eth0
""",
    "Alcatel OmniSwitch": """\
-> show arp
Total 2 arp entries
Flags (P=Proxy, A=Authentication, V=VRRP, B=BFD, H=HAVLAN, I=INTF, M=Managed)

 IP Addr           Hardware Addr       Type       Flags   Port     Interface   Name
-----------------+-------------------+----------+-------+--------+-----------+----------
10.1.2.7           64:16:7f:12:34:56   DYNAMIC              1/1/7  vlan-20
""",
    "AlliedWare Plus": """\
awplus#show arp
IP Address      MAC Address     Interface  Port         Type
10.1.2.7        6416.7f12.3456  vlan20     port1.0.7    dynamic
""",
    "Dell OS9": """\
FTOS#show arp
Protocol    Address         Age(min)  Hardware Address    Interface      VLAN             CPU
--------------------------------------------------------------------------------
Internet    10.1.2.7               2   64:16:7f:12:34:56  Gi 0/7         Vl 20            CP
""",
    "Dell OS10": """\
OS10# show ip arp
Codes: pv<vlan-id> - private vlan where the mac is learnt
Address          Hardware address     Interface                    Egress Interface
-------------------------------------------------------------------------------------
10.1.2.7         64:16:7f:12:34:56    vlan20                       ethernet1/1/7
""",
    "VOSS": """\
VSP:1#show ip arp
=====================================================================================
                                IP Arp - GlobalRouter
=====================================================================================
IP_ADDRESS      MAC_ADDRESS       VLAN    PORT            TYPE    TTL(10 Sec)  TUNNEL
-------------------------------------------------------------------------------------
10.1.2.7        64:16:7f:12:34:56 20      1/7             DYNAMIC 2160
""",
    "SLX-OS": """\
SLX# show arp
Address         Mac-address         L3 Interface  L2 Interface  Age       Type
-----------------------------------------------------------------------------
10.1.2.7        6416.7f12.3456      Ve 20         Eth 0/7       00:01:12  Dynamic
""",
    "Zyxel": """\
sysname# show ip arp
Index  IP              MAC                VLAN  Port   Age(s)  Type
1      10.1.2.7        64:16:7f:12:34:56  20    7      180     dynamic
""",
    "FortiOS": """\
FGT # get system arp
Address           Age(min)   Hardware Addr      Interface
10.1.2.7          2          64:16:7f:12:34:56 lan
""",
    "IOS XR": """\
-------------------------------------------------------------------------------
0/0/CPU0
-------------------------------------------------------------------------------
Address         Age        Hardware Addr   State      Type  Interface
10.1.2.7        02:55:43   6416.7f12.3456  Dynamic    ARPA  GigabitEthernet0/0/0/7
""",
    "no header": "sw-a#show ip arp | include 6416\nInternet  10.1.2.7   0   6416.7f12.3456  ARPA   Vlan20\n",
}


@pytest.mark.parametrize("name", ARP)
def test_an_arp_table_has_the_mac_of_an_address(name: str) -> None:
    assert values(read(ARP[name]), "arp.mac") == [(IP, MAC, MAC)]


def test_ipv6_neighbours_have_addresses_too_also_where_a_long_one_fills_its_line() -> None:
    text = """\
sw-a#show ipv6 neighbors
IPv6 Address                              Age Link-layer Addr State Interface
2001:DB8:20::7                              0 6416.7f12.3456  REACH Vl20
FE80::6616:7FFF:FE12:3456                   0 6416.7f12.3456  REACH Vl20
2001:DB8:20:500C:428D:5CFF:FE34:FC79
                                            0 6416.7f12.3456  REACH Vl20
"""
    assert [ip for ip, _, _ in values(read(text), "arp.mac")] == [
        "2001:db8:20::7",
        "2001:db8:20:500c:428d:5cff:fe34:fc79",
    ]


NEIGHBOURS = """\
[admin@sw-a] > /ip neighbor print
Columns: INTERFACE, ADDRESS, MAC-ADDRESS, IDENTITY, VERSION, BOARD
# INTERFACE       ADDRESS     MAC-ADDRESS        IDENTITY    VERSION            BOARD
0 ether7          10.1.2.7    64:16:7F:12:34:56  VVX411
  bridge1
1 ether8          10.1.2.8    64:16:7F:12:34:57  SEP64167F1  sip88xx.12-1-1
"""


@pytest.mark.parametrize("bridge", ["bridge1", "LAN1"])
@pytest.mark.parametrize("before", ["", " "])
def test_neighbours_of_routeros_are_read_of_a_table_as_well(before: str, bridge: str) -> None:
    items = read(re.sub(r"(?m)^(?=[#01 ])", before, NEIGHBOURS.replace("bridge1", bridge)))
    assert values(items, "switch.port") == [(IP, MAC, "ether7"), ("10.1.2.8", "64:16:7f:12:34:57", "ether8")]
    assert values(items, "lldp.system-name")[0] == (IP, MAC, "VVX411")


def test_a_ruler_of_underscores_is_no_neighbour() -> None:
    text = """\
  Portname     Status   Device-name                TTL   Capability  MED-type  Port-ID
  ___________  _______  _________________________  ____  __________  ________  _______
  port7        Up       VVX411                     120   BT          III       64:16:7f:12:34:56
"""
    assert values(read(text), "lldp.system-name") == [(None, MAC, "VVX411")]


SESSIONS = """\
Interface    MAC Address    Method  Domain  Status Fg Session ID
------------------------------------------------------------------------------
Gi1/0/7      6416.7f12.3456 mab     VOICE   Auth      0A0A1DFE00000FBD000101FF
Gi1/0/7      80e8.2c00.0001 dot1x   DATA    Auth      0A0A1DFE00000FB3000101FF

Session count = 2
"""
DETAILS = """\
            Interface:  GigabitEthernet1/0/7
               IIF-ID:  0x16191B90
          MAC Address:  6416.7f12.3456
         IPv6 Address:  Unknown
         IPv4 Address:  10.1.2.7
            User-Name:  64-16-7F-12-34-56
          Device-type:  Cisco-IP-Phone-8841
          Device-name:  Cisco IP Phone 8841
               Status:  Authorized
               Domain:  VOICE
       Current Policy:  POLICY

Server Policies:
           Vlan Group:  Vlan: 20

Method status list:
       Method           State
          mab           Authc Success
----------------------------------------
            Interface:  GigabitEthernet1/0/8
          MAC Address:  Unknown
           IP Address:  Unknown
               Status:  Running
----------------------------------------
            Interface:  GigabitEthernet1/0/9
          MAC Address:  80e8.2c00.0001
           IP Address:  10.1.3.9
               Domain:  DATA
          Vlan Policy:  10
          Device-type:  Un-Classified Device
          Device-name:  Unknown Device
"""


@pytest.mark.parametrize(
    "text", [SESSIONS, SESSIONS.replace("MAC Address ", "Identifier  "), re.sub(" +", " ", SESSIONS)]
)
def test_a_session_of_the_domain_voice_is_of_a_phone(text: str) -> None:
    items = read(text)
    assert values(items, "session.domain") == [(None, MAC, "voice")]
    assert set(places(items)) == {(MAC, "Gi1/0/7"), ("80:e8:2c:00:00:01", "Gi1/0/7")}


def test_details_of_a_session_have_the_address_vlan_and_type() -> None:
    items = read(DETAILS)
    assert values(items, "arp.mac") == [(IP, MAC, MAC), ("10.1.3.9", "80:e8:2c:00:00:01", "80:e8:2c:00:00:01")]
    assert values(items, "session.device-type") == [(None, MAC, "Cisco-IP-Phone-8841")]
    assert values(items, "cdp.platform") == [(None, MAC, "Cisco IP Phone 8841")]
    assert set(places(items)) == {(MAC, "Gi1/0/7"), ("80:e8:2c:00:00:01", "Gi1/0/9")}
    assert {(mac, vlan) for _, mac, vlan in values(items, "switch.vlan")} == {
        (MAC, "20"),
        ("80:e8:2c:00:00:01", "10"),
    }


def test_a_session_makes_a_phone_and_not_the_computer_behind_it(tmp_path: Path) -> None:
    (file := tmp_path / "sw-a.txt").write_text(DETAILS)
    rows = inventoried(file, tmp_path)
    assert [(row["ip"], row["mac"], row["kind"], row["model"], row["switch_port"]) for row in rows] == [
        (IP, MAC, "phone", "CP-8841", "Gi1/0/7")
    ]


POWER = {
    "IOS": """\
Available:370.0(w)  Used:55.6(w)  Remaining:314.4(w)

Interface Admin  Oper       Power   Device              Class Max
                            (Watts)
--------- ------ ---------- ------- ------------------- ----- ----
Gi1/0/1   auto   off        0.0     n/a                 n/a   15.4
Gi1/0/2   auto   on         6.3     IP Phone 7962       2     15.4
Gi1/0/3   auto   on         6.3     Ieee PD             2     15.4
Gi1/0/4   auto   faulty     0.0     n/a                 n/a   15.4
Gi1/0/5   auto   on         15.4    C9115AXI-B          4     15.4
""",
    "Catalyst 4500": """\
Available:1200(w)  Used:7(w)  Remaining:1193(w)

Interface Admin  Oper            Power(Watts)     Device              Class
                            From PS    To Device
--------- ------ ---------- ---------- ---------- ------------------- -----

Gi1/0/1   auto   off        0          0          n/a                 n/a
Gi1/0/2   auto   on         6.3        5.6        IP Phone 7962       2
Gi1/0/5   auto   on         16.9       15.4       C9115AXI-B          4
--------- ------ ---------- ---------- ---------- ------------------- -----
Totals:   2      on         23.2       21.0
""",
}


POWER["a port in detail"] = """\
sw-a#show power inline gi1/0/2 detail
 Interface: Gi1/0/2
 Inline Power Mode: auto
 Operational status: on
 Device Detected: yes
 Device Type: IP Phone 7962
 IEEE Class: 2

 Interface: Gi1/0/5
 Operational status: on
 Device Type: C9115AXI-B
"""
POWER["ISR"] = """\
PowerSupply   SlotNum.   Maximum   Allocated       Status
-----------   --------   -------   ---------       ------
INT-PS           0       160.000     0.000         PS GOOD
Interface   Config   Device        Powered    PowerAllocated
---------   ------   ------        -------    --------------
Gi1/0/1     auto     Unknown       Off        0.000 Watts
Gi1/0/2     auto     IP Phone 7962 On         6.300 Watts
Gi1/0/3     auto     Cisco         On         6.300 Watts
Gi1/0/5     auto     C9115AXI-B    On         15.400 Watts
"""


@pytest.mark.parametrize("collapsed", [False, True])
@pytest.mark.parametrize("name", POWER)
def test_a_supplied_device_is_known_by_its_port(name: str, collapsed: bool) -> None:
    text = re.sub("[ ]+", " ", POWER[name]) if collapsed else POWER[name]
    found = {(o.source, o.field, o.value) for o in read(text) if isinstance(o, Observation)}
    assert found == {
        ("switches sw-a power Gi1/0/2", "cdp.platform", "IP Phone 7962"),
        ("switches sw-a power Gi1/0/5", "cdp.platform", "C9115AXI-B"),
    }


CDP = """\
Capability Codes: R - Router, T - Trans Bridge, B - Source Route Bridge
                  S - Switch, H - Host, I - IGMP, r - Repeater, P - Phone,
                  D - Remote, C - CVTA, M - Two-port Mac Relay

Device ID        Local Intrfce     Holdtme    Capability  Platform  Port ID
SEP64167F123456  Gig 1/0/7         155              H P M IP Phone  Port 1
core-1.branch.example.com
                 Ten 1/1/3         173              R S I C9500-40X Ten 2/0/36
Polycom 80e82c000001
                 Gig 1/0/8         120                H P Polycom V Port 1

Total cdp entries displayed : 3
"""


@pytest.mark.parametrize("text", [CDP, re.sub("(?m)^ +", "", re.sub("[ ]+", " ", CDP))])
def test_the_summary_of_cdp_has_name_port_capabilities_and_a_cut_platform(text: str) -> None:
    items = read(text)
    assert values(items, "cdp.platform")[0] == (None, MAC, "IP Phone")
    assert values(items, "cdp.capabilities")[0] == (None, MAC, "host,phone,two-port-mac-relay")
    assert (MAC, "Gi1/0/7") in places(items)
    assert ("switches sw-a cdp Gi1/0/7", "cdp, console") in {
        (o.source, o.value) for o in items if isinstance(o, Observation) and o.field == "switch.port-method"
    }


def test_a_neighbour_whose_name_is_on_its_own_line_is_at_the_port_below() -> None:
    placed = places(read(CDP))
    assert ("80:e8:2c:00:00:01", "Gi1/0/8") in placed
    problems = [one for one in read(CDP) if isinstance(one, Problem)]
    assert [(p.what, p.missing) for p in problems] == [("1 neighbour of sw-a without a mac or an address", False)]


LLDP = {
    "Cisco IOS": """\
Capability codes:
    (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device
    (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other

Device ID           Local Intf     Hold-time  Capability      Port ID
SEP64167F123456.exam7/0/7          120        B,T             64167F123456:P1

Total entries displayed: 1
""".replace("exam7/0/7  ", "examGi1/0/7"),
    "Cisco NX-OS": """\
Capability codes:
  (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device
Device ID            Local Intf      Hold-time  Capability  Port ID
SEP64167F123456.branch.example.com
                     Eth1/7          120        BT          6416.7f12.3456
Total entries displayed: 1
""",
    "Cisco SG300": """\
System capability legend:
B - Bridge; R - Router; W - Wlan Access Point; T - telephone;

  Port        Device ID        Port ID       System Name    Capabilities  TTL
--------- ----------------- ------------- ----------------- ------------ -----
gi7       64:16:7f:12:34:56 64167F123456:       SEP             B,T       99
                            P1
""",
    "Arista": """\
Last table change time   : 0:00:02 ago
Number of table inserts  : 2

Port       Neighbor Device ID             Neighbor Port ID           TTL
Et7        SEP64167F123456                6416.7f12.3456             120
""",
    "ProCurve": """\

 LLDP Remote Devices Information

  LocalPort | ChassisId          PortId             PortDescr SysName
  --------- + ------------------ ------------------ --------- ------------------
  7         | 10.1.2.7           64 16 7f 12 34 56  SW PORT   SEP64167F123456...
""",
    "Aruba CX": """\
LLDP Neighbor Information
=========================

Total Neighbor Entries          : 1

LOCAL-PORT  CHASSIS-ID         PORT-ID                      PORT-DESC                    TTL      SYS-NAME
-----------------------------------------------------------------------------------------------------------
1/1/7       64:16:7f:12:34:56  64:16:7f:12:34:56            SW PORT                      120      SEP64167F123456
""",
    "Junos": """\
Local Interface    Parent Interface    Chassis Id          Port info          System Name
ge-0/0/7           -                   64:16:7f:12:34:56   SW PORT            SEP64167F123456
""",
    "Comware": """\
System Name          Local Interface Chassis ID      Port ID
SEP64167F123456.bran GE1/0/7         10.1.2.7        64167F123456:P1
ch.example.com
""",
    "VRP": """\
Local Intf         Neighbor Dev             Neighbor Intf             Exptime(s)
GE0/0/7            SEP64167F123456          6416-7f12-3456            120
""",
    "EXOS": """\
Port     Neighbor Chassis ID    Neighbor Port ID       TTL      Age      Neighbor System Name
===============================================================================================
7        64:16:7F:12:34:56      64:16:7F:12:34:56      120      12       SEP64167F123456
""",
    "Dell OS9": """\
 Loc PortID  Rem Host Name         Rem Port Id                    Rem Chassis Id
 ----------------------------------------------------------------------------------
 Te 1/7      SEP64167F123456       64:16:7f:12:34:56              64:16:7f:12:34:56
""",
    "Broadcom ICOS": """\

LLDP Remote Device Summary

Local
Interface  RemID   Chassis ID            Port ID             System Name
--------- -------  --------------------  ------------------  ------------------
0/7        17      10.1.2.3              64:16:7F:12:34:56   SEP
0/8
""",
    "SONiC": """\
Capability codes: (R) Router, (B) Bridge, (O) Other
LocalPort    RemoteDevice     RemotePortID       Capability    RemotePortDescr
-----------  ---------------  -----------------  ------------  -----------------
Ethernet7    SEP              64:16:7f:12:34:56  BT            LAN
--------------------------------------------------
Total entries displayed:  2
""",
    "Cumulus": """\
cumulus@leaf01:~$ net show lldp

LocalPort  Speed  Mode       RemoteHost       RemotePort
---------  -----  ---------  ---------------  -----------------
swp7       1G     Access/L2  SEP              64:16:7f:12:34:56
""",
    "VOSS": """\
VSP:1#show lldp neighbor summary

==========================================================================================
                                   LLDP Neighbor Summary
==========================================================================================
LOCAL                            CHASSIS              REMOTE
PORT  PROT  IP ADDR              ID                   PORT                 SYSNAME
------------------------------------------------------------------------------------------
1/7   LLDP  10.1.2.3             10.1.2.3             64:16:7f:12:34:56    SEP
""",
    "FastIron": """\
ICX#show lldp neighbors
Lcl Port Chassis ID      Port ID         Port Description            System Name
1/1/7    10.1.2.3        6416.7f12.3456  LAN                         SEP
""",
    "TP-Link": """\
TL-SG#show lldp neighbor-information interface
Port      Chassis ID         Port ID            System Name    TTL
Gi1/0/7   10.1.2.3           64:16:7f:12:34:56  SEP            120
""",
}


@pytest.mark.parametrize("name", LLDP)
def test_a_summary_of_lldp_places_the_phone(name: str) -> None:
    items = read(LLDP[name])
    placed = places(items)
    assert [mac for mac, _ in placed] == [MAC]
    assert placed[0][1].endswith("7")
    assert values(items, "lldp.system-name")[0][2].startswith("SEP")


def test_a_summary_of_cdp_with_numbers_as_ports_places_the_phone() -> None:
    text = """\
Device ID                Intf      Holdtime  Capability Platform         Port ID
------------------------ --------- --------- ---------- ---------------- ---------
SEP64167F123456          0/7       173       H P        Cisco IP Phone 8 Port 1
dev1-df-loc-sw000001     0/35      161       R          BCM-56340        0/1
"""
    assert places(read(text)) == [(MAC, "0/7")]


def test_a_name_that_runs_into_the_port_is_cut_at_the_column_and_one_that_wraps_is_whole() -> None:
    assert values(read(LLDP["Cisco IOS"]), "lldp.system-name") == [(None, MAC, "SEP64167F123456.exam")]
    whole = "SEP64167F123456.branch.example.com"
    assert values(read(LLDP["Comware"]), "lldp.system-name") == [(IP, MAC, whole)]
    assert values(read(LLDP["Cisco NX-OS"]), "lldp.system-name") == [(None, MAC, whole)]


ALL = [*ARP.values(), SESSIONS, DETAILS, *POWER.values(), CDP, *LLDP.values()]


@given(text=st.sampled_from(ALL), cut=st.integers(0, 1_500))
def test_what_is_before_a_cut_is_read(text: str, cut: int) -> None:
    kept = "".join(text.splitlines(keepends=True)[: text[:cut].count("\n")])
    whole, before, at_cut = (read_as_console(part) for part in (text, kept, text[:cut]))
    assert set(places(before)) <= set(places(whole))
    assert set(values(before, "arp.mac")) <= set(values(whole, "arp.mac"))
    assert set(values(before, "arp.mac")) <= set(values(at_cut, "arp.mac"))


def read_as_console(text: str) -> Items:
    return list(detect.read(io.BytesIO(text.encode()), Context("sw-a", NOW), "console"))


@pytest.mark.adds_to("test_the_summary_of_cdp_has_name_port_capabilities_and_a_cut_platform")
def test_the_public_summary_of_cdp_has_the_phones_by_name_and_port(shared: Path) -> None:
    octets = (shared / "sources/ios-cdp-summary-sep.txt").read_bytes()
    items = list(detect.read(io.BytesIO(octets), Context("sw-a", NOW)))
    phones = {mac for _, mac, words in values(items, "cdp.capabilities") if "phone" in words or words == "host"}
    assert {f"00:00:00:00:00:{n:02x}" for n in range(1, 17)} <= phones
    assert ("00:00:00:00:00:10", "Gi1/0/36") in places(items)


@pytest.mark.adds_to("test_details_of_a_session_have_the_address_vlan_and_type")
def test_the_public_session_of_a_phone_is_a_phone(shared: Path, tmp_path: Path) -> None:
    rows = inventoried(shared / "sources/ios-mab-session-phone.txt", tmp_path)
    assert [(row["ip"], row["mac"], row["kind"], row["switch_port"]) for row in rows] == [
        ("10.11.11.117", "00:60:aa:aa:bb:bb", "phone", "Te2/0/39")
    ]


@pytest.mark.adds_to("test_a_supplied_device_is_known_by_its_port")
def test_the_public_table_of_supplied_devices_has_one_phone(shared: Path) -> None:
    octets = (shared / "sources/ios-power-inline.txt").read_bytes()
    items = list(detect.read(io.BytesIO(octets), Context("sw-a", NOW)))
    assert {(o.source, o.value) for o in items if isinstance(o, Observation)} == {
        ("switches sw-a power Fa0/2", "IP Phone 7962"),
        ("switches sw-a power Fa0/21", "C9115AXI-B"),
    }
