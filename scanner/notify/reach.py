"""A test of the mail server of a notification: greeting, TLS and login, without a message."""

from __future__ import annotations

from dataclasses import replace

from scanner.core.errors import SettingsError
from scanner.engine.services.smtp import connected
from scanner.notify.account import account_of

#: Seconds to wait for each response of a mail server.
PATIENCE = 10.0


def greeted(url: str) -> str:
    """`mail.example.org:587 responds` for the mail server of a checked URL; empty for other services.

    Raises SettingsError for an incomplete URL or an invalid recipient, PhonescanError if the server does not respond.
    """
    account = account_of(url)
    if account is None:
        return ""
    if account.invalid:
        raise SettingsError(f"{account.invalid[0]!r} is not a mail address; correct notify")
    with connected(replace(account, patience=min(account.patience, PATIENCE))):
        return f"{account.server} responds"
