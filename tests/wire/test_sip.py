"""OPTIONS requests, and responses as deployed stacks send them."""

from __future__ import annotations

import inspect
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.core.errors import WireError
from scanner.core.text import bounded
from scanner.wire import sip

COOKIE = 0x1234_5678_9ABC_DEF0
TOKEN = f"{COOKIE:016x}"


def ask(**changed: object) -> bytes:
    given: dict[str, object] = {
        "to": "192.0.2.10",
        "port": 5060,
        "here": "192.0.2.1:40000",
        "cookie": COOKIE,
        "user_agent": "phonescan/1.0",
    }
    return sip.options(**(given | changed))  # type: ignore[arg-type]


def answer(*lines: str, end: str = "\r\n") -> bytes:
    return (end.join(lines) + end + end).encode()


def test_a_request_has_every_header_field_of_rfc_3261() -> None:
    assert ask() == answer(
        "OPTIONS sip:192.0.2.10:5060 SIP/2.0",
        f"Via: SIP/2.0/UDP 192.0.2.1:40000;branch=z9hG4bK{TOKEN};rport",
        "Max-Forwards: 70",
        f"From: <sip:phonescan@192.0.2.1:40000>;tag={TOKEN}",
        "To: <sip:192.0.2.10:5060>",
        f"Call-ID: {TOKEN}@phonescan",
        "CSeq: 1 OPTIONS",
        "Contact: <sip:phonescan@192.0.2.1:40000>",
        "Accept: application/sdp",
        "User-Agent: phonescan/1.0",
        "Content-Length: 0",
    )


def test_no_method_but_options_can_be_built() -> None:
    assert "method" not in inspect.signature(sip.options).parameters
    for text in ("192.0.2.1 SIP/2.0\r\nINVITE sip:x SIP/2.0", "a\nb", "a\x00b", "é"):
        for part in ("to", "here", "user_agent"):
            with pytest.raises(WireError):
                ask(**{part: text})
    with pytest.raises(WireError):
        ask(transport="UDP x\r\n")


def test_an_ipv6_address_is_in_brackets_without_its_zone() -> None:
    request = sip.parse(ask(to="fe80::2%eth0", here="[fe80::1]:5060", transport="TCP"))
    assert request.uri == "sip:[fe80::2]:5060;transport=tcp"
    assert (request.first("via") or "").startswith("SIP/2.0/TCP [fe80::1]:5060;")


REPLIES = [
    ("long names", answer("SIP/2.0 200 OK", "User-Agent: Yealink T58 58.15.0.20"), 200, "Yealink T58 58.15.0.20"),
    ("a 4xx", answer("SIP/2.0 404 Not Found", "User-Agent: X"), 404, "X"),
    ("line feeds alone", answer("SIP/2.0 200 OK", "User-Agent: X", end="\n"), 200, "X"),
    ("carriage returns alone", answer("SIP/2.0 200 OK", "User-Agent: X", end="\r"), 200, "X"),
    ("a folded line", answer("SIP/2.0 200 OK", "User-Agent: Poly", "  VVX", "\t5.9"), 200, "Poly VVX 5.9"),
    ("blanks before the colon", answer("SIP/2.0 200 OK", "User-Agent  :X"), 200, "X"),
    ("keep-alives before", b"\r\n\r\n" + answer("SIP/2.0 200 OK", "User-Agent: X"), 200, "X"),
    ("junk before", b"\x00\x01junk" + answer("SIP/2.0 200 OK", "user-agent: X"), 200, "X"),
    ("no reason", answer("SIP/2.0 486", "User-Agent: X"), 486, "X"),
    ("no end of the head", b"SIP/2.0 200 OK\r\nUser-Agent: X", 200, "X"),
    ("a line that is not a header", answer("SIP/2.0 200 OK", "what is this", ": nameless", "User-Agent: X"), 200, "X"),
    ("bytes that are not UTF-8", b"SIP/2.0 200 OK\r\nUser-Agent: a\xff\r\n\r\n", 200, "a\ufffd"),
    ("the status line alone", b"SIP/2.0 200 OK", 200, None),
    ("an empty value", answer("SIP/2.0 200 OK", "User-Agent:"), 200, ""),
]  # fmt: skip


@pytest.mark.parametrize(("data", "status", "agent"), [r[1:] for r in REPLIES], ids=[r[0] for r in REPLIES])
def test_a_response_of_a_deployed_stack_is_read(data: bytes, status: int, agent: str | None) -> None:
    message = sip.parse(data)
    assert message.status == status
    assert message.first("user-agent") == agent


def test_compact_names_become_long_names_and_repeated_headers_are_kept() -> None:
    message = sip.parse(answer("SIP/2.0 200 OK", "v: a", "V: b", "m: <sip:1@2>", "Allow: INVITE", "allow: BYE", "i: 7"))
    assert message.all("via") == ("a", "b")
    assert message.first("contact") == "<sip:1@2>"
    assert message.all("allow") == ("INVITE", "BYE")


def test_a_request_is_read_with_junk_before_its_method() -> None:
    message = sip.parse(b"DBREGISTER sip:1.1.1.1:5060 SIP/2.0\r\nExpires: 3600\r\n\r\n")
    assert (message.method, message.status, message.first("expires")) == ("REGISTER", None, "3600")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 100,
        bytes(range(256)),
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"SIP/2.0 99 Low\r\n\r\n",
        b"SIP/3.0 200 OK\r\n\r\n",
        b"x" * 600 + b"SIP/2.0 200 OK\r\n\r\n",
        b"SIP/2.0 200 OK\r\nA: " + b"x" * 70_000,
    ],
    ids=["nothing", "zeros", "every byte", "http", "invalid status", "unknown version", "too much junk", "too long"],
)
def test_input_without_a_start_line_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        sip.parse(data)


def test_headers_are_bounded_in_number_and_size() -> None:
    many = sip.parse(answer("SIP/2.0 200 OK", *[f"X-{n}: {n}" for n in range(1000)]))
    assert len(many.headers) == sip.HEADER_LIMIT
    long = sip.parse(answer("SIP/2.0 200 OK", "User-Agent: " + "a" * 30_000, *[" " + "b" * 100] * 200))
    assert len(long.first("user-agent") or "") == sip.VALUE_LIMIT


ECHOES = [
    ("branch", f"Via: SIP/2.0/UDP x;rport=1;received=1.2.3.4;branch=z9hG4bK{TOKEN}", True),
    ("branch below another Via", f"Via: SIP/2.0/UDP p;branch=z9hG4bKo, SIP/2.0/UDP x;branch=z9hG4bK{TOKEN}", True),
    ("branch in capitals", f"Via: SIP/2.0/UDP x;BRANCH=z9hG4bK{TOKEN.upper()}", True),
    ("branch with blanks", f"v: SIP/2.0/UDP x ; branch = z9hG4bK{TOKEN}", True),
    ("tag alone", f"From: <sip:phonescan@x>;tag={TOKEN}", True),
    ("call id alone", f"i: {TOKEN}@phonescan", True),
    ("call id without host", f"Call-ID: {TOKEN}", True),
    ("no part matches", "Via: SIP/2.0/UDP x;branch=z9hG4bK00000000000000ff", False),
    ("tag in To", f"To: <sip:x>;tag={TOKEN}", False),
]  # fmt: skip


@pytest.mark.parametrize(("line", "ours"), [e[1:] for e in ECHOES], ids=[e[0] for e in ECHOES])
def test_a_response_matches_by_branch_tag_or_call_id(line: str, ours: bool) -> None:
    assert sip.matches_request(sip.parse(answer("SIP/2.0 200 OK", line)), COOKIE) is ours


def test_an_echoed_request_is_not_a_response() -> None:
    assert not sip.matches_request(sip.parse(ask()), COOKIE)


def test_a_response_to_a_request_matches_it() -> None:
    reply = sip.respond(sip.parse(ask()), 200, "OK", (("User-Agent", "X 1.0"), ("Allow", "INVITE, OPTIONS")))
    message = sip.parse(reply)
    assert sip.matches_request(message, COOKIE)
    assert message.first("user-agent") == "X 1.0"
    assert sip.complete(reply)
    assert not any(sip.complete(reply[:n]) for n in range(len(reply) - 1))


def test_a_message_is_complete_with_its_body() -> None:
    head = b"SIP/2.0 200 OK\r\nl: 4\r\n\r\n"
    assert [sip.complete(head + b"v=0\n"[:n]) for n in range(5)] == [False] * 4 + [True]
    assert sip.complete(b"SIP/2.0 200 OK\r\nl: 99999999999\r\n\r\n")


@given(st.binary(max_size=300))
def test_no_header_lines_of_another_transaction_match(data: bytes) -> None:
    message = sip.parse(b"SIP/2.0 200 OK\r\n" + data.replace(TOKEN.encode(), b""))
    assert not sip.matches_request(message, COOKIE)


def test_every_truncation_of_a_response_is_read_or_refused() -> None:
    reply = sip.respond(sip.parse(ask()), 200, "OK", (("User-Agent", "Polycom/5.9.0.9373"),))
    for length in range(len(reply)):
        if length < len("SIP/2.0 200"):
            with pytest.raises(WireError):
                sip.parse(reply[:length])
        else:
            assert sip.parse(reply[:length]).status == 200


_PIECES = [b"\r", b"\n", b"\r\n", b" ", b"\t", b"\0", b"a", b"Via: x", b"f :y", b"To:", b"\xff"]
_PIECES += [b"User-Agent: Y\r\n T46", b"\r\n\r\n", b"\r\n\tmore", b"Contact: " + b"c" * 2_100, b"Via: " + b"v" * 900]


def _of_patterns(octets: bytes) -> tuple[list[tuple[str, str]], bytes]:
    """Headers and body by the definition: an empty line, line ends in any form, folded lines (RFC 3261 7.3.1)."""
    end = re.search(rb"\r?\n\r?\n|\r\r", octets)
    found: list[tuple[str, bytes]] = []
    for line in re.split(rb"\r\n|\n|\r", octets[: end.start()] if end else octets):
        key, colon, rest = line.partition(b":")
        if line.startswith((b" ", b"\t")):
            if found:
                found[-1] = found[-1][0], found[-1][1] + b" " + line.strip()
        elif colon and re.fullmatch(rb"[!-9;-~]{1,64}", key.rstrip()):
            found.append(({b"f": "from"}.get(key.rstrip(), key.rstrip().decode().lower()), rest.strip()))
    return [(name, bounded(value, 2_048)) for name, value in found], octets[end.end() :] if end else b""


@given(st.lists(st.sampled_from(_PIECES), max_size=16).map(b"".join))
@example(b"Via: a\r\n\tb\r\n\r\nc")
@example(b"Via: a\r\r\n\nb")
@example(b"Via: \0b\r\n\r\n")
@example(b"Via: a\n\nb\r\n\r\nc")
@example(b"Via: a\r\rb\r\n\r\nc")
@example(b"Contact: " + b"c" * 2_100)
@example(b"Via: a\r\n\r\nb")
def test_headers_and_body_are_those_of_the_definition_and_the_wanted_ones_are_of_them(rest: bytes) -> None:
    octets = b"OPTIONS sip:a SIP/2.0\n" + rest
    headers, body = _of_patterns(b"\n" + rest)
    message = sip.parse(octets)
    assert (list(message.headers), message.body) == (headers, body)
    assert list(sip.parse(octets, wanted={"via"}).headers) == [one for one in headers if one[0] == "via"]
