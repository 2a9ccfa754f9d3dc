"""Frames and packets inside of other frames: tunnels, labels and link types that `wire.ethernet` does not read.

scapy takes them apart, one layer at a time and no further than to the next frame or IP packet, which our codecs read:
so neither nesting nor a payload decides how much work a frame is. scapy is imported with the first such frame, without
the routes of the host, which take it seconds to read on a host with a thousand interfaces.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

from scanner.wire import ethernet
from scanner.wire.ethernet import Frame, IpPacket

#: Most layers of one encapsulation: PPPoE has two, a GTP packet with extensions five, a stack of labels more.
LAYERS = 16

#: A class of scapy: module and name.
_Layer = tuple[str, str]
_GRE, _MPLS = ("scapy.layers.l2", "GRE"), ("scapy.contrib.mpls", "MPLS")
_PPP, _PPPOE = ("scapy.layers.ppp", "PPP"), ("scapy.layers.ppp", "PPPoE")
_VXLAN = ("scapy.layers.vxlan", "VXLAN")

#: What begins after an Ethernet type (IEEE), an IP protocol number, a UDP port (both IANA), and in a link type.
ETHERTYPES: Mapping[int, _Layer] = {
    0x8847: _MPLS, 0x8848: _MPLS, 0x8864: _PPPOE, 0x88E7: ("scapy.layers.l2", "Dot1AH"),
    0x880B: _PPP, 0x6558: ("scapy.layers.l2", "Ether"),
}  # fmt: skip
PROTOCOLS: Mapping[int, _Layer] = {47: _GRE, 97: ("scapy.contrib.etherip", "EtherIP"), 137: _MPLS}
PORTS: Mapping[int, _Layer] = {
    4789: _VXLAN, 4790: _VXLAN, 8472: _VXLAN, 6081: ("scapy.contrib.geneve", "GENEVE"), 6635: _MPLS,
    2152: ("scapy.contrib.gtp", "GTP_U_Header"), 1701: ("scapy.layers.l2tp", "L2TP"),
    37008: ("scapy.contrib.tzsp", "TZSP"), 47: _GRE,
}  # fmt: skip
LINKS: Mapping[int, _Layer] = {
    9: _PPP, 50: ("scapy.layers.ppp", "HDLC"), 51: _PPPOE, 104: ("scapy.contrib.chdlc", "CHDLC"),
    117: ("scapy.layers.pflog", "PFLog"), 163: ("scapy.contrib.avs", "AVSWLANHeader"),
    204: ("scapy.layers.ppp", "DIR_PPP"), 219: _MPLS,
}  # fmt: skip
#: IP protocol numbers of an IP packet without a header in between (RFC 2003, RFC 4213) → its Ethernet type.
BARE: Mapping[int, int] = {4: ethernet.IPV4, 41: ethernet.IPV6}

#: Classes of scapy at which our codecs go on → the link type of what starts there. ERSPAN without a sequence number in
#: GRE is type I, which has no header; scapy takes some addresses for one.
_OURS: Mapping[str, int] = {
    "ERSPAN": ethernet.LINK_ETHERNET, "Ether": ethernet.LINK_ETHERNET, "Dot3": ethernet.LINK_ETHERNET,
    "IP": ethernet.LINK_RAW, "IPv6": ethernet.LINK_RAW, "Dot11": 105, "RadioTap": 127, "PrismHeader": 119,
}  # fmt: skip
#: Layers that scapy finds inside of others once they are imported.
_ALSO = ("scapy.layers.inet6", "scapy.contrib.mpls", "scapy.contrib.erspan", "scapy.layers.ppp")


class NoScapyError(Exception):
    """scapy cannot be imported; the text is the reason."""


def of_frame(frame: Frame) -> Iterator[Frame]:
    """The frames that a frame contains, by its Ethernet type or IP protocol; none for those without any.

    Raises NoScapyError, as the next two do.
    """
    if (layer := ETHERTYPES.get(frame.ethertype)) is not None:
        yield from _inside(layer, frame.payload)
    elif (carried := ethernet.carried(frame.ethertype, frame.payload)) is not None:
        protocol, payload = carried
        if protocol in BARE:
            yield Frame(None, None, (), BARE[protocol], payload)
        elif protocol in PROTOCOLS:
            yield from _inside(PROTOCOLS[protocol], payload)


def of_packet(packet: IpPacket) -> Iterator[Frame]:
    """The frames in a UDP datagram, by its destination port; none for other packets."""
    if packet.transport == "udp" and packet.destination_port in PORTS:
        yield from _inside(PORTS[packet.destination_port], packet.payload)


def of_link(link: int, data: bytes) -> Iterator[Frame]:
    """The frames in one of a link type of `LINKS`."""
    yield from _inside(LINKS[link], data)


def _inside(layer: _Layer, data: bytes) -> Iterator[Frame]:
    kind = _class(*layer)
    try:
        found = _peel(kind, data)
    except Exception:  # a fault of scapy in a malformed frame costs that frame alone
        return
    if found is not None:
        link, inner = found
        if (frame := ethernet.frame(inner, link)) is not None:
            yield frame


@lru_cache(maxsize=32)
def _class(module: str, name: str) -> Any:
    """A class of scapy. The first one imports scapy and the layers that others contain. Raises NoScapyError."""
    try:
        return _imported(module, name)
    except Exception as fault:  # its import reads the interfaces of the host, which may be forbidden
        raise NoScapyError(f"{type(fault).__name__}: {fault}") from fault


def _imported(module: str, name: str) -> Any:
    from scapy.config import conf
    from scapy.error import log_scapy

    log_scapy.setLevel(logging.CRITICAL)  # its warnings are about single frames, and would be printed
    loads = conf.route_autoload, conf.route6_autoload
    conf.route_autoload = conf.route6_autoload = False
    try:
        for also in _ALSO:
            import_module(also)
        return getattr(import_module(module), name)
    finally:
        conf.route_autoload, conf.route6_autoload = loads


def _peel(layer: Any, data: bytes) -> tuple[int, bytes] | None:
    """Link type and octets of what is inside, after at most LAYERS layers."""
    below: Any = None
    for _ in range(LAYERS):
        if layer.__name__ in _OURS:
            return _OURS[layer.__name__], data
        if hasattr(layer, "dispatch_hook"):
            layer = layer.dispatch_hook(data)
        header = layer()
        header.add_underlayer(below)
        header.original = data
        rest = header.post_dissect(header.do_dissect(header.pre_dissect(data)))
        inner, _ = header.extract_padding(rest)
        if not inner:
            return None
        layer, data, below = header.guess_payload_class(inner), bytes(inner), header
    return None
