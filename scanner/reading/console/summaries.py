"""Summaries of neighbours, a line each: `show cdp neighbors`, `show lldp neighbors` and their like of other systems.

Cisco, Arista, Dell, EXOS, Aruba CX, Junos, `display lldp neighbor-information list` (Comware), `display lldp neighbor
brief` (VRP), `show lldp info remote-device` (ProCurve). What does not fit into its column is cut (a platform to
`IP Phone`, a name to twenty letters) or stands on a line of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.core.text import mac as read_mac
from scanner.discovery.switches import values
from scanner.discovery.switches.neighbours import Neighbour, cdp_neighbour, lldp_neighbour
from scanner.discovery.switches.ports import Port
from scanner.discovery.switches.values import Value
from scanner.reading.console import capabilities, portnames
from scanner.reading.console.columns import ColumnKind, TableHead, TableLayout, TableWord, cells, tokens
from scanner.reading.console.macrows import LINE, joined
from scanner.reading.console.ports import cisco_port
from scanner.reading.console.tables import ConsoleSection, ConsoleTable
from scanner.reading.items import Context, Item

_WORDS = r"(?=[A-Z\s()/#|_+-]{12,300}$)"
_CDP = rf"(?i:{_WORDS}\s{{0,4}}Device[ -]ID\s+(?:Local )?Int\w*\s.*\bPlatform\b)"
_LLDP = (
    rf"(?i:(?=[\s#|*(]{{0,30}}(?:loc|lcl|local|localport|port|portname|interface|intf|device|system|sysname|chassis|neighbor|index)\b)"
    rf"{_WORDS}(?!.*\b(?:platform|model|firmware|software|version|serial)\b)"
    r"(?=.*\b(?:loc(?:al)?[ -]?(?:intf|interface|port|int)|port(?:name)?|interface|intf)\b)"
    r"(?=.*(?:device[ -](?:id|name)|chassis[ -]?id|sys(?:tem)?[ -]?name|neighbor[ -]dev|host name"
    r"|remote[ -]?(?:device|host)))"
    r"(?=.*(?:port[ -]?(?:id|info)|remote[ -]?port|neighbor[ -](?:port|intf|interface)|hold-?time|ttl|exptime)))"
)
#: VOSS, above `PORT PROT IP ADDR ID PORT SYSNAME`.
_VOSS = r"\s{0,8}LOCAL\s+(?:IP\s+)?CHASSIS\s+REMOTE\s*$"
#: `/ip neighbor print` of RouterOS.
_ROUTEROS = r"(?i:[\s#]{0,8}INTERFACE\s+ADDRESS\s+MAC-ADDRESS\s+IDENTITY\b)"
#: A row of CDP: the neighbour (unless it is on the line above), our port, seconds, letters, its platform and port.
_CDP_ROW = re.compile(
    r"(?:(?P<device>\S{1,80}(?: \S{1,40}){0,3}?)\s{1,40})?"
    r"(?P<local>(?:[A-Za-z][A-Za-z-]{1,24} ?|(?<![A-Za-z] )\d{1,2}/)\d{1,3}(?:/\d{1,3}){0,3})\s{1,40}\d{1,5}\s{1,20}"
    r"(?:(?P<letters>(?:[A-Za-z]\s){0,10}[A-Za-z])\s{1,40})?(?P<rest>\S.*)"
)
#: Its platform, and the port that it names: often two words.
_PLATFORM = re.compile(
    r"(?P<platform>\S.*?)\s{1,40}"
    r"(?:(?:(?i:port|wan|lan|sw|pc)|Gig|Fas|Ten|Eth|Two|Fiv|For|Hun|InlinePort) ?\S{1,30}|\S{1,60})"
)
#: A row of LLDP as IOS has it, where the blanks between its columns are lost.
_IOS_ROW = re.compile(
    r"(?P<device>\S{1,60})\s{1,20}(?P<local>[A-Z][A-Za-z-]{1,24} ?\d{1,3}(?:/\d{1,3}){0,3})\s{1,20}\d{1,5}\s{1,20}"
    r"(?:(?P<letters>[A-Z](?:,[A-Z]){0,7})\s{1,20})?(?P<remote>\S.*)"
)
_ALONE = re.compile(r"[^\s:]{1,120}(?: [^\s:]{1,40}){0,3}")
_REST = re.compile(r"\s{0,8}(?:total |capability codes|system capability)", re.IGNORECASE)
#: Titles of what identifies the neighbour.
_NAMES = frozenset({ColumnKind.DEVICE, ColumnKind.SYSTEM, ColumnKind.CHASSIS})
#: Most characters of a value on several lines.
_VALUE = 600
_ODD_IDS = ("-", "--", "::", "0.0.0.0", "N/A", "Not Advertised", "not advertised", "null")


def read(section: ConsoleSection, context: Context) -> Iterator[Item]:
    """The neighbours are held by the switch until it ends."""
    head, above, row = TableHead(ColumnKind.PORT), "", dict[ColumnKind, str]()
    for _, text in section.lines:
        line = text.replace("|", " ").expandtabs()[:LINE]
        if head.takes(line):
            continue
        if head.layout is None or not line.strip() or _REST.match(line):
            continue
        alone = line.strip() if _ALONE.fullmatch(line.strip()) else ""
        if ColumnKind.PLATFORM in head.layout.kinds:
            found = _CDP_ROW.fullmatch(line.strip())
            if found and (device := found["device"] or above):
                yield from section.switch.add(_of_cdp(found, device), context)
            above = alone if found is None else ""
            continue
        cell = _cells(head.layout, line)
        if not above and _is_other_row(head.layout, line, cell):
            if row:
                yield from section.switch.add(_of_lldp(row, head.layout), context)
            row = {}
        elif ColumnKind.PORT in cell and cell.keys() & {*_NAMES, ColumnKind.REMOTE} | (
            {ColumnKind.PORT} if above else set()
        ):
            if row:
                yield from section.switch.add(_of_lldp(row, head.layout), context)
            row = {ColumnKind.DEVICE: above, **cell} if above and ColumnKind.DEVICE not in cell else cell
            above = ""
        elif head.layout.columns[0].kind is ColumnKind.DEVICE:
            above = alone
        else:
            for kind, rest in cell.items():  # the rest of a value that does not fit
                if kind is not ColumnKind.PORT or kind not in row:  # RouterOS has the bridge of a port below it
                    row[kind] = (row[kind] + rest)[:_VALUE] if kind in row else rest
    if row and head.layout:
        yield from section.switch.add(_of_lldp(row, head.layout), context)


def _of_cdp(found: re.Match[str], device: str) -> Neighbour:
    port = Port(cisco_port(found["local"]), None, "console")
    ends = _PLATFORM.fullmatch(found["rest"])
    row: dict[str, Value] = {"device-id": device}
    if ends and ends["platform"] not in _ODD_IDS:
        row["platform"] = ends["platform"]
    return cdp_neighbour(port.name, port, row, [], capabilities.cdp(found["letters"] or ""), None)


def _cells(layout: TableLayout, line: str) -> dict[ColumnKind, str]:
    """The cells of a row; those with no port of ours are the rest of the row above."""
    words = joined(tokens(line))
    start = next((column.start for column in layout.columns if column.kind is ColumnKind.PORT), 0)
    split: list[TableWord] = []
    for word in words:  # a name as long as its column runs into the port behind it
        at = start - word.start
        if 0 < at < word.end - word.start and portnames.is_port(word.text[at:]):
            split += [TableWord(word.text[:at], word.start, start), TableWord(word.text[at:], start, word.end)]
        else:
            split.append(word)
    found: dict[ColumnKind, str] = {}
    for kind, text in cells(layout, split):
        found.setdefault(kind, text)
    port = found.get(ColumnKind.PORT, "")
    if portnames.is_port(port) or (port.isdigit() and len(port) <= 4):
        return found
    if ColumnKind.DEVICE in layout.kinds and (ios := _IOS_ROW.fullmatch(line.strip())):
        row = {ColumnKind.DEVICE: ios["device"], ColumnKind.PORT: ios["local"], ColumnKind.REMOTE: ios["remote"]}
        return row | ({ColumnKind.CAPABILITY: ios["letters"]} if ios["letters"] else {})
    kinds = [column.kind for column in layout.columns]
    if (
        len(words) == len(kinds)
        and ColumnKind.PORT in kinds
        and portnames.is_port(words[kinds.index(ColumnKind.PORT)].text)
    ):
        return {kind: word.text for kind, word in zip(kinds, words, strict=True)}
    found.pop(ColumnKind.PORT, None)
    return found


def _is_other_row(layout: TableLayout, line: str, cell: dict[ColumnKind, str]) -> bool:
    """Whether a line begins a row without a neighbour that is read: a port alone, or that of management."""
    if layout.columns[0].kind is not ColumnKind.PORT or line[:1].isspace():
        return False
    return ColumnKind.PORT not in cell or cell.keys() == {ColumnKind.PORT}


def _of_lldp(cell: dict[ColumnKind, str], layout: TableLayout) -> Neighbour:
    port = Port(cell.get(ColumnKind.PORT, ""), None, "console")
    known = {kind: text for kind, text in cell.items() if text not in _ODD_IDS}
    device = known.get(ColumnKind.DEVICE, "")
    row: dict[str, Value] = {}
    chassis = known.get(ColumnKind.CHASSIS) or known.get(ColumnKind.MAC) or (device if read_mac(device) else "")
    if ColumnKind.SYSTEM in layout.kinds:  # where names have a column of their own, the id is that of the chassis
        chassis, device = chassis or device, ""
    if chassis:
        row["chassis"] = chassis.encode("utf-8", "replace")
    if name := known.get(ColumnKind.SYSTEM) or (
        "" if read_mac(device) and not device.upper().startswith("SEP") else device
    ):
        row["system-name"] = name
    if ColumnKind.REMOTE in known:
        row["port"] = known[ColumnKind.REMOTE].encode("utf-8", "replace")
    if ColumnKind.REMOTE_TEXT in known:
        row["port-description"] = known[ColumnKind.REMOTE_TEXT]
    if enabled := capabilities.lldp(known.get(ColumnKind.CAPABILITY, "")):
        row["enabled"] = enabled
    spelled = (chassis, known.get(ColumnKind.ADDRESS, ""))
    addresses = [address for each in spelled if each and (address := values.address(each))]
    return lldp_neighbour("lldp", "-".join(port.name.split()), port, row, {}, addresses, None)


TABLE = ConsoleTable("summaries", (_CDP, _LLDP, _VOSS, _ROUTEROS), read)
