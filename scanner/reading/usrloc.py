"""Location table of Kamailio or OpenSIPS (module usrloc): who is registered from where, with User-Agents.

`kamcmd ul.dump` prints nested braces, `kamctl ul show` and `kamcli` the same as JSON (src/modules/usrloc/ul_rpc.c);
`opensipsctl ul show` and earlier `kamctl` print `label:: value`, `opensips-cli -x mi ul_dump` JSON
(modules/usrloc/ul_mi.c), which OpenSIPS 2 prints as trees of `value` and `children`. Expires is the seconds that
remain, or a word. The table `location` of the database has the time at which a contact ends, in a zone that it does
not name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from scanner.reading import detect
from scanner.reading.items import Context, Format, Item
from scanner.reading.registrar.attribution import observations
from scanner.reading.registrar.blocks import Labels
from scanner.reading.registrar.contact import RegisteredContact, expired, latest_of, text
from scanner.reading.registrar.dumps import of_json, of_labels
from scanner.reading.registrar.rows import RegistrarTable, is_table, of_rows

#: Octets at the start in which the signature is looked for.
_HEAD = 16_384
_NAMES = {
    "AoR": "aor", "AOR": "aor", "Contact": "contact", "Address": "address", "Expires": "expires",
    "Call-ID": "call_id", "Callid": "call_id", "User-Agent": "agent", "User-agent": "agent", "Received": "received",
    "Instance": "instance", "SIP_instance": "instance", "Last-Modified": "modified", "Last-Keepalive": "keepalive",
}  # fmt: skip
#: Columns of the table `location`; `aor` is one of queries that people write.
_LOCATION = RegistrarTable(
    {
        "username": "aor", "aor": "aor", "contact": "contact", "received": "received", "expires": "ends",
        "callid": "call_id", "user_agent": "agent", "instance": "instance", "sip_instance": "instance",
        "last_modified": "modified", "keepalive": "keepalive",
    },
    (
        frozenset({"contact", "callid"}), frozenset({"contact", "received", "expires"}),
        frozenset({"username", "contact", "user_agent"}),
    ),
)  # fmt: skip
_MEMBERS = {**_NAMES, **_LOCATION.names, "value": "contact"}
_LABELS = Labels(_NAMES, frozenset({"contact"}), frozenset({"aor"}))
_ENDED = frozenset({"expired", "deleted"})

_BRACES = re.compile(rb"^[ \t]*(?:Contact: \{[ \t]*\n[ \t]*Address:[ \t]|AoRs?: \{[ \t]*$)", re.M)
_COLONS = re.compile(rb"^[ \t]*(?:AOR|Contact):: .*\n(?:[ \t]+.*\n){0,3}?[ \t]+(?:Expires|Callid|ContactID):: ", re.M)
#: A contact with all of its values in one line, as `ul show_contact` of earlier versions prints it.
_LINE = re.compile(rb"^[ \t]*Contact:: <sips?:[^>\n]{1,300}>;q=[^;\n]{0,10};expires=", re.M)
_INLINE = re.compile(r"(?P<contact><sips?:[^>]{1,300}>);q=[^;]{0,10};expires=(?P<expires>[^;]{0,20});(?P<rest>.*)")
_BRACKETED = re.compile(r"(?:^|;)(received|user_agent|callid)=<(.{0,500}?)>(?=;[a-z_]+=|$)")
_JSON = re.compile(rb'"(?:AoRs?|AORs?)"\s{0,99}:|"Address"\s{0,99}:\s{0,99}"sips?:')
_OBJECT = re.compile(rb'"(?:Address|Contact|contact|value)"\s{0,99}:\s{0,99}"[^"]{0,99}?sips?:')
#: Rows of the table `location`, and the trees of OpenSIPS 2.
_ROWS = re.compile(rb'"contact"\s{0,99}:\s{0,99}"[^"]{0,99}?sips?:')
_OF_ROWS = re.compile(rb'"(?:callid|user_agent|ruid)"\s{0,99}:')
_TREE = re.compile(rb'"children"\s{0,99}:\s{0,99}\{\s{0,99}"(?:AOR|Contact|Expires|ContactID)"\s{0,99}:')


def looks_like(head: bytes) -> bool:
    """Whether the file begins with a location table: labels of Kamailio or OpenSIPS, or their names in JSON."""
    if head.lstrip()[:1] in (b"{", b"[") and b'"' in head[:400]:
        start = head[:_HEAD]
        if _JSON.search(start) is not None and (b'"Domain' in head or b'"Contacts"' in start or _TREE.search(start)):
            return True
        return _ROWS.search(start) is not None and _OF_ROWS.search(start) is not None
    text = head[:_HEAD].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return any(form.search(text) for form in (_BRACES, _COLONS, _LINE)) or is_table(text, _LOCATION)


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of the phones that are registered."""
    head, stream = detect.peek(stream)
    start = head[:4096].lstrip()
    is_json = start[:1] in (b"{", b"[") and b'"' in start[:400]
    if is_json:
        found = of_json(stream, _OBJECT, _MEMBERS, _contact, context)
    elif is_table(head, _LOCATION):
        found = of_rows(stream, _LOCATION, _contact, context)
    else:
        found = of_labels(stream, _LABELS, _contact, context)
    yield from observations(found, context)


def _contact(number: int, values: Mapping[str, str], context: Context) -> RegisteredContact:
    values = _inline(values)
    expires = text(values, "expires").lower()
    return RegisteredContact(
        number=number,
        contact=text(values, "address", "contact"),
        agent=text(values, "agent"),
        aor=text(values, "aor"),
        received=text(values, "received"),
        call_id=text(values, "call_id"),
        instance=text(values, "instance"),
        time=latest_of((values.get("modified", ""), values.get("keepalive", "")), context.time),
        ended=expires in _ENDED or expires.startswith("-") or expired(values.get("ends", ""), context.time),
    )


def _inline(values: Mapping[str, str]) -> Mapping[str, str]:
    """The values of a contact, also where all of them are in its line."""
    found = _INLINE.fullmatch(values.get("contact", ""))
    if found is None:
        return values
    names = {"received": "received", "user_agent": "agent", "callid": "call_id"}
    more = {names[key]: value for key, value in _BRACKETED.findall(found["rest"])}
    return {**values, "contact": found["contact"], "expires": found["expires"], **more}


FORMAT = Format("usrloc", "location table of Kamailio or OpenSIPS (`ul.dump`, `ul show`)", looks_like, read)
