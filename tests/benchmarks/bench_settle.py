"""Devices settled a second: `python -m tests.benchmarks.bench_settle [DEVICES [NIGHTS]]`.

Reads each night as `phonescan read` does: a SIP response, a row of ARP and a row of LLDP for each device, a tenth of
them with something new, into a file in a temporary folder. To compare two commits, run each in its own checkout, in
turn, in the same hour; the seconds of the processor are those to compare. No figure here is asserted by a test.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from scanner.app.session import COLLECTED
from scanner.compliance.catalog import builtin
from scanner.compliance.policy import Policy
from scanner.core.model import Observation
from scanner.identity.load import load
from scanner.inventory import Inventory, Knowledge

BANNERS = (
    ("PolycomVVX-VVX_411-UA/{}", "Polycom VVX 411", "64:16:7f", ("5.9.0.9373", "5.8.0.12848")),
    ("Yealink SIP-T58A {}", "SIP-T58", "80:5e:c0", ("58.15.0.20", "58.83.0.15")),
    ("PolyCCX-CCX_400-UA/{}", "CCX 400", "48:25:67", ("6.2.11.1475", "6.2.11.1470")),
)


def night(number: int, devices: int) -> Iterator[Observation]:
    """The observations of a night; in every night another tenth of the devices has the other firmware."""
    day = f"2026-11-{number:02d}"
    for n in range(devices):
        banner, name, prefix, versions = BANNERS[n % len(BANNERS)]
        mac = f"{prefix}:{n >> 16 & 255:02x}:{n >> 8 & 255:02x}:{n & 255:02x}"
        ip = f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"
        text = banner.format(versions[n % 10 == number % 10])
        table = f"switches 10.255.{n // 48 >> 8}.{n // 48 & 255} lldp 0.{n % 48}.1"
        yield Observation(time=f"{day}T02:00:00Z", ip=ip, field="sip.user-agent", value=text, source=f"sip {ip}:5060")
        yield Observation(time=f"{day}T02:01:00Z", ip=ip, mac=mac, field="arp.mac", value=mac, source="arp eth0")
        yield Observation(time=f"{day}T03:00:00Z", mac=mac, field="lldp.system-name", value=name, source=table)
        yield Observation(time=f"{day}T03:00:00Z", mac=mac, field="switch.port", value=f"Gi1/0/{n % 48}", source=table)


def main(devices: int, nights: int) -> None:
    """Prints the seconds of each night, in all and of the processor."""
    gc.set_threshold(*COLLECTED)  # as the command does
    knowledge = Knowledge(load(), builtin(), Policy(), date(2026, 11, 23))
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1, nights + 1):
            wall, processor = time.monotonic(), time.process_time()
            now = f"2026-11-{number:02d}T04:00:00Z"
            with Inventory.open(Path(folder, "settle.sqlite"), create=True) as inventory:
                scan = inventory.begin_scan(kind="read", targets=(), discoveries=(), now=now)
                inventory.record(scan, night(number, devices))
                recorded = time.process_time()
                summary = inventory.finish_scan(scan, outcome="done", knowledge=knowledge, now=now)
            done = time.process_time()
            print(
                f"night {number}: {summary.devices:,} devices, recorded in {recorded - processor:.1f} s and settled in"
                f" {done - recorded:.1f} s of the processor, {time.monotonic() - wall:.1f} s in all"
            )


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    main(*words, *(100_000, 2)[len(words) :])
