"""One identity from all observations of one device; values that lose are kept as conflicts."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.core.fields import FIELDS
from scanner.core.model import Identity, Observation
from scanner.identity import fuse
from scanner.identity.evidence import weighted
from scanner.identity.fuse import identify
from scanner.identity.load import load
from scanner.identity.names import extends

EARLY, LATE = "2026-11-01T02:00:00Z", "2026-11-08T02:00:00Z"


def device(time: str = EARLY, mac: str | None = None, **fields: str) -> list[Observation]:
    names = {name.replace(".", "_").replace("-", "_"): name for name in FIELDS}
    return [Observation(field=names[name], value=value, time=time, mac=mac) for name, value in fields.items()]


def identity(*observations: list[Observation], mac: str | None = None, **fields: str) -> Identity:
    return identify([o for group in (*observations, device(mac=mac, **fields)) for o in group], load())


def parts(found: Identity) -> tuple[str, str | None, str | None, str | None]:
    return found.kind, found.manufacturer, found.model, found.firmware


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {
                "lldp_med_manufacturer": "AudioCodes",
                "lldp_med_model": "405HD",
                "lldp_med_software_revision": "3.0.1.89.1",
            },
            ("phone", "AudioCodes", "405HD", "3.0.1.89.1"),
        ),
        (
            {"lldp_med_manufacturer": "Yealink", "lldp_med_model": "T58A", "lldp_med_firmware_revision": "58.15.0.20"},
            ("phone", "Yealink", "T58A", "58.15.0.20"),
        ),
        (
            {
                "lldp_med_manufacturer": "Polycom",
                "lldp_med_model": "CX600",
                "provisioning_user_agent": "CPE/4.0.7577.4444 OCPhone/4.0.7577.4444 (Microsoft Lync Phone Edition)",
            },
            ("phone", "Polycom", "CX600", "4.0.7577.4444"),
        ),
        (
            {"lldp_system_name": "SIP-T41S", "lldp_system_description": "66.86.188.8"},
            ("phone", "Yealink", "T41S", "66.86.188.8"),
        ),
        (
            {
                "lldp_system_name": "Polycom VVX 401",
                "lldp_system_description": "Polycom;VVX-VVX_401;3111-48400-001,1;SIP/5.9.0.9373/x;UP/5.9.5.1/y;",
            },
            ("phone", "Polycom", "VVX 401", "5.9.0.9373"),
        ),
        (
            {"snmp_vendor_model": "SIP-T58A", "snmp_vendor_firmware": "58.15.0.20"},
            ("phone", "Yealink", "T58A", "58.15.0.20"),
        ),
        (
            {
                "lldp_med_manufacturer": "Polycom",
                "lldp_med_model": "VVX-VVX_411",
                "lldp_med_software_revision": "SIP/5.9.0.9373/30-Jun-19",
                "lldp_med_firmware_revision": "UP/5.9.5.4410/x",
            },
            ("phone", "Polycom", "VVX 411", "5.9.0.9373"),
        ),
        (
            {"cdp_platform": "Polycom VVX 250|Updater:6.4.6.2681|App:6.4.6.2656"},
            ("phone", "Polycom", "VVX 250", "6.4.6.2656"),
        ),
        ({"http_title": "SIP-T55", "http_server": "yealink embed httpd"}, ("phone", "Yealink", "T55", None)),
    ],
)
def test_fields_of_one_device_combine(fields: dict[str, str], expected: tuple[str, ...]) -> None:
    assert parts(identity(**fields)) == expected


def test_a_model_of_a_sibling_is_moved_to_the_sibling() -> None:
    assert identity(lldp_med_manufacturer="Poly", lldp_med_model="VVX 411").manufacturer == "Polycom"
    assert identity(lldp_med_manufacturer="Polycom", lldp_med_model="CCX 400").manufacturer == "Poly"


def test_a_bare_version_without_a_maker_identifies_nothing() -> None:
    assert parts(identity(lldp_system_description="66.86.188.8")) == ("unknown", None, None, None)


def test_the_version_of_the_updater_is_not_the_firmware() -> None:
    updater = "FileTransport PolycomVVX-VVX_500-UA/5.9.7.47435 Type/Updater"
    application = "FileTransport PolycomVVX-VVX_500-UA/5.9.7.4477 Type/Application"
    assert identity(provisioning_user_agent=updater).firmware is None
    both = identity(device(provisioning_user_agent=updater), provisioning_user_agent=application)
    assert both.firmware == "5.9.7.4477"


def test_a_mac_prefix_alone_never_makes_a_phone() -> None:
    found = identity(mac="80:5e:c0:11:22:33", arp_mac="80:5e:c0:11:22:33")
    assert parts(found) == ("unknown", "Yealink", None, None)
    assert found.confidence <= 0.2
    assert found.mac is None


def test_a_prefix_and_a_telephone_capability_make_a_phone_of_unknown_model() -> None:
    found = identity(mac="80:5e:c0:11:22:33", lldp_capabilities="bridge,telephone", lldp_port_id="80:5e:c0:11:22:33")
    assert parts(found) == ("phone", "Yealink", None, None)
    assert found.mac == "80:5e:c0:11:22:33"


def test_the_mac_of_an_observations_subject_is_not_a_mac_that_the_device_sent() -> None:
    assert identity(mac="80:5e:c0:11:22:33", sip_user_agent="Yealink SIP-T58A 58.15.0.20").mac is None


@pytest.mark.parametrize(
    ("fields", "mac"),
    [
        ({"cdp_device_id": "SEP001122334455"}, "00:11:22:33:44:55"),
        ({"lldp_port_id": "00D6FE04293D:P1"}, "00:d6:fe:04:29:3d"),
        ({"lldp_chassis_id": "10.33.168.22", "lldp_port_id": "0x0004f2c67078"}, "00:04:f2:c6:70:78"),
        ({"sip_user_agent": "PolycomVVX-VVX_310-UA/4.1.4.7430_0004f2abcdef"}, "00:04:f2:ab:cd:ef"),
        ({"provisioning_user_agent": "Yealink SIP-T46S 66.86.0.15 80:5e:c0:11:22:33"}, "80:5e:c0:11:22:33"),
        ({"https_cert_subject": "CN=64167F169981,O=Polycom Inc."}, "64:16:7f:16:99:81"),
        ({"lldp_med_serial": "64167f123456"}, "64:16:7f:12:34:56"),
        ({"sip_user_agent": "VTech VSP736A 2.0.4.0 00:12:2a:11:22:33"}, "00:12:2a:11:22:33"),
        ({"sip_user_agent": "Gigaset Maxwell3/2.22.9;7C2F80E0D605"}, "7c:2f:80:e0:d6:05"),
        ({"sip_user_agent": "Gigaset Maxwell3/2.22.9;202301011230"}, None),
        ({"sip_user_agent": "VTech VSP736A 2.0.4.0 00:12:2a:11:22:33:44"}, None),
        ({"lldp_port_id": "Port 1"}, None),
        ({"lldp_port_id": "ffffffffffff"}, None),
        ({"lldp_port_id": "000000000000"}, None),
        ({"lldp_med_serial": "FCH1924AHCA"}, None),
    ],
)
def test_a_mac_is_extracted_from_a_value(fields: dict[str, str], mac: str | None) -> None:
    assert identity(**fields).mac == mac


def test_a_sep_name_does_not_identify_the_maker() -> None:
    assert identity(cdp_device_id="SEP08000f112233").manufacturer is None


def test_the_generic_net_snmp_object_id_is_no_evidence() -> None:
    found = identity(snmp_sysobjectid="1.3.6.1.4.1.8072.3.2.10")
    assert parts(found) == ("unknown", None, None, None)
    assert found.evidence[0].gives == {}


def test_an_enterprise_number_identifies_the_maker_alone() -> None:
    found = identity(snmp_sysobjectid="1.3.6.1.4.1.37459.1.1.4")
    assert parts(found) == ("phone", "Yealink", None, None)
    assert identity(snmp_sysobjectid="1.3.6.1.4.1.374590.1").manufacturer is None


@pytest.mark.parametrize(
    ("description", "kind"),
    [
        ("Cisco IOS Software, 2900 Software (C2900-UNIVERSALK9-M), Version 15.2(4)M", "other"),
        ("AXIS M3045-V Network Camera", "other"),
        ("Grandstream HT814 1.0.29.8", "gateway"),
        ("Cisco IP Phone 7841", "phone"),
        ("something new", "phone"),
    ],
)
def test_a_telephone_capability_counts_unless_other_evidence_names_the_kind(description: str, kind: str) -> None:
    assert identity(lldp_system_description=description, lldp_capabilities="bridge,telephone").kind == kind


@pytest.mark.parametrize(
    ("root", "maker"),
    [("4329.6.1.2.1.1.1.27", "Siemens"), ("119.1.84.1", "NEC"), ("258.406", "Panasonic"), ("6889.2.1", "Avaya")],
)
def test_an_enterprise_number_of_many_products_does_not_make_a_phone(root: str, maker: str) -> None:
    assert parts(identity(snmp_sysobjectid=f"1.3.6.1.4.1.{root}")) == ("unknown", maker, None, None)


@pytest.mark.parametrize(
    "fields",
    [
        {"sip_server": "Audiocodes-Sip-Gateway-Mediant 600/v.6.20A.045.001", "lldp_capabilities": "telephone"},
        {"sip_server": "Asterisk PBX 18.10.0", "lldp_capabilities": "bridge,telephone"},
        {"snmp_sysdescr": "Product: GW 8 FXS;SW Version: 6.60A.309.001", "lldp_capabilities": "telephone"},
    ],
)
def test_a_telephone_capability_does_not_make_a_gateway_a_phone(fields: dict[str, str]) -> None:
    assert identity(**fields).kind in ("gateway", "pbx")


@pytest.mark.parametrize("capabilities", ["bridge,router", "bridge,wlan-access-point"])
def test_a_router_or_access_point_of_a_phone_maker_is_not_a_phone(capabilities: str) -> None:
    assert identity(lldp_med_manufacturer="Grandstream", lldp_capabilities=capabilities).kind == "other"


def test_only_listed_phones_of_a_maker_of_many_products_are_phones() -> None:
    assert identity(snmp_sysdescr="Crestron Electronics AM-100 (Version 2.4.2.1)").kind == "other"
    assert identity(lldp_med_manufacturer="Crestron", lldp_med_model="UC-P110-S").kind == "phone"


def test_a_value_that_loses_is_reported_as_a_conflict() -> None:
    found = identity(sip_user_agent="Yealink SIP-T58A 58.15.0.20", lldp_system_name="SIP-T46S")
    assert found.model == "T58A"
    assert [(c.part, c.chosen, c.other) for c in found.conflicts] == [("model", "T58A", "T46S")]


def test_two_spellings_of_one_version_do_not_conflict() -> None:
    found = identity(
        sip_user_agent="AUDC-IPPhone/3.1.3.144.18 (440HD; 00908F602AAC)",
        lldp_med_software_revision="UC440HD_3.1.3.144.18",
    )
    assert found.conflicts == ()


def test_after_an_update_the_newer_version_wins() -> None:
    before = device(
        EARLY, sip_user_agent="PolycomVVX-VVX_411-UA/5.8.0.12848", lldp_med_software_revision="SIP/5.8.0.12848/x"
    )
    after = device(LATE, sip_user_agent="PolycomVVX-VVX_411-UA/5.9.0.9373")
    assert identity(before, after).firmware == "5.9.0.9373"


def test_evidence_has_the_field_value_rule_and_the_parts_given() -> None:
    found = identity(sip_user_agent="Yealink SIP-T58A 58.15.0.20")
    assert found.evidence[0].field == "sip.user-agent"
    assert found.evidence[0].rule.startswith("yealink/sip.user-agent/")
    assert found.evidence[0].gives == {
        "kind": "phone",
        "manufacturer": "Yealink",
        "model": "T58A",
        "firmware": "58.15.0.20",
    }


def test_confidence_falls_where_less_is_known() -> None:
    certain = identity(sip_user_agent="Yealink SIP-T58A 58.83.0.20").confidence
    unknown_edition = identity(sip_user_agent="Yealink SIP-T58A 58.15.0.20").confidence
    maker_only = identity(http_server="yealink embed httpd").confidence
    prefix_only = identity(arp_mac="80:5e:c0:11:22:33").confidence
    assert 1 > certain > unknown_edition > maker_only > prefix_only > 0


def test_no_observations_give_an_empty_identity() -> None:
    assert identify([], load()) == Identity()


ALL = [
    *device(
        EARLY,
        mac="64:16:7f:12:34:56",
        sip_user_agent="PolycomVVX-VVX_411-UA/5.9.0.9373",
        lldp_capabilities="bridge,telephone",
    ),
    *device(LATE, lldp_system_name="Polycom VVX 401", snmp_sysobjectid="1.3.6.1.4.1.13885.1", http_title="SIP-T58A"),
    *device(LATE, lldp_med_serial="64167f123456", dhcp_vendor_class="Polycom-VVX410", arp_mac="64:16:7f:12:34:56"),
]


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_observations_does_not_matter(seed: int) -> None:
    shuffled = random.Random(seed).sample(ALL, len(ALL))
    assert identify(shuffled, load()) == identify(ALL, load())


@pytest.mark.parametrize(
    ("field", "value"),
    [(f, str(e["value"])) for o in load().origins for r in o.file.rule for f in (r.field,) for e in r.examples[:1]],
)
def test_the_identity_by_one_evidence_equals_the_combined_one(field: str, value: str) -> None:
    evidence = weighted([Observation(field=field, value=value)], load())
    if len(evidence) == 1:
        assert fuse.by_one(evidence[0], load()) == fuse.combined(evidence, load())


@settings(max_examples=200)
@given(st.lists(st.tuples(st.sampled_from(sorted(FIELDS)), st.text(max_size=60), st.text(max_size=22)), max_size=6))
def test_any_observations_give_an_identity(rows: list[tuple[str, str, str]]) -> None:
    found = identify([Observation(field=f, value=v, time=t) for f, v, t in rows], load())
    assert 0 <= found.confidence <= 1


@pytest.mark.parametrize(
    "spelled",
    [
        '"Yealink SIP-T46S 66.86.0.15 805ec0aabbcc"',
        "'yealink sip-t46s 66.86.0.15 805ec0aabbcc",
        "Yealink  SIP-T46S\t66.86.0.15   805ec0aabbcc",
        "Yealink SIP-T46S 66.86.0.15 805ec0aabbcc\0",
        "\x1b[1mYealink SIP-T46S\x1b[0m 66.86.0.15 805ec0aabbcc\r\n",
        "Yealink\xa0SIP-T46S 66.86.0.15 805ec0aabbcc",
    ],
)
def test_quotation_marks_extra_blanks_and_control_characters_are_ignored(spelled: str) -> None:
    found = identity(sip_user_agent=spelled)
    assert (found.model, found.firmware, found.mac) == ("T46S", "66.86.0.15", "80:5e:c0:aa:bb:cc")
    assert found.evidence[0].value == spelled.strip("\r\n\0")


@pytest.mark.parametrize(
    "subject",
    [
        "CN=64167F123456,O=Polycom Inc.,C=US",
        "C=US, O=Polycom Inc., CN=64167F123456",
        "C = US, O = Polycom Inc., CN = 64167F123456",
        'C = US, O = "Polycom, Inc.", CN = 64167F123456',
        "/C=US/O=Polycom Inc./CN=64167F123456",
    ],
)
def test_a_distinguished_name_is_parsed_in_each_notation(subject: str) -> None:
    found = identity(https_cert_subject=subject)
    assert (found.kind, found.manufacturer, found.mac) == ("phone", "Polycom", "64:16:7f:12:34:56")


@pytest.mark.parametrize(
    ("body", "model"),
    [
        ("<html><head><TITLE>\n Mitel 6930 </TITLE></head><body>", "6930"),
        ("<title>SPA504G Configuration Utility</title>", "SPA504G"),
        ("<title>Login</title><title>Mitel 6930</title>", None),
        ("<title>Mitel 6930", None),
    ],
)
def test_a_page_that_no_rule_matches_is_matched_by_its_title(body: str, model: str | None) -> None:
    assert identity(http_body=body).model == model


@pytest.mark.parametrize(
    "oid", ["1.3.6.1.4.1.37459.1", ".1.3.6.1.4.1.37459.1", "iso.3.6.1.4.1.37459.1", "SNMPv2-SMI::enterprises.37459.1"]
)
def test_an_object_identifier_is_parsed_in_each_notation(oid: str) -> None:
    assert identity(snmp_sysobjectid=oid).manufacturer == "Yealink"


def test_values_are_bounded_and_line_ends_are_ignored() -> None:
    assert identity(sip_user_agent="Yealink SIP-T58A 58.15.0.20\r\n").model == "T58A"
    assert identity(lldp_med_model="T58A\0").model == "T58A"
    assert identity(http_body="x" * 10_000_000).model is None


@pytest.mark.parametrize("mark", ["\x1b[31m", "\x07", "\x85", "\u2028", "\u202e", "\ufeff"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sip.server", "TANDBERG/519 (TC7.0.@2.aecf2d9)"),
        ("sip.server", "PhoneSystems.net aabbccddeeff Linksys/PAP2-3.1.22(@LS)"),
        ("snmp.sysdescr", "PR:CS 1000 SW:MGC BN:MGCCC@D01 HW:MGC (c) Avaya Inc."),
        ("sip.user-agent", "PolycomVVX-VVX_@411-UA/5.9.0.9373"),
        ("lldp-med.model", "VVX @411"),
    ],
)
def test_no_part_of_an_identity_holds_control_characters_or_bidi_marks(field: str, value: str, mark: str) -> None:
    found = identify([Observation(ip="10.0.0.1", field=field, value=value.replace("@", mark))], load())
    parts = (found.manufacturer, found.model, found.firmware, found.serial, found.mac, found.line)
    assert all(part is None or part.isprintable() for part in parts), parts


@pytest.mark.parametrize(
    ("name", "other", "expected"),
    [
        ("T58A", "T58", True),
        ("T58A", "SIP-T58A", False),
        ("MP56-E2", "MP56", True),
        ("UC-P100-S", "UC-P100", True),
        ("9608G", "9608", True),
        ("CP-7941G-GE", "CP-7941G", True),
        ("VVX 400", "VVX 40", False),
        ("VVX 411", "VVX", False),
        ("T58", "T58A", False),
        ("T58A", "T58A", False),
    ],
)
def test_a_model_extends_a_shorter_name_of_its_family(name: str, other: str, expected: bool) -> None:
    assert extends(name, other) is expected


@pytest.mark.parametrize("exact", ["T58A", "T58W", "T58V"])
@pytest.mark.parametrize("field", ["http_title", "lldp_system_name"])
def test_a_shorter_name_agrees_with_the_more_exact_one(exact: str, field: str) -> None:
    found = identity(device(sip_user_agent=f"Yealink SIP-{exact} 58.15.0.20"), device(**{field: "SIP-T58"}))
    assert (found.model, found.firmware) == (exact, "58.15.0.20")
    assert not [one for one in found.conflicts if one.part == "model"]


def test_a_shorter_name_alone_stays_and_two_extensions_are_a_conflict() -> None:
    assert identity(lldp_system_name="SIP-T58").model == "T58"
    found = identity(sip_user_agent="Yealink SIP-T58A 58.15.0.20", http_title="SIP-T58", lldp_system_name="SIP-T58W")
    assert {found.model, *(one.other for one in found.conflicts if one.part == "model")} == {"T58A", "T58W"}
