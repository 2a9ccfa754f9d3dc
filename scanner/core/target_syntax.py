"""The syntax of targets: CIDR, range, address or host name; and the addresses that are refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address, ip_network

from scanner.core.errors import UsageError
from scanner.core.spans import Span, merge, of_network, overlap, subtract
from scanner.core.targets import Targets

#: Largest number of addresses in one scan: a /8 of IPv4. A larger number is a typing error, or needs several scans.
MOST_ADDRESSES = 1 << 24

#: Host name → its addresses, empty when it has none.
Resolve = Callable[[str], Sequence[str]]

#: Not public: RFC 1918, 6598 (CGNAT), 3927 (link-local), loopback, 2544 (benchmarks), 5737, 3849 and 9637
#: (documentation), 4193 (unique local).
_NOT_PUBLIC = (
    "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.2.0/24", "192.168.0.0/16",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "::1/128", "2001:db8::/32", "3fff::/20", "fc00::/7",
)  # fmt: skip
#: Not addresses of a host: "this network", multicast, reserved, broadcast (RFC 6890).
_NO_DEVICE = ("0.0.0.0/8", "224.0.0.0/3", "::/128", "ff00::/8")

_NOT_PUBLIC_SPANS = tuple(of_network(ip_network(text)) for text in _NOT_PUBLIC)
_NO_DEVICE_SPANS = tuple(of_network(ip_network(text)) for text in _NO_DEVICE)
#: IPv4 addresses written as IPv6 (RFC 4291 2.5.5.2); link-local addresses (RFC 4291 2.5.6).
_MAPPED, _LINK_LOCAL = of_network(ip_network("::ffff:0:0/96")), of_network(ip_network("fe80::/10"))
_ZONES = "it is a different host on every link: scan another address of the host, or listen on the link"

_NUMERIC = re.compile(r"[\d./-]+")
_RANGE = re.compile(r"(?P<first>[\d.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)\s*-\s*(?P<last>[0-9A-Fa-f:.]+)")


def parse(
    texts: Iterable[str], exclude: Iterable[str] = (), allow_public: bool = False, resolve: Resolve | None = None
) -> Targets:
    """The targets that `texts` name, less those of `exclude`; `resolve` looks up a host name.

    Network and broadcast addresses of an IPv4 CIDR up to /30 are left out, a /31 is two addresses (RFC 3021).
    Raises UsageError for a text that is not a target, too many addresses, or public ones without `allow_public`.
    """
    wanted = merge(span for text in texts for span in spans(text, resolve, hosts=True))
    if not wanted:
        raise UsageError("no target: name a subnet such as 10.0.0.0/24, a range, an address or a host name")
    _check(wanted, allow_public)
    targets = Targets(tuple(wanted)).without(span for text in exclude for span in spans(text, resolve, hosts=False))
    if not targets.count():
        raise UsageError("the exclusions cover all targets: nothing remains to scan")
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
                f"{text!r} is not a target: write 10.0.0.0/24, 10.0.0.10-50, 10.0.0.7 or a host name"
            ) from None
    addresses = resolve(plain)
    if not addresses:
        raise UsageError(f"the host name {text!r} has no address: check the spelling or write the address")
    return [_single(address) for address in addresses]


def _single(text: str) -> Span:
    parsed = ip_address(text)
    return _unmapped(Span(parsed.version, int(parsed), int(parsed)))


def _unmapped(span: Span) -> Span:
    """IPv4-mapped IPv6 addresses as IPv4; any other span unchanged."""
    if span.version == 6 and _MAPPED.first <= span.first and span.last <= _MAPPED.last:
        return Span(4, span.first - _MAPPED.first, span.last - _MAPPED.first)
    return span


def _subnet(text: str, hosts: bool) -> Span:
    net = ip_network(text, strict=False)
    span = _unmapped(of_network(net))
    if net.prefixlen == 0 and hosts:
        raise UsageError(f"{text} is the whole address space: name the networks to scan")
    if hosts and span.version == 4 and net.num_addresses >= 4:
        return Span(4, span.first + 1, span.last - 1)
    return span


def _range(first: str, last: str) -> Span:
    start = ip_address(first)
    if "." not in last and ":" not in last:  # 10.0.0.10-50, 2001:db8::10-1f: the last part alone
        base, most = (10, 255) if start.version == 4 else (16, 0xFFFF)
        last_part = int(last, base)
        if last_part > most:
            raise UsageError(f"{first}-{last}: the last part of an address is at most {most if base == 10 else 'ffff'}")
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
        if any(overlap(span, no) for no in _NO_DEVICE_SPANS):
            raise UsageError(f"{span} contains addresses that no host can have: multicast, reserved or unspecified")
        if overlap(span, _LINK_LOCAL):
            raise UsageError(f"{span} is link-local: {_ZONES}")
    total = sum(span.size for span in wanted)
    if total > MOST_ADDRESSES:
        raise UsageError(
            f"{total:,} addresses are too many for one scan (at most {MOST_ADDRESSES:,}): "
            "name smaller subnets, and for IPv6 the addresses or short ranges"
        )
    if not allow_public:
        public, _ = subtract(wanted, merge(_NOT_PUBLIC_SPANS))
        if public:
            raise UsageError(f"{public[0]} is public address space: scan only your own networks, with --allow-public")
