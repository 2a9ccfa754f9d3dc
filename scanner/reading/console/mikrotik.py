"""RouterOS `/ip neighbor print detail`: pairs `key=value`, wrapped at the width of the terminal.

Source: RouterOS documentation, "Neighbor discovery". The table has what LLDP, CDP and MNDP announced in one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from scanner.core.text import identifying_mac
from scanner.core.text import mac as read_mac
from scanner.discovery.switches import values
from scanner.discovery.switches.neighbours import Neighbour, lldp_neighbour
from scanner.discovery.switches.ports import Port
from scanner.reading.console import capabilities
from scanner.reading.console.ports import source_row
from scanner.reading.console.tables import ConsoleSection, ConsoleTable
from scanner.reading.items import Context, Item

_BEGIN = (
    r"\s{0,4}\d{1,5}\s{1,4}(?:[A-Z]{1,4}\s{1,4})?interface=\S{1,120}"
    r"(?:\s{1,4}(?:address4?|address6|mac-address|identity|ipv6|discovered-by)=|$)"
)
_ENTRY = re.compile(_BEGIN)
_PAIR = re.compile(r'([a-z][a-z0-9-]{0,40})=("(?:[^"\\]|\\.){0,4096}"?|[^\s"]{0,4096})')
_ESCAPE = re.compile(r'\\(["\\$?])')
#: Longest entry, in characters.
LONGEST = 16_384


def read(section: ConsoleSection, context: Context) -> Iterator[Item]:
    """The neighbours are held by the switch until it ends."""
    entry = ""
    for _, text in section.lines:
        if _ENTRY.match(text):
            yield from _held(entry, section, context)
            entry = text.strip()
        elif text and len(entry) < LONGEST and entry:
            entry = f"{entry} {text.strip()}"
    yield from _held(entry, section, context)


def _held(entry: str, section: ConsoleSection, context: Context) -> Iterator[Item]:
    given = {key: _bare(value) for key, value in _PAIR.findall(entry)}
    if "identity" in given or "platform" in given:
        yield from section.switch.add(neighbour(given), context)


def neighbour(given: Mapping[str, str]) -> Neighbour:
    """The neighbour that the values of an entry describe."""
    name = given.get("interface", "").partition(",")[0]  # the port, and the bridge that it belongs to
    port = Port(name, None, "console") if name else None
    row: dict[str, values.Value] = {}
    for key, column in (
        ("identity", "system-name"),
        ("system-description", "system-description"),
        ("interface-name", "port-description"),
    ):
        if given.get(key):
            row[column] = given[key]
    for key, column in (("system-caps", "supported"), ("system-caps-enabled", "enabled")):
        if bits := capabilities.lldp(given.get(key, "")):
            row[column] = bits
    spelled = (given.get(key, "") for key in ("address4", "address", "address6"))
    addresses = [address for each in spelled if (address := values.address(each))]
    mac = read_mac(given.get("mac-address", ""))
    sender = mac if mac and identifying_mac(mac) else None
    announced = bool(given.get("system-description") or given.get("system-caps"))
    found = lldp_neighbour(
        "lldp" if announced else "mikrotik", source_row(port), port, row, {}, addresses, None, sender
    )
    more = tuple((f"cdp.{key}", given[key]) for key in ("platform", "version") if given.get(key))
    return found._replace(findings=(*found.findings, *more))


def _bare(value: str) -> str:
    return _ESCAPE.sub(r"\1", value.strip('"')).strip() if value.startswith('"') else value


TABLE = ConsoleTable("mikrotik", (_BEGIN,), read)
