"""A test of the mail server of a notification: EHLO and QUIT, without a message."""

from __future__ import annotations

import smtplib

from scanner.core.errors import PhonescanError, SettingsError
from scanner.notify.send import sender_of

#: Seconds to wait for each response of a mail server.
PATIENCE = 10.0


def greeted(url: str) -> str:
    """`mail.example.org:587 responds` for the mail server of a checked URL; empty for other services.

    Raises SettingsError for an incomplete URL, PhonescanError if the server does not respond.
    """
    sender = sender_of(url)
    if not sender:
        scheme = url.partition("://")[0]
        raise SettingsError(f"the {scheme} address of notify is incomplete; see the documentation of apprise")
    server = sender[0]
    host, port = getattr(server, "smtp_host", None), getattr(server, "port", None)
    if not host:
        return ""
    client = smtplib.SMTP_SSL if getattr(server, "secure_mode", "") == "ssl" else smtplib.SMTP
    try:
        with client(host, port or 0, timeout=PATIENCE) as mail:
            mail.ehlo()
    except (OSError, smtplib.SMTPException) as error:
        cause = getattr(error, "strerror", None) or error
        raise PhonescanError(
            f"the mail server {host}:{port or 25} does not respond ({cause}); correct notify, or start the server"
        ) from None
    return f"{host}:{port or 25} responds"
