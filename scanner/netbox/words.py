"""The reasons in NetBox's responses and in failures of the network, in a few words. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.reports.cells import safe


def detail_of(content: Any) -> str:
    """The reason in a response of NetBox, in words."""
    found = list(_texts(content))
    return safe("; ".join(found))[:300] or "no reason"


def _texts(content: Any, name: str = "") -> Iterator[str]:
    match content:
        case dict():
            errors = content.get("errors")
            if (
                isinstance(errors, list) and errors
            ):  # NetBox 4.6: {"detail": …, "errors": [{"index": 0, "errors": {…}}]}
                content = errors
                yield from _texts(content, name)
                return
            for key, value in content.items():
                if key in ("index", "id"):
                    continue
                yield from _texts(
                    value, name if key in ("errors", "detail", "non_field_errors", "__all__") else str(key)
                )
        case list():
            for value in content:
                yield from _texts(value, name)
        case None:
            return
        case _:
            yield f"{name}: {content}" if name else str(content)


def in_words(fault: Exception) -> str:
    """A failure of the network in a few words."""
    text = str(fault)
    for part, words in (
        ("Connection refused", "connection refused"),
        ("Name or service not known", "unknown host name"),
        ("nodename nor servname", "unknown host name"),
        ("Temporary failure in name resolution", "the name is not resolved"),
        ("Network is unreachable", "network unreachable"),
        ("No route to host", "no route to the host"),
        ("CERTIFICATE_VERIFY_FAILED", "certificate verify failed"),
        ("Connection reset", "connection reset"),
        ("Remote end closed", "connection closed"),
    ):
        if part in text:
            return words
    return safe(text.replace("\n", " "))[:160]
