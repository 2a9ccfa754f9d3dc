"""Sends the requests to control hosts in each way: ICMP echo, ARP, or the UDP probe to which a host has responded.

An echo request shows the whole path and costs a phone least. Many networks drop it: the probe does not depend on that,
and ARP on no service of the host. Each is sent within the rate of its host.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from selectors import EVENT_READ, BaseSelector

from scanner.core.errors import EngineError
from scanner.core.targets import Targets
from scanner.engine.liveness.control import ARP, ECHO
from scanner.engine.liveness.discovery import HostDiscovery
from scanner.engine.liveness.icmp import EchoSocket
from scanner.engine.os.udp import SendResult
from scanner.engine.rate.limits import HostRateLimiter
from scanner.engine.sweep.cookie import Cookies
from scanner.engine.sweep.phases import Phases


class ControlRequests:
    """`ways` and `send` of the control hosts of a run; `replied(index, way)` is called for each response.

    `may_probe(index)` reports whether a host may be sent to.
    """

    def __init__(
        self,
        targets: Targets,
        cookies: Cookies,
        host_limiter: HostRateLimiter,
        may_probe: Callable[[int], bool],
        sweep: Phases,
        discovery: HostDiscovery,
        replied: Callable[[int, int], None],
        now: Callable[[], float],
    ) -> None:
        self._targets, self._cookies, self._host_limiter, self._may_probe = targets, cookies, host_limiter, may_probe
        self._sweep, self._discovery, self._replied, self._now = sweep, discovery, replied, now
        self._echoes: dict[int, EchoSocket] = {}
        self._waiting = set[tuple[int, int]]()  # host and way of a request without a response yet
        discovery.arp_replied = lambda index: self.received(ARP, index)

    def open(self, version: int, selector: BaseSelector, stack: ExitStack) -> None:
        """Open the socket of the echo requests over one IP version, where it is permitted."""
        try:
            sock = EchoSocket(self._cookies, version)
        except EngineError:
            return
        stack.callback(sock.close)
        selector.register(sock, EVENT_READ, lambda *_: sock.read(self._echoed))
        self._echoes[version] = sock

    def ways(self, index: int) -> list[int]:
        """The ways to send a request to a host, the best first."""
        echo = [ECHO] if self._targets.number(index)[0] in self._echoes else []
        arp = [ARP] if self._discovery.arp_request(index) is not None else []
        return [*echo, *self._sweep.completed(index)[:1], *arp]

    def send(self, index: int, way: int) -> bool:
        """Send one request. Returns whether it was sent."""
        now, address = self._now(), self._targets.address(index)
        if self._discovery.neighbour_free_at(index, now) > now or not self._may_probe(index):
            return False
        if self._host_limiter.free_at(address) > now:
            return False
        result = self._request(index, way, address)
        if result is None or result.again:
            return False
        if address in self._host_limiter.due:
            self._host_limiter.reserve(address, 1, now)
        self._waiting.add((index, way))
        return True

    def received(self, way: int, index: int) -> bool:
        """A host has sent what responds to a request of this way. Returns whether there was one."""
        if (index, way) not in self._waiting:
            return False
        self._waiting.discard((index, way))
        self._replied(index, way)
        return True

    def _request(self, index: int, way: int, address: str) -> SendResult | None:
        if way == ECHO:
            echo = self._echoes.get(self._targets.number(index)[0])
            return None if echo is None else echo.send(address)
        if way == ARP:
            request = self._discovery.arp_request(index)
            return None if request is None else request(index)
        sweeper = self._sweep.first
        probe = sweeper.probes[way]
        data = sweeper.builders.one(probe, 0, address)(address, self._cookies(address, probe.port))
        if data is None:
            return None
        return sweeper.sender(probe)([(data, address, index)])[1]

    def _echoed(self, address: str) -> None:
        index = self._targets.index(address)
        if index is not None:
            self.received(ECHO, index)  # a raw socket receives the replies of host discovery as well
