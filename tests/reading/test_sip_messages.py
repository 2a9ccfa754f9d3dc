"""SIP messages saved as text: of which host each is, whatever the tool that wrote it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from scanner.core.model import Observation
from scanner.reading import Context, Problem, detect, sipmessages
from tests.nonempty import some
from tests.reading.inventories import NOW, inventoried

YEALINK = "Yealink SIP-T46U 108.86.0.90"
REGISTER = f"""REGISTER sip:pbx.example.invalid:5060 SIP/2.0
Via: SIP/2.0/UDP 10.1.2.3:5060;branch=z9hG4bK1;rport
From: "Ann" <sip:201@pbx.example.invalid>;tag=1
To: <sip:201@pbx.example.invalid>
Call-ID: 0_1636487152@10.1.2.3
CSeq: 1 REGISTER
Contact: <sip:201@10.1.2.3:5060>;+sip.instance="<urn:uuid:00000000-0000-1000-8000-805EC0123456>"
Max-Forwards: 70
User-Agent: {YEALINK}
Expires: 3600
Content-Length: 0

"""
REGISTERED = """SIP/2.0 200 OK
Via: SIP/2.0/UDP 10.1.2.3:5060;branch=z9hG4bK1;rport=4024;received=203.0.113.9
From: <sip:201@pbx.example.invalid>;tag=1
To: <sip:201@pbx.example.invalid>;tag=as7
Call-ID: 0_1636487152@10.1.2.3
CSeq: 1 REGISTER
Server: Asterisk PBX 18.9.0
Contact: <sip:201@10.1.2.3:5060>;expires=3600
Content-Length: 0

"""
OPTIONS = """OPTIONS sip:201@10.1.2.3:5060 SIP/2.0
Via: SIP/2.0/UDP 10.1.0.1:5060;branch=z9hG4bK2
From: <sip:pbx@10.1.0.1>;tag=2
To: <sip:201@10.1.2.3:5060>
Contact: <sip:pbx@10.1.0.1:5060>
Call-ID: 77@10.1.0.1
CSeq: 102 OPTIONS
User-Agent: Asterisk PBX 18.9.0
Content-Length: 0

"""
RESPONSE = f"""SIP/2.0 200 OK
Via: SIP/2.0/UDP 10.1.0.1:5060;branch=z9hG4bK2
From: <sip:pbx@10.1.0.1>;tag=2
To: <sip:201@10.1.2.3:5060>;tag=9
Call-ID: 77@10.1.0.1
CSeq: 102 OPTIONS
Contact: <sip:201@10.1.2.3:5060>
User-Agent: {YEALINK}
Content-Length: 0

"""
INDENTED = "".join(f"   {line}\n" for line in REGISTER.splitlines())
FORMS = {
    "a message": REGISTER,
    "a log of Asterisk": f"<--- Received SIP request (512 bytes) from UDP:203.0.113.9:4024 --->\n{REGISTER}\n<---->\n",
    "a log of FreeSWITCH": f"recv 618 bytes from udp/[203.0.113.9]:4024 at 15:04:05.123456:\n   --\n{INDENTED}   --\n",
    "ngrep": "interface: eth0 (10.1.0.0/16)\n#\nU 2026/11/23 03:00:00.123456 203.0.113.9:4024 -> 10.1.0.1:5060\n"
    + REGISTER.replace("\n", ".\n"),
    "tcpdump -A": "03:00:00.123456 IP 203.0.113.9.4024 > 10.1.0.1.5060: SIP\nE..4....@.@...." + REGISTER,
    "SIPp": f"---------- 2026-11-23\t03:00:00.123456\nUDP message received [512] bytes :\n\n{REGISTER}",
    "headers alone": REGISTER.partition("\n")[2],
    "two headers": f"User-Agent: {YEALINK}\n"
    'Contact: <sip:201@10.1.2.3:5060>;+sip.instance="<urn:uuid:00000000-0000-1000-8000-805EC0123456>"\n',
    "compact names": REGISTER.replace("Contact:", "m:").replace("Via:", "v:").replace("Call-ID", "i"),
    "all compact names": REGISTER.replace("Contact:", "m:").replace("From:", "f:").replace("To:", "t:")
    .replace("Content-Length:", "l:"),
    "names in lower case": REGISTER.replace("User-Agent", "user-agent").replace("Contact", "contact"),
    "names in upper case": REGISTER.replace("User-Agent", "USER-AGENT").replace("Contact", "CONTACT"),
    "a blank before each colon": REGISTER.replace("Agent:", "Agent :").replace("Contact:", "Contact  :"),
    "no blank behind a colon": REGISTER.replace(": ", ":"),
    "blanks in the start line": REGISTER.replace("REGISTER sip", "REGISTER  sip").replace(" SIP/2.0\n", "  SIP/2.0\n"),
    "blanks at the ends": REGISTER.replace("\n", "  \n"),
    "a folded User-Agent": REGISTER.replace("Agent: Yealink ", "Agent:\n Yealink\n "),
    "two lines of contacts": REGISTER.replace("Contact:", "Contact: <sip:201@pbx.example.invalid>\nContact:"),
    "headers of its own": REGISTER.replace("Max-F", "X-Real-IP: 10.9.9.9\nP-Station-Name: x\nMax-F"),
    "a long header": REGISTER.replace("Max-F", f"X-Route: {'a' * 5_000}\nX-Log: {'b' * 20_000}\nMax-F"),
    "a quotation": "".join(f"> {line}\n" for line in REGISTER.splitlines()),
    "a column": "".join(f"| {line}\n" for line in REGISTER.splitlines()),
    "a frame": "".join(f"\u2502 {line:120} \u2502\n" for line in REGISTER.splitlines()),
    "a log of lines": "".join(f"Nov 23 03:00:01 pbx asterisk[77]: {line}\n" for line in REGISTER.splitlines()),
    "a log of lines with a label": "".join(f"DEBUG: {line}\n" for line in REGISTER.splitlines()),
    "sipdump of Kamailio": "====================\ntag: rcv\nproto: udp ipv4\nsrcip: 203.0.113.9\n~~~~~~~~~~~~~~~~~~~~\n"
    + REGISTER
    + "||||||||||||||||||||\n",
    "sip set debug": f"\n<--- SIP read from UDP:203.0.113.9:4024 --->\n{REGISTER}<------------->\n--- (11 h) ---\n",
    "a challenge": f"SIP/2.0 401 No\nContact: <sip:x@10.1.0.1>\nCSeq: 1 REGISTER\nServer: Asterisk\n\n{REGISTER}",
    "folded": REGISTER.replace(";+sip", "\n ;+sip"),
    "a body behind it": REGISTER.replace("Length: 0\n\n", "Length: 30\n\nv=0\no=- 1 1 IN IP4 10.1.2.3\n"),
    "a proxy": REGISTER.replace("Via:", "Via: SIP/2.0/UDP 10.1.0.9;branch=z\nRecord-Route: <sip:10.1.0.9>\nVia:"),
}  # fmt: skip


def read(text: str) -> tuple[list[Observation], list[Problem]]:
    found = list(detect.read(io.BytesIO(text.encode()), Context("trace", NOW)))
    return [i for i in found if not isinstance(i, Problem)], [i for i in found if isinstance(i, Problem)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_phone_is_read_however_its_message_is_written(form: str, end: str) -> None:
    text = FORMS[form].replace("\n", end)
    assert detect.detect(text.encode()) is sipmessages.FORMAT
    (phone,), problems = read(text)
    assert (phone.ip, phone.mac) == ("10.1.2.3", "80:5e:c0:12:34:56")
    assert (phone.field, phone.value, phone.source) == ("sip.user-agent", YEALINK, "registrar trace")
    assert problems == []


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
def test_the_phone_is_read_whatever_the_encoding(codec: str) -> None:
    octets = REGISTER.replace("Ann", "J\xfcrgen").encode(codec)
    found = list(detect.read(io.BytesIO(octets), Context("trace", NOW)))
    assert [(one.ip, one.value) for one in found if isinstance(one, Observation)] == [("10.1.2.3", YEALINK)]
    assert len(found) == 1


@pytest.mark.parametrize("at", ["Max-Forwards", "Expires"])
def test_a_line_of_ten_megabytes_is_named_and_costs_no_other(at: str) -> None:
    found, problems = read(REGISTER.replace(at, f"X-Log: {'a' * 10_000_000}\n{at}"))
    assert [(one.ip, one.mac, one.value) for one in found] == [("10.1.2.3", "80:5e:c0:12:34:56", YEALINK)]
    number = REGISTER[: REGISTER.index(at)].count("\n") + 1
    assert [(one.number, one.what) for one in problems] == [(number, "the line is longer than 1,048,576 bytes")]


@pytest.mark.parametrize(
    "parameter",
    [
        '+sip.instance="<urn:uuid:00000000-0000-0000-0000-805EC0123456>"',
        '+u.sip!devicename.ccm.cisco.com="SEP805EC0123456"',
        "mac=805ec0123456",
        'mac="80:5E:C0:12:34:56"',
    ],
)
def test_the_mac_is_read_from_each_parameter_of_a_contact(parameter: str) -> None:
    start, _, rest = REGISTER.partition("+sip")
    (phone,), problems = read(f"{start}{parameter}{rest[rest.index(chr(10)) :]}")
    assert (phone.mac, problems) == ("80:5e:c0:12:34:56", [])


def test_messages_across_the_pieces_of_a_large_file_are_each_read_once() -> None:
    body = "v=0\no=- 1 1 IN IP4 10.1.2.3\nc=IN IP4 10.1.2.3\n<tuple id='a'/>\n"
    text = "".join(
        REGISTER.replace("10.1.2.3", f"10.1.{number // 250}.{number % 250 + 1}").partition(";+sip")[0]
        + REGISTER[REGISTER.index("\nMax") :].replace("Length: 0", f"Length: {len(body)}")
        + body
        + "Nov 23 03:00:01 line between\n"
        for number in range(2_000)
    )
    assert len(text) > 3 << 18
    found, problems = read(text)
    assert {one.ip for one in found} == {f"10.1.{number // 250}.{number % 250 + 1}" for number in range(2_000)}
    assert (len(found), problems) == (2_000, [])


def test_each_message_of_a_trace_is_of_the_host_that_sent_it() -> None:
    found, problems = read(REGISTER + REGISTERED + OPTIONS + RESPONSE)
    assert {(one.ip, one.value) for one in found} == {("10.1.2.3", YEALINK), ("10.1.0.1", "Asterisk PBX 18.9.0")}
    assert problems == []


def test_a_response_to_a_registration_is_not_of_the_phone_in_its_contact() -> None:
    assert read(REGISTERED) == ([], [])
    assert read(REGISTERED.partition("\n")[2].replace("Server", "User-Agent")) == ([], [])


def test_the_call_id_of_a_call_is_the_callers() -> None:
    bye = (
        REGISTER.replace("REGISTER sip", "BYE sip")
        .replace("1 REGISTER", "2 BYE")
        .replace("0_1636487152@10.1.2.3", "9@10.1.2.99")
    )
    found, _ = read(REGISTER + bye.replace("<sip:201@10.1.2.3:5060>;", "<sip:201@phone.example.invalid>;"))
    assert {one.ip for one in found} == {"10.1.2.3"}


def test_a_request_for_a_configuration_is_that_of_sip_plug_and_play() -> None:
    text = """SUBSCRIBE sip:MAC%3a000413aabbcd@224.0.1.75 SIP/2.0
Via: SIP/2.0/UDP 10.1.2.9:5060;rport
From: <sip:MAC%3a000413aabbcd@224.0.1.75>;tag=1
To: <sip:MAC%3a000413aabbcd@224.0.1.75>
Call-ID: 1@10.1.2.9
CSeq: 1 SUBSCRIBE
Event: ua-profile;profile-type="device";vendor="snom";model="snomD120";version="10.1.39.11"
Expires: 0
Contact: <sip:10.1.2.9:5060>
Content-Length: 0

"""
    notify = text.replace("SUBSCRIBE sip", "NOTIFY sip").replace("1 SUBSCRIBE", "1 NOTIFY")
    response = "SIP/2.0 200 OK\n" + text.partition("\n")[2]
    found, problems = read(text + response + notify + text)
    assert {(one.ip, one.mac, one.source) for one in found} == {("10.1.2.9", "00:04:13:aa:bb:cd", "sip-pnp trace")}
    assert ("sip-pnp.model", "snomD120") in {(one.field, one.value) for one in found}
    assert len(found) == len({one.field for one in found}), "each once"
    assert problems == []


def test_a_header_that_the_end_of_the_file_cuts_is_not_read() -> None:
    found, problems = read(REGISTER[: REGISTER.index("108.86.0") + 6])
    assert found == []
    assert [one.what for one in problems] == ["the file ends within a header of a message, which is not read"]
    for end in some(range(REGISTER.index(YEALINK), len(REGISTER))):
        assert {one.value for one in read(REGISTER + REGISTER[:end])[0]} == {YEALINK}


@pytest.mark.parametrize(
    "text",
    ['10.1.2.3 - - [23/Nov/2026:03:00:00 +0100] "REGISTER sip:x SIP/2.0" 200 5\n', "User-Agent: x\nAccept: */*\n\n"],
    ids=["a log line", "HTTP"],
)
def test_other_texts_are_no_messages(text: str) -> None:
    assert not sipmessages.looks_like(text.encode())


@pytest.mark.adds_to("test_the_phone_is_read_however_its_message_is_written")
def test_headers_with_macs_read_as_their_truth_states(shared: Path, tmp_path: Path) -> None:
    rows = inventoried(shared / "sources" / "register-contact-mac.txt", tmp_path)
    assert {(row["mac"], row["model"]) for row in rows} == {
        ("00:08:5d:73:8c:60", "6867i"), ("68:9e:0b:1b:07:a1", "CP-8865"), ("00:11:22:33:44:55", "T46U"),
    }  # fmt: skip


TRUTH = {
    "sip-pnp-audiocodes-440hd.txt": ("10.13.2.37", None, "440HD", "2.2.2"),
    "sip-pnp-oem.txt": ("192.168.10.81", "00:04:13:00:00:01", None, None),
    "sip-pnp-snom-720.txt": ("172.16.18.90", "00:13:5e:87:4b:49", "720", "7.1.19"),
    "sip-pnp-snom-d120.txt": ("192.168.1.22", "00:04:13:aa:bb:cc", "D120", "10.1.39.11"),
    "sip-pnp-yealink-w52p.txt": ("10.1.3.239", "00:15:65:f4:f9:e1", "W52P", "25.81.0.10"),
}


@pytest.mark.adds_to("test_a_request_for_a_configuration_is_that_of_sip_plug_and_play")
@pytest.mark.parametrize("name", TRUTH)
def test_requests_for_a_configuration_read_as_their_truth_states(name: str, shared: Path, tmp_path: Path) -> None:
    (row,) = inventoried(shared / "sources" / name, tmp_path)
    assert (row["ip"], row["mac"], row["model"], row["firmware"]) == TRUTH[name]
