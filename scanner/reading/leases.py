"""One lease of a DHCP server as observations: its binding, and what the client sent, as the discovery of DHCP has it.

A lease is an interval. Its observations have the time of its begin or last renewal, by the server's own clock: that is
when the client was there. A server that records the end alone gives no such time; `until` is the latest possible one.
Leases that are released, expired, declined or abandoned have no observations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from scanner.core.fields import RESOLVED_MAC
from scanner.core.model import Observation
from scanner.core.numbers import whole
from scanner.core.text import identifying_mac, utc_of
from scanner.core.text import mac as normal_mac
from scanner.discovery.dhcp import announcement
from scanner.discovery.lldp import usable_address
from scanner.reading.items import Context
from scanner.wire.dhcp import HOST_NAME, USER_CLASS, VENDOR_CLASS, DhcpMessage

#: The last second of the year 9999, as a Unix time.
_LAST = 253_402_300_799
#: Host names with which servers mark an address that another host uses.
_NOT_OF_A_CLIENT = ("BAD_ADDRESS",)


class Lease(NamedTuple):
    """An address and the client that has it: its mac where the server records it, the time of the last renewal.

    Host name, vendor class (option 60) and user class (option 77) are the octets that the client sent.
    """

    ip: str
    mac: str | None
    time: str
    host: bytes = b""
    vendor: bytes = b""
    user: bytes = b""


def observations(lease: Lease, context: Context) -> Iterator[Observation]:
    """What a lease shows: the binding of address and mac, and the texts that the client sent."""
    ip = usable_address(lease.ip)
    mac = lease.mac if lease.mac and identifying_mac(lease.mac) else None
    if ip is None and mac is None:
        return
    source = f"leases {context.name}"
    if ip and mac:
        yield Observation(time=lease.time, ip=ip, mac=mac, field=RESOLVED_MAC, value=mac, source=source)
    options = {HOST_NAME: lease.host, VENDOR_CLASS: lease.vendor, USER_CLASS: lease.user}
    for field, value in _sent(mac, options):
        yield Observation(time=lease.time, ip=ip, mac=mac, field=field, value=value, source=source)


def _sent(mac: str | None, options: Mapping[int, bytes]) -> tuple[tuple[str, str], ...]:
    sent = {code: octets for code, octets in options.items() if octets}
    if not sent:
        return ()
    found = announcement(DhcpMessage(1, mac, None, sent))
    return found.findings if found else ()


def client_mac(hardware: str, client_id: str = "") -> str | None:
    """The mac of a client: its hardware address, else a client identifier of type 1 (RFC 2132 9.14), else None."""
    if found := normal_mac(hardware):
        return found
    digits = client_id.replace(":", "").replace("-", "")
    return normal_mac(digits[2:]) if digits.startswith("01") and len(digits) == 14 else None


def duid_mac(duid: str) -> str | None:
    """The mac in a DUID of a client of DHCPv6 on Ethernet (RFC 8415 11.2 and 11.4), else None."""
    digits = duid.replace(":", "").replace("-", "").lower()
    is_of_link = (len(digits), digits[:8]) in ((28, "00010001"), (20, "00030001"))
    return normal_mac(digits[-12:]) if is_of_link else None


def is_name(host: str) -> bool:
    """Whether a host name is that of a client, and not a mark of the server."""
    return bool(host) and host.upper() not in _NOT_OF_A_CLIENT


def of_seconds(text: str) -> str | None:
    """The time of a Unix time in digits; None for what is not a time."""
    seconds = whole(text, _LAST)
    return None if seconds is None else utc_of(seconds)


def of_parts(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> str | None:
    """A time of numbers, as UTC; None for a day that does not exist. A year of two digits is of this century."""
    try:
        found = datetime(year + 2000 if year < 100 else year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return utc_of(int(found.timestamp()))


def until(end: str | None, context: Context) -> str:
    """The latest time at which a lease was certainly in use that ends at `end`: then, or when its list was written."""
    return min(end, context.time) if end else context.time
