"""The packets, octets and TCP connections that a step costs: what the estimate adds up and the documentation lists."""

from __future__ import annotations

from typing import NamedTuple

#: Octets of Ethernet, IPv4 and UDP headers, and of an ARP request.
UDP_HEADER, ARP_FRAME = 42, 42
#: Octets of a TCP packet of ours without data, options included.
TCP_PACKET = 66
#: Packets that we send in one short TCP connection (SYN, ACK, request, ACKs, FIN, ACK), and in one with TLS.
TCP_PACKETS, TLS_PACKETS = 8, 12


class Cost(NamedTuple):
    """What is sent to one host, or to one link: packets, octets on the wire (IPv4 over Ethernet), TCP connections."""

    packets: int = 0
    octets: int = 0
    connections: int = 0

    def plus(self, other: Cost) -> Cost:
        """The sum of two costs."""
        return Cost(*(one + more for one, more in zip(self, other, strict=True)))

    def times(self, number: int) -> Cost:
        """The cost of `number` repetitions."""
        return Cost(*(one * number for one in self))


def datagram(octets: int) -> Cost:
    """The cost of one UDP datagram with `octets` of payload."""
    return Cost(1, octets + UDP_HEADER)


def connection(octets: int, tls: bool) -> Cost:
    """The cost of one TCP connection with one request of `octets`; TLS costs a handshake of about as many more."""
    packets = TLS_PACKETS if tls else TCP_PACKETS
    return Cost(packets, packets * TCP_PACKET + octets * (2 if tls else 1), 1)
