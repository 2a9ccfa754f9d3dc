"""One contact of a registrar: the record that every reader of a dump yields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from scanner.core.numbers import whole
from scanner.core.text import seconds, utc_of


class RegisteredContact(Struct, frozen=True, gc=False):
    """A binding of an address of record to a contact (RFC 3261 10.3), as a dump or a message shows it.

    `contact` is a Contact value or the URI alone; `via` the sent-by of the phone's own Via; `received` the address from
    which the registrar received the message, which may be that of a NAT router or of an SBC; `instance` the value of
    `+sip.instance`. `time` is when the registrar last received a message for it, "" where the dump does not contain
    that. `ended` is whether the binding had ended when the dump was written.
    """

    number: int
    contact: str
    agent: str = ""
    aor: str = ""
    via: str = ""
    received: str = ""
    call_id: str = ""
    instance: str = ""
    time: str = ""
    ended: bool = False


#: Words by which Kamailio, OpenSIPS and Asterisk mark a value that is not there.
_ABSENT = frozenset({"[not set]", "(null)", "(none)", "(unspecified)", "<not set>", "n/a", "null"})


def text(values: Mapping[str, str], *keys: str) -> str:
    """The first of these values that is there."""
    for key in keys:
        value = values.get(key, "")
        if value and (value[0] not in "[(<Nn" or value.lower() not in _ABSENT):
            return value
    return ""


#: How far the local time of a server may be from UTC, in seconds.
ZONES = 14 * 3600 + 300
_ESCAPE = re.compile(r"\^([0-9A-F]{2})")


def unescaped(spelled: str) -> str:
    """A value of Asterisk's sorcery, in which `^3B` is a semicolon (main/sorcery.c)."""
    return _ESCAPE.sub(lambda code: chr(int(code[1], 16)), spelled) if "^" in spelled else spelled


def local(spelled: str) -> int:
    """A time without a zone, `2026-11-23 03:00:00`, in seconds since 1970 as if it were UTC; 0 for other text."""
    try:
        return int(datetime.fromisoformat(f"{spelled[:19]}+00:00").timestamp()) if len(spelled) > 18 else 0
    except ValueError:
        return 0


def expired(expiry: str, now: str) -> bool:
    """Whether a time is before `now` in every zone; False for 0, for a permanent contact, and for other text."""
    unix = whole(expiry)
    ends = local(expiry) if unix is None else unix
    return ends > 86_400 and ends + (ZONES if unix is None else 0) < seconds(now)


def latest_of(times: tuple[str, ...], now: str) -> str:
    """The latest of some times, `now` at the latest; "" where none is after 1970, or it is `now` in some zone."""
    latest = 0
    for each in times:
        if each:
            unix = whole(each)
            latest = max(latest, local(each) if unix is None else unix)
            if unix is None and latest + ZONES > seconds(now):
                return ""
    return utc_of(min(latest, seconds(now))) if latest > 86_400 else ""
