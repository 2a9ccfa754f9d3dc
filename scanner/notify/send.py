"""Sending a message through apprise, by allow-listed schemes only: its many plug-ins reach far.

URLs hold secrets, so they come as `env:NAME` or `file:PATH` or are redacted by value wherever they would be logged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from scanner.core.errors import PhonescanError, SettingsError
from scanner.notify.digest import Digest

#: Schemes that may be used: mail, chat services and system logs. apprise knows a hundred more.
SCHEMES: tuple[str, ...] = (
    "mailto", "mailtos", "slack", "msteams", "workflow", "workflows", "ntfy", "ntfys", "syslog", "json", "jsons", "xml",
    "xmls", "gchat", "mmost", "mmosts", "rocket", "rockets", "matrix", "matrixs", "discord", "tgram", "pover",
    "opsgenie", "pagerduty",
)  # fmt: skip
#: Larger files, in bytes, are not attached: mail servers refuse them, and the text with them.
ATTACHED_LIMIT = 10_000_000


def checked(url: str, what: str) -> str:
    """A URL whose scheme is allowed. Raises SettingsError; the message shows the scheme alone."""
    scheme, separator, _ = url.partition("://")
    if not separator or scheme.lower() not in SCHEMES:
        shown = scheme if separator and len(scheme) < 20 and scheme.isalnum() else "it"
        raise SettingsError(f"{what}: {shown} is no way to notify; use one of {', '.join(SCHEMES)}")
    return url


def send(message: Digest, urls: Iterable[str], attached: Sequence[Path] = ()) -> list[str]:
    """Send to every URL; what went wrong, in words that hold no secret, one for each URL that failed.

    `attached` are files that go along where the way takes files (mail, most chats); elsewhere the text goes alone.
    """
    files = [str(path) for path in attached if path.is_file() and path.stat().st_size <= ATTACHED_LIMIT]
    failures = []
    for number, url in enumerate(urls, 1):
        scheme = url.partition("://")[0]
        try:
            if not _notify(message, url, files):
                failures.append(
                    f"notification {number} ({scheme}) was not taken; try `phonescan schedule notify NAME --test`"
                )
        except PhonescanError:
            raise
        except Exception as error:  # a plug-in's fault must not cost the scan or the other messages
            failures.append(f"notification {number} ({scheme}) failed: {type(error).__name__}")
    return failures


def sender_of(url: str) -> Any:
    """apprise's sender for a URL, empty when it cannot be meant. Raises PhonescanError without the extra."""
    try:
        import apprise
    except ImportError:
        raise PhonescanError("notifications need the extra: install phonescan[notify]") from None
    sender = apprise.Apprise()
    sender.add(url)
    return sender


def _notify(message: Digest, url: str, files: list[str]) -> bool:
    import apprise

    sender = sender_of(url)
    if not sender:
        return False
    takes_files = all(getattr(server, "attachment_support", False) for server in sender)
    return bool(
        sender.notify(
            title=message.subject,
            body=message.body,
            body_format=apprise.NotifyFormat.TEXT,
            attach=files if files and takes_files else None,
        )
    )
