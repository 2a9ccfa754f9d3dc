"""How fast the sweep's sender is, against a bare `sendto` loop in the same run.

    python -m tests.benchmarks.bench_sweep            root: two namespaces with a cable, the far end drops everything

Both send a SIP OPTIONS to 65,534 addresses. The bare loop sends one fixed datagram to addresses that were written out
before; the sender walks its order, skips complete addresses, computes a cookie, builds the request, checks it
against the guard, and counts it. Rates are packets a second of processor time, so that a busy machine does not decide
the race; on an idle one it is the rate on the wire. The goal is half of the bare loop's. Exit status 1 when missed.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from statistics import median

from scanner.core.permutation import Permutation
from scanner.core.target_syntax import parse
from scanner.discovery import sip
from scanner.discovery.declaration import UdpSweep
from scanner.discovery.options import Options
from scanner.engine.os.udp import UdpSocket
from scanner.engine.rate.limits import HostRateLimiter, choose
from scanner.engine.sweep.bitmap import Bitmap
from scanner.engine.sweep.cookie import Cookies
from scanner.engine.sweep.state import SweepState, UdpProbe
from scanner.engine.sweep.sweeper import Sweeper

SUBNET, GOAL, RUNS = "198.18.0.0/16", 0.5, 15


def bare() -> float:
    """Packets a second of a loop that does nothing but send."""
    targets = parse([SUBNET])
    addresses = [(address, 5060) for address in targets.interleaved()]
    payload = _request().request("198.18.0.1", 5060, 1 << 60, 0, "192.0.2.1:40000") or b""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        began = time.process_time()
        for address in addresses:
            sock.sendto(payload, address)
        return len(addresses) / (time.process_time() - began)


def swept() -> float:
    """Packets a second of the sweep's sender, with no limit to its rate."""
    targets = parse([SUBNET])
    count = targets.count()
    eligible = Bitmap(count)
    eligible.add_range(0, count)
    sock = UdpSocket(4)

    state = SweepState([UdpProbe(0, "sip", _request(), 5060, Bitmap(count))])
    sweep = Sweeper(
        state, targets, Permutation(count, 7), eligible, choose("fast", retries=0), Cookies(os.urandom(32)),
        HostRateLimiter(200), lambda probe: sock.to(5060), lambda probe, address: "192.0.2.1:40000",
    )  # fmt: skip
    began, sent = time.process_time(), 0
    while sent < count:
        sent += sweep.pump(time.monotonic(), 1_000)
    seconds = time.process_time() - began
    sock.close()
    return sent / seconds


def _request() -> UdpSweep:
    step = sip.declare(Options()).steps[0]
    assert isinstance(step, UdpSweep)
    return step


def main() -> int:
    """Both ways in turn, and the middle one of the ratios: the machine's speed wanders from one second to the next."""
    if "--inside" not in sys.argv:
        return _in_namespaces()
    rates = [(bare(), swept()) for _ in range(RUNS)]
    plain, ours = median(rate for rate, _ in rates), median(rate for _, rate in rates)
    ratio = median(ours / plain for plain, ours in rates)
    print(f"{'bare sendto loop':24}{plain:12,.0f} packets/CPU s")
    print(f"{'sweep sender':24}{ours:12,.0f} packets/CPU s   ratio {ratio:.2f} (goal {GOAL})")
    return 0 if ratio >= GOAL else 1


def _in_namespaces() -> int:
    here, there = f"psw{os.getpid()}s", f"psw{os.getpid()}f"

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)

    try:
        for namespace in (here, there):
            ip("netns", "add", namespace)
        ip("link", "add", "s0", "netns", here, "type", "veth", "peer", "name", "f0", "netns", there)
        for namespace, link, address in ((here, "s0", "192.0.2.1/30"), (there, "f0", "192.0.2.2/30")):
            ip("-n", namespace, "addr", "add", address, "dev", link)
            ip("-n", namespace, "link", "set", link, "up")
        ip("-n", here, "route", "add", "default", "via", "192.0.2.2")
        ip("-n", there, "route", "add", "blackhole", "198.18.0.0/15")
        words = ["ip", "netns", "exec", here, sys.executable, "-m", "tests.benchmarks.bench_sweep", "--inside"]
        return subprocess.run(words, check=False).returncode
    finally:
        for namespace in (here, there):
            subprocess.run(["ip", "netns", "del", namespace], capture_output=True, check=False)


if __name__ == "__main__":
    sys.exit(main())
