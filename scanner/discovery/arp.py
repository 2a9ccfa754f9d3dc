"""ARP: the macs of addresses on directly connected links.

With CAP_NET_RAW the engine sends ARP requests, else it reads the neighbour table of the kernel. Hosts behind a router
have no entry in either; switches report them.
"""

from __future__ import annotations

from scanner.discovery.declaration import Discovery, LinkSweep, Need, Reduced
from scanner.discovery.options import Options


def declare(options: Options) -> Discovery:
    """ARP over directly connected subnets."""
    return Discovery(
        name="arp",
        summary="learns macs on our own links, by ARP where privileged, from the neighbour table otherwise",
        steps=(LinkSweep(),),
        reduced=(
            Reduced(
                Need.RAW_SOCKET,
                "by the kernel's neighbour table alone",
                "with CAP_NET_RAW whole subnets are swept",
            ),
        ),
    )
