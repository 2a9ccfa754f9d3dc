"""A device is a telephone by evidence of that alone, and a veto outranks it."""

from __future__ import annotations

import pytest

from scanner.core.fields import FIELDS
from scanner.core.model import TELEPHONES, Identity, Observation
from scanner.identity.fuse import identify
from scanner.identity.load import load
from tests.nonempty import some

#: Makers of phones and of other devices.
MIXED = (
    "NEC", "Panasonic", "Siemens", "Avaya", "Mitel", "Alcatel-Lucent", "Cisco", "Samsung", "Huawei", "Grandstream",
    "AudioCodes", "Crestron", "Sangoma", "2N", "Unify", "Linksys", "Ericsson-LG", "Toshiba", "Microsoft",
)  # fmt: skip
PHONE = {"lldp.system-name": "SIP-T58A", "sip.user-agent": "Yealink SIP-T58A 58.15.0.20"}


def identity(fields: dict[str, str]) -> Identity:
    return identify([Observation(field=field, value=value) for field, value in fields.items()], load())


def text_fields() -> list[str]:
    return [name for name in FIELDS if not name.startswith(("switch.", "arp."))]


@pytest.mark.parametrize("maker", MIXED)
def test_the_name_of_a_mixed_maker_makes_no_phone_in_any_field(maker: str) -> None:
    assert not any(origin.file.dedicated for origin in load().origins if origin.file.manufacturer == maker)
    for field in some(text_fields()):
        for value in (maker, f"{maker} Corporation", f"{maker} Q7", f"{maker} QX-9000 1.2.3", f"{maker}/7.1"):
            assert identity({field: value}).kind not in TELEPHONES, (field, value)


@pytest.mark.parametrize("maker", MIXED)
def test_an_inventory_of_a_mixed_maker_makes_no_phone_and_no_model(maker: str) -> None:
    found = identity(
        {
            "lldp-med.manufacturer": maker,
            "lldp-med.model": "POWERMATE VL350",
            "lldp-med.software-revision": "1.2.3",
            "lldp-med.serial": "ABC123456",
        }
    )
    assert found.kind not in TELEPHONES
    assert found.model is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lldp.capabilities", "router"),
        ("lldp.capabilities", "bridge,router"),
        ("lldp.capabilities", "B, R"),
        ("lldp.capabilities", "bridge,wlan-access-point,router"),
        ("lldp.capabilities", "wlan-access-point"),
        ("lldp.capabilities", "docsis-cable-device"),
        ("lldp.capabilities", "station-only"),
        ("lldp.capabilities", "bridge"),
        ("cdp.capabilities", "router,switch,igmp"),
        ("cdp.capabilities", "Router Switch IGMP"),
        ("cdp.capabilities", "switch"),
        ("cdp.capabilities", "R S I"),
        ("lldp-med.device-class", "endpoint-1"),
        ("lldp-med.device-class", "network"),
        ("lldp-med.software-revision", "Windows 10 Pro"),
        ("lldp-med.software-revision", "12.2(55)SE10"),
        ("lldp-med.firmware-revision", "Ubuntu 22.04.3 LTS"),
        ("snmp.sysdescr", "Linux pc7 5.15.0-91-generic #101-Ubuntu SMP x86_64"),
        ("lldp.system-description", "Debian GNU/Linux 12 (bookworm) Linux 6.1.0-13-amd64"),
        ("snmp.sysdescr", "Hardware: Intel64 Family 6 - Software: Windows Version 6.3 (Build 17763)"),
        ("cdp.version", "Cisco IOS Software, 7200 Software (C7200-JS-M), Version 12.4(15)T, RELEASE SOFTWARE"),
        ("cdp.version", "Cisco Nexus Operating System (NX-OS) Software, Version 7.0(3)I7(6)"),
        ("snmp.sysdescr", "Juniper Networks, Inc. ex3300-48p Ethernet Switch, kernel JUNOS 15.1R7.9"),
    ],
)  # fmt: skip
def test_a_veto_outranks_a_listed_model_and_is_a_conflict_that_names_its_rule(field: str, value: str) -> None:
    assert identity(PHONE).kind == "phone"
    found = identity(PHONE | {field: value})
    assert found.kind == "other"
    (conflict,) = [one for one in found.conflicts if one.part == "kind"]
    assert (conflict.chosen, conflict.other) == ("other", "phone")
    assert [one.value for one in found.evidence if one.rule == conflict.chosen_rule] == [value]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lldp.capabilities", "bridge,telephone"),
        ("lldp.capabilities", "B, T"),
        ("lldp.capabilities", "telephone,router"),
        ("cdp.capabilities", "host,phone"),
        ("cdp.capabilities", "Host Phone Two-port Mac Relay"),
        ("cdp.capabilities", "switch,phone"),
        ("lldp-med.device-class", "endpoint-3"),
        ("snmp.sysdescr", "Linux T58A 3.10.49 #1 SMP PREEMPT armv7l"),
        ("lldp-med.software-revision", "58.15.0.20"),
    ],
)
def test_what_a_phone_announces_is_not_a_veto(field: str, value: str) -> None:
    assert identity(PHONE | {field: value}).kind == "phone"


def test_a_model_that_is_listed_as_something_else_outranks_a_phones_banner() -> None:
    found = identity(
        {
            "sip.user-agent": "Yealink SIP-T58A 58.15.0.20",
            "snmp.sysdescr": "Product: Mediant 1000;SW Version: 6.60A.316",
        }
    )
    assert found.kind == "gateway"
    assert [one.other for one in found.conflicts if one.part == "kind"] == ["phone"]


def test_a_veto_that_is_old_does_not_hold() -> None:
    then, now = "2026-10-01T02:00:00Z", "2026-11-08T02:00:00Z"
    router = Observation(field="lldp.capabilities", value="bridge,router", time=then)
    phone = [Observation(field=field, value=value, time=now) for field, value in PHONE.items()]
    assert identify([router, *phone], load()).kind == "phone"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"lldp-med.model": "DESKMATE VL350"}, ("unknown", None)),
        ({"lldp-med.model": "DESKMATE VL350", "lldp-med.manufacturer": "NEC"}, ("unknown", None)),
        ({"lldp-med.model": "POWERMATE VL350", "lldp-med.manufacturer": "NEC"}, ("other", None)),
        ({"lldp-med.model": "T99Q", "lldp-med.manufacturer": "Yealink"}, ("phone", "T99Q")),
        ({"lldp-med.model": "QX5 IP Phone", "lldp-med.manufacturer": "NEC"}, ("phone", "QX5 IP Phone")),
    ],
)  # fmt: skip
def test_an_unlisted_name_is_a_model_only_where_its_value_or_a_dedicated_maker_shows_a_phone(
    fields: dict[str, str], expected: tuple[str, str | None]
) -> None:
    found = identity(fields)
    assert (found.kind, found.model) == expected


@pytest.mark.parametrize("name", ["Yealink T46S", "Polycom VVX 411", "Cisco IP Phone 8851", "snom 320"])
@pytest.mark.parametrize(
    "title",
    ["{} user guide", "{} phone review - Blog", "Buy the {} here", "How to reset the {} in five steps", "{} | FAQ"],
)
@pytest.mark.parametrize("field", ["http.title", "http.body"])
def test_a_document_about_a_phone_is_not_a_phone(field: str, title: str, name: str) -> None:
    value = title.format(name)
    found = identity({field: f"<html><head><title>{value}</title></head></html>" if field == "http.body" else value})
    assert (found.kind, found.model) == ("unknown", None)


@pytest.mark.parametrize("maker", ["Yealink", "Polycom", "Snom"])
@pytest.mark.parametrize(
    "product",
    ["Device Management Platform", "Resource Manager", "Provisioning Server 2.0", "XYZ gateway", "PoE switch"],
)
@pytest.mark.parametrize("field", ["snmp.sysdescr", "http.server", "lldp.system-description"])
def test_a_product_that_serves_phones_is_not_one_by_the_name_of_a_dedicated_maker(
    field: str, product: str, maker: str
) -> None:
    assert identity({field: maker}).kind == "phone"
    assert identity({field: f"{maker} {product}"}).kind not in TELEPHONES


@pytest.mark.parametrize(
    ("lldp", "cdp", "kind"),
    [
        ("bridge,telephone", "switch,host", "phone"),
        ("bridge", "host,phone", "phone"),
        ("bridge,router", "switch,host", "other"),
        ("bridge", "router,switch", "other"),
    ],
)
def test_the_capability_telephone_in_one_protocol_is_enough(lldp: str, cdp: str, kind: str) -> None:
    found = identity({"lldp.capabilities": lldp, "cdp.capabilities": cdp, "lldp.system-name": "Polycom VVX 411"})
    assert found.kind == kind


@pytest.mark.parametrize("name", ["t48s", "t31", "m700", "cp200", "cp960", "hdx7000", "t58a"])
@pytest.mark.parametrize(
    "proof",
    [
        {"dhcp.vendor-class": "MSFT 5.0"},
        {"http.server": "Microsoft-IIS/10.0"},
        {"http.server": "nginx/1.18.0 (Ubuntu)"},
        {"snmp.sysdescr": "Linux {} 4.19.0 #1 SMP x86_64"},
    ],
)
def test_a_host_name_like_a_model_makes_no_phone_of_a_computer(proof: dict[str, str], name: str) -> None:
    for field in ("dhcp.hostname", "snmp.sysname", "mdns.instance"):
        assert identity({field: name}).kind not in TELEPHONES
        assert identity({field: name} | {key: value.format(name) for key, value in proof.items()}).kind == "other"


@pytest.mark.parametrize(
    ("maker", "model"),
    [("HP", "VVX 450"), ("HP Inc.", "Poly CCX 600"), ("Microsoft", "CX600"), ("Hewlett-Packard", "Trio C60")],
)
def test_the_name_of_a_maker_in_an_inventory_is_not_a_veto(maker: str, model: str) -> None:
    inventory = {"lldp-med.manufacturer": maker, "lldp-med.model": model, "lldp.capabilities": "bridge,telephone"}
    assert identity(inventory).kind in TELEPHONES
    assert identity({"lldp-med.manufacturer": maker, "lldp.capabilities": "telephone"}).kind == "phone"


@pytest.mark.parametrize(
    ("maker", "model"),
    [("Yealink", "AVHub"), ("Yealink", "MCoreKit"), ("Yealink", "BYOD-Extender")],
)
def test_an_unlisted_product_of_a_dedicated_maker_is_no_model_unless_it_is_named_like_its_phones(
    maker: str, model: str
) -> None:
    assert identity({"lldp-med.manufacturer": maker, "lldp-med.model": model}).model is None
