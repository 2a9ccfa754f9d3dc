"""Sends a message through apprise, by allow-listed schemes only.

URLs contain secrets: the settings refer to them as `env:NAME` or `file:PATH`, and logs never contain them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from scanner.core.errors import PhonescanError, SettingsError
from scanner.notify.digest import Digest

#: Allowed schemes: mail, chat services and system logs. Other plug-ins of apprise run programs or write files.
SCHEMES: tuple[str, ...] = (
    "mailto", "mailtos", "slack", "msteams", "workflow", "workflows", "ntfy", "ntfys", "syslog", "json", "jsons", "xml",
    "xmls", "gchat", "mmost", "mmosts", "rocket", "rockets", "matrix", "matrixs", "discord", "tgram", "pover",
    "opsgenie", "pagerduty",
)  # fmt: skip
#: Larger files, in bytes, are not attached: mail servers reject them together with the message.
ATTACHED_LIMIT = 10_000_000


def checked(url: str, what: str) -> str:
    """The URL, if its scheme is allowed. Raises SettingsError with the scheme, without the rest of the URL."""
    scheme, separator, _ = url.partition("://")
    if not separator or scheme.lower() not in SCHEMES:
        shown = scheme if separator and len(scheme) < 20 and scheme.isalnum() else "it"
        raise SettingsError(f"{what}: {shown} is not an allowed scheme; use one of {', '.join(SCHEMES)}")
    return url


def send(message: Digest, urls: Iterable[str], attached: Sequence[Path] = ()) -> list[str]:
    """Send to every URL; returns one sentence without secrets for each URL that failed.

    `attached` files are sent to services that accept files (mail, most chats); the others get the text only.
    """
    files = [str(path) for path in attached if path.is_file() and path.stat().st_size <= ATTACHED_LIMIT]
    failures = []
    for number, url in enumerate(urls, 1):
        scheme = url.partition("://")[0]
        try:
            if not _notify(message, url, files):
                failures.append(
                    f"notification {number} ({scheme}) was not accepted; try `phonescan schedule notify NAME --test`"
                )
        except PhonescanError:
            raise
        except Exception as error:  # an error of a plug-in must not affect the scan or the other messages
            failures.append(f"notification {number} ({scheme}) failed: {type(error).__name__}")
    return failures


def sender_of(url: str) -> Any:
    """The sender of apprise for a URL, empty for an invalid one. Raises PhonescanError without the extra."""
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
    accepts_files = all(getattr(server, "attachment_support", False) for server in sender)
    return bool(
        sender.notify(
            title=message.subject,
            body=message.body,
            body_format=apprise.NotifyFormat.TEXT,
            attach=files if files and accepts_files else None,
        )
    )
