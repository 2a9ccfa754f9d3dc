"""Facts about addresses in a capture, held until its end: then it is known which of its macs each address has.

In bounded memory: a fact is held once however often it is captured, and facts beyond the bounds are counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from scanner.core.model import Observation
from scanner.reading.items import SameMaker
from scanner.reading.senders import Senders

#: Most facts held, most characters of their values, and most addresses that are kept to recognize copies.
FACTS, CHARACTERS, ADDRESSES = 200_000, 32 << 20, 200_000


class AddressFact(NamedTuple):
    """A value of a field at an address, and the source of the observation."""

    ip: str
    field: str
    value: str
    source: str


@dataclass(slots=True)
class _Seen:
    time: str
    mac: str | None
    behind: str | None
    several: bool = False


@dataclass(slots=True)
class AddressFacts:
    """The facts, each with its time and the mac that sent it."""

    lost: int = 0
    _facts: dict[AddressFact, _Seen] = field(default_factory=dict)
    _size: int = 0
    _active: set[str] = field(default_factory=set)
    _behind: dict[str, str | None] = field(default_factory=dict)

    def active(self, address: str) -> None:
        """Note that an address sends messages of this kind, requests or responses."""
        if len(self._active) < ADDRESSES:
            self._active.add(address)

    def add(self, fact: AddressFact, time: str, mac: str | None, behind: str | None) -> None:
        """Hold a fact; `mac` is None where the frame was forwarded, or has none.

        `behind` is another address that the message names as its sender's: of a host behind NAT, or one that is copied.
        """
        seen = self._facts.get(fact)
        if seen is None:
            if len(self._facts) >= FACTS or self._size + len(fact.value) > CHARACTERS:
                self.lost += 1
                return
            seen = self._facts[fact] = _Seen(time, mac, behind)
            self._size += len(fact.value)
        seen.several = seen.several or (mac is not None and seen.mac not in (None, mac))
        seen.mac = seen.mac or mac
        if behind is None:
            seen.behind = None
        elif self._behind.setdefault(fact.ip, behind) != behind:
            self._behind[fact.ip] = None

    def observations(self, senders: Senders, same_maker: SameMaker | None) -> Iterator[Observation]:
        """The facts that count, with the mac of their address where the capture shows it."""
        for fact, seen in self._facts.items():
            if seen.behind and (seen.behind in self._active or self._behind.get(fact.ip) is None):
                continue  # a copy, or one of several hosts behind the address
            mac = None
            if seen.mac and not seen.several and not seen.behind:
                same = same_maker(fact.field, fact.value, seen.mac) if same_maker else None
                mac = senders.mac_of(fact.ip, seen.mac, same)
            yield Observation(
                time=seen.time, ip=fact.ip, mac=mac, field=fact.field, value=fact.value, source=fact.source
            )
