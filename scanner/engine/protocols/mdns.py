"""Executes a browse over multicast DNS on our links by zeroconf, and resolves the services that it finds."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from scanner.core.budget import SenderBudgets
from scanner.core.errors import EngineError
from scanner.discovery.declaration import ServiceBrowse
from scanner.discovery.mdns import MOST_SERVICES, PORT, Service, findings, txt_pairs
from scanner.engine.workers.api import HostFindings, LinkContext

if TYPE_CHECKING:
    from zeroconf import ServiceInfo, Zeroconf

_log = logging.getLogger(__name__)
#: Instances resolved in one browse: a link with more is under attack or a trade fair.
INSTANCES = 2_000
#: Octets of memory that a record takes in the library's cache; those of all records of one browse, and of one sender.
RECORD, RECORDS, RECORDS_OF_ONE_HOST = 800, 24 << 20, 1 << 20
#: Seconds in which they are queried for records that were not announced; after that, the cache alone is used.
RESOLVING = 15.0


def collect(step: ServiceBrowse, link: LinkContext) -> list[HostFindings]:
    """The services that responders on our links announce. Raises EngineError where multicast cannot be used."""
    return browse(step, link.addresses, *link.seconds, link.wait)


def browse(
    step: ServiceBrowse,
    interfaces: Sequence[str],
    seconds: float,
    without_response: float,
    wait: Callable[[float], object] | None = None,
) -> list[HostFindings]:
    """What responders on our links announce within `seconds`, or `without_response` where none does; one entry for each
    address.

    `interfaces` are our own addresses on the links to browse; `wait(seconds)` sleeps and may return early when the scan
    stops. Raises EngineError where multicast is not available.
    """
    from zeroconf import Error as ZeroconfError
    from zeroconf import ServiceBrowser, ServiceStateChange, Zeroconf

    found: dict[tuple[str, str], None] = {}
    lock = threading.Lock()

    def changed(zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        with lock:
            if len(found) < INSTANCES and state_change is not ServiceStateChange.Removed:
                found[service_type, name] = None

    try:
        zeroconf = Zeroconf(interfaces=list(interfaces))
    except (OSError, ZeroconfError) as fault:
        raise EngineError(f"mDNS cannot be browsed on {', '.join(interfaces)}: {fault}") from None
    budget = SenderBudgets(RECORDS, RECORDS_OF_ONE_HOST)
    for reader in zeroconf.engine.readers:
        metered: asyncio.DatagramTransport = reader.transport
        metered.set_protocol(_Metered(metered.get_protocol(), budget))
    try:
        browser = ServiceBrowser(zeroconf, [f"{name}." for name in step.services], handlers=[changed], delay=1000)
        pause = wait or threading.Event().wait
        pause(without_response)
        if found:
            pause(seconds - without_response)
        browser.cancel()
        with lock:
            instances = list(found)
        end = time.monotonic() + RESOLVING
        return _hosts_of(service for kind, name in instances for service in _resolved(zeroconf, kind, name, end))
    finally:
        zeroconf.close()


class _Metered(asyncio.DatagramProtocol):
    """Passes datagrams on to the library within a budget: its cache keeps whatever record it receives."""

    def __init__(self, inner: Any, budget: SenderBudgets) -> None:
        self._inner, self._budget = inner, budget

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Pass a datagram on unless its sender, or all of them, have spent the budget."""
        records = int.from_bytes(data[6:8]) + int.from_bytes(data[8:10]) + int.from_bytes(data[10:12])
        if self._budget.take(addr[0], len(data) + min(records, len(data) // 11) * RECORD):
            self._inner.datagram_received(data, addr)

    def error_received(self, exc: Exception) -> None:
        """Pass an error on."""
        self._inner.error_received(exc)

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass the end on."""
        self._inner.connection_lost(exc)


def _resolved(zeroconf: Zeroconf, kind: str, name: str, end: float) -> list[Service]:
    """The service from the cache: the browse has mostly queried SRV, TXT and addresses already. Until `end` they are
    queried again.
    """
    from zeroconf import ServiceInfo

    try:
        info: ServiceInfo = ServiceInfo(kind, name)
        if not info.load_from_cache(zeroconf) and time.monotonic() < end:
            info.request(zeroconf, 500)
        instance = name.removesuffix(f".{kind}")
        host = (info.server or "").rstrip(".")
        txt = txt_pairs(info.text or b"")
        return [Service(kind.rstrip("."), instance, host, tuple(info.parsed_addresses()), txt)]
    except Exception as fault:  # a name that the library refuses costs this service, not the others
        _log.debug("mDNS instance %r was not resolved: %r", name, fault)
        return []


def _hosts_of(services: Iterable[Service]) -> list[HostFindings]:
    """One entry for each host: its other addresses would look like other devices."""
    by_address: dict[str, list[Service]] = {}
    for service in services:
        if not service.addresses:
            continue
        known = by_address.setdefault(min(service.addresses, key=_rank), [])
        if len(known) < MOST_SERVICES:
            known.append(service)
    return [HostFindings(PORT, findings(known), address=address) for address, known in by_address.items()]


def _rank(address: str) -> tuple[int, str]:
    """IPv4 first, as scans go; an IPv6 address that holds beyond the link before one that does not."""
    if ":" not in address:
        return 0, address
    return (2 if address.lower().startswith("fe8") else 1), address
