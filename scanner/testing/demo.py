"""The demonstration LAN of `phonescan demo` and `phonescan demo farm`."""

from __future__ import annotations

import io
import ipaddress
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scanner.core import saving
from scanner.testing.demo_lan import DEMO_SUBNET, catalogue
from scanner.testing.farm import Farm, PortTaken
from scanner.testing.ports import bindable, unprivileged
from scanner.testing.process import FarmProcess
from scanner.testing.truth import write_truth

#: Number of subnets for demonstrations on one machine: 127.20.0.0/24, 127.21.0.0/24, …
SUBNETS = 32


def demo_farm(subnet: str = DEMO_SUBNET) -> Farm:
    """The demonstration LAN, not yet started. Raises UsageError for a subnet outside 127.0.0.0/8."""
    return Farm(catalogue(subnet))


@contextmanager
def demonstration() -> Iterator[tuple[str, FarmProcess]]:
    """The demonstration LAN on the first free subnet, running in a separate process: the subnet and the farm.

    It uses no port below 1024, so that every user gets the same devices: the SNMP agents are on 1161.
    Raises EngineError when no subnet is free.
    """
    base = ipaddress.IPv4Network(DEMO_SUBNET)
    subnets = [f"{base.network_address + (step << 16)}/{base.prefixlen}" for step in range(SUBNETS)]
    free = [subnet for subnet in subnets if bindable(catalogue(subnet)[0].ip, 5060)]
    *others, last = free or subnets[:1]
    for subnet in (*others, last):
        farm = FarmProcess(unprivileged(catalogue(subnet)))
        try:
            farm.start()
        except PortTaken:  # another demonstration that started at the same time
            if subnet == last:
                raise
            continue
        with farm:
            yield subnet, farm
        return


def run_farm(
    subnet: str = DEMO_SUBNET,
    truth_path: Path | str | None = None,
    stop: threading.Event | None = None,
    ready: Callable[[Farm], None] | None = None,
) -> Farm:
    """Run the demonstration LAN until `stop` is set or the user interrupts; returns the stopped farm.

    The truth is written to `truth_path` before the first device responds; `ready(farm)` is called when all do.
    Raises UsageError, EngineError (a port is taken) and PhonescanError (the truth cannot be written).
    """
    farm = demo_farm(subnet)
    if truth_path is not None:
        rows = io.StringIO(newline="")
        write_truth(farm.phones, rows)
        saving.write(Path(truth_path), rows.getvalue().encode())
    with farm:
        if ready is not None:
            ready(farm)
        waiting = stop or threading.Event()
        try:
            while not waiting.wait(3600):
                pass
        except KeyboardInterrupt:
            pass
    return farm
