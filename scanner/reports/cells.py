"""One value of a row as text. Everything from the network is escaped here."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from scanner.core.text import shown

if TYPE_CHECKING:
    from markupsafe import Markup

# the sentence of `compliance.reasons` about the source of a verdict
_SOURCE = re.compile(
    r"\s*Source: .+?, (?:of [0-9-]+|without a date)(?: \([^()]*\))?(?:; the list is old(?:: \d+|er than \d+) days)?\."
)

#: Longest word that is kept in one line: an IPv6 address has 39 characters.
WHOLE = 40
#: Longest word that fits beside another value on a narrow screen: a mac has 17 characters.
WIDE_WORD = 18


def plain(value: Any) -> str:
    """A value as text, unescaped: None is empty, a list joined by commas, a lone surrogate a question mark."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, (list, tuple)):
        return ", ".join(map(plain, value))
    return str(value)


def safe(value: Any) -> str:
    """A value as text, with control characters and bidi marks escaped."""
    return shown(plain(value))


def for_people(time: str) -> str:
    """`2026-11-23T06:00:00Z` as `2026-11-23 06:00 UTC`; any other text as it is."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?Z", time)
    return f"{found[1]} {found[2]} UTC" if found else time


def short_reason(reason: Any) -> str:
    """A reason without its source, for reports that list the catalogs once."""
    return _without_source(safe(reason))


@lru_cache(maxsize=1024)  # devices of a model have one reason
def _without_source(reason: str) -> str:
    return _SOURCE.sub("", reason).strip()


def whole(value: Any, longest: int = WHOLE) -> Markup:
    """A value as HTML that no line ends within: a word of up to `longest` characters, such as an address or a mac."""
    from markupsafe import Markup, escape

    text = safe(value)
    if 0 < len(text) <= longest and not any(map(str.isspace, text)):
        wide = " wide-word" if len(text) > WIDE_WORD else ""
        return Markup(f'<span class="whole{wide}">{escape(text)}</span>')  # escaped  # nosec B704
    return escape(text)
