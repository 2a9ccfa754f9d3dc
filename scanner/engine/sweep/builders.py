"""The functions that build a sweep's requests, cached for each network of 256 addresses during a round."""

from __future__ import annotations

from collections.abc import Callable

from scanner.core.spans import address_text
from scanner.discovery.declaration import Build
from scanner.engine.sweep.state import UdpProbe

#: Most networks in the cache.
NETWORKS = 1 << 12


class RequestBuilders:
    """`source(probe, address)` is our own `address:port` as hosts near that address see it: requests contain it."""

    def __init__(self, source: Callable[[UdpProbe, str], str]) -> None:
        self._source = source
        self._networks: dict[int, tuple[str, Build]] = {}
        self._builders: dict[str, Build] = {}  # by our own address and port
        self._round: tuple[int, int] | None = None

    def of_round(self, probe: UdpProbe) -> dict[int, tuple[str, Build]]:
        """The cache of a probe's current round: network → prefix of its addresses and request builder."""
        if self._round != (probe.number, probe.attempt) or len(self._networks) > NETWORKS:
            self._networks, self._builders, self._round = {}, {}, (probe.number, probe.attempt)
        return self._networks

    def enter(self, probe: UdpProbe, network: int, version: int, number: int) -> tuple[str, Build]:
        """Add the network of an address number to the cache, at its first datagram in a round."""
        address = address_text(version, number)
        source = self._source(probe, address)
        build = self._builders.get(source)
        if build is None:
            build = self._builders[source] = probe.step.builder(probe.port, probe.attempt, source)
        found = self._networks[network] = address.rpartition(".")[0] + ".", build
        return found

    def one(self, probe: UdpProbe, attempt: int, address: str) -> Build:
        """The request builder for one address in any round."""
        return probe.step.builder(probe.port, attempt, self._source(probe, address))
