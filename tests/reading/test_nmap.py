"""XML of nmap: banners of phones, truncated files, hostile files."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.api import read
from scanner.core.model import Observation
from scanner.reading import Problem, detect, nmap
from tests.reading.inventories import NOW, inventoried

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<?xml-stylesheet href="file:///usr/share/nmap/nmap.xsl" type="text/xsl"?>
<nmaprun scanner="nmap" version="7.93" xmloutputversion="1.05">
"""
HOST = """<host starttime="1700000000" endtime="1700000060"><status state="up"/>
<address addr="10.1.2.3" addrtype="ipv4"/><address addr="80:5E:C0:0A:0B:0C" addrtype="mac" vendor="Yealink"/>
<ports>
<port protocol="udp" portid="5060"><state state="open"/>
<service name="sip" product="Yealink SIP-T58A" version="58.15.0.20"/>
<script id="sip-methods" output="INVITE, ACK, OPTIONS"/></port>
<port protocol="tcp" portid="443"><state state="open"/><service name="https" product="yealink embed httpd"/>
<script id="http-title" output="SIP-T58A&#xa;Requested resource"><elem key="title">SIP-T58A</elem></script>
<script id="http-server-header" output="yealink embed httpd"/>
<script id="ssl-cert" output="x"><table key="subject"><elem key="commonName">805ec00a0b0c</elem></table></script></port>
<port protocol="udp" portid="161"><state state="open"/><service name="snmp" extrainfo="x"/>
<script id="snmp-sysdescr" output="Yealink SIP-T58A&#xa;  System uptime: 1d"/></port>
<port protocol="tcp" portid="80"><state state="closed"/><service name="http" product="nobody"/></port>
</ports></host>
"""
WHOLE = f"{HEAD}{HOST}<runstats/></nmaprun>"


def items(text: str | bytes) -> tuple[list[Observation], list[Problem]]:
    octets = text if isinstance(text, bytes) else text.encode()
    found = list(read(io.BytesIO(octets), format="nmap", now=NOW))
    return [i for i in found if isinstance(i, Observation)], [i for i in found if isinstance(i, Problem)]


def test_banners_of_version_detection_and_scripts_are_observations() -> None:
    assert detect.detect(WHOLE.encode()) is nmap.FORMAT
    found, problems = items(WHOLE)
    assert problems == []
    assert {(one.ip, one.mac, one.time) for one in found} == {
        ("10.1.2.3", "80:5e:c0:0a:0b:0c", "2023-11-14T22:14:20Z")
    }  # fmt: skip
    assert {(one.field, one.value) for one in found} == {
        ("arp.mac", "80:5e:c0:0a:0b:0c"),
        ("sip.allow", "INVITE, ACK, OPTIONS"),
        ("http.server", "yealink embed httpd"),
        ("http.title", "SIP-T58A"),
        ("https.cert-subject", "CN=805ec00a0b0c"),
        ("nmap.product", "Yealink SIP-T58A 58.15.0.20"),
        ("nmap.product", "yealink embed httpd"),
        ("nmap.product", "x"),
        ("snmp.sysdescr", "Yealink SIP-T58A"),
    }


def test_the_phone_is_in_the_inventory(tmp_path: Path) -> None:
    path = tmp_path / "scan.xml"
    path.write_text(WHOLE)
    ((row),) = inventoried(path, tmp_path)
    assert (row["ip"], row["mac"], row["kind"]) == ("10.1.2.3", "80:5e:c0:0a:0b:0c", "phone")
    assert (row["manufacturer"], row["model"], row["firmware"]) == ("Yealink", "T58A", "58.15.0.20")


@pytest.mark.parametrize("cut", range(len(HEAD), len(WHOLE), 97))
def test_a_truncated_file_yields_every_complete_host(cut: int) -> None:
    found, problems = items(f"{HEAD}{HOST.replace('10.1.2.3', '10.1.2.4')}{WHOLE[len(HEAD) : cut]}")
    assert {one.ip for one in found} >= {"10.1.2.4"}
    assert {one.ip for one in found} == ({"10.1.2.4", "10.1.2.3"} if "</host>" in WHOLE[:cut] else {"10.1.2.4"})
    assert [problem.what for problem in problems] == [
        "malformed or truncated XML; the complete hosts were read"
    ]  # fmt: skip


BOMB = '<!DOCTYPE nmaprun [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE nmaprun [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
PARAMETER = '<!DOCTYPE nmaprun [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>'


@pytest.mark.parametrize("declared", [BOMB, OUTSIDE, PARAMETER], ids=["bomb", "file", "parameter"])
def test_entities_are_refused(declared: str) -> None:
    found, problems = items(WHOLE.replace("<!DOCTYPE nmaprun>", declared).replace("SIP-T58A", "&a;"))
    assert found == []
    assert [problem.what for problem in problems] == ["refused: entity declarations"]


def test_an_external_document_type_is_not_fetched() -> None:
    found, problems = items(WHOLE.replace("<!DOCTYPE nmaprun>", '<!DOCTYPE nmaprun SYSTEM "file:///etc/passwd">'))
    assert (len(found), problems) == (len(items(WHOLE)[0]), [])


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ("<a>" * 70, "too many or too deeply nested elements"),
        ('<a b="' + "A" * (9 << 20), "an element of more than 8 MiB"),
        (f"<a>{'A' * (1 << 20)}</a>" * 33, "more than 32 MiB of text"),
    ],
    ids=["deep", "a long attribute", "much text"],
)
@pytest.mark.slow
def test_a_host_above_the_limits_is_refused_and_the_later_ones_are_read(inside: str, reason: str) -> None:
    later = HOST.replace("10.1.2.3", "10.1.2.4")
    found, problems = items(f"{HEAD}{HOST}<host>{inside}</host>{later}</nmaprun>")
    assert {one.ip for one in found} == {"10.1.2.3", "10.1.2.4"}
    assert [problem.what for problem in problems] == [f"refused: {reason}"]


@pytest.mark.parametrize("encoding", ["aTF-8", "utf-7", "hex", "shift_jis"])
def test_an_unknown_encoding_is_a_problem(encoding: str) -> None:
    found, problems = items(WHOLE.replace('encoding="UTF-8"', f'encoding="{encoding}"'))
    assert found == []
    assert [(problem.number, problem.what) for problem in problems] == [
        (1, "the first line declares an unknown encoding")
    ]


@given(st.data())
def test_any_damage_ends_in_observations_and_problems(data: st.DataObject) -> None:
    octets = bytearray(WHOLE.encode())
    for _ in range(data.draw(st.integers(0, 6))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    found, problems = items(bytes(octets))
    assert len(problems) <= 2, "one for the host, one for the end of the document"
    assert all(one.ip or one.mac for one in found)


def service(attributes: str, port: str = "5060") -> list[tuple[str, str]]:
    text = (
        f'{HEAD}<host><address addr="10.1.2.3" addrtype="ipv4"/><ports><port protocol="udp" portid="{port}">'
        f'<state state="open"/><service {attributes} method="probed" conf="10"/></port></ports></host></nmaprun>'
    )
    found, problems = items(text)
    assert problems == []
    return [(one.field, one.value) for one in found]


def test_the_words_for_a_service_are_fields_of_their_own() -> None:
    assert service(
        'name="sip" product="Polycom SoundPoint 650" version="3.1.3.0439" extrainfo="MAC: 0004f2abcdef" '
        'devicetype="VoIP phone" ostype="Linux"'
    ) == [
        ("nmap.product", "Polycom SoundPoint 650 3.1.3.0439 (MAC: 0004f2abcdef)"),
        ("nmap.device-type", "VoIP phone"),
        ("nmap.os", "Linux"),
    ]  # fmt: skip


def test_a_product_that_is_the_header_itself_is_the_header() -> None:
    assert service('name="sip" product="Yealink SIP-T46S 66.86.0.15" extrainfo="Status: 200 OK"') == [
        ("sip.server", "Yealink SIP-T46S 66.86.0.15"),
        ("sip.status", "200 OK"),
    ]
    assert service('name="sip" extrainfo="SIP end point; Status: 404 Not Found"') == [("sip.status", "404 Not Found")]


#: Banners as masscan's out-xml.c writes them: a host for each, octets that are not printable as \x0a.
MASSCAN = """<?xml version="1.0"?>
<!-- masscan v1.0 scan -->
<nmaprun scanner="masscan" start="1700000000" version="1.0-BETA"  xmloutputversion="1.03">
<scaninfo type="syn" protocol="tcp" />
{hosts}
</nmaprun>
"""
MASSCAN_HOST = (
    '<host endtime="1700000060"><address addr="10.1.2.3" addrtype="ipv4"/><ports><port protocol="tcp" portid="80">'
    '<state state="open" reason="response" reason_ttl="64" />{service}</port></ports></host>\r\n'
)


@pytest.mark.parametrize(
    ("name", "banner", "expected"),
    [
        ("http.server", "yealink embed httpd", [("http.server", "yealink embed httpd")]),
        ("title", "SIP-T46S & co", [("http.title", "SIP-T46S & co")]),
        ("snmp", r"sysDescr:snom320/8.7.3\x0asysName:p7", [("snmp.sysdescr", "snom320/8.7.3"), ("snmp.sysname", "p7")]),
        (
            "http",
            r"HTTP/1.1 401 Unauthorized\x0d\x0aServer: Aragorn\x0d\x0a"
            r"WWW-Authenticate: Basic realm=\x22Aastra 6757i\x22",
            [("http.server", "Aragorn"), ("http.realm", "Aastra 6757i")],
        ),
        ("ssh", "SSH-2.0-dropbear", []),
    ],
)
def test_banners_of_masscan_are_read(name: str, banner: str, expected: list[tuple[str, str]]) -> None:
    hosts = "".join(
        MASSCAN_HOST.format(service=words) for words in ("", f'<service name="{name}" banner="{banner}"></service>')
    )
    octets = MASSCAN.format(hosts=hosts).encode()
    assert detect.detect(octets) is nmap.FORMAT
    found, problems = items(octets)
    assert problems == []
    assert [(one.field, one.value) for one in found] == expected


def test_a_sentence_in_place_of_a_title_is_not_one() -> None:
    for output in ("Site doesn't have a title (text/html).", "Did not follow redirect to https://10.1.2.3/"):
        text = WHOLE.replace('output="SIP-T58A&#xa;Requested resource"><elem key="title">SIP-T58A</elem></script>',
                             f'output="{output}"/>')  # fmt: skip
        assert "http.title" not in {one.field for one in items(text)[0]}


@pytest.mark.parametrize(
    "damage", ['name="0M&#xec;&#x1;"', 'name="&#0;"', 'name="\x08"', 'name="a & b"', 'name="\udcff"']
)
def test_a_host_with_control_characters_costs_no_later_host(damage: str) -> None:
    """Nmap issue 2657: names of services with control characters, written as references that XML does not allow."""
    damaged = HOST.replace("10.1.2.3", "10.1.2.4").replace('name="sip"', damage)
    text = f"{HEAD}{HOST}{damaged}{HOST.replace('10.1.2.3', '10.1.2.5')}</nmaprun>"
    found, problems = items(text.encode("utf-8", "surrogateescape"))
    assert {one.ip for one in found} == {"10.1.2.3", "10.1.2.4", "10.1.2.5"}
    assert problems == []


def test_a_malformed_host_is_named_with_its_line_and_the_others_are_read() -> None:
    damaged = HOST.replace("10.1.2.3", "10.1.2.4").replace("<state state=", "<state state", 1)
    text = f"{HEAD}{HOST}{damaged}{HOST.replace('10.1.2.3', '10.1.2.5')}</nmaprun>"
    found, problems = items(text)
    assert {one.ip for one in found} == {"10.1.2.3", "10.1.2.5"}
    (problem,) = problems
    assert problem.what == "malformed XML; the complete hosts were read"
    assert text.splitlines()[problem.number - 1].startswith('<port protocol="udp" portid="5060"><state state"')
