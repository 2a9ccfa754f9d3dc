"""Sends a message: mail over SMTP, other services through apprise, by allow-listed schemes only.

URLs contain secrets: the settings refer to them as `env:NAME` or `file:PATH`, and logs never contain them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from scanner.core.errors import PhonescanError, SettingsError
from scanner.notify import page
from scanner.notify.account import MailAccount, account_of, sender_of
from scanner.notify.attachments import LIMIT, ReportFile, fit, in_folder
from scanner.notify.digest import Digest

#: Allowed schemes: mail, chat services and system logs. Other plug-ins of apprise run programs or write files.
SCHEMES: tuple[str, ...] = (
    "mailto", "mailtos", "slack", "msteams", "workflow", "workflows", "ntfy", "ntfys", "syslog", "json", "jsons", "xml",
    "xmls", "gchat", "mmost", "mmosts", "rocket", "rockets", "matrix", "matrixs", "discord", "tgram", "pover",
    "opsgenie", "pagerduty",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Delivery:
    """The result of one destination: a sentence without secrets for each failure.

    `accepted`: the message was accepted for a recipient, and a repetition would not reach another one.
    """

    failures: tuple[str, ...] = ()
    accepted: bool = True


def checked(url: str, what: str) -> str:
    """The URL, if its scheme is allowed. Raises SettingsError with the scheme, without the rest of the URL."""
    scheme, separator, _ = url.partition("://")
    if not separator or scheme.lower() not in SCHEMES:
        shown = scheme if separator and len(scheme) < 20 and scheme.isalnum() else "it"
        raise SettingsError(f"{what}: {shown} is not an allowed scheme; use one of {', '.join(SCHEMES)}")
    return url


@dataclass(frozen=True, slots=True)
class Terms:
    """How messages are sent: the time, the largest message in bytes, and after which seconds a failure is repeated."""

    now: datetime
    limit: int = LIMIT
    waits: tuple[float, ...] = ()
    pause: Callable[[float], None] = time.sleep

    def attempts(self) -> Iterator[None]:
        """One element for each attempt, after its pause."""
        yield
        for wait in self.waits:
            self.pause(wait)
            yield


def send(message: Digest, url: str, terms: Terms, reports: Sequence[ReportFile] = (), number: int = 1) -> Delivery:
    """Send to the URL of this number; what failed for a time is repeated.

    The reports are attached as far as the limit permits and the service accepts files; the others are named in the
    message.
    """
    prefix = f"notification {number} ({url.partition('://')[0]})"
    try:
        account = account_of(url)
    except SettingsError as error:
        return Delivery((f"{prefix}: {error}",), accepted=False)
    if account is None:
        return _by_apprise(message, url, prefix, reports, terms)
    return _by_mail(message, account, prefix, reports, terms)


def _by_mail(
    message: Digest, account: MailAccount, prefix: str, reports: Sequence[ReportFile], terms: Terms
) -> Delivery:
    from scanner.engine.services.smtp import deliver
    from scanner.notify.mail import fitting

    failures = [f"{prefix}: {one!r} is not a mail address; correct notify" for one in account.invalid]
    left, accepted, temporary = account.recipients, False, list[str]()
    for _ in terms.attempts():
        try:
            failed = deliver(
                account,
                account.sender[1],
                left,
                len(account.recipients),
                lambda size: fitting(message, account, reports, terms.now, terms.limit, size),
            )
        except ValueError as error:
            return Delivery((*failures, f"{prefix}: {error}; correct notify"), accepted=False)
        accepted = accepted or sum(len(one.recipients) for one in failed) < len(left)
        failures += [f"{prefix}: {one.sentence}" for one in failed if not one.temporary]
        temporary = [f"{prefix}: {one.sentence}" for one in failed if one.temporary]
        left = tuple(address for one in failed if one.temporary for address in one.recipients)
        if not left:
            break
    return Delivery((*failures, *temporary), accepted and not temporary)


def _by_apprise(message: Digest, url: str, prefix: str, reports: Sequence[ReportFile], terms: Terms) -> Delivery:
    failure = ""
    for _ in terms.attempts():
        try:
            if _notified(message, url, reports, terms.limit):
                return Delivery()
            failure = f"{prefix} was not accepted; try `phonescan schedule notify NAME --test`"
        except PhonescanError:
            raise
        except Exception as error:  # an error of a plug-in must not affect the scan or the other messages
            failure = f"{prefix} failed: {type(error).__name__}"
    return Delivery((failure,), accepted=False)


def _notified(message: Digest, url: str, reports: Sequence[ReportFile], limit: int) -> bool:
    import apprise

    sender = sender_of(url)
    if "overflow=" not in url:
        for server in sender:  # several messages, where the service limits their length
            server.overflow_mode = apprise.OverflowMode.SPLIT
    takes_files = all(getattr(server, "attachment_support", False) for server in sender)
    attached = fit(reports, limit) if takes_files else fit(reports, 0, "this service accepts no files")
    with in_folder(attached.files) as files:
        return bool(
            sender.notify(
                title=message.subject,
                body=page.text(message, attached.notes),
                body_format=apprise.NotifyFormat.TEXT,
                attach=files or None,
            )
        )
