"""Location table of Kamailio or OpenSIPS (module usrloc): who is registered from where, with User-Agents.

`kamcmd ul.dump` prints nested braces, `kamctl ul show` and `kamcli` the same as JSON (src/modules/usrloc/ul_rpc.c);
`opensipsctl ul show` and earlier `kamctl` print `label:: value`, `opensips-cli -x mi ul_dump` JSON
(modules/usrloc/ul_mi.c). Expires is the seconds that remain, or a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from scanner.reading import detect
from scanner.reading.items import Context, Format, Item
from scanner.reading.registrar.attribution import observations
from scanner.reading.registrar.blocks import Labels
from scanner.reading.registrar.contact import RegisteredContact, latest_of, text
from scanner.reading.registrar.dumps import of_json, of_labels

#: Octets at the start in which the signature is looked for.
_HEAD = 16_384
_NAMES = {
    "AoR": "aor", "AOR": "aor", "Contact": "contact", "Address": "address", "Expires": "expires",
    "Call-ID": "call_id", "Callid": "call_id", "User-Agent": "agent", "User-agent": "agent", "Received": "received",
    "Instance": "instance", "SIP_instance": "instance", "Last-Modified": "modified", "Last-Keepalive": "keepalive",
}  # fmt: skip
_LABELS = Labels(_NAMES, frozenset({"contact"}), frozenset({"aor"}))
_ENDED = frozenset({"expired", "deleted"})

_BRACES = re.compile(rb"^[ \t]*(?:Contact: \{[ \t]*\n[ \t]*Address:[ \t]|AoRs?: \{[ \t]*$)", re.M)
_COLONS = re.compile(rb"^[ \t]*(?:AOR|Contact):: .*\n(?:[ \t]+.*\n){0,3}?[ \t]+(?:Expires|Callid|ContactID):: ", re.M)
#: A contact with all of its values in one line, as `ul show_contact` of earlier versions prints it.
_LINE = re.compile(rb"^[ \t]*Contact:: <sips?:[^>\n]{1,300}>;q=[^;\n]{0,10};expires=", re.M)
_INLINE = re.compile(r"(?P<contact><sips?:[^>]{1,300}>);q=[^;]{0,10};expires=(?P<expires>[^;]{0,20});(?P<rest>.*)")
_BRACKETED = re.compile(r"(?:^|;)(received|user_agent|callid)=<(.{0,500}?)>(?=;[a-z_]+=|$)")
_JSON = re.compile(rb'"(?:AoRs?|AORs?)"\s{0,99}:|"Address"\s{0,99}:\s{0,99}"sips?:')
_OBJECT = re.compile(rb'"(?:Address|Contact)"\s{0,99}:\s{0,99}"')


def looks_like(head: bytes) -> bool:
    """Whether the file begins with a location table: labels of Kamailio or OpenSIPS, or their names in JSON."""
    if head.lstrip()[:1] in (b"{", b"[") and b'"' in head[:400]:
        return _JSON.search(head, 0, _HEAD) is not None and (b'"Domain' in head or b'"Contacts"' in head[:_HEAD])
    text = head[:_HEAD].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return any(form.search(text) for form in (_BRACES, _COLONS, _LINE))


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of the phones that are registered."""
    head, stream = detect.peek(stream)
    start = head[:4096].lstrip()
    is_json = start[:1] in (b"{", b"[") and b'"' in start[:400]
    if is_json:
        found = of_json(stream, _OBJECT, _NAMES, _contact, context)
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
        ended=expires in _ENDED or expires.startswith("-"),
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
