"""Prefixes of NetBox: the lengths of new addresses."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from scanner.netbox.client import Client
from scanner.netbox.known import PREFIXES

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Lengths:
    """The length of the prefix that contains an address; prefixes are read for each /24 or /64 once."""

    def __init__(self) -> None:
        self.known: dict[_Network, list[_Network]] = {}

    def read(self, client: Client, hosts: Iterable[str]) -> None:
        """Read the prefixes around addresses, of the global table (without a VRF)."""
        for around in sorted({_around(host) for host in hosts} - set(self.known), key=str):
            found = []
            for relation in ("contains", "within_include"):
                for record in client.all(PREFIXES, **{relation: str(around)}):
                    if record.get("vrf") is None:
                        found.append(ipaddress.ip_network(str(record["prefix"]), strict=False))
            self.known[around] = found

    def with_length(self, host: str) -> str:
        """An address with the length of the longest prefix that contains it, else with that of a host."""
        ip = ipaddress.ip_address(host)
        lengths = [network.prefixlen for network in self.known.get(_around(host), ()) if ip in network]
        return f"{host}/{max(lengths, default=ip.max_prefixlen)}"


def _around(host: str) -> _Network:
    return ipaddress.ip_network(f"{host}/{64 if ':' in host else 24}", strict=False)
