"""Frames of phones for tests, built with scapy, and what the reader of captures makes of them."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether

from scanner.api import read
from scanner.core.model import Observation
from scanner.reading import Problem
from tests.reading.captures import ETHERNET, pcap
from tests.reading.inventories import NOW

PHONE, OTHER, SERVER = "64:16:7f:12:34:56", "64:16:7f:65:43:21", "02:00:00:00:00:05"
AGENT = "PolycomVVX-VVX_411-UA/5.9.0.9373"
HEADERS = {
    "Via": "SIP/2.0/UDP 10.1.2.3:5060;branch=z9hG4bK1;rport",
    "Max-Forwards": "70",
    "From": "<sip:7@pbx.example.org>;tag=1",
    "To": "<sip:7@pbx.example.org>",
    "Call-ID": "1@10.1.2.3",
    "CSeq": "1 REGISTER",
    "Contact": "<sip:7@10.1.2.3:5060>",
    "User-Agent": AGENT,
    "Content-Length": "0",
}


def register(start: str = "REGISTER sip:pbx.example.org SIP/2.0", body: str = "", **headers: str | None) -> bytes:
    """A SIP message; headers by their names with underscores, None leaves one out, line ends make several of one."""
    chosen: dict[str, str | None] = HEADERS | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {each}" for name, value in chosen.items() if value is not None for each in value.split("\n")]
    return "\r\n".join([start, *lines, "", body]).encode()


def ip(source: str = "10.1.2.3", destination: str = "10.0.0.5", **fields: Any) -> Any:
    return IP(src=source, dst=destination, **fields)


def datagram(
    payload: bytes, source: str = "10.1.2.3", sport: int = 5060, dport: int = 5060, mac: str = PHONE, ttl: int = 64
) -> bytes:
    """An Ethernet frame with a UDP datagram."""
    frame = Ether(src=mac, dst=SERVER) / ip(source, ttl=ttl) / UDP(sport=sport, dport=dport) / payload
    return bytes(frame)


def segment(
    payload: bytes, sequence: int, source: str = "10.1.2.3", sport: int = 40_000, dport: int = 5060, flags: str = "PA"
) -> bytes:
    """An Ethernet frame with a TCP segment."""
    tcp = TCP(sport=sport, dport=dport, seq=sequence % 2**32, flags=flags)
    return bytes(Ether(src=PHONE, dst=SERVER) / ip(source) / tcp / payload)


def found(frames: Iterable[bytes], link: int = ETHERNET) -> list[Observation]:
    """The observations of a capture of these frames, which has no problem."""
    items = list(read(io.BytesIO(pcap(frames, link)), now=NOW))
    assert [item for item in items if isinstance(item, Problem)] == []
    return [item for item in items if isinstance(item, Observation)]


def agents(frames: Iterable[bytes], link: int = ETHERNET) -> list[tuple[str | None, str | None, str]]:
    """(address, mac, User-Agent) of the SIP requests in a capture."""
    return [(one.ip, one.mac, one.value) for one in found(frames, link) if one.field == "sip.user-agent"]
