"""What is not a telephone is read as what it is: by its maker, its product line, or the word for its kind."""

from __future__ import annotations

import pytest

from scanner.core.fields import FIELDS, Rules, field_of
from scanner.core.model import TELEPHONES, Identity, Observation
from scanner.identity.fuse import identify
from scanner.identity.load import load
from tests.nonempty import some

#: Makers without telephones. A file that contains models of telephones is not one of theirs.
MAKERS = {
    "other": (
        "Arista", "Aruba", "AVM", "Axis", "Brocade", "Brother", "Canon", "Dahua", "Dell", "Epson", "Extreme Networks",
        "Fuji Xerox", "Hikvision", "Juniper", "Konica Minolta", "LANCOM", "Lexmark", "Meraki", "MikroTik", "Netgear",
        "OKI", "Ricoh", "Ruckus", "TP-Link", "Ubiquiti", "VMware", "Xerox", "Zebra",
    ),
    "gateway": ("Cirpack", "Dinstar", "Ingate", "Mediatrix", "Metaswitch", "Oracle SBC", "Patton", "Ribbon", "Sonus"),
    "pbx": ("3CX", "Asterisk", "BroadSoft", "Elastix", "FreePBX", "FreeSWITCH", "Kamailio", "OpenSIPS", "Yate"),
    "softphone": ("Bria", "Ekiga", "Jitsi", "Linphone", "MicroSIP", "Zoiper"),
}  # fmt: skip
#: Words for a kind of device, and the kind, by the policy in fingerprints/README.md.
WORDS = {
    "other": (
        "Laser Printer", "Print Server", "Network Camera", "24-port Gigabit Switch", "ADSL Router", "Access Point",
        "Firewall", "UPS", "Video Recorder", "Intercom", "Door Station", "Cable Modem", "Home Gateway",
    ),
    "gateway": ("VoIP Gateway", "Media Gateway", "ISDN Gateway", "Session Border Controller", "SBC", "SIP GW"),
    "pbx": ("IP-PBX", "PBX", "Softswitch", "Call Server", "SIP Proxy", "SIP Server"),
    "softphone": ("Softphone", "Mobile Client", "UC Client"),
}  # fmt: skip
#: What makers call the program to call with that belongs to their PBX.
PROGRAMS = ("Softphone", "Soft Client", "Mobile Client", "Android Client", "iOS client", "Mobile App", "Communicator")
SCANNERS = (
    "friendly-scanner", "sipvicious", "sipsak 0.9.6", "SIPp v3.5", "VaxSIPUserAgent/3.1", "pplsip", "sundayddr",
    "sipcli/v1.8", "svmap", "Acme SIP scanner 2.0", "my-voip-probe/1",
)  # fmt: skip


def identity(field: str, value: str) -> Identity:
    return identify([Observation(field=field, value=value)], load())


def product_fields() -> list[str]:
    return [name for name in FIELDS if field_of(name).rules is not Rules.OWN]


def cases(table: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(kind, name) for kind, names in table.items() for name in names]


@pytest.mark.parametrize(("kind", "maker"), cases(MAKERS))
def test_a_maker_without_telephones_shows_the_kind_in_every_field_of_product_text(kind: str, maker: str) -> None:
    for field in some(product_fields()):
        for value in (maker, maker.upper(), f"{maker} QX-9000", f"{maker} QX-9000 1.2.3"):
            assert identity(field, value).kind == kind, (field, value)


@pytest.mark.parametrize(("kind", "word"), cases(WORDS))
def test_a_word_for_a_kind_of_device_shows_the_kind_whoever_made_it(kind: str, word: str) -> None:
    for field in some(product_fields()):
        if field in {"lldp.system-name"}:
            continue
        for value in (f"Quuxmetel {word}", f"Quuxmetel QX-9000 {word.upper()}", f"Quuxmetel {word} 1.2.3"):
            assert identity(field, value).kind == kind, (field, value)


@pytest.mark.parametrize("word", [word for _, word in cases(WORDS)])
def test_the_word_phone_beside_it_is_not_outweighed(word: str) -> None:
    for field in some(product_fields()):
        assert identity(field, f"Yealink SIP-T46S 66.86.0.15 {word}").kind == "phone", field


@pytest.mark.parametrize(
    "pbx", [*MAKERS["pbx"], "Starface", "Yeastar", "Swyx", "Mitel MiCollab", "Mitel MiVoice Business"]
)
def test_the_softphone_for_a_pbx_is_not_the_pbx(pbx: str) -> None:
    for program in PROGRAMS:
        for value in (f"{pbx} {program}", f"{pbx} {program} 4.1.2", f"{pbx} {program.upper()}/4.1.2"):
            found = identity("sip.user-agent", value)
            assert (found.kind, found.model) == ("softphone", None), value
    assert identity("sip.user-agent", pbx).kind == "pbx"
    assert identity("http.title", f"{pbx} Mobile Client").kind == identity("http.title", pbx).kind


@pytest.mark.parametrize(
    "value", ["3CX Phone System Management Console", "3CX Webclient", "Asterisk Client Server 1.2"]
)
def test_a_pbx_with_a_page_or_server_for_its_clients_stays_one(value: str) -> None:
    assert identity("sip.user-agent", value).kind == "pbx"


@pytest.mark.parametrize(
    ("value", "maker"),
    [
        ("3CXPhone 6.0.26523", "3CX"),
        ("Wildix Collaboration softphone", "Wildix"),
        ("Avaya one-X Communicator", "Avaya"),
        ("BroadSoft Business Communicator", "BroadSoft"),
        ("Cisco Jabber", "Cisco"),
        ("Siemens HiPath 3000 softphone", "Siemens"),
    ],
)
def test_a_softphone_has_its_maker(value: str, maker: str) -> None:
    found = identity("sip.user-agent", value)
    assert (found.kind, found.manufacturer) == ("softphone", maker)


@pytest.mark.parametrize("scanner", SCANNERS)
@pytest.mark.parametrize("field", ["sip.user-agent", "sip.server"])
def test_a_scanner_of_sip_is_neither_a_telephone_nor_a_program_to_call_with(field: str, scanner: str) -> None:
    assert identity(field, scanner).kind == "other"


HOSTS = [
    ("SPA112", "Cisco", "SPA112"), ("grp2604p", "Grandstream", "GRP2604P"), ("vvx411", "Polycom", "VVX 411"),
    ("sip-t58a", "Yealink", "T58A"), ("snom320", "Snom", "320"), ("HT802", "Grandstream", "HT802"),
]  # fmt: skip


@pytest.mark.parametrize(("host", "maker", "model"), HOSTS)
@pytest.mark.parametrize(
    "tail", ["2.6.26.5 #1 PREEMPT Sun Sep 6 10:54:57 CST 2015 armv5tejl", "4.4.143", "5.4.0-g1 mips"]
)
def test_the_host_name_in_the_description_of_an_embedded_linux_is_a_listed_model(
    host: str, maker: str, model: str, tail: str
) -> None:
    found = identity("snmp.sysdescr", f"Linux {host} {tail}")
    assert (found.manufacturer, found.model) == (maker, model)
    assert identity("snmp.sysdescr", f"Linux {host}_0019fd11aa22 {tail}").mac == "00:19:fd:11:aa:22"


@pytest.mark.parametrize(
    "host", ["localhost", "server01", "web101", "db-310", "gw100", "pbx4", "ubnt", "nas2", "build7"]
)
def test_the_host_name_of_a_server_is_not_a_model(host: str) -> None:
    found = identity("snmp.sysdescr", f"Linux {host} 2.6.26.5 #1 SMP x86_64")
    assert (found.kind in TELEPHONES, found.manufacturer, found.model) == (False, None, None)
