"""Secrets by reference: resolved as late as possible, and removed from every log.

A secret in the settings is `env:NAME` or `file:PATH`, or the text itself. `reveal` records each secret that it
returns, and `Redaction` removes these texts from all log messages.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import select
import time
import unicodedata
from pathlib import Path

from scanner.core.errors import SettingsError
from scanner.core.paths import expanded

#: Longest secret file that is read, in bytes: it contains one key.
FILE_LIMIT = 4096
#: Seconds that the writer of a pipe has, such as the command of `file:/dev/fd/63`, which may prompt its user.
PIPE_SECONDS = 60.0
HIDDEN = "[hidden]"

#: Least length of a secret that is removed also from within words.
ANYWHERE = 8
#: The default community of agents is public knowledge, and a common word of messages.
KNOWN_TO_ALL = "public"

_revealed: set[str] = set()


def reveal(reference: str, *, what: str, folder: Path | None = None) -> str:
    """The secret that `env:NAME` or `file:PATH` (relative to `folder`) refers to; any other text is the secret itself.

    `what` names the setting in errors. Raises SettingsError when it does not resolve; the error never contains a value.
    """
    kind, _, rest = reference.partition(":")
    if kind == "env" and rest:
        value = os.environ.get(rest)
        if not value:
            raise SettingsError(f"{what}: the environment variable {rest} is not set; set it where phonescan runs")
    elif kind == "file" and rest:
        path = (folder or Path()) / expanded(rest)
        try:
            content = _content(path)
            if len(content) > FILE_LIMIT:
                raise SettingsError(
                    f"{what}: the secret file {path} has more than {FILE_LIMIT} bytes; it must contain one key alone"
                )
            value = content.decode("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise SettingsError(f"{what}: the secret file {path} cannot be read ({reason})") from None
        if not value:
            raise SettingsError(f"{what}: the secret file {path} is empty")
    else:
        value = reference
    if not value.isprintable() and any(unicodedata.category(each) in ("Cc", "Zl", "Zp") for each in value):
        raise SettingsError(f"{what}: it has several lines or control characters; it must be one key alone")
    hide(value)
    return value


def _content(path: Path) -> bytes:
    """The first FILE_LIMIT octets of a file, and one more. Raises OSError, also for a pipe without a writer."""
    deadline = time.monotonic() + PIPE_SECONDS
    content = b""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        readable = select.poll()
        readable.register(handle, select.POLLIN)
        while len(content) <= FILE_LIMIT:
            if not readable.poll(max(0.0, deadline - time.monotonic()) * 1000):
                raise OSError(errno.ETIMEDOUT, "nothing is written to it")
            part = os.read(handle, FILE_LIMIT + 1 - len(content))
            if not part:
                break
            content += part
    finally:
        os.close(handle)
    return content


def hide(value: str) -> None:
    """Remove a text from all log messages from now on."""
    if value and value != KNOWN_TO_ALL:
        _revealed.add(value)


def redacted(text: str) -> str:
    """`text` with every revealed secret replaced. A short one may be a part of any word: it is replaced as a word."""
    for secret in sorted(_revealed, key=len, reverse=True):
        if len(secret) >= ANYWHERE:
            text = text.replace(secret, HIDDEN)
        elif secret in text:
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", HIDDEN, text)
    return text


def is_reference(text: str) -> bool:
    """Whether a setting is a reference to a secret, which may be printed."""
    return text.startswith(("env:", "file:"))


class Redaction(logging.Filter):
    """Log filter: removes revealed secrets from the formatted message and from the traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the message of a record; the result is always True."""
        record.msg, record.args = redacted(record.getMessage()), None
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = redacted(logging.Formatter().formatException(record.exc_info))
        return True
