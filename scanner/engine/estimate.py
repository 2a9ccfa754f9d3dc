"""What a scan would send, before it sends anything: packets, bytes, connections, time; in all and to one phone.

`least` is what absent addresses and a phone that answers SIP at once and has no pages get, `most` the bound for those
that stay silent or offer every page there is. Bytes are those on the wire of IPv4 over Ethernet, headers included.
"""

from __future__ import annotations

from msgspec import Struct

from scanner.core.targets import Targets
from scanner.discovery.declaration import Discovery, ObjectAsk, PageAsk, StreamAsk, UdpSweep
from scanner.engine.hosts.next_step import asks, ports, presence_ports
from scanner.engine.hosts.tcp_connect import PACKETS
from scanner.engine.liveness.plan import ECHO_FROM
from scanner.engine.protocols.snmp_get import QUESTIONS
from scanner.engine.rate.limits import Pace
from scanner.engine.sweep.loss import rounds
from scanner.engine.workers.api import TCP_PACKETS, TLS_PACKETS

#: Ethernet, IPv4 and UDP headers; a TCP packet of ours without data, options included; a request for a page; a GET; an
#: echo request.
UDP_HEADER, TCP_BYTES, PAGE_BYTES, OBJECTS_BYTES, ECHO_BYTES = 42, 66, 420, 200, 50
#: Pages of one web port at most, with redirects.
MOST_PAGES = 8


class Load(Struct, frozen=True, kw_only=True):
    """Packets, bytes and TCP connections that we send or open."""

    packets: int
    bytes: int
    connections: int


class Plan(Struct, frozen=True, kw_only=True):
    """What `scan --dry-run` says; `to_one_phone`, `in_all` and `seconds` each from least to most."""

    addresses: int
    excluded: int
    targets: tuple[str, ...]
    discoveries: tuple[str, ...]
    pace: str
    rate: int
    host_rate: int
    to_one_phone: tuple[Load, Load]
    in_all: tuple[Load, Load]
    seconds: tuple[float, float]
    notes: tuple[str, ...] = ()


def plan(
    targets: Targets,
    discoveries: tuple[Discovery, ...],
    pace: Pace,
    phones: int | None = None,
    notes: tuple[str, ...] = (),
) -> Plan:
    """The plan of a scan. `phones` is how many addresses answer in the larger estimate: one in ten by default."""
    count = targets.count()
    answering = min(count, phones if phones is not None else max(1, count // 10))
    phone = (_phone(discoveries, pace, most=False), _phone(discoveries, pace, most=True))
    absent = (_absent(discoveries, pace, most=False), _absent(discoveries, pace, most=True))
    least = _times(_echoed(discoveries, pace) if pace.echo and count >= ECHO_FROM else absent[0], count)
    most = _plus(_times(absent[1], count - answering), _times(phone[1], answering))
    return Plan(
        addresses=count,
        excluded=targets.excluded_count(),
        targets=targets.ranges(),
        discoveries=tuple(discovery.name for discovery in discoveries),
        pace=pace.name,
        rate=pace.rate,
        host_rate=pace.host_rate,
        to_one_phone=phone,
        in_all=(least, most),
        seconds=(_seconds(least.packets, 0, pace), _seconds(most.packets, phone[1].packets, pace)),
        notes=notes,
    )


def _seconds(packets: int, to_one_host: int, pace: Pace) -> float:
    """How long the packets take: all of them at the scan's rate, those to one host at that host's."""
    return round(max(packets / pace.rate, to_one_host / pace.host_rate) + pace.timeout, 1)


def _sweeps(discoveries: tuple[Discovery, ...], pace: Pace, most: bool | None) -> Load:
    """Datagrams to one address: one each (None), or the rounds that a silent address gets."""
    packets = octets = 0
    for discovery in discoveries:
        for step in discovery.steps:
            if isinstance(step, UdpSweep):
                times = 1 if most is None else rounds(step, pace)[1 if most else 0]
                for port in step.ports:
                    sample = step.request("192.0.2.1", port, 1 << 60, 0, "192.0.2.2:50000") or b""
                    packets += times
                    octets += times * (len(sample) + UDP_HEADER)
    return Load(packets=packets, bytes=octets, connections=0)


def _echoed(discoveries: tuple[Discovery, ...], pace: Pace) -> Load:
    """What an absent address of a large routed network gets at a pace that asks for an echo first."""
    first = next((one for one in discoveries if any(isinstance(step, UdpSweep) for step in one.steps)), None)
    swept = _sweeps((first,) if first else (), pace, None)
    one = min(1, swept.packets)  # the first question alone, whatever more its discovery has
    return Load(packets=1 + one, bytes=ECHO_BYTES + swept.bytes // max(1, swept.packets), connections=0)


def _absent(discoveries: tuple[Discovery, ...], pace: Pace, most: bool) -> Load:
    swept = _sweeps(discoveries, pace, most)
    wanted = ports(asks(discoveries))
    if (pace.echo and swept.packets) or not wanted:
        return swept
    tries = (2 if pace.adaptive else pace.retries + 1) if most else 1
    knocks = len(presence_ports(wanted)) * tries
    return _plus(swept, Load(packets=knocks, bytes=knocks * TCP_BYTES, connections=0))


def _phone(discoveries: tuple[Discovery, ...], pace: Pace, most: bool) -> Load:
    load = _sweeps(discoveries, pace, True if most else None)
    every = [ask for ask in asks(discoveries) if most or isinstance(ask.step, PageAsk)]
    knocks = len(ports(every))
    packets = knocks * (PACKETS if most else 1)
    load = _plus(load, Load(packets=packets, bytes=packets * TCP_BYTES, connections=knocks))
    for ask in every if most else ():
        match ask.step:
            case PageAsk(ports=wanted, tls=tls):
                for port in wanted:
                    load = _plus(load, _pages(MOST_PAGES, port in tls))
            case StreamAsk(tls=tls, ports=wanted):
                for _ in wanted:
                    load = _plus(load, _pages(1, tls))
            case ObjectAsk():
                load = _plus(load, Load(packets=QUESTIONS, bytes=QUESTIONS * OBJECTS_BYTES, connections=0))
    return load


def _pages(number: int, tls: bool) -> Load:
    packets = TLS_PACKETS if tls else TCP_PACKETS
    octets = packets * TCP_BYTES + PAGE_BYTES * (2 if tls else 1)
    return Load(packets=number * packets, bytes=number * octets, connections=number)


def _times(load: Load, number: int) -> Load:
    return Load(packets=load.packets * number, bytes=load.bytes * number, connections=load.connections * number)


def _plus(one: Load, other: Load) -> Load:
    return Load(
        packets=one.packets + other.packets,
        bytes=one.bytes + other.bytes,
        connections=one.connections + other.connections,
    )
