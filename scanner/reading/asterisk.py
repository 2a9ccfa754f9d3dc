"""Contacts of Asterisk: rows of its database, events of its manager interface (AMI), and output of its console.

- `database show registrar/contact` and `database query` print the sorcery objects of PJSIP as JSON
  (res/res_pjsip/location.c), in which `^3B` is a semicolon (main/sorcery.c).
- `PJSIPShowContacts` responds with events ContactList, `PJSIPShowEndpoint` with ContactStatusDetail, `SIPshowpeer` of
  chan_sip with one message; `pjsip show contact` and `sip show peer` print the same values on the console. The event
  ContactStatus has them at each change.
- `pjsip show contacts`, `aors` and `endpoints` have no User-Agent and cut long URIs, `sip show peers` and the events
  PeerEntry, PeerStatus, EndpointList, AorList and InboundRegistrationDetail have none either, nor have ContactStatus
  of early versions and `SIP/Registry` of the database: they show which addresses are registered. What is configured,
  as a trunk, is left out: a peer that is not dynamic, a contact that has another user than its address of record and no
  parameter of a REGISTER. `pjsip show registrations` and `sip show registry` are those of Asterisk itself.
- The tables ps_contacts and sippeers of a database (contrib/ast-db-manage) have the contacts of PJSIP and of chan_sip.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

from msgspec import Struct

from scanner.core.address import address
from scanner.core.bounded import UNREADABLE_JSON, json_decoder
from scanner.reading import detect
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.registrar.attribution import observations
from scanner.reading.registrar.blocks import VALUE, Block, BlockReader, Labels, cut, pieces
from scanner.reading.registrar.contact import RegisteredContact, expired, text, unescaped
from scanner.reading.registrar.rows import RegistrarTable, is_table, of_rows

#: Octets at the start in which the signature is looked for, and longest JSON of a row.
_HEAD, _ROW_LIMIT = 16_384, 64 << 10


class _DatabaseContact(Struct):
    """The members of a contact in the database that are read."""

    uri: str = ""
    user_agent: str = ""
    via_addr: str = ""
    call_id: str = ""
    endpoint: str = ""
    expiration_time: str | int = ""


_DECODE = json_decoder(_DatabaseContact, limit=_ROW_LIMIT)

_NAMES = {
    "Event": "event", "Response": "response", "Name": "begin", "ParameterName": "begin", "Contact": "listed",
    "UserAgent": "agent", "SIP-Useragent": "agent", "Useragent": "agent", "user_agent": "agent",
    "Uri": "contact", "URI": "contact", "uri": "contact", "Reg-Contact": "registered", "Reg. Contact": "registered",
    "ViaAddr": "via", "ViaAddress": "via", "via_addr": "via", "Address-IP": "received", "Addr->IP": "received",
    "CallId": "call_id", "CallID": "call_id", "call_id": "call_id", "RegExpire": "expires", "ExpirationTime": "expires",
    "expiration_time": "expires", "AOR": "aor", "ObjectName": "aor", "endpoint": "aor",
    "Contacts": "contacts", "ContactStatus": "status", "Channeltype": "channel", "IPaddress": "address",
    "Dynamic": "dynamic", "Peer": "peer", "PeerStatus": "status", "Address": "address", "ChannelType": "channel",
}  # fmt: skip
_TABLE = RegistrarTable(
    {
        "uri": "contact", "fullcontact": "contact", "user_agent": "agent", "useragent": "agent", "via_addr": "via",
        "call_id": "call_id", "endpoint": "aor", "name": "aor", "ipaddr": "received", "expiration_time": "expires",
        "regseconds": "expires",
    },
    (
        frozenset({"uri", "user_agent", "expiration_time"}), frozenset({"uri", "user_agent", "endpoint"}),
        frozenset({"uri", "user_agent", "via_addr"}), frozenset({"fullcontact", "useragent"}),
        frozenset({"fullcontact", "regseconds"}),
    ),
)  # fmt: skip
_LABELS = Labels(_NAMES, frozenset({"event", "response", "begin", "listed"}), blank_ends=True)
_EVENTS = frozenset({"ContactList", "ContactStatusDetail", "ContactStatus"})
#: Events that contain the URIs of contacts alone.
_LISTS = frozenset({"EndpointList", "AorList", "InboundRegistrationDetail"})

_ROW = re.compile(
    rb"/registrar/contact/([^\s|'\"]{1,300}?)['\"]?[ \t]*[:|,][ \t]*['\"]?(\{[^\n]*)"
    rb"|^(?:Output:)?[ \t]*key[ \t]*:[ \t]*(\S{1,300})|^(?:Output:)?[ \t]*value[ \t]*:[ \t]*(\{[^\n]*)",
    re.M,
)
#: A row of `pjsip show contacts`. Only a URI that goes on behind its host has the whole host.
_LISTED = re.compile(r"(?P<aor>[^\s/]{1,80})/(?P<uri>sips?:(?P<user>[^@\s]{1,80})@[^\s:;\[\]]{7,64}[:;]\S*)\s")
#: A contact in an event, which does not cut it.
_OF_AOR = re.compile(r"(?P<aor>[^\s/,]{1,80})/(?P<uri>sips?:(?P<user>[^@\s,]{1,80})@[^\s,]{3,300})")
#: Parameters of the Contact in a REGISTER, whatever its user: of PJSIP (RFC 5626), snom, CounterPath, browsers, and
#: of the host that `rewrite_contact` replaced. No trunk is configured with one.
_OF_REGISTER = re.compile(r";(?:ob(?![^;>])|(?:line|rinstance|x-ast-orig-host)=|transport=wss?(?![^;>]))", re.I)
_PEERS = re.compile(rb"^(?:Output:)?[ \t]*Name/username +Host +Dyn ", re.M)
#: A row of `sip show peers` of a peer that registered: `D` is what follows its address.
_PEER = re.compile(
    rb"^(?:Output:)?[ \t]*(?P<aor>[^\s/]{1,80})(?:/\S{0,80})? {1,80}(?P<address>[0-9A-Fa-f.:]{2,45}) {1,80}D ", re.M
)

#: A row of the database about a peer of chan_sip: address, port, seconds, user, and its Contact (channels/chan_sip.c).
_REGISTRY = re.compile(
    rb"/SIP/Registry/(?P<aor>[^\s:|'\"]{1,80})['\"]?[ \t]{0,60}[:|,][ \t]{0,9}['\"]?"
    rb"(?P<address>\[[0-9A-Fa-f:.]{2,45}\]|[0-9.]{7,15}):\d{1,5}:\d{1,9}:[^:\n]{0,80}:"
    rb"(?P<uri>sips?:[^\s'\"|]{1,300})"
)

_SIGNATURE = re.compile(
    rb"/(?:registrar/contact|SIP/Registry)/\S{1,300}|^SIP-Useragent:"
    rb"|^[ \t]*<Registration/ServerURI|^[ \t]*Host +dnsmgr +Username "
    rb"|^(?:Output:)?[ \t]*Event: (?:Contact(?:List|Status(?:Detail)?)|PeerEntry|PeerStatus|EndpointList|AorList"
    rb"|InboundRegistrationDetail)[ \t]*$|^(?:Output:)?[ \t]*Name/username +Host +Dyn "
    rb"|^[ \t]*(?:Reg\. Contact|Useragent {2,8}) *: |^[ \t]*Contact: {1,8}(?:<Aor/ContactUri|\S{1,80}/sips?:)"
    rb"|^[ \t]*ParameterName {1,40}: ParameterValue[ \t]*\n(?:.*\n){0,40}?[ \t]*user_agent {1,40}: ",
    re.M,
)


def looks_like(head: bytes) -> bool:
    """Whether a row, an event or an output with contacts is among the first lines."""
    start = head[:_HEAD].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return _SIGNATURE.search(start) is not None or is_table(start, _TABLE)


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of the phones that are registered."""
    head, stream = detect.peek(stream)
    of_table = is_table(head, _TABLE)
    found = of_rows(stream, _TABLE, _of_row_of_table, context) if of_table else _contacts(stream, context)
    yield from observations(found, context)


def _of_row_of_table(number: int, values: Mapping[str, str], context: Context) -> RegisteredContact:
    return _contact(number, {**values, "contact": unescaped(values.get("contact", ""))}, context)


def _contacts(stream: BinaryIO, context: Context) -> Iterator[RegisteredContact | Problem]:
    rows, reader, of_peers = _DatabaseRows(context), BlockReader(_LABELS), False
    for number, octets in pieces(stream):
        if octets and (of_peers := of_peers or _PEERS.search(octets) is not None):
            yield from _of_peers(number, octets)
        if octets and b"/SIP/Registry/" in octets:
            yield from _of_registry(number, octets)
        if octets and b"{" in octets:
            yield from rows.feed(number, octets)
        yield from _of_blocks(reader.feed(number, octets), context)
    yield from _of_blocks(reader.end(), context)


def _of_blocks(found: Iterable[Block | Problem], context: Context) -> Iterator[RegisteredContact | Problem]:
    for block in found:
        if isinstance(block, Problem):
            yield block
        elif block.cut and "listed" not in block.values:
            yield cut(block.number)
        else:
            yield from _of_block(block.number, block.values, context)


def _of_peers(number: int, octets: bytes) -> Iterator[RegisteredContact]:
    """The contacts of the rows of `sip show peers` in a piece of the file."""
    counted = 0
    for found in _PEER.finditer(octets):
        number += octets.count(b"\n", counted, found.start())
        counted = found.start()
        yield _at_address(number, found["aor"].decode("utf-8", "replace"), found["address"].decode())


def _of_registry(number: int, octets: bytes) -> Iterator[RegisteredContact]:
    """The contacts of peers in rows of the database in a piece of the file."""
    counted = 0
    for found in _REGISTRY.finditer(octets):
        number += octets.count(b"\n", counted, found.start())
        counted = found.start()
        aor, received, uri = (part.decode("utf-8", "replace") for part in found.groups())
        yield RegisteredContact(number, contact=uri, aor=aor, received=received)


def _at_address(number: int, aor: str, at: str) -> RegisteredContact:
    host = f"[{at}]" if ":" in at else at
    return RegisteredContact(number, contact=f"sip:{host}", aor=aor)


class _DatabaseRows:
    """Finds the contacts among rows of the database."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._is_contact = False

    def feed(self, number: int, octets: bytes) -> Iterator[RegisteredContact | Problem]:
        """The contacts in a piece of the file."""
        counted = 0
        for found in _ROW.finditer(octets):
            if found[3]:
                self._is_contact = found[3].startswith(b"/registrar/contact/")
            elif found[2] or self._is_contact:
                number += octets.count(b"\n", counted, found.start())
                counted = found.start()
                yield _of_row(number, found[1] or b"", found[2] or found[4], self._context)


def _of_row(number: int, key: bytes, spelled: bytes, context: Context) -> RegisteredContact | Problem:
    try:
        row = _DECODE(spelled[: spelled.rfind(b"}") + 1] or spelled)
    except UNREADABLE_JSON:
        return Problem(number, "a contact of the database that is not complete JSON")
    uri = row.uri[:VALUE]
    return RegisteredContact(
        number=number,
        contact=unescaped(uri),
        agent=row.user_agent[:VALUE],
        aor=key.partition(b";")[0].decode("utf-8", "replace") or row.endpoint[:VALUE],
        via=row.via_addr[:VALUE],
        call_id=row.call_id[:VALUE],
        ended=expired(str(row.expiration_time), context.time),
    )


def _of_block(number: int, values: Mapping[str, str], context: Context) -> Iterator[RegisteredContact]:
    """The contacts in a block: none of another event, of a peer that is not registered, and of what is configured.

    A contact that is configured, as one of a trunk, has neither an end nor a User-Agent.
    """
    event = values.get("event", "")
    if "listed" in values:
        row = _LISTED.match(values["listed"] + " ")
        if row is not None and _registers(row):
            yield RegisteredContact(number, contact=row["uri"], aor=row["aor"])
    elif event in _LISTS:
        for one in filter(_registers, _OF_AOR.finditer(values.get("contacts", ""))):
            yield RegisteredContact(number, contact=one["uri"], aor=one["aor"])
    elif event == "PeerEntry":
        if (
            values.get("channel") == "SIP"
            and values.get("dynamic") == "yes"
            and (at := address(values.get("address", "")))
        ):
            yield _at_address(number, text(values, "aor"), at)
    elif event == "PeerStatus":
        at = address(values.get("address", "").rpartition(":")[0].strip("[]"))
        if at and values.get("channel") == "SIP" and values.get("status") == "Registered":
            yield _at_address(number, values.get("peer", "").removeprefix("SIP/"), at)
    elif event == "ContactStatus" and "agent" not in values:
        only = _OF_AOR.fullmatch(f"{values.get('aor', '')}/{values.get('contact', '')}")
        if only is not None and _registers(only):
            yield _contact(number, values, context)
    elif not event or event in _EVENTS:
        yield from _of_values(number, values, context)


def _registers(found: re.Match[str]) -> bool:
    """Whether a contact has the user of its address of record, or shows otherwise that it was registered."""
    aor, user = found["aor"].lower(), found["user"].lower()
    return user in (aor, aor.rpartition("_")[2]) or _OF_REGISTER.search(found["uri"]) is not None


def _of_values(number: int, values: Mapping[str, str], context: Context) -> Iterator[RegisteredContact]:
    contact = text(values, "contact", "registered")
    agent, expires = text(values, "agent"), values.get("expires", "")
    if not contact or not (agent or expires.strip("0")):
        return
    yield _contact(number, values, context)


def _contact(number: int, values: Mapping[str, str], context: Context) -> RegisteredContact:
    expires = values.get("expires", "")
    return RegisteredContact(
        number=number,
        contact=text(values, "contact", "registered"),
        agent=text(values, "agent"),
        aor=text(values, "aor").partition(";")[0],
        via=text(values, "via"),
        received=text(values, "received"),
        call_id=text(values, "call_id"),
        ended=expired(expires, context.time) or values.get("status") == "Removed",
    )


FORMAT = Format("asterisk", "contacts of Asterisk (its database, manager interface, console)", looks_like, read)
