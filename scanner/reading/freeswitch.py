"""Registrations of FreeSWITCH, as its console prints them.

- `sofia status profile NAME reg` as text, `sofia xmlstatus profile NAME reg` as XML, in which some versions do not
  escape the Contact, and `sofia jsonstatus` (src/mod/endpoints/mod_sofia);
- `show registrations`, as CSV, JSON or XML, which has no User-Agent;
- the table sip_registrations of its database, which has.

`EXP(2026-11-23 03:00:00) EXPSECS(202)` is the end of a registration in the server's local time and the seconds that
remain of it: their difference is when the output was printed, by a clock without a zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import BinaryIO

from scanner.core.numbers import whole
from scanner.core.text import bounded, seconds, utc_of
from scanner.reading import detect
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.registrar.attribution import observations
from scanner.reading.registrar.blocks import VALUE, Labels, pieces
from scanner.reading.registrar.contact import ZONES, RegisteredContact, expired, local, text
from scanner.reading.registrar.dumps import of_json, of_labels
from scanner.reading.registrar.rows import RegistrarTable, is_table, of_rows

_HEAD = 16_384
#: Longest element of a registration, in bytes.
_ELEMENT = 64 << 10
_NAMES = {
    "Call-ID": "call_id", "User": "aor", "Contact": "contact", "Agent": "agent", "Status": "status", "IP": "received",
}  # fmt: skip
_LABELS = Labels(_NAMES, frozenset({"call_id"}))
#: Elements of XML, members of JSON and columns of CSV.
_MEMBERS = {
    "call-id": "call_id", "user": "aor", "contact": "contact", "sip-contact": "contact", "agent": "agent",
    "status": "status", "network-ip": "received", "network_ip": "received", "reg_user": "aor", "url": "contact",
    "token": "call_id", "expires": "expires", "call_id": "call_id", "sip_user": "aor", "user_agent": "agent",
}  # fmt: skip
_TABLE = RegistrarTable(
    _MEMBERS,
    (
        frozenset({"reg_user", "url"}),
        frozenset({"call_id", "contact", "sip_user"}),
        frozenset({"sip_user", "contact", "user_agent"}),
    ),
)
_ELEMENTS = re.compile(
    rb"<(call-id|user|contact|sip-contact|agent|status|network-ip|reg_user|url|token|expires|network_ip)>"
    rb"(.{0,4096}?)</\1>",
    re.DOTALL | re.IGNORECASE,
)
#: The end of a registration in XML.
_ENDS = re.compile(rb"</(?:registration|row)>")
_EXPIRY = re.compile(r"EXP\((\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\)(?:\s*EXPSECS\((-?\d{1,9})\))?", re.I)

_TEXT = re.compile(rb"^Call-ID:[ \t]+.*\nUser:[ \t].*\nContact:[ \t]", re.M)
_JSON = re.compile(rb'"(?:reg|sip)_user"\s{0,99}:|"(?:call-id|user)"\s{0,99}:[^{}]{0,2000}"(?:contact|agent)"\s{0,99}:')


def looks_like(head: bytes) -> bool:
    """Whether the file begins with registrations in one of the forms."""
    start = head[:_HEAD]
    if start.lstrip()[:1] in (b"{", b"["):
        return b'"network' in start and _JSON.search(start) is not None
    if b"<registration" in start:
        return b"<profile" in start or b"<call-id>" in start
    if b"<reg_user>" in start:
        return b"<row" in start
    start = start.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return _TEXT.search(start) is not None or is_table(start, _TABLE)


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of the phones that are registered."""
    head, stream = detect.peek(stream)
    head = head[:_HEAD]
    if head.lstrip()[:1] in (b"{", b"["):
        found = of_json(stream, _JSON, _MEMBERS, _contact, context)
    elif b"<registration" in head or b"<profile" in head or b"<reg_user>" in head:
        found = _of_xml(stream, context)
    elif is_table(head, _TABLE):
        found = of_rows(stream, _TABLE, _contact, context)
    else:
        found = of_labels(stream, _LABELS, _contact, context)
    yield from observations(found, context)


def _of_xml(stream: BinaryIO, context: Context) -> Iterator[RegisteredContact | Problem]:
    """The elements by their text: an unescaped Contact is not well-formed."""
    rest, line = b"", 1
    for number, octets in pieces(stream):
        *elements, rest = _ENDS.split(rest + (octets or b""))
        for element in elements:
            yield _of_element(element, line, context)
            line += element.count(b"\n")
        if len(rest) > _ELEMENT:
            yield Problem(number, "an element of a registration that has no end")
            line, rest = number, b""
    if (at := max(rest.find(b"<registration>"), rest.find(b"<row "))) >= 0:
        yield Problem(line + rest.count(b"\n", 0, at), "the file ends within a registration")


def _of_element(element: bytes, line: int, context: Context) -> RegisteredContact:
    values = {
        _MEMBERS[found[1].decode().lower()]: bounded(unescape(found[2].decode("utf-8", "replace")), VALUE)
        for found in _ELEMENTS.finditer(element[-_ELEMENT:])
    }
    return _contact(line, values, context)


def _contact(number: int, values: Mapping[str, str], context: Context) -> RegisteredContact:
    ended, time = _times(values.get("status", ""), context.time)
    return RegisteredContact(
        number=number,
        contact=text(values, "contact"),
        agent=text(values, "agent"),
        aor=text(values, "aor"),
        received=text(values, "received"),
        call_id=text(values, "call_id"),
        time=time,
        ended=ended or expired(values.get("expires", ""), context.time),
    )


def _times(status: str, now: str) -> tuple[bool, str]:
    """Whether a registration had ended, and when the output was printed: "" where that is `now` in some zone."""
    found = _EXPIRY.search(status, max(0, status.find("EXP(")))
    ends = local(found[1]) if found else 0
    if found is None or not ends:
        return False, ""
    if found[2] is None:
        return ends + ZONES < seconds(now), ""
    left = whole(found[2].lstrip("-")) or 0
    if found[2].startswith("-"):
        return left > 0, ""
    ago = seconds(now) - (ends - left)
    return False, utc_of(ends - left) if ago > ZONES and ends > left else ""


FORMAT = Format(
    "freeswitch",
    "registrations of FreeSWITCH (`sofia status`, `show registrations`, sip_registrations)",
    looks_like,
    read,
)
