"""Which communities go where, and which objects are asked of whom."""

from __future__ import annotations

import pytest

from scanner.core.errors import SettingsError
from scanner.core.model import Credential
from scanner.core.outcomes import Outcome
from scanner.discovery import snmp as discovery
from scanner.discovery import snmp_objects as objects
from scanner.discovery.declaration import UdpSweep
from scanner.discovery.options import Options
from scanner.wire import snmp

COOKIE = 0x0123_4567_89AB_CDEF
ID = snmp.request_id(COOKIE)
HQ = Credential(name="hq", targets=("10.1.0.0/16",), community="hq-secret")
LAB = Credential(name="lab", targets=("10.1.2.0/24", "2001:db8::/32"), community="lab-secret")
ANY = Credential(name="any", community="any-secret")
USER = Credential(name="v3", targets=("10.3.0.0/16",), user="scanner", auth="sha", auth_key="a-long-secret")


def sweep(*credentials: Credential, retries: int = 0) -> UdpSweep:
    step = discovery.declare(Options(credentials=credentials, retries=retries)).steps[0]
    assert isinstance(step, UdpSweep)
    return step


def sent(step: UdpSweep, address: str) -> list[tuple[int, bytes]]:
    """(version, community) of everything that one silent address gets."""
    found = []
    for attempt in range(20):
        data = step.request(address, 161, COOKIE, attempt, "10.0.0.9:4000")
        if data is None:
            break
        try:
            message = snmp.decode(data)
            found.append((message.version, message.community))
        except Exception:
            assert snmp.v3_engine(data) == (ID, b"")
            found.append((snmp.V3, b""))
    return found


def test_public_is_used_where_no_credential_is_set() -> None:
    assert sent(sweep(), "192.0.2.1") == [(snmp.V2C, b"public"), (snmp.V1, b"public")]


def test_public_is_not_used_where_a_credential_is_set() -> None:
    assert sent(sweep(ANY), "192.0.2.1") == [(snmp.V2C, b"any-secret"), (snmp.V1, b"any-secret")]


SCOPES = [
    ((HQ, LAB), "10.1.9.9", ["hq"]),
    ((HQ, LAB), "10.1.2.9", ["lab", "hq"]),
    ((HQ, LAB), "2001:db8::9", ["lab"]),
    ((HQ, LAB), "10.2.0.1", []),
    ((ANY, HQ, LAB), "10.1.2.9", ["lab", "hq"]),
    ((ANY, HQ), "10.1.2.9", ["hq", "any"]),
    ((ANY, HQ), "192.0.2.1", ["any"]),
    ((USER, ANY), "10.3.0.1", ["v3", "any"]),
]


@pytest.mark.parametrize(("credentials", "address", "names"), SCOPES)
def test_a_secret_goes_only_where_it_may_the_nearest_first_and_never_three(
    credentials: tuple[Credential, ...], address: str, names: list[str]
) -> None:
    assert [c.name for c in discovery.applicable(credentials, address)] == names
    communities = {community for _, community in sent(sweep(*credentials), address)}
    allowed = {(c.community or "").encode() for c in credentials if c.name in names}
    assert communities == allowed


def test_nothing_is_sent_to_an_address_without_a_credential() -> None:
    assert sent(sweep(HQ, LAB, retries=3), "192.0.2.1") == []


def test_versions_and_credentials_take_turns_and_retries_repeat_them() -> None:
    row = [(snmp.V2C, b"lab-secret"), (snmp.V1, b"lab-secret"), (snmp.V2C, b"hq-secret"), (snmp.V1, b"hq-secret")]
    step = sweep(HQ, LAB, retries=1)
    assert sent(step, "10.1.2.9") == row * 2
    assert sent(step, "10.1.9.9") == [(snmp.V2C, b"hq-secret"), (snmp.V1, b"hq-secret")] * 2
    assert step.variants == 4


def test_engine_discovery_for_an_snmpv3_user_contains_no_secret() -> None:
    step = sweep(USER)
    assert step.variants == 1
    data = step.request("10.3.0.1", 161, COOKIE, 0, "")
    assert data is not None
    for secret in (b"scanner", b"a-long-secret"):
        assert secret not in data
    answer = step.response(snmp.v3_probe(ID), COOKIE, "10.3.0.1")
    assert answer is not None
    assert (answer.note, answer.findings) == ("v3 v3", ())
    assert step.response(snmp.v3_probe(ID + 1), COOKIE, "10.3.0.1") is None


def test_targets_that_are_no_network_are_named() -> None:
    with pytest.raises(SettingsError, match="'x': the target 'building-7'"):
        discovery.applicable((Credential(name="x", targets=("building-7",), community="c"),), "10.0.0.1")


def response(
    values: list[tuple[str, snmp.Value]], *, identifier: int = ID, status: int = 0, version: int = snmp.V2C
) -> bytes:
    return snmp.encode(version, b"public", snmp.Pdu.RESPONSE, identifier, values, status)


def test_a_response_yields_the_system_group_and_a_note_without_the_secret() -> None:
    data = response(
        [
            (objects.SYSDESCR, b"Linux HT8XX 3.4.20\r\n\x00"),
            (objects.SYSOBJECTID, "1.3.6.1.4.1.8072.3.2.10"),
            (objects.SYSNAME, b""),
            (objects.SYSLOCATION, snmp.Missing.NO_SUCH_OBJECT),
        ]
    )
    answer = sweep().response(data, COOKIE, "192.0.2.1")
    assert answer is not None
    assert answer.findings == (
        ("snmp.sysdescr", "Linux HT8XX 3.4.20"),
        ("snmp.sysobjectid", "1.3.6.1.4.1.8072.3.2.10"),
    )
    assert answer.note == "v2c public"
    secret = sweep(HQ).response(response([]), COOKIE, "10.1.0.1")
    assert secret is not None
    assert secret.note == "v2c hq"


NO_ANSWERS = [
    ("another request's", response([], identifier=ID + 1), None),
    ("our own request", snmp.encode(snmp.V2C, b"public", snmp.Pdu.GET, ID, []), Outcome.OTHER_PROTOCOL),
    ("no access", response([], status=16), Outcome.REFUSED),
    ("rubbish", b"\x30\x80rubbish", Outcome.MALFORMED),
    ("a v3 report that nobody asked for", snmp.v3_probe(ID), None),
]


@pytest.mark.parametrize(("data", "outcome"), [c[1:] for c in NO_ANSWERS], ids=[c[0] for c in NO_ANSWERS])
def test_a_datagram_that_matches_no_request_is_not_a_response(data: bytes, outcome: Outcome | None) -> None:
    answer = sweep().response(data, COOKIE, "192.0.2.1")
    assert (answer.outcome if answer else None) == outcome


def test_an_agent_that_rejects_four_objects_over_v1_has_responded() -> None:
    data = response([(objects.SYSDESCR, None)], status=snmp.NO_SUCH_NAME, version=snmp.V1)
    answer = sweep().response(data, COOKIE, "192.0.2.1")
    assert answer is not None
    assert (answer.outcome, answer.note) == (Outcome.ANSWERED, "v1 public")


SNOM, YEALINK_MODEL = "1.3.6.1.2.1.7526.2.4", "1.3.6.1.2.1.37459.2.1.7.0"
ASKED = [
    ("a switch", [("snmp.sysdescr", "Cisco IOS"), ("snmp.sysobjectid", "1.3.6.1.4.1.9.1.1208")], []),
    ("a phone that says so", [("snmp.sysdescr", "Some IP Phone")], [objects.ENTITY, objects.MACS]),
    (
        "net-snmp",
        [("snmp.sysdescr", "x"), ("snmp.sysobjectid", "1.3.6.1.4.1.8072.3.2.10")],
        [objects.ENTITY, objects.MACS],
    ),
    ("what speaks SIP", [("snmp.sysdescr", "box"), ("sip.status", "200 OK")], [objects.ENTITY, objects.MACS]),
    ("the location says nothing", [("snmp.sysdescr", "box"), ("snmp.syslocation", "phone closet")], []),
]


@pytest.mark.parametrize(("findings", "groups"), [c[1:] for c in ASKED], ids=[c[0] for c in ASKED])
def test_only_possible_phones_get_further_requests(
    findings: list[tuple[str, str]], groups: list[tuple[str, ...]]
) -> None:
    assert list(objects.groups(tuple(findings))) == groups


VENDORS = [
    ([("snmp.sysdescr", "x"), ("http.title", "snom 320")], SNOM),
    ([("snmp.sysdescr", "x"), ("sip.user-agent", "Yealink SIP-T46S 66.86.0.15")], YEALINK_MODEL),
    ([("snmp.sysdescr", "x"), ("snmp.sysobjectid", "1.3.6.1.4.1.37459")], YEALINK_MODEL),
    ([("snmp.sysdescr", "x"), ("snmp.sysobjectid", "1.3.6.1.4.1.13885")], "1.3.6.1.4.1.13885.101.1.1.4.0"),
    ([("snmp.sysdescr", "x"), ("snmp.sysobjectid", "1.3.6.1.4.1.6889.1.69.6")], "1.3.6.1.4.1.6889.2.69.6.1.52.0"),
    ([("snmp.sysdescr", "Linux HT8XX 3.4.20")], "1.3.6.1.4.1.42397.1.2.3.3.0"),
]


@pytest.mark.parametrize(("findings", "oid"), VENDORS)
def test_the_vendors_own_objects_come_first(findings: list[tuple[str, str]], oid: str) -> None:
    assert oid in objects.groups(tuple(findings))[0]


def test_an_agent_without_a_system_group_gets_single_requests_and_vendor_objects() -> None:
    asked = objects.groups(())
    assert [(oid,) for oid in objects.SYSTEM] == list(asked[:4])
    assert (SNOM,) in asked


def test_an_unresponsive_host_gets_requests_for_vendor_objects_alone() -> None:
    assert objects.unresponsive((("http.title", "snom 320"),)) == [(SNOM,)]
    assert objects.unresponsive((("sip.user-agent", "PolycomVVX-VVX_500-UA/5.9"),)) == []
    assert objects.unresponsive(()) == []


def test_objects_are_read_into_fields_and_a_mac() -> None:
    answer = objects.read(
        {
            SNOM: b"snom720-SIP 8.7.5.35",
            YEALINK_MODEL: b"SIP-T46S",
            "1.3.6.1.2.1.37459.2.1.5.0": b"66.86.0.15",
            "1.3.6.1.2.1.37459.2.1.8.0": b"00:15:65:AA:BB:CC",
            "1.3.6.1.2.1.47.1.1.1.1.13.1": b" ",
            "1.3.6.1.2.1.47.1.1.1.1.10.1": b"1.2.3",
            "1.3.6.1.2.1.47.1.1.1.1.11.1": b"SN1",
        }
    )
    assert answer.findings == (
        ("snmp.vendor-firmware", "snom720-SIP 8.7.5.35"),
        ("snmp.vendor-model", "SIP-T46S"),
        ("snmp.vendor-firmware", "66.86.0.15"),
        ("snmp.entity-firmware", "1.2.3"),
        ("snmp.entity-serial", "SN1"),
    )
    assert answer.mac == "00:15:65:aa:bb:cc"


@pytest.mark.parametrize(
    ("raw", "mac"),
    [
        (bytes.fromhex("001565aabbcc"), "00:15:65:aa:bb:cc"),
        (b"001565AABBCC", "00:15:65:aa:bb:cc"),
        (b"", None),
        (bytes(6), None),
        (bytes.fromhex("00005e000101"), None),
    ],
)
def test_an_interfaces_address_is_a_mac_if_it_can_be_one_devices(raw: bytes, mac: str | None) -> None:
    assert objects.read({objects.MACS[0]: raw}).mac == mac
