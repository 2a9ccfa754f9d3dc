"""Registrars are read by requests of the table alone, within time and octets, whatever they send."""

from __future__ import annotations

import ssl
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import RefusedError
from scanner.engine.services import registrar, registrar_stream
from scanner.engine.services.registrar import RegistrarAccess, RegistrarFault, registrations
from scanner.engine.services.registrar_requests import PERMITTED, UL_DUMP, action, checked, of_profile, posted
from tests.engine.registrar_standins import (
    ADDRESS,
    SECRET,
    XML,
    YEALINK,
    asterisk,
    asterisk_that,
    endless,
    freeswitch,
    freeswitch_that,
    kamailio,
    serving,
    stalling,
)
from tests.nonempty import some

pytestmark = pytest.mark.network

AMI, ESL = b"Asterisk Call Manager/5.0.2\r\n", b"Content-Type: auth/request\n\n"


def access(kind: Any, port: int, **more: Any) -> RegistrarAccess:
    values = {"secret": SECRET, "user": "phonescan", "timeout": 3.0, **more}
    return RegistrarAccess(name="pbx", kind=kind, host=ADDRESS, port=port, **values)


def fault(kind: Any, port: int, **more: Any) -> str:
    with pytest.raises(RegistrarFault) as raised:
        list(registrations(access(kind, port, **more)))
    return str(raised.value)


READING = {
    "asterisk": [
        action("Login", 1, ("Username", "a"), ("Secret", "b c"), ("Events", "off")), action("PJSIPShowContacts", 2),
        action("SIPpeers", 3), action("SIPshowpeer", 4, ("Peer", "202")), action("Logoff", 9),
    ],
    "freeswitch": [b"auth ClueCon\n\n", of_profile("internal"), b"exit\n\n"],
    "kamailio": [posted("/RPC", "10.1.0.1:8080", ""), posted("/", "[2001:db8::1]:8443", "a b:c:d")],
}  # fmt: skip


@pytest.mark.parametrize("kind", PERMITTED)
def test_requests_that_read_are_sent(kind: Any) -> None:
    for request in some(READING[kind]):
        assert checked(kind, request) == request


CHANGING = {
    "asterisk": [
        action("Command", 1, ("Command", "core restart now")), action("Originate", 2, ("Channel", "PJSIP/201")),
        action("SIPshowpeer", 3, ("Peer", "202\r\nAction: Originate")), action("PJSIPUnregister", 4),
        action("SIPpeers", 5) + action("Originate", 6), action("Login", 1, ("Username", "a"), ("Secret", "b")),
    ],
    "freeswitch": [
        b"api originate user/201 &park\n\n", b"api sofia profile internal restart\n\n", b"bgapi status\n\n",
        of_profile("internal reg\n\napi shutdown"), of_profile("a b"), b"auth a\n\nexit\n\n", b"events plain all\n\n",
    ],
    "kamailio": [
        posted("/RPC", "a:1", "").replace(b"dump", b"xxxx"), posted("/RPC", "a:1", "") + b" ", UL_DUMP,
        posted("/RPC", "a:1", "").replace(b"POST", b"PUT"), posted("/RPC HTTP/1.1\r\nX: y", "a:1", ""),
        posted("/RPC", "a:1\r\nX: y", ""),
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", PERMITTED)
def test_all_others_are_refused(kind: Any) -> None:
    for request in some(CHANGING[kind]):
        with pytest.raises(RefusedError, match="is never sent"):
            checked(kind, request)


@given(st.sampled_from(sorted(PERMITTED)), st.binary(min_size=1, max_size=200))
def test_any_octets_behind_a_request_are_refused(kind: Any, more: bytes) -> None:
    """For any octets behind a request, nothing is sent but that request alone."""
    for request in some(READING[kind]):
        with pytest.raises(RefusedError):
            checked(kind, request + more)


@pytest.mark.parametrize("flood", [False, True], ids=["quiet", "a flood of events"])
def test_contacts_and_peers_of_asterisk_are_read(flood: bool) -> None:
    with serving(asterisk(flood=flood)) as (port, received):
        documents = b"".join(registrations(access("asterisk", port)))
    assert YEALINK.encode() in documents
    assert b"Cisco/SPA504G-7.5.2" in documents
    assert b"VarSet" not in documents
    assert [one.split()[1] for one in received] == [
        b"Login",
        b"PJSIPShowContacts",
        b"SIPpeers",
        b"SIPshowpeer",
        b"Logoff",
    ]
    assert b"Events: off" in received[0]


def test_an_asterisk_without_chan_sip_is_read() -> None:
    with serving(asterisk(chan_sip=False)) as (port, _):
        assert YEALINK.encode() in b"".join(registrations(access("asterisk", port)))


def test_each_profile_of_freeswitch_is_read() -> None:
    with serving(freeswitch()) as (port, received):
        found = list(registrations(access("freeswitch", port, profiles=("internal", "external"))))
    assert found == [XML, XML]
    assert received[1:] == [
        b"api sofia xmlstatus profile internal reg\n", b"api sofia xmlstatus profile external reg\n", b"exit\n",
    ]  # fmt: skip


def test_a_request_to_stop_ends_between_requests() -> None:
    with serving(freeswitch()) as (port, received):
        assert list(registrations(access("freeswitch", port), stopped=lambda: True)) == []
    assert not any(one.startswith(b"api") for one in received)


@pytest.mark.parametrize(
    ("kind", "server", "words"),
    [
        ("asterisk", asterisk(), "refuses the login"),
        ("freeswitch", freeswitch(), "refuses the password"),
    ],
)
def test_a_wrong_secret_is_a_sentence_without_it(kind: str, server: Any, words: str) -> None:
    with serving(server) as (port, received):
        what = fault(kind, port, secret="wrong-word")
    assert len(received) == 1, "a second login could lock the user"
    assert what.startswith("registrar pbx: ")
    assert words in what
    assert "wrong-word" not in what
    assert "wrong-word" not in repr(access(kind, 1, secret="wrong-word"))


def test_a_user_without_permission_is_named() -> None:
    with serving(asterisk(permitted=False)) as (port, _):
        assert "Permission denied" in fault("asterisk", port)


def test_a_profile_that_is_not_there_is_named() -> None:
    with serving(freeswitch(document=b"Invalid Profile!\n")) as (port, _):
        assert fault("freeswitch", port) == "registrar pbx: profile internal: Invalid Profile!"


@pytest.mark.parametrize(("kind", "greeting"), [("asterisk", AMI), ("freeswitch", ESL), ("asterisk", b"")])
def test_a_registrar_that_stalls_ends_in_time(kind: str, greeting: bytes) -> None:
    began = time.monotonic()
    with serving(stalling(greeting, seconds=1.5)) as (port, _):
        what = fault(kind, port, timeout=0.3)
        assert time.monotonic() - began < 1.4
    assert "did not respond in time" in what


@pytest.mark.parametrize(("kind", "words"), [("asterisk", "not the manager"), ("freeswitch", "not an event socket")])
def test_another_server_gets_no_secret(kind: str, words: str) -> None:
    with serving(stalling(b"SSH-2.0-x\r\n\r\n", seconds=0)) as (port, received):
        assert words in fault(kind, port)
    assert received == []


@pytest.mark.parametrize(
    ("kind", "greeting", "part"),
    [
        ("asterisk", AMI, b"Event: VarSet\r\nValue: x\r\n\r\n" * 500),
        ("asterisk", AMI, b"x" * 9_999),
        ("freeswitch", ESL, b"Content-Type: log/data\nContent-Length: 9\n\n123456789" * 500),
        ("freeswitch", ESL, b"Content-Type: api/response\nContent-Length: 999999999\n\n"),
    ],
    ids=["events", "a line", "messages", "a body"],
)
def test_a_registrar_that_sends_without_end_is_bounded(
    kind: str, greeting: bytes, part: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registrar_stream, "LARGEST", 1_000_000)
    with serving(endless(greeting, part)) as (port, _):
        assert fault(kind, port) == "registrar pbx: it sends more than is read"


@pytest.mark.parametrize("kind", ["asterisk", "freeswitch"])
@pytest.mark.parametrize("secret", ["", "top-word\nmore", "top-word" * 99], ids=["empty", "two lines", "long"])
def test_a_login_that_cannot_be_sent_is_a_sentence_without_the_secret(kind: str, secret: str) -> None:
    with serving(asterisk() if kind == "asterisk" else freeswitch()) as (port, received):
        what = fault(kind, port, secret=secret)
    assert "`user` and `secret` are one line each" in what
    assert "top-word" not in what
    assert received == []


def test_a_printer_port_is_never_connected_to() -> None:
    for kind in ("asterisk", "freeswitch", "kamailio"):
        assert "port 9100 is never probed" in fault(kind, 9100)


def test_no_octets_are_sent_that_the_table_does_not_permit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registrar, "of_profile", lambda name: b"api shutdown\n\n")
    monkeypatch.setattr(registrar, "posted", lambda *words: posted(*words).replace(b"dump", b"kill"))
    with serving(freeswitch()) as (port, received):
        assert "'api shutdown' is not a request that reads" in fault("freeswitch", port)
    assert [one.split()[0] for one in received] == [b"auth"]
    with kamailio(replying(200)) as (port, requests):
        assert "is never sent" in fault("kamailio", port)
    assert requests == []


@pytest.mark.parametrize(
    ("ends", "words"),
    [(lambda: time.sleep(1.2), "did not respond in time"), (lambda: None, "")],
    ids=["stalls", "floods"],
)
def test_what_asterisk_sent_before_a_fault_is_kept(ends: Any, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registrar_stream, "LARGEST", 1_000_000)
    flood = b"" if words else b"Event: VarSet\r\nValue: x\r\n\r\n" * 99_999
    with serving(asterisk_that(ends, end=flood + b"Event: ContactLi")) as (port, _):
        found = []
        with pytest.raises(RegistrarFault, match=words or "it sends more than is read"):
            found.extend(registrations(access("asterisk", port, timeout=0.5)))
    assert b"10.1.2.3" in found[0]
    assert b"10.1.2.8" in found[0]


def test_a_message_of_asterisk_that_is_too_long_is_skipped_and_counted() -> None:
    long = b"Event: VarSet\r\nValue: " + b"x" * 10_000_000 + b"\r\n\r\n"
    end = b"Event: ContactListComplete\r\nActionID: 2\r\n\r\n"
    with serving(asterisk_that(lambda: None, between=long, end=end)) as (port, received):
        found = []
        with pytest.raises(RegistrarFault, match="messages of more than 262,144 octets are not read: 1"):
            found.extend(registrations(access("asterisk", port)))
    assert b"10.1.2.3" in found[0]
    assert b"10.1.2.8" in found[0]
    assert len(found[0]) < 2_000
    assert len(received) == 4, "login, contacts, peers, logoff"


def test_a_whole_conversation_ends_in_time_although_each_response_does() -> None:
    def trickling(requests: Any, out: Any) -> None:
        out.write(AMI)
        requests.request()
        for _ in range(100):
            time.sleep(0.1)
            out.write(b"Event: X\r\n\r\n")

    began = time.monotonic()
    with serving(trickling) as (port, _):
        assert "in all" in fault("asterisk", port, timeout=0.3)
        assert time.monotonic() - began < 5


def test_a_body_that_is_announced_as_too_large_is_not_awaited() -> None:
    greeting = b"Content-Type: auth/request\nContent-Length: 999999999\n\n"
    with serving(stalling(greeting, seconds=0.5)) as (port, received):
        assert fault("freeswitch", port) == "registrar pbx: it sends more than is read"
    assert received == []


def test_no_more_peers_are_queried_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registrar, "PEERS", 0)
    with serving(asterisk()) as (port, received):
        list(registrations(access("asterisk", port)))
    assert not any(b"SIPshowpeer" in one for one in received)


def test_a_profile_that_is_not_there_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    with (
        serving(freeswitch_that({"one": b"Invalid Profile!\n", "two": XML})) as (port, _),
        pytest.raises(RegistrarFault, match=r"^registrar pbx: profile one: Invalid Profile!$"),
    ):
        found.extend(registrations(access("freeswitch", port, profiles=("one", "two"))))
    assert found == [XML]


def test_what_freeswitch_sent_of_a_document_is_kept() -> None:
    found = []
    with (
        serving(freeswitch_that({"internal": XML}, of=99)) as (port, _),
        pytest.raises(RegistrarFault, match="the connection was closed"),
    ):
        found.extend(registrations(access("freeswitch", port)))
    assert found == [XML]


# -- Kamailio's JSON-RPC ----------------------------------------------------------------------------------------------


def replying(status: int, body: bytes = b"", declared: int | None = None, **headers: str) -> Any:
    """A response that is sent at once."""

    def respond(handler: Any) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body) if declared is None else declared))
        handler.end_headers()
        handler.wfile.write(body)

    return respond


RESULT = b'{"jsonrpc": "2.0", "result": {"Domains": []}, "id": 1}'
BASIC = "Basic cGhvbmVzY2FuOnMzY3JldCB3b3Jk"


def test_kamailio_gets_one_request_that_reads() -> None:
    with kamailio(replying(200, RESULT, Content_Type="text/plain")) as (port, received):
        assert list(registrations(access("kamailio", port))) == [RESULT]
    assert received == [("POST /RPC", BASIC, UL_DUMP.decode())]


@pytest.mark.parametrize(
    ("respond", "words"),
    [
        (replying(302, Location=f"http://{ADDRESS}:1/other"), "no registrations at /RPC (status 302)"),
        (replying(307, Location="/other"), "no registrations at /RPC (status 307)"),
        (replying(401, WWW_Authenticate="Basic"), "it refuses the request (status 401)"),
        (replying(403), "it refuses the request (status 403)"),
        (replying(200, b"<html>the result</html>", Content_Type="text/html"), "no registrations at /RPC (status 200)"),
        (replying(200, b'{"error": {"message": "Method Not Found"}}'), "no registrations at /RPC (status 200)"),
        (replying(500, RESULT), "no registrations at /RPC (status 500)"),
        (replying(200, RESULT, declared=9_999), "the connection was closed"),
        (replying(200), "no registrations at /RPC (status 200)"),
    ],
    ids=["elsewhere", "another path", "login", "forbidden", "a page", "an error", "failed", "cut", "empty"],
)
def test_another_response_of_kamailio_is_named_and_leads_to_no_second_request(respond: Any, words: str) -> None:
    with kamailio(respond) as (port, received):
        assert words in fault("kamailio", port)
    assert received == [("POST /RPC", BASIC, UL_DUMP.decode())]


def test_kamailio_that_sends_without_end_or_slowly_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless_body(handler: Any) -> None:
        replying(200, RESULT, declared=1 << 40)(handler)
        while True:
            handler.wfile.write(b" " * 65_536)

    def slow(handler: Any) -> None:
        replying(200, RESULT, declared=1_000)(handler)
        for _ in range(40):
            time.sleep(0.1)
            handler.wfile.write(b" ")

    monkeypatch.setattr(registrar_stream, "LARGEST", 1_000_000)
    with kamailio(endless_body) as (port, _):
        assert "it sends more than is read" in fault("kamailio", port)
    with kamailio(slow) as (port, _):
        assert "did not respond in time" in fault("kamailio", port, timeout=0.4)


def test_what_kamailio_sent_of_a_document_is_kept() -> None:
    def chunks(*sizes: str) -> Any:
        """A response in chunks, the last of which ends it or announces more than it has."""

        def respond(handler: Any) -> None:
            handler.send_response(200)
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            half = len(RESULT) // 2
            for size, part in zip(sizes, (RESULT[:half], RESULT[half:], b""), strict=True):
                handler.wfile.write(f"{size or f'{len(part):x}'};a=b\r\n".encode() + part + b"\r\n")

        return respond

    def unbounded(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n" + RESULT)

    for whole in (chunks("", "", "0"), unbounded):
        with kamailio(whole) as (port, _):
            assert list(registrations(access("kamailio", port))) == [RESULT]
    for cut, words in (
        (chunks("", "", "ff"), "the connection was closed"),
        (chunks("", "fff", "0"), "the connection was closed"),
        (chunks("", "", "no size"), "a chunk of the response has no size"),
        (replying(200, RESULT, declared=9_999), "the connection was closed"),
    ):
        found = []
        with kamailio(cut) as (port, _), pytest.raises(RegistrarFault, match=words):
            found.extend(registrations(access("kamailio", port)))
        assert [one[: len(RESULT)] for one in found] == [RESULT]


def test_no_proxy_of_the_environment_gets_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    with kamailio(replying(200)) as (other, proxied), kamailio(replying(200, RESULT)) as (port, received):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://{ADDRESS}:{other}")
        assert list(registrations(access("kamailio", port))) == [RESULT]
    assert (len(received), proxied) == (1, [])


def test_over_tls_kamailio_is_verified_whatever_the_environment_trusts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_folder, other_folder = tmp_path / "own", tmp_path / "other"
    for folder in (own_folder, other_folder):
        folder.mkdir()
    certificate, other = certified(own_folder), certified(other_folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with kamailio(replying(200, RESULT), context) as (port, received):
        for more in ({}, {"authorities": str(other)}):
            assert "TLS failed (CERTIFICATE_VERIFY_FAILED)" in fault("kamailio", port, tls=True, **more)
        for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
            monkeypatch.setenv(name, str(certificate))
        assert "TLS failed (CERTIFICATE_VERIFY_FAILED)" in fault("kamailio", port, tls=True, authorities=str(other))
        assert received == []
        assert list(registrations(access("kamailio", port, tls=True, authorities=str(certificate)))) == [RESULT]


@pytest.mark.parametrize("kind", ["asterisk", "freeswitch", "kamailio"])
def test_a_registrar_that_is_not_there_is_named(kind: str) -> None:
    with serving(freeswitch()) as (port, _):
        pass
    assert "refused" in fault(kind, port).lower()


def certified(folder: Path) -> Path:
    """A file with a key and its certificate for ADDRESS."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pbx")])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(ADDRESS))]), False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    path = folder / "pbx.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_over_tls_the_certificate_is_verified_before_the_secret_is_sent(tmp_path: Path) -> None:
    certificate = certified(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(asterisk(), context) as (port, received):
        assert "TLS failed" in fault("asterisk", port, tls=True)
        assert received == []
        found = b"".join(registrations(access("asterisk", port, tls=True, authorities=str(certificate))))
    assert YEALINK.encode() in found
