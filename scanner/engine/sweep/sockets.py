"""The UDP sockets of a sweep: one for each step and IP version, shared by the probes of that step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from selectors import EVENT_READ, BaseSelector

from scanner.discovery.declaration import Discovery, UdpSweep, steps
from scanner.engine import guard
from scanner.engine.os.udp import Send, UdpSocket, by_version, source_address
from scanner.engine.sweep.bitmap import Bitmap
from scanner.engine.sweep.state import UdpProbe

#: Most networks for which our own address is cached.
MOST_SOURCES = 100_000


def udp_probes(discoveries: Iterable[Discovery], count: int) -> list[UdpProbe]:
    """The UDP probes that discoveries declare, for `count` targets. Raises RefusedError for a port never probed."""
    found: list[UdpProbe] = []
    for discovery, step in steps(discoveries, UdpSweep):
        for port in step.ports:
            guard.check_port(port)
            found.append(UdpProbe(len(found), discovery, step, port, Bitmap(count)))
    return found


class SweepSockets:
    """Opens the sockets and registers them with the selector; `read(socket, probes)` is called when one is readable.

    Raises EngineError when a socket cannot be opened.
    """

    def __init__(
        self,
        probes: Sequence[UdpProbe],
        versions: Iterable[int],
        selector: BaseSelector,
        read: Callable[[UdpSocket, Sequence[UdpProbe]], None],
        stack: ExitStack,
    ) -> None:
        self._sockets: dict[tuple[int, int], UdpSocket] = {}  # by probe and IP version
        self._senders: dict[int, Send] = {}
        self._sources: dict[tuple[int, str], str] = {}
        by_step: dict[tuple[str, int], list[UdpProbe]] = {}
        for probe in probes:
            by_step.setdefault((probe.discovery, id(probe.step)), []).append(probe)
        for of_step in by_step.values():
            for version in versions:
                sock = UdpSocket(version)
                stack.callback(sock.close)
                selector.register(sock, EVENT_READ, lambda *_, sock=sock, own=of_step: read(sock, own))
                self._sockets |= {(probe.number, version): sock for probe in of_step}

    def sender(self, probe: UdpProbe) -> Send:
        """The function that sends a probe's datagrams."""
        send = self._senders.get(probe.number)
        if send is None:
            of_probe = {v: sock.to(probe.port) for (number, v), sock in self._sockets.items() if number == probe.number}
            send = next(iter(of_probe.values())) if len(of_probe) == 1 else by_version(of_probe[4], of_probe[6])
            self._senders[probe.number] = send
        return send

    def source(self, probe: UdpProbe, address: str) -> str:
        """Our own `address:port` as a host at that address sees it; cached for its network."""
        near = (probe.number, address.rpartition("." if "." in address else ":")[0])
        source = self._sources.get(near)
        if source is None:
            if len(self._sources) > MOST_SOURCES:
                self._sources.clear()
            version = 6 if ":" in address else 4
            own = source_address(address) or ("0.0.0.0" if version == 4 else "::")
            port = self._sockets[probe.number, version].port
            source = self._sources[near] = f"{own}:{port}" if version == 4 else f"[{own}]:{port}"
        return source

    def drops(self) -> int:
        """Datagrams that found a receive buffer full, since the sockets were opened."""
        return sum(sock.drops() for sock in dict.fromkeys(self._sockets.values()))
