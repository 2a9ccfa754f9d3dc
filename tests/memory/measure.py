"""Peak memory of a scan of hostile hosts, by kind: `python -m tests.memory.measure [--hosts NUMBER] [KIND…]`."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

from tests.hostile.process_memory import tree
from tests.loopback import own
from tests.memory import hosts
from tests.programs import plain_environment

#: The most that a scan may take, in octets, with its worker processes.
LIMIT = 150_000_000
SETTINGS = f"[network]\nports.snmp = [{hosts.SNMP}]\nports.http = [{hosts.HTTP}]\nports.sip = [{hosts.SIP}]\n"


class Measured(NamedTuple):
    """A scan that has ended: exit status, peak octets of all its processes together, seconds, what it wrote."""

    status: int
    octets: int
    seconds: float
    text: str


def peak(pid: int, peaks: dict[int, int]) -> None:
    """Record the peak (VmHWM) of a process and its descendants."""
    for one in tree(pid):
        with suppress(OSError, IndexError, ValueError):
            status = Path(f"/proc/{one}/status").read_text()
            peaks[one] = max(peaks.get(one, 0), 1024 * int(status.partition("VmHWM:")[2].split()[0]))


def scan(words: list[str], folder: Path) -> Measured:
    """Scan in a process of its own. The peak is the sum of those of all its processes, whenever each was."""
    (folder / "phonescan.toml").write_text(SETTINGS)
    output, peaks, began = folder / "output", dict[int, int](), time.monotonic()
    with output.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "scanner", *words], cwd=folder, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )
        while process.poll() is None:
            peak(process.pid, peaks)
            time.sleep(0.02)
    return Measured(process.returncode, sum(peaks.values()), time.monotonic() - began, output.read_text())


def measure(kind: str, number: int, network: str, folder: Path) -> Measured:
    """Serve a kind on so many addresses of a /24 and scan them."""
    addresses = [own(network).replace(".0/24", f".{last}") for last in range(1, number + 1)]
    with ExitStack() as stack:
        servers = subprocess.Popen(
            [sys.executable, "-m", "tests.memory.hosts", kind, *addresses],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        stack.enter_context(servers)
        stack.callback(servers.kill)
        assert servers.stdout is not None
        assert servers.stdout.readline() == "ready\n"
        if kind in hosts.AGENTS:
            return scan(["switches", *addresses, "--pace", "fast", "--db", "scan.sqlite"], folder)
        targets = f"{addresses[0]}-{addresses[-1].rpartition('.')[2]}"
        return scan(["scan", targets, "--pace", "fast", "--discover", "sip,http", "--db", "scan.sqlite"], folder)


def main(arguments: list[str] | None = None) -> int:
    """Measure the kinds and print a line for each; 1 if one took more than the limit."""
    parser = argparse.ArgumentParser(prog="python -m tests.memory.measure", description=__doc__)
    parser.add_argument("kinds", nargs="*", default=hosts.KINDS)
    parser.add_argument("--hosts", type=int, default=160)
    chosen = parser.parse_args(arguments)
    over = 0
    for place, kind in enumerate(chosen.kinds):
        with tempfile.TemporaryDirectory() as folder:
            number = min(chosen.hosts, 30) if kind in hosts.AGENTS else chosen.hosts
            found = measure(kind, number, f"127.64.{place}.0/24", Path(folder))
        over += found.octets > LIMIT
        print(
            f"{found.octets / 1e6:6.0f} MB {found.seconds:5.1f} s, status {found.status}: {number} hosts, {kind}",
            flush=True,
        )
        if found.status not in (0, 3):
            print(found.text)
    print(f"{len(chosen.kinds)} kinds, {over} over {LIMIT / 1e6:.0f} MB")
    return 1 if over else 0


if __name__ == "__main__":
    plain_environment()
    sys.exit(main())
