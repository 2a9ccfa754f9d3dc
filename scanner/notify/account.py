"""The mail account of a `mailto(s)://` address in apprise's form: server, login, sender and recipients.

apprise parses the address, so that one syntax and its table of mail providers apply to every service.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote, urlsplit

from scanner.core.errors import PhonescanError, SettingsError
from scanner.core.text import shown
from scanner.engine.services.smtp import PATIENCE, MailServer

#: Schemes that are mail.
SCHEMES = ("mailto", "mailtos")
#: The name of the sender, unless the address names another.
SENDER = "phonescan"

Mailbox = tuple[str, str]
#: One of several recipients, and the address of one with a name; a comma in quotes separates nothing.
_RECIPIENT, _ADDRESS = re.compile(r'(?:[^,"]|"[^"]*"|")+'), re.compile(r"<([^<>]*)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAccount(MailServer):
    """A mail server with login, and the mailboxes of a message as name and address.

    `invalid` are recipients without an address.
    """

    sender: Mailbox
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...] = ()
    bcc: tuple[Mailbox, ...] = ()
    reply_to: tuple[Mailbox, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    invalid: tuple[str, ...] = ()

    @property
    def recipients(self) -> tuple[str, ...]:
        """The addresses of all recipients, each once."""
        return tuple(dict.fromkeys(address for _, address in (*self.to, *self.cc, *self.bcc)))


def sender_of(url: str) -> Any:
    """The sender of apprise for a URL, empty for an invalid one. Raises PhonescanError without the extra."""
    try:
        import apprise
    except ImportError:
        raise PhonescanError("notifications need the extra: install phonescan[notify]") from None
    sender = apprise.Apprise(asset=apprise.AppriseAsset(app_id=SENDER, app_desc=SENDER, app_url=""))
    sender.add(url)
    return sender


def account_of(url: str) -> MailAccount | None:
    """The mail account of a URL; None for another service, and for mail that apprise encrypts or signs (`pgp=`).

    Raises SettingsError for an incomplete URL, PhonescanError without the extra.
    """
    scheme = url.partition("://")[0].lower()
    sender = sender_of(url)
    if not sender:
        raise SettingsError(f"the {scheme} address of notify is incomplete; see the documentation of apprise")
    if scheme not in SCHEMES:
        return None
    mail = sender[0]
    if getattr(mail, "pgp_mode", "no") != "no" or getattr(mail, "use_pgp", False):
        return None
    if not mail.targets and not mail.cc and not mail.bcc:
        raise SettingsError("the mail address of notify names no valid recipient; write to=name@example.org")

    def named(addresses: Any) -> tuple[Mailbox, ...]:
        return tuple((mail.names.get(address) or "", address) for address in sorted(addresses))

    patience = mail.socket_connect_timeout
    account = MailAccount(
        host=mail.smtp_host.strip("[]"),
        port=int(mail.port),
        mode=mail.secure_mode,
        sender=(mail.from_addr[0] or SENDER, mail.from_addr[1]),
        to=tuple((name or "", address) for name, address in mail.targets),
        cc=named(mail.cc),
        bcc=named(mail.bcc),
        reply_to=named(mail.reply_to),
        user=mail.user or "",
        password=mail.password or "",
        verify=bool(mail.verify_certificate),
        # `cto=` sets another number of seconds
        patience=float(patience) if patience != type(mail).socket_connect_timeout else PATIENCE,
        headers=dict(mail.headers),
    )
    return replace(account, invalid=_left_out(url, account.recipients))


def _left_out(url: str, recipients: Sequence[str]) -> tuple[str, ...]:
    """The recipients of a URL that apprise leaves out without an error, because they are not addresses."""
    parts = urlsplit(url)
    fields = [part.partition("=") for part in parts.query.split("&")]
    texts = [value for name, _, value in fields if name.lower() in ("to", "cc", "bcc")]
    # not by `email.utils.getaddresses`: what that gives for a text with an invalid address differs between releases
    named = [part.strip() for text in (*parts.path.split("/"), *texts) for part in _RECIPIENT.findall(unquote(text))]
    valid = {address.lower() for address in recipients}
    addresses = [(found[1] if (found := _ADDRESS.search(part)) else part) for part in named if part]
    return tuple(shown(address) for address in addresses if address.strip().lower() not in valid)
