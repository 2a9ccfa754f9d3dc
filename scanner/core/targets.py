"""What may be scanned: CIDRs, ranges, addresses, less exclusions, as a few merged spans and never as a list.

An address has an index, its place among all target addresses in order. `Order` visits the indexes so that any run of
neighbours in time is spread evenly over all subnets; it is arithmetic, so a scan resumes from a bare position.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from math import gcd
from typing import NamedTuple

from scanner.core.errors import UsageError

#: Most addresses that one scan takes: a /8 of IPv4. Bigger is a slip of the hand, or needs several scans.
MOST_ADDRESSES = 1 << 24

Resolve = Callable[[str], Sequence[str]]

#: Not public: RFC 1918, 6598 (CGNAT), 3927 (link-local), loopback, 2544 (benchmarks), 5737, 3849 and 9637
#: (documentation), 4193 (unique local).
_NOT_PUBLIC = (
    "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.2.0/24", "192.168.0.0/16",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "::1/128", "2001:db8::/32", "3fff::/20", "fc00::/7",
)  # fmt: skip
#: Addresses that no device has: "this network", multicast, reserved, broadcast (RFC 6890).
_NO_DEVICE = ("0.0.0.0/8", "224.0.0.0/3", "::/128", "ff00::/8")

_NUMERIC = re.compile(r"[\d./-]+")
_RANGE = re.compile(r"(?P<first>[\d.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)\s*-\s*(?P<last>[0-9A-Fa-f:.]+)")


class Span(NamedTuple):
    """Addresses `first` to `last`, both included, as numbers; `version` is 4 or 6."""

    version: int
    first: int
    last: int

    def __str__(self) -> str:
        if self.first == self.last:
            return address_text(self.version, self.first)
        return f"{address_text(self.version, self.first)}-{address_text(self.version, self.last)}"


def address_text(version: int, number: int) -> str:
    """The canonical text of an address number."""
    if version == 4:
        return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return str(IPv6Address(number))


def _net_span(net: IPv4Network | IPv6Network) -> Span:
    return Span(net.version, int(net.network_address), int(net.broadcast_address))


_NOT_PUBLIC_SPANS = tuple(_net_span(ip_network(text)) for text in _NOT_PUBLIC)
_NO_DEVICE_SPANS = tuple(_net_span(ip_network(text)) for text in _NO_DEVICE)
#: IPv4 addresses written as IPv6 (RFC 4291 2.5.5.2); and those that mean another host on every link (RFC 4291 2.5.6).
_MAPPED, _LINK_LOCAL = _net_span(ip_network("::ffff:0:0/96")), _net_span(ip_network("fe80::/10"))
_ZONES = "it means another host on every link, so scan the host's other address, or listen on the link"


@dataclass(frozen=True, slots=True)
class Order:
    """A fixed order of 0..count-1 by steps of about count/φ: any k consecutive positions lie evenly over the whole.

    (Three-distance theorem.) `seed` turns the start; `index` and `position` are each other's inverse.
    """

    count: int
    seed: int = 0
    step: int = field(init=False)
    back: int = field(init=False)

    def __post_init__(self) -> None:
        step = max(1, round(self.count * 0.6180339887498949))
        while gcd(step, self.count) > 1:
            step += 1
        object.__setattr__(self, "step", step)
        object.__setattr__(self, "back", pow(step, -1, self.count) if self.count > 1 else 0)

    def index(self, position: int) -> int:
        """The index that is visited at `position`."""
        return (self.seed + position * self.step) % self.count

    def position(self, index: int) -> int:
        """When `index` is visited."""
        return (index - self.seed) * self.back % self.count


@dataclass(frozen=True, slots=True)
class Targets:
    """Merged spans in order, what was excluded from them, and where each span's indexes begin."""

    spans: tuple[Span, ...]
    excluded: tuple[Span, ...] = ()
    _starts: tuple[int, ...] = field(init=False, repr=False)
    _count: int = field(init=False, repr=False)
    #: First address of the one IPv4 span that these targets are, -1 when they are anything else.
    only: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        starts, total = [], 0
        for span in self.spans:
            starts.append(total)
            total += span.last - span.first + 1
        object.__setattr__(self, "_starts", tuple(starts))
        object.__setattr__(self, "_count", total)
        only = len(self.spans) == 1 and self.spans[0].version == 4
        object.__setattr__(self, "only", self.spans[0].first if only else -1)

    def count(self) -> int:
        """How many addresses."""
        return self._count

    def ranges(self) -> tuple[str, ...]:
        """The spans as text, `10.0.0.1-10.0.0.254`."""
        return tuple(map(str, self.spans))

    def excluded_count(self) -> int:
        """How many addresses that a target named were excluded."""
        return sum(span.last - span.first + 1 for span in self.excluded)

    def number(self, index: int) -> tuple[int, int]:
        """Version and number of the address with this index."""
        place = bisect_right(self._starts, index) - 1
        span = self.spans[place]
        return span.version, span.first + index - self._starts[place]

    def address(self, index: int) -> str:
        """The address with this index."""
        if self.only >= 0:  # the common case, and a sweep asks for every packet
            number = self.only + index
            return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        return address_text(*self.number(index))

    def index(self, address: str) -> int | None:
        """The index of an address, None when it is no target."""
        try:
            parsed = ip_address(address)
        except ValueError:
            return None
        return self.index_of(parsed.version, int(parsed))

    def index_of(self, version: int, number: int) -> int | None:
        """The index of an address number, None when it is no target."""
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
        """All addresses from position `start` in an order that spreads load over subnets (`Order`)."""
        if self._count:
            order = Order(self._count, seed)
            for position in range(start, self._count):
                yield self.address(order.index(position))

    def without(self, spans: Iterable[Span]) -> Targets:
        """These targets with more exclusions."""
        left, gone = _subtract(self.spans, merge(spans))
        return Targets(tuple(left), tuple(merge([*self.excluded, *gone])))


_ABOVE_ALL = 1 << 129


def parse(
    texts: Iterable[str], exclude: Iterable[str] = (), allow_public: bool = False, resolve: Resolve | None = None
) -> Targets:
    """Targets from what a user wrote; `resolve` turns a host name into addresses.

    Network and broadcast addresses of an IPv4 CIDR up to /30 are left out, a /31 is two addresses (RFC 3021).
    Raises UsageError for what is no target, too large, or public without `allow_public`.
    """
    wanted = merge(span for text in texts for span in spans(text, resolve, hosts=True))
    if not wanted:
        raise UsageError("no target: name a subnet such as 10.0.0.0/24, a range, an address or a host name")
    _check(wanted, allow_public)
    targets = Targets(tuple(wanted)).without(span for text in exclude for span in spans(text, resolve, hosts=False))
    if not targets.count():
        raise UsageError("nothing is left to scan: the exclusions cover all targets")
    return targets


def spans(text: str, resolve: Resolve | None = None, *, hosts: bool) -> list[Span]:
    """The spans that one text names; with `hosts`, without an IPv4 subnet's network and broadcast address."""
    text = text.strip()
    if "%" in text:
        raise UsageError(f"{text!r} has a zone: {_ZONES}")
    plain = text.removeprefix("[").removesuffix("]")
    try:
        if "/" in plain:
            return [_subnet(plain, hosts)]
        if match := _RANGE.fullmatch(plain):
            return [_range(match["first"], match["last"])]
        return [_single(plain)]
    except UsageError:
        raise
    except ValueError:
        if not plain or _NUMERIC.fullmatch(plain) or ":" in plain or "/" in plain or resolve is None:
            raise UsageError(
                f"{text!r} is no target: write 10.0.0.0/24, 10.0.0.10-50, 10.0.0.7 or a host name"
            ) from None
    addresses = resolve(plain)
    if not addresses:
        raise UsageError(f"the host name {text!r} has no address: check the spelling or write the address")
    return [_single(address) for address in addresses]


def merge(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, with overlapping and adjacent ones made one."""
    merged: list[Span] = []
    for span in sorted(spans):
        top = merged[-1] if merged else None
        if top and top.version == span.version and span.first <= top.last + 1:
            merged[-1] = Span(top.version, top.first, max(top.last, span.last))
        else:
            merged.append(span)
    return merged


def _single(text: str) -> Span:
    parsed = ip_address(text)
    return _unmapped(Span(parsed.version, int(parsed), int(parsed)))


def _unmapped(span: Span) -> Span:
    """A span of IPv4 addresses that are written as IPv6, as IPv4."""
    if span.version == 6 and _MAPPED.first <= span.first and span.last <= _MAPPED.last:
        return Span(4, span.first - _MAPPED.first, span.last - _MAPPED.first)
    return span


def _subnet(text: str, hosts: bool) -> Span:
    net = ip_network(text, strict=False)
    span = _unmapped(_net_span(net))
    if net.prefixlen == 0 and hosts:
        raise UsageError(f"{text} is every address there is: name the networks to scan")
    if hosts and span.version == 4 and net.num_addresses >= 4:
        return Span(4, span.first + 1, span.last - 1)
    return span


def _range(first: str, last: str) -> Span:
    start = ip_address(first)
    if "." not in last and ":" not in last:  # 10.0.0.10-50, 2001:db8::10-1f: the last part alone
        base, most = (10, 255) if start.version == 4 else (16, 0xFFFF)
        last_part = int(last, base)
        if last_part > most:
            raise UsageError(f"{first}-{last} ends beyond what the last part of an address can be")
        end = type(start)(int(start) & ~most | last_part)
    else:
        end = ip_address(last)
    if start.version != end.version:
        raise UsageError(f"{first}-{last} begins in IPv{start.version} and ends in IPv{end.version}")
    if int(end) < int(start):
        raise UsageError(f"{first}-{last} ends before it begins: write the lower address first")
    return _unmapped(Span(start.version, int(start), int(end)))


def _check(wanted: Sequence[Span], allow_public: bool) -> None:
    for span in wanted:
        if any(_overlap(span, no) for no in _NO_DEVICE_SPANS):
            raise UsageError(f"{span} holds addresses that no device has (multicast, reserved or unspecified)")
        if _overlap(span, _LINK_LOCAL):
            raise UsageError(f"{span} is link-local: {_ZONES}")
    total = sum(span.last - span.first + 1 for span in wanted)
    if total > MOST_ADDRESSES:
        raise UsageError(
            f"{total:,} addresses are too many for one scan (at most {MOST_ADDRESSES:,}): "
            "name smaller subnets, and for IPv6 the addresses or short ranges"
        )
    if not allow_public:
        public, _ = _subtract(wanted, merge(_NOT_PUBLIC_SPANS))
        if public:
            raise UsageError(
                f"{public[0]} is public address space: scan only what is yours, and say so with --allow-public"
            )


def _overlap(one: Span, other: Span) -> bool:
    return one.version == other.version and one.first <= other.last and other.first <= one.last


def _subtract(wanted: Sequence[Span], minus: Sequence[Span]) -> tuple[list[Span], list[Span]]:
    """What is left of `wanted`, and what was taken away; both arguments merged and in order."""
    left: list[Span] = []
    gone: list[Span] = []
    place = 0
    for version, first, last in wanted:
        while place < len(minus) and (minus[place].version, minus[place].last) < (version, first):
            place += 1
        ahead = place
        while ahead < len(minus) and minus[ahead].version == version and minus[ahead].first <= last:
            cut = minus[ahead]
            if cut.first > first:
                left.append(Span(version, first, cut.first - 1))
            gone.append(Span(version, max(first, cut.first), min(last, cut.last)))
            first = cut.last + 1
            ahead += 1
        if first <= last:
            left.append(Span(version, first, last))
    return left, gone
