"""A mail as it is composed: headers, both bodies, lines and sizes, whatever names network and settings contain."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from scanner.core.errors import SettingsError
from scanner.inventory import Summary
from scanner.notify.account import MailAccount, account_of
from scanner.notify.attachments import Attached, Attachment, ReportFile, fit
from scanner.notify.digest import Digest, digest
from scanner.notify.mail import compose, fitting
from scanner.notify.page import page
from scanner.notify.template import sample, worded
from tests.reports.sample import HOSTILE

NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
ACCOUNT = MailAccount(
    host="mail.example.org",
    port=25,
    mode="insecure",
    sender=("phonescan", "scan@example.org"),
    to=(("", "noc@example.org"),),
)
SUMMARY = Summary(scan=7, outcome="done", baseline=False, observations=9, devices=9, unresolved=0)


def as_received(message: Digest, account: MailAccount = ACCOUNT, attached: Attached = Attached()) -> EmailMessage:  # noqa: B008
    return email.message_from_bytes(compose(message, account, attached, NOW), policy=email.policy.default)


def hostile_message() -> Digest:
    texts = ("hostname", "manufacturer", "model", "firmware", "certified_firmware", "site", "status", "mac", "ip")
    rows = [dict.fromkeys(texts, text) | {"device": at} for at, text in enumerate(HOSTILE, 1)]
    return digest("night\r\nBcc: evil@example.org", SUMMARY, rows, page=lambda path: f"https://x.example{path}")


def test_the_headers_are_those_of_an_automatic_message_of_its_own_domain() -> None:
    mail = as_received(sample("nightly"))
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert mail["From"] == "phonescan <scan@example.org>"
    assert mail["To"] == "noc@example.org"
    assert mail["Date"].datetime == NOW
    assert re.fullmatch(r"<[0-9a-z.]+@example\.org>", mail["Message-ID"])
    assert mail["Subject"] == sample("nightly").subject
    assert mail["MIME-Version"] == "1.0"


def test_a_repeated_mail_has_the_message_id_of_the_first_and_another_mail_has_not() -> None:
    first, other = as_received(sample("nightly")), as_received(sample("weekly"))
    assert as_received(sample("nightly"))["Message-ID"] == first["Message-ID"]
    later = email.message_from_bytes(compose(sample("nightly"), ACCOUNT, Attached(), NOW.replace(day=1)))
    assert len({first["Message-ID"], other["Message-ID"], later["Message-ID"]}) == 3


def test_names_of_the_network_and_of_the_settings_add_no_header() -> None:
    message = replace(hostile_message(), subject="x\r\nBcc: evil@example.org\n\n\x00body\u2028\u202e")
    account = replace(
        ACCOUNT, sender=("Scän\r\nBcc: e@example.org", "scan@example.org"),
        headers={"X-Team": "a\r\nBcc: evil@example.org", "Subject": "y", "content-type": "text/html", "Bcc": "z@x.org"},
    )  # fmt: skip
    mail = as_received(message, account)
    assert mail["Bcc"] is None
    assert mail["Subject"] == "x Bcc: evil@example.org \\x00body \\u202e"
    assert mail["X-Team"] == "a Bcc: evil@example.org"
    assert mail["From"].addresses[0].addr_spec == "scan@example.org"
    assert mail.get_content_type() == "multipart/alternative"
    assert hostile_message().subject.startswith("phonescan night\\x0d\\x0aBcc: evil@example.org: 19 newly")


def test_every_line_of_a_mail_is_short_and_ascii() -> None:
    rows = [{"device": 1, "ip": "10.0.0.1", "model": "ö中" * 4000, "status": "outdated"}]
    message = digest("Nacht", SUMMARY, rows, failures=["x" * 5000, "ü" * 3000])
    message = replace(message, subject="Ünlängst " * 20)
    account = replace(ACCOUNT, to=tuple((f"Müller {at}", f"team{at}@example.org") for at in range(60)))
    files = Attached((Attachment("Bericht für München.csv", "text/csv", b"a" * 5000),), ("note " * 500,))
    raw = compose(message, account, files, NOW)
    assert raw.isascii()
    assert b"\r\r" not in raw
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert mail["Subject"] == ("Ünlängst " * 20).strip()
    assert len(mail["To"].addresses) == 60
    assert [part.get_filename() for part in mail.iter_attachments()] == ["Bericht für München.csv"]
    text = mail.get_body(("plain",))
    assert text is not None
    assert "ö中" * 4000 in text.get_content()


class _Parsed(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_html_body_has_what_the_text_has_and_no_markup_of_a_device() -> None:
    message = hostile_message()
    mail = as_received(message, attached=Attached(notes=("<b>report</b>",)))
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    html = mail.get_body(("html",))
    assert html is not None
    parsed = _Parsed(html.get_content())
    assert not parsed.tags & {"script", "img", "iframe", "link", "form", "style", "b"}
    assert parsed.links == [f"https://x.example/devices/{one.url.rpartition('/')[2]}"
                            for one in message.news[0].devices] + ["https://x.example/scans/7"]  # fmt: skip
    for words in ("<script>alert(1)</script>", "\\x1b[31mred", "{{ 7*7 }}", "<b>report</b>", "19 newly noncompliant"):
        assert words in parsed.words
    assert not re.search("[\x00-\x08\x1b\u202e\ud800-\udfff]", parsed.words)


def test_the_html_body_of_a_template_is_its_text(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("own\n<i>{{ name }}</i>\n  two", encoding="utf-8")
    message = worded(sample("nightly"), tmp_path / "own.txt")
    parsed = _Parsed(page(message))
    assert "<i>nightly (a test)</i>\n  two" in parsed.words
    assert "newly" not in parsed.words


@pytest.mark.parametrize("limit", [20_000, 60_000, 400_000, 2_000_000])
@pytest.mark.parametrize("accepted", [None, 30_000, 100_000, 5_000_000])
def test_a_mail_is_no_larger_than_the_limit_and_the_server_permit(
    tmp_path: Path, limit: int, accepted: int | None
) -> None:
    reports = []
    for at in range(12):
        path = tmp_path / f"{'münchen' * 20}-{at}.csv"
        path.write_bytes(bytes(range(256)) * 40 * (at + 1))
        reports.append(ReportFile(path, "csv", f"https://phones.example.org/{at}"))
    raw = fitting(sample("nightly"), ACCOUNT, reports, NOW, limit, accepted)
    most = min(limit, accepted or limit)
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    text = mail.get_body(("plain",))
    assert text is not None
    whole = [
        str(part.get_filename()) for part in mail.iter_attachments() if not str(part.get_filename()).endswith("zip")
    ]
    assert (
        len(whole) + len(re.findall(r"^- .*(?:is attached as a zip file|is not attached)", text.get_content(), re.M))
        == 12
    )
    bare = len(compose(sample("nightly"), ACCOUNT, fit(reports, 0), NOW))
    assert len(raw) <= max(most, bare)


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("mailto://relay.example?from=a@x.org&to=b@x.org", {"host": "relay.example", "port": 25, "mode": "insecure"}),
        ("mailtos://u:p%2F@m.example.org?to=b@x.org", {"port": 587, "mode": "starttls", "user": "u", "password": "p/"}),
        ("mailtos://u:secret@m.example.org?to=b@x.org&mode=ssl", {"port": 465, "mode": "ssl"}),
        ("mailto://[::1]:2525?from=a@x.org&to=b@x.org", {"host": "::1", "server": "[::1]:2525"}),
        ("mailto://h.example?from=a@x.org&to=b@x.org", {"sender": ("phonescan", "a@x.org"), "patience": 30.0}),
        ("mailto://h.example?from=Scan <a@x.org>&to=b@x.org&cto=5", {"sender": ("Scan", "a@x.org"), "patience": 5.0}),
        ("mailto://h.example?from=a@x.org&to=b@x.org,c@x.org&cc=d@x.org,b@x.org&bcc=e@x.org&reply=f@x.org",
         {"recipients": ("b@x.org", "c@x.org", "d@x.org", "e@x.org"), "reply_to": (("", "f@x.org"),)}),
        ("mailto://h.example/b@x.org/c@x.org?from=a@x.org", {"recipients": ("b@x.org", "c@x.org")}),
        ("mailto://h.example?from=a@x.org&to=b+tag@x.org", {"recipients": ("b+tag@x.org",), "invalid": ()}),
        ("mailto://h.example?from=a@x.org&to=b@x.org,typo,c@@x.org",
         {"recipients": ("b@x.org",), "invalid": ("typo", "c@@x.org")}),
        ("mailto://h.example?from=a@x.org&to=b@x.org,%22typo, x%22 <c>", {"invalid": ("c",)}),
        ("mailto://h.example?from=a@x.org&to=%22Team, A%22 <B@x.org>", {"recipients": ("B@x.org",), "invalid": ()}),
        ("mailto://h.example?from=a@x.org&to=b@x.org&verify=no", {"verify": False}),
    ],
)  # fmt: skip
def test_an_account_is_read_from_an_address_of_apprise(url: str, wanted: dict[str, Any]) -> None:
    account = account_of(url)
    assert account is not None
    assert {name: getattr(account, name) for name in wanted} == wanted
    assert bool(account.invalid) is ("typo" in url)
    assert "secret" not in repr(account)


def test_a_copy_is_visible_and_a_blind_copy_is_not() -> None:
    account = account_of("mailto://h.example?from=a@x.org&to=b@x.org&cc=Team <d@x.org>&bcc=e@x.org&reply=f@x.org")
    assert account is not None
    mail = as_received(sample("nightly"), account)
    assert (mail["Cc"], mail["Bcc"], mail["Reply-To"]) == ("Team <d@x.org>", None, "f@x.org")
    assert b"e@x.org" not in mail.as_bytes()


def test_an_address_without_a_recipient_is_an_error_and_other_services_have_no_account() -> None:
    assert account_of("json://192.0.2.1") is None
    assert account_of("mailto://h.example?from=a@x.org&to=b@x.org&pgp=sign") is None
    for url in ("mailto://h.example?from=a@x.org&to=typo", "mailto://h.example", "slack://incomplete"):
        with pytest.raises(SettingsError, match=r"incomplete|no valid recipient"):
            account_of(url)
