"""What `phonescan demo` and `phonescan demo farm` run: the demonstration LAN, ready to be scanned."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from scanner.core.errors import PhonescanError
from scanner.testing.demo_lan import DEMO_SUBNET, catalogue
from scanner.testing.farm import Farm
from scanner.testing.truth import write_truth


def demo_farm(subnet: str = DEMO_SUBNET) -> Farm:
    """The demonstration LAN, not yet started. `farm.phones` are the devices that can be offered here.

    Without the right to bind ports below 1024 web pages move to 8080 and 8443, and a device of which SNMP alone
    tells something is left out, from the truth as well. Raises UsageError for a subnet outside 127.0.0.0/8.
    """
    phones = catalogue(subnet)
    if phones and not _may_bind(phones[0].ip, 161):
        phones = [phone for phone in phones if not phone.surfaces.needs_snmp]
    return Farm(phones)


def free_subnet() -> str:
    """`DEMO_SUBNET`, or where another demonstration runs there already, the next like it that is free."""
    base = ipaddress.IPv4Network(DEMO_SUBNET)
    for step in range(8):
        subnet = str(ipaddress.IPv4Network((int(base.network_address) + (step << 16), base.prefixlen)))
        if _bindable(catalogue(subnet)[0].ip, 5060) is not False:
            return subnet
    return DEMO_SUBNET


def run_farm(
    subnet: str = DEMO_SUBNET,
    truth_path: Path | str | None = None,
    stop: threading.Event | None = None,
    ready: Callable[[Farm], None] | None = None,
) -> Farm:
    """Run the demonstration LAN until `stop` is set or the user interrupts; the stopped farm, for its tallies.

    The truth is written to `truth_path` before the first device answers; `ready(farm)` is called when all do.
    Raises UsageError, EngineError (a port is taken) and PhonescanError (the truth cannot be written).
    """
    farm = demo_farm(subnet)
    if truth_path is not None:
        try:
            with open(truth_path, "w", encoding="utf-8", newline="") as stream:
                write_truth(farm.phones, stream)
        except OSError as error:
            raise PhonescanError(f"{truth_path} cannot be written: {error.strerror}; choose another file") from error
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


def _may_bind(ip: str, port: int) -> bool:
    return _bindable(ip, port) is not None


def _bindable(ip: str, port: int) -> bool | None:
    """Whether a UDP port can be bound now: True, False when something has it, None when we may not."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((ip, port))
        except PermissionError:
            return None
        except OSError:
            return False
        return True
