"""Mail as Exim receives it, and every way in which a mail server fails: one sentence, repeated only if that helps."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.core.errors import PhonescanError, SettingsError
from scanner.engine.services import smtp
from scanner.notify.attachments import ReportFile
from scanner.notify.digest import Digest
from scanner.notify.reach import greeted
from scanner.notify.send import Delivery, Terms, send
from tests.notify.exim import SIZE, Exim, exim

NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
MESSAGE = Digest("phonescan nightly: 1 newly noncompliant", "1 newly noncompliant:\n- 10.0.0.1: ünlängst\n.\n..\n")
LOGIN = "scan:s%3Ae%2Fc%40t@"


@pytest.fixture(scope="module")
def server() -> Iterator[Exim]:
    with exim() as running:
        yield running


@pytest.fixture(autouse=True)
def _an_empty_server_whose_certificate_is_valid(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "server" in request.fixturenames:
        running: Exim = request.getfixturevalue("server")
        running.clear()
        monkeypatch.setenv("SSL_CERT_FILE", str(running.certificate))


def sent(url: str, reports: Sequence[ReportFile] = (), message: Digest = MESSAGE, limit: int = 10_000_000) -> Delivery:
    return send(message, url, Terms(NOW, limit, (0.01, 0.01), lambda seconds: None), reports)


pytestmark = pytest.mark.network
real = pytest.mark.daemon("exim4", "openssl")


@real
@pytest.mark.root
@pytest.mark.parametrize(
    "url",
    [
        "mailto://127.0.0.1:{0.port}?from=scan@example.org&to=noc@example.org",
        "mailtos://127.0.0.1:{0.port}?from=scan@example.org&to=noc@example.org",
        "mailtos://127.0.0.1:{0.tls_port}?from=scan@example.org&to=noc@example.org&mode=ssl",
        "mailtos://" + LOGIN + "127.0.0.1:{0.port}?from=scan@example.org&to=members@example.org",
        "mailtos://" + LOGIN + "127.0.0.1:{0.tls_port}?from=scan@example.org&to=members@example.org&mode=ssl",
    ],
)
def test_exim_accepts_a_mail_over_every_kind_of_connection(server: Exim, tmp_path: Path, url: str) -> None:
    report = tmp_path / "noncompliant.html"
    report.write_text("<!doctype html><p>94 devices</p>")
    assert sent(url.format(server), [ReportFile(report, "html")]) == Delivery()
    (mail,) = server.mails()
    assert mail["Subject"] == MESSAGE.subject
    assert "phonescan <scan@example.org>" in str(mail["From"])
    assert mail["Auto-Submitted"] == "auto-generated"
    assert str(mail["Message-ID"]).endswith("@example.org>")
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert text.get_content() == MESSAGE.body
    assert html is not None
    assert "ünlängst" in html.get_content()
    (attachment,) = mail.iter_attachments()
    assert attachment.get_filename() == "noncompliant.html"
    assert "94 devices" in attachment.get_content()
    assert greeted(url.format(server)).endswith(" responds")


@real
@pytest.mark.root
def test_every_recipient_is_in_the_envelope_and_a_blind_copy_is_not_in_the_mail(server: Exim) -> None:
    who = "to=a@example.org,B <b@example.org>&cc=c@example.org&bcc=d@example.org"
    assert sent(f"mailto://127.0.0.1:{server.port}?from=scan@example.org&{who}") == Delivery()
    (mail,) = server.mails()
    assert (str(mail["To"]), str(mail["Cc"])) == ("a@example.org, B <b@example.org>", "c@example.org")
    assert server.recipients() == {"a@example.org", "b@example.org", "c@example.org", "d@example.org"}


@real
@pytest.mark.root
@pytest.mark.parametrize(("dense", "name"), [(False, "large.html.zip"), (True, None)])
def test_a_mail_fits_the_size_that_the_server_announces(
    server: Exim, tmp_path: Path, dense: bool, name: str | None
) -> None:
    import random

    report = tmp_path / "large.html"
    report.write_bytes(random.Random(1).randbytes(SIZE) if dense else b"<p>row</p>" * (SIZE // 5))
    url = f"mailto://127.0.0.1:{server.port}?from=scan@example.org&to=noc@example.org"
    assert sent(url, [ReportFile(report, "html", "https://phones.example.org/devices")]) == Delivery()
    (mail,) = server.mails()
    assert [part.get_filename() for part in mail.iter_attachments()] == ([name] if name else [])
    text = mail.get_body(("plain",))
    assert text is not None
    assert ("https://phones.example.org/devices" if dense else "is attached as a zip file") in text.get_content()


@real
@pytest.mark.root
@pytest.mark.parametrize(
    ("url", "sentence", "accepted"),
    [
        ("mailto://127.0.0.1:{0.port}?from=a@x.org&to=nobody@x.org,noc@x.org",
         "rejects 1 of 2 recipients (nobody@x.org, 550 Unknown user); correct notify", True),
        ("mailto://127.0.0.1:{0.port}?from=a@x.org&to=nobody@x.org", "rejects 1 of 1 recipients", False),
        ("mailto://127.0.0.1:{0.port}?from=a@x.org&to=later@x.org,noc@x.org",
         "rejects 1 of 2 recipients (later@x.org, 451 Greylisted, try again); the next run sends it", False),
        ("mailto://127.0.0.1:{0.port}?from=banned@example.org&to=noc@x.org",
         "rejects the sender (550 sender rejected); correct from= in notify", False),
        ("mailtos://scan:secret@127.0.0.1:{0.port}?from=a@x.org&to=noc@x.org",
         "rejects user name or password (535 Incorrect authentication data); correct notify", False),
        ("mailtos://127.0.0.1:{0.port}?from=a@x.org&to=noc@x.org&mode=ssl", "does not respond with TLS", False),
        ("mailto://127.0.0.1:{0.tls_port}?from=a@x.org&to=noc@x.org&cto=0.3", "does not respond (timed out)", False),
        ("mailto://127.0.0.1:{0.port}?from=a@x.org&to=noc@x.org,typo", "'typo' is not a mail address", True),
        ("mailto://127.0.0.1:{0.port}?from=a@x.org&to=noc@x.org&+X Y=z", "is not the name of a header", False),
    ],
)  # fmt: skip
def test_what_exim_refuses_is_one_sentence(server: Exim, url: str, sentence: str, accepted: bool) -> None:
    delivery = sent(url.format(server))
    (failure,) = delivery.failures
    assert sentence in failure
    assert "secret" not in failure
    assert delivery.accepted is accepted
    assert len(server.mails()) == (1 if "noc@x.org" in server.recipients() else 0)


@real
@pytest.mark.root
@pytest.mark.parametrize(
    ("word", "sentence"),
    [("refused", "550 Content refused); see its log"), ("deferred", "451 Try again); the next run")],
)
def test_a_mail_that_exim_rejects_after_its_content_is_one_sentence(server: Exim, word: str, sentence: str) -> None:
    delivery = sent(
        f"mailto://127.0.0.1:{server.port}?from=scan@example.org&to=noc@example.org", message=Digest(word, "text\n")
    )
    assert not delivery.accepted
    assert sentence in delivery.failures[0]
    assert server.mails() == []


@real
@pytest.mark.root
def test_a_certificate_that_is_not_valid_is_refused_unless_the_address_permits_it(
    server: Exim, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    for url in (
        f"mailtos://127.0.0.1:{server.port}?from=a@x.org&to=b@x.org",
        f"mailtos://127.0.0.1:{server.tls_port}?from=a@x.org&to=b@x.org&mode=ssl",
    ):
        (failure,) = sent(url).failures
        assert "has an invalid certificate (self-signed certificate)" in failure
        with pytest.raises(PhonescanError, match="invalid certificate"):
            greeted(url)
        assert server.mails() == []
        assert sent(f"{url}&verify=no") == Delivery()
        server.clear()


@contextmanager
def scripted(*conversations: Sequence[bytes], drip: float = 0) -> Iterator[tuple[int, list[bytes]]]:
    """A server that responds to each command with the next line of a conversation, then closes the connection.

    Yields its port and the mails that it received. `drip`: seconds between the bytes of its responses.
    """
    mails: list[bytes] = []

    def write(connection: socket.socket, line: bytes) -> None:
        for byte in line + b"\r\n" if drip else ():
            connection.sendall(bytes([byte]))
            time.sleep(drip)
        if not drip:
            connection.sendall(line + b"\r\n")

    def serve(listener: socket.socket) -> None:
        for conversation in conversations:
            try:
                connection, _ = listener.accept()
            except OSError:  # the test has ended
                return
            with connection, connection.makefile("rb") as lines:
                try:
                    for at, line in enumerate(conversation):
                        if at and conversation[at - 1].startswith(b"354"):
                            mails.append(b"".join(iter(lines.readline, b".\r\n")))
                        elif at:
                            lines.readline()
                        write(connection, line)
                except OSError:
                    continue

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1], mails
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


HELLO = (b"220 here", b"250 here")
GOOD = (*HELLO, b"250 ok", b"250 ok", b"354 go", b"250 accepted", b"221 bye")


def to(port: int, more: str = "") -> str:
    return f"mailto://127.0.0.1:{port}?from=scan@example.org&to=noc@example.org&cto=2{more}"


@pytest.mark.parametrize("stage", range(6))
def test_a_server_that_closes_the_connection_at_any_stage_is_sent_the_mail_again(stage: int) -> None:
    with scripted(GOOD[:stage], GOOD) as (port, mails):
        assert sent(to(port)) == Delivery()
    ids = [line for mail in mails for line in mail.splitlines() if line.startswith(b"Message-ID")]
    assert len(set(ids)) == 1


@pytest.mark.parametrize("stage", range(6))
def test_a_server_that_is_overloaded_at_any_stage_is_sent_the_mail_again(stage: int) -> None:
    busy = (*GOOD[:stage], b"421 4.3.2 too busy", b"221 bye")
    with scripted(busy, GOOD) as (port, mails):
        assert sent(to(port)) == Delivery()
    assert mails


@pytest.mark.parametrize("stage", [0, 2, 3, 4, 5])
def test_a_server_that_rejects_at_any_stage_is_not_sent_the_mail_again(stage: int) -> None:
    with scripted((*GOOD[:stage], b"554 5.7.1 no\x1b[31m\xff", b"250 reset", b"221 bye")) as (port, _):
        delivery = sent(to(port))
    (failure,) = delivery.failures
    assert "554 5.7.1 no\\x1b[31m" in failure
    assert not delivery.accepted


def test_a_server_without_an_announced_size_that_rejects_the_size_is_sent_the_mail_without_reports(
    tmp_path: Path,
) -> None:
    report = tmp_path / "r.html"
    report.write_text("x" * 1000)
    large = (*GOOD[:5], b"552 5.3.4 too large", b"250 reset", *GOOD[2:])
    with scripted(large) as (port, mails):
        assert sent(to(port), [ReportFile(report, "html")]) == Delivery()
    assert b"r.html is not attached, the mail server rejects it" in mails[-1].replace(b"=\r\n", b"")
    assert b"Content-Disposition" not in mails[-1]


@pytest.mark.parametrize("size", [b"\xb2", b"9" * 5000, b"0", b"", b"-1", b"many", b"1 000"])
def test_a_size_that_is_none_is_no_limit(size: bytes) -> None:
    with scripted((GOOD[0], b"250-here\r\n250 SIZE " + size, *GOOD[2:])) as (port, mails):
        assert sent(to(port)) == Delivery()
    assert len(mails) == 1


@pytest.mark.parametrize(
    ("conversation", "more", "sentence"),
    [
        ((b"220 here", b"250-here\r\n250 SIZE", b"221 bye"), "&mode=starttls", "does not offer STARTTLS; add mode=ssl"),
        ((b"HTTP/1.1 400 Bad Request",), "", "does not respond with SMTP; correct notify"),
        ((b"\xff\x00" * 5000,), "", "the mail server"),
        ((b"220-" + b"x" * 600,), "", "closed the connection"),
    ],
)
def test_a_server_that_is_not_the_expected_one_is_one_sentence(
    conversation: tuple[bytes, ...], more: str, sentence: str
) -> None:
    with scripted(*[conversation] * 3) as (port, _):
        (failure,) = sent(to(port, more)).failures
    assert sentence in failure
    assert len(failure) < 500
    assert "\x00" not in failure


def test_a_login_that_the_server_does_not_offer_is_one_sentence() -> None:
    with scripted(HELLO) as (port, _):
        (failure,) = sent(f"mailto://u:secret@127.0.0.1:{port}?from=a@x.org&to=b@x.org").failures
    assert "does not offer a login; leave user and password out of notify" in failure
    assert "secret" not in failure


def test_a_server_that_responds_one_byte_at_a_time_is_left_in_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "WHOLE", 0.5)
    with scripted(*[(b"220 " + b"x" * 500,)] * 3, drip=0.02) as (port, _):
        delivery = send(MESSAGE, to(port), Terms(NOW))
    assert "does not finish within" in delivery.failures[0]


def test_servers_that_do_not_respond_are_one_sentence() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        (refused,) = sent(to(unused.getsockname()[1])).failures
    assert "does not respond (Connection refused); correct notify, or start the server" in refused
    (unknown,) = sent("mailto://no-such-host.invalid?from=a@x.org&to=b@x.org").failures
    assert "the mail server no-such-host.invalid:25 does not respond (" in unknown


def test_a_mail_server_is_tested_without_a_message() -> None:
    with scripted((*HELLO, b"221 bye")) as (port, mails):
        assert greeted(to(port)) == f"127.0.0.1:{port} responds"
    assert mails == []
    assert greeted("json://192.0.2.1") == ""
    with pytest.raises(SettingsError, match="'typo' is not a mail address"):
        greeted("mailto://127.0.0.1?from=a@x.org&to=b@x.org,typo")
