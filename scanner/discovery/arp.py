"""ARP: which mac has an address on our own links. The engine sweeps raw where it may, and reads the kernel's
neighbour table where it may not. Hosts behind a router have no entry in either; switches report them."""

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
