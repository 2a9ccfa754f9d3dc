"""The addresses of a scan as merged spans, never as a list: index ↔ address by arithmetic.

The index of an address is its place among all target addresses in numerical order.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address

from scanner.core.permutation import Permutation
from scanner.core.spans import Span, address_text, merge, subtract

_ABOVE_ALL = 1 << 129


@dataclass(frozen=True, slots=True)
class Targets:
    """Merged spans in order, the spans that were excluded from them, and the first index of each span."""

    spans: tuple[Span, ...]
    excluded: tuple[Span, ...] = ()
    _starts: tuple[int, ...] = field(init=False, repr=False)
    _count: int = field(init=False, repr=False)
    #: First address of the targets when they are one IPv4 span, else -1.
    only: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        starts, total = [], 0
        for span in self.spans:
            starts.append(total)
            total += span.size
        object.__setattr__(self, "_starts", tuple(starts))
        object.__setattr__(self, "_count", total)
        only = len(self.spans) == 1 and self.spans[0].version == 4
        object.__setattr__(self, "only", self.spans[0].first if only else -1)

    def count(self) -> int:
        """Number of addresses."""
        return self._count

    def ranges(self) -> tuple[str, ...]:
        """The spans as text, `10.0.0.1-10.0.0.254`."""
        return tuple(map(str, self.spans))

    def excluded_count(self) -> int:
        """Number of target addresses that were excluded."""
        return sum(span.size for span in self.excluded)

    def number(self, index: int) -> tuple[int, int]:
        """Version and number of the address with an index."""
        place = bisect_right(self._starts, index) - 1
        span = self.spans[place]
        return span.version, span.first + index - self._starts[place]

    def address(self, index: int) -> str:
        """The address with an index."""
        if self.only >= 0:  # the common case; a sweep calls this for each packet
            number = self.only + index
            return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        return address_text(*self.number(index))

    def index(self, address: str) -> int | None:
        """The index of an address, None when it is not a target."""
        try:
            parsed = ip_address(address)
        except ValueError:
            return None
        return self.index_of(parsed.version, int(parsed))

    def index_of(self, version: int, number: int) -> int | None:
        """The index of an address number, None when it is not a target."""
        place = bisect_right(self.spans, (version, number, _ABOVE_ALL)) - 1
        if place < 0:
            return None
        span = self.spans[place]
        if span.version != version or number > span.last:
            return None
        return self._starts[place] + number - span.first

    def contains(self, address: str) -> bool:
        """Whether the address is a target."""
        return self.index(address) is not None

    def interleaved(self, seed: int = 0, start: int = 0) -> Iterator[str]:
        """All addresses from position `start` of their `Permutation`, which spreads the load over subnets."""
        if self._count:
            order = Permutation(self._count, seed)
            for position in range(start, self._count):
                yield self.address(order.index(position))

    def without(self, spans: Iterable[Span]) -> Targets:
        """These targets less more exclusions."""
        left, removed = subtract(self.spans, merge(spans))
        return Targets(tuple(left), tuple(merge([*self.excluded, *removed])))
