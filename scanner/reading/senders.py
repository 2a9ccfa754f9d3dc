"""Which mac an address of a capture has: a capture is a closed world, in which a mac sends for its own address alone.

The source mac of a frame is that of its address, unless it forwards packets of others. A mac forwards where it sends
for several addresses, where its packets had a longer time to live before, or where it announces itself as a router.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from scanner.core.text import identifying_mac
from scanner.reading.sip_sender import of_one_host

#: Most macs of which the addresses are kept, and most addresses of one.
MACS, ADDRESSES = 200_000, 4
#: Time to live with which a host starts a packet (64, 128 and 255), with what remains of it behind 30 routers.
_STARTS, _ROUTERS = (64, 128, 255), 30
#: Other values with which some hosts start, of those below.
_ALSO = frozenset({60, 100, 225, 250})
#: Capabilities of LLDP and CDP of a device that forwards packets, unless it is a telephone too.
_ROUTING, _TELEPHONE = frozenset({"router", "wlan-access-point"}), frozenset({"telephone", "phone"})


@dataclass(slots=True)
class Senders:
    """Macs with the addresses that they send for, addresses with the macs that ARP and DHCP give, and routers."""

    _addresses: dict[str, set[str]] = field(default_factory=dict)
    _resolved: dict[str, set[str]] = field(default_factory=dict)
    _routers: set[str] = field(default_factory=set)

    def sends(self, mac: str, address: str) -> bool:
        """Note that a mac sends for an address; False when more addresses of it make no difference."""
        known = self._addresses.get(mac)
        if known is None:
            if len(self._addresses) >= MACS:
                return False
            known = self._addresses[mac] = set()
        if len(known) < ADDRESSES and not _transient(address):
            known.add(address)
        return len(known) < ADDRESSES

    def resolved(self, address: str, mac: str) -> None:
        """Note that ARP or DHCP gives an address this mac."""
        known = self._resolved.get(address)
        if known is None and len(self._resolved) < MACS:
            known = self._resolved[address] = set()
        if known is not None and len(known) < ADDRESSES:
            known.add(mac)

    def announces(self, mac: str | None, capabilities: str) -> None:
        """Note the capabilities that a mac announces, words joined by commas."""
        words = set(capabilities.split(","))
        if mac and words & _ROUTING and not words & _TELEPHONE and len(self._routers) < MACS:
            self._routers.add(mac)

    def mac_of(self, address: str, mac: str, same_maker: bool | None) -> str | None:
        """The mac, if it is that of the address whose packets it sends; None otherwise.

        `same_maker` is whether its prefix is of the maker that the packets name.
        """
        if mac in self._routers or not identifying_mac(mac):
            return None
        if known := self._resolved.get(address):
            return mac if mac in known else None
        if same_maker is not None:
            return mac if same_maker else None
        family = ":" in address
        own = {one for one in self._addresses.get(mac, ()) if (":" in one) == family}
        return mac if own <= {address} and mac in self._addresses else None


def routed(hops: int) -> bool:
    """Whether a packet with this time to live was forwarded by a router."""
    return hops not in _ALSO and any(start - _ROUTERS <= hops < start for start in _STARTS)


def _transient(address: str) -> bool:
    """Whether a host uses an address beside its own: 0.0.0.0 before DHCP, link-local ones."""
    return address.lower().startswith(("169.254.", "fe8", "fe9", "fea", "feb")) or not of_one_host(address)
