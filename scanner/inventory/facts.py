"""The fact: one value of a field that was seen at an address or mac, with what the rules read in it.

A fact is made when a row is read, and handed on as it is: to the rules that attribute it to a subject, to those that
select the current facts of a device, and to identity, which takes `match` instead of matching the value again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any, NamedTuple

from scanner.core.fields import Field, FieldOrigin, discovery_of
from scanner.identity.authority import RELAYED, of_server
from scanner.identity.match import Match
from scanner.inventory.rules.identifiers import Identifiers, Reader

#: The columns of a stored fact (`observations o`) and of one that just arrived (`temp.pending p`, `arrivals a`).
STORED = (
    "o.id, o.subject_id, o.fact, o.site, o.ip, o.mac, o.field, o.value, o.source, o.first_seen, o.last_seen,"
    " o.first_scan, o.last_scan"
)
ARRIVED = "p.id, NULL, p.fact, p.site, p.ip, p.mac, a.field, a.value, a.source, a.time, a.time, a.scan_id, a.scan_id"


class Fact(NamedTuple):
    """A row of `observations`, or one of `arrivals` that is still without `subject`; `row` is its id there.

    `first` and `last` are the times of its first and last sighting. `about` is the row of its field in `core.fields`,
    `match` the rule that matches the value and what it gave.
    """

    row: int
    subject: int | None
    digest: int
    site: str
    ip: str | None
    mac: str | None
    field: str
    value: str
    source: str
    first: str
    last: str
    first_scan: int
    last_scan: int
    about: Field
    match: Match | None
    identifiers: Identifiers

    @property
    def in_frame(self) -> bool:
        """Whether it belongs to the mac that sent a frame, never to the port or to another host behind it."""
        return self.about.group.origin is FieldOrigin.FRAME

    @property
    def in_table(self) -> bool:
        """Whether it is a row of a table, which proves that the mac exists, not what it is."""
        return self.about.group.origin is FieldOrigin.TABLE

    @property
    def relayed(self) -> bool:
        """Whether a host sent it of another one: it counts where no other source describes the device."""
        return self.source.startswith(RELAYED)

    @property
    def recorded(self) -> bool:
        """Whether a server recorded it of a client, which sends what it likes and names whom it likes."""
        return of_server(self.field, self.source)

    @property
    def discovery(self) -> str:
        """The discovery that reported it."""
        return discovery(self.source, self.field)


def facts(rows: Iterable[tuple[Any, ...]], reader: Reader) -> Iterator[Fact]:
    """Rows of STORED or ARRIVED as facts."""
    read, make = reader.read, Fact._make
    for row in rows:
        yield make(row + read(row[6], row[7]))


def digest(site: str, ip: str | None, mac: str | None, name: str, value: str, source: str) -> int:
    """The key of a fact: 63 bits of a hash of what is seen and where, which SQLite can index."""
    parts = "\x1f".join((site, ip or "", mac or "", name, value, source))
    return int.from_bytes(blake2b(parts.encode(), digest_size=8).digest(), "big") >> 1


def discovery(source: str, name: str) -> str:
    """The discovery of a fact: the first word of its source; without a source, by the name of its field."""
    return source.partition(" ")[0] or discovery_of(name)
