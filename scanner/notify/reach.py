"""Whether the mail server of a notification answers: a greeting and a goodbye, nothing is sent."""

from __future__ import annotations

import smtplib

from scanner.core.errors import PhonescanError, SettingsError
from scanner.notify.send import sender_of

#: Seconds that a mail server has for each step of its greeting.
PATIENCE = 10.0


def greeted(url: str) -> str:
    """What to say of the mail server of a checked URL: `mail.example.org:587 answers`; nothing for ways without one.

    Raises SettingsError for a URL that cannot be meant, PhonescanError when the server does not answer.
    """
    sender = sender_of(url)
    if not sender:
        scheme = url.partition("://")[0]
        raise SettingsError(f"the {scheme} address of notify is not complete; compare it with apprise's form")
    server = sender[0]
    host, port = getattr(server, "smtp_host", None), getattr(server, "port", None)
    if not host:
        return ""
    talk = smtplib.SMTP_SSL if getattr(server, "secure_mode", "") == "ssl" else smtplib.SMTP
    try:
        with talk(host, port or 0, timeout=PATIENCE) as mail:
            mail.ehlo()
    except (OSError, smtplib.SMTPException) as error:
        said = getattr(error, "strerror", None) or error
        raise PhonescanError(
            f"the mail server {host}:{port or 25} does not answer ({said}); correct notify, or start it before night"
        ) from None
    return f"{host}:{port or 25} answers"
