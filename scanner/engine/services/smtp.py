"""One mail over SMTP (RFC 5321), within bounded time; every failure is a sentence that says what to do.

The server announces the largest message that it accepts (RFC 1870), and the mail is composed for it.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from scanner.core.errors import PhonescanError
from scanner.core.text import shown

#: Seconds to wait for a response of a mail server; servers delay the greeting against spam.
PATIENCE = 30.0
#: Times the patience for responses to a login, that servers examine messages for before they accept them.
_EXAMINED = 4
#: Seconds for the whole delivery of a mail, however slowly the server responds.
WHOLE = 300.0
#: Longest response of a server in a sentence, in characters.
_REPLY = 200
#: Replies that mean the message is too large (RFC 1870; 5.2.3 and 5.3.4 of RFC 3463).
_TOO_LARGE = re.compile(r"^552|\b5\.(?:2\.3|3\.4)\b")


#: A size as RFC 1870 defines it, with at most 20 digits.
_SIZE = re.compile("[0-9]{1,20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """A mail server and its login; `mode` is `ssl` (TLS from the first byte), `starttls` or `insecure`."""

    host: str
    port: int
    mode: str
    user: str = ""
    password: str = field(default="", repr=False)
    verify: bool = True
    patience: float = PATIENCE

    @property
    def server(self) -> str:
        """`mail.example.org:587`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class MailFailure:
    """Why a mail was not accepted for `recipients`. A `temporary` failure may succeed when it is repeated."""

    sentence: str
    temporary: bool
    recipients: tuple[str, ...]


class SmtpFault(PhonescanError):
    """A conversation with a mail server that failed; `temporary` if it may succeed when it is repeated."""

    def __init__(self, sentence: str, temporary: bool = False) -> None:
        super().__init__(sentence)
        self.temporary = temporary


def deliver(
    account: MailServer, sender: str, recipients: tuple[str, ...], every: int, compose: Callable[[int | None], bytes]
) -> tuple[MailFailure, ...]:
    """Send a mail to some of `every` recipients; returns the failures, none if it was accepted for all.

    `compose` returns the mail for a server that accepts messages of so many bytes, or None for any; 0 means without
    its reports.
    """
    try:
        with connected(account) as client, _faults(account):
            if client.sock is not None:
                client.sock.settimeout(account.patience * _EXAMINED)
            size = client.esmtp_features.get("size", "")
            mail = compose(int(size) or None if _SIZE.fullmatch(size) else None)
            try:
                refused = _sent(client, sender, recipients, mail)
            except smtplib.SMTPResponseException as error:
                if not _TOO_LARGE.search(_reply(error.smtp_code, error.smtp_error)):
                    raise
                refused = _sent(client, sender, recipients, compose(0))
    except SmtpFault as error:
        return (MailFailure(str(error), error.temporary, recipients),)
    return tuple(_refusals(account, recipients, every, refused))


def _sent(
    client: smtplib.SMTP, sender: str, recipients: tuple[str, ...], mail: bytes
) -> Mapping[str, tuple[int, bytes]]:
    """Send a mail; the recipients that the server refused, each with its reply."""
    try:
        return client.sendmail(sender, recipients, mail)
    except smtplib.SMTPRecipientsRefused as error:  # all of them, or a reply 421 to one of them
        last = list(error.recipients.values())[-1]
        return {address: error.recipients.get(address, last) for address in recipients}


@contextlib.contextmanager
def connected(account: MailServer) -> Iterator[smtplib.SMTP]:
    """A connection to the mail server of an account, with TLS and logged in. Raises SmtpFault.

    It is closed after WHOLE seconds, whatever the server does.
    """
    context = ssl.create_default_context()
    if not account.verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    client: smtplib.SMTP = (
        smtplib.SMTP_SSL(timeout=account.patience, context=context)
        if account.mode == "ssl"
        else smtplib.SMTP(timeout=account.patience)
    )
    client._host = account.host  # type: ignore[attr-defined]  # the name that TLS verifies; connect() does not set it
    late = threading.Event()
    end = threading.Timer(WHOLE, _cut, (client, late))
    end.daemon = True
    end.start()
    try:
        with _faults(account):
            code, text = client.connect(account.host, account.port)
            if code != 220:
                raise smtplib.SMTPConnectError(code, text)
            client.ehlo_or_helo_if_needed()
            if account.mode == "starttls":
                client.starttls(context=context)
                client.ehlo_or_helo_if_needed()
            if account.user and account.password:
                client.login(account.user, account.password)
        yield client
        with contextlib.suppress(OSError, smtplib.SMTPException):
            client.quit()
    except SmtpFault:
        if late.is_set():
            server = shown(account.server)
            raise SmtpFault(
                f"the mail server {server} does not finish within {WHOLE:.0f} s; see its log", True
            ) from None
        raise
    finally:
        end.cancel()
        client.close()


def _cut(client: smtplib.SMTP, late: threading.Event) -> None:
    """End a connection from another thread: what waits for the server then fails."""
    late.set()
    with contextlib.suppress(OSError):
        if client.sock is not None:
            socket.socket.shutdown(client.sock, socket.SHUT_RDWR)  # not the one of TLS, which waits for the server


@contextlib.contextmanager
def _faults(account: MailServer) -> Iterator[None]:
    """Errors of a conversation as SmtpFault."""
    server = shown(account.server)
    try:
        yield
    except smtplib.SMTPResponseException as error:
        raise SmtpFault(_rejection(server, error), 200 <= error.smtp_code < 500) from None
    except smtplib.SMTPNotSupportedError as error:
        raise SmtpFault(
            f"the mail server {server} does not offer STARTTLS; add mode=ssl or mode=insecure to notify"
            if "STARTTLS" in str(error)
            else f"the mail server {server} does not offer a login; leave user and password out of notify"
        ) from None
    except smtplib.SMTPServerDisconnected as error:
        raise SmtpFault(
            f"the mail server {server} does not respond (timed out); correct notify, or start the server"
            if "timed out" in str(error)
            else f"the mail server {server} closed the connection; see its log",
            True,
        ) from None
    except smtplib.SMTPException as error:
        cause = shown(str(error))[:_REPLY]
        raise SmtpFault(f"the mail server {server} does not accept the message ({cause}); see its log") from None
    except ssl.SSLCertVerificationError as error:
        cause = error.verify_message
        raise SmtpFault(
            f"the mail server {server} has an invalid certificate ({cause}); install its CA, or add verify=no to notify"
        ) from None
    except ssl.SSLError as error:
        cause = error.reason or "no TLS"
        raise SmtpFault(
            f"the mail server {server} does not respond with TLS ({cause}); correct mode= in notify"
        ) from None
    except (OSError, UnicodeError) as error:
        cause = str(getattr(error, "strerror", None) or error)
        raise SmtpFault(
            f"the mail server {server} does not respond ({cause}); correct notify, or start the server", True
        ) from None


def _rejection(server: str, error: smtplib.SMTPResponseException) -> str:
    """The sentence about a reply by which a server rejects something."""
    reply = _reply(error.smtp_code, error.smtp_error)
    if error.smtp_code < 200:
        return f"the mail server {server} does not respond with SMTP; correct notify"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"the mail server {server} rejects user name or password ({reply}); correct notify"
    if _TOO_LARGE.search(reply):
        return f"the mail server {server} rejects the message as too large ({reply}); raise its limit"
    if error.smtp_code < 500:
        return f"the mail server {server} rejects the message for now ({reply}); the next run sends it"
    if isinstance(error, smtplib.SMTPSenderRefused):
        return f"the mail server {server} rejects the sender ({reply}); correct from= in notify"
    return f"the mail server {server} rejects the message ({reply}); see its log"


def _refusals(
    account: MailServer, recipients: tuple[str, ...], every: int, refused: Mapping[str, tuple[int, bytes]]
) -> Iterator[MailFailure]:
    """The failures of refused recipients: those that a repetition may mend, and the others."""
    for temporary in (True, False):
        some = {address: reply for address, reply in refused.items() if (reply[0] < 500) is temporary}
        if some:
            (address, reply), *_ = some.items()
            first = f"{shown(address)}, {_reply(*reply)}"
            yield MailFailure(
                f"the mail server {shown(account.server)} rejects {len(some)} of {every} recipients"
                f" ({first}); {'the next run sends it' if temporary else 'correct notify'}",
                temporary,
                tuple(address for address in recipients if address in some),
            )


def _reply(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return shown(" ".join(f"{code} {words}".split()))[:_REPLY]
