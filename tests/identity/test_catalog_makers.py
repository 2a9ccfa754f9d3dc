"""Every listed model of the catalogs' makers is read in the usual spellings, and network equipment is never a phone."""

from __future__ import annotations

import pytest

from scanner.core.model import Observation
from scanner.identity.fuse import identify
from scanner.identity.load import load

#: A version as each maker spells it.
VERSIONS = {
    "Polycom": "5.9.0.9373",
    "Poly": "7.1.4.0200",
    "Yealink": "66.86.0.15",
    "AudioCodes": "3.4.6.604",
    "Crestron": "1.0.4.82",
}
SPELLINGS = (
    ("lldp.system-description", "{maker} {model}"),
    ("cdp.platform", "{maker} {model}"),
    ("snmp.sysdescr", "{maker} {model}/{version}"),
)
NETWORK = (
    "cisco 7206VXR",
    "cisco 3845",
    "cisco 6509",
    "cisco 8201",
    "cisco WS-C3850-48P",
    "cisco C9300-24UX",
    "cisco AIR-CAP2602I-E-K9",
    "N9K-C93180YC-EX",
    "Cisco 3725",
    "cisco ISR4331/K9",
    "cisco ASR1001-X",
    "Cisco C9120AXI-B",
)
SYSTEMS = (
    "Cisco IOS Software, IOS-XE Software, Catalyst L3 Switch Software (CAT3K_CAA-UNIVERSALK9-M), Version 03.06.06E",
    "Cisco IOS XR Software (Cisco ASR9K Series),  Version 5.3.3[Default]",
    "Cisco NX-OS(tm) n7000, Software (n7000-s2-dk9), Version 6.2(10)",
    "Cisco Adaptive Security Appliance Version 9.8(2)",
)


def kind_of(field: str, value: str) -> str:
    return identify([Observation(field=field, value=value)], load()).kind


@pytest.mark.parametrize("maker", VERSIONS)
@pytest.mark.parametrize(("field", "spelling"), SPELLINGS)
def test_every_listed_telephone_is_read(maker: str, field: str, spelling: str) -> None:
    fingerprints, missed = load(), []
    for file in fingerprints.models.files(maker):
        for model in file.model:
            kind = model.kind or file.kind
            if kind not in {"phone", "conference", "dect"}:
                continue
            value = spelling.format(maker=maker, model=model.name, version=VERSIONS[maker])
            found = identify([Observation(field=field, value=value)], fingerprints)
            version = VERSIONS[maker] if "{version}" in spelling else None
            if (found.kind, found.manufacturer, found.model, found.firmware) != (kind, maker, model.name, version):
                missed.append((value, found.kind, found.manufacturer, found.model, found.firmware))
    assert missed == []


@pytest.mark.parametrize("field", ["cdp.platform", "lldp.system-description", "snmp.sysdescr", "nmap.product"])
@pytest.mark.parametrize("value", NETWORK)
def test_a_router_switch_or_access_point_is_no_phone(field: str, value: str) -> None:
    assert kind_of(field, value) == "other"


@pytest.mark.parametrize("field", ["cdp.version", "lldp.system-description", "snmp.sysdescr"])
@pytest.mark.parametrize("value", SYSTEMS)
def test_the_operating_system_of_network_equipment_is_no_phone(field: str, value: str) -> None:
    assert kind_of(field, value) == "other"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("TANDBERG/4137 (X12.5.9-b2bua-1.0)", "pbx"),
        ("TANDBERG/772 (MCX 4.8.8.21910) - Mac OS X", "softphone"),
        ("TANDBERG/529 (ce9.15.0.11.9d6fa5da6ba) Cisco-CodecPro", "conference"),
        ("Cisco/SPA122-1.3.5(004p)", "gateway"),
        ("Cisco-CP8851-3PCC/11.2.3_MPP", "phone"),
    ],
)
def test_what_calls_through_cisco_has_its_own_kind(value: str, kind: str) -> None:
    assert kind_of("sip.user-agent", value) == kind


@pytest.mark.parametrize(
    ("field", "value", "model"),
    [
        ("dhcp.hostname", "SIP-T54W.lan", "T54W"),
        ("mdns.host", "SIP-T54W.local", "T54W"),
        ("lldp.system-name", "SIP-T46S.corp.example.com", "T46S"),
        ("dhcp.hostname", "SIP-T54W-1", "T54W"),
        ("snmp.sysname", "poly-ccx500.example.com.", "CCX 500"),
    ],
)
def test_the_domain_of_a_host_name_hides_no_model(field: str, value: str, model: str) -> None:
    assert identify([Observation(field=field, value=value)], load()).model == model
