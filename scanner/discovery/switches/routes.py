"""The subnets of a router: its own networks and its routes, from the rows of its tables over SNMP. Pure.

Own networks are those of `ipAddrTable` (RFC 4293 5) and local routes; other routes lead to a further router. Read are
`inetCidrRouteTable` and `ipCidrRouteTable` (RFC 4292), and `ipRouteTable` (RFC 1213) of old agents. A default route,
routes to one host and networks without hosts of their own (loopback, link-local, multicast) are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import NamedTuple

from scanner.core.numbers import whole
from scanner.discovery.switches import values
from scanner.discovery.switches.mib import ARP, SYSTEM, Table

_OWN, _ROUTE, _INET, _OLD = (
    "1.3.6.1.2.1.4.20.1.3.",
    "1.3.6.1.2.1.4.24.4.1.6.",
    "1.3.6.1.2.1.4.24.7.1.8.",
    "1.3.6.1.2.1.4.21.1.11.",
)
OWN_NETWORKS = Table("networks", {"network.mask": _OWN[:-1]})
ROUTES = Table("routes", {"route.type": _ROUTE[:-1], "inet-route.type": _INET[:-1]})
OLD_ROUTES = Table("old routes", {"old-route.mask": _OLD[:-1]})
#: The tables that are read of a router, those with many rows last: the time for a router may end within them.
ROUTER_TABLES: tuple[Table, ...] = (SYSTEM, OWN_NETWORKS, ARP, ROUTES, OLD_ROUTES)
#: Values of ipCidrRouteType and inetCidrRouteType: the network is the router's own, or behind another router.
_LOCAL, _REMOTE = 3, 4
_IPV4, _IPV6 = 1, 2

Network = IPv4Network | IPv6Network
#: The value of a row: octets, a number, or dotted text.
Cell = int | bytes | str


class Subnet(NamedTuple):
    """A subnet of a router: `own` where the router has an interface in it, else behind another router."""

    network: Network
    own: bool


def subnets(rows: Iterable[tuple[str, Cell]]) -> list[Subnet]:
    """The subnets in the rows (OID, value) of a router, in order, each once; malformed rows are left out."""
    found: dict[Network, bool] = {}
    for oid, value in rows:
        network, own = _read(oid, value)
        if network is not None and _has_hosts(network):
            found[network] = found.get(network, False) or own
    return [Subnet(network, found[network]) for network in sorted(found, key=_order)]


def _order(network: Network) -> tuple[int, int, int]:
    return network.version, int(network.network_address), network.prefixlen


def _read(oid: str, value: Cell) -> tuple[Network | None, bool]:
    if oid.startswith(_OWN):
        return _network(oid[len(_OWN) :], values.address(value)), True
    if oid.startswith(_OLD):
        return _network(oid[len(_OLD) :], values.address(value)), False
    if oid.startswith(_ROUTE) and value in (_LOCAL, _REMOTE):
        arcs = oid[len(_ROUTE) :].split(".")
        return _network(".".join(arcs[:4]), ".".join(arcs[4:8])), value == _LOCAL
    if oid.startswith(_INET) and value in (_LOCAL, _REMOTE):
        return _inet(oid[len(_INET) :].split(".")), value == _LOCAL
    return None, False


def _inet(arcs: Sequence[str]) -> Network | None:
    """The network of an index of inetCidrRouteTable: type, length, octets, prefix length."""
    numbers = [whole(arc, 255) for arc in arcs[:19]]
    if len(numbers) < 3 or (numbers[0], numbers[1]) not in ((_IPV4, 4), (_IPV6, 16)):
        return None
    length = numbers[1] or 0
    octets = [number for number in numbers[2 : 2 + length] if number is not None]
    prefix = numbers[2 + length] if len(numbers) > 2 + length else None
    if len(octets) != length or prefix is None:
        return None
    return _network(str(ip_address(bytes(octets))), str(prefix))


def _network(address: str, mask: str | None) -> Network | None:
    try:
        return ip_network(f"{address}/{mask}", strict=False) if mask else None
    except ValueError:
        return None


def _has_hosts(network: Network) -> bool:
    first = network.network_address
    several = 0 < network.prefixlen < network.max_prefixlen
    return several and not (first.is_loopback or first.is_link_local or first.is_multicast or first.is_reserved)
