"""The forwarding table of one switch, of all sections that show parts of it (each VLAN, each line card).

A mac is learned on every switch on its way. So ports are judged when all tables of the switch are read: one at which
another switch announces itself, an aggregation and one with many macs are not ports of phones.
"""

from __future__ import annotations

from collections.abc import Iterable

from scanner.discovery.switches.forwarding import Entry, Learned, Place, VoiceVlans
from scanner.discovery.switches.ports import Port, names_aggregate
from scanner.reading.console import portnames

#: Entries that are kept of a switch: a router of a campus with 50,000 macs stays below.
ENTRIES = 60_000


class LearnedMacs:
    """Entries as they are read; `lost` are those beyond what is kept of a switch.

    `voice` are the VLANs of phones that other tables state; their ports may be spelled as these tables do.
    """

    def __init__(self) -> None:
        self.lost = 0
        self.voice = VoiceVlans()
        self._entries: dict[Entry, None] = {}
        self._ports: dict[tuple[str, str], Port] = {}
        self._spellings: dict[str, Port] = {}

    def __bool__(self) -> bool:
        return bool(self._entries)

    def add(self, mac: str, port: str, vlan: str | None) -> None:
        """Keep an entry. A port has one spelling, that of its first entry."""
        if len(self._entries) >= ENTRIES:
            self.lost += 1
            return
        known = self._spellings.get(port)
        if known is None:
            known = self._ports.setdefault(portnames.key(port), Port(port, None, "console"))
            self._spellings[port] = known
        self._entries[Entry(mac, known, vlan)] = None

    def table(self) -> Learned:
        """The whole table."""
        voice, stated = VoiceVlans(), self.voice
        voice.of_mac = stated.of_mac
        voice.of_port = {(known.name if (known := self.port(name)) else name): v for name, v in stated.of_port.items()}
        return Learned(self._entries, lambda port: names_aggregate(port.name.partition(".")[0]), voice)

    def port(self, name: str) -> Port | None:
        """The port of the table that another table of the switch names."""
        return self._ports.get(portnames.key(name))

    def places(self, learned: Learned, uplinks: Iterable[str]) -> list[Place]:
        """The macs on edge ports; `uplinks` are ports with another switch, as other tables spell them."""
        found = (self.port(name) for name in uplinks)
        return learned.places(frozenset(port.name for port in found if port))
