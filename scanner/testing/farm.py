"""A LAN of simulated phones and switches on real sockets.

    from scanner.testing import Farm, catalogue

    with Farm(catalogue("127.20.0.0/24")) as farm:
        ...                     # scan 127.20.0.0/24
        assert not forbidden(farm.tallies)

Each device binds its ports on its own address, so absent addresses and closed ports behave as in the network of the
host. Addresses must be local: 127.0.0.0/8 on Linux, others in a namespace with a local route for each.
The farm only responds; it sends no requests.
"""

from __future__ import annotations

import contextlib
import errno
import random
import resource
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from functools import cache

from scanner.core.errors import EngineError
from scanner.testing import certificates, mdns_responses, ports, sip_responses, web_responses
from scanner.testing._loop import Loop
from scanner.testing._scripted import ScriptedConnection, serve_script_datagrams, serve_script_streams
from scanner.testing._servers import Connection, DatagramReply, StreamResult, serve_datagrams, serve_streams
from scanner.testing.agent import AgentFaults, SimulatedAgent, SnmpTable, read_request
from scanner.testing.fragile import Nerves
from scanner.testing.hostile_kind import DatagramService, HostileHost, StreamService
from scanner.testing.phones import CertificateNames, MdnsSurface, SimulatedPhone, SipSurface, SnmpSurface, WebSurface
from scanner.testing.switches import SimulatedSwitch
from scanner.testing.tally import HostTally

_SIP_CERTIFICATE = CertificateNames("CN=sip", "CN=sip")


class PortTaken(EngineError):
    """A port of a simulated device is in use by another program."""


class Farm:
    """Simulated devices that respond on real sockets while the context is open.

    `loss` is the share of lost datagrams in each direction (to lose TCP segments use nftables), `delay` the delay of
    each response to a datagram in seconds, `seed` makes the losses the same in every run. `tallies` counts what each
    device received; `left_out` contains a sentence for each service that this host does not support.
    `hostile` are hosts that respond by scripts (`scanner.testing.hostile`); losses and delays do not apply to them.
    Where this user may not bind a port below 1024, `phones` and `switches` have other ports
    (`scanner.testing.ports`).
    Raises EngineError when an address is not local or a port may not be bound, PortTaken when a port is in use.
    """

    def __init__(
        self,
        phones: Iterable[SimulatedPhone],
        switches: Iterable[SimulatedSwitch] = (),
        *,
        hostile: Iterable[HostileHost] = (),
        loss: float = 0.0,
        delay: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.phones, self.switches, self.hostile = tuple(phones), tuple(switches), tuple(hostile)
        self.left_out: tuple[str, ...] = ()
        if denied := ports.denied(self.phones, self.switches):
            self.phones = ports.unprivileged(self.phones, denied)
            self.switches = ports.unprivileged_switches(self.switches, denied)
            self.left_out = (ports.sentence(denied),)
        self.tallies: dict[str, HostTally] = {}
        self._delay, self._loss, self._random = delay, loss, random.Random(seed)
        self._sockets: list[socket.socket] = []
        self._connections: dict[str, set[Connection]] = {}
        self._nerves: dict[str, Nerves] = {}
        self._scripted: set[ScriptedConnection] = set()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Farm:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Open all sockets and serve in a separate thread. Returns when every port is open."""
        _raise_descriptor_limit(sum(map(_descriptors, self.phones)) + len(self.switches) + 8 * len(self.hostile))
        self._loop = Loop()
        try:
            for phone in self.phones:
                self._offer(phone)
            for switch in self.switches:
                self._offer_switch(switch)
            for host in self.hostile:
                self._offer_hostile(host)
        except BaseException:
            self._close()
            raise
        self._thread = threading.Thread(target=self._loop.run, name="farm", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and close every socket; no effect if the farm does not run."""
        if self._thread is not None:
            self._loop.stop()
            self._thread.join()
            self._thread = None
            self._close()

    def _close(self) -> None:
        for connections in self._connections.values():
            for connection in list(connections):
                connection.close()
        for scripted in list(self._scripted):
            scripted.close()
        for sock in self._sockets:
            sock.close()
        self._sockets.clear()
        self._connections.clear()
        self._loop.close()

    def _lost(self) -> bool:
        return self._loss > 0 and self._random.random() < self._loss

    def _offer(self, phone: SimulatedPhone) -> None:
        tally = self.tallies.setdefault(phone.ip, HostTally())
        if phone.fragility is not None:
            self._nerves[phone.ip] = Nerves(phone, tally)
        offered = phone.surfaces
        if offered.sip is not None:
            self._offer_sip(phone.ip, offered.sip, tally)
        if offered.snmp is not None:
            self._offer_snmp(phone.ip, offered.snmp, tally)
        for surface in offered.web:
            self._offer_web(phone.ip, surface, tally)
        if offered.mdns:
            self._datagrams(phone.ip, 5353, tally, _mdns(phone.ip, offered.mdns, tally, self._delay))
        for port in offered.traps:
            self._streams(phone.ip, port, tally, None, lambda data, _: StreamResult(len(data), silence=True))

    def _offer_sip(self, ip: str, surface: SipSurface, tally: HostTally) -> None:
        if surface.udp:
            other = self._bind(ip, surface.other_port, socket.SOCK_DGRAM) if surface.other_port else None
            self._datagrams(ip, surface.port, tally, _sip_datagrams(ip, surface, tally, self._delay, other))
        if surface.tcp:
            self._streams(ip, surface.port, tally, None, _sip_streams(ip, surface, tally, "tcp"))
        if surface.tls:
            context = _contexts(_SIP_CERTIFICATE, False)
            self._streams(ip, surface.tls_port, tally, context, _sip_streams(ip, surface, tally, "tls"))

    def _offer_snmp(self, ip: str, surface: SnmpSurface, tally: HostTally) -> None:
        @cache
        def agent() -> SimulatedAgent:
            table = SnmpTable(surface.rows)
            tables = dict.fromkeys(surface.communities, table)
            return SimulatedAgent(tables, versions=surface.versions, get_only=surface.get_only)

        self._datagrams(ip, surface.port, tally, _snmp(agent, tally, self._delay, self._random, self._nerves.get(ip)))

    def _offer_switch(self, switch: SimulatedSwitch) -> None:
        @cache
        def agent() -> SimulatedAgent:
            tables = {community: SnmpTable(rows) for community, rows in switch.tables.items()}
            return SimulatedAgent(
                tables, versions=switch.versions, max_message=switch.max_message, faults=switch.faults
            )

        tally = self.tallies.setdefault(switch.ip, HostTally())
        self._datagrams(switch.ip, switch.port, tally, _snmp(agent, tally, self._delay, self._random))

    def _offer_hostile(self, host: HostileHost) -> None:
        tally = self.tallies.setdefault(host.ip, HostTally())
        for service in host.kind.services(host.place):
            match service:
                case DatagramService():
                    sock = self._bind(host.ip, service.port, socket.SOCK_DGRAM)
                    serve_script_datagrams(self._loop, sock, service.port, tally, service.respond)
                case StreamService():
                    if service.context is not None:
                        service.context()  # now: a certificate with thousands of names takes its time
                    sock = self._bind(host.ip, service.port, socket.SOCK_STREAM)
                    sock.listen(128)
                    serve_script_streams(
                        self._loop, sock, service.port, tally, service.context, service.script, self._scripted
                    )

    def _offer_web(self, ip: str, surface: WebSurface, tally: HostTally) -> None:
        names = surface.certificate
        context = None if names is None else _contexts(names, surface.legacy_tls)
        if context and surface.legacy_tls:
            context()  # now, in the thread of the caller: it changes the warning filters of the process
        self._streams(ip, surface.port, tally, context, _web(surface, tally))

    def _datagrams(
        self, ip: str, port: int, tally: HostTally, handle: Callable[[bytes, tuple[str, int]], DatagramReply | None]
    ) -> None:
        sock = self._bind(ip, port, socket.SOCK_DGRAM)
        serve_datagrams(self._loop, sock, port, tally, self._lost, handle, self._nerves.get(ip))

    def _streams(
        self,
        ip: str,
        port: int,
        tally: HostTally,
        context: Callable[[], ssl.SSLContext] | None,
        handle: Callable[[bytes, tuple[str, int]], StreamResult],
    ) -> None:
        sock = self._bind(ip, port, socket.SOCK_STREAM)
        sock.listen(128)
        connections = self._connections.setdefault(ip, set())
        serve_streams(self._loop, sock, port, tally, connections, context, handle, self._nerves.get(ip))

    def _bind(self, ip: str, port: int, kind: socket.SocketKind) -> socket.socket:
        sock = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, kind | socket.SOCK_NONBLOCK)
        if kind is socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((ip, port))
        except OSError as error:
            sock.close()
            raise _unbound(ip, port, error) from error
        self._sockets.append(sock)
        return sock


def _descriptors(phone: SimulatedPhone) -> int:
    return 6 + len(phone.surfaces.web) + len(phone.surfaces.traps)


def _raise_descriptor_limit(needed: int) -> None:
    """Raise the limit of open files for `needed` sockets and some connections; if it cannot be raised, bind fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = needed + 2048
    if soft >= wanted:
        return
    for limits in ((wanted, max(wanted, hard)), (min(wanted, hard), hard)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
            return


def _unbound(ip: str, port: int, error: OSError) -> EngineError:
    match error.errno:
        case errno.EADDRNOTAVAIL:
            return EngineError(f"{ip} is not an address of this host; choose a subnet of 127.0.0.0/8")
        case errno.EACCES | errno.EPERM:
            return EngineError(f"{ip} port {port} may not be bound by this user; run as root")
        case _:
            return PortTaken(
                f"{ip} port {port} is taken by another program; stop it or choose another subnet of 127.0.0.0/8"
            )


def _contexts(names: CertificateNames, legacy: bool) -> Callable[[], ssl.SSLContext]:
    return cache(lambda: certificates.context(names, legacy=legacy))


def _sip_datagrams(
    ip: str, surface: SipSurface, tally: HostTally, delay: float, other: socket.socket | None
) -> Callable[[bytes, tuple[str, int]], DatagramReply | None]:
    def handle(data: bytes, peer: tuple[str, int]) -> DatagramReply | None:
        if len(data) <= 4:  # keep-alives (RFC 5626 3.5.1)
            return None
        result = sip_responses.respond(data, surface, ip, peer, "udp")
        tally.asked["sip", result.method] += 1
        if result.fault:
            tally.fault(result.fault)
        return DatagramReply(result.reply, result.port, delay, other) if result.reply else None

    return handle


def _sip_streams(
    ip: str, surface: SipSurface, tally: HostTally, transport: str
) -> Callable[[bytes, tuple[str, int]], StreamResult]:
    def handle(data: bytes, peer: tuple[str, int]) -> StreamResult:
        if stray := len(data) - len(data.lstrip(b"\r\n")):
            return StreamResult(stray)
        size = sip_responses.whole(data)
        if not size:
            return StreamResult(0)
        result = sip_responses.respond(data[:size], surface, ip, peer, transport)
        tally.asked["sip", result.method] += 1
        if result.fault:
            tally.fault(result.fault)
        return StreamResult(size, result.reply or b"")

    return handle


def _snmp(
    agent: Callable[[], SimulatedAgent],
    tally: HostTally,
    delay: float,
    chance: random.Random,
    nerves: Nerves | None = None,
) -> Callable[[bytes, tuple[str, int]], DatagramReply | None]:
    def handle(data: bytes, peer: tuple[str, int]) -> DatagramReply | None:
        try:
            request = read_request(data)
        except ValueError as error:
            tally.fault(f"not an SNMP request: {error}")
            return None
        tally.asked["snmp", request.name] += 1
        tally.communities[request.community] += 1
        if nerves is not None:
            nerves.community(request.community, request.name)
        speaker = agent()
        faults = speaker.faults
        if faults.drop and chance.random() < faults.drop:
            return None
        reply = speaker.respond(request)
        if reply is None:
            return None
        return DatagramReply(reply, peer[1], delay + _held_back(faults, speaker.answered))

    return handle


def _held_back(faults: AgentFaults, count: int) -> float:
    late = faults.late if faults.late_every and count % faults.late_every == 0 else 0.0
    return faults.delay + late


def _web(surface: WebSurface, tally: HostTally) -> Callable[[bytes, tuple[str, int]], StreamResult]:
    def handle(data: bytes, peer: tuple[str, int]) -> StreamResult:
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return StreamResult(len(data), keep=False) if len(data) > web_responses.HEAD_LIMIT else StreamResult(0)
        result = web_responses.respond(data[: end + 4], surface)
        tally.asked["http", result.method] += 1
        tally.paths[result.target] += 1
        if result.fault:
            tally.fault(result.fault)
        return StreamResult(
            end + 4, result.reply, result.keep or surface.never_closes, surface.trickle, surface.never_closes
        )

    return handle


def _mdns(
    ip: str, services: tuple[MdnsSurface, ...], tally: HostTally, delay: float
) -> Callable[[bytes, tuple[str, int]], DatagramReply | None]:
    def handle(data: bytes, peer: tuple[str, int]) -> DatagramReply | None:
        tally.asked["mdns", "query"] += 1
        reply = mdns_responses.respond(data, ip, services)
        return DatagramReply(reply, peer[1], delay) if reply else None

    return handle


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Poll `condition` until it is true, for at most `seconds`; returns whether it became true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
