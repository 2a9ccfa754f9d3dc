"""XML of Junos: neighbours, forwarding tables and ARP tables, in replies and behind prompts.

Elements as in replies of Junos 15.1 to 20.2 (Juniper, "Junos XML API Explorer"); names and addresses are constructed.
"""

from __future__ import annotations

import io

import pytest

from scanner.reading import Context, Problem, junos_xml
from tests.reading.inventories import NOW
from tests.reading.leases import check_detected_alone, items

NEIGHBOUR = """admin@access-7> show lldp neighbors interface ge-0/0/13 | display xml
<rpc-reply xmlns:junos="http://xml.juniper.net/junos/20.2R0/junos">
    <lldp-neighbors-information junos:style="detail">
        <lldp-neighbor-information>
            <lldp-index>4</lldp-index>
            <lldp-local-interface>ge-0/0/13</lldp-local-interface>
            <lldp-remote-chassis-id-subtype>Network address</lldp-remote-chassis-id-subtype>
            <lldp-remote-chassis-id>10.1.2.3</lldp-remote-chassis-id>
            <lldp-remote-port-id-subtype>Mac address</lldp-remote-port-id-subtype>
            <lldp-remote-port-id>80:5e:c0:12:34:56</lldp-remote-port-id>
            <lldp-remote-port-description>WAN PORT</lldp-remote-port-description>
            <lldp-remote-system-name>SIP-T46U</lldp-remote-system-name>
            <lldp-system-description>
                <lldp-remote-system-description>Yealink SIP-T46U 108.86.0.90</lldp-remote-system-description>
            </lldp-system-description>
            <lldp-remote-system-capabilities-supported>Bridge Telephone</lldp-remote-system-capabilities-supported>
            <lldp-remote-system-capabilities-enabled>Bridge Telephone</lldp-remote-system-capabilities-enabled>
            <lldp-remote-management-address-type>ipv4</lldp-remote-management-address-type>
            <lldp-remote-management-address>10.1.2.3</lldp-remote-management-address>
        </lldp-neighbor-information>
    </lldp-neighbors-information>
    <cli>
        <banner>{master:0}</banner>
    </cli>
</rpc-reply>
"""
ELS = """admin@access-8> show ethernet-switching table | display xml
<rpc-reply xmlns:junos="http://xml.juniper.net/junos/18.2R3/junos">
    <l2ng-l2ald-rtb-macdb>
        <l2ng-l2ald-mac-entry-vlan junos:style="brief-rtb">
            <mac-count-global>2</mac-count-global>
            <l2ng-l2-vlan-id>10</l2ng-l2-vlan-id>
            <l2ng-mac-entry>
                <l2ng-l2-mac-vlan-name>vlan120</l2ng-l2-mac-vlan-name>
                <l2ng-l2-mac-address>80:5e:c0:12:34:57</l2ng-l2-mac-address>
                <l2ng-l2-mac-flags>D</l2ng-l2-mac-flags>
                <l2ng-l2-mac-age>-</l2ng-l2-mac-age>
                <l2ng-l2-mac-logical-interface>ge-0/0/14.0</l2ng-l2-mac-logical-interface>
            </l2ng-mac-entry>
        </l2ng-l2ald-mac-entry-vlan>
    </l2ng-l2ald-rtb-macdb>
</rpc-reply>
"""
ARP = """admin@access-8> show arp no-resolve | display xml
<rpc-reply xmlns:junos="http://xml.juniper.net/junos/18.2R3/junos">
    <arp-table-information xmlns="http://xml.juniper.net/junos/18.2R3/junos-arp" junos:style="no-resolve">
        <arp-table-entry>
            <mac-address>80:5e:c0:12:34:57</mac-address>
            <ip-address>10.1.2.4</ip-address>
            <interface-name>irb.120</interface-name>
            <arp-table-entry-flags>
                <none/>
            </arp-table-entry-flags>
        </arp-table-entry>
        <arp-entry-count>1</arp-entry-count>
    </arp-table-information>
</rpc-reply>
"""
BRIEF = """<rpc-reply xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="101">
<lldp-neighbors-information style="brief">
<lldp-neighbor-information>
<lldp-local-port-id>ge-0/0/13</lldp-local-port-id>
<lldp-remote-chassis-id-subtype>Mac address</lldp-remote-chassis-id-subtype>
<lldp-remote-chassis-id>80:5e:c0:12:34:56</lldp-remote-chassis-id>
<lldp-remote-system-name>SIP-T46U</lldp-remote-system-name>
</lldp-neighbor-information>
</lldp-neighbors-information>
</rpc-reply>
"""
EXTENSIVE = """<rpc-reply xmlns:junos="http://xml.juniper.net/junos/15.1X53/junos">
<l2ng-l2ald-rtb-macdb>
<l2ng-l2ald-mac-entry-vlan junos:style="extensive">
<l2ng-l2-mac-address>80:5e:c0:12:34:57</l2ng-l2-mac-address>
<l2ng-l2-vlan-id>120</l2ng-l2-vlan-id>
<l2ng-l2-mac-vlan-name>voice</l2ng-l2-mac-vlan-name>
<l2ng-l2-mac-logical-interface>ge-0/0/14.0</l2ng-l2-mac-logical-interface>
</l2ng-l2ald-mac-entry-vlan>
</l2ng-l2ald-rtb-macdb>
</rpc-reply>
"""
EARLIER = """<rpc-reply xmlns:junos="http://xml.juniper.net/junos/12.3R12/junos">
<ethernet-switching-table-information>
<ethernet-switching-table junos:style="brief">
<mac-table-count>2</mac-table-count>
<mac-table-entry junos:style="brief">
<mac-vlan>vlan120</mac-vlan>
<mac-address>*</mac-address>
<mac-type>Flood</mac-type>
<mac-interfaces-list><mac-interfaces>All-members</mac-interfaces></mac-interfaces-list>
</mac-table-entry>
<mac-table-entry junos:style="brief">
<mac-vlan>vlan120</mac-vlan>
<mac-address>80:5e:c0:12:34:57</mac-address>
<mac-type>Learn</mac-type>
<mac-interfaces-list><mac-interfaces>ge-0/0/14.0</mac-interfaces></mac-interfaces-list>
</mac-table-entry>
</ethernet-switching-table>
</ethernet-switching-table-information>
</rpc-reply>
"""


def facts(text: str) -> dict[str, set[tuple[str | None, str | None, str]]]:
    """(address, mac, value) by field of a file in which everything can be read."""
    found, problems = items(text)
    assert problems == []
    by_field: dict[str, set[tuple[str | None, str | None, str]]] = {}
    for one in found:
        by_field.setdefault(one.field, set()).add((one.ip, one.mac, one.value))
    return by_field


def test_a_neighbour_has_the_fields_of_lldp_and_its_port() -> None:
    subject = "10.1.2.3", "80:5e:c0:12:34:56"
    assert facts(NEIGHBOUR) == {
        "lldp.port-description": {(*subject, "WAN PORT")},
        "lldp.system-name": {(*subject, "SIP-T46U")},
        "lldp.system-description": {(*subject, "Yealink SIP-T46U 108.86.0.90")},
        "lldp.chassis-id": {(*subject, "10.1.2.3")},
        "lldp.port-id": {(*subject, "80:5e:c0:12:34:56")},
        "lldp.capabilities": {(*subject, "bridge,telephone")},
        "lldp.management-address": {(*subject, "10.1.2.3")},
        "switch.name": {(*subject, "access-7")},
        "switch.port": {(*subject, "ge-0/0/13")},
        "switch.port-method": {(*subject, "lldp, console")},
    }


def test_a_brief_list_of_neighbours_has_the_mac_and_the_port() -> None:
    found = facts(BRIEF)
    assert found["switch.port"] == {(None, "80:5e:c0:12:34:56", "ge-0/0/13")}
    assert found["lldp.system-name"] == {(None, "80:5e:c0:12:34:56", "SIP-T46U")}


@pytest.mark.parametrize("text", [ELS, EXTENSIVE, EARLIER], ids=["ELS", "extensive", "before ELS"])
def test_a_mac_is_at_its_port_and_in_its_vlan(text: str) -> None:
    found = facts(text)
    assert found["switch.port"] == {(None, "80:5e:c0:12:34:57", "ge-0/0/14.0")}
    assert found["switch.vlan"] == {(None, "80:5e:c0:12:34:57", "120")}


def test_an_arp_table_binds_address_and_mac() -> None:
    assert facts(ARP) == {"arp.mac": {("10.1.2.4", "80:5e:c0:12:34:57", "80:5e:c0:12:34:57")}}


def test_neighbours_by_nd_and_bindings_of_dhcp_snooping_are_read() -> None:
    text = """<rpc-reply>
<ipv6-nd-information><ipv6-nd-entry>
<ipv6-nd-neighbor-address>2001:db8::3</ipv6-nd-neighbor-address>
<ipv6-nd-neighbor-l2-address>80:5e:c0:12:34:57</ipv6-nd-neighbor-l2-address>
</ipv6-nd-entry></ipv6-nd-information>
<dhcp-security-binding><dhcp-security-entries><dhcp-security-entry>
<ip-address>10.1.2.4</ip-address><hw-address>80:5e:c0:12:34:57</hw-address><vlan-name>VOICE</vlan-name>
</dhcp-security-entry></dhcp-security-entries></dhcp-security-binding>
</rpc-reply>
"""
    mac = "80:5e:c0:12:34:57"
    assert facts(text) == {"arp.mac": {("2001:db8::3", mac, mac), ("10.1.2.4", mac, mac)}}


def test_each_reply_is_of_the_switch_in_the_prompt_before_it() -> None:
    found = facts(NEIGHBOUR + ELS + ARP)
    assert found["switch.name"] == {
        ("10.1.2.3", "80:5e:c0:12:34:56", "access-7"),
        (None, "80:5e:c0:12:34:57", "access-8"),
    }


def test_without_a_prompt_the_switch_has_the_name_of_the_file() -> None:
    stream = io.BytesIO(BRIEF.encode())
    found = list(junos_xml.read(stream, Context("access-9.xml", NOW)))
    assert [one.value for one in found if not isinstance(one, Problem) and one.field == "switch.name"] == ["access-9"]


@pytest.mark.parametrize("text", [NEIGHBOUR, ELS, ARP, BRIEF, EXTENSIVE, EARLIER])
def test_it_is_no_other_format(text: str) -> None:
    check_detected_alone(text[text.index("<rpc-reply") :], "junos-xml")


def test_a_file_that_is_cut_keeps_the_complete_entries() -> None:
    text = BRIEF[: BRIEF.index("</lldp-neighbors-information>")] + "<lldp-neighbor-information><lldp-local"
    found, problems = items(text)
    assert {one.mac for one in found} == {"80:5e:c0:12:34:56"}
    assert [one.what for one in problems] == ["malformed or truncated XML; the complete entries were read"]


def test_a_malformed_entry_costs_no_other() -> None:
    broken = EARLIER.replace("<mac-type>Flood</mac-type>", "<mac-type>Flood")
    found, problems = items(broken)
    assert {one.mac for one in found} == {"80:5e:c0:12:34:57"}
    assert [(one.number, one.what) for one in problems] == [(10, "malformed XML; the complete entries were read")]
