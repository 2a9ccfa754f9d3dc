"""Spans of addresses, and the set operations on them: merge, overlap, subtract."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network
from typing import NamedTuple


class Span(NamedTuple):
    """Addresses `first` to `last`, both included, as numbers; `version` is 4 or 6."""

    version: int
    first: int
    last: int

    @property
    def size(self) -> int:
        """Number of addresses."""
        return self.last - self.first + 1

    def __str__(self) -> str:
        if self.first == self.last:
            return address_text(self.version, self.first)
        return f"{address_text(self.version, self.first)}-{address_text(self.version, self.last)}"


def address_text(version: int, number: int) -> str:
    """The canonical text of an address number."""
    if version == 4:
        return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return str(IPv6Address(number))


def of_network(network: IPv4Network | IPv6Network) -> Span:
    """The span of all addresses of a network."""
    return Span(network.version, int(network.network_address), int(network.broadcast_address))


def prefix_of(address: Span, length: int) -> Span:
    """The span of the prefix of this length that a single address is in."""
    rest = (1 << (32 if address.version == 4 else 128) - length) - 1
    return Span(address.version, address.first & ~rest, address.first | rest)


def merge(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, with overlapping and adjacent ones joined."""
    merged: list[Span] = []
    for span in sorted(spans):
        top = merged[-1] if merged else None
        if top and top.version == span.version and span.first <= top.last + 1:
            merged[-1] = Span(top.version, top.first, max(top.last, span.last))
        else:
            merged.append(span)
    return merged


def overlap(one: Span, other: Span) -> bool:
    """Whether two spans have an address in common."""
    return one.version == other.version and one.first <= other.last and other.first <= one.last


def subtract(wanted: Sequence[Span], minus: Sequence[Span]) -> tuple[list[Span], list[Span]]:
    """(`wanted` without `minus`, the part of `wanted` that is in `minus`). Both arguments are merged and in order."""
    left: list[Span] = []
    removed: list[Span] = []
    place = 0
    for version, first, last in wanted:
        while place < len(minus) and (minus[place].version, minus[place].last) < (version, first):
            place += 1
        ahead = place
        while ahead < len(minus) and minus[ahead].version == version and minus[ahead].first <= last:
            cut = minus[ahead]
            if cut.first > first:
                left.append(Span(version, first, cut.first - 1))
            removed.append(Span(version, max(first, cut.first), min(last, cut.last)))
            first = cut.last + 1
            ahead += 1
        if first <= last:
            left.append(Span(version, first, last))
    return left, removed
