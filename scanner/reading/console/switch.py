"""One switch of a file of consoles: its neighbours until its part of the file ends, and what waits for that.

Neighbours are held, since what one row shows depends on others: an address of several identifies none, an inventory
without a mac (Dell shows it in a table of its own) is of the neighbour at its port, and macs at a port with a switch
are behind that one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator

from scanner.core.text import amount
from scanner.discovery.switches.interpret import SwitchFindings, observations, of_neighbours, state_voice
from scanner.discovery.switches.neighbours import Neighbour
from scanner.discovery.switches.ports import Port
from scanner.reading.console import found
from scanner.reading.console.learned import LearnedMacs
from scanner.reading.items import Context, Item, Problem

#: Most neighbours that are held: a chassis of 400 ports with ten at each stays below. Most characters of them.
HELD, CHARACTERS = 5_000, 8 << 20
#: Most ports with another switch that are kept.
UPLINKS = 20_000
#: Names of files: what follows the name of the host.
_SUFFIX = re.compile(r"(?:\.(?:txt|log|cfg|conf|out|raw|show|rsc|gz|text|capture|xml))+$", re.IGNORECASE)


def named_by_file(name: str) -> str:
    """The name of a switch by the name of its file, where no prompt has it."""
    return _SUFFIX.sub("", name) or name or "console"


def _no_vlan(mac: str, port: Port | None) -> str | None:
    return None


class Switch:
    """A switch by the name in its prompt or in a heading, else in the name of the file.

    `uplinks` are the ports with another switch, by its neighbours. `waiting` are called at the end, when these are
    known. `macs` are those of its forwarding tables, `vlan_of` the VLAN of a mac at a port by them.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.uplinks: set[str] = set()
        self.waiting: list[Callable[[], Iterator[Item]]] = []
        self.vlan_of: Callable[[str, Port | None], str | None] = _no_vlan
        self.macs = LearnedMacs()
        self._neighbours: list[Neighbour] = []
        self._characters = 0

    @property
    def source(self) -> str:
        """The name as one word, as sources of observations have it: `switches SOURCE lldp PORT`."""
        return "-".join(self.name.split()) or "-"

    def add(self, neighbour: Neighbour, context: Context) -> Iterator[Item]:
        """Hold a neighbour; the observations of those that were held, where they are too many."""
        self._neighbours.append(neighbour)
        state_voice(self.macs.voice, neighbour)
        self._characters += 400 + sum(len(value) for _, value in neighbour.findings)
        if neighbour.relays and neighbour.port and len(self.uplinks) < UPLINKS:
            self.uplinks.add(neighbour.port.name)
        if len(self._neighbours) >= HELD or self._characters >= CHARACTERS:
            yield from self._flush(context)

    def end(self, context: Context) -> Iterator[Item]:
        """The observations of what was held and of what waits."""
        learned = self.macs.table()
        self.vlan_of = learned.vlan
        yield from self._flush(context)
        for each in self.macs.places(learned, self.uplinks):
            port = each.port.name
            facts = found.place(self.name, port, "fdb", each.vlan)
            yield from found.row(self.source, context, found.table_of("fdb", port), each.mac, None, facts)
        if self.macs.lost:
            yield Problem(0, f"{self.macs.lost:,} macs of {self.name} are beyond what is kept of a switch")
        waiting, self.waiting = self.waiting, []
        for wait in waiting:
            yield from wait()

    def _flush(self, context: Context) -> Iterator[Item]:
        held, self._neighbours, self._characters = _joined(self._neighbours), [], 0
        sightings, unresolved, phones = of_neighbours(held, self.name, self.vlan_of)
        yield from observations(SwitchFindings(self.name, sightings, unresolved, ()), self.source, time=context.time)
        if unresolved:
            what = f"{amount(unresolved, 'neighbour')} of {self.name} without a mac or an address"
            yield Problem(0, what, missing=bool(phones))


def _is_one(rows: list[Neighbour]) -> bool:
    """Whether rows are of one device: several commands show it."""
    macs = {row.mac for row in rows if row.mac}
    shared = set.intersection(*(set(row.addresses) for row in rows)) if rows else set()
    return bool(rows) and ((len(macs) == 1 and all(row.mac for row in rows)) or bool(shared and len(macs) <= 1))


def _joined(neighbours: list[Neighbour]) -> list[Neighbour]:
    """The neighbours, those without mac and address joined to the one that was seen at their port."""
    known = [one for one in neighbours if one.mac or one.addresses]
    if len(known) == len(neighbours):
        return neighbours
    at = defaultdict[str, list[Neighbour]](list)
    for one in known:
        if one.port:
            at[one.port.name].append(one)
    parts: dict[str, list[Neighbour]] = {}
    for one in neighbours:
        if one.port and not (one.mac or one.addresses) and _is_one(at[one.port.name]):
            parts.setdefault(one.port.name, []).append(one)
    joined = []
    for one in neighbours:
        if one.port and (mine := parts.get(one.port.name)):
            if one in mine:
                continue
            more = {field: value for part in mine for field, value in part.findings}
            have = {field for field, _ in one.findings}
            words = one.capabilities or next((part.capabilities for part in mine if part.capabilities), ())
            extra = tuple(each for each in more.items() if each[0] not in have)
            one = one._replace(findings=(*one.findings, *extra), capabilities=words)
        joined.append(one)
    return joined
