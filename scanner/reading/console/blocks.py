"""Lines of "label : value" → one block for each neighbour.

A block begins at the heading of a port, at a rule, and where a label occurs again that a neighbour has once. The port
of a heading is that of all blocks behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from scanner.reading.console.pairs import Pair, pairs
from scanner.reading.console.terminal import SEEN, SHORT

#: Most values of a neighbour, lines of one value, and characters of a value that are kept.
VALUES, CONTINUED, LONGEST = 120, 40, 4096
#: Headings with the port behind which neighbours follow.
HEADINGS = (
    r"\s{0,4}L(?:LDP|ldp) neighbor-information of port (?:\d{1,6} ?)?\[[^\[\]]{1,64}\]",  # Comware, Ruijie
    r"\s{0,4}\S{1,64}\s{1,8}has \d{1,5} neighbors?(?:\(s\))?",  # VRP
    r"\s{0,4}Interface \S{1,64} detected \d{1,5} LLDP neighbors?",  # EOS
    r"\s{0,4}LLDP Port \S{1,64} detected \d{1,5} neighbou?rs?",  # EXOS
    r"\s{0,4}Neighbor learned on port \S{1,64} by LLDP",  # FortiSwitch
    r"\s{0,4}Local Interface \S{1,40}(?: \S{1,20})? has \d{1,5} neighbors?",  # Dell FTOS
    r"Interface: \S{1,40}, Number of neighbors: \d",  # ArubaOS
    r"Remote LLDP (?:\S{1,40} )?Agents on Local (?:Slot/)?Port:? \S{1,40}[:,]",  # AOS
    r"Local port\d[\d.]{0,20}:",  # AlliedWare Plus
    r"Neighbors for Interface \S",  # SLX-OS
)
_PORT = r"\w(?:[\w./:-]{0,62}\w)?(?: \d[\w./]{0,20})?"
#: The port in a heading: behind `port` or `interface` in a line about neighbours, or alone.
_HEADING = re.compile(
    r"\s{0,4}(?:(?=.{0,80}(?:lldp|neighbou?r))(?:\S{1,40} ){0,6}?(?:(?:slot/)?port|interface):? {0,2}"
    rf"(?:(?:\d{{1,6}} ?)?\[(?P<bracketed>[^\[\]]{{1,64}})\]|(?P<named>{_PORT}))"
    r"(?:,? (?:detected|has|by|number of) .{0,60})?[:,]?"
    r"|Local (?P<allied>port\d[\d.]{0,20}):"
    r"|(?P<alone>[A-Za-z-]{2,24} \d{1,3}(?:/\d{1,3}){1,3}):"
    r"|(?P<huawei>\S{1,64})\s{1,8}has \d{1,5} neighbors?(?:\(s\))?:?)",
    re.IGNORECASE,
)
#: Headings of one neighbour within those of a port, or without any.
_NEIGHBOUR = re.compile(
    r"\s{0,8}(?:Neighbor:? ?\S{1,80}, age |LLDP Neighbor Information|LLDP (?:MED )?Remote Device Detail"
    r"|LLDP Remote Device Information Detail|CDP neighbors information|Entity \d{1,4}$)"
)
_RULE = re.compile(r"\s{0,8}[-=*_]{20,}\s*")
#: Values that are none.
_NOTHING = frozenset(
    {"not advertised", "- not advertised", "--", "-", "na", "n/a", "not-advertised", "not available", "not received",
     "null", "unknown", "none", "not present", "not specified", "(null)", "[not advertised]", "none supported",
     "none enabled"}
)  # fmt: skip
#: Labels behind which, at the start of a line and without a value, the lines up to a blank one are the value.
_PARAGRAPHS = frozenset({"system-description", "version"})
#: Labels that follow such a text, and are none of its lines.
_BEHIND_TEXT = frozenset({"passed", "device-id", "chassis", "port", "supported", "enabled"})
_INDENTED = " " * 12
#: Values that a neighbour has once, and those behind which a port is that of the next one.
_ONCE = frozenset({"chassis", "device-id"})
_BEHIND_PORT = frozenset({"port", "chassis"})
#: Ports above the neighbours that they have.
_PORTS = frozenset({"port", "port-id"})


class NeighbourText:
    """The values of one neighbour: number of its first line, its port, and each value that it has."""

    def __init__(self, number: int, port: str = "") -> None:
        self.number, self.port, self.last = number, port, number
        self.values: dict[str, str] = {}
        self.addresses: list[str] = []
        self.voice: list[str] = []
        self.lines = 0

    def __bool__(self) -> bool:
        return bool(self.values or self.addresses or self.voice)

    @property
    def described(self) -> bool:
        """Whether it has more than a port: that is printed above a rule or the first neighbour by some systems."""
        return bool(self.values.keys() - _PORTS or self.addresses or self.voice)


def blocks(lines: Iterable[tuple[int, str]]) -> Iterator[NeighbourText]:
    """The blocks in the lines of a table of neighbours."""
    block, heading, port_id = NeighbourText(0), "", ""
    reader = _Values(block)
    seen: dict[str, Sequence[Pair]] = {}  # half of the lines of many neighbours occur again
    for number, text in lines:
        if not text:
            reader.blank()
            continue
        if (found := seen.get(text)) is None:
            found = pairs(text)
            if len(seen) < SEEN and len(text) <= SHORT:
                seen[text] = found
        if reader.paragraph and not _ends_paragraph(text, found) and reader.continues(text):
            continue
        if not found or (found[0][0] == "port" and ", Number of " in found[0][1]):
            if title := _HEADING.fullmatch(text):
                heading = next(name for name in title.groups() if name)
            elif not (_RULE.fullmatch(text) or _NEIGHBOUR.match(text)):
                reader.other(text)
                continue
            if block.described:
                yield block
            if block.described or title:
                block = reader.begin(NeighbourText(number, heading))
            continue
        for key, value in found:
            if key == "port-id":
                port_id = value
            if key == "entities":  # D-Link names our port as others do that of a neighbour
                heading = port_id
                block = reader.begin(NeighbourText(number, heading))
                continue
            if (
                (key in _ONCE and key in block.values)
                or (key == "port" and not block.values.keys().isdisjoint(_BEHIND_PORT))
                or (key == "neighbour" and block.described)
            ):
                yield block
                port = block.values.get("port", "") if key != "port" else ""
                block = reader.begin(NeighbourText(number, heading or port))
            reader.take(key, value, text)
    if block:
        yield block


def _ends_paragraph(text: str, found: Sequence[Pair]) -> bool:
    """Whether a line is none of a text above it, although no blank line ended that one."""
    return found[0][0] in _BEHIND_TEXT if found else _RULE.fullmatch(text) is not None


class _Values:
    """Puts values into a block: the first of each counts."""

    def __init__(self, block: NeighbourText) -> None:
        self.begin(block)

    def begin(self, block: NeighbourText) -> NeighbourText:
        """Values are of this block from now on."""
        self.block = block
        self._key, self._application, self.paragraph = "", "", False
        self._width, self._indented = 0, False
        return block

    def blank(self) -> None:
        """A blank line ends a value of several lines."""
        if self._key:
            self.block.values[self._key] = _bare(self.block.values[self._key])
        self._key, self.paragraph = "", False

    def continues(self, text: str) -> bool:
        """Take a line of a paragraph; False where it belongs to what follows."""
        if self.block.lines == 0:
            self._indented = text[:1].isspace()
        if self.block.lines >= CONTINUED or (self._indented and not text[:1].isspace()):
            return False
        self._append(text)
        return True

    def other(self, text: str) -> None:
        """A line without a label that is read: it continues the value before it, or is passed over."""
        if self._key and self.block.lines < CONTINUED and not text.lstrip().startswith("- "):
            self._append(text)

    def _append(self, text: str) -> None:
        self.block.lines += 1
        have = self.block.values.get(self._key, "")
        # Comware wraps at 80 columns, within words; the next line is indented to the column of values
        between = "" if not have or (self._width >= 78 and text.startswith(_INDENTED)) else "\n"
        self.block.values[self._key] = f"{have}{between}{text.strip()}"[:LONGEST]
        self._width = len(text)

    def take(self, key: str, value: str, text: str) -> None:
        """Put a value into the block."""
        block = self.block
        self._key, self.paragraph, block.lines = "", False, 0
        if key == "application":
            self._application = value.lower()
        elif key == "policy-vlan":
            if ("media policy" in text.lower() and not self._application) or self._application.split(" ")[0] == "voice":
                block.voice.append(value)
        elif key == "policy-unknown":
            if block.voice and value.lower() in ("true", "yes", "unknown") and self._application.startswith("voice"):
                block.voice.clear()
        elif key == "voice-policy":
            block.voice.append(value)
        elif key == "address":
            if len(block.addresses) < VALUES:
                block.addresses.append(_bare(value))
        elif key != "passed" and key not in block.values and len(block.values) < VALUES:
            bare = _bare(value)
            if not bare and key in _PARAGRAPHS and not text[:1].isspace():
                self._key, self.paragraph = key, True
                block.values[key] = ""
            elif bare:
                block.values[key] = bare[:LONGEST]
                self._key, self._width = key if key in _PARAGRAPHS else "", len(text)


def _bare(value: str) -> str:
    """A value without quotation marks; "" for one that states that there is none."""
    value = value.strip().strip('"').strip()
    return "" if value.lower() in _NOTHING else value
