"""Mail as it arrives: text and the HTML report, over a real SMTP conversation on loopback."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.notify.digest import Digest
from scanner.notify.reach import greeted
from scanner.notify.send import ATTACHED_LIMIT, send

MESSAGE = Digest("phonescan nightly: 1 newly noncompliant", "- a phone\n")


class _MailServer(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as one message needs."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper().strip()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.mails.append(b"".join(lines))  # type: ignore[attr-defined]
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 yes\r\n")
            if word == b"QUIT":
                return


@pytest.fixture
def mails() -> Iterator[Any]:
    with socketserver.TCPServer(("127.0.0.1", 0), _MailServer) as server:
        server.mails = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server
        server.shutdown()


def url(server: Any) -> str:
    return f"mailto://127.0.0.1:{server.server_address[1]}?from=scan@example.org&to=noc@example.org&mode=insecure"


@pytest.mark.network
def test_a_mail_server_is_tested_without_a_message(mails: Any) -> None:
    assert greeted(url(mails)) == f"127.0.0.1:{mails.server_address[1]} responds"
    assert mails.mails == []


def test_services_without_a_mail_server_are_not_tested() -> None:
    assert greeted("json://192.0.2.1") == ""


@pytest.mark.network
def test_a_mail_contains_the_report(mails: Any, tmp_path: Path) -> None:
    report = tmp_path / "noncompliant.html"
    report.write_text("<!doctype html><p>94 devices</p>")
    assert send(MESSAGE, [url(mails)], [report]) == []
    (raw,) = mails.mails
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert mail["Subject"] == MESSAGE.subject
    (attachment,) = mail.iter_attachments()
    assert attachment.get_filename() == "noncompliant.html"
    assert "94 devices" in attachment.get_content()


@pytest.mark.network
def test_a_mail_without_its_too_large_report_is_sent(mails: Any, tmp_path: Path) -> None:
    large, gone = tmp_path / "large.html", tmp_path / "gone.html"
    with large.open("wb") as stream:
        stream.truncate(ATTACHED_LIMIT + 1)
    assert send(MESSAGE, [url(mails)], [large, gone]) == []
    (raw,) = mails.mails
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert not list(mail.iter_attachments())
