"""A hundred thousand devices: bounded memory, linear time, no device too many."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from typing import Any

import pytest

from scanner.core.model import Observation
from scanner.inventory import Coverage, Inventory, queries

pytestmark = pytest.mark.slow

NIGHTS = ("2026-11-01T02:00:00Z", "2026-11-02T02:00:00Z")
MODELS = ("VVX_411", "VVX_501", "VVX_601")


def campus(count: int, time: str) -> Iterator[Observation]:
    """Phones seen by ARP and SIP, and a router whose mac a thousand of them have in the table."""
    for n in range(count):
        ip = f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}"
        mac = f"64:16:7f:{n >> 16:02x}:{n >> 8 & 255:02x}:{n & 255:02x}" if n % 100 else "00:1b:54:00:00:01"
        banner = f"PolycomVVX-{MODELS[n % 3]}-UA/5.9.{n % 7}.9373"
        yield Observation(time=time, ip=ip, mac=mac, field="arp.mac", value=mac, source="arp eth0")
        yield Observation(time=time, ip=ip, field="sip.user-agent", value=banner, source=f"sip {ip}:5060")


def night(store: Any, count: int, time: str) -> Any:
    with Inventory.open(store.path, create=True) as inventory:
        scan = inventory.begin_scan(kind="scan", targets=(), discoveries=(), now=time)
        inventory.record(scan, campus(count, time))
        inventory.cover(scan, [Coverage("sip", "10.0.0.0/8")])
        return inventory.finish_scan(scan, outcome="done", knowledge=store.knowledge(), now=time)


def statements(store: Any, count: int) -> int:
    """The instructions that SQLite ran for one night, in thousands: a measure that does not depend on the machine."""
    with Inventory.open(store.path, create=True) as inventory:
        steps = 0

        def step() -> int:
            nonlocal steps
            steps += 1
            return 0

        scan = inventory.begin_scan(kind="scan", targets=(), discoveries=(), now=NIGHTS[0])
        inventory.record(scan, campus(count, NIGHTS[0]))
        inventory.connection.set_progress_handler(step, 1000)
        inventory.settle(scan, store.knowledge(), NIGHTS[0])
        return steps


def test_twice_the_devices_are_twice_the_work(store: Any, other: Any) -> None:
    small, large = statements(store, 1_000), statements(other, 4_000)
    assert large < small * 6, (small, large)


@pytest.mark.slow
def test_a_hundred_thousand_devices(store: Any) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    first = night(store, 100_000, NIGHTS[0])
    assert (first.devices, first.events) == (100_000, {})
    again = night(store, 100_000, NIGHTS[1])
    assert (again.devices, again.events) == (100_000, {})
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 150, f"{grown:.0f} MB"
    assert store.sql("SELECT count(*) FROM observations") == [(200_000,)]
    assert store.sql("SELECT count(*) FROM devices WHERE mac = '00:1b:54:00:00:01'") == [(0,)]
    with Inventory.open(store.path, readonly=True) as inventory:
        assert sum(1 for _ in queries.inventory_rows(inventory)) == 100_000


def test_a_host_that_responds_with_something_new_each_time_does_not_fill_the_database(store: Any) -> None:
    def flood(night: int, count: int) -> list[dict[str, Any]]:
        return [
            {
                "ip": "10.1.0.5",
                "mac": "64:16:7f:00:00:01",
                "field": "http.body",
                "value": f"{night} {n}",
                "source": "http x",
            }
            for n in range(count)
        ]

    phone = {
        "ip": "10.1.0.5",
        "field": "sip.user-agent",
        "value": "PolycomVVX-VVX_411-UA/5.9.0.9373",
        "source": "sip x",
    }
    for night in range(1, 5):
        store.feed([phone, *flood(night, 1_500)], store.day(night))
    assert store.sql("SELECT count(*) < 3000 FROM observations") == [(1,)]
    assert store.brief() == [("64:16:7f:00:00:01", "10.1.0.5", "VVX 411")]


def test_of_a_mac_with_thousands_of_values_the_newest_are_kept_and_the_others_counted(store: Any) -> None:
    flood = [
        {"mac": "64:16:7f:00:00:01", "field": "lldp.system-name", "value": f"{n}", "source": "listen eth0"}
        for n in range(12_000)
    ]
    store.feed([*flood, {"mac": "64:16:7f:00:00:02", "field": "lldp.system-name", "value": "Polycom VVX 411"}])
    assert ("64:16:7f:00:00:02", None, "VVX 411") in store.brief()
    assert store.sql("SELECT unresolved FROM scans") == [(2_000,)]
