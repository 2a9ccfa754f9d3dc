"""One ICMPv6 echo request to all nodes of a link, ff02::1 (RFC 4291 2.7.1): many hosts respond (RFC 4443 4.2).

A response is sent to the source of the request, and most systems select an address of the same prefix for it (RFC 6724
5). The source is therefore one of ours in the prefix of the targets.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable

from scanner.core.spans import Span, address_text
from scanner.engine.liveness.icmp import EchoSocket, request
from scanner.engine.os.rtnetlink import Region
from scanner.engine.sweep.cookie import Cookies

GROUP = "ff02::1"


class AllNodesEcho(EchoSocket):
    """The raw socket of one link; it sends one request, and no other. Raises EngineError without the privilege."""

    _group = GROUP

    def __init__(self, cookies: Cookies, link: int, source: str) -> None:
        super().__init__(cookies, 6, raw=True)
        self._sent = False
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, link)
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 1)
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
            if source:
                self._socket.bind((source, 0))
        self._link = link

    def send_once(self) -> int:
        """Send the request if it was not sent. Returns how many packets were sent."""
        if self._sent:
            return 0
        self._sent = True
        data = request(self._identifier, self._cookies(GROUP, 0), 6)
        with contextlib.suppress(OSError):
            return int(self._socket.sendto(data, (GROUP, 0, 0, self._link)) > 0)
        return 0


def source(regions: Iterable[Region], addresses: Iterable[tuple[int, Span, int]]) -> str:
    """Our address on the link of some regions, in the prefix of one of them; empty where there is none."""
    for region in regions:
        for link, span, length in addresses:
            shift = 128 - length
            if link == region.link and span.version == 6 and span.first >> shift == region.span.first >> shift:
                return address_text(6, span.first)
    return ""
