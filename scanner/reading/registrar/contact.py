"""One contact of a registrar: the record that every reader of a dump yields."""

from __future__ import annotations

from collections.abc import Mapping

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


def expired(expiry: str, now: str) -> bool:
    """Whether a Unix time is before `now`; False for 0 and for what is not a number."""
    ends = whole(expiry)
    return bool(ends) and ends is not None and ends < seconds(now)


def latest_of(times: tuple[str, ...], now: str) -> str:
    """The latest of some Unix times, `now` at the latest; "" where none is a time after 1970."""
    latest = 0
    for each in times:
        if each:
            latest = max(latest, whole(each) or 0)
    return utc_of(min(latest, seconds(now))) if latest > 86_400 else ""
