"""A message as mail: RFC 5322 headers, the text and its HTML form as alternatives, and the reports. Pure.

All parts are sent in lines of 76 ASCII characters, which every server accepts (RFC 5321, section 4.5.3.1.6).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from scanner.core.text import shown
from scanner.notify import page
from scanner.notify.account import MailAccount, Mailbox
from scanner.notify.attachments import Attached, ReportFile, encoded, fit
from scanner.notify.digest import Digest

#: Longest line of a header, in characters.
_LINE = 76
#: Headers of a mail that the settings do not replace.
_OURS = re.compile(
    "subject|from|sender|to|cc|bcc|reply-to|date|message-id|auto-submitted|mime-version|content-.*|received|return-path",
    re.I,
)


def compose(message: Digest, account: MailAccount, attached: Attached, now: datetime) -> bytes:
    """The mail of a message, sent at `now`. A repetition of it has the same Message-ID, by which servers drop doubles.

    Raises ValueError for the name of a header that mail cannot contain.
    """
    notes = tuple(map(_storable, attached.notes))
    parts = EmailMessage(policy=SMTP)
    parts.set_content(_storable(page.text(message, notes)), cte="quoted-printable")
    parts.add_alternative(_storable(page.page(message, notes)), subtype="html", cte="quoted-printable")
    for file in attached.files:
        kind, _, subtype = file.media.partition("/")
        parts.add_attachment(
            file.content, maintype=kind, subtype=subtype, filename=_storable(file.name),
            params={"charset": "utf-8"} if kind == "text" else None,
        )  # fmt: skip
    head = "".join(f"{name}: {value}\r\n" for name, value in _headers(message, account, now))
    return head.encode("ascii") + parts.as_bytes()


def _headers(message: Digest, account: MailAccount, now: datetime) -> Iterator[tuple[str, str]]:
    """Names and values, encoded and folded. The folding of `EmailMessage` removes blanks between encoded words."""
    yield "Subject", _encoded(message.subject, "Subject")
    yield "From", _mailbox(account.sender)
    for name, boxes in (("To", account.to), ("Cc", account.cc), ("Reply-To", account.reply_to)):
        if boxes:
            yield name, ",\r\n ".join(map(_mailbox, boxes))
    yield "Date", format_datetime(now)
    yield "Message-ID", _message_id(message, account, now)
    yield "Auto-Submitted", "auto-generated"  # RFC 3834: no responder may reply
    yield "X-Auto-Response-Suppress", "All"  # the same for Exchange
    for name, value in account.headers.items():
        if not re.fullmatch(r"[!-9;-~]{1,100}", name):
            raise ValueError(f"{shown(name)!r} is not the name of a header")
        if not _OURS.fullmatch(name):
            yield name, _encoded(value, name)


def _encoded(text: str, name: str = "") -> str:
    """A text as the value of a header: control and bidi characters escaped, other than ASCII by RFC 2047, folded."""
    line = shown(" ".join(_storable(text).split()))
    charset = "us-ascii" if line.isascii() else "utf-8"
    return Header(line, charset, header_name=name, maxlinelen=_LINE).encode(linesep="\r\n")


def _mailbox(box: Mailbox) -> str:
    name, address = box
    if name.isascii():
        return formataddr((shown(" ".join(name.split())), address))
    return f"{_encoded(name)} <{address}>"


def _storable(text: str) -> str:
    """A text without lone surrogates, which names of files may contain."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _message_id(message: Digest, account: MailAccount, now: datetime) -> str:
    """A Message-ID of the domain of the sender (RFC 5322, section 3.6.4)."""
    parts: Sequence[str] = (format_datetime(now), message.subject, message.body, *account.recipients)
    unique = hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:24]
    return f"<{now:%Y%m%d%H%M%S}.{unique}@{account.sender[1].rpartition('@')[2]}>"


def fitting(
    message: Digest,
    account: MailAccount,
    reports: Sequence[ReportFile],
    now: datetime,
    limit: int,
    accepted: int | None,
) -> bytes:
    """The mail with those reports with which it has at most `limit` bytes, and no more than the server accepts.

    `accepted` is None for a server without a limit; 0 means that it rejected the reports.
    """
    if accepted == 0:
        return compose(message, account, fit(reports, 0, "the mail server rejects it"), now)
    most = min(limit, accepted or limit)
    room = most - len(compose(message, account, Attached(), now))
    while True:  # the notes about reports need room, too: each time at least one more is zipped or left out
        attached = fit(reports, max(room, 0))
        mail = compose(message, account, attached, now)
        if len(mail) <= most or not attached.files:
            return mail
        room = sum(encoded(len(file.content)) for file in attached.files) - (len(mail) - most)
