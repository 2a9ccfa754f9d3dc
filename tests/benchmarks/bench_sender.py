"""How fast the sweep sends at the most, beside a bare `sendto` loop in the same namespace. Root; half a minute.

Both send one datagram of the same size to each address of a /16 without phones. The rate is the kernel's count of
packets sent, in the best half second of each.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.benchmarks import peers
from tests.benchmarks.arena import Arena, Case, arena

EMPTY = Case("sender", "198.19.0.0/16", 0, connected=False)
#: Seconds over which the best rate is taken.
WINDOW = 0.5
#: What the bare loop sends: as many octets as an OPTIONS of ours has, about.
BARE = """
import socket
sock, data = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), b"x" * 400
hosts = [(f"198.19.{a}.{b}", 5060) for a in range(256) for b in range(256)]
for _ in range(4):
    for host in hosts:
        sock.sendto(data, host)
"""


class Sent:
    """Best packets a second of a process's namespace, sampled while it runs."""

    def __init__(self) -> None:
        self.samples: list[tuple[float, int]] = []
        self.best = 0.0

    def __call__(self, pid: int, now: float) -> None:
        """Look at the interface's counter now."""
        try:
            table = Path(f"/proc/{pid}/net/dev").read_text()
        except OSError:
            return
        row = next((line for line in table.splitlines() if line.strip().startswith("s0:")), None)
        if row is None:
            return  # `ip netns exec` has not entered the namespace yet
        self.samples.append((now, int(row.partition(":")[2].split()[9])))
        while self.samples and now - self.samples[0][0] > WINDOW:
            first, count = self.samples.pop(0)
            self.best = max(self.best, (self.samples[-1][1] - count) / (now - first) if self.samples else 0.0)


def best(made: Arena, command: list[str]) -> tuple[float, float]:
    """Best rate of a command in the namespace, and its CPU seconds."""
    sent = Sent()
    _, cpu, _, _ = peers.measured([*made.inside, *command], timeout=120, watch=sent)
    return sent.best, cpu


def main() -> int:
    """Print both rates and their ratio; 1 when the sweep reaches less than half."""
    if os.geteuid() != 0 or shutil.which("ip", path=peers.SYSTEM_PATH) is None:
        print(
            "the sender's benchmark makes network namespaces: run it as root, with iproute2 installed", file=sys.stderr
        )
        return 2
    with arena(EMPTY) as made, tempfile.TemporaryDirectory() as folder:
        bare, _ = best(made, [sys.executable, "-c", BARE])
        scan = [sys.executable, "-m", "scanner", "scan", EMPTY.subnet, "--db", str(Path(folder, "x.sqlite"))]
        fastest = ["--discover", "sip", "--pace", "fast", "--rate", "1000000", "--retries", "0", "--format", "none"]
        ours, cpu = best(made, scan + fastest)
    share = ours / bare if bare else 0.0
    print(f"bare sendto loop {bare:10,.0f}/s\nphonescan sweep  {ours:10,.0f}/s   {share:.2f} of it   ({cpu:.1f} s CPU)")
    if share < 0.5:
        print("goal missed: the sweep sends less than half of what a bare loop does")
    return int(share < 0.5)


if __name__ == "__main__":
    sys.exit(main())
