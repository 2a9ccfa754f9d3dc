"""A host that is not a telephone stays that host beside a phone's banner; a phone stays a phone beside what it has."""

from __future__ import annotations

import pytest

from scanner.core.model import TELEPHONES, Identity, Observation
from scanner.identity.fuse import identify
from scanner.identity.load import load

#: Banners of telephones of the catalogs and others.
PHONES = (
    "Yealink SIP-T58A 58.15.0.20",
    "PolycomVVX-VVX_411-UA/5.9.0.9373",
    "snom710/8.7.5.35",
    "Cisco-CP8851/12.5.1",
    "Grandstream GXP2160 1.0.9.132",
    "Audiocodes-420HD/3.0.4.24",
)
#: One value that shows what a host is, and its kind.
HOSTS = (
    ("sip.user-agent", "Asterisk PBX 18.10.0", "pbx"),
    ("sip.server", "Asterisk PBX 18.10.0", "pbx"),
    ("sip.server", "FPBX-16.0.40(18.10.0)", "pbx"),
    ("sip.server", "kamailio (5.5.4 (x86_64/linux))", "pbx"),
    ("sip.server", "OpenSIPS (3.2.2 (x86_64/linux))", "pbx"),
    ("sip.server", "OpenSER", "pbx"),
    ("sip.user-agent", "FreeSWITCH-mod_sofia/1.10.7-release", "pbx"),
    ("sip.user-agent", "3CXPhoneSystem 18.0.5.418", "pbx"),
    ("sip.user-agent", "Elastix 4", "pbx"),
    ("sip.server", "BroadWorks", "pbx"),
    ("sip.server", "RTCC/6.0.0.0", "pbx"),
    ("sip.server", "Cisco-CUCM12.5", "pbx"),
    ("sip.server", "Avaya CM/R016x.03", "pbx"),
    ("sip.user-agent", "Grandstream UCM6202V1.5A 1.0.20.23", "pbx"),
    ("sip.server", "Cisco-SIPGateway/IOS-12.x", "gateway"),
    ("sip.server", "Sonus SBC", "gateway"),
    ("sip.server", "Oracle SBC", "gateway"),
    ("sip.server", "Mediant SW/7.20", "gateway"),
    ("sip.user-agent", "Patton SN4112 JS", "gateway"),
    ("sip.user-agent", "Wildix GW-4.2.5", "gateway"),
    ("sip.user-agent", "FRITZ!OS", "other"),
    ("sip.user-agent", "AVM FRITZ!Box 7590 154.07.50", "other"),
    ("sip.user-agent", "SIPp", "other"),
    ("sip.user-agent", "LANCOM 1783VA", "other"),
    ("http.title", "FRITZ!Box", "other"),
    ("http.title", "RouterOS router configuration page", "other"),
    ("http.title", "pfSense - Login", "other"),
    ("http.title", "OPNsense", "other"),
    ("http.title", "Synology DiskStation", "other"),
    ("http.title", "FortiGate", "other"),
    ("http.title", "VMware ESXi", "other"),
    ("http.title", "HP LaserJet 400", "other"),
    ("http.title", "HPE Integrated Lights-Out", "other"),
    ("http.title", "FreePBX Administration", "pbx"),
    ("http.title", "Issabel", "pbx"),
    ("http.server", "Asterisk/18.10.0", "pbx"),
    ("http.server", "Hikvision-Webs", "other"),
    ("http.server", "Apache/2.4.41 (Ubuntu)", "other"),
    ("http.server", "Microsoft-IIS/10.0", "other"),
    ("dhcp.vendor-class", "MSFT 5.0", "other"),
    ("dhcp.vendor-class", "ArubaAP", "other"),
    ("snmp.sysdescr", "FortiGate-60F", "other"),
    ("snmp.sysdescr", "LANCOM 1783VA 10.34", "other"),
    ("snmp.sysdescr", "RouterOS RB750Gr3", "other"),
    ("snmp.sysdescr", "pfSense fw.example 2.6.0-RELEASE FreeBSD 12.3-STABLE amd64", "other"),
    ("snmp.sysdescr", "Palo Alto Networks PA-220 series firewall", "other"),
    ("snmp.sysdescr", "Cisco Adaptive Security Appliance Version 9.8(2)", "other"),
    ("snmp.sysdescr", "AXIS M3045-V Network Camera", "other"),
    ("snmp.sysobjectid", "1.3.6.1.4.1.12356.101.1.641", "other"),
    ("snmp.sysobjectid", "1.3.6.1.4.1.14988.1", "other"),
    ("snmp.sysobjectid", "1.3.6.1.4.1.311.1.1.3.1.2", "other"),
    ("snmp.sysobjectid", "1.3.6.1.4.1.8072.3.2.13", "other"),
    ("nmap.device-type", "firewall", "other"),
    ("nmap.device-type", "PBX", "pbx"),
    ("nmap.os", "Windows", "other"),
    ("nmap.product", "MikroTik RouterOS telnetd", "other"),
    ("nmap.product", "Kamailio sip proxy", "pbx"),
    ("lldp.capabilities", "bridge,router", "other"),
    ("cdp.platform", "cisco WS-C2960X-24TS-L", "other"),
    ("mdns.service", "_ipp._tcp.local", "other"),
)  # fmt: skip


def seen(field: str, value: str, port: int = 5060) -> Observation:
    return Observation(field=field, value=value, source=f"{field.partition('.')[0]} 198.18.10.11:{port}")


def identity(*observations: Observation) -> Identity:
    return identify(observations, load())


@pytest.mark.parametrize("banner", PHONES)
@pytest.mark.parametrize(("field", "value", "kind"), HOSTS)
def test_a_phones_banner_at_another_port_changes_no_part_of_a_host(
    field: str, value: str, kind: str, banner: str
) -> None:
    alone = identity(seen(field, value))
    assert alone.kind == kind
    both = identity(seen(field, value), seen("sip.user-agent", banner, 5062))
    for part in ("kind", "manufacturer", "model", "firmware", "serial", "mac"):
        assert getattr(both, part) == getattr(alone, part), part
    (conflict,) = [one for one in both.conflicts if one.part == "kind"]
    assert conflict.chosen == kind
    assert conflict.other in TELEPHONES


@pytest.mark.parametrize("banner", PHONES)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("http.server", "lighttpd/1.4.35"),
        ("http.server", "nginx"),
        ("http.server", "nginx/1.18.0"),
        ("http.server", "Boa/0.94.14rc21"),
        ("http.server", "RomPager/4.07 UPnP/1.0"),
        ("http.server", "Allegro-Software-RomPager/4.34"),
        ("http.server", "mini_httpd/1.30 26Oct2018"),
        ("http.server", "thttpd/2.25b 29dec2003"),
        ("http.server", "Apache"),
        ("http.server", "GoAhead-Webs"),
        ("snmp.sysdescr", "Linux phone 3.10.49 #1 SMP PREEMPT armv7l"),
        ("snmp.sysdescr", "Linux (none) 2.6.32.9 #1 mips"),
        ("snmp.sysobjectid", "1.3.6.1.4.1.8072.3.2.10"),
        ("nmap.os", "Linux"),
        ("nmap.device-type", "VoIP phone"),
        ("nmap.device-type", "VoIP adapter"),
        ("nmap.product", "Dropbear sshd 2014.63"),
        ("nmap.product", "BusyBox telnetd"),
        ("dhcp.vendor-class", "udhcp 1.15.2"),
        ("dhcp.vendor-class", "android-dhcp-9"),
        ("mdns.service", "_sip._udp.local"),
        ("mdns.service", "_airplay._tcp.local"),
        ("https.cert-issuer", "CN=corporate CA,O=Fortinet"),
        ("http.title", "Login"),
        ("lldp.capabilities", "bridge,telephone"),
        ("arp.mac", "00:0c:29:aa:bb:cc"),
    ],
)
def test_what_phones_have_too_is_no_conflict_of_kind(field: str, value: str, banner: str) -> None:
    found = identity(seen(field, value, 80), seen("sip.user-agent", banner))
    assert found.kind in TELEPHONES
    assert [one for one in found.conflicts if one.part == "kind"] == []


def test_a_server_header_of_another_maker_beside_the_user_agent_of_a_phone_is_of_the_far_end() -> None:
    phone, proxy = seen("sip.user-agent", PHONES[0]), seen("sip.server", "kamailio (5.5.4 (x86_64/linux))")
    found = identity(phone, proxy)
    assert (found.kind, found.model) == ("phone", "T58A")
    assert [(one.chosen, one.other) for one in found.conflicts if one.part == "kind"] == [("phone", "pbx")]
    assert identity(phone, seen("sip.server", proxy.value, 5070)).kind == "pbx"


def test_a_server_header_of_a_phone_beside_the_user_agent_of_a_pbx_is_of_the_far_end() -> None:
    found = identity(seen("sip.user-agent", "Asterisk PBX 18.10.0"), seen("sip.server", PHONES[0]))
    assert (found.kind, found.manufacturer, found.model) == ("pbx", "Asterisk", None)


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("sip.user-agent", "Zoiper rv2.10.3", "softphone"),
        ("https.cert-subject", "CN=fw,O=Fortinet", "other"),
        ("snmp.sysdescr", "DrayTek Corporation, Router Model: Vigor2865 Series, Version: 4.4.0_STD", "other"),
        ("provisioning.user-agent", "Grandstream Model HW HT801 V1.1A SW 1.0.17.5 DevId c074ad273a10", "gateway"),
    ],
)
def test_a_weaker_claim_of_a_host_is_a_conflict_of_a_phone(field: str, value: str, kind: str) -> None:
    found = identity(seen("sip.user-agent", PHONES[1]), seen(field, value, 5070))
    assert (found.kind, found.model) == ("phone", "VVX 411")
    assert [(one.chosen, one.other) for one in found.conflicts if one.part == "kind"] == [("phone", kind)]


def test_the_banner_of_a_host_does_not_outrank_what_a_phone_announces_of_itself() -> None:
    announced = [
        seen("lldp.system-description", "Polycom;VVX-VVX_411;3111-48400-001,1;SIP/5.9.0.9373;UP/5.9.0.9373;"),
        seen("lldp.capabilities", "bridge,telephone"),
    ]
    found = identity(*announced, seen("http.title", "pfSense - Login", 443))
    assert (found.kind, found.model) == ("phone", "VVX 411")
    assert [one.other for one in found.conflicts if one.part == "kind"] == ["other"]
