"""Neighbours that a monitoring system recorded: links of LibreNMS (JSON), phones of Netdisco (CSV).

LibreNMS: `GET /api/v0/resources/links`. Phones stay in the links though they are skipped as devices (LibreNMS #12761);
stale rows of a neighbour remain beside the newest (#17873), so the highest id of each mac counts. The protocol decides
what its texts are: of CDP platform and version, of LLDP the system description (includes/discovery of LibreNMS).
Netdisco: report "phonesdiscovered" as CSV, in which a type begins with `IP Phone: ` (App::Netdisco, discovery of
neighbours), and exports of device_port_properties with the LLDP-MED inventory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from scanner.core.fields import RESOLVED_MAC
from scanner.core.model import Observation
from scanner.core.numbers import whole
from scanner.core.text import amount, bounded, identifying_mac
from scanner.core.text import mac as read_mac
from scanner.discovery.cdp import device_mac
from scanner.discovery.lldp import usable_address
from scanner.reading import detect
from scanner.reading.csvrows import cells, rows
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.jsonobjects import objects
from scanner.reading.lines import exact

#: Longest line of CSV, in bytes; most lines before its headings.
LINE, PREAMBLE = 32_768, 20
#: Most links that are held until the end, where the newest of each mac is known.
LINKS = 50_000
#: Longest text of a link that is held, in characters.
TEXT = 512

#: The texts of a link that are read.
_PARTS = ("remote_port", "remote_hostname", "protocol", "remote_platform", "remote_version")
_LINK = re.compile(rb'"remote_hostname"\s{0,9}:')
_LIBRENMS = re.compile(rb'"(?:local_port_id|remote_port|remote_platform|remote_version)"\s{0,9}:')
#: Headings in the form in which they are compared → the part of a row.
_HEADINGS = {
    "remoteid": "id", "remoteip": "ip", "remoteport": "remote port", "remotetype": "type", "device": "switch",
    "ip": "switch",
    "port": "port", "remotevendor": "lldp-med.manufacturer", "remotemodel": "lldp-med.model",
    "remoteosver": "lldp-med.software-revision", "remoteserial": "lldp-med.serial", "remoteisphone": "phone",
}  # fmt: skip
_SEPARATORS = re.compile(r"[\W_]+")
_TYPE = re.compile(r"(?:IP Phone|AP): ")
_SERIAL = re.compile(r"[\w./-]{6,40}", re.ASCII)
_PORT_NUMBER = re.compile(r":P\d$")  # Cisco phones append their socket to the port id


def looks_like(head: bytes) -> bool:
    """Whether it has links of LibreNMS, or headings of Netdisco's reports of neighbours."""
    if head.lstrip()[:1] in (b"{", b"["):
        return _LINK.search(head) is not None and _LIBRENMS.search(head) is not None
    lines = re.split(r"\r\n?|\n", head.decode("utf-8", "replace"))[:PREAMBLE]
    return any(_header(line) for line in lines)


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of every neighbour with a mac or an address."""
    head, stream = detect.peek(stream)
    if head.lstrip()[:1] in (b"{", b"["):
        yield from _librenms(stream, context)
    else:
        yield from _netdisco(stream, context)


def _librenms(stream: BinaryIO, context: Context) -> Iterator[Item]:
    held: dict[str, tuple[int, dict[str, str]]] = {}
    for found in objects(stream, _LINK):
        if isinstance(found, Problem):
            yield found
            continue
        members = found.members
        link = {part: bounded(text, TEXT) for part in _PARTS if isinstance(text := members.get(part), str)}
        mac = _mac(link.get("remote_port", "")) or _mac(link.get("remote_hostname", ""))
        number = members.get("id")
        if mac is None or str(members.get("active", 1)) in ("0", "False"):
            continue
        place = number if isinstance(number, int) else whole(str(number)) or 0
        if mac not in held and len(held) >= LINKS:
            oldest = next(iter(held))
            yield from _link(oldest, held.pop(oldest)[1], context)
        if mac not in held or held[mac][0] <= place:
            held[mac] = place, link
    for mac, (_, link) in held.items():
        yield from _link(mac, link, context)


def _link(mac: str, link: Mapping[str, str], context: Context) -> Iterator[Observation]:
    texts = ("remote_hostname", "remote_platform", "remote_version")
    fields = ("lldp.system-name", "lldp.system-description", "lldp.system-description")
    if link.get("protocol", "").lower() in ("cdp", "edp", "fdp"):
        fields = ("cdp.device-id", "cdp.platform", "cdp.version")
    seen = {field: link[name] for name, field in zip(texts, fields, strict=True) if link.get(name)}
    yield from _observations(mac, None, seen, context)


def _netdisco(stream: BinaryIO, context: Context) -> Iterator[Item]:
    lines = ((at, None if line is None else line.decode("utf-8", "replace")) for at, line in exact(stream, LINE))
    header: dict[str, int] | None = None
    for number, line in lines:
        if (header := _header(line or "")) or number >= PREAMBLE:
            break
    if header is None:
        yield Problem(0, "no headings of a report of neighbours")
        return
    first = columns = header
    unnamed = 0
    for row in rows(lines, ",", lambda found: _subject(_texts(found, first)) is not None):
        if row.damage:
            yield Problem(row.number, row.damage)
        elif again := _columns(row.cells):
            columns = again
        elif any(cell.strip() for cell in row.cells):
            texts = _texts(row.cells, columns)
            unnamed += _subject(texts) is None and not _serial(texts)
            yield from _row(texts, context)
    if unnamed:
        yield Problem(
            0, f"{amount(unnamed, 'row')} without a mac, an address or a serial number of a phone", missing=False
        )


def _texts(row: list[str], columns: Mapping[str, int]) -> dict[str, str]:
    return {part: bounded(row[at], TEXT) for part, at in columns.items() if at < len(row)}


def _subject(texts: Mapping[str, str]) -> tuple[str | None, str | None] | None:
    """Mac and address of a neighbour; None where a row has neither."""
    mac = _mac(texts.get("id", "")) or _mac(texts.get("remote port", ""))
    ip = usable_address(texts.get("ip", ""))
    return (mac, ip) if mac or ip else None


def _row(texts: Mapping[str, str], context: Context) -> Iterator[Observation]:
    serial = _serial(texts)
    mac, ip = _subject(texts) or (_mac(serial) if context.listed_prefix(_mac(serial) or "") else None, None)
    if mac is None and ip is None and not serial:
        return
    seen = {part: text for part, text in texts.items() if part.startswith("lldp-med.") and text}
    if described := _TYPE.sub("", texts.get("type", ""), count=1):
        seen["lldp.system-description"] = described
    if mac is None and texts.get("id"):
        seen["lldp.system-name"] = texts["id"]
    if texts.get("switch") and texts.get("port"):
        seen |= {"switch.name": texts["switch"], "switch.port": texts["port"], "switch.port-method": "netdisco"}
    place = f" {texts.get('switch', '')} {texts.get('port', '')}".rstrip()
    yield from _observations(mac, ip, seen, context, place if mac or ip else f"{place} serial {serial}")


def _serial(texts: Mapping[str, str]) -> str:
    """The serial number of a row about a phone, which stands for its mac in an export of port properties."""
    serial = texts.get("lldp-med.serial", "")
    of_phone = texts.get("phone", "true").lower() in ("true", "t", "1", "yes")
    return serial if of_phone and _SERIAL.fullmatch(serial) else ""


def _observations(
    mac: str | None, ip: str | None, seen: Mapping[str, str], context: Context, place: str = ""
) -> Iterator[Observation]:
    facts = [*seen.items(), *([(RESOLVED_MAC, mac)] if mac and ip else [])]
    for field, value in facts:
        source = f"manager {context.name}{place}"
        yield Observation(time=context.time, ip=ip, mac=mac, field=field, value=value, source=source)


def _header(line: str) -> dict[str, int] | None:
    return _columns(cells(line, ",") or [])


def _columns(row: list[str]) -> dict[str, int] | None:
    """The columns of a line of headings, by part; None for any other line."""
    found: dict[str, int] = {}
    for at, cell in enumerate(row):
        if part := _HEADINGS.get(_SEPARATORS.sub("", cell[:100]).lower()):
            found.setdefault(part, at)
    of_phones = {"id", "ip", "type"} <= found.keys()
    return found if of_phones or {"phone", "lldp-med.model"} <= found.keys() else None


def _mac(text: str) -> str | None:
    """The mac in a port id, a name or a device id."""
    text = _PORT_NUMBER.sub("", text.strip())
    found = read_mac(text) or device_mac(text)
    return found if found and identifying_mac(found) else None


FORMAT = Format("links", "neighbours that LibreNMS (links) or Netdisco (phones) recorded", looks_like, read)
