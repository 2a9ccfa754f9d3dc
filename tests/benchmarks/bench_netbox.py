"""Seconds and requests of the export to a NetBox without the devices, then with all of them; 1 for a missed goal.

`python -m tests.benchmarks.bench_netbox`: the stand-in of the tests in the same process, so NetBox's own time is not
included; that of a NetBox on the same host is about 0.2 s for each device that is created.
"""

from __future__ import annotations

import sys
import time

from scanner.netbox.client import Client
from scanner.netbox.export import Export
from scanner.reports.netbox.device import wanted
from tests.reports.netbox_standin import TOKEN, StandIn
from tests.reports.sample import device

#: Devices → the goal, in seconds.
GOALS = {96: 5.0, 10_000: 120.0}


def export(standin: StandIn, count: int) -> tuple[float, int]:
    """Seconds and requests of one export."""
    rows = [
        device(n, ip=f"10.{n // 62500}.{n // 250 % 250}.{n % 250 + 1}")
        | {"id": n + 1, "line": "ucs", "state": "present"}
        for n in range(count)
    ]
    begin = time.monotonic()
    client = Client(standin.url, TOKEN)
    for _ in Export(client, list(wanted(rows))).run():
        pass
    return time.monotonic() - begin, client.requests


def main() -> int:
    """Print the figures; 1 when a goal is missed."""
    missed = 0
    for count, goal in GOALS.items():
        standin = StandIn("4.6")
        for name in ("berlin", "hq", "oslo"):
            standin.add("dcim/sites", name=name, slug=name)
        for what in ("created", "left as they are"):
            seconds, requests = export(standin, count)
            missed |= seconds > goal
            print(f"{count} devices {what}: {seconds:.2f} s, {requests} requests (goal {goal:g} s)", flush=True)
        standin.close()
    return missed


if __name__ == "__main__":
    sys.exit(main())
