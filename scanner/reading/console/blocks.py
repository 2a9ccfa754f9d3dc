"""Lines of "label : value" → one block for each neighbour.

A block begins at the heading of a port, at a rule, and where a label occurs again that a neighbour has once. The port
of a heading is that of all blocks behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from scanner.reading.console.labels import key_of

#: Most values of a neighbour, lines of one value, and characters of a value that are kept; longest label.
VALUES, CONTINUED, LONGEST, LABEL = 120, 40, 4096, 48
#: Headings with the port behind which neighbours follow.
HEADINGS = (
    r"\s{0,4}LLDP neighbor-information of port \d{1,6} ?\[[^\[\]]{1,64}\]",  # Comware
    r"\s{0,4}\S{1,64}\s{1,8}has \d{1,5} neighbors?(?:\(s\))?",  # VRP
    r"\s{0,4}Interface \S{1,64} detected \d{1,5} LLDP neighbors?",  # EOS
    r"\s{0,4}LLDP Port \S{1,64} detected \d{1,5} neighbou?rs?",  # EXOS
    r"\s{0,4}Neighbor learned on port \S{1,64} by LLDP",  # FortiSwitch
    r"\s{0,4}Local Interface \S{1,40}(?: \S{1,20})? has \d{1,5} neighbors?",  # Dell FTOS
    r"Interface: \S{1,40}, Number of neighbors: \d",  # ArubaOS
)
_HEADING = re.compile(
    r"\s{0,4}(?:LLDP neighbor-information of port \d{1,6} ?\[(?P<comware>[^\[\]]{1,64})\]"
    r"|(?:Local )?Interface (?P<named>\S{1,40}(?: \S{1,20})?) (?:detected|has) \d{1,5} (?:LLDP )?neighbors?"
    r"|Interface: (?P<controller>\S{1,40}), Number of neighbors: \d"
    r"|LLDP Port (?P<extreme>\S{1,64}) detected"
    r"|Neighbor learned on port (?P<forti>\S{1,64}) by LLDP"
    r"|(?P<huawei>\S{1,64})\s{1,8}has \d{1,5} neighbors?(?:\(s\))?:?$)"
)
#: Headings of one neighbour within those of a port, or without any.
_NEIGHBOUR = re.compile(
    r"\s{0,8}(?:Neighbor:? ?\S{1,80}, age |LLDP Neighbor Information|LLDP (?:MED )?Remote Device Detail"
    r"|LLDP Remote Device Information Detail|CDP neighbors information)"
)
_RULE = re.compile(r"\s{0,8}[-=*_]{20,}\s*")
#: Values that are none.
_NOTHING = frozenset(
    {"not advertised", "- not advertised", "--", "-", "na", "n/a", "not-advertised", "not available", "not received",
     "null", "unknown", "none", "not present", "not specified"}
)  # fmt: skip
#: Labels behind which, at the start of a line and without a value, the lines up to a blank one are the value.
_PARAGRAPHS = frozenset({"system-description", "version"})
_INDENTED = " " * 12
#: Values that a neighbour has once.
_ONCE = frozenset({"chassis", "device-id"})


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


def blocks(lines: Iterable[tuple[int, str]]) -> Iterator[NeighbourText]:
    """The blocks in the lines of a table of neighbours."""
    block, heading = NeighbourText(0), ""
    reader = _Values(block)
    for number, text in lines:
        if not text:
            reader.blank()
            continue
        if reader.paragraph and reader.continues(text):
            continue
        label, colon, value = text.partition(":")
        key = key_of(label) if colon and len(label) <= LABEL else None
        if key is None or (key == "interface" and ", Number of " in value):
            if found := _HEADING.match(text):
                heading = next(name for name in found.groups() if name)
            elif not (_RULE.fullmatch(text) or _NEIGHBOUR.match(text)):
                reader.other(text)
                continue
            if block:
                yield block
            if block or found:
                block = reader.begin(NeighbourText(number, heading))
            continue
        if (
            (key in _ONCE and key in block.values)
            or (key == "port" and "port" in block.values)
            or (key == "neighbour" and block)
        ):
            yield block
            block = reader.begin(NeighbourText(number, heading))
        reader.take(key, value.strip(), text)
    if block:
        yield block


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
        if key == "interface":  # Interface: GigabitEthernet1/0/1,  Port ID (outgoing port): Port 1
            key, value = "port", value.partition(",")[0]
        if key == "platform":  # Platform: Cisco IP Phone 8851,  Capabilities: Host Phone Two-port Mac Relay
            value, _, words = value.partition("Capabilities:")
            value = value.rstrip(" ,")
            if words:
                block.values.setdefault("supported", words.strip())
        if key == "chassis" and ", Management address: " in value:  # ArubaOS
            value, _, address = value.partition(", Management address: ")
            block.addresses.append(_bare(address))
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
